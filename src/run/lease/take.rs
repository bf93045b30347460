//! How a lease is taken, and taken away.
//!
//! The record is created without overwriting. When its holder does not renew it any more, or the process that holds it
//! is known to be dead, the next run takes it over, together with the nonce and the intents of the dead run: create
//! calls then repeat with the same client tokens. A write answers with a version one higher than the last, so of two
//! that take over only one sees the version that it expects.

use std::collections::BTreeMap;

use tokio::time::{Duration, Instant, sleep};

use crate::run::cloud::Cloud;
use crate::run::fault::{Class, Fault};
use crate::run::record::millis;
use crate::run::{pace, poll};

use super::{Holder, LIFETIME, Lease, RENEWAL, Record, WATCH, repeatable};

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
