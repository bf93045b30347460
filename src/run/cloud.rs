//! What the executor needs of a cloud: list, create, update, delete, and a place for notes: the lease,
//! the kinds that an environment has.
//!
//! AWS implements it (`aws/`), and so does the simulator (`sim.rs`).

use std::collections::{BTreeMap, BTreeSet};

use crate::model::address::Address;
use crate::model::diff::Change;
use crate::model::live::Live;
use crate::model::schema::Catalog;
use crate::model::spec::Spec;

use super::fault::Fault;

/// A resource to be made, or what an existing one is to become. Every reference is answered.
#[derive(Clone, Debug)]
pub struct Order {
    /// Where it stands.
    pub address: Address,
    /// Its kind.
    pub kind: &'static str,
    /// Its properties.
    pub spec: Spec,
    /// All tags that it shall carry.
    pub tags: BTreeMap<String, String>,
    /// Whether AWS shall refuse to delete it.
    pub protect: bool,
    /// The client token: 64 characters at most, the same when the same order is repeated, in a rerun too.
    pub token: String,
    /// Six characters that change whenever a changed property needs a new resource: the part of a unique name
    /// that lets the successor exist beside the old one.
    pub fingerprint: String,
}

/// How to delete.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Farewell {
    /// The name of the last snapshot to take of its data; `None` takes none.
    pub snapshot: Option<String>,
}

/// A cloud, seen by one environment: it only ever lists that environment's resources.
#[expect(async_fn_in_trait, reason = "one thread: nothing has to be Send")]
pub trait Cloud {
    /// What several lists of one moment share, so that no call is made twice for them.
    type Glance<'a>
    where
        Self: 'a;

    /// The kinds that there are.
    fn catalog(&self) -> &Catalog;
    /// Milliseconds since 1970: for what is written into tags, intents and leases. Waiting uses tokio's clock.
    fn now(&self) -> u64;
    /// The calls made so far.
    fn calls(&self) -> u64;
    /// A fresh look.
    fn glance(&self) -> Self::Glance<'_>;
    /// A fresh look at everything, before anything is done: hints that lag behind may stand in for questions.
    fn wide_glance(&self) -> Self::Glance<'_> {
        self.glance()
    }
    /// Every resource of that kind that carries the environment's tags.
    async fn list(&self, glance: &Self::Glance<'_>, kind: &str) -> Result<Vec<Live>, Fault>;
    /// Exactly one call that brings the resource into being, with its tags. What that call cannot set is seen
    /// as a difference afterwards and set by `update`.
    async fn create(&self, order: &Order) -> Result<(), Fault>;
    /// Changes these properties in place. Repeating it is safe.
    async fn update(&self, live: &Live, order: &Order, changes: &[Change]) -> Result<(), Fault>;
    /// Deletes it. Repeating it is safe; `Gone` means that it is not there.
    async fn delete(&self, live: &Live, farewell: &Farewell) -> Result<(), Fault>;
    /// Writes these tags onto it.
    async fn tag(&self, live: &Live, tags: &BTreeMap<String, String>) -> Result<(), Fault>;
    /// Its tags, for kinds whose list does not tell them.
    async fn tags(&self, live: &Live) -> Result<BTreeMap<String, String>, Fault>;
    /// What stands in the way of deleting it, in words.
    async fn blockers(&self, live: &Live) -> Result<Vec<String>, Fault>;

    /// The kinds of which this environment has, or ever had, resources; `None` where nobody wrote that down.
    async fn kinds_read(&self) -> Result<Option<BTreeSet<String>>, Fault>;
    /// Writes that down; `None` removes the note. Repeating it is safe.
    async fn kinds_write(&self, kinds: Option<&BTreeSet<String>>) -> Result<(), Fault>;

    /// The environment's lease record and its version, if there is one.
    async fn lease_read(&self) -> Result<Option<(String, i64)>, Fault>;
    /// The record as this version of it was, where that is still known.
    async fn lease_version(&self, version: i64) -> Result<Option<String>, Fault>;
    /// Writes the record. With `fresh` only if there is none (`Exists` otherwise). Returns the new version.
    async fn lease_write(&self, record: &str, fresh: bool) -> Result<i64, Fault>;
    /// Removes the record.
    async fn lease_remove(&self) -> Result<(), Fault>;
}
