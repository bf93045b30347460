//! Everything that is known about a plan before it is applied: what every renderer is shown.

use super::bill::Bill;
use super::check::Check;
use super::lint::{self, Circumstances, Finding};
use super::plan::Plan;

/// A plan and what was found out about it.
#[derive(Clone, Debug)]
pub struct Preview<'a> {
    /// What would be done.
    pub plan: &'a Plan,
    /// What a careful colleague would say about it.
    pub findings: Vec<Finding>,
    /// What was checked in AWS; `None`: nothing was, because the user said so or there is nothing to apply.
    pub checks: Option<Vec<Check>>,
    /// What it costs; `None` where nothing can be said.
    pub bill: Option<Bill>,
}

impl<'a> Preview<'a> {
    /// What follows from the plan alone.
    pub fn of(plan: &'a Plan) -> Self {
        Self::within(plan, &Circumstances::unknown())
    }

    /// What follows from the plan and what else is known of the environment.
    pub fn within(plan: &'a Plan, about: &Circumstances<'_>) -> Self {
        Self { plan, findings: lint::lint(plan, about), checks: None, bill: about.bill.cloned() }
    }
}
