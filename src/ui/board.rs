//! What a run is doing right now, folded from its events.
//!
//! A pure state machine, so that the same events say the same at the same moment; [`super::rows`] draws it.

use crate::model::address::Address;
use crate::run::event::{Class, Event, StepInfo, What};

use super::words;

/// How far a step is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum State {
    /// Not begun.
    Waiting,
    /// Under way.
    Running {
        /// When it began, in milliseconds since the run began.
        since: u64,
        /// What it waits for; empty at first.
        doing: String,
        /// The failure that is repeated, with the moment of the next attempt.
        retry: Option<(Class, u64)>,
    },
    /// Done.
    Done,
    /// Failed.
    Failed {
        /// What went wrong.
        error: String,
        /// What stands in the way.
        blockers: Vec<String>,
    },
    /// Not begun because another one failed.
    Skipped(Address),
}

/// A step and how far it is.
#[derive(Clone, Debug)]
pub struct Entry {
    /// The step.
    pub info: StepInfo,
    /// How far it is.
    pub state: State,
    /// How often a call of it was repeated.
    pub retries: u32,
}

/// The state of a run.
#[derive(Clone, Debug, Default)]
pub struct Board {
    entries: Vec<Entry>,
    /// Indices, each after those that it waits for.
    order: Vec<usize>,
    calls: u64,
    /// Who holds the lease, and since when the run waits for it.
    lease: Option<(String, u64)>,
    stopping: Option<String>,
    ended: bool,
}

/// How many steps are how far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// All of them.
    pub all: usize,
    /// Done.
    pub done: usize,
    /// Under way.
    pub running: usize,
    /// Failed.
    pub failed: usize,
    /// Not begun because another one failed.
    pub skipped: usize,
}

impl Board {
    /// The steps, by the index that events name them with.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// A step by its index.
    pub fn entry(&self, step: usize) -> Option<&Entry> {
        self.entries.get(step)
    }

    /// Why nothing new is started, if so.
    pub fn stopping(&self) -> Option<&str> {
        self.stopping.as_deref()
    }

    /// Who holds the lease that the run waits for, and since when it waits.
    pub fn lease(&self) -> Option<(&str, u64)> {
        self.lease.as_ref().map(|(holder, since)| (holder.as_str(), *since))
    }

    /// Whether the run is over.
    pub fn is_over(&self) -> bool {
        self.ended
    }

    /// Takes note of an event.
    pub fn tell(&mut self, event: &Event) {
        self.calls = event.calls;
        match &event.what {
            What::LeaseAwaited { holder } => {
                let since = self.lease.as_ref().map_or(event.at, |(_, since)| *since);
                self.lease = Some((holder.clone(), since));
            }
            What::LeaseTaken { .. } => self.lease = None,
            What::ApplyStart { steps, .. } => self.start(steps),
            What::StepStart { step } => {
                self.set(*step, State::Running { since: event.at, doing: String::new(), retry: None });
            }
            What::StepProgress { step, state } => self.progress(*step, state),
            What::StepRetry { step, class, wait, .. } => self.retry(*step, *class, event.at + wait),
            What::StepDone { step, .. } => self.set(*step, State::Done),
            What::StepFailed { step, error, blockers, .. } => {
                self.set(*step, State::Failed { error: error.clone(), blockers: blockers.clone() });
            }
            What::StepSkipped { step, because } => self.set(*step, State::Skipped(because.clone())),
            What::Stopping { why } => self.stopping = Some(why.clone()),
            What::ApplyEnd { .. } => self.ended = true,
        }
    }

    fn start(&mut self, steps: &[StepInfo]) {
        let entry = |info: &StepInfo| Entry { info: info.clone(), state: State::Waiting, retries: 0 };
        self.entries = steps.iter().map(entry).collect();
        self.order = order(steps);
        self.ended = false;
    }

    fn set(&mut self, step: usize, state: State) {
        if let Some(entry) = self.entries.get_mut(step) {
            entry.state = state;
        }
    }

    fn progress(&mut self, step: usize, state: &str) {
        if let Some(Entry { state: State::Running { doing, retry, .. }, .. }) = self.entries.get_mut(step) {
            state.clone_into(doing);
            *retry = None;
        }
    }

    fn retry(&mut self, step: usize, class: Class, until: u64) {
        if let Some(Entry { state: State::Running { retry, .. }, retries, .. }) = self.entries.get_mut(step) {
            *retry = Some((class, until));
            *retries += 1;
        }
    }

