//! Text of which parts may be known only once another resource is there.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use serde_json::Value;

use crate::model::address::Reference;

use super::as_reference;

/// Text that may be, or contain, an output of another resource.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Text {
    /// Known when planning.
    Known(String),
    /// An output of another resource.
    Ref(Reference),
    /// Pieces to be joined.
    Join(Vec<Text>),
}

impl Text {
    /// The text, once it is known.
    pub fn known(&self) -> Option<&str> {
        match self {
            Self::Known(text) => Some(text),
            Self::Ref(_) | Self::Join(_) => None,
        }
    }
}

impl From<&str> for Text {
    fn from(text: &str) -> Self {
        Self::Known(text.to_owned())
    }
}

impl From<String> for Text {
    fn from(text: String) -> Self {
        Self::Known(text)
    }
}

impl From<Reference> for Text {
    fn from(reference: Reference) -> Self {
        Self::Ref(reference)
    }
}

impl Serialize for Text {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Known(text) => serializer.serialize_str(text),
            Self::Ref(reference) => serde_json::json!({"$ref": reference.to_string()}).serialize(serializer),
            Self::Join(parts) => serde_json::json!({ "$join": parts }).serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = Value::deserialize(deserializer)?;
        text(&value).ok_or_else(|| de::Error::custom(format!("expected text, found {value}")))
    }
}

fn text(value: &Value) -> Option<Text> {
    if let Some(reference) = as_reference(value) {
        return Some(Text::Ref(reference));
    }
    match value {
        Value::String(known) => Some(Text::Known(known.clone())),
        Value::Object(map) => {
            let parts = map.get("$join")?.as_array()?;
            parts.iter().map(text).collect::<Option<Vec<_>>>().map(Text::Join)
        }
        _ => None,
    }
}

impl schemars::JsonSchema for Text {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Text".into()
    }
    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({"type": "string", "description": "text, or a reference such as ${network.vpc.id}"})
    }
}
