//! Cache cluster of Memcached: nodes that share nothing, each with a name of its own.
//!
//! A cache holds nothing that is not elsewhere too, so a cluster is replaced where AWS cannot change it, the new
//! one first.

use std::collections::BTreeSet;

use futures::future::try_join_all;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::aws::glance::Glance;
use crate::aws::kind::{Changed, Found, Resource, Wish};
use crate::aws::tags::Tags;
use crate::aws::{Aws, error};
use crate::model::schema::{
    Effect, Expected, IN_PLACE, INITIAL, INTERRUPTS, Idempotency, REPLACES, ReplaceOrder, Rule, Schema,
};
use crate::model::spec::{Id, Kinded, Spec, Text};
use crate::run::cloud::Farewell;
use crate::run::fault::Fault;

use super::cache_parameter_group::CacheParameterGroup;
use super::cache_subnet_group::CacheSubnetGroup;
use super::elasticache;
use super::security_group::SecurityGroup;

mod modify;
mod read;

/// A cluster of Memcached.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CacheCluster {
    /// The version of Memcached with all its numbers, such as `1.6.22`; another one empties the cache.
    pub version: String,
    /// The type of its nodes, such as `cache.m7g.large`.
    pub node_type: String,
    /// How many nodes it has, 1 to 40. What was on a node that is removed is gone.
    pub nodes: u32,
    /// Whether new nodes are spread over the zones of the subnets; needs two nodes and two zones.
    pub across_zones: bool,
    /// The subnets that its nodes may be placed in.
    pub subnet_group: Id<CacheSubnetGroup>,
    /// Who may reach it.
    pub security_groups: BTreeSet<Id<SecurityGroup>>,
    /// The settings of Memcached.
    pub parameter_group: Id<CacheParameterGroup>,
    /// The output `applied` of the parameter group: nodes whose parameters wait for a restart get one, which
    /// empties them. Absent: they wait until somebody restarts them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parameters_applied: Option<Text>,
    /// When AWS may do maintenance, in UTC, such as `sun:03:00-sun:04:00`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub maintenance_window: Option<String>,
}

impl Kinded for CacheCluster {
    const KIND: &'static str = "cache_cluster";
}

/// The outputs of the cluster, and the names of its nodes in the order of their ids.
#[rustfmt::skip]
const OUTPUTS: &[&str] = &[
    "arn", "configuration", "port",
    "node_1", "node_2", "node_3", "node_4", "node_5", "node_6", "node_7", "node_8", "node_9",
    "node_10", "node_11", "node_12", "node_13", "node_14", "node_15", "node_16", "node_17",
    "node_18", "node_19", "node_20", "node_21", "node_22", "node_23", "node_24", "node_25",
    "node_26", "node_27", "node_28", "node_29", "node_30", "node_31", "node_32", "node_33",
    "node_34", "node_35", "node_36", "node_37", "node_38", "node_39", "node_40",
];
const NODES: &[&str] = OUTPUTS.split_at(3).1;

