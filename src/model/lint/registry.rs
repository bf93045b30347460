//! Every rule there is: its id, why it matters, what to do, and how much it weighs.

use super::{Notes, Severity, View};
use super::{access, age, costs, exposure, loss, safety, settings, steps, tls, zones};

/// What a rule is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subject {
    /// What the plan does.
    Step,
    /// What there will be, whether the plan touches it or not.
    Stack,
}

/// One rule.
#[derive(Debug)]
pub struct Rule {
    /// The stable id, which a stack names.
    pub id: &'static str,
    /// What it finds, in a few words.
    pub title: &'static str,
    /// Why that matters.
    pub why: &'static str,
    /// What to do about it.
    pub remedy: &'static str,
    /// How much it weighs where data is protected (`protect: true`).
    pub severity: Severity,
    /// How much it weighs elsewhere: what is thrown away tomorrow needs no second zone.
    pub unprotected: Severity,
    /// What it is about.
    pub subject: Subject,
    pub(super) find: fn(&View<'_>, &mut Notes),
}

/// All of them, in the order in which findings of the same severity are told.
pub const RULES: &[Rule] = &[
    loss::DATA_LOSS,
    exposure::PUBLIC_DATABASE,
    exposure::PUBLIC_BUCKET,
    exposure::OPEN_PORT,
    access::WILDCARD_IAM,
    access::IMDS_V1,
    tls::NO_CERTIFICATE,
    tls::PLAIN_HTTP,
    safety::UNENCRYPTED_STORAGE,
    safety::NO_BACKUPS,
    safety::NO_VERSIONS,
    safety::NO_DELETION_PROTECTION,
    zones::SINGLE_ZONE,
    zones::GROUP_CANNOT_LOSE_ZONE,
    age::END_OF_SUPPORT,
    age::SUPPORT_ENDS_SOON,
    age::PREVIOUS_GENERATION,
    costs::OVER_BUDGET,
    costs::BUDGET_UNCHECKED,
    steps::GAP,
    steps::INTERRUPTION,
    steps::REBUILT,
    settings::UNUSED_EXCEPTION,
    settings::POLICY,
];

/// The rule of that id.
pub fn rule(id: &str) -> Option<&'static Rule> {
    RULES.iter().find(|rule| rule.id == id)
}
