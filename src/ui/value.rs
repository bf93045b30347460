//! Property values as people write them: references as `network.vpc.id`, ids as themselves, the rest like YAML.
//!
//! The same for JSON: plain values, and which of them are not known yet.

use serde_json::{Map, Value};

use crate::model::spec::as_reference;

/// What a value says, on one line.
pub fn shown(value: &Value) -> String {
    if let Some(reference) = as_reference(value) {
        return reference.to_string();
    }
    if let Some(text) = text(value) {
        return quoted(&text);
    }
    match value {
        Value::Null => "none".to_owned(),
        Value::Array(items) => format!("[{}]", items.iter().map(shown).collect::<Vec<_>>().join(", ")),
        Value::Object(map) => {
            let fields: Vec<String> =
                map.iter().map(|(key, item)| format!("{key}: {}", shown(item))).collect();
            format!("{{{}}}", fields.join(", "))
        }
        other => other.to_string(),
    }
}

/// The text that a value is: a string, an id, or pieces joined, with references in them as `${...}`.
pub fn text(value: &Value) -> Option<String> {
    if let Value::String(text) = value {
        return Some(text.clone());
    }
    if let Some(id) = value.get("$id").and_then(Value::as_str) {
        return Some(id.to_owned());
    }
    let parts = value.get("$join")?.as_array()?;
    let part = |part: &Value| match as_reference(part) {
        Some(reference) => Some(format!("${{{reference}}}")),
        None => text(part),
    };
    parts.iter().map(part).collect()
}

/// The fields of a value that is a map and not a reference, an id or joined text.
pub fn fields(value: &Value) -> Option<&Map<String, Value>> {
    value.as_object().filter(|_| as_reference(value).is_none() && text(value).is_none())
}

/// In quotes where it could be taken for something else.
fn quoted(text: &str) -> String {
    let bare = |c: char| c.is_alphanumeric() || "-_./:@+*$%=~^".contains(c);
    let other = ["none", "true", "false", "null"].contains(&text) || text.parse::<f64>().is_ok();
    if !text.is_empty() && !other && text.chars().all(|c| bare(c) || "{}".contains(c) && text.contains("${"))
    {
        text.to_owned()
    } else {
        Value::from(text).to_string()
    }
}

/// For programs: ids as text, references as `${network.vpc.id}`.
pub fn readable(value: &Value) -> Value {
    match (as_reference(value), text(value), value) {
        (Some(reference), _, _) => format!("${{{reference}}}").into(),
        (None, Some(text), _) => text.into(),
        (None, None, Value::Array(items)) => items.iter().map(readable).collect(),
        (None, None, Value::Object(map)) => {
            map.iter().map(|(key, item)| (key.clone(), readable(item))).collect::<Map<_, _>>().into()
        }
        (None, None, other) => other.clone(),
    }
}

/// For programs: what is known of it. Unknown fields are left out, unknown elements are null.
pub fn known(value: &Value) -> Option<Value> {
    match value {
        _ if unknown(value) == Some(Value::Bool(true)) => None,
        Value::Array(items) => Some(items.iter().map(|item| known(item).unwrap_or_default()).collect()),
        Value::Object(map) if fields(value).is_some() => {
            let known = |(key, item): (&String, &Value)| Some((key.clone(), known(item)?));
            Some(map.iter().filter_map(known).collect::<Map<_, _>>().into())
        }
        _ => Some(readable(value)),
    }
}

/// For programs: `true` in the places that are not known yet, in the shape of the value; `None` if all is known.
pub fn unknown(value: &Value) -> Option<Value> {
    if as_reference(value).is_some() || value.get("$join").is_some() {
        return Some(true.into());
    }
    match value {
        Value::Array(items) => {
            let places: Vec<Option<Value>> = items.iter().map(unknown).collect();
            let any = places.iter().any(Option::is_some);
            any.then(|| places.into_iter().map(|place| place.unwrap_or(false.into())).collect())
        }
        Value::Object(map) => {
            let place = |(key, item): (&String, &Value)| Some((key.clone(), unknown(item)?));
            let places: Map<String, Value> = map.iter().filter_map(place).collect();
            (!places.is_empty()).then(|| places.into())
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn values_read_as_people_write_them() {
        let table = [
            (json!({"$ref": "network.vpc.id", "$kind": "vpc"}), "network.vpc.id"),
            (json!({"$id": "vpc-1", "$kind": "vpc"}), "vpc-1"),
            (json!({"$join": ["http://", {"$ref": "lb.lb.dns"}, "/x"]}), "http://${lb.lb.dns}/x"),
            (json!("8.4"), "\"8.4\""),
            (json!(8.4), "8.4"),
            (json!(""), "\"\""),
            (json!("two words"), "\"two words\""),
            (json!("none"), "\"none\""),
            (json!(null), "none"),
            (json!("10.0.0.0/16"), "10.0.0.0/16"),
            (json!([1, "a", {"b": true}]), "[1, a, {b: true}]"),
        ];
        for (value, expected) in table {
            assert_eq!(shown(&value), expected);
        }
    }

    #[test]
    fn the_known_and_the_unknown_part_of_a_value() {
        let value = json!({"vpc": {"$ref": "a.b.id"}, "list": [{"$ref": "a.c.id"}, {"$id": "x", "$kind": "y"}], "n": 1});
        assert_eq!(known(&value), Some(json!({"list": [null, "x"], "n": 1})));
        assert_eq!(unknown(&value), Some(json!({"vpc": true, "list": [true, false]})));
        assert_eq!(unknown(&json!([1, {"$id": "x", "$kind": "y"}])), None);
        assert_eq!(known(&json!({"$ref": "a.b.id"})), None);
        assert_eq!(readable(&value)["list"], json!(["${a.c.id}", "x"]));
    }
}
