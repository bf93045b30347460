//! What a month costs against what it may cost.
//!
//! A plan that makes a month dearer than it may be is refused where the bill is made. What remains is said here: a plan
//! that does not make it dearer, and what nobody can promise.

use super::registry::{Rule, Subject};
use super::{Notes, Severity, View};
use crate::model::address::Address;
use crate::model::bill::{Bill, dollars};

pub(super) const OVER_BUDGET: Rule = Rule {
    id: "over-budget",
    title: "a month costs more than it may",
    why: "The plan does not make it dearer, so it is not refused; the environment costs more than `budget` allows.",
    remedy: "`drucloud price` shows what costs most; raise `budget.monthly`, or take something smaller",
    severity: Severity::Warning,
    unprotected: Severity::Warning,
    subject: Subject::Stack,
    find: over,
};

pub(super) const BUDGET_UNCHECKED: Rule = Rule {
    id: "budget-unchecked",
    title: "nobody knows whether the budget is kept",
    why: "The price book lacks prices of this environment, so its sum is less than what it costs.",
    remedy: "`drucloud prices refresh` asks AWS for the prices",
    severity: Severity::Warning,
    unprotected: Severity::Warning,
    subject: Subject::Stack,
    find: unchecked,
};

/// What the findings about the budget stand at: the key of the stack.
pub fn budget() -> Option<Address> {
    "budget.monthly".parse().ok()
}

fn over(view: &View<'_>, notes: &mut Notes) {
    let (Some(bill), Some(address)) = (view.about.bill, budget()) else { return };
    if let Some(excess) = bill.excess().filter(|_| !bill.is_dearer()) {
        let cost = dollars(bill.total().after.known);
        notes.add(&address, None, format!("a month costs {cost}, {} more than it may", dollars(excess)));
    }
}

fn unchecked(view: &View<'_>, notes: &mut Notes) {
    let (Some(budget), Some(address)) = (view.about.budget, budget()) else { return };
    match view.about.bill {
        None => notes.add(
            &address,
            None,
            format!("no prices are known, and a month may cost {}", dollars(budget)),
        ),
        Some(bill) => missing(bill, &address, notes),
    }
}

fn missing(bill: &Bill, address: &Address, notes: &mut Notes) {
    let unknown: Vec<&str> = bill.unknown().map(|item| item.address.as_str()).collect();
    if let [first, others @ ..] = unknown.as_slice() {
        let more = if others.is_empty() { String::new() } else { format!(" and {} more", others.len()) };
        notes.add(address, None, format!("the price of `{first}`{more} is not known and not in the sum"));
    }
}
