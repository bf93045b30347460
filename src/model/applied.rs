//! A resource's memory of what was last applied to it, small enough for one tag (`drucloud:applied`).
//!
//! It tells drift from a change of the stack without a state file: a property whose desired value still has
//! the recorded digest was not touched in the stack, so a live difference is somebody else's change.
//! The digest is of the property as the stack wrote it, references unanswered.

use std::collections::BTreeMap;

use serde_json::Value;
use sha2::{Digest, Sha256};

use super::schema::Schema;
use super::spec::Spec;

const KEY: usize = 3;
const DIGEST: usize = 4;
/// What stands for the tags of the user's; no property has that name.
const TAGS: &str = "tags";
const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// Digests by property, as recorded on a live resource.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Applied(BTreeMap<String, String>);

impl Applied {
    /// Reads what [`record`] wrote; `None` if it is not of that form (somebody edited the tag).
    pub fn read(tag: &str) -> Option<Self> {
        if !tag.is_ascii() || !tag.len().is_multiple_of(KEY + DIGEST) {
            return None;
        }
        let token = |at: usize| (tag[at..at + KEY].to_owned(), tag[at + KEY..at + KEY + DIGEST].to_owned());
        Some(Self((0..tag.len()).step_by(KEY + DIGEST).map(token).collect()))
    }

    /// Whether both are the same, apart from one property.
    pub fn agrees(&self, other: &Self, apart: Option<&str>) -> bool {
        let apart = apart.map(key);
        let of = |record: &Self| {
            let kept = record.0.iter().filter(|(name, _)| Some(*name) != apart.as_ref());
            kept.map(|(name, digest)| (name.clone(), digest.clone())).collect::<Vec<_>>()
        };
        of(self) == of(other)
    }

    /// Whether the property still is as it was when last applied.
    pub fn holds(&self, property: &str, desired: &Value) -> bool {
        self.0.get(&key(property)) == Some(&digest(desired))
    }

    /// Whether the user's tags still are those that were last applied.
    pub fn holds_tags(&self, wanted: &BTreeMap<String, String>) -> bool {
        self.0.get(&key(TAGS)) == Some(&digest_of(wanted))
    }
}

/// The tag's value for a spec: three characters for the property, four for its value; at most 256 in all.
pub fn record(spec: &Spec, schema: &Schema) -> String {
    let mut tokens: Vec<String> = spec
        .iter()
        .filter(|(name, _)| !schema.is_initial(name))
        .map(|(name, value)| key(name) + &digest(value))
        .collect();
    tokens.sort();
    tokens.concat()
}

/// What follows [`record`] where the user has tags of their own, all of which have one digest.
pub fn record_tags(tags: &BTreeMap<String, String>) -> String {
    if tags.is_empty() { String::new() } else { key(TAGS) + &digest_of(tags) }
}

fn digest_of(tags: &BTreeMap<String, String>) -> String {
    digest(&tags.iter().map(|(key, value)| (key.clone(), Value::from(value.clone()))).collect::<Value>())
}

/// The three characters that stand for a property; unique within a kind (a test holds that).
pub fn key(property: &str) -> String {
    encode(property.as_bytes(), KEY)
}

fn digest(value: &Value) -> String {
    encode(canonical(value).as_bytes(), DIGEST)
}

/// A short, stable, case-sensitive digest.
fn encode(bytes: &[u8], length: usize) -> String {
    Sha256::digest(bytes)[..length].iter().map(|byte| char::from(ALPHABET[usize::from(byte % 64)])).collect()
}

/// JSON text with sorted keys, whatever order the map is in.
pub fn canonical(value: &Value) -> String {
    match value {
        Value::Object(map) => {
            let sorted: BTreeMap<&String, String> = map.iter().map(|(k, v)| (k, canonical(v))).collect();
            let fields: Vec<String> =
                sorted.iter().map(|(k, v)| format!("{}:{v}", Value::String((*k).clone()))).collect();
            format!("{{{}}}", fields.join(","))
        }
        Value::Array(items) => format!("[{}]", items.iter().map(canonical).collect::<Vec<_>>().join(",")),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_was_recorded_is_recognised() {
        let schema = super::super::testing::schema("vpc");
        let spec = Spec::of(&json!({"cidr": "10.0.0.0/16", "dns": true})).expect("a spec");
        let applied = Applied::read(&record(&spec, schema)).expect("readable");
        assert!(applied.holds("cidr", &json!("10.0.0.0/16")));
        assert!(!applied.holds("cidr", &json!("10.1.0.0/16")));
        assert!(!applied.holds("unknown", &json!(true)));
    }

    #[test]
    fn edited_tags_are_not_believed() {
        assert_eq!(Applied::read("abc"), None);
        assert_eq!(Applied::read("äöüäöüx"), None);
        assert_eq!(Applied::read(""), Some(Applied::default()));
    }

    #[test]
    fn records_agree_apart_from_a_property() {
        let schema = super::super::testing::schema("vpc");
        let of = |cidr: &str, dns: bool| {
            let spec = Spec::of(&json!({"cidr": cidr, "dns": dns})).expect("a spec");
            Applied::read(&record(&spec, schema)).expect("readable")
        };
        let (one, other) = (of("10.0.0.0/16", true), of("10.1.0.0/16", true));
        assert!(one.agrees(&one, None) && !one.agrees(&other, None));
        assert!(one.agrees(&other, Some("cidr")) && !one.agrees(&other, Some("dns")));
        assert!(!one.agrees(&of("10.1.0.0/16", false), Some("cidr")));
    }

    #[test]
    fn key_order_does_not_matter() {
        assert_eq!(canonical(&json!({"b": 1, "a": [2]})), canonical(&json!({"a": [2], "b": 1})));
    }
}
