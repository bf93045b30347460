//! Lines that fit: cleaning, measuring, cutting and wrapping of text made of differently painted pieces.
//!
//! Everything that is shown passes through here, so that no value can move the cursor or overflow a line.

use super::style::{Role, Style};

/// A piece of a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Span {
    role: Role,
    text: String,
}

/// A piece of a line in a role.
pub fn span(role: Role, text: impl Into<String>) -> Span {
    Span { role, text: text.into() }
}

/// Ordinary text.
pub fn plain(text: impl Into<String>) -> Span {
    span(Role::Plain, text)
}

type Cell = (char, Role);

/// Lines under construction.
#[derive(Debug)]
pub struct Sheet {
    style: Style,
    text: String,
}

impl Sheet {
    /// An empty sheet.
    pub fn new(style: Style) -> Self {
        Self { style, text: String::new() }
    }

    /// How it is written.
    pub fn style(&self) -> Style {
        self.style
    }

    /// Adds a paragraph: its first line begins at column `indent`, the others at `hang`.
    pub fn put(&mut self, indent: usize, hang: usize, spans: &[Span]) {
        for line in wrap(self.style, indent, hang, spans) {
            self.text.push_str(&line);
            self.text.push('\n');
        }
    }

    /// Adds an empty line, unless there is one or the sheet is empty.
    pub fn gap(&mut self) {
        if !self.text.is_empty() && !self.text.ends_with("\n\n") {
            self.text.push('\n');
        }
    }

    /// All lines, each with its end.
    pub fn finish(self) -> String {
        self.text
    }
}

/// A paragraph in lines of at most the style's width, without trailing spaces.
pub fn wrap(style: Style, indent: usize, hang: usize, spans: &[Span]) -> Vec<String> {
    let cells = cells(style, spans);
    let mut lines = Vec::new();
    let (mut start, mut margin) = (0, indent.min(style.width / 2));
    loop {
        let room = style.width - margin;
        let end = start + fitting(&cells[start..], room);
        let cut = if end == cells.len() { end } else { breaking(&cells, start, end) };
        lines.push(paint(style, margin, &cells[start..cut]));
        start = cut + cells[cut..].iter().take_while(|(c, _)| *c == ' ').count();
        if start >= cells.len() {
            return lines;
        }
        margin = hang.min(style.width / 2);
    }
}

/// One line of at most `width` columns; what does not fit is cut off.
pub fn row(style: Style, width: usize, spans: &[Span]) -> String {
    let mut cells = cells(style, spans);
    if columns_of(&cells) > width {
        let ellipsis = style.symbols().ellipsis;
        cells.truncate(fitting(&cells, width.saturating_sub(columns(ellipsis))));
        cells.extend(ellipsis.chars().map(|c| (c, Role::Dim)));
        cells.truncate(fitting(&cells, width));
    }
    paint(style, 0, &cells)
}

/// The text cut to at most that many columns.
pub fn cut(text: &str, width: usize) -> String {
    if columns(text) <= width {
        return text.to_owned();
    }
    let mut room = width.saturating_sub(1);
    let mut kept = String::new();
    for c in text.chars() {
        let Some(rest) = room.checked_sub(width_of(c)) else { break };
        room = rest;
        kept.push(c);
    }
    kept + "…"
}

/// How many columns a text takes.
pub fn columns(text: &str) -> usize {
    text.chars().map(width_of).sum()
}

fn columns_of(cells: &[Cell]) -> usize {
    cells.iter().map(|(c, _)| width_of(*c)).sum()
}

/// Columns of a character: two for East Asian wide ones and emoji, none for marks that combine.
fn width_of(c: char) -> usize {
    match u32::from(c) {
        0x0300..=0x036F | 0x200B..=0x200D | 0xFE00..=0xFE0F => 0,
        0x1100..=0x115F
        | 0x2E80..=0xA4CF
        | 0xAC00..=0xD7A3
        | 0xF900..=0xFAFF
        | 0xFE30..=0xFE6F
        | 0xFF00..=0xFF60
        | 0xFFE0..=0xFFE6
        | 0x1F300..=0x1F64F
        | 0x1F680..=0x1F6FF
        | 0x1F900..=0x1F9FF
        | 0x20000..=0x3FFFD => 2,
        _ => 1,
    }
}

/// Whether a character moves the cursor or turns the direction of what follows, and is not seen itself.
fn is_hidden(c: char) -> bool {
    c.is_control() || matches!(u32::from(c), 0x200E..=0x200F | 0x2028..=0x202E | 0x2066..=0x2069)
}

