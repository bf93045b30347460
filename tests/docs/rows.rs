//! A JSON Schema as rows of a table: one for every key that may be written, however deep.

use std::collections::BTreeSet;

use drucloud::stack::text::GRAMMARS;
use serde_json::Value;

/// One key.
pub struct Row {
    /// Where it stands, such as `scale.min` or `schedule[].name`.
    pub path: String,
    /// What it takes.
    pub kind: String,
    /// What counts when it is left out; empty for nothing.
    pub default: String,
    /// Whether it must be written.
    pub required: bool,
    /// What it means.
    pub meaning: String,
}

/// The keys below a schema, in its order, each once.
pub fn rows(schema: &Value) -> Vec<Row> {
    let mut rows = Vec::new();
    collect(schema, "", &mut rows);
    let mut seen = BTreeSet::new();
    rows.retain(|row| seen.insert(row.path.clone()));
    rows
}

fn branches(schema: &Value) -> impl Iterator<Item = &Value> {
    let branches = schema["anyOf"].as_array().or_else(|| schema["oneOf"].as_array());
    branches.into_iter().flatten().chain([schema])
}

fn collect(schema: &Value, at: &str, rows: &mut Vec<Row>) {
    // Of several forms of a mapping one is written; what each of them requires is no duty of the others.
    let forms = branches(schema).filter(|branch| branch["properties"].is_object()).count();
    for branch in branches(schema) {
        let named = |branch: &Value, key: &str| {
            branch["required"].as_array().is_some_and(|keys| keys.iter().any(|known| known == key))
        };
        let required = |key: &str| {
            let mut mappings = branches(schema).filter(|branch| branch["properties"].is_object());
            if forms > 1 { mappings.all(|branch| named(branch, key)) } else { named(branch, key) }
        };
        for (key, property) in branch["properties"].as_object().into_iter().flatten() {
            let path = if at.is_empty() { key.clone() } else { format!("{at}.{key}") };
            rows.push(Row {
                kind: kind(property),
                default: default(&property["default"]),
                required: required(key),
                // A form that is a single key says what it is at the form.
                meaning: match meaning(property) {
                    empty if empty.is_empty() && forms > 1 => meaning(branch),
                    own => own,
                },
                path: path.clone(),
            });
            collect(property, &path, rows);
        }
        if branch["items"].is_object() {
            collect(&branch["items"], &format!("{at}[]"), rows);
        }
        if branch["additionalProperties"].is_object() {
            collect(&branch["additionalProperties"], &format!("{at}.*"), rows);
        }
    }
}

fn code(value: &Value) -> String {
    let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    format!("`{text}`")
}

/// What a schema takes, in a few words.
fn kind(schema: &Value) -> String {
    let words = |schemas: &[Value]| {
        let mut words: Vec<String> = schemas.iter().map(kind).collect();
        words.dedup();
        let choices = words.iter().all(|word| word.starts_with('`'));
        words.join(if choices { ", " } else { " or " })
    };
    if let Some(alternatives) = schema["anyOf"].as_array().or_else(|| schema["oneOf"].as_array()) {
        return words(alternatives);
    }
    if let Some(choices) = schema["enum"].as_array() {
        return choices.iter().map(code).collect::<Vec<_>>().join(", ");
    }
    if schema.get("const").is_some() {
        return code(&schema["const"]);
    }
    let format = schema["format"].as_str().unwrap_or_default();
    let is_text = schema["type"] == "string" || schema["type"].is_array();
    if let Some(kind) = format.strip_prefix("id-of-") {
        return format!("id of a [{kind}](#{kind})");
    }
    if let Some(grammar) = GRAMMARS.iter().find(|grammar| is_text && grammar.format == format) {
        let examples: Vec<String> =
            schema["examples"].as_array().into_iter().flatten().take(2).map(code).collect();
        let examples =
            if examples.is_empty() { String::new() } else { format!(", such as {}", examples.join(", ")) };
        return format!("{}{}{examples}", grammar.what, range(schema, "formatMinimum", "formatMaximum"));
    }
    let kind = schema["type"].as_str().or_else(|| schema["type"][0].as_str()).unwrap_or("anything");
    match kind {
        "integer" => format!("a whole number{}", range(schema, "minimum", "maximum")),
        "number" => format!("a number{}", range(schema, "minimum", "maximum")),
        "boolean" => "`true` or `false`".to_owned(),
        "array" => format!("a list of {}", plural(&kind_of_items(schema))),
        "object" if schema["additionalProperties"].is_object() => "a mapping of names".to_owned(),
        "object" => "a mapping".to_owned(),
        "string" => "text".to_owned(),
        other => other.to_owned(),
    }
}

fn kind_of_items(schema: &Value) -> String {
    if schema["items"].is_object() { kind(&schema["items"]) } else { "anything".to_owned() }
}

fn plural(kind: &str) -> String {
    match kind {
        "a mapping" => "mappings".to_owned(),
        "a mapping of names" => "mappings of names".to_owned(),
        other => {
            other.strip_prefix("id of a ").map_or_else(|| other.to_owned(), |kind| format!("ids of {kind}"))
        }
    }
}

fn range(schema: &Value, least: &str, most: &str) -> String {
    let bound = |key: &str| {
        schema.get(key).map(|value| value.as_str().map_or_else(|| value.to_string(), str::to_owned))
    };
    // The bounds of an integer's width say nothing.
    let most = bound(most).filter(|most| !["65535", "255", "4294967295"].contains(&most.as_str()));
    match (bound(least), most) {
        (Some(least), Some(most)) => format!(" from {least} to {most}"),
        (Some(least), None) if least != "0" => format!(" from {least}"),
        (_, Some(most)) => format!(" up to {most}"),
        _ => String::new(),
    }
}

/// A default in one line; of a mapping its keys tell.
fn default(value: &Value) -> String {
    match value {
        Value::Null | Value::Object(_) => String::new(),
        Value::Array(items) if items.is_empty() => "none".to_owned(),
        Value::Array(items) => items.iter().map(code).collect::<Vec<_>>().join(", "),
        other => code(other),
    }
}

/// What a key means, and what each of its choices does.
fn meaning(schema: &Value) -> String {
    let described = schema["description"].as_str().unwrap_or_default();
    let mut text = described.split_whitespace().collect::<Vec<_>>().join(" ");
    for choice in schema["oneOf"].as_array().into_iter().flatten() {
        if let (Some(name), Some(what)) = (choice["const"].as_str(), choice["description"].as_str()) {
            text = format!("{text} `{name}`: {what}");
        }
    }
    text.trim().to_owned()
}

/// A cell of a table.
pub fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace('\n', " ")
}
