//! AWS as the executor sees it: each call goes to the room of its kind.
//!
//! Every future is boxed here, as the rooms' are: those of the SDK are some fifty state machines deep, and the
//! compiler has a limit to how deep one that holds them may be.

use std::collections::{BTreeMap, BTreeSet};

use futures::future::FutureExt as _;

use crate::model::diff::Change;
use crate::model::live::Live;
use crate::model::schema::Catalog;
use crate::run::cloud::{Cloud, Farewell, Order};
use crate::run::fault::Fault;

use super::Aws;
use super::glance::Glance;
use super::kind::Kind;
use super::kinds;
use super::notes;

fn room(kind: &str) -> Result<&'static dyn Kind, Fault> {
    kinds::get(kind).ok_or_else(|| Fault::fatal(kind, "there is no such kind"))
}

impl Cloud for Aws {
    type Glance<'a> = Glance<'a>;

    fn catalog(&self) -> &Catalog {
        &self.catalog
    }

    fn now(&self) -> u64 {
        self.clock.now()
    }

    fn calls(&self) -> u64 {
        Aws::calls(self)
    }

    fn glance(&self) -> Glance<'_> {
        Glance::new(self)
    }

    fn wide_glance(&self) -> Glance<'_> {
        Glance::wide(self)
    }

    async fn list(&self, glance: &Self::Glance<'_>, kind: &str) -> Result<Vec<Live>, Fault> {
        room(kind)?.list(glance).await
    }

    async fn create(&self, order: &Order) -> Result<(), Fault> {
        room(order.kind)?.create(self, order).await
    }

    async fn update(&self, live: &Live, order: &Order, changes: &[Change]) -> Result<(), Fault> {
        room(live.kind)?.update(self, live, order, changes).await
    }

    async fn delete(&self, live: &Live, farewell: &Farewell) -> Result<(), Fault> {
        room(live.kind)?.delete(self, live, farewell).await
    }

    async fn tag(&self, live: &Live, tags: &BTreeMap<String, String>) -> Result<(), Fault> {
        room(live.kind)?.tag(self, live, tags).await
    }

    async fn tags(&self, live: &Live) -> Result<BTreeMap<String, String>, Fault> {
        room(live.kind)?.tags(self, live).await
    }

    async fn blockers(&self, live: &Live) -> Result<Vec<String>, Fault> {
        room(live.kind)?.blockers(self, live).await
    }

    async fn kinds_read(&self) -> Result<Option<BTreeSet<String>>, Fault> {
        notes::kinds(self).boxed_local().await
    }

    async fn kinds_write(&self, kinds: Option<&BTreeSet<String>>) -> Result<(), Fault> {
        notes::write_kinds(self, kinds).boxed_local().await
    }

    async fn lease_read(&self) -> Result<Option<(String, i64)>, Fault> {
        notes::lease(self).boxed_local().await
    }

    async fn lease_version(&self, version: i64) -> Result<Option<String>, Fault> {
        notes::lease_version(self, version).boxed_local().await
    }

    async fn lease_write(&self, record: &str, fresh: bool) -> Result<i64, Fault> {
        notes::write_lease(self, record, fresh).boxed_local().await
    }

    async fn lease_remove(&self) -> Result<(), Fault> {
        notes::remove_lease(self).boxed_local().await
    }
}
