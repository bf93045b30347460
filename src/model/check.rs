//! What was checked before the apply: whether AWS will accept what the plan asks for.

use serde::Serialize;

use super::address::Address;
use super::lint::Severity;
use super::place::Place;

/// How a check ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "verdict", rename_all = "snake_case")]
pub enum Verdict {
    /// Nothing stands in the way.
    Passed,
    /// The apply would fail, or could.
    Failed,
    /// It could not be checked.
    Unknown {
        /// Why not.
        why: String,
    },
}

/// One check.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Check {
    /// A stable id, such as `quota-vpcs`.
    pub id: &'static str,
    /// How it ended.
    #[serde(flatten)]
    pub verdict: Verdict,
    /// How bad it is if it fails.
    pub severity: Severity,
    /// The resource, where it is about one.
    pub address: Option<Address>,
    /// What was found: one sentence.
    pub message: String,
    /// What to do about it, if it failed.
    pub remedy: Option<String>,
    /// The line of the stack that asks for it.
    pub place: Option<Place>,
}

impl Check {
    /// Whether the apply would fail.
    pub fn is_error(&self) -> bool {
        self.verdict == Verdict::Failed && self.severity == Severity::Error
    }
}
