//! How an environment is: what was seen of it at one moment, and what of that is not as it should be.
//!
//! Pure, so that every judgement can be tested as a table.

use std::collections::BTreeSet;
use std::rc::Rc;

use serde::Serialize;

use super::address::Address;
use super::live::{Live, Status};
use super::machine::{Boot, Machine as Server};
use super::release::Pointer;

/// The kind of alarms, and the output that tells their state.
const ALARM: (&str, &str) = ("alarm", "state");

/// The kind of groups of machines.
const GROUP: &str = "autoscaling_group";

/// What was seen at one moment.
#[derive(Clone, Debug, Default)]
pub struct Sight {
    /// The resources.
    pub live: Vec<Rc<Live>>,
    /// What the stack names and nobody has seen, or somebody deletes right now.
    pub missing: Vec<Address>,
    /// The autoscaling groups.
    pub fleets: Vec<Fleet>,
    /// The target groups.
    pub targets: Vec<TargetGroup>,
    /// The machines with their configuration; none where nothing configures them.
    pub servers: Vec<Configured>,
    /// The release that the web nodes serve; none before the first.
    pub release: Option<Pointer>,
    /// Who works in it, in words.
    pub lease: Option<String>,
    /// When it was seen, in milliseconds since 1970.
    pub now: u64,
}

/// A machine and how its configuration is.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Configured {
    /// The machine.
    #[serde(flatten)]
    pub server: Server,
    /// The digest of the configuration that it should have.
    pub wanted: String,
    /// What it told when it was last configured; none before it has told anything.
    pub boot: Option<Boot>,
}

/// For how long a machine may say nothing after its start, in milliseconds: it installs all that it needs.
const SILENCE: u64 = 30 * 60 * 1000;

impl Configured {
    /// Whether it has the configuration that it should have.
    pub fn is_current(&self) -> bool {
        self.boot.as_ref().is_some_and(|boot| boot.is_ok() && boot.sha256 == self.wanted)
    }

    /// What is the matter with it, and how bad that is.
    fn trouble(&self, now: u64) -> Option<(Level, String)> {
        if !self.server.running {
            return None;
        }
        let name = format!("{} ({})", self.server.name(), self.server.id);
        let Some(boot) = &self.boot else {
            let silent = self.server.born.is_some_and(|born| now.saturating_sub(born) > SILENCE);
            let (level, end) = if silent {
                (
                    Level::Wrong,
                    "and is not young any more: `drucloud ssh` and /var/log/cloud-init-output.log say more",
                )
            } else {
                (Level::Working, "it may still be starting")
            };
            return Some((level, format!("{name} has not told how its boot went; {end}")));
        };
        if let Some(failure) = boot.failure() {
            return Some((Level::Wrong, format!("{name}: {failure}")));
        }
        let behind = format!("{name} has an older configuration: `drucloud up` brings the current one");
        (boot.sha256 != self.wanted).then_some((Level::Wrong, behind))
    }
}

/// An autoscaling group with its machines.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Fleet {
    /// Where it stands.
    pub address: Address,
    /// The fewest machines.
    pub min: i32,
    /// The most machines.
    pub max: i32,
    /// How many there shall be now.
    pub desired: i32,
    /// Those that there are.
    pub machines: Vec<Machine>,
    /// The instance refresh under way, in words.
    pub refresh: Option<String>,
}

/// A machine of a group.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Machine {
    /// Its id.
    pub id: String,
    /// Its zone.
    pub zone: String,
    /// AWS's word for its state, such as `InService`.
    pub state: String,
    /// Whether the group takes it for healthy.
    pub healthy: bool,
}

impl Fleet {
    /// How many machines do their work.
    pub fn in_service(&self) -> usize {
        self.machines.iter().filter(|machine| machine.healthy && machine.state == "InService").count()
    }
}

/// A target group with its targets.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TargetGroup {
    /// Where it stands.
    pub address: Address,
    /// What it sends requests to.
    pub targets: Vec<Target>,
}

/// A target.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Target {
    /// Its id: of an instance.
    pub id: String,
    /// AWS's word for its state, such as `healthy`.
    pub state: String,
    /// Why it is in that state.
    pub why: Option<String>,
}

impl TargetGroup {
    /// How many targets answer.
    pub fn healthy(&self) -> usize {
        self.targets.iter().filter(|target| target.state == "healthy").count()
    }
}

/// How bad something is, the worst first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// Visitors get no answer.
    Down,
    /// Something has failed or is missing.
    Wrong,
    /// AWS is at work; wait.
    Working,
}

/// Something that is not as it should be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Trouble {
    /// How bad it is.
    pub level: Level,
    /// Where.
    pub address: Address,
    /// What is the matter.
    pub what: String,
}

