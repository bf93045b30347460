//! The record of a lease: who works in an environment, and what was begun there that may have been done.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use tokio::time::Duration;

use crate::model::address::Address;
use crate::model::live::Live;

use super::pace;

/// Who wants the lease, and what for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holder {
    /// The lease's id, for `unlock`.
    pub id: String,
    /// The person or CI job.
    pub who: String,
    /// The machine.
    pub host: String,
    /// The process space on it; empty where that cannot be told.
    #[serde(default)]
    pub place: String,
    /// The process on it.
    pub pid: u32,
    /// `up` or `destroy`.
    pub operation: String,
    /// The CI job's page.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub link: Option<String>,
}

/// What is written down.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// Who holds it; nobody when a run ended in order but left something unclear behind.
    pub holder: Option<Holder>,
    /// Since when, in milliseconds since 1970.
    pub since: u64,
    /// Until when, unless renewed.
    pub expires: u64,
    /// Part of every client token while this record lives: a token of an earlier life must not be replayed.
    pub nonce: String,
    /// From which leases it was taken, and when: a holder that lives all the same has to see it.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub revoked: BTreeMap<String, u64>,
    /// Creations begun that nothing but tags can find again, and when.
    #[serde(default)]
    pub intents: BTreeMap<Address, u64>,
    /// What was made and seen, and when it was begun: for a moment a lagging list may still hide it.
    #[serde(default)]
    pub made: BTreeMap<Address, u64>,
    /// What was deleted, and when it was seen to be gone: for a moment a lagging list may still show it.
    #[serde(default)]
    pub gone: BTreeMap<String, u64>,
}

/// How long a record may be: the value of a parameter of the standard tier has at most 4 KB (API reference,
/// `PutParameter`).
const ROOM: usize = 4000;

impl Record {
    /// Drops what is so old that every list shows it.
    pub(super) fn forget(&mut self, now: u64) {
        let after = |age| now.saturating_sub(millis(age));
        self.intents.retain(|_, begun| *begun > after(pace::HORIZON));
        self.made.retain(|_, begun| *begun > after(pace::MOMENT));
        self.gone.retain(|_, seen| *seen > after(pace::MOMENT));
        self.revoked.retain(|_, taken| *taken > after(pace::HORIZON));
    }

    /// Nobody holds it any more.
    pub(super) fn revoke(&mut self, now: u64) {
        if let Some(holder) = self.holder.take() {
            self.revoked.insert(holder.id, now);
        }
    }

    /// Whether a list that shows this resource shows the past.
    pub(super) fn is_gone(&self, live: &Live, now: u64) -> bool {
        let seen = Self::key(live).and_then(|key| self.gone.get(&key));
        seen.is_some_and(|seen| now.saturating_sub(*seen) < millis(pace::MOMENT))
    }

    /// What tells a resource from every other, its successor of the same name included; `None` where a kind does
    /// not tell when something was made.
    pub(super) fn key(live: &Live) -> Option<String> {
        live.born.map(|born| format!("{} {} {born}", live.kind, live.id))
    }

    /// How long a list that does not show what stands at this address proves nothing.
    pub(super) fn lookout(&self, address: &Address, now: u64) -> Option<Duration> {
        let left = |begun: Option<&u64>, time: Duration| {
            begun.and_then(|begun| time.checked_sub(Duration::from_millis(now.saturating_sub(*begun))))
        };
        let intent = left(self.intents.get(address), pace::HORIZON);
        intent.max(left(self.made.get(address), pace::MOMENT))
    }

    /// The record as it is written down. What was deleted and made is left out, the oldest first, where there is
    /// no room for it: that only spares the next run a detour.
    pub(super) fn text(&mut self) -> String {
        loop {
            let text = serde_json::to_string(self).unwrap_or_default();
            if text.len() <= ROOM || !(drop_oldest(&mut self.gone) || drop_oldest(&mut self.made)) {
                return text;
            }
        }
    }

    /// In words, for those who have to wait.
    pub fn describe(&self, now: u64) -> String {
        let Some(holder) = &self.holder else { return "nobody".to_owned() };
        let minutes = now.saturating_sub(self.since) / 60_000;
        let seconds = self.expires.saturating_sub(now) / 1000;
        let link = holder.link.as_ref().map(|link| format!(", {link}")).unwrap_or_default();
        format!(
            "{} on {} (process {}) runs `{}` since {minutes} min{link}; lease {} expires in {seconds} s unless renewed",
            holder.who, holder.host, holder.pid, holder.operation, holder.id
        )
    }
}

/// Takes the oldest entry away; whether there was one.
fn drop_oldest<K: Ord + Clone>(entries: &mut BTreeMap<K, u64>) -> bool {
    let oldest = entries.iter().min_by_key(|(_, at)| **at).map(|(key, _)| key.clone());
    oldest.is_some_and(|key| entries.remove(&key).is_some())
}

pub(super) fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_fits_and_keeps_its_intents() {
        let mut record = Record {
            holder: None,
            since: 0,
            expires: 0,
            nonce: "n".to_owned(),
            revoked: BTreeMap::new(),
            intents: BTreeMap::from([("network.vpc".parse().expect("an address"), 1)]),
            made: (0..300).map(|n| (format!("extra.made-{n}").parse().expect("an address"), n)).collect(),
            gone: (0..300).map(|n| (format!("security_group sg-{n} 1"), n)).collect(),
        };
        let text = record.text();
        assert!(text.len() <= ROOM, "{}", text.len());
        let read: Record = serde_json::from_str(&text).expect("a record");
        assert_eq!(read.intents.len(), 1);
        let oldest = read.made.values().min().copied();
        assert_eq!(oldest, Some(300 - read.made.len() as u64), "the youngest are kept");
    }
}
