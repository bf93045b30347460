//! What the steps of a plan do to those who use the platform meanwhile.

use super::registry::{Rule, Subject};
use super::{Notes, Severity, View};
use crate::model::plan::{Action, Reason};
use crate::model::schema::{Effect, ReplaceOrder};

const fn step(id: &'static str, title: &'static str, why: &'static str, remedy: &'static str) -> Rule {
    Rule {
        id,
        title,
        why,
        remedy,
        severity: Severity::Warning,
        unprotected: Severity::Warning,
        subject: Subject::Step,
        find: |_, _| {},
    }
}

pub(super) const GAP: Rule = Rule {
    find: gap,
    ..step(
        "gap",
        "something is missing for a while",
        "The old one has to go before the new one can be made: its name, its addresses or its disks are taken.",
        "apply it when few visitors are there",
    )
};

pub(super) const INTERRUPTION: Rule = Rule {
    find: interruption,
    ..step(
        "interruption",
        "a change interrupts",
        "AWS restarts it or fails over to carry the change out; connections break.",
        "apply it when few visitors are there; databases can wait for their maintenance window",
    )
};

pub(super) const REBUILT: Rule = Rule {
    find: rebuilt,
    ..step(
        "rebuilt",
        "something is rebuilt for the sake of another",
        "It stands on something that is replaced, and cannot be moved to the successor in place.",
        "look whether the change below it is worth that",
    )
};

fn gap(view: &View<'_>, notes: &mut Notes) {
    for step in &view.plan.steps {
        if matches!(step.action, Action::Replace { .. }) && step.schema.order == ReplaceOrder::OldFirst {
            notes.add(&step.address, None, "the old one goes before the new one is there");
        }
    }
}

fn interruption(view: &View<'_>, notes: &mut Notes) {
    for step in &view.plan.steps {
        for change in step.changes().iter().filter(|change| change.effect == Effect::SomeInterruption) {
            notes.add(&step.address, None, format!("changing `{}` interrupts it shortly", change.property));
        }
    }
}

fn rebuilt(view: &View<'_>, notes: &mut Notes) {
    for step in &view.plan.steps {
        if let Reason::Rebuilt(below) = &step.reason {
            notes.add(
                &step.address,
                None,
                format!("has to be rebuilt because `{below}` below it is replaced"),
            );
        }
    }
}
