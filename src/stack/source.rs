//! The text of a stack file and the places in it.
//!
//! Every finding points into the file as the user wrote it, so the text travels with what was read from it.

use std::sync::Arc;

use miette::{NamedSource, SourceSpan};

/// A place in the file: byte offsets, the end exclusive.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Span {
    /// Offset of the first byte.
    pub start: usize,
    /// Offset after the last byte.
    pub end: usize,
}

impl Span {
    /// A place from `start` up to `end`; an end before the start gives an empty place.
    pub fn new(start: usize, end: usize) -> Self {
        Self { start, end: end.max(start) }
    }

    /// Whether the place holds no byte, as the missing value of `key:` does.
    pub fn is_empty(self) -> bool {
        self.start == self.end
    }

    /// The smallest place that holds both.
    #[must_use]
    pub fn to(self, other: Span) -> Span {
        Span::new(self.start.min(other.start), self.end.max(other.end))
    }
}

impl From<Span> for SourceSpan {
    fn from(span: Span) -> Self {
        (span.start, span.end - span.start).into()
    }
}

/// The name and the text of a stack file, cheap to clone.
#[derive(Clone, Debug)]
pub struct Source {
    name: Arc<str>,
    shown: Arc<str>,
}

impl Source {
    /// Keeps `text` for showing. Characters that steer a terminal are replaced by harmless ones of the same
    /// length, so that offsets hold and a hostile file cannot write to the reader's screen.
    pub fn new(name: &str, text: &str) -> Self {
        let mut rest = text.chars().peekable();
        let mut shown = String::with_capacity(text.len());
        while let Some(c) = rest.next() {
            // A carriage return alone is a line break to YAML, and would overwrite the line on a terminal.
            let alone = c == '\r' && rest.peek() != Some(&'\n');
            shown.push(if alone { '\n' } else { harmless(c) });
        }
        Self { name: name.into(), shown: shown.into() }
    }

    /// The file's name as it was given.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The text as it is shown.
    pub fn text(&self) -> &str {
        &self.shown
    }

    /// Line and column of a byte offset, both counted from 1, columns in characters.
    pub fn line_column(&self, offset: usize) -> (usize, usize) {
        let offset = self.shown.floor_char_boundary(offset.min(self.shown.len()));
        let before = &self.shown[..offset];
        let line_start = before.rfind('\n').map_or(0, |at| at + 1);
        (before.matches('\n').count() + 1, before[line_start..].chars().count() + 1)
    }

    /// The place cut to what the text has, so that a renderer can always show it.
    pub(super) fn clip(&self, span: Span) -> Span {
        let end = self.shown.len();
        let start = self.shown.floor_char_boundary(span.start.min(end));
        Span::new(start, self.shown.ceil_char_boundary(span.end.min(end)))
    }

    pub(super) fn named(&self) -> NamedSource<Arc<str>> {
        NamedSource::new(&self.name, Arc::clone(&self.shown)).with_language("yaml")
    }
}

/// Replaces control characters and those that reorder text by one of the same length in UTF-8.
fn harmless(c: char) -> char {
    match c {
        '\n' | '\r' | '\t' => c,
        c if c.is_ascii_control() => '?',
        '\u{80}'..='\u{9f}' => '\u{bf}',
        '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}' => {
            '\u{fffd}'
        }
        c => c,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_shown_has_the_length_of_what_was_written() {
        let hostile = "a\u{1b}[31m\u{85}\u{202e}\u{feff}\u{0}ü\r\n\tz\ry\r";
        let source = Source::new("x", hostile);
        assert_eq!(source.text().len(), hostile.len());
        assert_eq!(source.text(), "a?[31m\u{bf}\u{fffd}\u{fffd}?ü\r\n\tz\ny\n");
    }

    #[test]
    fn lines_and_columns_count_from_one() {
        let source = Source::new("x", "ab\nüx\n");
        assert_eq!(source.line_column(0), (1, 1));
        assert_eq!(source.line_column(5), (2, 2));
        assert_eq!(source.line_column(4), (2, 1)); // inside the two bytes of ü
        assert_eq!(source.line_column(99), (3, 1));
    }
}
