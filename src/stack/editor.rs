//! The JSON Schema of a stack file as editors take it: what completes keys and marks mistakes while one writes.
//!
//! The checker is more forgiving than the words of its schema, and a schema that marks what is right is switched
//! off by its users. So what the checker lets pass is spelled out here.

use serde_json::{Value, json};

use crate::aws::kinds::ALL;

use super::resources::{SECTION, kinds};
use super::schema;

/// The schema for editors.
pub fn json_schema() -> Value {
    let mut root = schema::root().clone();
    root["properties"][SECTION]["additionalProperties"] = resource();
    if let Some(properties) = root["properties"].as_object_mut() {
        properties.values_mut().for_each(may_be_empty);
    }
    root
}

/// What a resource takes follows from its kind. Overlays give parts of resources, whose kind they need not name.
fn resource() -> Value {
    let names: Vec<&str> = ALL.iter().map(|kind| kind.schema().kind).collect();
    let branches = names.iter().filter_map(|name| {
        let is = json!({ "properties": { "kind": { "const": name } }, "required": ["kind"] });
        Some(json!({ "if": is, "then": kinds::schema(name)? }))
    });
    json!({
        "type": "object",
        "properties": { "kind": { "enum": names, "description": "What it is." } },
        "required": ["kind"],
        "allOf": branches.collect::<Vec<_>>(),
    })
}

/// A section without a value is an empty one; YAML calls that null.
fn may_be_empty(schema: &mut Value) {
    match schema {
        Value::Array(items) => items.iter_mut().for_each(may_be_empty),
        Value::Object(object) => {
            if object.get("type").is_some_and(|kind| kind == "object") {
                object.insert("type".to_owned(), json!(["object", "null"]));
            }
            for (key, value) in object.iter_mut() {
                if !matches!(key.as_str(), "default" | "examples" | "enum" | "const") {
                    may_be_empty(value);
                }
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_section_may_be_empty_and_a_list_may_not() {
        let schema = json_schema();
        assert_eq!(schema["type"], "object", "a file holds something");
        assert_eq!(schema["properties"]["network"]["type"], json!(["object", "null"]));
        let web = &schema["properties"]["web"]["anyOf"][0];
        assert_eq!(web["type"], json!(["object", "null"]));
        assert_eq!(web["properties"]["scale"]["properties"]["schedule"]["type"], "array");
    }
}