impl Sight {
    /// What is not as it should be, the worst first; nothing when all is well.
    pub fn troubles(&self) -> Vec<Trouble> {
        let mut troubles: Vec<Trouble> = self.targets.iter().filter_map(of_targets).collect();
        // Before what their group says: a failed task says why a machine is not in service.
        troubles.extend(self.of_servers());
        troubles.extend(self.fleets.iter().filter_map(of_fleet));
        troubles.extend(self.live.iter().filter_map(|live| of_resource(live)));
        troubles.extend(self.missing.iter().map(|address| {
            let goes = self.live.iter().any(|live| live.address == *address);
            let how = if goes { "it is being deleted" } else { "it is not there" };
            let what = format!("the stack names it, and {how}: `drucloud up` makes it");
            Trouble { level: Level::Wrong, address: address.clone(), what }
        }));
        troubles.sort_by(|a, b| (a.level, &a.address).cmp(&(b.level, &b.address)));
        // A group that waits for machines says so in its own state too; the words about its machines say more.
        let mut told = BTreeSet::new();
        troubles.retain(|trouble| told.insert(trouble.address.clone()));
        troubles
    }
}

impl Sight {
    /// What is the matter with the machines; those of a group share an address.
    fn of_servers(&self) -> Vec<Trouble> {
        let mut troubles: Vec<Trouble> = Vec::new();
        for server in &self.servers {
            let Some((level, what)) = server.trouble(self.now) else { continue };
            let address = &server.server.address;
            match troubles.iter_mut().find(|known| known.address == *address) {
                Some(known) => {
                    known.level = known.level.min(level);
                    known.what = format!("{}; {what}", known.what);
                }
                None => troubles.push(Trouble { level, address: address.clone(), what }),
            }
        }
        troubles
    }
}

fn of_targets(group: &TargetGroup) -> Option<Trouble> {
    let (healthy, all) = (group.healthy(), group.targets.len());
    // A target that leaves or has just come is no trouble.
    let sick = |target: &&Target| {
        matches!(target.state.as_str(), "unhealthy" | "unavailable" | "unhealthy.draining")
    };
    let words = |target: &Target| match &target.why {
        Some(why) => format!("{} is {} ({why})", target.id, target.state),
        None => format!("{} is {}", target.id, target.state),
    };
    let sick: Vec<String> = group.targets.iter().filter(sick).map(words).collect();
    let level = match (healthy, all) {
        (0, _) => Level::Down,
        _ if sick.is_empty() => return None,
        _ => Level::Wrong,
    };
    let mut what = format!("{healthy} of {all} targets answer");
    if all == 0 {
        "there is no target: nobody answers".clone_into(&mut what);
    } else if !sick.is_empty() {
        what = format!("{what}: {}", sick.join(", "));
    }
    Some(Trouble { level, address: group.address.clone(), what })
}

fn of_fleet(fleet: &Fleet) -> Option<Trouble> {
    let working = fleet.in_service();
    let wanted = usize::try_from(fleet.desired).unwrap_or(0);
    if working >= wanted {
        return None;
    }
    let others = fleet.machines.iter().filter(|machine| !machine.healthy || machine.state != "InService");
    let words = others.map(|machine| {
        let sick = if machine.healthy { "" } else { ", unhealthy" };
        format!("{} is {}{sick}", machine.id, machine.state)
    });
    let words: Vec<String> = words.collect();
    let list = if words.is_empty() { String::new() } else { format!(": {}", words.join(", ")) };
    let what = format!("{working} of {wanted} machines in service{list}");
    Some(Trouble { level: Level::Wrong, address: fleet.address.clone(), what })
}

fn of_resource(live: &Live) -> Option<Trouble> {
    let (level, what) = match &live.status {
        Status::Failed(why) => (Level::Wrong, why.clone()),
        Status::Ready | Status::Pending(_) if live.spec.get("running") == Some(&false.into()) => {
            (Level::Wrong, "it is stopped: `drucloud up` starts it".to_owned())
        }
        // What a group of machines is short of comes by itself; what is said of its machines tells more.
        Status::Short(what) if live.kind != GROUP => (Level::Wrong, what.clone()),
        Status::Pending(what) | Status::Short(what) => (Level::Working, what.clone()),
        Status::Deleting => (Level::Working, "it is being deleted".to_owned()),
        Status::Ready if live.kind == ALARM.0 && live.output(ALARM.1).as_deref() == Some("ALARM") => {
            let said = live.spec.get("description").and_then(serde_json::Value::as_str).unwrap_or_default();
            (Level::Wrong, format!("the alarm has gone off. {said}").trim_end().to_owned())
        }
        Status::Ready => return None,
    };
    Some(Trouble { level, address: live.address.clone(), what })
}

#[cfg(test)]
#[path = "health_tests.rs"]
mod tests;