/// The text as one line without hidden characters: they are shown as escapes. Spaces of every kind are spaces.
pub fn clean(text: &str) -> String {
    let mut clean = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\t' => clean.push_str("    "),
            _ if is_hidden(c) => clean.extend(c.escape_default()),
            _ if c.is_whitespace() => clean.push(' '),
            _ => clean.push(c),
        }
    }
    clean
}

/// The pieces character by character; controls (escapes, direction marks) are shown, not sent.
fn cells(style: Style, spans: &[Span]) -> Vec<Cell> {
    let mut cells = Vec::new();
    for Span { role, text } in spans {
        for c in text.chars() {
            let hidden = is_hidden(c);
            match c {
                '\t' => cells.extend([(' ', *role); 4]),
                _ if c.is_whitespace() && !hidden => cells.push((' ', *role)),
                '…' if !style.unicode => cells.extend([('.', *role); 3]),
                _ if hidden || !(style.unicode || c.is_ascii()) => {
                    cells.extend(c.escape_default().map(|c| (c, *role)));
                }
                _ => cells.push((c, *role)),
            }
        }
    }
    cells
}

/// How many of the cells fit into that many columns; at least one.
fn fitting(cells: &[Cell], room: usize) -> usize {
    let mut used = 0;
    let fits = |(c, _): &&Cell| {
        used += width_of(*c);
        used <= room
    };
    cells.iter().take_while(fits).count().max(1).min(cells.len())
}

/// Where to break a line that is full at `end`: at its last space, else right there.
fn breaking(cells: &[Cell], start: usize, end: usize) -> usize {
    let text = start + cells[start..].iter().take_while(|(c, _)| *c == ' ').count();
    (text + 1..=end).rev().find(|&at| cells[at].0 == ' ').unwrap_or(end)
}

fn paint(style: Style, margin: usize, cells: &[Cell]) -> String {
    let length = cells.iter().rposition(|(c, _)| *c != ' ').map_or(0, |last| last + 1);
    if length == 0 {
        return String::new();
    }
    let mut line = " ".repeat(margin);
    for run in cells[..length].chunk_by(|(_, a), (_, b)| a == b) {
        let text: String = run.iter().map(|(c, _)| c).collect();
        line.push_str(&style.paint(run[0].1, &text));
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(width: usize, text: &str) -> Vec<String> {
        wrap(Style::plain(width), 2, 4, &[plain(text)])
    }

    #[test]
    fn breaks_at_spaces_and_hangs() {
        assert_eq!(
            lines(20, "one two three four five six seven"),
            ["  one two three four", "    five six seven"]
        );
    }

    #[test]
    fn breaks_long_words_hard() {
        assert_eq!(
            lines(20, &"x".repeat(30)),
            [format!("  {}", "x".repeat(18)), format!("    {}", "x".repeat(12))]
        );
    }

    #[test]
    fn leading_spaces_stay_and_trailing_ones_go() {
        assert_eq!(lines(40, "   indented   "), ["     indented"]);
        assert_eq!(lines(40, "   "), [""]);
        assert_eq!(lines(40, ""), [""]);
    }

    #[test]
    fn controls_are_shown_not_sent() {
        assert_eq!(lines(60, "a\u{1b}[2Jb\nc\u{202e}"), ["  a\\u{1b}[2Jb\\nc\\u{202e}"]);
    }

    #[test]
    fn every_space_is_a_space() {
        assert_eq!(lines(40, "a\u{2002}b\u{a0}c\u{3000}"), ["  a b c"]);
    }

    #[test]
    fn ascii_stays_ascii() {
        let ascii = Style { unicode: false, ..Style::plain(60) };
        assert_eq!(wrap(ascii, 0, 0, &[plain("für… 日")]), ["f\\u{fc}r... \\u{65e5}"]);
    }

    #[test]
    fn wide_characters_take_two_columns() {
        assert_eq!(lines(20, &"日".repeat(10)), [format!("  {}", "日".repeat(9)), "    日".to_owned()]);
        assert_eq!(cut("日本語", 5), "日本…");
    }

    #[test]
    fn a_row_is_cut() {
        assert_eq!(row(Style::plain(80), 6, &[plain("abc"), span(Role::Dim, "defgh")]), "abcde…");
        assert_eq!(row(Style::plain(80), 8, &[plain("abc"), span(Role::Dim, "defgh")]), "abcdefgh");
    }
}
