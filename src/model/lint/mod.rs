//! Findings: what a careful colleague would say about a plan, and about the environment that it leads to.
//!
//! One rule group a file; a rule has a stable id, a severity and a remedy, and docs/findings.md is made from the
//! registry. Findings never stop an apply; what must stop it is [`super::plan::Blocked`].

mod access;
mod age;
mod costs;
mod exposure;
mod loss;
mod registry;
mod safety;
mod settings;
mod steps;
#[cfg(test)]
mod tests;
mod tls;
mod zones;

use serde::Serialize;

use super::address::Address;
use super::bill::Bill;
use super::place::Place;
use super::plan::Plan;
use super::standing::Scene;

pub use age::{Date, End, SUPPORT};
pub use costs::budget;
pub use registry::{RULES, Rule, Subject, rule};
pub use settings::{Exception, Settings, add, of_policy};

/// How much a finding matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Worth knowing.
    Note,
    /// Worth a second look.
    Warning,
    /// Not to be applied without a reason.
    Error,
}

impl Severity {
    /// Its name, as it is written in a stack and on the command line.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Note => "note",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

/// One finding. Findings never stop an apply; what must stop it is [`super::plan::Blocked`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// A stable code, such as `interruption`.
    pub code: &'static str,
    /// How much it matters.
    pub severity: Severity,
    /// The resource.
    pub address: Address,
    /// What to know.
    pub message: String,
    /// What to do about it.
    pub help: Option<String>,
    /// The line of the stack that it is about.
    pub place: Option<Place>,
    /// Why it is accepted all the same, in the stack's words.
    pub accepted: Option<String>,
}

/// Where something is written in the stack: by the address of a resource, and the property that it is about.
pub type Places<'a> = dyn Fn(&Address, Option<&str>) -> Option<Place> + 'a;

/// What is known of an environment besides its plan.
#[derive(Clone, Copy)]
pub struct Circumstances<'a> {
    /// Whether the environment is protected: what holds data refuses to be deleted.
    pub protect: bool,
    /// Today, for what has an end of support.
    pub today: Option<Date>,
    /// The major version of Drupal.
    pub drupal: Option<u8>,
    /// What it costs, if that is known.
    pub bill: Option<&'a Bill>,
    /// The most that a month may cost, in US dollars.
    pub budget: Option<f64>,
    /// What the user says about findings.
    pub settings: &'a Settings,
    /// Where things are written.
    pub places: &'a Places<'a>,
}

impl Circumstances<'static> {
    /// Nothing is known.
    pub fn unknown() -> Self {
        static NONE: Settings = Settings { severity: Vec::new(), accepted: Vec::new() };
        let (protect, today, drupal, bill, budget) = (false, None, None, None, None);
        Self { protect, today, drupal, bill, budget, settings: &NONE, places: &|_, _| None }
    }
}

/// What a rule looks at.
struct View<'a> {
    plan: &'a Plan,
    after: &'a Scene<'a>,
    about: &'a Circumstances<'a>,
}

/// Collects what one rule finds.
struct Notes {
    rule: &'static Rule,
    usual: Severity,
    found: Vec<(Finding, Option<&'static str>)>,
}

impl Notes {
    /// A finding about a resource, with the property that causes it if there is one.
    fn add(&mut self, address: &Address, property: Option<&'static str>, message: impl Into<String>) {
        let finding = Finding {
            code: self.rule.id,
            severity: self.usual,
            address: address.clone(),
            message: message.into(),
            help: Some(self.rule.remedy.to_owned()),
            place: None,
            accepted: None,
        };
        self.found.push((finding, property));
    }

    /// The same, but it is only worth knowing in this case.
    fn note(&mut self, address: &Address, property: Option<&'static str>, message: impl Into<String>) {
        self.add(address, property, message);
        if let Some((finding, _)) = self.found.last_mut() {
            finding.severity = finding.severity.min(Severity::Note);
        }
    }
}

/// Everything worth saying about a plan: the gravest first, then in the order of the registry and the addresses;
/// what is accepted comes last.
pub fn lint(plan: &Plan, about: &Circumstances<'_>) -> Vec<Finding> {
    let after = Scene::after(plan);
    let view = View { plan, after: &after, about };
    let mut findings: Vec<Finding> = Vec::new();
    for rule in RULES {
        let usual = if about.protect { rule.severity } else { rule.unprotected };
        let mut notes = Notes { rule, usual, found: Vec::new() };
        (rule.find)(&view, &mut notes);
        let start = findings.len();
        for (mut finding, property) in notes.found {
            finding.place = (about.places)(&finding.address, property);
            let known = &findings[start..];
            if !known
                .iter()
                .any(|other| (&other.address, &other.message) == (&finding.address, &finding.message))
            {
                findings.push(finding);
            }
        }
        findings[start..].sort_by(|a, b| (&a.address, &a.message).cmp(&(&b.address, &b.message)));
    }
    about.settings.apply(&mut findings, about.places);
    sort(&mut findings);
    findings
}

/// The gravest first, what is accepted last; the order of equals stays.
fn sort(findings: &mut [Finding]) {
    findings.sort_by_key(|finding| (finding.accepted.is_some(), std::cmp::Reverse(finding.severity)));
}

/// The gravest that nobody has accepted.
pub fn gravest(findings: &[Finding]) -> Option<Severity> {
    findings.iter().filter(|finding| finding.accepted.is_none()).map(|finding| finding.severity).max()
}
