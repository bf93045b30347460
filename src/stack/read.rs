//! Reads YAML into a tree of [`Node`]s, whatever the input.
//!
//! The parser's events are taken one by one, because they carry the places of keys and values. Size, depth and
//! the work that aliases can cause are bounded here, so that a hostile file ends in a message.

use std::collections::HashMap;

use serde_yaml::granit_parser::{self, Event, Parser, ScalarStyle, StrInput};

use super::node::{Entry, Node, Scalar, Value, excerpt};
use super::report::Problem;
use super::source::Span;

mod syntax;

/// The largest file that is read, in bytes.
pub const MAX_BYTES: usize = 1 << 20;
/// The longest line, in bytes: reports show whole lines.
pub const MAX_LINE: usize = 4096;
/// How deep lists and mappings may nest.
const MAX_DEPTH: usize = 24;
/// How many values a file may hold, aliases counted as often as they are used.
const MAX_NODES: usize = 30_000;
/// How many bytes of text they may hold together.
const MAX_TEXT: usize = 4 << 20;

/// The tree, and what can be said about the file although it could be read.
#[derive(Debug)]
pub struct Reading {
    /// The document.
    pub root: Node,
    /// Duplicate keys, tags and other things that YAML allows and a stack file does not.
    pub problems: Vec<Problem>,
}

/// Reads one YAML document.
///
/// # Errors
/// The problem that ended the reading: a syntax error, a limit, or an empty file.
pub fn read(text: &str) -> Result<Reading, Problem> {
    check_size(text)?;
    let mut options = granit_parser::options! {
        disallow_directives: true,
        flow_nesting_limit: MAX_DEPTH,
        block_nesting_limit: MAX_DEPTH,
    };
    options.set_emit_comments(false);
    let parser = Parser::new_from_str_with_options(text, options);
    let mut reader =
        Reader { text, parser, anchors: HashMap::new(), nodes: 0, bytes: 0, problems: Vec::new() };
    let root = reader.document()?;
    Ok(Reading { root, problems: reader.problems })
}

/// What a file that is too large or has too long a line says; the place is where the limit is passed.
fn check_size(text: &str) -> Result<(), Problem> {
    if text.len() > MAX_BYTES {
        let message = format!("the file is larger than {} KiB", MAX_BYTES / 1024);
        return Err(Problem::error(message, Span::new(0, 0), "the file starts here")
            .help("a stack file describes one platform; what is this file?"));
    }
    let mut start = 0;
    for line in text.split('\n') {
        if line.len() > MAX_LINE {
            let message = format!("a line is longer than {MAX_LINE} bytes");
            return Err(Problem::error(message, Span::new(start, start), "this line")
                .help("break the line; YAML lets a mapping or a list span several lines"));
        }
        start += line.len() + 1;
    }
    Ok(())
}

struct Reader<'t> {
    text: &'t str,
    parser: Parser<'t, StrInput<'t>>,
    anchors: HashMap<usize, Node>,
    nodes: usize,
    bytes: usize,
    problems: Vec<Problem>,
}

impl<'t> Reader<'t> {
    fn document(&mut self) -> Result<Node, Problem> {
        let root = loop {
            let (event, span) = self.next()?;
            match event {
                Event::StreamStart | Event::DocumentStart(..) => {}
                Event::StreamEnd => return Err(self.empty()),
                event => break self.node(event, span)?,
            }
        };
        if root.is_null() {
            return Err(self.empty());
        }
        loop {
            let (event, span) = self.next()?;
            match event {
                Event::StreamEnd => return Ok(root),
                Event::DocumentStart(..) => {
                    return Err(Problem::error("a second document in the file", span, "starts here")
                        .help("a stack is one document: remove the `---`, or use a file for each stack"));
                }
                _ => {}
            }
        }
    }

    fn empty(&self) -> Problem {
        let end = Span::new(self.text.len(), self.text.len());
        Problem::error("the file is empty", end, "expected a stack here")
            .help("the smallest stack is one line: `stack: my-site`")
    }

    fn next(&mut self) -> Result<(Event<'t>, Span), Problem> {
        match self.parser.next_event() {
            Some(Ok((event, span))) => {
                let range = span.byte_range().unwrap_or(0..0);
                Ok((event, Span::new(range.start, range.end)))
            }
            Some(Err(error)) => Err(syntax::problem(&error, self.text)),
            None => {
                let end = Span::new(self.text.len(), self.text.len());
                Err(Problem::error("not valid YAML: the file ends too early", end, "ends here"))
            }
        }
    }

    /// Reads the value that starts with `event`. The parser bounds the depth.
    fn node(&mut self, event: Event<'t>, span: Span) -> Result<Node, Problem> {
        if event.tag().is_some() {
            let problem = Problem::error("a YAML tag (`!...`) has no meaning here", span, "tagged")
                .help("leave the tag out; quotes make a text of anything");
            self.problems.push(problem);
        }
        let (node, anchor) = match event {
            Event::Scalar(text, style, anchor, _) => {
                let scalar = match style {
                    ScalarStyle::Plain => Scalar::plain(text.into_owned()),
                    _ => Scalar::quoted(text.into_owned()),
                };
                self.spend(1, scalar.text.len(), span)?;
                (Node { span, value: Value::Scalar(scalar) }, anchor)
            }
            Event::SequenceStart(_, anchor, _) => (self.list(span)?, anchor),
            Event::MappingStart(_, anchor, _) => (self.map(span)?, anchor),
            Event::Alias(id) => (self.alias(id, span)?, 0),
            _ => return Err(Problem::error("not valid YAML: a value is missing", span, "expected a value")),
        };
        if anchor != 0 {
            self.spend(node.size(), node.text_bytes(), span)?;
            self.anchors.insert(anchor, node.clone());
        }
        Ok(node)
    }

