//! The physical id of a resource, typed by the kind that it belongs to.

use std::fmt;
use std::marker::PhantomData;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use serde_json::Value;

use crate::model::address::Reference;

use super::{Kinded, as_reference};

/// The physical id of a resource of kind `K`: a reference until it is answered.
pub struct Id<K> {
    inner: Inner,
    kind: PhantomData<fn() -> K>,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Inner {
    Known(String),
    Ref(Reference),
}

impl<K> Id<K> {
    /// An id that is known already.
    pub fn known(id: impl Into<String>) -> Self {
        Self { inner: Inner::Known(id.into()), kind: PhantomData }
    }

    /// The id of the resource at an address of the stack.
    pub fn of(reference: Reference) -> Self {
        Self { inner: Inner::Ref(reference), kind: PhantomData }
    }

    /// The id as text; empty while it is a reference. Kinds only ever see answered ids: the executor
    /// resolves a spec completely before it hands it over.
    pub fn as_str(&self) -> &str {
        match &self.inner {
            Inner::Known(id) => id,
            Inner::Ref(_) => "",
        }
    }
}

impl<K> fmt::Display for Id<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.inner {
            Inner::Known(id) => f.write_str(id),
            Inner::Ref(reference) => write!(f, "{reference}"),
        }
    }
}

impl<K> Clone for Id<K> {
    fn clone(&self) -> Self {
        Self { inner: self.inner.clone(), kind: PhantomData }
    }
}
impl<K> fmt::Debug for Id<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.inner.fmt(f)
    }
}
impl<K> PartialEq for Id<K> {
    fn eq(&self, other: &Self) -> bool {
        self.inner == other.inner
    }
}
impl<K> Eq for Id<K> {}
impl<K> PartialOrd for Id<K> {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}
impl<K> Ord for Id<K> {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.inner.cmp(&other.inner)
    }
}

impl<K: Kinded> Serialize for Id<K> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let value = match &self.inner {
            Inner::Known(id) => serde_json::json!({"$id": id, "$kind": K::KIND}),
            Inner::Ref(reference) => serde_json::json!({"$ref": reference.to_string(), "$kind": K::KIND}),
        };
        value.serialize(serializer)
    }
}

impl<'de, K> Deserialize<'de> for Id<K> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = Value::deserialize(deserializer)?;
        if let Some(reference) = as_reference(&value) {
            return Ok(Self::of(reference));
        }
        let id = value.get("$id").unwrap_or(&value).as_str();
        id.map(Self::known).ok_or_else(|| de::Error::custom(format!("expected an id, found {value}")))
    }
}

impl<K: Kinded> schemars::JsonSchema for Id<K> {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        format!("Id_{}", K::KIND).into()
    }
    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "type": "string",
            "format": format!("id-of-{}", K::KIND),
            "description": format!("the id of a {}, or a reference to one", K::KIND),
        })
    }
}
