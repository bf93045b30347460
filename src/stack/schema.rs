//! The JSON Schema of a stack file, put together from the sections' types.
//!
//! It is the one source of truth about keys, types and ranges: the checker walks it, editors complete from it,
//! and the reference docs are written from it.

use std::sync::LazyLock;

use schemars::generate::SchemaSettings;
use serde_json::{Map, Value, json};

use super::sections::Sections;
use super::text::{EnvironmentName, StackName, Text};

/// How many environments a stack may have: each is checked whenever the file is read.
const MAX_ENVIRONMENTS: usize = 50;

static ROOT: LazyLock<Value> = LazyLock::new(build);

/// The schema of a whole file.
pub fn root() -> &'static Value {
    &ROOT
}

fn build() -> Value {
    let settings = SchemaSettings::draft2020_12().with(|settings| settings.inline_subschemas = true);
    let mut sections = settings.into_generator().into_root_schema_for::<Sections>().to_value();
    without_null(&mut sections);
    let shared = sections["properties"].take();
    let mut overlay = json!({
        "type": "object",
        "description": "What is different in this environment: any part of the sections above.",
        "properties": shared.clone(),
        "additionalProperties": false,
    });
    partial(&mut overlay);
    overlay["properties"]["protect"] = json!({
        "type": "boolean",
        "default": false,
        "description": "Whether what holds data refuses to be deleted or replaced.",
    });
    let mut properties = Map::new();
    properties.insert(
        "stack".to_owned(),
        json!({
            "type": "string",
            "format": StackName::FORMAT,
            "examples": StackName::EXAMPLES,
            "description": "The stack's name: names and tags of all its resources derive from it.",
        }),
    );
    if let Value::Object(shared) = shared {
        properties.extend(shared);
    }
    properties.insert(
        "environments".to_owned(),
        json!({
            "type": "object",
            "description": "The environments of the stack. Without this section there is one, `sandbox`.",
            "propertyNames": { "type": "string", "format": EnvironmentName::FORMAT },
            "additionalProperties": overlay,
            "maxProperties": MAX_ENVIRONMENTS,
        }),
    );
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A drucloud stack",
        "type": "object",
        "properties": properties,
        "required": ["stack"],
        "additionalProperties": false,
    })
}

/// An optional key is left out, not null: takes `null` out of everything that schemars makes of an `Option`.
pub fn without_null(schema: &mut Value) {
    match schema {
        Value::Array(items) => items.iter_mut().for_each(without_null),
        Value::Object(object) => {
            if let Some(Value::Array(types)) = object.get_mut("type") {
                types.retain(|kind| kind != "null");
                if let [only] = types.as_slice() {
                    let only = only.clone();
                    object.insert("type".to_owned(), only);
                }
            }
            if let Some(Value::Array(choices)) = object.get_mut("enum") {
                choices.retain(|choice| !choice.is_null());
            }
            if let Some(Value::Array(branches)) = object.get_mut("anyOf") {
                branches.retain(|branch| branch["type"] != "null");
                if branches.len() == 1
                    && let Some(Value::Object(only)) = branches.pop()
                {
                    object.remove("anyOf");
                    for (key, value) in only {
                        object.entry(key).or_insert(value);
                    }
                }
            }
            if object.get("default").is_some_and(Value::is_null) {
                object.remove("default");
            }
            object.values_mut().for_each(without_null);
        }
        _ => {}
    }
}

/// The schema of a part: nothing is required, nothing has a default. Lists replace, so their items stay whole.
fn partial(schema: &mut Value) {
    let Value::Object(object) = schema else { return };
    object.remove("required");
    object.remove("default");
    if let Some(Value::Object(properties)) = object.get_mut("properties") {
        properties.values_mut().for_each(partial);
    }
    if let Some(Value::Array(branches)) = object.get_mut("anyOf") {
        branches.iter_mut().for_each(partial);
    }
}

/// Where in the file a key may stand: the sections that have it, the outermost of those within each other.
pub fn homes(key: &str) -> Vec<String> {
    let mut found = Vec::new();
    search(root(), key, "", &mut found);
    let outer = found.clone();
    found.retain(|home| {
        !outer.iter().any(|other| home.starts_with(&format!("{}.", other.trim_end_matches('`'))))
    });
    found
}

