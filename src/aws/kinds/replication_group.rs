//! Replication group of Valkey or Redis: one shard, a primary and its replicas.
//!
//! `DescribeReplicationGroups` tells neither version nor groups: those are its members', which the look at the
//! clusters has.

use std::collections::BTreeSet;

use aws_sdk_elasticache::types::{
    AutomaticFailoverStatus, CacheCluster as Member, MultiAzStatus, ReplicationGroup as Described,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::aws::glance::Glance;
use crate::aws::kind::{Changed, Found, Resource, Wish};
use crate::aws::tags::Tags;
use crate::aws::{Aws, error};
use crate::model::live::Status;
use crate::model::schema::{
    Effect, Expected, IN_PLACE, INTERRUPTS, Idempotency, REPLACES, ReplaceOrder, Rule, Schema,
};
use crate::model::spec::{Id, Kinded, Spec};
use crate::run::cloud::Farewell;
use crate::run::fault::Fault;

use super::cache_parameter_group::CacheParameterGroup;
use super::cache_subnet_group::CacheSubnetGroup;
use super::elasticache;
use super::security_group::SecurityGroup;

/// A primary node and its replicas.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ReplicationGroup {
    /// The engine: `valkey` or `redis`.
    pub engine: String,
    /// The engine's version, with as many numbers as matter: `8.1` or `8.1.0`.
    pub version: String,
    /// The type of its nodes, such as `cache.m7g.large`.
    pub node_type: String,
    /// How many nodes it has, the primary among them, 1 to 6.
    pub nodes: u32,
    /// Whether a replica takes over when the primary fails; needs two nodes.
    pub failover: bool,
    /// Whether the nodes stand in different zones and failover goes across them; needs failover.
    pub multi_az: bool,
    /// The subnets that its nodes may be placed in.
    pub subnet_group: Id<CacheSubnetGroup>,
    /// Who may reach it.
    pub security_groups: BTreeSet<Id<SecurityGroup>>,
    /// The settings of the engine.
    pub parameter_group: Id<CacheParameterGroup>,
    /// Whether what it writes to disk is encrypted.
    pub encrypted_at_rest: bool,
    /// Whether its connections are encrypted; clients then have to use TLS.
    pub encrypted_in_transit: bool,
    /// When AWS may do maintenance, in UTC, such as `sun:03:00-sun:04:00`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub maintenance_window: Option<String>,
}

impl Kinded for ReplicationGroup {
    const KIND: &'static str = "replication_group";
}

/// What one `ModifyReplicationGroup` changes; the type of the nodes needs another.
const MODIFIED: &[&str] = &[
    "engine",
    "version",
    "failover",
    "multi_az",
    "security_groups",
    "parameter_group",
    "maintenance_window",
];

