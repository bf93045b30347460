//! Holds a tree against the schema and says everything that is wrong with it.
//!
//! serde stops at the first mistake and knows no places; a user wants all of them, each with its remedy.

use std::collections::HashSet;

use serde_json::Value as Schema;

use super::node::{Kind, Node, Scalar, Value, excerpt};
use super::report::Problem;
use super::schema;
use super::source::Span;
use super::suggest;
use super::text::{GRAMMARS, Grammar};

mod explain;

/// What a check found.
#[derive(Debug, Default)]
pub struct Checked {
    /// What is wrong.
    pub problems: Vec<Problem>,
    /// The places of the values and keys that were refused.
    pub refused: HashSet<Span>,
}

/// Checks a whole file.
pub fn check(root: &Node) -> Checked {
    let mut checked = Checked::default();
    let place = Place { path: String::new(), key: Span::new(root.span.start, root.span.start) };
    checked.value(root, schema::root(), &place);
    checked
}

/// Checks a part of a file against a schema of its own; the path is for messages, the key for pointing.
pub fn part(node: &Node, schema: &Schema, path: &str, key: Span) -> Checked {
    let mut checked = Checked::default();
    checked.value(node, schema, &Place { path: path.to_owned(), key });
    checked
}

/// Where a value stands: its path for messages, its key for pointing.
struct Place {
    path: String,
    key: Span,
}

impl Place {
    fn key(&self, key: &str, span: Span) -> Place {
        let key = excerpt(key);
        Place { path: if self.path.is_empty() { key } else { format!("{}.{key}", self.path) }, key: span }
    }

    fn name(&self) -> String {
        if self.path.is_empty() { "the file".to_owned() } else { format!("`{}`", self.path) }
    }
}

impl Checked {
    fn refuse(&mut self, node: &Node, problem: Problem) {
        self.refused.insert(node.span);
        self.problems.push(problem);
    }

    fn value(&mut self, node: &Node, schema: &Schema, place: &Place) {
        if let Some(branches) = schema["anyOf"].as_array() {
            return match alternative(node, branches) {
                Some(branch) => self.value(node, branch, place),
                None => self.misfit(node, schema, place),
            };
        }
        if schema.as_object().is_some_and(serde_json::Map::is_empty) {
            return;
        }
        if choices(schema).is_none() && !fits(node, schema) {
            return self.misfit(node, schema, place);
        }
        match &node.value {
            Value::Map(_) => self.map(node, schema, place),
            Value::List(items) => self.list(node, items, schema, place),
            Value::Scalar(Scalar { kind: Kind::Null, .. }) => {}
            Value::Scalar(scalar) => self.scalar(node, scalar, schema, place),
        }
    }

    fn misfit(&mut self, node: &Node, schema: &Schema, place: &Place) {
        let expected = explain::expected(schema);
        let message = format!("{}: expected {expected}, found {}", place.name(), node.describe());
        let problem = Problem::error(message, node.place(place.key), format!("expected {expected}"));
        let problem = match explain::remedy(node, schema) {
            Some(help) => problem.help(help),
            None => problem,
        };
        self.refuse(node, problem);
    }

    fn map(&mut self, node: &Node, schema: &Schema, place: &Place) {
        let known = schema["properties"].as_object();
        let others = schema.get("additionalProperties").filter(|schema| schema.is_object());
        for entry in node.entries() {
            let inner = place.key(&entry.key, entry.key_span);
            if let Some(schema) = known.and_then(|known| known.get(&entry.key)) {
                self.value(&entry.node, schema, &inner);
            } else if let Some(others) = others {
                if let Err(problem) = name(&entry.key, entry.key_span, &schema["propertyNames"], place) {
                    self.refused.insert(entry.key_span);
                    self.problems.push(problem);
                }
                self.value(&entry.node, others, &inner);
            } else {
                let problem = explain::unknown_key(&entry.key, entry.key_span, schema, &place.path);
                self.refused.insert(entry.key_span);
                self.problems.push(problem);
            }
        }
        for key in schema["required"].as_array().into_iter().flatten().filter_map(Schema::as_str) {
            if node.get(key).is_none() {
                let message = format!("{}: the key `{key}` is missing", place.name());
                let help = explain::example(&schema["properties"][key], key);
                let span = if place.path.is_empty() { place.key } else { node.span };
                let problem = Problem::error(message, span, format!("`{key}` belongs here")).help(help);
                if place.path.is_empty() { self.problems.push(problem) } else { self.refuse(node, problem) }
            }
        }
        if let Some(most) = schema["maxProperties"].as_u64()
            && node.entries().len() as u64 > most
        {
            let message = format!("{}: at most {most} entries, found {}", place.name(), node.entries().len());
            self.refuse(node, Problem::error(message, place.key, format!("at most {most}")));
        }
    }

    fn list(&mut self, node: &Node, items: &[Node], schema: &Schema, place: &Place) {
        for (index, item) in items.iter().enumerate() {
            let inner = Place { path: format!("{}[{index}]", place.path), key: item.span };
            self.value(item, &schema["items"], &inner);
        }
        let count = items.len() as u64;
        let bounds = (schema["minItems"].as_u64(), schema["maxItems"].as_u64());
        if let Some(range) =
            explain::outside(count.into(), bounds.0.map(i128::from), bounds.1.map(i128::from))
        {
            let message = format!("{}: the number of entries must be {range}, found {count}", place.name());
            self.refuse(node, Problem::error(message, place.key, range));
        }
        if schema["uniqueItems"] == true {
            let mut seen = std::collections::HashMap::new();
            for item in items {
                let Some(scalar) = item.scalar() else { continue };
                if let Some(first) = seen.insert(&scalar.text, item.span) {
                    let message = format!("{}: `{}` is given twice", place.name(), excerpt(&scalar.text));
                    let problem =
                        Problem::error(message, item.span, "given again").also(first, "first given here");
                    self.refuse(item, problem.help("keep one of them"));
                }
            }
        }
    }

