//! Policy documents in one canonical form, so that how IAM writes a document is never a difference.
//!
//! IAM takes one text for a list of one, lists in any order and one statement without brackets; all of these
//! mean the same (IAM user guide, JSON policy grammar) and read as the same [`Policy`].

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value};

use crate::model::applied;

/// A policy document; references may stand wherever text may.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(transparent)]
pub struct Policy(Value);

impl Policy {
    /// The canonical form of a document.
    pub fn new(document: Value) -> Self {
        Self(canonical(None, document))
    }

    /// The document that IAM hands out: JSON, percent-encoded (API reference, `PolicyDetail`). What is no JSON
    /// is kept as text, so that it differs from every document.
    pub fn decode(encoded: &str) -> Self {
        let text = percent_decode(encoded);
        Self::new(serde_json::from_str(&text).unwrap_or(Value::String(text)))
    }

    /// The document as JSON text with keys in order.
    pub fn text(&self) -> String {
        applied::canonical(&self.0)
    }
}

impl<'de> Deserialize<'de> for Policy {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Value::deserialize(deserializer).map(Self::new)
    }
}

impl JsonSchema for Policy {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Policy".into()
    }
    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({"type": "object", "description": "an IAM policy document"})
    }
}

/// A value in canonical form; `key` is the name under which it stands. Statements keep their order, because
/// people number them; every other list is a set.
fn canonical(key: Option<&str>, value: Value) -> Value {
    match value {
        Value::Object(map) if is_reference(&map) => Value::Object(map),
        Value::Object(map) if key == Some("Statement") => Value::Array(vec![fields(map)]),
        Value::Object(map) => fields(map),
        Value::Array(items) => {
            let mut items: Vec<Value> = items.into_iter().map(|item| canonical(None, item)).collect();
            if key != Some("Statement") {
                items.sort_by_cached_key(applied::canonical);
                items.dedup();
                if items.len() == 1 && !items[0].is_array() {
                    return items.swap_remove(0);
                }
            }
            Value::Array(items)
        }
        other => other,
    }
}

fn fields(map: Map<String, Value>) -> Value {
    let field = |(key, value): (String, Value)| {
        let value = canonical(Some(&key), value);
        (key, value)
    };
    Value::Object(map.into_iter().map(field).collect())
}

/// The pieces of a joined text are in an order of their own.
fn is_reference(map: &Map<String, Value>) -> bool {
    map.contains_key("$ref") || map.contains_key("$join")
}

/// RFC 3986; what is not percent-encoded stays as it is.
fn percent_decode(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&byte, tail)) = rest.split_first() {
        let encoded = tail.get(..2).filter(|_| byte == b'%').and_then(|two| std::str::from_utf8(two).ok());
        if let Some(decoded) = encoded.and_then(|two| u8::from_str_radix(two, 16).ok()) {
            bytes.push(decoded);
            rest = &tail[2..];
        } else {
            bytes.push(byte);
            rest = tail;
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn ways_of_writing_one_document_are_equal() {
        let short = json!({"Version": "2012-10-17", "Statement":
            {"Effect": "Allow", "Action": "s3:GetObject", "Resource": ["b", "a", "a"]}});
        let long = json!({"Statement": [
            {"Resource": ["a", "b"], "Action": ["s3:GetObject"], "Effect": "Allow"}], "Version": "2012-10-17"});
        assert_eq!(Policy::new(short), Policy::new(long));
    }

    #[test]
    fn statements_and_joined_text_keep_their_order() {
        let statements = json!({"Statement": [{"Sid": "b"}, {"Sid": "a"}]});
        assert_eq!(Policy::new(statements.clone()).0, statements);
        let joined = json!({"Resource": {"$join": [{"$ref": "media.bucket.arn"}, "/*"]}});
        assert_eq!(Policy::new(joined.clone()).0, joined);
    }

    #[test]
    fn canonical_form_is_stable() {
        let document = json!({"Statement": {"Principal": {"AWS": ["b", "a"]}, "Condition":
            {"StringEquals": {"aws:tag": ["x"]}}, "Resource": [{"$ref": "media.bucket.arn"}, "*"]}});
        let once = Policy::new(document);
        assert_eq!(Policy::new(once.0.clone()), once);
    }

    #[test]
    fn documents_are_percent_decoded() {
        let policy = Policy::decode("%7B%22Resource%22%3A%22a%2Bb%2F%C3%BC%22%7D");
        assert_eq!(policy.text(), r#"{"Resource":"a+b/ü"}"#);
        assert_eq!(percent_decode("100%, a%2"), "100%, a%2");
    }
}