    fn list(&mut self, start: Span) -> Result<Node, Problem> {
        self.spend(1, 0, start)?;
        let mut items = Vec::new();
        let end = loop {
            match self.next()? {
                (Event::SequenceEnd, end) => break end,
                (event, span) => items.push(self.node(event, span)?),
            }
        };
        let last = items.last().map_or(start, |item: &Node| item.span);
        Ok(Node { span: self.extent(start, last, end), value: Value::List(items) })
    }

    fn map(&mut self, start: Span) -> Result<Node, Problem> {
        self.spend(1, 0, start)?;
        let mut entries: Vec<Entry> = Vec::new();
        let mut index: HashMap<String, usize> = HashMap::new();
        let mut merged = Vec::new();
        let mut last = start;
        let end = loop {
            let (key, key_span) = match self.next()? {
                (Event::MappingEnd, end) => break end,
                (event, span) => {
                    let is_merge =
                        matches!(&event, Event::Scalar(text, ScalarStyle::Plain, ..) if text == "<<");
                    let key = self.node(event, span)?;
                    let (event, value_span) = self.next()?;
                    let value = self.node(event, value_span)?;
                    last = if value.span.is_empty() { key.span } else { value.span };
                    if is_merge {
                        merged.push(value);
                        continue;
                    }
                    let Some(name) = self.key_name(&key) else { continue };
                    if let Some(first) = index.get(&name) {
                        self.duplicate(&name, entries[*first].key_span, key.span);
                        continue;
                    }
                    index.insert(name.clone(), entries.len());
                    entries.push(Entry { key: name.clone(), key_span: key.span, node: value });
                    (name, key.span)
                }
            };
            self.spend(1, key.len(), key_span)?;
        };
        for value in merged {
            self.merge(value, &mut entries, &mut index);
        }
        Ok(Node { span: self.extent(start, last, end), value: Value::Map(entries) })
    }

    fn key_name(&mut self, key: &Node) -> Option<String> {
        if let Some(scalar) = key.scalar() {
            return Some(scalar.text.clone());
        }
        let problem = Problem::error("a key must be a single word", key.span, "this is no word")
            .help("write `key: value`; braces and brackets belong to values");
        self.problems.push(problem);
        None
    }

    fn duplicate(&mut self, key: &str, first: Span, again: Span) {
        let message = format!("the key `{}` is given twice", excerpt(key));
        let problem = Problem::error(message, again, "given again")
            .also(first, "first given here")
            .help("keep one of them; YAML does not say which would count");
        self.problems.push(problem);
    }

    /// Takes the entries of a `<<:` that the mapping does not give itself.
    fn merge(&mut self, value: Node, entries: &mut Vec<Entry>, index: &mut HashMap<String, usize>) {
        let sources = match value {
            Node { value: Value::List(items), .. } => items,
            other => vec![other],
        };
        for source in sources {
            let Value::Map(found) = source.value else {
                let problem = Problem::error("`<<` takes a mapping", source.span, "not a mapping")
                    .help("write `<<: *name`, where `&name` marks a mapping");
                self.problems.push(problem);
                continue;
            };
            for entry in found {
                if !index.contains_key(&entry.key) {
                    index.insert(entry.key.clone(), entries.len());
                    entries.push(entry);
                }
            }
        }
    }

    fn alias(&mut self, id: usize, span: Span) -> Result<Node, Problem> {
        let Some(node) = self.anchors.get(&id) else {
            return Err(Problem::error(
                "an alias (`*name`) inside the value that it names",
                span,
                "used here",
            )
            .help("a value cannot contain itself"));
        };
        let (size, bytes) = (node.size(), node.text_bytes());
        self.spend(size, bytes, span)?;
        // The budget is spent before the copy is made.
        self.anchors.get(&id).cloned().ok_or_else(|| self.empty())
    }

    fn spend(&mut self, nodes: usize, bytes: usize, span: Span) -> Result<(), Problem> {
        self.nodes += nodes;
        self.bytes += bytes;
        if self.nodes <= MAX_NODES && self.bytes <= MAX_TEXT {
            return Ok(());
        }
        let message = if self.nodes > MAX_NODES {
            format!("the file holds more than {MAX_NODES} values")
        } else {
            format!("the file's values hold more than {} MiB of text", MAX_TEXT >> 20)
        };
        Err(Problem::error(message, span, "the limit is passed here")
            .help("an alias counts each time that it is used"))
    }

    /// Where a list or mapping reaches to: its closing bracket, or its last value when it has none.
    fn extent(&self, start: Span, last: Span, end: Span) -> Span {
        let closed = matches!(self.text.as_bytes().get(start.start), Some(b'[' | b'{'));
        Span::new(start.start, if closed { end.end } else { last.end })
    }
}

#[cfg(test)]
mod tests;