impl Resource for CacheCluster {
    const SCHEMA: &'static Schema = &Schema {
        kind: "cache_cluster",
        title: "Memcached cluster",
        rules: &[
            ("version", Rule::When(version)),
            ("node_type", REPLACES),
            ("nodes", IN_PLACE),
            // Nodes stay where they are; it tells where new ones go.
            ("across_zones", INITIAL),
            ("subnet_group", REPLACES),
            ("security_groups", IN_PLACE),
            ("parameter_group", INTERRUPTS),
            ("parameters_applied", Rule::When(parameters_applied)),
            ("maintenance_window", IN_PLACE),
        ],
        outputs: OUTPUTS,
        // A node keeps its name; more nodes have names that are not there yet.
        changing_outputs: &[],
        data: None,
        order: ReplaceOrder::NewFirst,
        idempotency: Idempotency::UniqueName,
        after: &[],
        expected: Expected { create: 344, update: 200, delete: 120 },
        canonical: Spec::canonical_as::<Self>,
    };

    async fn list(glance: &Glance<'_>) -> Result<Vec<Found<Self>>, Fault> {
        let aws = glance.aws;
        let clusters = elasticache::clusters(glance).await?;
        let candidates = clusters.0.iter().filter(|cluster| {
            cluster.engine() == Some("memcached")
                && elasticache::is_like_ours(aws, cluster.cache_cluster_id().unwrap_or_default())
        });
        let found = try_join_all(candidates.map(|cluster| read::found(glance, cluster))).await?;
        Ok(found.into_iter().flatten().collect())
    }

    async fn create(aws: &Aws, wish: &Wish<'_, Self>) -> Result<(), Fault> {
        let want = &wish.want;
        let call = aws
            .elasticache()
            .create_cache_cluster()
            .cache_cluster_id(wish.unique_name(aws, elasticache::LONGEST_CLUSTER))
            .engine("memcached")
            .engine_version(&want.version)
            .cache_node_type(&want.node_type)
            .num_cache_nodes(modify::count(want.nodes))
            .az_mode(modify::az_mode(want))
            .cache_subnet_group_name(want.subnet_group.as_str())
            .set_security_group_ids(Some(modify::ids(want)))
            .cache_parameter_group_name(want.parameter_group.as_str())
            .set_preferred_maintenance_window(want.maintenance_window.clone())
            .set_tags(Some(elasticache::list(&wish.order.tags)));
        call.send().await.map_err(error::create("elasticache:CreateCacheCluster"))?;
        Ok(())
    }

    async fn update(
        aws: &Aws,
        live: &Found<Self>,
        wish: &Wish<'_, Self>,
        changed: Changed<'_>,
    ) -> Result<(), Fault> {
        if changed.any(&["version", "nodes", "security_groups", "parameter_group", "maintenance_window"]) {
            modify::call(aws, live, &wish.want, changed).await
        } else if changed.has("parameters_applied") {
            modify::restart(aws, live).await
        } else {
            Ok(())
        }
    }

    async fn delete(aws: &Aws, live: &Found<Self>, _: &Farewell) -> Result<(), Fault> {
        let call = aws.elasticache().delete_cache_cluster().cache_cluster_id(&live.id);
        call.send().await.map_err(error::delete("elasticache:DeleteCacheCluster"))?;
        Ok(())
    }

    async fn tag(aws: &Aws, live: &Found<Self>, tags: &Tags) -> Result<(), Fault> {
        elasticache::tag(aws, live, tags).await
    }

    async fn tags(aws: &Aws, live: &Found<Self>) -> Result<Tags, Fault> {
        elasticache::read_tags(aws, live).await
    }
}

/// The rule of `version`: a later one is installed in place, an earlier one needs another cluster
/// (API reference, `ModifyCacheCluster`).
fn version(from: &Value, to: &Value) -> Effect {
    match (from.as_str(), to.as_str()) {
        (Some(from), Some(to)) if elasticache::is_version(from, to) => Effect::Initial,
        (Some(from), Some(to)) if elasticache::is_later(to, from) => Effect::SomeInterruption,
        _ => Effect::Replacement,
    }
}

/// The rule of `parameters_applied`: ElastiCache's own `no` is nothing that anyone wishes.
fn parameters_applied(_: &Value, to: &Value) -> Effect {
    if to == "no" { Effect::Initial } else { Effect::SomeInterruption }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_earlier_version_needs_another_cluster() {
        let rule = |from: &str, to: &str| version(&from.into(), &to.into());
        assert_eq!(rule("1.6.17", "1.6.22"), Effect::SomeInterruption);
        assert_eq!(rule("1.6.24", "1.6.22"), Effect::Initial);
        assert_eq!(rule("1.6.22", "1.5.16"), Effect::Replacement);
    }
}
