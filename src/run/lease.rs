//! The lease: one run at a time in an environment, healed by itself when its holder dies.
//!
//! It lives in AWS as one small record ([`super::record`]). Here is what its holder does with it: renew it, write down
//! what it is about to do, see whether it was taken away, give it back. How it is taken is in [`take`].

use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;

use tokio::sync::Mutex;
use tokio::time::{Duration, Instant, sleep};

use crate::model::address::Address;
use crate::model::live::Live;

use super::cloud::Cloud;
use super::fault::{Class, Fault};
use super::record::millis;
pub use super::record::{Holder, Record};
use super::{pace, poll};

mod take;

pub use take::{LeaseError, Taking, unlock};

/// How long a lease lasts without being renewed.
pub const LIFETIME: Duration = Duration::from_secs(120);
/// How often it is renewed.
const RENEWAL: Duration = Duration::from_secs(30);
/// How often somebody who waits for it looks.
const WATCH: Duration = Duration::from_secs(2);

const TAKEN: &str = "somebody took it from this run; another may work here now";

/// A lease that is held.
pub struct Lease<'a, C: Cloud> {
    cloud: &'a C,
    record: RefCell<Record>,
    version: Cell<i64>,
    renewed: Cell<Instant>,
    /// Until when it lasts, as others read it.
    expires: Cell<u64>,
    /// Intents of which the outcome is known in this run. They stay on record as long as a lagging list could
    /// hide what was made.
    found: RefCell<BTreeSet<Address>>,
    writing: Mutex<()>,
    /// Whether it was taken away.
    lost: Cell<bool>,
    /// What a dead run had left, in words.
    pub healed: Option<String>,
}

impl<'a, C: Cloud> Lease<'a, C> {
    fn held(cloud: &'a C, record: Record, version: i64, healed: Option<String>) -> Self {
        let expires = Cell::new(record.expires);
        let record = RefCell::new(record);
        let (version, renewed) = (Cell::new(version), Cell::new(Instant::now()));
        let (found, writing, lost) = (RefCell::default(), Mutex::new(()), Cell::new(false));
        Self { cloud, record, version, renewed, expires, found, writing, lost, healed }
    }

    /// Whether others may have taken it over. The clock that measures the time since the last renewal stands still
    /// while a machine sleeps; that of the others does not.
    fn lapsed(&self) -> bool {
        self.lost.get() || self.renewed.get().elapsed() >= LIFETIME || self.cloud.now() >= self.expires.get()
    }

    /// Part of every client token.
    pub fn nonce(&self) -> String {
        self.record.borrow().nonce.clone()
    }

    /// The lease's id.
    pub fn id(&self) -> String {
        self.record.borrow().holder.as_ref().map(|holder| holder.id.clone()).unwrap_or_default()
    }

    /// How long to look for something at this address before it is made: a run before this one, or this one, may
    /// have made it.
    pub fn lookout(&self, address: &Address) -> Option<Duration> {
        self.record.borrow().lookout(address, self.cloud.now())
    }

    /// Something was made whose token only this run knows.
    pub fn made(&self, address: &Address) {
        self.record.borrow_mut().made.insert(address.clone(), self.cloud.now());
    }

    /// Writes down that something is about to be created which nothing but its tags can find again.
    pub async fn intend(&self, address: &Address) -> Result<(), Fault> {
        self.record.borrow_mut().intents.insert(address.clone(), self.cloud.now());
        self.write().await
    }

    /// It is known what became of a creation.
    pub fn settle(&self, address: &Address) {
        self.found.borrow_mut().insert(address.clone());
    }

    /// Nothing was done: the call was refused.
    pub fn withdraw(&self, address: &Address) {
        let mut record = self.record.borrow_mut();
        record.intents.remove(address);
        record.made.remove(address);
    }

    /// It was deleted, and is seen to be gone.
    pub fn gone(&self, live: &Live) {
        if let Some(key) = Record::key(live) {
            self.record.borrow_mut().gone.insert(key, self.cloud.now());
        }
    }

    /// Whether a list that shows this resource shows the past: a run has deleted it a moment ago.
    pub fn is_gone(&self, live: &Live) -> bool {
        self.record.borrow().is_gone(live, self.cloud.now())
    }

    /// The creations that may be hidden from the lists: those of the last moments, and of the last minutes those
    /// of which nobody knows whether they were done.
    pub fn unclear(&self) -> Vec<Address> {
        let found = self.found.borrow();
        let mut record = self.record.borrow_mut();
        record.forget(self.cloud.now());
        let all: BTreeSet<&Address> = record.intents.keys().chain(record.made.keys()).collect();
        all.into_iter().filter(|address| !found.contains(*address)).cloned().collect()
    }

