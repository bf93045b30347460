//! The plan: what to do, in which order and why, as data. Rendered, saved, linted and executed from here.

use std::collections::BTreeMap;
use std::rc::Rc;

use serde::{Deserialize, Serialize};

use super::address::Address;
use super::diff::Change;
use super::live::Live;
use super::schema::Schema;
use super::spec::Spec;

/// What one step does.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "action", rename_all = "snake_case")]
pub enum Action {
    /// Make it.
    Create,
    /// Change it in place.
    Update {
        /// The properties that change.
        changes: Vec<Change>,
    },
    /// Make the new one that takes the place of an old one.
    Replace {
        /// Why the old one cannot stay.
        changes: Vec<Change>,
    },
    /// Delete it.
    Delete,
    /// It is as it should be, but AWS still works on it: wait until it can be used.
    Await,
}

/// Why a step is in the plan, where its changes do not say so.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// The stack names it and it is not there.
    Missing,
    /// Its properties differ.
    Differs,
    /// AWS reports that it failed.
    Failed(String),
    /// The stack does not name it any more.
    NotInStack,
    /// A second one at the same address.
    Duplicate,
    /// Another takes its place.
    Replaced,
    /// The environment is destroyed.
    Destroyed,
    /// Something else had begun: it is being created, changed or deleted right now.
    Unfinished(String),
    /// It stands on something that has to go first.
    Rebuilt(Address),
}

/// One step.
#[derive(Clone, Debug)]
pub struct Step {
    /// The resource.
    pub address: Address,
    /// Its kind.
    pub schema: &'static Schema,
    /// What to do.
    pub action: Action,
    /// Why.
    pub reason: Reason,
    /// What there is now.
    pub live: Option<Rc<Live>>,
    /// What there shall be, as the stack wrote it.
    pub desired: Option<Spec>,
    /// Whether AWS shall refuse to delete it.
    pub protect: bool,
    /// The steps that come first, by index.
    pub after: Vec<usize>,
}

impl Step {
    /// Seconds that the step is expected to take.
    pub fn expected(&self) -> u32 {
        let expected = self.schema.expected;
        match self.action {
            Action::Create | Action::Replace { .. } | Action::Await => expected.create,
            Action::Update { .. } => expected.update,
            Action::Delete => expected.delete,
        }
    }

    /// The properties that change.
    pub fn changes(&self) -> &[Change] {
        match &self.action {
            Action::Update { changes } | Action::Replace { changes } => changes,
            Action::Create | Action::Delete | Action::Await => &[],
        }
    }
}

/// Why the plan must not be applied as it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Blocked {
    /// The resource.
    pub address: Address,
    /// What would happen, or why it cannot be done.
    pub why: String,
    /// What to do instead.
    pub help: String,
}

/// What to do.
#[derive(Clone, Debug, Default)]
pub struct Plan {
    /// The steps.
    pub steps: Vec<Step>,
    /// The resources that are as they should be.
    pub kept: Vec<Rc<Live>>,
    /// Why it must not be applied.
    pub blocked: Vec<Blocked>,
    /// The resources that cannot be changed as the stack wants, as they are; `blocked` says why.
    pub refused: Vec<Rc<Live>>,
    /// The steps that a selection leaves out ([`super::select`]). They are told and not done.
    pub left: Vec<Step>,
    /// What people call the kinds of all that is there.
    pub titles: BTreeMap<&'static str, &'static str>,
}

/// The headline: how many resources are concerned.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Summary {
    /// To create.
    pub create: usize,
    /// To change in place.
    pub update: usize,
    /// To replace.
    pub replace: usize,
    /// To delete.
    pub delete: usize,
    /// To wait for.
    pub wait: usize,
}

impl Plan {
    /// Whether everything is as it should be.
    pub fn is_empty(&self) -> bool {
        self.steps.is_empty() && self.blocked.is_empty()
    }

    /// What is there and stays, right or wrong: others may refer to it.
    pub fn standing(&self) -> impl Iterator<Item = &Rc<Live>> {
        let left = self.left.iter().filter_map(|step| step.live.as_ref());
        self.kept.iter().chain(&self.refused).chain(left)
    }

    /// The headline.
    pub fn summary(&self) -> Summary {
        let mut summary = Summary::default();
        for step in &self.steps {
            match (&step.action, &step.reason) {
                (Action::Create, _) => summary.create += 1,
                (Action::Update { .. }, _) => summary.update += 1,
                (Action::Replace { .. }, _) => summary.replace += 1,
                (Action::Delete, Reason::Replaced) => {}
                (Action::Delete, _) => summary.delete += 1,
                (Action::Await, _) => summary.wait += 1,
            }
        }
        summary
    }
}