    fn scalar(&mut self, node: &Node, scalar: &Scalar, schema: &Schema, place: &Place) {
        let judged = match choices(schema) {
            Some(choices) => explain::choice(scalar, &choices),
            None => judge(scalar, schema),
        };
        if let Err((message, help)) = judged {
            let label = explain::label(&message, schema);
            let problem =
                Problem::error(format!("{}: {message}", place.name()), node.place(place.key), label);
            self.refuse(
                node,
                match help {
                    Some(help) => problem.help(help),
                    None => problem,
                },
            );
        }
    }
}

/// The alternative that was meant: of those whose shape fits, the one that knows most of the keys.
fn alternative<'s>(node: &Node, branches: &'s [Schema]) -> Option<&'s Schema> {
    let known = |branch: &&Schema| {
        node.entries().iter().filter(|entry| branch["properties"].get(&entry.key).is_some()).count()
    };
    // Of equals the last is the greatest, and the first shall be it.
    branches.iter().rev().filter(|branch| fits(node, branch)).max_by_key(known)
}

/// What is wrong with a value, and what would be right.
type Judgement = Result<(), (String, Option<String>)>;

fn judge(scalar: &Scalar, schema: &Schema) -> Judgement {
    if let Some(grammar) = grammar(schema) {
        let magnitude = (grammar.judge)(&scalar.text).map_err(|wrong| (wrong.message, Some(wrong.help)))?;
        return match magnitude {
            Some(magnitude) => explain::measure(magnitude, &scalar.text, grammar, schema),
            None => Ok(()),
        };
    }
    let number = |key: &str| schema[key].as_f64();
    let found = match scalar.kind {
        #[expect(clippy::cast_precision_loss, reason = "the bounds of a stack file are far below 2^53")]
        Kind::Integer(value) => value as f64,
        Kind::Number(value) => value,
        _ => return explain::length(&scalar.text, schema),
    };
    let (least, greatest) = (number("minimum"), number("maximum"));
    let in_range =
        least.is_none_or(|least| found >= least) && greatest.is_none_or(|greatest| found <= greatest);
    if in_range {
        return Ok(());
    }
    let range = explain::range(least.map(|n| n.to_string()), greatest.map(|n| n.to_string()));
    Err((format!("must be {range}, found {}", excerpt(&scalar.text)), None))
}

/// Checks a key of a mapping whose keys the user chooses.
fn name(key: &str, span: Span, schema: &Schema, place: &Place) -> Result<(), Problem> {
    if let Some(grammar) = grammar(schema) {
        return match (grammar.judge)(key) {
            Ok(_) => Ok(()),
            Err(wrong) => {
                let message = format!("{}: {}", place.name(), wrong.message);
                Err(Problem::error(message, span, format!("expected {}", grammar.what)).help(wrong.help))
            }
        };
    }
    match choices(schema) {
        Some(known) if !known.iter().any(|known| known == key) => {
            let guess = suggest::nearest(key, known.iter().map(String::as_str));
            Err(explain::unknown(key, span, &place.path, guess)
                .help("the reference lists those that may be set"))
        }
        _ => Ok(()),
    }
}

fn grammar(schema: &Schema) -> Option<&'static Grammar> {
    let format = schema["format"].as_str()?;
    GRAMMARS.iter().find(|grammar| grammar.format == format)
}

/// The values that a schema lists, whichever way it lists them.
fn choices(schema: &Schema) -> Option<Vec<String>> {
    let text = |value: &Schema| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    if let Some(values) = schema["enum"].as_array() {
        return Some(values.iter().map(text).collect());
    }
    let constants = schema["oneOf"].as_array()?.iter().map(|branch| branch.get("const").map(text));
    constants.collect()
}

/// Whether the shape of a value is one that the schema takes. Text with a grammar may look like anything.
fn fits(node: &Node, schema: &Schema) -> bool {
    if let Some(branches) = schema["anyOf"].as_array() {
        return branches.iter().any(|branch| fits(node, branch));
    }
    if let Some(choices) = choices(schema) {
        return node.scalar().is_some_and(|scalar| choices.contains(&scalar.text));
    }
    let takes = |kind: &str| match &schema["type"] {
        Schema::Array(kinds) => kinds.iter().any(|known| known == kind),
        known => known == kind,
    };
    match &node.value {
        Value::Map(_) => takes("object"),
        Value::List(_) => takes("array"),
        Value::Scalar(scalar) => match scalar.kind {
            // A section without a value is an empty one.
            Kind::Null => takes("object"),
            _ if takes("string") && grammar(schema).is_some() => true,
            Kind::Bool(_) => takes("boolean"),
            Kind::Integer(_) => takes("integer") || takes("number"),
            Kind::Number(_) => takes("number"),
            Kind::Text => takes("string"),
        },
    }
}

#[cfg(test)]
mod tests;
