//! The lease: one run at a time in an environment, healed by itself when its holder dies.
//!
//! It lives in AWS as one small record, created without overwriting. Its holder renews it; when it is not
//! renewed any more, or the process that holds it is known to be dead, the next run takes it over, together
//! with the nonce and the intents of the dead run: create calls then repeat with the same client tokens.
//! A write answers with a version one higher than the last, so of two that take over only one sees the version
//! that it expects.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};

use tokio::sync::Mutex;
use tokio::time::{Duration, Instant, sleep};

use crate::model::address::Address;
use crate::model::live::Live;

use super::cloud::Cloud;
use super::fault::{Class, Fault};
use super::record::millis;
pub use super::record::{Holder, Record};
use super::{pace, poll};

/// How long a lease lasts without being renewed.
pub const LIFETIME: Duration = Duration::from_secs(120);
/// How often it is renewed.
const RENEWAL: Duration = Duration::from_secs(30);
/// How often somebody who waits for it looks.
const WATCH: Duration = Duration::from_secs(2);

const TAKEN: &str = "somebody took it from this run; another may work here now";

/// Why there is no lease.
#[derive(Debug, thiserror::Error)]
pub enum LeaseError {
    /// Somebody else works here.
    #[error("somebody else holds the lease: {description}")]
    Held {
        /// Who, in words.
        description: String,
        /// Its id.
        id: String,
    },
    /// The record cannot be read or written.
    #[error("the lease cannot be taken: {0}")]
    Fault(#[from] Fault),
}

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

/// How to take a lease.
pub struct Taking<'a> {
    /// Who wants it.
    pub holder: Holder,
    /// Random text for a new record.
    pub nonce: String,
    /// How long to wait for somebody else.
    pub patience: Duration,
    /// Whether the process of a holder is known to be dead (it was on this machine).
    pub dead: &'a dyn Fn(&Holder) -> bool,
    /// Told once when it has to wait.
    pub waiting: &'a dyn Fn(&str),
}

impl<'a, C: Cloud> Lease<'a, C> {
    /// Takes the lease, waiting for another holder as long as the taker has patience.
    pub async fn take(cloud: &'a C, taking: &Taking<'_>) -> Result<Self, LeaseError> {
        let started = Instant::now();
        let mut told = false;
        let mut attempt = 0;
        // The version that our last write over another record has if nobody else wrote at the same moment.
        let mut due = None;
        loop {
            match Self::attempt(cloud, taking, &mut due).await {
                Ok(Ok(lease)) => return Ok(lease),
                Ok(Err(record)) if started.elapsed() >= taking.patience => {
                    let id = record.holder.as_ref().map(|holder| holder.id.clone()).unwrap_or_default();
                    return Err(LeaseError::Held { description: record.describe(cloud.now()), id });
                }
                Ok(Err(record)) => {
                    if !told {
                        (taking.waiting)(&record.describe(cloud.now()));
                        told = true;
                    }
                    sleep(WATCH).await;
                }
                Err(fault) if attempt < 8 && repeatable(&fault) => {
                    sleep(pace::again(attempt, "lease")).await;
                    attempt += 1;
                }
                Err(fault) => return Err(fault.into()),
            }
        }
    }

