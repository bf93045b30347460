//! Foreign text inside HTML: it can end neither an element nor an attribute, and nothing in it is hidden.

use super::super::text::clean;

/// Text for an element or an attribute in double quotes.
pub fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in clean(text).chars() {
        match c {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            _ => safe.push(c),
        }
    }
    safe
}

/// A sentence: what stands between backticks in it is code.
pub fn prose(sentence: &str) -> String {
    let parts: Vec<&str> = sentence.split('`').collect();
    let paired = parts.len() - usize::from(parts.len().is_multiple_of(2));
    let part = |(index, part): (usize, &&str)| match index {
        _ if index >= paired => format!("`{}", escaped(part)),
        _ if index.is_multiple_of(2) => escaped(part),
        _ => format!("<code>{}</code>", escaped(part)),
    };
    parts.iter().enumerate().map(part).collect()
}