    /// Renews the lease until it is lost; returns why.
    pub async fn keep(&self) -> String {
        loop {
            sleep(RENEWAL.saturating_sub(self.renewed.get().elapsed())).await;
            if self.lapsed() {
                return "the lease could not be renewed in time; another run may have taken it over"
                    .to_owned();
            }
            match self.write().await {
                Ok(()) => {}
                Err(fault) if fault.class == Class::Fatal || fault.class == Class::Denied => {
                    return format!("the lease cannot be renewed: {fault}");
                }
                Err(_) => sleep(WATCH).await,
            }
        }
    }

    /// Writes the record and renews it.
    async fn write(&self) -> Result<(), Fault> {
        let _turn = self.writing.lock().await;
        if self.lapsed() {
            return Err(Fault::fatal("lease", "it expired while this run was suspended"));
        }
        let began = Instant::now();
        let expires = self.cloud.now() + millis(LIFETIME);
        let record = {
            let mut record = self.record.borrow_mut();
            record.expires = expires;
            record.text()
        };
        let version = self.cloud.lease_write(&record, false).await?;
        let due = self.version.get() + 1;
        if version != due {
            self.stay(version, due).await?;
        }
        self.version.set(version);
        self.renewed.set(began);
        self.expires.set(expires);
        Ok(())
    }

    /// Somebody else has written, too, and our version stands over it. That is a lost race to take over a dead
    /// run's lease, and the lease is ours; or it was taken from us, by `unlock` or because the record was
    /// removed, and what we wrote over is put back.
    async fn stay(&self, version: i64, due: i64) -> Result<(), Fault> {
        let jumped = version > due;
        let mut other = None;
        for earlier in (if jumped { due } else { 1 }..version).rev() {
            let text = poll::ask("lease", async || self.cloud.lease_version(earlier).await).await?;
            let Some(text) = text else { continue };
            let record = serde_json::from_str::<Record>(&text).ok();
            let holder = record.as_ref().and_then(|record| record.holder.as_ref());
            // A write of ours whose answer was lost.
            if holder.is_some_and(|holder| holder.id == self.id()) {
                continue;
            }
            let raced = record.is_some_and(|record| record.holder.is_some() && !self.revoked_in(&record));
            other = Some((text, raced));
            break;
        }
        if jumped && other.as_ref().is_none_or(|(_, raced)| *raced) {
            return Ok(());
        }
        self.lost.set(true);
        poll::ask("lease", async || match &other {
            Some((text, _)) => self.cloud.lease_write(text, false).await.map(|_| ()),
            None => self.cloud.lease_remove().await,
        })
        .await?;
        Err(Fault::fatal("lease", TAKEN))
    }

    fn revoked_in(&self, record: &Record) -> bool {
        record.revoked.contains_key(&self.id())
    }

    /// Whether it was taken away since it was written last.
    async fn taken(&self) -> Result<bool, Fault> {
        let found = poll::ask("lease", async || self.cloud.lease_read().await).await?;
        let record = found.and_then(|(text, _)| serde_json::from_str::<Record>(&text).ok());
        Ok(record.is_some_and(|record| self.revoked_in(&record)))
    }

    /// Gives the lease back. The record goes, unless something was made a moment ago that a lagging list might
    /// not show to the next run; after `emptied` (a destroy that left nothing) it always goes, and the note of
    /// the kinds with it.
    pub async fn release(self, emptied: bool) -> Result<(), Fault> {
        if emptied {
            poll::ask("kinds", async || self.cloud.kinds_write(None).await).await?;
        }
        if self.lapsed() || self.taken().await? {
            return Ok(());
        }
        let mut record = self.record.into_inner();
        record.holder = None;
        let found = self.found.into_inner();
        let (seen, unseen) = record.intents.into_iter().partition(|(address, _)| found.contains(address));
        record.intents = unseen;
        record.made.append(&mut { seen });
        record.forget(self.cloud.now());
        let keep =
            !(emptied || record.intents.is_empty() && record.made.is_empty() && record.gone.is_empty());
        let mut attempt = 0;
        loop {
            let answer = if keep {
                self.cloud.lease_write(&record.text(), false).await.map(|_| ())
            } else {
                self.cloud.lease_remove().await
            };
            match answer {
                Err(fault) if attempt < 5 && repeatable(&fault) => sleep(pace::again(attempt, "lease")).await,
                Err(fault) if fault.class == Class::Gone => return Ok(()),
                answer => return answer,
            }
            attempt += 1;
        }
    }
}

fn repeatable(fault: &Fault) -> bool {
    matches!(fault.class, Class::Throttled | Class::Unclear | Class::NotYet | Class::Busy)
}
