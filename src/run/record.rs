//! The record of a lease: who works in an environment, and what was begun there that may have been done.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use tokio::time::Duration;

use crate::model::address::Address;

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
    /// Creations begun that nothing but tags can find again, and when.
    #[serde(default)]
    pub intents: BTreeMap<Address, u64>,
    /// What was made and seen, and when it was begun: for a moment a lagging list may still hide it.
    #[serde(default)]
    pub made: BTreeMap<Address, u64>,
}

impl Record {
    /// Drops what is so old that every list shows it.
    pub(super) fn forget(&mut self, now: u64) {
        let after = |age| now.saturating_sub(millis(age));
        self.intents.retain(|_, begun| *begun > after(pace::HORIZON));
        self.made.retain(|_, begun| *begun > after(pace::MOMENT));
    }

    /// How long a list that does not show what stands at this address proves nothing.
    pub(super) fn lookout(&self, address: &Address, now: u64) -> Option<Duration> {
        let left = |begun: Option<&u64>, time: Duration| {
            begun.and_then(|begun| time.checked_sub(Duration::from_millis(now.saturating_sub(*begun))))
        };
        let intent = left(self.intents.get(address), pace::HORIZON);
        intent.max(left(self.made.get(address), pace::MOMENT))
    }

    /// The record as it is written down.
    pub(super) fn text(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
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

pub(super) fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
