//! Findings about a plan: what a careful colleague would say before it is applied.

use serde::Serialize;

use super::address::Address;
use super::place::Place;
use super::plan::{Action, Plan, Reason};
use super::schema::Effect;

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

/// Everything worth saying about a plan.
pub fn lint(plan: &Plan) -> Vec<Finding> {
    let mut findings = Vec::new();
    for step in &plan.steps {
        let mut say = |code, message| {
            findings.push(Finding {
                code,
                severity: Severity::Warning,
                address: step.address.clone(),
                message,
                help: None,
                place: None,
                accepted: None,
            });
        };
        if let (Action::Delete, Some(data)) = (&step.action, step.schema.data) {
            say("data-loss", format!("{data} are lost"));
        }
        for change in step.changes().iter().filter(|change| change.effect == Effect::SomeInterruption) {
            say("interruption", format!("changing `{}` interrupts it shortly", change.property));
        }
        if let Reason::Rebuilt(below) = &step.reason {
            say("rebuilt", format!("has to be rebuilt because `{below}` below it is replaced"));
        }
        if matches!(step.action, Action::Replace { .. })
            && step.schema.order == super::schema::ReplaceOrder::OldFirst
        {
            say("gap", "the old one goes before the new one is there".to_owned());
        }
        let desired = step.desired.iter().flat_map(|spec| &spec.0);
        for (property, value) in desired {
            for port in open_to_the_world(value) {
                say("open", format!("`{property}` opens port {port} to the whole internet"));
            }
        }
    }
    findings
}

/// Ports other than 80 and 443 that a list of inbound rules opens to everyone.
fn open_to_the_world(value: &serde_json::Value) -> Vec<u64> {
    let everyone = |rule: &&serde_json::Value| {
        rule.get("direction").is_some_and(|d| d == "in")
            && rule
                .get("cidr")
                .and_then(serde_json::Value::as_str)
                .is_some_and(|c| c == "0.0.0.0/0" || c == "::/0")
    };
    let rules = value.as_array().map(Vec::as_slice).unwrap_or_default();
    let ports = rules.iter().filter(everyone).filter_map(|rule| rule.get("from_port")?.as_u64());
    ports.filter(|port| *port != 80 && *port != 443).collect()
}
