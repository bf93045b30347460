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
}
