//! What travels in plain text between visitors and the platform.

use serde_json::Value;

use super::exposure::from_everywhere;
use super::registry::{Rule, Subject};
use super::{Notes, Severity, View};
use crate::model::standing::Standing;

pub(super) const NO_CERTIFICATE: Rule = Rule {
    id: "no-certificate",
    title: "pages are served without TLS",
    why: "Passwords and session cookies travel in plain text, for everybody on the way to read.",
    remedy: "give the site a domain (`site.domain`) with `load_balancer.https: auto`; a CDN gives visitors TLS, and no more",
    severity: Severity::Warning,
    unprotected: Severity::Note,
    subject: Subject::Stack,
    find: no_certificate,
};

pub(super) const PLAIN_HTTP: Rule = Rule {
    id: "plain-http",
    title: "the CDN answers plain HTTP",
    why: "A visitor who types the address without https:// stays on a connection that others can read and change.",
    remedy: "write `viewers: redirect-to-https` for every behaviour",
    severity: Severity::Warning,
    unprotected: Severity::Note,
    subject: Subject::Stack,
    find: plain_http,
};

fn no_certificate(view: &View<'_>, notes: &mut Notes) {
    for listener in view.after.of(&["listener"]) {
        let forwards = listener.get("action").is_some_and(|action| action.get("forward").is_some());
        if listener.get("protocol") != Some(&Value::from("http")) || !forwards {
            continue;
        }
        let Some(balancer) = listener.get("load_balancer").and_then(|value| view.after.target(value)) else {
            continue;
        };
        if !balancer.is("internet_facing") {
            continue;
        }
        if is_open(view, balancer) {
            notes.add(listener.address, Some("protocol"), "visitors reach the site over plain HTTP only");
        } else {
            let message = "between the CDN and the load balancer requests travel in plain text";
            notes.note(listener.address, Some("protocol"), message);
        }
    }
}

/// Whether everybody may reach it, and not the CDN alone.
fn is_open(view: &View<'_>, balancer: &Standing<'_>) -> bool {
    let groups: Vec<_> =
        view.after.targets(balancer.get("security_groups")).map(|group| group.address).collect();
    let rules = view.after.of(&["security_group_rules"]).filter(|rules| {
        let group = rules.get("group").and_then(|value| view.after.target(value));
        group.is_some_and(|group| groups.contains(&group.address))
    });
    rules.flat_map(|rules| super::access::entries(rules.get("rules"))).any(from_everywhere)
}

fn plain_http(view: &View<'_>, notes: &mut Notes) {
    for cdn in view.after.of(&["distribution"]) {
        let behaviours = super::access::entries(cdn.get("behaviours"));
        let plain = behaviours.filter(|behaviour| behaviour["viewers"] == "allow-all");
        let paths: Vec<&str> = plain.filter_map(|behaviour| behaviour["path"].as_str()).collect();
        if let [first, others @ ..] = paths.as_slice() {
            let more =
                if others.is_empty() { String::new() } else { format!(" and {} more paths", others.len()) };
            notes.add(
                cdn.address,
                Some("behaviours"),
                format!("`{first}`{more} may be read over plain HTTP"),
            );
        }
    }
}
