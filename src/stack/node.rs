//! The YAML of a stack file as a tree in which every key and every value knows its place.
//!
//! Checks and merging work on this tree, so that what they find points to where it was written.

use super::source::Span;

/// A value and its place.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// Where the value is written.
    pub span: Span,
    /// What it is.
    pub value: Value,
}

/// The three shapes of YAML.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// A single value.
    Scalar(Scalar),
    /// A list.
    List(Vec<Node>),
    /// A mapping, in the order written; keys are unique.
    Map(Vec<Entry>),
}

/// A key with its value.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// The key.
    pub key: String,
    /// Where the key is written.
    pub key_span: Span,
    /// The value.
    pub node: Node,
}

/// A single value: its text as written, and what YAML takes it for.
#[derive(Clone, Debug, PartialEq)]
pub struct Scalar {
    /// The text, without quotes and with escapes resolved.
    pub text: String,
    /// What it means by the core schema of YAML 1.2.
    pub kind: Kind,
}

/// The kinds of scalar that YAML 1.2's core schema tells apart.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Kind {
    /// Nothing, `~` or `null`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A whole number.
    Integer(i64),
    /// Any other number.
    Number(f64),
    /// Anything else, and whatever is quoted.
    Text,
}

impl Scalar {
    /// A scalar without quotes: its kind follows from its text.
    pub fn plain(text: String) -> Self {
        let kind = kind_of(&text);
        Self { text, kind }
    }

    /// A quoted scalar: always text.
    pub fn quoted(text: String) -> Self {
        Self { text, kind: Kind::Text }
    }
}

fn kind_of(text: &str) -> Kind {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Kind::Null,
        "true" | "True" | "TRUE" => return Kind::Bool(true),
        "false" | "False" | "FALSE" => return Kind::Bool(false),
        _ => {}
    }
    if let Some(octal) = text.strip_prefix("0o") {
        return i64::from_str_radix(octal, 8).map_or(Kind::Text, Kind::Integer);
    }
    if let Some(hex) = text.strip_prefix("0x") {
        return i64::from_str_radix(hex, 16).map_or(Kind::Text, Kind::Integer);
    }
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    if !digits.starts_with(|c: char| c.is_ascii_digit() || c == '.') {
        return Kind::Text;
    }
    if digits.bytes().all(|b| b.is_ascii_digit())
        && let Ok(number) = text.parse()
    {
        return Kind::Integer(number);
    }
    let numeric = digits.bytes().all(|b| matches!(b, b'0'..=b'9' | b'.' | b'e' | b'E' | b'+' | b'-'));
    match text.parse::<f64>() {
        Ok(number) if numeric && number.is_finite() => Kind::Number(number),
        _ => Kind::Text,
    }
}

impl Node {
    /// An empty mapping at a place.
    pub fn empty_map(span: Span) -> Self {
        Self { span, value: Value::Map(Vec::new()) }
    }

    /// Whether nothing was written.
    pub fn is_null(&self) -> bool {
        matches!(&self.value, Value::Scalar(Scalar { kind: Kind::Null, .. }))
    }

    /// The scalar, if it is one.
    pub fn scalar(&self) -> Option<&Scalar> {
        match &self.value {
            Value::Scalar(scalar) => Some(scalar),
            _ => None,
        }
    }

    /// The entries of a mapping; none for anything else.
    pub fn entries(&self) -> &[Entry] {
        match &self.value {
            Value::Map(entries) => entries,
            _ => &[],
        }
    }

    /// The entry of a mapping by its key.
    pub fn get(&self, key: &str) -> Option<&Entry> {
        self.entries().iter().find(|entry| entry.key == key)
    }

    /// How many nodes there are in it, itself included.
    pub fn size(&self) -> usize {
        1 + match &self.value {
            Value::Scalar(_) => 0,
            Value::List(items) => items.iter().map(Node::size).sum(),
            Value::Map(entries) => entries.iter().map(|entry| 1 + entry.node.size()).sum(),
        }
    }

    /// How many bytes of text it holds.
    pub fn text_bytes(&self) -> usize {
        match &self.value {
            Value::Scalar(scalar) => scalar.text.len(),
            Value::List(items) => items.iter().map(Node::text_bytes).sum(),
            Value::Map(entries) => {
                entries.iter().map(|entry| entry.key.len() + entry.node.text_bytes()).sum()
            }
        }
    }

    /// Where the first single value in it stands that contains a text.
    pub fn containing(&self, text: &str) -> Option<Span> {
        match &self.value {
            Value::Scalar(scalar) => scalar.text.contains(text).then_some(self.span),
            Value::List(items) => items.iter().find_map(|item| item.containing(text)),
            Value::Map(entries) => entries.iter().find_map(|entry| entry.node.containing(text)),
        }
    }

    /// What it is in words, for "found ...".
    pub fn describe(&self) -> String {
        match &self.value {
            Value::List(_) => "a list".to_owned(),
            Value::Map(_) => "a mapping".to_owned(),
            Value::Scalar(scalar) => match scalar.kind {
                Kind::Null => "nothing".to_owned(),
                Kind::Bool(_) | Kind::Integer(_) | Kind::Number(_) => excerpt(&scalar.text),
                Kind::Text => format!("text \"{}\"", excerpt(&scalar.text)),
            },
        }
    }
}

/// At most 60 characters of a text that someone else wrote, with nothing in it that steers a terminal.
pub fn excerpt(text: &str) -> String {
    let mut shown: String = text.chars().take(60).flat_map(char::escape_debug).collect();
    shown = shown.replace("\\'", "'").replace("\\\"", "\"");
    if text.chars().nth(60).is_some() {
        shown.push('…');
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scalars_mean_what_yaml_1_2_says() {
        for (text, kind) in [
            ("", Kind::Null),
            ("~", Kind::Null),
            ("true", Kind::Bool(true)),
            ("FALSE", Kind::Bool(false)),
            ("yes", Kind::Text),
            ("off", Kind::Text),
            ("12", Kind::Integer(12)),
            ("-3", Kind::Integer(-3)),
            ("+7", Kind::Integer(7)),
            ("0x1F", Kind::Integer(31)),
            ("0o17", Kind::Integer(15)),
            ("0x", Kind::Text),
            ("1.5", Kind::Number(1.5)),
            (".5", Kind::Number(0.5)),
            ("1e3", Kind::Number(1000.0)),
            ("99999999999999999999", Kind::Number(1e20)),
            ("1e999", Kind::Text),
            ("03:00-04:00", Kind::Text),
            ("10.20.0.0/16", Kind::Text),
            ("-", Kind::Text),
            (".", Kind::Text),
            ("inf", Kind::Text),
        ] {
            assert_eq!(Scalar::plain(text.to_owned()).kind, kind, "{text}");
        }
        assert_eq!(Scalar::quoted("12".to_owned()).kind, Kind::Text);
    }

    #[test]
    fn an_excerpt_is_short_and_harmless() {
        assert_eq!(excerpt("it's \"x\"\u{1b}[1m"), "it's \"x\"\\u{1b}[1m");
        assert_eq!(excerpt(&"y".repeat(99)).chars().count(), 61);
    }
}