    /// One try: the lease, or the record of who has it.
    async fn attempt(
        cloud: &'a C,
        taking: &Taking<'_>,
        due: &mut Option<i64>,
    ) -> Result<Result<Self, Record>, Fault> {
        let now = cloud.now();
        let mut record = Record {
            holder: Some(taking.holder.clone()),
            since: now,
            expires: now + millis(LIFETIME),
            nonce: taking.nonce.clone(),
            revoked: BTreeMap::new(),
            intents: BTreeMap::new(),
            made: BTreeMap::new(),
            gone: BTreeMap::new(),
        };
        let fresh = record.text();
        match unthrottled(async || cloud.lease_write(&fresh, true).await).await {
            Ok(version) if cloud.now().abs_diff(now) <= millis(RENEWAL) => {
                return Ok(Ok(Self::held(cloud, record, version, None)));
            }
            // That was the first answer, and it told that this machine's clock is wrong: others read its moments
            // by AWS's.
            Ok(version) => {
                (record.since, record.expires) = (cloud.now(), cloud.now() + millis(LIFETIME));
                return Self::over(cloud, record, version, None, due).await.map(Ok);
            }
            Err(fault) if fault.class == Class::Exists => {}
            Err(fault) => return Err(fault),
        }
        let now = cloud.now();
        (record.since, record.expires) = (now, now + millis(LIFETIME));
        let found = poll::ask("lease", async || cloud.lease_read().await).await?;
        let Some((found, version)) = found else {
            return Err(Fault::fatal("lease", "it was released just now").as_class(Class::NotYet));
        };
        let healed = match serde_json::from_str::<Record>(&found) {
            // Our own, from a try whose answer was lost; or written over that of a run which came a moment before
            // us, and will write its own again.
            Ok(ours) if ours.holder.as_ref().is_some_and(|holder| holder.id == taking.holder.id) => {
                let won = due.is_none_or(|due| due == version);
                return if won { Ok(Ok(Self::held(cloud, ours, version, None))) } else { Err(overtaken()) };
            }
            Ok(mut other) => {
                let healed = match &other.holder {
                    None => None,
                    Some(holder) if (taking.dead)(holder) => {
                        Some(format!("the process of {} is gone", holder.who))
                    }
                    Some(holder) if other.expires <= now => {
                        Some(format!("the lease of {} had expired", holder.who))
                    }
                    Some(_) => return Ok(Err(other)),
                };
                // Only a dead run may have calls without an answer, which have to repeat their tokens; that makes
                // nothing twice. With tokens of its own a run has to look for what was made a moment ago.
                if let Some(holder) = other.holder {
                    record.nonce = other.nonce;
                    other.revoked.insert(holder.id, now);
                } else {
                    record.made = other.made;
                }
                record.revoked = other.revoked;
                record.intents = other.intents;
                record.gone = other.gone;
                healed
            }
            Err(_) => Some("the record was not readable".to_owned()),
        };
        Self::over(cloud, record, version, healed, due).await.map(Ok)
    }

    /// Writes over the record of that version.
    async fn over(
        cloud: &'a C,
        mut record: Record,
        version: i64,
        healed: Option<String>,
        due: &mut Option<i64>,
    ) -> Result<Self, Fault> {
        *due = Some(version + 1);
        let text = record.text();
        let written = unthrottled(async || cloud.lease_write(&text, false).await).await?;
        if written == version + 1 { Ok(Self::held(cloud, record, written, healed)) } else { Err(overtaken()) }
    }

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

/// Takes a lease away from its holder, whoever that is; `false` when there is no lease of that id. What the
/// holder had left unclear stays on record for the next run.
pub async fn unlock<C: Cloud>(cloud: &C, id: &str) -> Result<bool, LeaseError> {
    let Some((found, _)) = poll::ask("lease", async || cloud.lease_read().await).await? else {
        return Ok(false);
    };
    let Ok(mut record) = serde_json::from_str::<Record>(&found) else {
        cloud.lease_remove().await?;
        return Ok(true);
    };
    if record.holder.as_ref().is_none_or(|holder| holder.id != id) {
        return Ok(false);
    }
    record.revoke(cloud.now());
    cloud.lease_write(&record.text(), false).await?;
    Ok(true)
}

/// Two runs wrote over the same record; the one that was first has the lease, and writes its own again.
fn overtaken() -> Fault {
    Fault::fatal("lease", "another run took it over at the same moment").as_class(Class::NotYet)
}

/// A write that is repeated by itself while AWS is only busy: it was not done. Taking a lease is several calls, and
/// were they repeated together, then under steady throttling the last would never come.
async fn unthrottled<T>(mut write: impl AsyncFnMut() -> Result<T, Fault>) -> Result<T, Fault> {
    let mut attempt = 0;
    loop {
        match write().await {
            Err(fault) if attempt < 8 && fault.class == Class::Throttled => {
                sleep(pace::again(attempt, "lease")).await;
                attempt += 1;
            }
            answer => return answer,
        }
    }
}

fn repeatable(fault: &Fault) -> bool {
    matches!(fault.class, Class::Throttled | Class::Unclear | Class::NotYet | Class::Busy)
}
