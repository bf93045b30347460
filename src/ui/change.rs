//! One changed property: `from -> to` when that is readable, else only the parts that differ.
//!
//! Lists, sets and maps show the elements added and removed; long texts and policies show lines.

use serde_json::{Map, Value};

use crate::model::diff::Change;

use super::lines::{self, Mark, Row};
use super::style::Role;
use super::text::{Sheet, columns, cut, plain, span};
use super::value::{self, shown};
use super::words;

/// Unchanged lines shown around a changed one.
const CONTEXT: usize = 3;
/// Differing elements shown of one property.
const MOST_PARTS: usize = 20;
/// Rows shown of one differing text.
const MOST_ROWS: usize = 60;
/// Columns of one value that is shown on one line.
const MOST_COLUMNS: usize = 160;

/// One difference inside a property.
#[derive(Debug)]
pub struct Part {
    /// Whether it came, went or became another.
    pub mark: Mark,
    /// Where in the property, with its colon; empty for an element of a list.
    pub label: String,
    /// What differs.
    pub body: Body,
}

/// What differs.
#[derive(Debug)]
pub enum Body {
    /// An element added or removed.
    Element(String),
    /// A value that became another.
    Became(String, String),
    /// A long text, before and after.
    Text(String, String),
}

/// What differs inside a property, and how many of its elements do not.
pub fn parts(change: &Change) -> (Vec<Part>, usize) {
    let (mut parts, mut same) = (Vec::new(), 0);
    compare("", &change.from, &change.to, &mut parts, &mut same);
    (parts, same)
}

/// Shows a change, beginning at a column.
pub fn put(sheet: &mut Sheet, indent: usize, change: &Change) {
    let meaning =
        span(Role::Dim, format!("({}, {})", words::effect(change.effect), words::cause(&change.cause)));
    let arrow = format!(" {} ", sheet.style().symbols().arrow);
    let name = plain(format!("{}: ", change.property));
    let (parts, same) = parts(change);
    if let [Part { body: Body::Became(from, to), label, .. }] = parts.as_slice()
        && label.is_empty()
    {
        let (from, to) = (span(Role::Remove, from), span(Role::Add, to));
        sheet.put(indent, indent + 4, &[name, from, plain(arrow), to, plain("  "), meaning]);
        return;
    }
    sheet.put(indent, indent + 4, &[plain(format!("{}  ", change.property)), meaning]);
    for part in parts.iter().take(MOST_PARTS) {
        put_part(sheet, indent + 2, part, &arrow);
    }
    let left_out = parts.len().saturating_sub(MOST_PARTS);
    if left_out > 0 {
        sheet.put(indent + 2, indent + 4, &[span(Role::Dim, format!("… {left_out} more differ"))]);
    }
    if same > 0 {
        let stay = if same == 1 { "1 stays".to_owned() } else { format!("{same} stay") };
        sheet.put(indent + 2, indent + 4, &[span(Role::Dim, stay)]);
    }
}

fn put_part(sheet: &mut Sheet, indent: usize, part: &Part, arrow: &str) {
    let (role, sign) = match part.mark {
        Mark::Added => (Role::Add, "+ "),
        Mark::Removed => (Role::Remove, "- "),
        Mark::Same => (Role::Change, "~ "),
    };
    let label = plain(&part.label);
    match &part.body {
        Body::Element(text) => {
            sheet.put(indent, indent + 4, &[span(role, sign), label, span(role, text)]);
        }
        Body::Became(from, to) => {
            let (from, to) = (span(Role::Remove, from), span(Role::Add, to));
            sheet.put(indent, indent + 4, &[span(role, sign), label, from, plain(arrow), to]);
        }
        Body::Text(from, to) => {
            if part.label.is_empty() {
                return put_text(sheet, indent, from, to);
            }
            sheet.put(indent, indent + 4, &[span(role, sign), label]);
            put_text(sheet, indent + 2, from, to);
        }
    }
}

