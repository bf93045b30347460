//! A slow, busy, forgetful, strict cloud on virtual time.
//!
//! It keeps resources of any catalog; it throttles, loses answers, shows yesterday's state, refuses to delete
//! what others hold and to make what refers to nothing, and it can end the run at any chosen call. The same
//! seed tells the same story, so a failure is repeated by its seed.

mod chaos;
pub mod story;
mod world;

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};

use tokio::sync::Notify;
use tokio::time::{Duration, Instant, sleep};

use crate::model::diff::Change;
use crate::model::live::Live;
use crate::model::schema::{Catalog, Schema};

use super::cloud::{Cloud, Farewell, Order};
use super::fault::{Class, Fault};
use super::lease::Record;

pub use chaos::{Chaos, Kill, Moment, Random};
pub use world::{Thing, World};

/// The simulated cloud.
pub struct Sim {
    catalog: Catalog,
    started: Instant,
    random: RefCell<Random>,
    chaos: RefCell<Chaos>,
    world: RefCell<World>,
    calls: Cell<u64>,
    mutations: Cell<u64>,
    killed: Cell<bool>,
    dying: Cell<bool>,
    death: Notify,
    /// Milliseconds by which the machine's clock is off until an answer tells the time.
    off: Cell<i64>,
    /// Milliseconds for which the machine slept: nothing ran, and the time went on.
    slept: Cell<u64>,
}

/// 2026-01-01 in milliseconds since 1970: the virtual clock's beginning.
const EPOCH: u64 = 1_767_225_600_000;

impl Sim {
    /// An empty cloud.
    pub fn new(catalog: Catalog, seed: u64, chaos: Chaos) -> Self {
        Self {
            catalog,
            started: Instant::now(),
            random: RefCell::new(Random::new(seed)),
            chaos: RefCell::new(chaos),
            world: RefCell::default(),
            calls: Cell::new(0),
            mutations: Cell::new(0),
            killed: Cell::new(false),
            dying: Cell::new(false),
            death: Notify::new(),
            off: Cell::new(0),
            slept: Cell::new(0),
        }
    }

    /// From now on the machine's clock is off, until an answer tells the time.
    pub fn mislead(&self, off: i64) {
        self.off.set(off);
    }

    /// The machine sleeps: nothing runs, and the time goes on for everybody else.
    pub fn doze(&self, time: Duration) {
        let time = u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
        self.slept.set(self.slept.get() + time);
    }

    /// Changes how it misbehaves from now on, and forgets that it ended a run.
    pub fn behave(&self, chaos: Chaos) {
        self.chaos.replace(chaos);
        self.mutations.set(0);
        self.killed.set(false);
        self.dying.set(false);
    }

    /// Resolves when the chosen call has come: whoever runs against this cloud is dead now.
    pub async fn death(&self) {
        loop {
            let notified = self.death.notified();
            if self.killed.get() {
                return;
            }
            notified.await;
        }
    }

    /// The calls that change something made since [`Sim::behave`].
    pub fn mutations(&self) -> u64 {
        self.mutations.get()
    }

    /// Everything that exists at this moment, whatever lists show.
    pub fn existing(&self) -> Vec<Thing> {
        let now = self.clock();
        self.world.borrow().things.iter().filter(|thing| thing.exists(now)).cloned().collect()
    }

    /// Changes something behind everyone's back.
    pub fn meddle(&self, meddle: impl FnOnce(&mut World, u64)) {
        let now = self.clock();
        meddle(&mut self.world.borrow_mut(), now);
    }

    /// Whether somebody holds the lease.
    pub fn leased(&self) -> bool {
        let world = self.world.borrow();
        let record = world.lease().and_then(|(text, _)| serde_json::from_str::<Record>(&text).ok());
        record.is_some_and(|record| record.holder.is_some())
    }

    /// Whether anything is written down: a lease, held or not, or the kinds.
    pub fn remembers(&self) -> bool {
        let world = self.world.borrow();
        !world.lease.is_empty() || world.kinds.is_some()
    }

    /// Milliseconds since the beginning.
    pub fn clock(&self) -> u64 {
        u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    fn schema(&self, kind: &str) -> Result<&'static Schema, Fault> {
        self.catalog.get(kind).ok_or_else(|| Fault::fatal(kind, "there is no such kind"))
    }

