//! A plan for the person who has to decide about it, perhaps at three in the morning.
//!
//! The headline first, then what could hurt (blocked, destroyed, replaced), then the rest; every difference
//! with what it does and where it comes from; then what was found out about it, and what it costs.

use crate::model::check::Check;
use crate::model::plan::{Blocked, Plan, Step};
use crate::model::preview::Preview;

use super::steps::{self, PROPERTY};
use super::style::{Role, Style};
use super::text::{Sheet, plain, span};
use super::told::{self, Group};
use super::{remarks, words};

/// How many steps of the critical path are named.
const SLOWEST: usize = 3;

/// Which environment of whose account a plan is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Context {
    /// The stack's name.
    pub stack: String,
    /// The environment's name.
    pub env: String,
    /// The account id, where it is known.
    pub account: Option<String>,
    /// The region.
    pub region: String,
    /// The endpoint, where it is not AWS's own.
    pub endpoint: Option<String>,
}

impl Context {
    /// `stack/env`.
    pub fn name(&self) -> String {
        format!("{}/{}", self.stack, self.env)
    }

    /// Region, account and endpoint, as far as known.
    pub fn place(&self) -> String {
        let account = self.account.iter().map(|account| format!("account {account}"));
        let endpoint = self.endpoint.iter().map(|endpoint| format!("endpoint {endpoint}"));
        let known: Vec<String> = account.chain(endpoint).collect();
        if known.is_empty() { self.region.clone() } else { format!("{} ({})", self.region, known.join(", ")) }
    }
}

/// The plan as text, each line with its end; never wider than the style and without trailing spaces.
pub fn render_plan(preview: &Preview<'_>, context: &Context, style: Style) -> String {
    let plan = preview.plan;
    let mut sheet = Sheet::new(style);
    sheet.put(0, 2, &[span(Role::Strong, headline(plan, context))]);
    put_blocked(&mut sheet, &plan.blocked);
    let checks = preview.checks.as_deref();
    // What would make the apply fail is no remark: nothing below it would happen.
    let fails = checks.unwrap_or_default().iter().any(Check::is_error);
    if fails {
        remarks::put_checks(&mut sheet, checks);
    }
    for group in Group::ALL {
        steps::put_group(&mut sheet, plan, group);
    }
    steps::put_left(&mut sheet, plan);
    remarks::put_findings(&mut sheet, &preview.findings);
    if !fails {
        remarks::put_checks(&mut sheet, checks);
    }
    remarks::put_bill(&mut sheet, preview.bill.as_ref());
    if !plan.is_empty() {
        sheet.gap();
        put_summary(&mut sheet, plan);
    }
    sheet.finish()
}

/// What happens to what, in one sentence.
fn headline(plan: &Plan, context: &Context) -> String {
    if plan.is_empty() {
        told::nothing(plan, &context.name())
    } else if told::only_waits(plan) {
        let all = words::count(plan.kept.len() + plan.steps.len(), "resource");
        format!("No changes. AWS still works on {} of the {all} of {}.", plan.steps.len(), context.name())
    } else {
        let counts = told::counts(plan.summary());
        format!("Plan for {} in {}: {counts}", context.name(), context.place())
    }
}

fn put_blocked(sheet: &mut Sheet, blocked: &[Blocked]) {
    if blocked.is_empty() {
        return;
    }
    sheet.gap();
    sheet.put(0, 2, &[span(Role::Remove, "Blocked, so nothing of this can be applied:")]);
    for Blocked { address, why, help } in blocked {
        let head =
            [span(Role::Remove, "  ! "), span(Role::Strong, address.as_str()), plain(format!(": {why}"))];
        sheet.put(0, PROPERTY, &head);
        sheet.put(PROPERTY, PROPERTY + 2, &[plain(format!("help: {help}"))]);
    }
}

fn put_summary(sheet: &mut Sheet, plan: &Plan) {
    let time = words::about(told::expected_seconds(plan));
    if !plan.blocked.is_empty() {
        let text = format!("This plan cannot be applied: {} blocked.", told::blockers(plan));
        sheet.put(0, 2, &[span(Role::Remove, text)]);
    } else if told::only_waits(plan) {
        sheet.put(0, 2, &[plain(format!("It takes {time} at most until all of it can be used."))]);
    } else {
        let left = told::left_out(plan).count();
        let left = if left == 0 { String::new() } else { format!("; {left} left out") };
        let text =
            format!("{}{}{left}; expected time: {time}.", told::counts(plan.summary()), told::stay(plan));
        sheet.put(0, 2, &[span(Role::Strong, text)]);
        put_path(sheet, plan);
    }
}

/// What the time is waited for: the slowest steps of the critical path, in its order.
fn put_path(sheet: &mut Sheet, plan: &Plan) {
    let path = told::critical_path(plan);
    if path.len() < 2 {
        return;
    }
    let mut slow: Vec<(usize, &Step)> = path.into_iter().enumerate().collect();
    slow.sort_by_key(|(index, step)| (std::cmp::Reverse(step.expected()), *index));
    slow.truncate(SLOWEST);
    slow.sort_by_key(|(index, _)| *index);
    let name = |(_, step): (usize, &Step)| format!("{} ({})", step.address, words::about(step.expected()));
    let named: Vec<String> = slow.into_iter().map(name).collect();
    let text = format!("It waits longest for {}.", named.join(", then "));
    sheet.put(0, 2, &[span(Role::Dim, text)]);
}

#[cfg(test)]
#[path = "plan_tests.rs"]
mod tests;