/// A text's changed lines; past the limit it says how many more there are.
fn put_text(sheet: &mut Sheet, indent: usize, from: &str, to: &str) {
    let rows = lines::hunks(from, to, CONTEXT);
    let (shown, rest) = rows.split_at(rows.len().min(MOST_ROWS));
    for row in shown {
        let (role, text) = match row {
            Row::Line(Mark::Same, line) => (Role::Dim, format!("  {line}")),
            Row::Line(Mark::Added, line) => (Role::Add, format!("+ {line}")),
            Row::Line(Mark::Removed, line) => (Role::Remove, format!("- {line}")),
            Row::Skipped(count) => (Role::Dim, format!("… {} as before", words::count(*count, "line"))),
        };
        sheet.put(indent, indent + 4, &[span(role, cut(&text, MOST_COLUMNS))]);
    }
    let changed = |row: &&Row<'_>| matches!(row, Row::Line(Mark::Added | Mark::Removed, _));
    let left_out = rest.iter().filter(changed).count();
    if left_out > 0 {
        let text = format!("… {} more", words::count(left_out, "changed line"));
        sheet.put(indent, indent + 4, &[span(Role::Dim, text)]);
    }
}

/// Collects what differs; `same` counts the elements that do not.
fn compare(path: &str, from: &Value, to: &Value, parts: &mut Vec<Part>, same: &mut usize) {
    let empty = Map::new();
    let map =
        |value| if from.is_null() || to.is_null() { value_or(value, &empty) } else { value::fields(value) };
    if from == to {
        *same += 1;
    } else if let (Some(old), Some(new)) = (map(from), map(to)) {
        for key in keys(old, new) {
            let label = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
            match (old.get(key), new.get(key)) {
                (Some(old), Some(new)) => compare(&label, old, new, parts, same),
                (Some(old), None) => parts.push(element(Mark::Removed, &label, old)),
                (None, Some(new)) => parts.push(element(Mark::Added, &label, new)),
                (None, None) => {}
            }
        }
    } else if let (Some(old), Some(new)) = (items(from, to), items(to, from)) {
        compare_lists(path, old, new, parts, same);
    } else {
        parts.push(Part { mark: Mark::Same, label: label(path), body: became(from, to) });
    }
}

/// The fields of a map, or none of a null beside a map.
fn value_or<'a>(value: &'a Value, empty: &'a Map<String, Value>) -> Option<&'a Map<String, Value>> {
    if value.is_null() { Some(empty) } else { value::fields(value) }
}

/// The elements of a list, or none of a null beside a list.
fn items<'a>(value: &'a Value, other: &Value) -> Option<&'a [Value]> {
    if value.is_null() && other.is_array() { Some(&[]) } else { value.as_array().map(Vec::as_slice) }
}

/// The keys of both, those that were there first.
fn keys<'a>(old: &'a Map<String, Value>, new: &'a Map<String, Value>) -> Vec<&'a String> {
    old.keys().chain(new.keys().filter(|key| !old.contains_key(*key))).collect()
}

fn compare_lists(path: &str, old: &[Value], new: &[Value], parts: &mut Vec<Part>, same: &mut usize) {
    let mut added: Vec<&Value> = new.iter().collect();
    let mut removed: Vec<&Value> = Vec::new();
    for item in old {
        match added.iter().position(|other| *other == item) {
            Some(at) => drop(added.remove(at)),
            None => removed.push(item),
        }
    }
    if added.is_empty() && removed.is_empty() {
        let order = |items: &[Value]| cut(&shown(&Value::from(items)), MOST_COLUMNS);
        let label = if path.is_empty() { "order: ".to_owned() } else { format!("{path}, order: ") };
        parts.push(Part { mark: Mark::Same, label, body: Body::Became(order(old), order(new)) });
        return;
    }
    *same += old.len() - removed.len();
    if removed.len() == added.len() && removed.iter().chain(&added).any(|item| is_long(item)) {
        for (index, (old, new)) in removed.into_iter().zip(added).enumerate() {
            let name = name(new).map_or_else(|| format!("#{}", index + 1), str::to_owned);
            // What stays the same inside of an element is not told.
            compare(&format!("{path}[{name}]"), old, new, parts, &mut 0);
        }
        return;
    }
    parts.extend(removed.into_iter().map(|item| element(Mark::Removed, path, item)));
    parts.extend(added.into_iter().map(|item| element(Mark::Added, path, item)));
}

