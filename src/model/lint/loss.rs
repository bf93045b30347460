//! What is lost.

use super::registry::{Rule, Subject};
use super::{Notes, Severity, View};
use crate::model::plan::Action;

pub(super) const DATA_LOSS: Rule = Rule {
    id: "data-loss",
    title: "data is lost",
    why: "The step deletes something that holds data, or puts an empty one in its place.",
    remedy: "keep what holds it, or copy the data away first; a last snapshot is taken where AWS can take one",
    severity: Severity::Error,
    unprotected: Severity::Error,
    subject: Subject::Step,
    find: data_loss,
};

fn data_loss(view: &View<'_>, notes: &mut Notes) {
    for step in &view.plan.steps {
        if let (Action::Delete, Some(data)) = (&step.action, step.schema.data) {
            notes.add(&step.address, None, format!("{data} are lost"));
        }
    }
}
