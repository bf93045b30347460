//! What a step changes, as the lines of a unified diff: for Markdown, where such a block is coloured, and for HTML.
//!
//! Every line is one line and begins with its sign, whatever AWS or the stack put into a value.

use crate::model::diff::Change;
use crate::model::plan::{Action, Step};
use crate::model::schema::Effect;
use crate::model::spec::Spec;

use super::change::{self, Body, Part};
use super::lines::{self, Mark, Row};
use super::text::{clean, cut};
use super::words;

/// Columns of one line.
const WIDE: usize = 160;
/// Unchanged lines shown around a changed one.
const CONTEXT: usize = 3;
/// Lines shown of one differing text.
const MOST_ROWS: usize = 60;
/// Differing elements shown of one property.
const MOST_PARTS: usize = 40;

/// What a line is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// It is new.
    Added,
    /// It goes.
    Removed,
    /// It stays.
    Same,
    /// It says what follows.
    Note,
    /// It says what follows, and that this interrupts or replaces something.
    Loud,
}

/// One line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// What it is.
    pub kind: Kind,
    /// Its text, without controls and ends of lines.
    pub text: String,
}

impl Line {
    fn new(kind: Kind, text: &str) -> Self {
        Self { kind, text: cut(&clean(text), WIDE).trim_end().to_owned() }
    }

    /// The sign in its first column.
    pub fn sign(&self) -> char {
        match self.kind {
            Kind::Added => '+',
            Kind::Removed => '-',
            Kind::Same => ' ',
            Kind::Note => '#',
            Kind::Loud => '!',
        }
    }
}

/// All lines of a step.
pub fn lines(step: &Step) -> Vec<Line> {
    match &step.action {
        Action::Create => step.desired.iter().flat_map(|spec| whole(Kind::Added, spec)).collect(),
        Action::Delete => {
            let id = step.live.iter().map(|live| Line::new(Kind::Removed, &format!("id: {}", live.id)));
            let spec = step.live.iter().flat_map(|live| whole(Kind::Removed, &live.spec));
            id.chain(spec).collect()
        }
        Action::Update { changes } | Action::Replace { changes } => {
            changes.iter().flat_map(change_lines).collect()
        }
        Action::Await => Vec::new(),
    }
}

/// Every property of something that comes or goes.
fn whole(kind: Kind, spec: &Spec) -> Vec<Line> {
    let line = |(name, value)| Line::new(kind, &format!("{name}: {}", change::brief(value, WIDE)));
    spec.iter().map(line).collect()
}

fn change_lines(change: &Change) -> Vec<Line> {
    let loud = matches!(change.effect, Effect::SomeInterruption | Effect::Replacement | Effect::Refused(_));
    let meaning =
        format!("{}: {}, {}", change.property, words::effect(change.effect), words::cause(&change.cause));
    let mut found = vec![Line::new(if loud { Kind::Loud } else { Kind::Note }, &meaning)];
    let (parts, same) = change::parts(change);
    for part in parts.iter().take(MOST_PARTS) {
        part_lines(&change.property, part, &mut found);
    }
    if parts.len() > MOST_PARTS {
        found.push(Line::new(Kind::Same, &format!("… {} more differ", parts.len() - MOST_PARTS)));
    }
    if same > 0 {
        let stay = if same == 1 { "… 1 stays".to_owned() } else { format!("… {same} stay") };
        found.push(Line::new(Kind::Same, &stay));
    }
    found
}

fn part_lines(property: &str, part: &Part, found: &mut Vec<Line>) {
    let name = if part.label.is_empty() { format!("{property}: ") } else { part.label.clone() };
    match &part.body {
        Body::Element(text) => {
            let kind = if part.mark == Mark::Added { Kind::Added } else { Kind::Removed };
            found.push(Line::new(kind, &format!("{}{text}", part.label)));
        }
        Body::Became(from, to) => {
            found.push(Line::new(Kind::Removed, &format!("{name}{from}")));
            found.push(Line::new(Kind::Added, &format!("{name}{to}")));
        }
        Body::Text(from, to) => {
            if !part.label.is_empty() {
                found.push(Line::new(Kind::Note, part.label.trim_end()));
            }
            text_lines(from, to, found);
        }
    }
}

/// The lines of a text that differ, with a little around them.
fn text_lines(from: &str, to: &str, found: &mut Vec<Line>) {
    let rows = lines::hunks(from, to, CONTEXT);
    let (shown, rest) = rows.split_at(rows.len().min(MOST_ROWS));
    found.extend(shown.iter().map(|row| match row {
        Row::Line(Mark::Same, line) => Line::new(Kind::Same, line),
        Row::Line(Mark::Added, line) => Line::new(Kind::Added, line),
        Row::Line(Mark::Removed, line) => Line::new(Kind::Removed, line),
        Row::Skipped(count) => {
            Line::new(Kind::Same, &format!("… {} as before", words::count(*count, "line")))
        }
    }));
    let changed = |row: &&Row<'_>| matches!(row, Row::Line(Mark::Added | Mark::Removed, _));
    let left = rest.iter().filter(changed).count();
    if left > 0 {
        found.push(Line::new(Kind::Same, &format!("… {} more", words::count(left, "changed line"))));
    }
}