fn search(schema: &Value, key: &str, at: &str, found: &mut Vec<String>) {
    for (name, property) in properties(schema) {
        if name == key {
            found.push(if at.is_empty() { "the top of the file".to_owned() } else { format!("`{at}`") });
        }
        if at.is_empty() && name == "environments" {
            if property["additionalProperties"]["properties"].get(key).is_some()
                && root()["properties"].get(key).is_none()
            {
                found.push("an environment".to_owned());
            }
            continue;
        }
        let path = if at.is_empty() { name.clone() } else { format!("{at}.{name}") };
        search(property, key, &path, found);
        search(&property["items"], key, &path, found);
    }
}

/// The default of the value that some keys lead to, if it is a single one.
pub fn default<'k>(mut keys: impl Iterator<Item = Option<&'k str>>) -> Option<String> {
    let leaf = keys.try_fold(root(), |schema, key| {
        let key = key?;
        properties(schema).find_map(|(name, property)| (name == key).then_some(property))
    })?;
    match &leaf["default"] {
        Value::String(text) => Some(format!("`{text}`")),
        value @ (Value::Number(_) | Value::Bool(_)) => Some(value.to_string()),
        _ => None,
    }
}

/// The properties of a schema, those of its alternatives included.
pub fn properties(schema: &Value) -> impl Iterator<Item = (&String, &Value)> {
    let branches = schema["anyOf"].as_array().into_iter().flatten();
    branches.chain([schema]).filter_map(|branch| branch["properties"].as_object()).flatten()
}

#[cfg(test)]
mod tests {
    use super::super::text::GRAMMARS;
    use super::*;

    fn walk(schema: &Value, path: &str, visit: &mut impl FnMut(&str, &Value)) {
        visit(path, schema);
        match schema {
            Value::Object(object) => {
                for (key, value) in object.iter().filter(|(key, _)| *key != "default" && *key != "examples") {
                    walk(value, &format!("{path}/{key}"), visit);
                }
            }
            Value::Array(items) => {
                for (index, value) in items.iter().enumerate() {
                    walk(value, &format!("{path}/{index}"), visit);
                }
            }
            _ => {}
        }
    }

    #[test]
    fn every_key_is_documented() {
        walk(root(), "", &mut |path, schema| {
            let Some(properties) = schema["properties"].as_object() else { return };
            for (key, property) in properties {
                let described = property["description"].as_str().is_some_and(|text| text.len() > 10);
                assert!(described, "{path}/{key} has no description: {property}");
            }
        });
    }

    #[test]
    fn every_grammar_is_known_and_null_is_nowhere() {
        walk(root(), "", &mut |path, schema| {
            assert_ne!(schema["type"], "null", "{path}");
            let is_text = schema["type"] == "string" || schema["type"].is_array();
            if let Some(format) = schema["format"].as_str().filter(|_| is_text) {
                assert!(GRAMMARS.iter().any(|grammar| grammar.format == format), "{path}: {format}");
            }
        });
    }

    #[test]
    fn an_overlay_requires_nothing_but_keeps_list_items_whole() {
        let overlay = &root()["properties"]["environments"]["additionalProperties"];
        walk(overlay, "", &mut |path, schema| {
            assert!(
                path.contains("/items") || path.ends_with("/properties") || schema.get("required").is_none(),
                "{path}"
            );
        });
        let item = &overlay["properties"]["web"]["anyOf"][0]["properties"]["scale"]["properties"]["schedule"]
            ["items"];
        assert_eq!(item["required"], json!(["name"]));
    }

    #[test]
    fn a_default_is_known_by_its_path() {
        let default = |path: &[&'static str]| super::default(path.iter().map(|key| Some(*key)));
        assert_eq!(default(&["web", "scale", "max"]).as_deref(), Some("8"));
        assert_eq!(default(&["database", "engine"]).as_deref(), Some("`mysql-8.4`"));
        assert_eq!(default(&["database", "iops"]), None);
        assert_eq!(default(&["web", "scale"]), None);
        assert_eq!(default(&["nowhere"]), None);
    }

    #[test]
    fn a_key_is_found_where_it_belongs() {
        assert_eq!(homes("multi_az"), ["`database`"]);
        assert_eq!(homes("image"), ["`web`", "`search`", "`files`", "`control`"]);
        assert_eq!(homes("cpu"), ["`web.scale`"]);
        assert_eq!(homes("cron"), ["`web.scale.schedule`"]);
        assert_eq!(homes("protect"), ["an environment"]);
        assert_eq!(homes("region"), ["the top of the file"]);
        assert_eq!(homes("nonsense"), Vec::<String>::new());
    }
}
