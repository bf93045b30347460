//! Changes of a cluster: one `ModifyCacheCluster` with all of them, or a restart of its nodes.

use std::collections::BTreeSet;

use aws_sdk_elasticache::types::{AzMode, CacheCluster as Described, CacheNode};

use crate::aws::kind::{Changed, Found};
use crate::aws::{Aws, error};
use crate::run::fault::Fault;

use super::CacheCluster;

/// A number of nodes as the calls take it.
pub fn count(nodes: u32) -> i32 {
    i32::try_from(nodes).unwrap_or(i32::MAX)
}

/// Whether nodes are spread over the zones.
pub fn az_mode(want: &CacheCluster) -> AzMode {
    // With one node there is nothing to spread, and ElastiCache refuses it.
    if want.across_zones && want.nodes > 1 { AzMode::CrossAz } else { AzMode::SingleAz }
}

/// The security groups as the calls take them.
pub fn ids(want: &CacheCluster) -> Vec<String> {
    want.security_groups.iter().map(|id| id.as_str().to_owned()).collect()
}

/// Makes the changes: ElastiCache takes the next call only when it is done with this one.
pub async fn call(
    aws: &Aws,
    live: &Found<CacheCluster>,
    want: &CacheCluster,
    changed: Changed<'_>,
) -> Result<(), Fault> {
    let upgrade = changed.has("version");
    // A version of another family needs its parameter group in the same call.
    let group = upgrade || changed.has("parameter_group");
    let grows = want.nodes > live.properties.nodes && want.across_zones;
    let leaving = if changed.has("nodes") { surplus(aws, &live.id, want.nodes).await? } else { Vec::new() };
    let call = aws
        .elasticache()
        .modify_cache_cluster()
        .cache_cluster_id(&live.id)
        .apply_immediately(true)
        .set_engine_version(upgrade.then(|| want.version.clone()))
        .set_num_cache_nodes(changed.has("nodes").then(|| count(want.nodes)))
        .set_az_mode((changed.has("nodes") && grows).then_some(AzMode::CrossAz))
        .set_cache_node_ids_to_remove((!leaving.is_empty()).then_some(leaving))
        .set_security_group_ids(changed.has("security_groups").then(|| ids(want)))
        .set_cache_parameter_group_name(group.then(|| want.parameter_group.as_str().to_owned()))
        .set_preferred_maintenance_window(want.maintenance_window.clone());
    call.send().await.map_err(error::update("elasticache:ModifyCacheCluster"))?;
    Ok(())
}

async fn describe(aws: &Aws, id: &str) -> Result<Option<Described>, Fault> {
    let call = aws.elasticache().describe_cache_clusters().cache_cluster_id(id).show_cache_node_info(true);
    let answer = call.send().await.map_err(error::update("elasticache:DescribeCacheClusters"))?;
    Ok(answer.cache_clusters().first().cloned())
}

/// The ids of the nodes that are too many: the last ones, so that names keep their nodes.
async fn surplus(aws: &Aws, id: &str, wish: u32) -> Result<Vec<String>, Fault> {
    let cluster = describe(aws, id).await?;
    let nodes = cluster.iter().flat_map(Described::cache_nodes).filter_map(CacheNode::cache_node_id);
    let nodes: BTreeSet<&str> = nodes.collect();
    let keep = usize::try_from(wish).unwrap_or(usize::MAX);
    Ok(nodes.into_iter().skip(keep).map(str::to_owned).collect())
}

/// Restarts the nodes whose parameters wait for it.
pub async fn restart(aws: &Aws, live: &Found<CacheCluster>) -> Result<(), Fault> {
    let cluster = describe(aws, &live.id).await?;
    let group = cluster.as_ref().and_then(Described::cache_parameter_group);
    let mut waiting = group.map(|group| group.cache_node_ids_to_reboot().to_vec()).unwrap_or_default();
    if waiting.is_empty() && group.and_then(|group| group.parameter_apply_status()) == Some("pending-reboot")
    {
        let all = cluster.iter().flat_map(Described::cache_nodes).filter_map(CacheNode::cache_node_id);
        waiting = all.map(str::to_owned).collect();
    }
    if waiting.is_empty() {
        return Ok(());
    }
    let call = aws.elasticache().reboot_cache_cluster().cache_cluster_id(&live.id);
    let call = call.set_cache_node_ids_to_reboot(Some(waiting));
    call.send().await.map_err(error::update("elasticache:RebootCacheCluster"))?;
    Ok(())
}
