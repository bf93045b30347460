//! What the whole internet can reach.

use serde_json::Value;

use super::registry::{Rule, Subject};
use super::{Notes, Severity, View};

pub(super) const PUBLIC_DATABASE: Rule = Rule {
    id: "public-database",
    title: "a database has a public address",
    why: "A database that the internet can reach is attacked within minutes, and one weak password is enough.",
    remedy: "write `public: false`; reach it through a machine of the network",
    severity: Severity::Error,
    unprotected: Severity::Error,
    subject: Subject::Stack,
    find: public_database,
};

pub(super) const PUBLIC_BUCKET: Rule = Rule {
    id: "public-bucket",
    title: "a bucket may be read by everybody",
    why: "Without the public access block, one policy or access list publishes every file, private ones too.",
    remedy: "write `public_access_blocked: true` and let CloudFront deliver the files",
    severity: Severity::Error,
    unprotected: Severity::Error,
    subject: Subject::Stack,
    find: public_bucket,
};

pub(super) const OPEN_PORT: Rule = Rule {
    id: "open-port",
    title: "a port other than 80 and 443 is open to the world",
    why: "Whatever listens there is found by scanners at once, and is only as safe as its last update.",
    remedy: "allow a range of addresses or another security group; machines are reached with Session Manager",
    severity: Severity::Error,
    unprotected: Severity::Error,
    subject: Subject::Stack,
    find: open_port,
};

fn public_database(view: &View<'_>, notes: &mut Notes) {
    for database in view.after.of(&["db_instance", "db_replica"]).filter(|database| database.is("public")) {
        notes.add(database.address, Some("public"), "it gets an address outside of the network");
    }
}

fn public_bucket(view: &View<'_>, notes: &mut Notes) {
    for bucket in view.after.of(&["bucket"]).filter(|bucket| bucket.is_not("public_access_blocked")) {
        notes.add(
            bucket.address,
            Some("public_access_blocked"),
            "nothing keeps its files from being made public",
        );
    }
    for policy in view.after.of(&["bucket_policy"]) {
        let statements = policy.get("document").and_then(|document| document.get("Statement"));
        if super::access::entries(statements).any(allows_everybody) {
            notes.add(policy.address, Some("document"), "its policy allows everybody without a condition");
        }
    }
}

fn allows_everybody(statement: &Value) -> bool {
    let principal = &statement["Principal"];
    let anybody = principal == "*" || super::access::entries(principal.get("AWS")).any(|who| who == "*");
    statement["Effect"] == "Allow" && anybody && statement.get("Condition").is_none()
}

fn open_port(view: &View<'_>, notes: &mut Notes) {
    for group in view.after.all() {
        for (property, value) in &group.spec {
            for ports in
                value.as_array().into_iter().flatten().filter(|rule| from_everywhere(rule)).filter_map(ports)
            {
                notes.add(
                    group.address,
                    Some("rules"),
                    format!("`{property}` opens {ports} to the whole internet"),
                );
            }
        }
    }
}

/// Whether a rule of a security group lets everybody in.
pub(super) fn from_everywhere(rule: &Value) -> bool {
    let anybody = rule["cidr"] == "0.0.0.0/0" || rule["cidr"] == "::/0";
    rule["direction"] == "in" && anybody
}

/// What a rule opens, if it is more than a web server needs.
fn ports(rule: &Value) -> Option<String> {
    let protocol = rule["protocol"].as_str().unwrap_or("all");
    match (rule["from_port"].as_u64(), rule["to_port"].as_u64()) {
        _ if protocol.starts_with("icmp") => None,
        (Some(80 | 443), to) if to.is_none() || to == rule["from_port"].as_u64() => None,
        (Some(from), Some(to)) if from != to => Some(format!("the ports {from} to {to}")),
        (Some(from), _) => Some(format!("port {from}")),
        (None, _) => Some("every port".to_owned()),
    }
}
