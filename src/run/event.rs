//! All that anyone is told of a run. Renderers (terminal, NDJSON, log) are functions of these and nothing else.
//!
//! Events own their data, so that they can be kept, sent and written at leisure.

use serde::Serialize;

use crate::model::address::Address;
use crate::model::plan::{Action, Plan, Reason};

pub use super::fault::Class;

/// Something that happened, and when: milliseconds since the run began.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Event {
    /// Milliseconds since the run began.
    pub at: u64,
    /// API calls made until then.
    pub calls: u64,
    /// What happened.
    #[serde(flatten)]
    pub what: What,
}

/// What a step does, in one word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verb {
    /// Make it.
    Create,
    /// Change it in place.
    Update,
    /// Make the one that takes the old one's place.
    Replace,
    /// Delete it.
    Delete,
    /// Wait until AWS is done with it.
    Wait,
}

/// A step as renderers know it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct StepInfo {
    /// The resource.
    pub address: Address,
    /// What people call its kind.
    pub title: &'static str,
    /// What is done.
    pub verb: Verb,
    /// Whether it is the deletion of what another took the place of.
    pub replaced: bool,
    /// Seconds that it is expected to take.
    pub expected: u32,
    /// The steps that come first, by index.
    pub after: Vec<usize>,
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum What {
    /// Somebody else holds the lease; the run waits for it.
    LeaseAwaited {
        /// Who, since when, until when: in words.
        holder: String,
    },
    /// The lease was taken.
    LeaseTaken {
        /// Its id, for `unlock`.
        id: String,
        /// What was found, if a dead run had left it: in words.
        healed: Option<String>,
    },
    /// The steps are about to run.
    ApplyStart {
        /// The steps; later events name them by index.
        steps: Vec<StepInfo>,
        /// Seconds that the critical path takes: the run cannot be faster.
        bound: u32,
    },
    /// A step began.
    StepStart {
        /// Its index.
        step: usize,
    },
    /// A step goes on: what it waits for right now.
    StepProgress {
        /// Its index.
        step: usize,
        /// AWS's word for the state, or what is being done.
        state: String,
    },
    /// A call failed and will be repeated.
    StepRetry {
        /// Its index.
        step: usize,
        /// What kind of failure.
        class: Class,
        /// The failure in words.
        fault: String,
        /// Milliseconds until it is repeated.
        wait: u64,
    },
    /// A step is done.
    StepDone {
        /// Its index.
        step: usize,
        /// Milliseconds that it took.
        took: u64,
        /// The physical id, where there is one.
        id: Option<String>,
    },
    /// A step failed.
    StepFailed {
        /// Its index.
        step: usize,
        /// Milliseconds that it took.
        took: u64,
        /// What went wrong.
        error: String,
        /// What stands in the way, when AWS refuses a deletion.
        blockers: Vec<String>,
    },
    /// A step was not started because one that it needs failed.
    StepSkipped {
        /// Its index.
        step: usize,
        /// The one that failed.
        because: Address,
    },
    /// A signal or a lost lease: nothing new is started.
    Stopping {
        /// Why.
        why: String,
    },
    /// The run is over.
    ApplyEnd {
        /// Steps done.
        done: usize,
        /// Steps failed.
        failed: usize,
        /// Steps not begun, or left while AWS still works on them.
        left: usize,
        /// Milliseconds that all took.
        took: u64,
        /// Seconds that the critical path takes.
        bound: u32,
    },
}

/// Who is told.
pub trait Listener {
    /// Takes note of an event.
    fn tell(&self, event: &Event);
}

impl<F: Fn(&Event)> Listener for F {
    fn tell(&self, event: &Event) {
        self(event);
    }
}

/// The steps of a plan, as renderers know them.
pub fn steps(plan: &Plan) -> Vec<StepInfo> {
    let info = |step: &crate::model::plan::Step| StepInfo {
        address: step.address.clone(),
        title: step.schema.title,
        verb: match step.action {
            Action::Create => Verb::Create,
            Action::Update { .. } => Verb::Update,
            Action::Replace { .. } => Verb::Replace,
            Action::Delete => Verb::Delete,
            Action::Await => Verb::Wait,
        },
        replaced: step.reason == Reason::Replaced,
        expected: step.expected(),
        after: step.after.clone(),
    };
    plan.steps.iter().map(info).collect()
}
