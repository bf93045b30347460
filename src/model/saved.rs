//! A plan as it is kept until it is applied: what each step does, as digests, and how another plan compares with it.
//!
//! No value is kept, so nothing secret can be. Two plans are the same when every step does the same to the same
//! resource. What is left of a plan after a run that ended early is another plan, but a part of it: every step of it
//! leads where the kept plan leads.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::address::Address;
use super::plan::{Action, Plan, Step};

/// One step, kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Kept {
    /// The resource.
    pub address: Address,
    /// Its kind.
    pub kind: String,
    /// `create`, `update`, `replace`, `delete` or `await`.
    pub action: String,
    /// What there shall be.
    pub desired: Option<String>,
    /// Which one there is.
    pub live: Option<String>,
    /// What every change changes, by property.
    pub changes: BTreeMap<String, String>,
    /// All of it.
    pub digest: String,
}

/// The steps of a plan, in the order of their addresses.
pub fn keep(plan: &Plan) -> Vec<Kept> {
    let mut kept: Vec<Kept> = plan.steps.iter().map(keep_step).collect();
    kept.sort_by(|a, b| (&a.address, &a.digest).cmp(&(&b.address, &b.digest)));
    kept
}

fn keep_step(step: &Step) -> Kept {
    let action = match step.action {
        Action::Create => "create",
        Action::Update { .. } => "update",
        Action::Replace { .. } => "replace",
        Action::Delete => "delete",
        Action::Await => "await",
    };
    let changes = step.changes().iter().map(|change| (change.property.clone(), digest(change)));
    let live = step.live.as_ref().map(|live| &live.id);
    let whole = (&step.address, step.schema.kind, &step.action, live, &step.desired, step.protect);
    Kept {
        address: step.address.clone(),
        kind: step.schema.kind.to_owned(),
        action: action.to_owned(),
        desired: step.desired.as_ref().map(digest),
        live: live.map(digest),
        changes: changes.collect(),
        digest: digest(&whole),
    }
}

/// The digest of data: SHA-256 of its JSON, the first 16 bytes of it in hexadecimal.
pub fn digest<T: Serialize>(data: &T) -> String {
    // What is in a plan can be written as JSON: its maps have text for keys.
    let text = serde_json::to_string(data).unwrap_or_default();
    let hash = Sha256::digest(text.as_bytes());
    hash.iter().take(16).fold(String::new(), |hex, byte| format!("{hex}{byte:02x}"))
}

/// Whether both do the same.
pub fn same(kept: &[Kept], now: &[Kept]) -> bool {
    kept.iter().map(|step| &step.digest).eq(now.iter().map(|step| &step.digest))
}

/// What is different now, one sentence a resource.
pub fn differences(kept: &[Kept], now: &[Kept]) -> Vec<String> {
    let mut found = Vec::new();
    let mut told = BTreeSet::new();
    for step in now.iter().filter(|step| !kept.iter().any(|other| other.digest == step.digest)) {
        if !told.insert(&step.address) {
            continue;
        }
        let before: Vec<&Kept> = kept.iter().filter(|other| other.address == step.address).collect();
        let (address, would) = (&step.address, would(&step.action));
        found.push(match before.iter().find(|other| other.action == step.action) {
            Some(other) => match changed(other, step).as_slice() {
                [] => format!("`{address}` {would}, but is not as it was"),
                names => format!("`{address}` {would} otherwise: {}", names.join(", ")),
            },
            None if before.is_empty() => format!("`{address}` {would}, which the saved plan does not say"),
            None => format!("`{address}` {would}, and not {}", word(&before[0].action)),
        });
    }
    for step in kept.iter().filter(|step| !now.iter().any(|other| other.address == step.address)) {
        if told.insert(&step.address) {
            found.push(format!("`{}` would not be {} any more", step.address, word(&step.action)));
        }
    }
    found
}

/// The properties that change to or from something else.
fn changed(before: &Kept, after: &Kept) -> Vec<String> {
    let names: BTreeSet<&String> = before.changes.keys().chain(after.changes.keys()).collect();
    let differs = |name: &&&String| before.changes.get(**name) != after.changes.get(**name);
    names.iter().filter(differs).map(|name| format!("`{name}`")).collect()
}

fn would(action: &str) -> String {
    format!("would be {}", word(action))
}

fn word(action: &str) -> &'static str {
    match action {
        "create" => "added",
        "update" => "changed",
        "replace" => "replaced",
        "delete" => "destroyed",
        _ => "waited for",
    }
}

/// The steps of another plan that do not lead where the kept plan leads; none: it is what is left of it.
///
/// What a run that ended early had made may have to be finished, or made again where it failed; what it had
/// replaced may still have to be deleted. Everything else is somebody else's doing.
pub fn beyond<'n>(kept: &[Kept], now: &'n [Kept]) -> Vec<&'n Kept> {
    let leads = |step: &Kept| {
        let mut before = kept.iter().filter(|other| other.address == step.address && other.kind == step.kind);
        let makes = |other: &Kept| {
            ["create", "replace"].contains(&other.action.as_str()) && other.desired == step.desired
        };
        match step.action.as_str() {
            "create" | "replace" => before.any(makes),
            "update" => before.any(|other| makes(other) || is_part(other, step)),
            // The one that the kept plan deletes, or a second one of what it makes.
            "delete" => before.any(|other| {
                other.action != "update"
                    && other.action != "await"
                    && (other.live == step.live || other.live.is_none())
            }),
            _ => true,
        }
    };
    now.iter().filter(|step| !leads(step)).collect()
}

/// Whether a change is what is left of another: the same goal, and no property that the other leaves alone.
fn is_part(kept: &Kept, now: &Kept) -> bool {
    kept.action == "update"
        && kept.desired == now.desired
        && kept.live == now.live
        && now.changes.keys().all(|name| kept.changes.contains_key(name))
}

#[cfg(test)]
#[path = "saved_tests.rs"]
mod tests;
