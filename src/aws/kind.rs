//! A kind of resource as it is written: typed. As the engine uses it, without its type, it is a [`Kind`].

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::model::address::Address;
use crate::model::diff::Change;
use crate::model::live::Status;
use crate::model::schema::Schema;
use crate::model::spec::Kinded;
use crate::run::cloud::{Farewell, Order};
use crate::run::fault::Fault;

use super::Aws;
use super::glance::Glance;
use super::tags::{self, Tags};

mod erased;

pub use erased::{Kind, Of};

/// A live resource with typed properties.
#[derive(Clone, Debug)]
pub struct Found<R> {
    /// Where it stands.
    pub address: Address,
    /// Its physical id: what the calls take.
    pub id: String,
    /// When it was made, in milliseconds since 1970.
    pub born: Option<u64>,
    /// Its state.
    pub status: Status,
    /// Its properties, as the stack would have written them.
    pub properties: R,
    /// Its outputs besides `id`.
    pub outputs: IndexMap<String, String>,
    /// Its tags; empty where reading them costs a call of its own.
    pub tags: Tags,
    /// Whether it is protected against deletion.
    pub protected: bool,
}

impl<R> Found<R> {
    /// A ready resource that carries this environment's tags; `None` if it is not ours.
    pub fn ours(aws: &Aws, id: impl Into<String>, tags: Tags, properties: R) -> Option<Self> {
        let address = tags::address(&tags, &aws.scope.stack, &aws.scope.env)?;
        Some(Self {
            address,
            id: id.into(),
            born: tags::born(&tags),
            status: Status::Ready,
            properties,
            outputs: IndexMap::new(),
            protected: tags.contains_key(tags::PROTECT),
            tags,
        })
    }

    /// The same with other properties.
    pub fn map<S>(self, properties: impl FnOnce(R) -> S) -> Found<S> {
        Found {
            address: self.address,
            id: self.id,
            born: self.born,
            status: self.status,
            properties: properties(self.properties),
            outputs: self.outputs,
            tags: self.tags,
            protected: self.protected,
        }
    }

    /// The same in another state.
    #[must_use]
    pub fn status(mut self, status: Status) -> Self {
        self.status = status;
        self
    }

    /// The same with an output, if it has a value.
    #[must_use]
    pub fn output(mut self, name: &str, value: Option<impl Into<String>>) -> Self {
        if let Some(value) = value {
            self.outputs.insert(name.to_owned(), value.into());
        }
        self
    }
}

/// What shall be, with typed properties.
#[derive(Clone, Debug)]
pub struct Wish<'a, R> {
    /// The properties; every reference is answered.
    pub want: R,
    /// Address, tags, client token, fingerprint.
    pub order: &'a Order,
}

impl<R> Wish<'_, R> {
    /// The name `<stack>-<env>-<address>`, for what is never replaced new-first.
    pub fn name(&self, aws: &Aws, max: usize) -> String {
        aws.name(&self.order.address, max)
    }

    /// A name with the fingerprint, so that a successor can exist beside the old one.
    pub fn unique_name(&self, aws: &Aws, max: usize) -> String {
        aws.unique_name(&self.order.address, &self.order.fingerprint, max)
    }
}

/// The names of the properties that change.
#[derive(Clone, Copy, Debug)]
pub struct Changed<'a>(pub &'a [Change]);

impl Changed<'_> {
    /// Whether that property changes.
    pub fn has(&self, property: &str) -> bool {
        self.0.iter().any(|change| change.property == property)
    }

    /// Whether one of them changes.
    pub fn any(&self, properties: &[&str]) -> bool {
        properties.iter().any(|property| self.has(property))
    }
}

/// A kind, written down: its properties as a struct, its rules, and five functions.
#[expect(async_fn_in_trait, reason = "one thread: nothing has to be Send")]
pub trait Resource: Kinded + Serialize + DeserializeOwned + JsonSchema + 'static {
    /// Its rules, one for every property.
    const SCHEMA: &'static Schema;

    /// Every one that carries the environment's tags: as few calls as AWS allows, filtered by the server where
    /// it can, paginated.
    async fn list(glance: &Glance<'_>) -> Result<Vec<Found<Self>>, Fault>;
    /// Exactly one call that brings it into being, with its tags. What that call cannot set, `update` sets.
    async fn create(aws: &Aws, wish: &Wish<'_, Self>) -> Result<(), Fault>;
    /// Brings the changed properties to what is wished; computed from the live state, so repeating is safe.
    async fn update(
        aws: &Aws,
        live: &Found<Self>,
        wish: &Wish<'_, Self>,
        changed: Changed<'_>,
    ) -> Result<(), Fault>;
    /// Deletes it; repeating is safe.
    async fn delete(aws: &Aws, live: &Found<Self>, farewell: &Farewell) -> Result<(), Fault>;
    /// Writes tags onto it, leaving others alone.
    async fn tag(aws: &Aws, live: &Found<Self>, tags: &Tags) -> Result<(), Fault>;

    /// Its tags, where `list` leaves them out to save calls.
    async fn tags(_aws: &Aws, live: &Found<Self>) -> Result<Tags, Fault> {
        Ok(live.tags.clone())
    }
    /// What stands in the way of deleting it, in words.
    async fn blockers(_aws: &Aws, _live: &Found<Self>) -> Result<Vec<String>, Fault> {
        Ok(Vec::new())
    }

    /// Whether something that was made elsewhere can become a resource of this kind.
    const ADOPTABLE: bool = false;
    /// The one with this id, whoever's it is: as `list` would show it if it carried the tags of `claim` too, and
    /// the tags that it has. `None`: it is not there.
    async fn inspect(
        _glance: &Glance<'_>,
        _id: &str,
        _claim: &Tags,
    ) -> Result<Option<(Found<Self>, Tags)>, Fault> {
        Err(Fault::fatal(Self::KIND, "a resource of this kind cannot be adopted"))
    }
    /// Makes it one of ours: writes these tags onto it, and whatever else `list` finds it by.
    async fn adopt(aws: &Aws, live: &Found<Self>, tags: &Tags) -> Result<(), Fault> {
        Self::tag(aws, live, tags).await
    }
}
