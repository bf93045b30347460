//! What the user says about findings: how much a rule weighs here, and what is accepted with which reason.

use super::registry::{Rule, Subject, rule};
use super::{Finding, Places, Severity};
use crate::model::address::Address;
use crate::model::place::Place;
use crate::model::select::Pattern;

pub(super) const UNUSED_EXCEPTION: Rule = Rule {
    id: "unused-exception",
    title: "an exception fits nothing",
    why: "What it excused is mended or gone; the day it comes back, the exception would hide it.",
    remedy: "take it out of `findings.accept`",
    severity: Severity::Note,
    unprotected: Severity::Note,
    subject: Subject::Stack,
    // Known only when all others have said what they have to say.
    find: |_, _| {},
};

pub(super) const POLICY: Rule = Rule {
    id: "policy",
    title: "a policy of yours says no",
    why: "A program that `policies` or `--policy` names looked at the plan and refused it.",
    remedy: "the message is the policy's own; docs/findings.md says how policies are run",
    severity: Severity::Error,
    unprotected: Severity::Error,
    subject: Subject::Step,
    // Programs are run where commands are, and their verdict is added there.
    find: |_, _| {},
};

/// One exception.
#[derive(Clone, Debug)]
pub struct Exception {
    /// The rule's id.
    pub id: String,
    /// The resources that it is for.
    pub pattern: Pattern,
    /// Why.
    pub reason: String,
    /// Where it is written.
    pub place: Option<Place>,
}

/// What the user says about findings.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// How much rules weigh, by id; `None` switches a rule off.
    pub severity: Vec<(String, Option<Severity>)>,
    /// The exceptions.
    pub accepted: Vec<Exception>,
}

impl Settings {
    /// Weighs the findings as the user wants and marks what is accepted; says which exceptions fit nothing.
    pub(super) fn apply(&self, findings: &mut Vec<Finding>, places: &Places<'_>) {
        for exception in self.judge(findings) {
            if let Some(mut finding) = exception.unused() {
                finding.place = finding.place.or_else(|| places(&finding.address, None));
                let mut unused = vec![finding];
                self.weigh(&mut unused);
                findings.append(&mut unused);
            }
        }
    }

    /// Weighs the findings and marks what is accepted; the exceptions that fit none of them.
    fn judge<'s>(&'s self, findings: &mut Vec<Finding>) -> Vec<&'s Exception> {
        self.weigh(findings);
        let mut unused = Vec::new();
        for exception in &self.accepted {
            let mut used = false;
            for finding in findings.iter_mut().filter(|finding| exception.fits(finding)) {
                used = true;
                finding.accepted.get_or_insert_with(|| exception.reason.clone());
            }
            if !used {
                unused.push(exception);
            }
        }
        unused
    }

    /// The severity of each, as the user wants it; what is switched off is gone.
    fn weigh(&self, findings: &mut Vec<Finding>) {
        for (id, severity) in &self.severity {
            match severity {
                None => findings.retain(|finding| finding.code != id),
                Some(severity) => {
                    for finding in findings.iter_mut().filter(|finding| finding.code == id) {
                        finding.severity = *severity;
                    }
                }
            }
        }
    }
}

impl Exception {
    fn fits(&self, finding: &Finding) -> bool {
        finding.code == self.id && self.pattern.covers(&finding.address)
    }

    /// That it fits nothing. What a plan does is over once it is applied, so exceptions from that may wait.
    fn unused(&self) -> Option<Finding> {
        if rule(&self.id)?.subject == Subject::Step {
            return None;
        }
        Some(Finding {
            code: UNUSED_EXCEPTION.id,
            severity: UNUSED_EXCEPTION.severity,
            address: "findings.accept".parse().ok()?,
            message: format!("there is no finding `{}` at `{}`", self.id, self.pattern.as_str()),
            help: Some(UNUSED_EXCEPTION.remedy.to_owned()),
            place: self.place.clone(),
            accepted: None,
        })
    }
}

/// A finding of a policy of the user's.
pub fn of_policy(address: Address, message: String, place: Option<Place>, severity: Severity) -> Finding {
    Finding { code: POLICY.id, severity, address, message, help: None, place, accepted: None }
}

/// Adds what was found elsewhere, weighed and accepted as the user wants it, and keeps the order.
pub fn add(findings: &mut Vec<Finding>, mut more: Vec<Finding>, settings: &Settings) {
    // Exceptions that fit nothing here may fit what was found before.
    let _elsewhere = settings.judge(&mut more);
    findings.append(&mut more);
    super::sort(findings);
}
