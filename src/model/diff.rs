//! Desired against live, property by property. Knows no kind: the schema says what a change does.

use serde::Serialize;
use serde_json::Value;

use super::address::Address;
use super::applied::Applied;
use super::schema::{Effect, Rule, Schema};
use super::spec::Spec;

/// Why a property differs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Cause {
    /// The stack says something else than what was last applied.
    Stack,
    /// The stack is as it was; AWS is not.
    Drift,
    /// It follows a resource that is made or replaced.
    Follows(Address),
    /// The resource keeps no record of what was applied, so both are possible.
    Unrecorded,
}

/// One property that is not as it should be.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Change {
    /// The property.
    pub property: String,
    /// What AWS has; null when it has nothing.
    pub from: Value,
    /// What it should be, with references that have no answer yet.
    pub to: Value,
    /// What the change does.
    pub effect: Effect,
    /// Where the difference comes from.
    pub cause: Cause,
}

/// The properties in which live differs from what is desired (its references answered where they can be).
///
/// A property that the stack does not care about, or that is somebody else's after creation, is no change.
pub fn diff(desired: &Spec, live: &Spec, schema: &Schema) -> Vec<Change> {
    desired
        .iter()
        .filter(|(name, _)| !schema.is_initial(name))
        .map(|(name, to)| (name, live.get(name).unwrap_or(&Value::Null), to))
        .filter(|(_, from, to)| from != to)
        .map(|(name, from, to)| Change {
            property: name.clone(),
            from: cared_about(from, to, schema.rule(name)),
            to: to.clone(),
            effect: schema.rule(name).effect(from, to),
            cause: Cause::Unrecorded,
        })
        .filter(|change| change.effect != Effect::Initial)
        .collect()
}

/// What there is, without those parts of it on which the stack is silent and which stay as they are: the rule says that
/// they alone would make no difference.
fn cared_about(from: &Value, to: &Value, rule: Rule) -> Value {
    let (Value::Object(parts), Value::Object(wanted)) = (from, to) else { return from.clone() };
    let stays = |name: &String, part: &Value| {
        if wanted.contains_key(name) {
            return false;
        }
        let mut with = wanted.clone();
        with.insert(name.clone(), part.clone());
        rule.effect(&with.into(), to) == Effect::Initial
    };
    let parts = parts.iter().filter(|(name, part)| !stays(name, part));
    parts.map(|(name, part)| (name.clone(), part.clone())).collect()
}

/// Says of each change where it comes from; `written` is the spec as the stack wrote it.
pub fn explain(changes: &mut [Change], written: &Spec, applied: Option<&Applied>) {
    for change in changes {
        let mut open = std::collections::BTreeSet::new();
        super::spec::references(&change.to, &mut open);
        let before = written.get(&change.property);
        change.cause = match (applied, open.into_iter().next(), before) {
            (None, None, _) => Cause::Unrecorded,
            (Some(applied), _, Some(value)) if !applied.holds(&change.property, value) => Cause::Stack,
            (_, Some(reference), _) => Cause::Follows(reference.address),
            (Some(_), None, _) => Cause::Drift,
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::testing::schema;

    #[derive(Serialize)]
    struct Vpc {
        cidr: &'static str,
        dns: Option<bool>,
    }

    fn spec(dns: Option<bool>) -> Spec {
        Spec::of(&Vpc { cidr: "10.0.0.0/16", dns }).expect("properties")
    }

    #[test]
    fn what_nobody_cares_about_is_no_change() {
        let changes = |desired, live| diff(&spec(desired), &spec(live), schema("vpc"));
        assert_eq!(changes(None, Some(true)), []);
        assert_eq!(changes(None, None), []);
        let set = changes(Some(true), None);
        assert_eq!((set.len(), &set[0].from), (1, &Value::Null));
    }
}
