//! What machines may do in the account, and how their credentials are guarded.

use serde_json::Value;

use super::registry::{Rule, Subject};
use super::{Notes, Severity, View};

pub(super) const WILDCARD_IAM: Rule = Rule {
    id: "wildcard-iam",
    title: "a role may do everything",
    why: "Whoever breaks into a machine has what its role may do; `*` is the whole account.",
    remedy: "name the actions and the resources that it needs",
    severity: Severity::Error,
    unprotected: Severity::Error,
    subject: Subject::Stack,
    find: wildcard_iam,
};

pub(super) const IMDS_V1: Rule = Rule {
    id: "imdsv1",
    title: "the metadata service answers without a token",
    why: "With IMDSv1 a single forged request of the web server hands out the machine's credentials.",
    remedy: "write `metadata_tokens: true` (IMDSv2)",
    severity: Severity::Error,
    unprotected: Severity::Error,
    subject: Subject::Stack,
    find: imds_v1,
};

/// Managed policies that make an administrator.
const ALMIGHTY: [&str; 3] = ["AdministratorAccess", "IAMFullAccess", "PowerUserAccess"];

fn wildcard_iam(view: &View<'_>, notes: &mut Notes) {
    for role in view.after.of(&["role"]) {
        for (name, document) in role.get("policies").and_then(Value::as_object).into_iter().flatten() {
            for action in entries(document.get("Statement")).filter_map(unlimited) {
                notes.add(
                    role.address,
                    Some("policies"),
                    format!("its policy `{name}` allows `{action}` on `*`"),
                );
            }
        }
        for arn in entries(role.get("managed")).filter_map(Value::as_str) {
            let name = arn.rsplit('/').next().unwrap_or(arn);
            if ALMIGHTY.contains(&name) {
                notes.add(role.address, Some("managed"), format!("it has the managed policy `{name}`"));
            }
        }
    }
}

/// An action with a wildcard for a whole service or all of them, on every resource.
fn unlimited(statement: &Value) -> Option<&str> {
    let everywhere = entries(statement.get("Resource")).any(|resource| resource == "*");
    let whole = |action: &&str| *action == "*" || action.ends_with(":*");
    if statement["Effect"] == "Allow" && everywhere && statement.get("Condition").is_none() {
        entries(statement.get("Action")).filter_map(Value::as_str).find(whole)
    } else {
        None
    }
}

fn imds_v1(view: &View<'_>, notes: &mut Notes) {
    let machines = view.after.of(&["launch_template", "instance"]);
    for machine in machines.filter(|machine| machine.is_not("metadata_tokens")) {
        notes.add(machine.address, Some("metadata_tokens"), "its metadata service answers without a token");
    }
}

/// The entries of a list; what is single is a list of one, as policy documents write it.
pub(super) fn entries(value: Option<&Value>) -> impl Iterator<Item = &Value> {
    let (many, one) = match value {
        Some(Value::Array(items)) => (items.as_slice(), None),
        other => (&[] as &[Value], other),
    };
    many.iter().chain(one)
}
