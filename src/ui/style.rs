//! How the terminal wants it: colour or not, which symbols, how wide.
//!
//! Decided once from the environment (<https://no-color.org>, <https://bixense.com/clicolors>), so that all else
//! only says what a text is and never how it looks.

use std::io::IsTerminal;

/// Columns where nobody says how many there are (a pipe, a CI log).
const DEFAULT_WIDTH: usize = 100;
/// Less than this is not worth wrapping for.
const MIN_WIDTH: usize = 20;
/// Longer lines are hard to read, however wide the terminal is.
const MAX_WIDTH: usize = 140;

/// What a piece of text is; [`Style::paint`] decides how it looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Ordinary text.
    Plain,
    /// What to read first.
    Strong,
    /// What may be skipped.
    Dim,
    /// What is added, and what went well.
    Add,
    /// What changes.
    Change,
    /// What is replaced.
    Replace,
    /// What is removed, and what failed.
    Remove,
    /// What to look at twice.
    Warn,
}

/// How to write for one terminal, pipe or file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Style {
    /// Whether to use ANSI colours.
    pub colour: bool,
    /// Whether anything but ASCII can be shown.
    pub unicode: bool,
    /// Columns.
    pub width: usize,
}

/// The symbols of a style.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Symbols {
    /// Between old and new.
    pub arrow: &'static str,
    /// In place of what was left out.
    pub ellipsis: &'static str,
    /// Before what went well.
    pub good: &'static str,
    /// Before what failed.
    pub bad: &'static str,
    /// Before what was not begun.
    pub skipped: &'static str,
    /// The part of a bar that is done.
    pub full: char,
    /// The part of a bar that is not.
    pub empty: char,
}

const UNICODE: Symbols =
    Symbols {
        arrow: "→", ellipsis: "…", good: "✓", bad: "✗", skipped: "∅", full: '█', empty: '░'
    };
const ASCII: Symbols =
    Symbols { arrow: "->", ellipsis: "...", good: "ok", bad: "!!", skipped: "--", full: '#', empty: '.' };

impl Style {
    /// The style for a stream of this process.
    pub fn detect(stream: &impl IsTerminal) -> Self {
        let columns = terminal_size::terminal_size().map(|(columns, _)| usize::from(columns.0));
        Self::of(&|name| std::env::var(name).ok(), stream.is_terminal(), columns)
    }

    /// The style that these environment variables ask for, on a terminal of that many columns or elsewhere.
    pub fn of(variable: &dyn Fn(&str) -> Option<String>, terminal: bool, columns: Option<usize>) -> Self {
        let set = |name: &str| variable(name).filter(|value| !value.is_empty());
        let colour = if set("NO_COLOR").is_some() {
            false
        } else if set("CLICOLOR_FORCE").is_some_and(|value| value != "0") {
            true
        } else {
            terminal
                && set("CLICOLOR").is_none_or(|value| value != "0")
                && set("TERM").is_none_or(|term| term != "dumb")
        };
        let locale = ["LC_ALL", "LC_CTYPE", "LANG"].into_iter().find_map(set).unwrap_or_default();
        let locale = locale.to_ascii_lowercase();
        let told = set("COLUMNS").and_then(|text| text.parse().ok());
        let width = columns.filter(|_| terminal).or(told).unwrap_or(DEFAULT_WIDTH);
        Self {
            colour,
            unicode: locale.contains("utf-8") || locale.contains("utf8"),
            width: width.clamp(MIN_WIDTH, MAX_WIDTH),
        }
    }

    /// Whether a stream is a terminal whose cursor can be moved: where live progress is drawn in place.
    pub fn is_live(stream: &impl IsTerminal) -> bool {
        stream.is_terminal() && std::env::var("TERM").map_or(true, |term| term != "dumb")
    }

    /// No colour and Unicode symbols, at a width: for files and tests.
    pub const fn plain(width: usize) -> Self {
        Self { colour: false, unicode: true, width }
    }

    /// The same at another width.
    #[must_use]
    pub const fn at(self, width: usize) -> Self {
        Self { width, ..self }
    }

    /// The symbols that can be shown.
    pub const fn symbols(&self) -> &'static Symbols {
        if self.unicode { &UNICODE } else { &ASCII }
    }

    /// The text as its role looks.
    pub fn paint(&self, role: Role, text: &str) -> String {
        let style = owo_colors::Style::new();
        let style = match role {
            _ if !self.colour || text.is_empty() => return text.to_owned(),
            Role::Plain => return text.to_owned(),
            Role::Strong => style.bold(),
            Role::Dim => style.dimmed(),
            Role::Add => style.green(),
            Role::Change => style.yellow(),
            Role::Replace => style.magenta(),
            Role::Remove => style.red(),
            Role::Warn => style.yellow().bold(),
        };
        style.style(text).to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn style(variables: &[(&str, &str)], terminal: bool) -> Style {
        let variable = |name: &str| {
            variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
        };
        Style::of(&variable, terminal, Some(72))
    }

    #[test]
    fn colour_follows_the_conventions() {
        type Variables = &'static [(&'static str, &'static str)];
        let table: [(Variables, bool, bool); 9] = [
            (&[], true, true),
            (&[], false, false),
            (&[("NO_COLOR", "1")], true, false),
            (&[("NO_COLOR", "")], true, true),
            (&[("CLICOLOR_FORCE", "1")], false, true),
            (&[("CLICOLOR_FORCE", "0")], false, false),
            (&[("NO_COLOR", "1"), ("CLICOLOR_FORCE", "1")], true, false),
            (&[("TERM", "dumb")], true, false),
            (&[("CLICOLOR", "0")], true, false),
        ];
        for (variables, terminal, colour) in table {
            assert_eq!(style(variables, terminal).colour, colour, "{variables:?} {terminal}");
        }
    }

    #[test]
    fn only_a_utf_8_locale_gets_more_than_ascii() {
        assert!(style(&[("LANG", "de_DE.UTF-8")], true).unicode);
        assert!(style(&[("LC_CTYPE", "C.utf8")], true).unicode);
        assert!(!style(&[("LC_ALL", "C"), ("LANG", "de_DE.UTF-8")], true).unicode);
        assert!(!style(&[], true).unicode);
    }

    #[test]
    fn the_terminal_knows_its_width_and_a_pipe_has_one_too() {
        assert_eq!(style(&[("COLUMNS", "60")], true).width, 72);
        assert_eq!(style(&[("COLUMNS", "60")], false).width, 60);
        assert_eq!(style(&[("COLUMNS", "many")], false).width, DEFAULT_WIDTH);
        assert_eq!(style(&[("COLUMNS", "3")], false).width, MIN_WIDTH);
    }

    #[test]
    fn without_colour_nothing_is_added() {
        assert_eq!(Style::plain(80).paint(Role::Remove, "x"), "x");
        let coloured = Style { colour: true, ..Style::plain(80) };
        assert_eq!(coloured.paint(Role::Remove, "x"), "\u{1b}[31mx\u{1b}[0m");
    }
}
