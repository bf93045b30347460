//! What a resource should be: its properties as data, with references to other resources inside.
//!
//! A reference is an object of its own (`{"$ref": "network.vpc.id", "$kind": "vpc"}`) and a physical id is
//! marked as one (`{"$id": "vpc-1", "$kind": "vpc"}`), so that "who holds this id" never compares chance text.

use std::collections::BTreeSet;
use std::fmt;
use std::marker::PhantomData;
use std::rc::Rc;

use serde::de::{self, DeserializeOwned};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Map, Value};

use super::address::Reference;

/// A type that stands for a kind of resource; the typed properties of a kind implement it.
pub trait Kinded {
    /// The kind's name, such as `vpc`.
    const KIND: &'static str;
}

/// The properties of one resource, by name. A property that is absent is "don't care".
///
/// A copy shares them until one of the two is changed: stack, graph and plan hold the same ones.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(from = "Map<String, Value>")]
pub struct Spec(Rc<Map<String, Value>>);

impl From<Map<String, Value>> for Spec {
    fn from(properties: Map<String, Value>) -> Self {
        Self(Rc::new(properties))
    }
}

impl FromIterator<(String, Value)> for Spec {
    fn from_iter<I: IntoIterator<Item = (String, Value)>>(properties: I) -> Self {
        Map::from_iter(properties).into()
    }
}

impl<'a> IntoIterator for &'a Spec {
    type Item = (&'a String, &'a Value);
    type IntoIter = serde_json::map::Iter<'a>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl Serialize for Spec {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl Spec {
    /// The properties of a typed struct; `None` fields are left out.
    pub fn of<T: Serialize>(properties: &T) -> Result<Self, serde_json::Error> {
        match serde_json::to_value(properties)? {
            Value::Object(mut map) => {
                map.retain(|_, value| !value.is_null());
                Ok(map.into())
            }
            other => {
                Err(<serde_json::Error as de::Error>::custom(format!("expected properties, found {other}")))
            }
        }
    }

    /// The typed properties again.
    pub fn typed<T: DeserializeOwned>(&self) -> Result<T, serde_json::Error> {
        T::deserialize(&*self.0)
    }

    /// The same as its typed struct would write it: sets in order, defaults filled in. Answering references
    /// changes the order of a set, so this comes after [`Spec::resolve`]. What does not fit stays as it is.
    #[must_use]
    pub fn canonical_as<T: Serialize + DeserializeOwned>(&self) -> Self {
        self.typed::<T>().and_then(|typed| Self::of(&typed)).unwrap_or_else(|_| self.clone())
    }

    /// The property, if it is cared about.
    pub fn get(&self, property: &str) -> Option<&Value> {
        self.0.get(property)
    }

    /// Every property, in the order written.
    pub fn iter(&self) -> serde_json::map::Iter<'_> {
        self.0.iter()
    }

    /// The properties as one value.
    pub fn to_value(&self) -> Value {
        Value::Object(Map::clone(&self.0))
    }

    /// Gives a property a value.
    pub fn set(&mut self, property: &str, value: Value) {
        Rc::make_mut(&mut self.0).insert(property.to_owned(), value);
    }

    /// Takes a property away; the others keep their order.
    pub fn remove(&mut self, property: &str) {
        Rc::make_mut(&mut self.0).shift_remove(property);
    }

    /// Every reference inside, in order and once each.
    pub fn references(&self) -> BTreeSet<Reference> {
        let mut found = BTreeSet::new();
        for value in self.0.values() {
            references(value, &mut found);
        }
        found
    }

    /// Every physical id inside, as (kind, id).
    pub fn ids(&self) -> BTreeSet<(String, String)> {
        let mut found = BTreeSet::new();
        for value in self.0.values() {
            ids(value, &mut found);
        }
        found
    }

    /// The same with every reference replaced by what `answer` gives; those without an answer stay.
    #[must_use]
    pub fn resolve(&self, answer: &dyn Fn(&Reference) -> Option<String>) -> Self {
        self.iter().map(|(name, value)| (name.clone(), resolve(value, answer))).collect()
    }
}

