//! The schema for editors against what the checker says of the same files.
//!
//! A validator of the words that our schema uses, and of no other: a word that it does not know fails the test.

use std::fs;
use std::path::Path;

use serde_json::{Map, Value};

use super::fixtures;

/// Words that say nothing about whether a value is right, or that editors leave to programs.
const SILENT: [&str; 9] = [
    "$schema",
    "title",
    "description",
    "default",
    "examples",
    "format",
    "formatMinimum",
    "formatMaximum",
    "markdownDescription",
];

/// What is wrong with a value, as paths and words.
fn validate(value: &Value, schema: &Value, path: &str, wrong: &mut Vec<String>) {
    let words = match schema {
        Value::Bool(true) => return,
        Value::Bool(false) => return wrong.push(format!("{path}: nothing may stand here")),
        other => other.as_object().unwrap_or_else(|| panic!("{path}: no schema: {other}")),
    };
    for (word, rule) in words {
        if !SILENT.contains(&word.as_str()) && !holds(word, rule, value, words, path, wrong) {
            wrong.push(format!("{path}: {word} {}", excerpt(rule)));
        }
    }
}

fn excerpt(rule: &Value) -> String {
    rule.to_string().chars().take(60).collect()
}

fn valid(value: &Value, schema: &Value, path: &str) -> bool {
    let mut wrong = Vec::new();
    validate(value, schema, path, &mut wrong);
    wrong.is_empty()
}

/// Whether a value keeps to one word of a schema; those within it say for themselves what is wrong.
fn holds(
    word: &str,
    rule: &Value,
    value: &Value,
    words: &Map<String, Value>,
    path: &str,
    wrong: &mut Vec<String>,
) -> bool {
    let branches = || rule.as_array().expect("schemas").iter();
    let bound = |found: Option<f64>, fits: fn(f64, f64) -> bool| {
        found.is_none_or(|found| fits(found, rule.as_f64().expect("a number")))
    };
    #[expect(clippy::cast_precision_loss, reason = "lengths in fixtures are small")]
    let length = |length: Option<usize>| length.map(|length| length as f64);
    match word {
        "type" => match rule {
            Value::Array(kinds) => kinds.iter().any(|kind| is(value, kind)),
            kind => is(value, kind),
        },
        "enum" => branches().any(|choice| choice == value),
        "const" => rule == value,
        "anyOf" => branches().any(|branch| valid(value, branch, path)),
        "oneOf" => branches().filter(|branch| valid(value, branch, path)).count() == 1,
        "allOf" => {
            branches().for_each(|branch| validate(value, branch, path, wrong));
            true
        }
        "if" => {
            if valid(value, rule, path) {
                validate(value, &words["then"], path, wrong);
            }
            true
        }
        "then" => words.contains_key("if"),
        "required" => {
            let missing = |key: &Value| value.get(key.as_str().expect("a key")).is_none();
            !value.is_object() || !branches().any(missing)
        }
        "properties" | "additionalProperties" | "propertyNames" => {
            for (key, inner) in value.as_object().into_iter().flatten() {
                let own = words.get("properties").and_then(|known| known.get(key));
                let path = format!("{path}.{key}");
                match (word, own) {
                    ("properties", Some(own)) => validate(inner, own, &path, wrong),
                    ("additionalProperties", None) => validate(inner, rule, &path, wrong),
                    ("propertyNames", _) => validate(&Value::from(key.as_str()), rule, &path, wrong),
                    _ => {}
                }
            }
            true
        }
        "items" => {
            for (index, item) in value.as_array().into_iter().flatten().enumerate() {
                validate(item, rule, &format!("{path}[{index}]"), wrong);
            }
            true
        }
        "uniqueItems" => {
            let items = value.as_array().map(Vec::as_slice).unwrap_or_default();
            (1..items.len()).all(|at| !items[..at].contains(&items[at]))
        }
        "minimum" => bound(value.as_f64(), |found, least| found >= least),
        "maximum" => bound(value.as_f64(), |found, most| found <= most),
        "minItems" => bound(length(value.as_array().map(Vec::len)), |found, least| found >= least),
        "maxItems" => bound(length(value.as_array().map(Vec::len)), |found, most| found <= most),
        "maxProperties" => bound(length(value.as_object().map(Map::len)), |found, most| found <= most),
        "minLength" => bound(length(value.as_str().map(str::len)), |found, least| found >= least),
        "maxLength" => bound(length(value.as_str().map(str::len)), |found, most| found <= most),
        other => panic!("{path}: the validator does not know `{other}`"),
    }
}

fn is(value: &Value, kind: &Value) -> bool {
    match kind.as_str().expect("a type") {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "boolean" => value.is_boolean(),
        "null" => value.is_null(),
        "number" => value.is_number(),
        "integer" => value.is_i64() || value.is_u64(),
        other => panic!("the validator does not know the type `{other}`"),
    }
}

/// What the schema for editors says of a file.
fn wrong(path: &Path) -> Vec<String> {
    let text = fs::read_to_string(path).expect("a stack");
    let text = text.trim_start_matches('\u{feff}');
    let value: Value = serde_yaml::from_str(text).expect("YAML");
    let mut found = Vec::new();
    validate(&value, &drucloud::stack::editor::json_schema(), "", &mut found);
    found
}

#[test]
fn editors_take_every_good_file_and_every_shipped_stack() {
    let shipped = fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("stacks")).expect("the stacks");
    let shipped = shipped.map(|entry| entry.expect("an entry").path());
    let good: Vec<_> = fixtures("good").into_iter().map(|(_, path)| path).chain(shipped).collect();
    assert!(good.len() >= 8, "only {} files", good.len());
    for path in good {
        assert_eq!(wrong(&path), Vec::<String>::new(), "{}", path.display());
    }
}

#[test]
fn editors_mark_what_is_misspelt_or_of_the_wrong_type() {
    for name in [
        "misspelt-keys",
        "keys-in-wrong-sections",
        "wrong-types",
        "missing-stack",
        "out-of-range",
        "resources",
    ] {
        let (_, path) = fixtures("bad").into_iter().find(|(known, _)| known == name).expect("the fixture");
        assert_ne!(wrong(&path), Vec::<String>::new(), "{name}");
    }
    let (_, misspelt) = fixtures("bad").into_iter().find(|(name, _)| name == "misspelt-keys").expect("it");
    let marked = wrong(&misspelt).join("\n");
    for place in [".reigon: nothing", ".netwrok: nothing", ".web: "] {
        assert!(marked.contains(place), "{place}\n{marked}");
    }
}
