//! The outputs of an environment as an aligned list.
//!
//! Values are never wrapped or cut, so that they can be copied.

use super::style::{Role, Style};
use super::text::{columns, plain, row, span};

/// One line an output: its name, two spaces or more, its value.
pub fn render_outputs<'a>(outputs: impl IntoIterator<Item = (&'a str, &'a str)>, style: Style) -> String {
    let outputs: Vec<(&str, &str)> = outputs.into_iter().collect();
    let widest = outputs.iter().map(|(name, _)| columns(name)).max().unwrap_or(0);
    let line = |(name, value): &(&str, &str)| {
        let space = " ".repeat(widest - columns(name) + 2);
        row(style, usize::MAX, &[span(Role::Strong, *name), plain(space), plain(*value)]) + "\n"
    };
    outputs.iter().map(line).collect()
}

/// Records of DNS, name, type and value, for the user to enter where a domain's DNS is; nothing without any.
pub fn render_records<'a>(
    records: impl IntoIterator<Item = (&'a str, &'a str, &'a str)>,
    style: Style,
) -> String {
    let records: Vec<_> = records.into_iter().collect();
    if records.is_empty() {
        return String::new();
    }
    let name = records.iter().map(|(name, ..)| columns(name)).max().unwrap_or(0);
    let r#type = records.iter().map(|(_, r#type, _)| columns(r#type)).max().unwrap_or(0);
    let line = |(own, of, value): &(&str, &str, &str)| {
        let gaps = [" ".repeat(name - columns(own) + 2), " ".repeat(r#type - columns(of) + 2)];
        let [first, second] = gaps;
        let spans =
            [plain("  "), span(Role::Strong, *own), plain(first), plain(*of), plain(second), plain(*value)];
        row(style, usize::MAX, &spans) + "\n"
    };
    let lines: String = records.iter().map(line).collect();
    format!(
        "These domains are in no hosted zone of this account. Enter the records where their DNS is:\n{lines}"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_aligned_and_values_whole() {
        let long = "x".repeat(90);
        let outputs = [("endpoint", "https://example.org"), ("db", long.as_str())];
        assert_eq!(
            render_outputs(outputs, Style::plain(20)),
            format!("endpoint  https://example.org\ndb        {long}\n")
        );
        assert_eq!(render_outputs([], Style::plain(20)), "");
    }

    #[test]
    fn records_are_aligned_and_told_with_what_to_do() {
        let records =
            [("www.example.org", "CNAME", "lb.amazonaws.com"), ("example.org", "MX", "10 mx.example")];
        let text = render_records(records, Style::plain(20));
        let lines: Vec<&str> = text.lines().skip(1).collect();
        let expected =
            ["  www.example.org  CNAME  lb.amazonaws.com", "  example.org      MX     10 mx.example"];
        assert_eq!(lines, expected);
        assert_eq!(render_records([], Style::plain(20)), "");
    }
}
