//! What a resource should be: its properties as data, with references to other resources inside.
//!
//! A reference is an object of its own (`{"$ref": "network.vpc.id", "$kind": "vpc"}`) and a physical id is
//! marked as one (`{"$id": "vpc-1", "$kind": "vpc"}`), so that "who holds this id" never compares chance text.

use std::collections::BTreeSet;
use std::rc::Rc;

use serde::de::{self, DeserializeOwned};
use serde::{Deserialize, Serialize, Serializer};
use serde_json::{Map, Value};

use super::address::Reference;

mod id;
mod text;

pub use id::Id;
pub use text::Text;

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

/// All physical ids inside a value, as (kind, id).
pub fn ids(value: &Value, found: &mut BTreeSet<(String, String)>) {
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
