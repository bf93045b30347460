//! The run as a stream of JSON lines: what was planned, then every event as it is told.
//!
//! The first line says which version wrote it. Planned changes, drift and their summary have the types and
//! shapes of Terraform's machine-readable output; events are as [`crate::run::event`] defines them.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::io::{self, Write};

use serde::Serialize;
use serde_json::json;

use crate::model::check::Verdict;
use crate::model::diff::{Cause, Change};
use crate::model::plan::{Action, Reason, Step};
use crate::model::preview::Preview;
use crate::run::event::{Event, Listener};

use super::{json, words};

/// The version of the stream's own format.
pub const FORMAT: u32 = 1;

/// Writes one line an event.
///
/// A failed write ends the stream but not the run: the error is kept for [`Ndjson::finish`].
#[derive(Debug)]
pub struct Ndjson<W> {
    out: RefCell<W>,
    failed: RefCell<Option<io::Error>>,
}

impl<W: Write> Ndjson<W> {
    /// A stream that begins with its `version` line.
    pub fn new(out: W) -> Self {
        let stream = Self { out: RefCell::new(out), failed: RefCell::new(None) };
        stream.line(&json!({"type": "version", "drucloud": env!("CARGO_PKG_VERSION"), "format": FORMAT}));
        stream
    }

    /// The plan: a `resource_drift` for what drifted, a `planned_change` for every resource, a `diagnostic` for
    /// every finding, every failed check and everything that blocks, and a `change_summary`. Comes before the run's events.
    pub fn plan(&self, preview: &Preview<'_>) {
        let plan = preview.plan;
        let told: Vec<&Step> = plan.steps.iter().filter(|step| step.reason != Reason::Replaced).collect();
        for step in &told {
            let drifted = step.changes().iter().filter(|change| change.cause == Cause::Drift);
            let drifted: Vec<&Change> = drifted.collect();
            if !drifted.is_empty() {
                self.line(&record("resource_drift", step, "update", &drifted));
            }
        }
        for step in &told {
            let changes: Vec<&Change> = step.changes().iter().collect();
            self.line(&record("planned_change", step, action(&step.action), &changes));
        }
        for blocked in &plan.blocked {
            self.line(&json!({"type": "diagnostic", "severity": "error", "address": blocked.address, "summary": blocked.why, "help": blocked.help}));
        }
        for finding in &preview.findings {
            self.line(&json!({"type": "diagnostic", "severity": finding.severity, "code": finding.code, "address": finding.address, "summary": finding.message, "help": finding.help, "place": finding.place, "accepted": finding.accepted}));
        }
        for check in preview.checks.iter().flatten().filter(|check| check.verdict == Verdict::Failed) {
            self.line(&json!({"type": "diagnostic", "severity": check.severity, "code": check.id, "address": check.address, "summary": check.message, "help": check.remedy, "place": check.place}));
        }
        let summary = plan.summary();
        self.line(&json!({"type": "change_summary", "changes": {
            "add": summary.create, "change": summary.update, "replace": summary.replace,
            "remove": summary.delete, "wait": summary.wait, "operation": "plan",
        }}));
    }

    /// The outputs, after the run.
    pub fn outputs(&self, outputs: &BTreeMap<String, String>) {
        self.line(&json!({"type": "outputs", "outputs": outputs}));
    }

    /// A record of a command's own: what it is, and what it tells, in one object.
    pub fn record(&self, head: &serde_json::Value, told: &impl Serialize) {
        #[derive(Serialize)]
        struct Record<'a, T> {
            #[serde(flatten)]
            head: &'a serde_json::Value,
            #[serde(flatten)]
            told: &'a T,
        }
        self.line(&Record { head, told });
    }

    /// Ends the stream: the first error that a write met, if there was one.
    pub fn finish(&self) -> io::Result<()> {
        match self.failed.take() {
            Some(error) => Err(error),
            None => self.out.borrow_mut().flush(),
        }
    }

    fn line(&self, record: &impl Serialize) {
        let mut failed = self.failed.borrow_mut();
        if failed.is_some() {
            return;
        }
        let mut out = self.out.borrow_mut();
        let written = serde_json::to_string(record)
            .map_err(io::Error::from)
            .and_then(|line| out.write_all((line + "\n").as_bytes()))
            .and_then(|()| out.flush());
        *failed = written.err();
    }
}

impl<W: Write> Listener for Ndjson<W> {
    fn tell(&self, event: &Event) {
        self.line(event);
    }
}

/// Terraform's word for what is planned.
fn action(action: &Action) -> &'static str {
    match action {
        Action::Create => "create",
        Action::Update { .. } => "update",
        Action::Replace { .. } => "replace",
        Action::Delete => "delete",
        Action::Await => "noop",
    }
}

fn record(kind: &str, step: &Step, action: &str, changes: &[&Change]) -> serde_json::Value {
    json!({
        "type": kind,
        "change": {
            "resource": {"addr": step.address, "resource_type": step.schema.kind},
            "action": action,
            "reason": words::reason(step),
            "properties": changes.iter().map(|change| json::change(change)).collect::<Vec<_>>(),
        },
    })
}

#[cfg(test)]
#[path = "json_tests.rs"]
mod tests;
