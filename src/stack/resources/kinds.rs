//! The schemas of the kinds, in the words that the checker and editors know.
//!
//! They derive from the kinds' typed structs. An enum that carries data is a list of alternatives there, and so it
//! is here; what serde flattens into a struct becomes alternatives of the whole.

use std::collections::BTreeMap;
use std::sync::{LazyLock, OnceLock};

use serde_json::{Map, Value, json};

use crate::aws::kinds::{self, ALL};
use crate::stack::schema::without_null;

static SCHEMAS: LazyLock<BTreeMap<&'static str, OnceLock<Value>>> =
    LazyLock::new(|| ALL.iter().map(|kind| (kind.schema().kind, OnceLock::new())).collect());

/// The schema of a resource of that kind, its `kind` included.
pub fn schema(kind: &str) -> Option<&'static Value> {
    let (name, cell) = SCHEMAS.get_key_value(kind)?;
    let room = kinds::get(name)?;
    Some(cell.get_or_init(|| build(name, room.schema().title, room.json_schema().to_value())))
}

fn build(kind: &str, title: &str, mut schema: Value) -> Value {
    without_null(&mut schema);
    plain(&mut schema);
    let mut properties = Map::new();
    let description = format!("A {title}.");
    properties
        .insert("kind".to_owned(), json!({"type": "string", "enum": [kind], "description": description}));
    if let Some(own) = schema["properties"].as_object_mut() {
        properties.append(own);
    }
    json!({
        "type": "object",
        "description": schema["description"],
        "properties": properties,
        "required": schema.get("required").cloned().unwrap_or_else(|| json!([])),
        "additionalProperties": false,
    })
}

/// Rewrites what schemars says in words that the checker knows.
fn plain(schema: &mut Value) {
    match schema {
        Value::Array(items) => items.iter_mut().for_each(plain),
        Value::Object(object) => {
            object.values_mut().for_each(plain);
            if let Some(constant) = object.remove("const") {
                object.insert("enum".to_owned(), json!([constant]));
            }
            if object.get("type").is_some_and(|kind| kind == "object")
                && !object.contains_key("additionalProperties")
            {
                let open = !object.contains_key("properties");
                object.insert("additionalProperties".to_owned(), if open { json!({}) } else { json!(false) });
            }
            if let Some(Value::Array(branches)) = object.remove("oneOf") {
                alternatives(object, branches);
            }
        }
        _ => {}
    }
}

fn alternatives(object: &mut Map<String, Value>, branches: Vec<Value>) {
    let single =
        |branch: &Value| branch["enum"].as_array().filter(|choices| choices.len() == 1).map(|c| c[0].clone());
    if let Some(choices) = branches.iter().map(single).collect::<Option<Vec<_>>>() {
        object.insert("type".to_owned(), json!("string"));
        object.insert("enum".to_owned(), choices.into());
        return;
    }
    let Some(own) = object.remove("properties") else {
        object.insert("anyOf".to_owned(), branches.into());
        return;
    };
    // A struct into which an enum is flattened: each alternative has the struct's properties and its own.
    let required = object.remove("required");
    object.remove("type");
    object.remove("additionalProperties");
    let whole = |mut branch: Value| {
        let mut properties = own.as_object().cloned().unwrap_or_default();
        properties.extend(branch["properties"].as_object().cloned().unwrap_or_default());
        let needed = [required.as_ref(), branch.get("required")].into_iter().flatten();
        let needed: Vec<Value> = needed.filter_map(Value::as_array).flatten().cloned().collect();
        branch["properties"] = properties.into();
        branch["required"] = needed.into();
        branch["type"] = json!("object");
        branch["additionalProperties"] = json!(false);
        branch
    };
    object.insert("anyOf".to_owned(), branches.into_iter().map(whole).collect());
}

/// The schema of a property, in whichever alternative it stands; null if there is none.
pub fn property<'s>(schema: &'s Value, key: &str) -> &'s Value {
    let branches = schema["anyOf"].as_array().into_iter().flatten();
    let known = branches.chain([schema]).find_map(|branch| branch["properties"].get(key));
    known.unwrap_or(&schema["additionalProperties"])
}

/// The schema of the items of a list.
pub fn item(schema: &Value) -> &Value {
    let branches = schema["anyOf"].as_array().into_iter().flatten();
    branches.chain([schema]).find_map(|branch| branch.get("items")).unwrap_or(&Value::Null)
}

/// Whether a mapping may stand there.
pub fn takes_object(schema: &Value) -> bool {
    let branches = schema["anyOf"].as_array().into_iter().flatten();
    branches.chain([schema]).any(|branch| branch["type"] == "object")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The words that the checker knows.
    const WORDS: [&str; 14] = [
        "type",
        "description",
        "properties",
        "required",
        "additionalProperties",
        "items",
        "anyOf",
        "enum",
        "default",
        "format",
        "minimum",
        "maximum",
        "uniqueItems",
        "examples",
    ];

    fn walk(schema: &Value, at: &str) {
        let Some(object) = schema.as_object() else {
            assert!(schema.is_boolean(), "{at}: {schema}");
            return;
        };
        for (word, rule) in object {
            assert!(WORDS.contains(&word.as_str()), "{at}: the checker does not know `{word}`");
            match word.as_str() {
                "properties" => {
                    rule.as_object()
                        .into_iter()
                        .flatten()
                        .for_each(|(key, inner)| walk(inner, &format!("{at}.{key}")));
                }
                "items" | "additionalProperties" => walk(rule, &format!("{at}[]")),
                "anyOf" => rule.as_array().into_iter().flatten().for_each(|branch| walk(branch, at)),
                _ => {}
            }
        }
    }

    #[test]
    fn every_kind_is_written_in_words_that_the_checker_knows() {
        for kind in ALL {
            let name = kind.schema().kind;
            walk(schema(name).expect("a schema"), name);
        }
        assert!(schema("unicorn").is_none());
    }

    #[test]
    fn no_property_is_called_kind() {
        for kind in ALL {
            let properties = kind.json_schema().to_value()["properties"].clone();
            assert!(properties.get("kind").is_none(), "{}", kind.schema().kind);
        }
    }

    #[test]
    fn what_is_flattened_stands_beside_the_rest() {
        let rules = schema("security_group_rules").expect("a schema");
        let rule = item(property(rules, "rules"));
        let branches = rule["anyOf"].as_array().expect("alternatives");
        assert!(branches.len() >= 3);
        assert!(branches.iter().all(|branch| branch["properties"]["from_port"].is_object()), "{rule:#}");
        assert!(takes_object(rule) && !takes_object(property(rule, "cidr")));
    }
}