/// The reference that this very value is, if it is one.
pub fn as_reference(value: &Value) -> Option<Reference> {
    value.get("$ref")?.as_str()?.parse().ok()
}

/// All references inside a value.
pub fn references(value: &Value, found: &mut BTreeSet<Reference>) {
    if let Some(reference) = as_reference(value) {
        found.insert(reference);
        return;
    }
    match value {
        Value::Array(items) => items.iter().for_each(|item| references(item, found)),
        Value::Object(map) => map.values().for_each(|item| references(item, found)),
        _ => {}
    }
}

fn ids(value: &Value, found: &mut BTreeSet<(String, String)>) {
    if let (Some(id), Some(kind)) =
        (value.get("$id").and_then(Value::as_str), value.get("$kind").and_then(Value::as_str))
    {
        found.insert((kind.to_owned(), id.to_owned()));
        return;
    }
    match value {
        Value::Array(items) => items.iter().for_each(|item| ids(item, found)),
        Value::Object(map) => map.values().for_each(|item| ids(item, found)),
        _ => {}
    }
}

/// A value with its references answered.
pub fn resolve(value: &Value, answer: &dyn Fn(&Reference) -> Option<String>) -> Value {
    if let Some(reference) = as_reference(value) {
        return match (answer(&reference), value.get("$kind")) {
            (Some(id), Some(kind)) => serde_json::json!({"$id": id, "$kind": kind}),
            (Some(text), None) => Value::String(text),
            (None, _) => value.clone(),
        };
    }
    match value {
        Value::Object(map) => match map.get("$join").and_then(Value::as_array) {
            Some(parts) => join(parts, answer),
            None => Value::Object(map.iter().map(|(k, v)| (k.clone(), resolve(v, answer))).collect()),
        },
        Value::Array(items) => Value::Array(items.iter().map(|item| resolve(item, answer)).collect()),
        other => other.clone(),
    }
}

fn join(parts: &[Value], answer: &dyn Fn(&Reference) -> Option<String>) -> Value {
    let parts: Vec<Value> = parts.iter().map(|part| resolve(part, answer)).collect();
    match parts.iter().map(Value::as_str).collect::<Option<String>>() {
        Some(text) => Value::String(text),
        None => serde_json::json!({ "$join": parts }),
    }
}

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

#[cfg(test)]
mod tests {
    use super::*;

    struct Vpc;
    impl Kinded for Vpc {
        const KIND: &'static str = "vpc";
    }

    #[test]
    fn references_resolve_to_marked_ids_and_plain_text() {
        let vpc: Id<Vpc> = Id::of("network.vpc.id".parse().expect("a reference"));
        let host = Text::Join(vec!["http://".into(), Text::Ref("web.lb.dns".parse().expect("a reference"))]);
        let spec = Spec::of(&serde_json::json!({"vpc": vpc, "host": host, "none": null})).expect("a spec");
        assert_eq!(spec.references().len(), 2);
        let known = spec.resolve(&|r| Some(format!("<{r}>")));
        assert_eq!(
            serde_json::to_value(&known).expect("json"),
            serde_json::json!({"vpc": {"$id": "<network.vpc.id>", "$kind": "vpc"}, "host": "http://<web.lb.dns>"})
        );
        assert_eq!(known.ids().into_iter().collect::<Vec<_>>(), [("vpc".into(), "<network.vpc.id>".into())]);
        assert!(known.references().is_empty());
    }

    #[test]
    fn a_text_equal_to_an_id_is_not_a_holder() {
        let spec = Spec::of(
            &serde_json::json!({"name": "main", "group": {"$id": "main", "$kind": "db_subnet_group"}}),
        )
        .expect("a spec");
        assert_eq!(spec.ids().len(), 1);
    }

    #[test]
    fn what_has_no_answer_stays_a_reference() {
        let spec = Spec::of(&serde_json::json!({"vpc": {"$ref": "network.vpc.id", "$kind": "vpc"}}))
            .expect("a spec");
        assert_eq!(spec.resolve(&|_| None), spec);
    }
}