/// Whether one line would not hold an element: two of them could look the same.
fn is_long(item: &Value) -> bool {
    value::fields(item).is_some() && columns(&shown(item)) > MOST_COLUMNS
}

/// What people know an element of a list by.
fn name(item: &Value) -> Option<&str> {
    let fields = value::fields(item)?;
    let within = fields.values().filter_map(value::fields);
    std::iter::once(fields)
        .chain(within)
        .find_map(|fields| ["title", "name"].into_iter().find_map(|key| fields.get(key)?.as_str()))
}

fn label(path: &str) -> String {
    if path.is_empty() { String::new() } else { format!("{path}: ") }
}

fn element(mark: Mark, path: &str, value: &Value) -> Part {
    Part { mark, label: label(path), body: Body::Element(brief(value, MOST_COLUMNS)) }
}

/// A value on one line of at most that many columns; of a long text only how long it is, of JSON what it says.
pub fn brief(value: &Value, width: usize) -> String {
    let text = value::text(value);
    if let Some(inner) = text.as_deref().and_then(inner_json) {
        return cut(&shown(&inner), width);
    }
    match text.map(|text| text.lines().count()) {
        Some(lines) if lines > 1 => format!("text of {lines} lines"),
        _ => cut(&shown(value), width),
    }
}

/// The JSON object or list that a text is.
fn inner_json(text: &str) -> Option<Value> {
    serde_json::from_str(text).ok().filter(|inner: &Value| inner.is_object() || inner.is_array())
}

fn became(from: &Value, to: &Value) -> Body {
    if let (Some(old), Some(new)) = (long_text(from), long_text(to))
        && (old.contains('\n') || new.contains('\n'))
    {
        return Body::Text(old, new);
    }
    let (from, to) = (shown(from), shown(to));
    let short = (abbreviated(&from), abbreviated(&to));
    let (from, to) = if short.0 == short.1 { (from, to) } else { short };
    let (from, to) = apart(&from, &to);
    Body::Became(from, to)
}

/// The beginning of a digest is all that anybody compares.
const DIGEST_SHOWN: usize = 12;
/// Digits of a digest; ids of AWS have fewer in a row.
const DIGEST: usize = 40;

/// A text with its digests cut short.
fn abbreviated(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let digits = rest.find(|c: char| !matches!(c, '0'..='9' | 'a'..='f')).unwrap_or(rest.len());
        if digits >= DIGEST {
            shown.push_str(&rest[..DIGEST_SHOWN]);
            shown.push('…');
        } else {
            shown.push_str(&rest[..digits.max(c.len_utf8())]);
        }
        rest = &rest[digits.max(c.len_utf8())..];
    }
    shown
}

/// A value as text with lines: JSON inside of it (a policy) one field a line, nothing as no lines.
fn long_text(value: &Value) -> Option<String> {
    if value.is_null() {
        return Some(String::new());
    }
    let text = value::text(value)?;
    match inner_json(&text) {
        Some(inner) => serde_json::to_string_pretty(&inner).ok(),
        None => Some(text),
    }
}

/// Two values on one line; of long ones the part where they differ.
fn apart(from: &str, to: &str) -> (String, String) {
    if columns(from).max(columns(to)) <= MOST_COLUMNS {
        return (from.to_owned(), to.to_owned());
    }
    let same = from.chars().zip(to.chars()).take_while(|(a, b)| a == b).count();
    let before = same.saturating_sub(20);
    let part = |text: &str| {
        let rest: String = text.chars().skip(before).collect();
        format!("{}{}", if before > 0 { "…" } else { "" }, cut(&rest, MOST_COLUMNS / 2))
    };
    (part(from), part(to))
}
