//! The section `resources`: resources of any kind, for what the other sections do not cover.
//!
//! What a resource takes depends on its kind, and an overlay may give a part of it. So the file's schema says
//! little here, and each resource is held against the schema of its kind once its environment is merged.

use std::borrow::Cow;
use std::collections::HashMap;

use indexmap::IndexMap;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::aws::kinds as registry;
use crate::aws::names;
use crate::model::spec::Spec;

use super::check;
use super::node::{self, Entry, Kind, Node};
use super::overlay;
use super::path::Path;
use super::report::Problem;
use super::rules::Findings;
use super::text::{KindName, ResourceName, Text as _};

pub mod kinds;
pub mod reference;

use reference::References;

/// The key of the section, and the first part of every address in it.
pub const SECTION: &str = "resources";

/// Resources by name, as data; [`examine`] gives them their types, because that needs their places.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Resources(pub IndexMap<String, Value>);

impl JsonSchema for Resources {
    fn schema_name() -> Cow<'static, str> {
        "Resources".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "object",
            "propertyNames": { "type": "string", "format": ResourceName::FORMAT },
            "additionalProperties": {
                "type": "object",
                "properties": {
                    "kind": {
                        "type": "string",
                        "format": KindName::FORMAT,
                        "examples": KindName::EXAMPLES,
                        "description": "What it is; docs/kinds.md lists the kinds and their properties.",
                    },
                },
                "additionalProperties": {},
            },
        })
    }
}

/// One resource, held against its kind.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Resource {
    /// Its name in the section.
    pub name: String,
    /// Its kind.
    pub kind: &'static str,
    /// Its properties, defaults filled in.
    pub spec: Spec,
}

/// The resources of an environment's tree; what is wrong with them goes to the findings.
pub(super) fn examine(tree: &Node, findings: &mut Findings<'_>) -> Vec<Resource> {
    let Some(section) = tree.get(SECTION) else { return Vec::new() };
    let mut names: HashMap<String, &Entry> = HashMap::new();
    let mut resources = Vec::new();
    for entry in section.node.entries() {
        // Names in AWS take no dots: two that differ only in those would be one there.
        match names.entry(names::fit(&[&entry.key], None, usize::MAX)) {
            std::collections::hash_map::Entry::Occupied(first) => findings.add(clash(entry, first.get())),
            std::collections::hash_map::Entry::Vacant(place) => {
                place.insert(entry);
            }
        }
        resources.extend(resource(entry, findings));
    }
    resources
}

fn clash(entry: &Entry, first: &Entry) -> Problem {
    let message = format!(
        "`{SECTION}`: `{}` and `{}` would have the same name in AWS, which takes no dots",
        first.key, entry.key
    );
    Problem::error(message, entry.key_span, "the second")
        .also(first.key_span, "the first")
        .help("rename one of them")
}

fn resource(entry: &Entry, findings: &mut Findings<'_>) -> Option<Resource> {
    let path = format!("{SECTION}.{}", entry.key);
    let Some(written) = entry.node.get("kind") else {
        if !findings.is_refused(&Path::default().key(SECTION).key(&entry.key).key("kind")) {
            let message = format!("`{path}`: the key `kind` is missing");
            let problem = Problem::error(message, entry.key_span, "of which kind is it?");
            findings.add(problem.help("add `kind: bucket`, for instance; docs/kinds.md lists the kinds"));
        }
        return None;
    };
    let kind = registry::get(&written.node.scalar()?.text)?;
    let name = kind.schema().kind;
    let schema = kinds::schema(name)?;
    let checked = check::part(&entry.node, schema, &path, entry.key_span);
    let mut node = entry.node.clone();
    let wrong = checked.problems.iter().any(Problem::is_error);
    checked.problems.into_iter().for_each(|problem| findings.add(problem));
    overlay::without(&mut node, &checked.refused);
    let mut references = References::default();
    let value = value(&node, schema, &mut references, findings);
    let Value::Object(mut properties) = value else { return None };
    properties.remove("kind");
    if wrong || references.is_wrong() {
        return None;
    }
    // The typed struct fills in defaults and writes everything in its canonical form.
    match kind.canonical(&properties.into()) {
        Ok(spec) => Some(Resource { name: entry.key.clone(), kind: name, spec: references.restore(&spec) }),
        Err(error) => {
            let message = format!("`{path}`: this is no {}: {error}", kind.schema().title);
            findings.add(
                Problem::error(message, entry.key_span, "does not fit")
                    .help("docs/kinds.md says what it takes"),
            );
            None
        }
    }
}

/// A tree as data, references replaced by stand-ins.
fn value(node: &Node, schema: &Value, references: &mut References, findings: &mut Findings<'_>) -> Value {
    match &node.value {
        node::Value::Map(entries) => {
            let mut map = Map::new();
            for entry in entries {
                let inner = kinds::property(schema, &entry.key);
                let value = value(&entry.node, inner, references, findings);
                // Nothing written is an empty section, or the default.
                match value {
                    Value::Null if kinds::takes_object(inner) => {
                        map.insert(entry.key.clone(), Map::new().into())
                    }
                    Value::Null => None,
                    value => map.insert(entry.key.clone(), value),
                };
            }
            map.into()
        }
        node::Value::List(items) => {
            items.iter().map(|item| value(item, kinds::item(schema), references, findings)).collect()
        }
        node::Value::Scalar(scalar) => match scalar.kind {
            Kind::Null => Value::Null,
            Kind::Bool(value) => value.into(),
            Kind::Integer(value) => value.into(),
            Kind::Number(value) => value.into(),
            Kind::Text => match references.replace(&scalar.text) {
                Ok(text) => text.into(),
                Err(wrong) => {
                    let problem = Problem::error(wrong.message, node.span, "no reference");
                    findings.add(problem.help(wrong.help));
                    Value::Null
                }
            },
        },
    }
}

#[cfg(test)]
mod tests;
