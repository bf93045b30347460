//! What one availability zone takes with it when it fails.

use std::collections::BTreeSet;

use serde_json::Value;

use super::registry::{Rule, Subject};
use super::{Notes, Severity, View};
use crate::model::standing::Standing;

pub(super) const SINGLE_ZONE: Rule = Rule {
    id: "single-zone",
    title: "something stands in one zone only",
    why: "AWS builds regions of zones that fail one at a time; what stands in one of them is down with it.",
    remedy: "let it stand in two zones, where that is worth its price",
    severity: Severity::Warning,
    unprotected: Severity::Note,
    subject: Subject::Stack,
    find: single_zone,
};

pub(super) const GROUP_CANNOT_LOSE_ZONE: Rule = Rule {
    id: "group-cannot-lose-zone",
    title: "a scaling group cannot lose a zone",
    why: "With one node, or all nodes in one zone, the site is down until a new node has started.",
    remedy: "write `web.scale.min: 2` and `network.zones: 2`",
    severity: Severity::Warning,
    unprotected: Severity::Note,
    subject: Subject::Stack,
    find: group,
};

fn single_zone(view: &View<'_>, notes: &mut Notes) {
    for database in view.after.of(&["db_instance"]).filter(|database| database.is_not("multi_az")) {
        notes.add(database.address, Some("multi_az"), "no standby takes over when it or its zone fails");
    }
    for cache in view.after.of(&["cache_cluster"]) {
        if cache.number("nodes") == Some(1) {
            notes.add(
                cache.address,
                Some("nodes"),
                "it has one node, and all that is cached goes with its zone",
            );
        } else if cache.is_not("across_zones") {
            notes.add(cache.address, Some("across_zones"), "all its nodes stand in one zone");
        }
    }
    for cache in view.after.of(&["replication_group"]).filter(|cache| !cache.is("multi_az")) {
        notes.add(
            cache.address,
            Some("nodes"),
            "no replica in another zone takes over when its primary fails",
        );
    }
    nat(view, notes);
}

/// One NAT gateway that subnets in other zones go through.
fn nat(view: &View<'_>, notes: &mut Notes) {
    for gateway in view.after.of(&["nat_gateway"]) {
        let zones: BTreeSet<&str> = view
            .after
            .of(&["route_table"])
            .filter(|table| leads_to(view, table, gateway))
            .flat_map(|table| view.after.targets(table.get("subnets")))
            .filter_map(|subnet| subnet.text("zone"))
            .collect();
        if zones.len() > 1 {
            let zones: Vec<&str> = zones.into_iter().collect();
            let message =
                format!("it is the only way out of {}: without its zone, none of them", zones.join(", "));
            notes.add(gateway.address, Some("subnet"), message);
        }
    }
}

fn leads_to(view: &View<'_>, table: &Standing<'_>, gateway: &Standing<'_>) -> bool {
    let routes = super::access::entries(table.get("routes"));
    let mut ways = routes.filter_map(|route| view.after.target(route.get("via")?.get("nat")?));
    ways.any(|way| way.address == gateway.address)
}

fn group(view: &View<'_>, notes: &mut Notes) {
    for group in view.after.of(&["autoscaling_group"]) {
        let subnets: Vec<&Standing<'_>> = view.after.targets(group.get("subnets")).collect();
        let zones: BTreeSet<&str> = subnets.iter().filter_map(|subnet| subnet.text("zone")).collect();
        let all_known =
            group.get("subnets").and_then(Value::as_array).is_some_and(|all| all.len() == subnets.len());
        match group.number("min") {
            Some(0 | 1) if group.number("max") != Some(0) => {
                notes.add(
                    group.address,
                    Some("min"),
                    "it may come down to one node, which one zone takes with it",
                );
            }
            _ if all_known && zones.len() == 1 => {
                notes.add(group.address, Some("subnets"), "all its nodes stand in one zone");
            }
            _ => {}
        }
    }
}