    /// How many steps are how far.
    pub fn totals(&self) -> Totals {
        let mut totals = Totals { all: self.entries.len(), ..Totals::default() };
        for entry in &self.entries {
            match entry.state {
                State::Waiting => {}
                State::Running { .. } => totals.running += 1,
                State::Done => totals.done += 1,
                State::Failed { .. } => totals.failed += 1,
                State::Skipped(_) => totals.skipped += 1,
            }
        }
        totals
    }

    /// For every step the milliseconds from now until it and all that waits for it are expected to be done.
    pub fn remaining(&self, now: u64) -> Vec<u64> {
        let mut after = vec![0; self.entries.len()];
        let mut longest = vec![0; self.entries.len()];
        for &index in self.order.iter().rev() {
            let entry = &self.entries[index];
            let expected = u64::from(entry.info.expected) * 1000;
            let own = match entry.state {
                State::Waiting => expected,
                State::Running { since, .. } => expected.saturating_sub(now.saturating_sub(since)),
                State::Done | State::Failed { .. } | State::Skipped(_) => 0,
            };
            longest[index] = own + after[index];
            for &before in entry.info.after.iter().filter(|before| **before < self.entries.len()) {
                after[before] = longest[index].max(after[before]);
            }
        }
        longest
    }

    /// Milliseconds until the run is expected to be over.
    pub fn left(&self, now: u64) -> u64 {
        if self.stopping.is_none() {
            return self.remaining(now).into_iter().max().unwrap_or(0);
        }
        let running = |entry: &Entry| match entry.state {
            State::Running { since, .. } => {
                (u64::from(entry.info.expected) * 1000).saturating_sub(now.saturating_sub(since))
            }
            _ => 0,
        };
        self.entries.iter().map(running).max().unwrap_or(0)
    }

    /// The steps under way: those that began first come first.
    pub fn running(&self) -> Vec<(&Entry, u64)> {
        let since = |entry: &Entry| match entry.state {
            State::Running { since, .. } => Some(since),
            _ => None,
        };
        let mut running: Vec<(&Entry, u64)> =
            self.entries.iter().filter_map(|entry| Some((entry, since(entry)?))).collect();
        running.sort_by_key(|(_, since)| *since);
        running
    }

    /// The totals in words.
    pub fn totals_text(&self, now: u64) -> String {
        let totals = self.totals();
        let mut parts = vec![format!("{} of {} done", totals.done, totals.all)];
        for (number, what) in
            [(totals.running, "running"), (totals.failed, "failed"), (totals.skipped, "skipped")]
        {
            if number > 0 {
                parts.push(format!("{number} {what}"));
            }
        }
        parts.push(format!("{} calls", self.calls));
        parts.push(words::clock(now));
        match self.left(now) {
            0 if totals.running > 0 => parts.push("longer than usual".to_owned()),
            0 => {}
            left => parts.push(format!("about {} left", words::clock(left.div_ceil(1000) * 1000))),
        }
        parts.join(", ")
    }
}

/// What a running step is waiting for.
pub fn doing(entry: &Entry, now: u64) -> String {
    let State::Running { doing, retry, .. } = &entry.state else { return String::new() };
    match retry {
        Some((class, until)) => {
            let again = match until.saturating_sub(now).div_ceil(1000) {
                0 => "trying again".to_owned(),
                seconds => format!("again in {seconds}s"),
            };
            format!("{}, {again} (retry {})", words::class(*class), entry.retries)
        }
        None if doing.is_empty() => words::doing(entry.info.verb).to_owned(),
        None => doing.clone(),
    }
}

/// Indices, each after those that it waits for; what waits in a circle is left out.
fn order(steps: &[StepInfo]) -> Vec<usize> {
    let mut waits: Vec<usize> =
        steps.iter().map(|step| step.after.iter().filter(|before| **before < steps.len()).count()).collect();
    let mut followers: Vec<Vec<usize>> = vec![Vec::new(); steps.len()];
    for (index, step) in steps.iter().enumerate() {
        for &before in &step.after {
            if let Some(followers) = followers.get_mut(before) {
                followers.push(index);
            }
        }
    }
    let mut order: Vec<usize> = (0..steps.len()).filter(|&index| waits[index] == 0).collect();
    let mut at = 0;
    while let Some(&index) = order.get(at) {
        for &next in &followers[index] {
            waits[next] -= 1;
            if waits[next] == 0 {
                order.push(next);
            }
        }
        at += 1;
    }
    order
}

#[cfg(test)]
#[path = "board_tests.rs"]
mod tests;
