//! The machines of an environment: which there are, what people call them, and how their boot went.
//!
//! Those that stand alone are resources; those of an autoscaling group come and go and are only known to it.

use std::rc::Rc;

use serde::{Deserialize, Serialize};

use super::address::Address;
use super::health::Fleet;
use super::live::{Live, Status};

/// The roles, in the order in which they are configured: who is needed by others first.
pub const ROLES: [&str; 4] = ["files", "search", "control", "web"];

/// The kind of a machine that stands alone.
const INSTANCE: &str = "instance";
/// How its address goes on after the role.
const SERVER: &str = "server";

/// A machine.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Machine {
    /// Its role.
    pub role: String,
    /// Its number, where there can be several of the role.
    pub number: Option<u32>,
    /// Where it, or its group, stands.
    pub address: Address,
    /// The instance's id.
    pub id: String,
    /// Whether it does its work.
    pub running: bool,
    /// When it was started, in milliseconds since 1970, where that is known.
    pub born: Option<u64>,
}

impl Machine {
    /// What people call it: `control`, `files.1`.
    pub fn name(&self) -> String {
        self.number.map_or_else(|| self.role.clone(), |number| format!("{}.{number}", self.role))
    }

    /// The address that stands for it alone: that of its group is shared.
    pub fn own_address(&self) -> Address {
        let own = format!("{}.{}", self.role, self.id).parse();
        if self.address.as_str().contains(SERVER) {
            self.address.clone()
        } else {
            own.unwrap_or(self.address.clone())
        }
    }
}

/// All machines, by role and number. Those of a group are numbered by their ids, so that a number means the same
/// machine as long as none comes or goes.
pub fn machines(live: &[Rc<Live>], fleets: &[Fleet]) -> Vec<Machine> {
    let mut machines: Vec<Machine> = live.iter().filter_map(|live| alone(live)).collect();
    for fleet in fleets {
        let mut members: Vec<_> = fleet.machines.iter().collect();
        members.sort_by(|a, b| a.id.cmp(&b.id));
        for (number, member) in (1..).zip(members) {
            machines.push(Machine {
                role: fleet.address.section().to_owned(),
                number: Some(number),
                address: fleet.address.clone(),
                id: member.id.clone(),
                running: member.state == "InService",
                born: None,
            });
        }
    }
    machines.sort_by_key(|machine| {
        let order = ROLES.iter().position(|role| *role == machine.role).unwrap_or(ROLES.len());
        (order, machine.role.clone(), machine.number)
    });
    machines
}

fn alone(live: &Live) -> Option<Machine> {
    let mut parts = live.address.as_str().split('.');
    let (role, what) = (parts.next()?, parts.next()?);
    if live.kind != INSTANCE || what != SERVER || !ROLES.contains(&role) || live.status == Status::Deleting {
        return None;
    }
    Some(Machine {
        role: role.to_owned(),
        number: parts.next().and_then(|number| number.parse().ok()),
        address: live.address.clone(),
        id: live.id.clone(),
        running: live.status == Status::Ready && live.output("state").is_none_or(|state| state == "running"),
        born: live.born,
    })
}

/// Why a name stands for no machine.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoMachine {
    /// There is no such role here.
    #[error("there is no machine of the role `{0}`")]
    Role(String),
    /// There is no such number.
    #[error("there is no machine `{0}`")]
    Number(String),
    /// Several fit.
    #[error("`{name}` are {count} machines")]
    Several {
        /// The name.
        name: String,
        /// How many there are.
        count: usize,
    },
}

/// The machines that a name stands for: `web` for all of the role, `web.2` for one.
pub fn named<'a>(machines: &'a [Machine], name: &str) -> Result<Vec<&'a Machine>, NoMachine> {
    let (role, number) = name.split_once('.').map_or((name, None), |(role, number)| (role, Some(number)));
    let of_role: Vec<&Machine> = machines.iter().filter(|machine| machine.role == role).collect();
    if of_role.is_empty() {
        return Err(NoMachine::Role(role.to_owned()));
    }
    let Some(number) = number else { return Ok(of_role) };
    let fits = |machine: &&Machine| machine.id == number || machine.number.unwrap_or(1).to_string() == number;
    let found: Vec<&Machine> = of_role.into_iter().filter(fits).collect();
    if found.is_empty() { Err(NoMachine::Number(name.to_owned())) } else { Ok(found) }
}

/// The one machine that a name stands for.
pub fn one<'a>(machines: &'a [Machine], name: &str) -> Result<&'a Machine, NoMachine> {
    match named(machines, name)?[..] {
        [machine] => Ok(machine),
        ref several => Err(NoMachine::Several { name: name.to_owned(), count: several.len() }),
    }
}

/// How a machine's last configuration went, as the machine itself wrote it down.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Boot {
    /// Its role.
    pub role: String,
    /// The instance's id.
    pub instance: String,
    /// The digest of the bundle.
    pub sha256: String,
    /// `ok` or `failed`.
    pub outcome: String,
    /// The task that failed.
    #[serde(default)]
    pub task: Option<String>,
    /// What it said.
    #[serde(default)]
    pub message: Option<String>,
    /// Seconds that it took.
    #[serde(default)]
    pub seconds: f64,
    /// When, in RFC 3339.
    #[serde(default)]
    pub at: String,
}

impl Boot {
    /// Whether it went well.
    pub fn is_ok(&self) -> bool {
        self.outcome == "ok"
    }

    /// What failed, in words, whole.
    pub fn failure(&self) -> Option<String> {
        if self.is_ok() {
            return None;
        }
        let task = self.task.as_deref().filter(|task| !task.is_empty());
        let task = task.map_or_else(|| "it".to_owned(), |task| format!("the task `{task}`"));
        let message = self.message.as_deref().map(str::trim).filter(|message| !message.is_empty());
        Some(format!("{task} failed{}", message.map_or_else(String::new, |message| format!(": {message}"))))
    }
}

#[cfg(test)]
#[path = "machine_tests.rs"]
mod tests;
