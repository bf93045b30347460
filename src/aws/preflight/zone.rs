//! Whether a subnet group may lose the subnets that the plan takes from it: AWS refuses that for as long as a node or
//! an instance stands in one of them, and moves none of them by itself.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::aws::error;
use crate::aws::kinds::cache_subnet_group::CacheSubnetGroup;
use crate::aws::kinds::db_subnet_group::DbSubnetGroup;
use crate::aws::kinds::subnet::Subnet;
use crate::model::check::Check;
use crate::model::lint::Severity;
use crate::model::plan::{Action, Step};
use crate::model::spec::Kinded;
use crate::run::fault::Fault;

use super::Rule;
use super::look::{Look, about, listed};

/// The rules of this group.
pub const RULES: &[&Rule] = &[&CACHE, &DATABASE];

const CACHE: Rule = Rule {
    id: "cache-zone",
    what: "No node of a cache stands in a zone that the subnets of the cache leave.",
    severity: Severity::Error,
    remedy: "keep the zone, or have the cache made anew: `cache: none` for one `up`, and then the cache and the zones as \
             they shall be",
    calls: &["elasticache:DescribeCacheClusters"],
};

const DATABASE: Rule = Rule {
    id: "database-zone",
    what: "Neither a database nor its standby stands in a zone that the subnets of the database leave.",
    severity: Severity::Error,
    remedy: "keep the zone, or let the database leave it first: `aws rds reboot-db-instance --force-failover` has the \
             standby take over, and `database.multi_az: false` for one `up` gives up the one that stands by",
    calls: &["rds:DescribeDBInstances"],
};

pub async fn check(look: &Look<'_>) -> Vec<Check> {
    let mut checks = Vec::new();
    for (step, zones) in left(look, CacheSubnetGroup::KIND) {
        checks.push(told(look, &CACHE, step, &zones, look.ask(async || nodes(look, step).await).await));
    }
    for (step, zones) in left(look, DbSubnetGroup::KIND) {
        checks.push(told(
            look,
            &DATABASE,
            step,
            &zones,
            look.ask(async || databases(look, step).await).await,
        ));
    }
    checks
}

/// What stands where, in words and by zone.
type Standing = Vec<(String, String)>;

fn told(
    look: &Look<'_>,
    rule: &Rule,
    step: &Step,
    zones: &BTreeSet<String>,
    standing: Result<Standing, Fault>,
) -> Check {
    let standing = match standing {
        Ok(standing) => standing,
        Err(fault) => return look.untold(rule, Some(about(step, "subnets")), &fault),
    };
    let there = standing.iter().filter(|(_, zone)| zones.contains(zone));
    let there: Vec<String> = there.map(|(what, zone)| format!("{what} in {zone}")).collect();
    if there.is_empty() {
        let zones = listed(zones.iter().map(String::as_str));
        return look.passed(rule, format!("{} can leave {zones}", step.address));
    }
    look.failed(rule, about(step, "subnets"), format!("there is still {}", there.join(", ")))
}

/// The groups of a kind that stay and in which some zones have no subnet any more, and these zones.
fn left<'a>(look: &Look<'a>, kind: &str) -> Vec<(&'a Step, BTreeSet<String>)> {
    let stays = |step: &&Step| matches!(step.action, Action::Update { .. });
    let zones = |step: &'a Step| {
        let changes = step.changes();
        let change = changes.iter().find(|change| change.property == "subnets")?;
        let kept = in_zones(look, &change.to);
        let gone: BTreeSet<String> = in_zones(look, &change.from).difference(&kept).cloned().collect();
        (!gone.is_empty()).then_some((step, gone))
    };
    look.touched(kind).filter(stays).filter_map(zones).collect()
}

fn in_zones(look: &Look<'_>, subnets: &Value) -> BTreeSet<String> {
    let subnets = subnets.as_array().into_iter().flatten();
    subnets.filter_map(|subnet| zone(look, subnet)).collect()
}

/// The zone of a subnet: of one that the plan makes or keeps, or of one that it deletes.
fn zone(look: &Look<'_>, subnet: &Value) -> Option<String> {
    let deleted = || {
        let id = subnet.get("$id")?.as_str()?;
        let mut lives = look.plan.steps.iter().filter_map(|step| step.live.as_ref());
        lives.find(|live| live.kind == Subnet::KIND && live.id == id).map(|live| &live.spec)
    };
    look.referred(subnet).or_else(deleted)?.get("zone")?.as_str().map(str::to_owned)
}

/// The nodes in a group of subnets, without those of clusters that the plan deletes.
async fn nodes(look: &Look<'_>, step: &Step) -> Result<Standing, Fault> {
    let group = step.live.as_ref().map(|live| live.id.as_str());
    let call = look.aws.elasticache().describe_cache_clusters().show_cache_node_info(true);
    let all: Result<Vec<_>, _> = call.into_paginator().page_size(100).items().send().collect().await;
    let all = all.map_err(error::read("elasticache:DescribeCacheClusters"))?;
    let mut standing = Vec::new();
    for cluster in all.iter().filter(|cluster| cluster.cache_subnet_group_name() == group) {
        let id = cluster.cache_cluster_id().unwrap_or_default();
        if goes(look, id) || cluster.replication_group_id().is_some_and(|id| goes(look, id)) {
            continue;
        }
        for node in cluster.cache_nodes() {
            let zone = node.customer_availability_zone().unwrap_or_default();
            let number = node.cache_node_id().unwrap_or_default();
            standing.push((format!("node {number} of {id}"), zone.to_owned()));
        }
    }
    Ok(standing)
}

/// The instances in a group of subnets, without those that the plan deletes.
async fn databases(look: &Look<'_>, step: &Step) -> Result<Standing, Fault> {
    let group = step.live.as_ref().map(|live| live.id.as_str());
    let pages = look.aws.rds().describe_db_instances().into_paginator().page_size(100).items().send();
    let all: Result<Vec<_>, _> = pages.collect().await;
    let all = all.map_err(error::read("rds:DescribeDBInstances"))?;
    let mut standing = Vec::new();
    for instance in &all {
        let id = instance.db_instance_identifier().unwrap_or_default();
        let theirs = instance.db_subnet_group().and_then(|theirs| theirs.db_subnet_group_name());
        if theirs != group || goes(look, id) {
            continue;
        }
        let (zone, standby) = (instance.availability_zone(), instance.secondary_availability_zone());
        standing.extend(zone.map(|zone| (id.to_owned(), zone.to_owned())));
        standing.extend(standby.map(|zone| (format!("the standby of {id}"), zone.to_owned())));
    }
    Ok(standing)
}

/// Whether the plan deletes what has this id, and nothing takes its place.
fn goes(look: &Look<'_>, id: &str) -> bool {
    let deletes =
        |step: &&Step| step.action == Action::Delete && step.live.as_ref().is_some_and(|l| l.id == id);
    look.plan.steps.iter().find(deletes).is_some_and(|gone| {
        !look.plan.steps.iter().any(|step| step.address == gone.address && step.action != Action::Delete)
    })
}