impl Resource for ReplicationGroup {
    const SCHEMA: &'static Schema = &Schema {
        kind: "replication_group",
        title: "Replication group",
        rules: &[
            ("engine", Rule::When(engine)),
            ("version", Rule::When(version)),
            // Replicas first, then a failover of some seconds ("Scaling replica nodes", user guide).
            ("node_type", INTERRUPTS),
            ("nodes", IN_PLACE),
            ("failover", IN_PLACE),
            ("multi_az", IN_PLACE),
            ("subnet_group", REPLACES),
            ("security_groups", IN_PLACE),
            ("parameter_group", IN_PLACE),
            ("encrypted_at_rest", REPLACES),
            ("encrypted_in_transit", REPLACES),
            ("maintenance_window", IN_PLACE),
        ],
        outputs: &["arn", "primary", "reader", "port"],
        changing_outputs: &[],
        data: None,
        order: ReplaceOrder::NewFirst,
        idempotency: Idempotency::UniqueName,
        after: &[],
        expected: Expected { create: 712, update: 600, delete: 300 },
        canonical: Spec::canonical_as::<Self>,
    };

    async fn list(glance: &Glance<'_>) -> Result<Vec<Found<Self>>, Fault> {
        let aws = glance.aws;
        let groups = async {
            let pages = aws.elasticache().describe_replication_groups().into_paginator().page_size(100);
            let groups: Result<Vec<Described>, _> = pages.items().send().collect().await;
            groups.map_err(error::read("elasticache:DescribeReplicationGroups"))
        };
        let (groups, clusters) = futures::try_join!(groups, elasticache::clusters(glance))?;
        Ok(groups.iter().filter_map(|group| found(aws, group, &clusters.0)).collect())
    }

    async fn create(aws: &Aws, wish: &Wish<'_, Self>) -> Result<(), Fault> {
        let want = &wish.want;
        let call = aws
            .elasticache()
            .create_replication_group()
            .replication_group_id(wish.unique_name(aws, elasticache::LONGEST_GROUP))
            .replication_group_description(elasticache::description(aws, &wish.order.address))
            .engine(&want.engine)
            .engine_version(&want.version)
            .cache_node_type(&want.node_type)
            .num_cache_clusters(count(want.nodes))
            .automatic_failover_enabled(want.failover)
            .multi_az_enabled(want.multi_az)
            .cache_subnet_group_name(want.subnet_group.as_str())
            .set_security_group_ids(Some(ids(want)))
            .cache_parameter_group_name(want.parameter_group.as_str())
            .at_rest_encryption_enabled(want.encrypted_at_rest)
            .transit_encryption_enabled(want.encrypted_in_transit)
            .set_preferred_maintenance_window(want.maintenance_window.clone())
            .set_tags(Some(elasticache::list(&wish.order.tags)));
        call.send().await.map_err(error::create("elasticache:CreateReplicationGroup"))?;
        Ok(())
    }

    /// One step: replicas come before failover needs them and go after it does not. What is left is seen as a
    /// difference when the step is done.
    async fn update(
        aws: &Aws,
        live: &Found<Self>,
        wish: &Wish<'_, Self>,
        changed: Changed<'_>,
    ) -> Result<(), Fault> {
        let (nodes, want) = (live.properties.nodes, &wish.want);
        if want.nodes > nodes {
            let call = aws.elasticache().increase_replica_count().replication_group_id(&live.id);
            let call = call.new_replica_count(count(want.nodes) - 1).apply_immediately(true);
            call.send().await.map_err(error::update("elasticache:IncreaseReplicaCount"))?;
        } else if changed.any(MODIFIED) {
            modify(aws, live, want, changed).await?;
        } else if changed.has("node_type") {
            // Not together with another version: ElastiCache does one of them at a time.
            let call = aws.elasticache().modify_replication_group().replication_group_id(&live.id);
            let call = call.cache_node_type(&want.node_type).apply_immediately(true);
            call.send().await.map_err(error::update("elasticache:ModifyReplicationGroup"))?;
        } else if want.nodes < nodes {
            let call = aws.elasticache().decrease_replica_count().replication_group_id(&live.id);
            let call = call.new_replica_count(count(want.nodes) - 1).apply_immediately(true);
            call.send().await.map_err(error::update("elasticache:DecreaseReplicaCount"))?;
        }
        Ok(())
    }

    async fn delete(aws: &Aws, live: &Found<Self>, _: &Farewell) -> Result<(), Fault> {
        let call = aws.elasticache().delete_replication_group().replication_group_id(&live.id);
        let call = call.retain_primary_cluster(false);
        call.send().await.map_err(error::delete("elasticache:DeleteReplicationGroup"))?;
        Ok(())
    }

    async fn tag(aws: &Aws, live: &Found<Self>, tags: &Tags) -> Result<(), Fault> {
        elasticache::tag(aws, live, tags).await
    }

    async fn tags(aws: &Aws, live: &Found<Self>) -> Result<Tags, Fault> {
        elasticache::read_tags(aws, live).await
    }
}

/// The rule of `engine`: Redis becomes Valkey in place; there is no way back ("Cross-engine upgrades", user guide).
fn engine(from: &Value, to: &Value) -> Effect {
    if from == "redis" && to == "valkey" { Effect::SomeInterruption } else { Effect::Replacement }
}

/// The rule of `version`: a later one is installed in place, with a failover; an earlier one needs another group.
fn version(from: &Value, to: &Value) -> Effect {
    match (from.as_str(), to.as_str()) {
        (Some(from), Some(to)) if elasticache::is_version(from, to) => Effect::Initial,
        (Some(from), Some(to)) if elasticache::is_later(to, from) => Effect::SomeInterruption,
        _ => Effect::Replacement,
    }
}