    /// A call on its way: takes its time, may be throttled, may be the one at which the run dies.
    async fn call<T>(
        &self,
        operation: &str,
        mutating: bool,
        act: impl FnOnce(u64) -> Result<T, Fault>,
    ) -> Result<T, Fault> {
        if self.dying.get() {
            self.die().await;
        }
        self.calls.set(self.calls.get() + 1);
        let (latency, luck) = {
            let mut random = self.random.borrow_mut();
            (random.between(self.chaos.borrow().latency), random.unit())
        };
        let kill = mutating.then(|| self.moment()).flatten();
        if kill == Some(Moment::Before) {
            self.die().await;
        }
        sleep(Duration::from_millis(latency / 2)).await;
        let chaos = *self.chaos.borrow();
        let fault = |class, message: &str| Fault {
            class,
            operation: operation.to_owned(),
            code: "Simulated".to_owned(),
            message: message.to_owned(),
        };
        if luck < chaos.throttled {
            return Err(fault(Class::Throttled, "rate exceeded"));
        }
        if luck < chaos.throttled + chaos.unsent {
            return Err(fault(Class::Unclear, "connection reset (nothing was done)"));
        }
        let done = act(self.clock());
        self.off.set(0);
        if kill == Some(Moment::Lost) {
            self.die().await;
        }
        sleep(Duration::from_millis(latency / 2)).await;
        if kill == Some(Moment::Answered) {
            self.dying.set(true);
        }
        if luck < chaos.throttled + chaos.unsent + chaos.lost {
            return Err(fault(Class::Unclear, "connection reset (the answer was lost)"));
        }
        done
    }

    /// Whether this is the call at which the run ends.
    fn moment(&self) -> Option<Moment> {
        let count = self.mutations.get() + 1;
        self.mutations.set(count);
        self.chaos.borrow().kill.filter(|kill| kill.call == count).map(|kill| kill.moment)
    }

    async fn die(&self) {
        self.killed.set(true);
        self.death.notify_waiters();
        std::future::pending::<()>().await;
    }
}

impl Cloud for Sim {
    type Glance<'a> = ();

    fn catalog(&self) -> &Catalog {
        &self.catalog
    }

    fn now(&self) -> u64 {
        (EPOCH + self.clock() + self.slept.get()).saturating_add_signed(self.off.get())
    }

    fn calls(&self) -> u64 {
        self.calls.get()
    }

    fn glance(&self) {}

    async fn list(&self, (): &Self::Glance<'_>, kind: &str) -> Result<Vec<Live>, Fault> {
        let schema = self.schema(kind)?;
        let lag = self.chaos.borrow().lag;
        self.call(kind, false, |now| {
            let mut random = self.random.borrow_mut();
            let mut behind = || now.saturating_sub(random.between((0, lag)));
            let world = self.world.borrow();
            Ok(world
                .things
                .iter()
                .filter(|t| t.schema.kind == schema.kind)
                .filter_map(|t| t.seen(behind()))
                .collect())
        })
        .await
    }

    async fn create(&self, order: &Order) -> Result<(), Fault> {
        let schema = self.schema(order.kind)?;
        self.call("create", true, |now| {
            let partial = self.random.borrow_mut().unit() < self.chaos.borrow().partial;
            self.world.borrow_mut().create(schema, order, now, partial)
        })
        .await
    }

    async fn update(&self, live: &Live, order: &Order, _: &[Change]) -> Result<(), Fault> {
        self.call("update", true, |now| self.world.borrow_mut().update(&live.id, order, now)).await
    }

    async fn delete(&self, live: &Live, farewell: &Farewell) -> Result<(), Fault> {
        self.call("delete", true, |now| self.world.borrow_mut().delete(&live.id, farewell, now)).await
    }

    async fn tag(&self, live: &Live, tags: &BTreeMap<String, String>) -> Result<(), Fault> {
        self.call("tag", true, |now| self.world.borrow_mut().tag(&live.id, tags, now)).await
    }

    async fn tags(&self, live: &Live) -> Result<BTreeMap<String, String>, Fault> {
        Ok(live.tags.clone())
    }

    async fn blockers(&self, live: &Live) -> Result<Vec<String>, Fault> {
        self.call("blockers", false, |now| Ok(self.world.borrow().holders(&live.id, now))).await
    }

    async fn kinds_read(&self) -> Result<Option<BTreeSet<String>>, Fault> {
        self.call("kinds", false, |_| Ok(self.world.borrow().kinds.clone())).await
    }

    async fn kinds_write(&self, kinds: Option<&BTreeSet<String>>) -> Result<(), Fault> {
        self.call("kinds", true, |_| {
            self.world.borrow_mut().kinds = kinds.cloned();
            Ok(())
        })
        .await
    }

    async fn lease_read(&self) -> Result<Option<(String, i64)>, Fault> {
        self.call("lease", false, |_| Ok(self.world.borrow().lease())).await
    }

    async fn lease_version(&self, version: i64) -> Result<Option<String>, Fault> {
        self.call("lease", false, |_| Ok(self.world.borrow().lease_version(version))).await
    }

    async fn lease_write(&self, record: &str, fresh: bool) -> Result<i64, Fault> {
        self.call("lease", true, |_| self.world.borrow_mut().lease_write(record, fresh)).await
    }

    async fn lease_remove(&self) -> Result<(), Fault> {
        self.call("lease", true, |_| {
            self.world.borrow_mut().lease.clear();
            Ok(())
        })
        .await
    }
}

#[cfg(test)]
mod notes;
#[cfg(test)]
mod tests;
