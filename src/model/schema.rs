//! What the engine knows of a kind of resource: its rules, its outputs, how it may be made and replaced.
//!
//! Effects use the words of CloudFormation's update behaviours, because those are what users look up.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;

use super::spec::Spec;

/// What a change of a property does to the resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Effect {
    /// Set when the resource is made and somebody else's afterwards (a scaling policy's): never a change.
    Initial,
    /// Updated in place, unnoticed.
    NoInterruption,
    /// Updated in place, with a short interruption (a restart, a failover).
    SomeInterruption,
    /// A new resource takes the place of the old one.
    Replacement,
    /// AWS cannot do it, or it would harm; the text says why and what to do instead.
    Refused(&'static str),
}

/// The rule of one property.
#[derive(Clone, Copy)]
pub enum Rule {
    /// Every change has this effect.
    Always(Effect),
    /// The effect depends on the values (from, to); `to` may be or contain an unanswered reference.
    When(fn(&Value, &Value) -> Effect),
}

impl std::fmt::Debug for Rule {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Always(effect) => effect.fmt(f),
            Self::When(_) => f.write_str("depends on the values"),
        }
    }
}

impl Rule {
    /// The effect of changing the property from one value to another.
    pub fn effect(&self, from: &Value, to: &Value) -> Effect {
        match self {
            Self::Always(effect) => *effect,
            Self::When(decide) => decide(from, to),
        }
    }
}

/// Set on creation, somebody else's afterwards.
pub const INITIAL: Rule = Rule::Always(Effect::Initial);
/// Updated in place, unnoticed.
pub const IN_PLACE: Rule = Rule::Always(Effect::NoInterruption);
/// Updated in place, with a short interruption.
pub const INTERRUPTS: Rule = Rule::Always(Effect::SomeInterruption);
/// Needs a new resource.
pub const REPLACES: Rule = Rule::Always(Effect::Replacement);

/// Which comes first when a resource is replaced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReplaceOrder {
    /// The new one is made, holders move over, the old one goes. Needs a second name.
    NewFirst,
    /// The old one has to go before the new one can be made: a name, a CIDR or a device is taken.
    OldFirst,
}

/// Why a repeated create call is safe, or that it is not (FIELD: idempotency of AWS create calls).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Idempotency {
    /// The call takes a client token.
    Token,
    /// The name is unique: a repetition answers that it exists.
    UniqueName,
    /// Unique by its parent (a subnet's CIDR): a repetition conflicts.
    UniqueInParent,
    /// The call is an upsert, or documented as idempotent on equal settings.
    Upsert,
    /// Nothing but tags tells: intents and reading by tag make it safe.
    TagsOnly,
}

/// Expected times in seconds (FIELD: creation times); scheduling, polling and time limits follow from them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Expected {
    /// From the create call until it can be used.
    pub create: u32,
    /// From an update until it is in effect.
    pub update: u32,
    /// From the delete call until it is gone.
    pub delete: u32,
}

/// Everything that is generic about a kind.
#[derive(Debug)]
pub struct Schema {
    /// The kind's name, such as `db_instance`.
    pub kind: &'static str,
    /// What people call it, such as `RDS database`.
    pub title: &'static str,
    /// One rule for every property.
    pub rules: &'static [(&'static str, Rule)],
    /// The outputs that others may refer to; `id` is always there.
    pub outputs: &'static [&'static str],
    /// Outputs that an update in place changes (a launch template's newest version).
    pub changing_outputs: &'static [&'static str],
    /// The data that is lost with it, if it holds any.
    pub data: Option<&'static str>,
    /// Which comes first when it is replaced.
    pub order: ReplaceOrder,
    /// Why its create call can be repeated.
    pub idempotency: Idempotency,
    /// Kinds of the same stack that must be there before it and leave after it, although no property says so.
    pub after: &'static [&'static str],
    /// How long things take.
    pub expected: Expected,
    /// A spec in canonical form: [`Spec::canonical_as`] of the kind's typed struct.
    pub canonical: fn(&Spec) -> Spec,
}

impl Schema {
    /// The rule of a property; what has no rule (a tag of the user's) is changed in place.
    pub fn rule(&self, property: &str) -> Rule {
        self.rules.iter().find(|(name, _)| *name == property).map_or(IN_PLACE, |(_, rule)| *rule)
    }

    /// Whether the property is the resource's own business after creation.
    pub fn is_initial(&self, property: &str) -> bool {
        matches!(self.rule(property), Rule::Always(Effect::Initial))
    }

    /// Whether others may refer to this output.
    pub fn has_output(&self, output: &str) -> bool {
        output == "id" || self.outputs.contains(&output)
    }
}

/// All kinds, by name.
#[derive(Debug, Default)]
pub struct Catalog(BTreeMap<&'static str, &'static Schema>);

impl Catalog {
    /// A catalog of these kinds.
    pub fn new(schemas: impl IntoIterator<Item = &'static Schema>) -> Self {
        Self(schemas.into_iter().map(|schema| (schema.kind, schema)).collect())
    }

    /// The kind of that name.
    pub fn get(&self, kind: &str) -> Option<&'static Schema> {
        self.0.get(kind).copied()
    }

    /// Every kind, by name.
    pub fn all(&self) -> impl Iterator<Item = &'static Schema> + '_ {
        self.0.values().copied()
    }
}