/// The group, if it is this environment's.
fn found(aws: &Aws, group: &Described, clusters: &[Member]) -> Option<Found<ReplicationGroup>> {
    let address = elasticache::address(aws, group.description())?;
    let id = group.replication_group_id().unwrap_or_default();
    let members = group.member_clusters();
    let member = clusters.iter().find(|cluster| cluster.replication_group_id() == Some(id));
    let found = elasticache::group(address, id, group.arn(), properties(group, member));
    let shard = group.node_groups().first();
    let primary = shard.and_then(|shard| shard.primary_endpoint());
    let mut status = elasticache::status(group.status().unwrap_or("unknown"));
    // While members come and go, the two calls may tell of different moments.
    if status == Status::Ready && (member.is_none() || members.is_empty() || primary.is_none()) {
        status = Status::Pending("waiting for its members".to_owned());
    }
    let found = found
        .status(status)
        .output("primary", primary.and_then(|endpoint| endpoint.address()))
        .output("reader", shard.and_then(|shard| shard.reader_endpoint()?.address()))
        .output("port", primary.and_then(|endpoint| endpoint.port()).map(|port| port.to_string()));
    Some(found)
}

fn properties(group: &Described, member: Option<&Member>) -> ReplicationGroup {
    let text = |value: Option<&str>| value.unwrap_or_default().to_owned();
    let parameters = member.and_then(|member| member.cache_parameter_group());
    let security = member.map(Member::security_groups).unwrap_or_default();
    ReplicationGroup {
        engine: text(group.engine().or(member.and_then(Member::engine))),
        version: text(member.and_then(Member::engine_version)),
        node_type: text(group.cache_node_type()),
        nodes: u32::try_from(group.member_clusters().len()).unwrap_or(u32::MAX),
        failover: matches!(
            group.automatic_failover(),
            Some(AutomaticFailoverStatus::Enabled | AutomaticFailoverStatus::Enabling)
        ),
        multi_az: group.multi_az() == Some(&MultiAzStatus::Enabled),
        subnet_group: Id::known(text(member.and_then(Member::cache_subnet_group_name))),
        security_groups: (security.iter())
            .filter(|group| group.status() != Some("removing"))
            .filter_map(|group| group.security_group_id().map(Id::known))
            .collect(),
        parameter_group: Id::known(text(parameters.and_then(|group| group.cache_parameter_group_name()))),
        encrypted_at_rest: group.at_rest_encryption_enabled().unwrap_or(false),
        encrypted_in_transit: group.transit_encryption_enabled().unwrap_or(false),
        maintenance_window: member.and_then(Member::preferred_maintenance_window).map(str::to_owned),
    }
}

fn count(nodes: u32) -> i32 {
    i32::try_from(nodes).unwrap_or(i32::MAX)
}

fn ids(want: &ReplicationGroup) -> Vec<String> {
    want.security_groups.iter().map(|id| id.as_str().to_owned()).collect()
}

async fn modify(
    aws: &Aws,
    live: &Found<ReplicationGroup>,
    want: &ReplicationGroup,
    changed: Changed<'_>,
) -> Result<(), Fault> {
    // Another engine or version needs the parameter group of its family in the same call.
    let upgrade = changed.any(&["engine", "version"]);
    let group = upgrade || changed.has("parameter_group");
    let call = aws
        .elasticache()
        .modify_replication_group()
        .replication_group_id(&live.id)
        .apply_immediately(true)
        .set_engine(changed.has("engine").then(|| want.engine.clone()))
        .set_engine_version(upgrade.then(|| want.version.clone()))
        .set_automatic_failover_enabled(changed.any(&["failover", "multi_az"]).then_some(want.failover))
        .set_multi_az_enabled(changed.any(&["failover", "multi_az"]).then_some(want.multi_az))
        .set_security_group_ids(changed.has("security_groups").then(|| ids(want)))
        .set_cache_parameter_group_name(group.then(|| want.parameter_group.as_str().to_owned()))
        .set_preferred_maintenance_window(want.maintenance_window.clone());
    call.send().await.map_err(error::update("elasticache:ModifyReplicationGroup"))?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_is_no_way_back_to_redis_or_an_earlier_version() {
        assert_eq!(engine(&"redis".into(), &"valkey".into()), Effect::SomeInterruption);
        assert_eq!(engine(&"valkey".into(), &"redis".into()), Effect::Replacement);
        assert_eq!(version(&"8.0.1".into(), &"8.1".into()), Effect::SomeInterruption);
        assert_eq!(version(&"8.1.0".into(), &"8.0".into()), Effect::Replacement);
        assert_eq!(version(&"7.1.0".into(), &"7.1".into()), Effect::Initial);
    }
}
