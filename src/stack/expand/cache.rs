//! cache: the nodes, their groups, and their names in the private zone.

use std::collections::BTreeSet;

use crate::aws::kinds::cache_cluster::CacheCluster;
use crate::aws::kinds::cache_parameter_group::CacheParameterGroup;
use crate::aws::kinds::cache_subnet_group::CacheSubnetGroup;
use crate::aws::kinds::replication_group::ReplicationGroup;
use crate::aws::kinds::security_group::SecurityGroup;
use crate::model::address::Reference;
use crate::model::graph::Handle;
use crate::model::spec::{Id, Text};
use crate::stack::cache::Cache;
use crate::stack::network::Tier;

use super::dns;
use super::network::Network;
use super::security::Security;
use super::{ExpandError, Plot};

/// For how many seconds a node's name may be remembered.
const TTL: u32 = 60;

/// What a cluster and a replication group have in common.
struct Ground {
    subnets: Id<CacheSubnetGroup>,
    parameters: Handle<CacheParameterGroup>,
    groups: BTreeSet<Id<SecurityGroup>>,
    /// Whether there are two nodes and two zones for them.
    across_zones: bool,
}

pub(super) fn expand(
    plot: &mut Plot<'_>,
    section: &Cache,
    network: &Network,
    security: &Security,
) -> Result<(), ExpandError> {
    let subnets = network.tier(Tier::Data);
    let across_zones = section.nodes > 1 && subnets.len() > 1;
    let subnets = plot.add("cache.subnets", &CacheSubnetGroup { subnets })?;
    let family = section.engine.family().to_owned();
    let parameters = CacheParameterGroup { family, parameters: section.settings() };
    let parameters = plot.add("cache.parameters", &parameters)?;
    let groups = security.cache.iter().map(Handle::id).collect();
    let ground = Ground { subnets: subnets.id(), parameters, groups, across_zones };
    if section.engine.replicates() {
        replicated(plot, section, network, ground)
    } else {
        memcached(plot, section, network, ground)
    }
}

fn memcached(
    plot: &mut Plot<'_>,
    section: &Cache,
    network: &Network,
    ground: Ground,
) -> Result<(), ExpandError> {
    let cluster = CacheCluster {
        version: section.engine.version().to_owned(),
        node_type: section.node.to_string(),
        nodes: section.nodes,
        across_zones: ground.across_zones,
        subnet_group: ground.subnets,
        security_groups: ground.groups,
        parameter_group: ground.parameters.id(),
        parameters_applied: Some(Text::Ref(ground.parameters.output("applied"))),
        maintenance_window: None,
    };
    let cluster = plot.add("cache.cluster", &cluster)?;
    for number in 1..=section.nodes {
        let node = cluster.output(&format!("node_{number}"));
        named(plot, network, &format!("cache.dns.{number}"), &format!("cache-{number}"), node)?;
    }
    Ok(())
}

fn replicated(
    plot: &mut Plot<'_>,
    section: &Cache,
    network: &Network,
    ground: Ground,
) -> Result<(), ExpandError> {
    let group = ReplicationGroup {
        engine: section.engine.product().to_owned(),
        version: section.engine.version().to_owned(),
        node_type: section.node.to_string(),
        nodes: section.nodes,
        failover: section.nodes > 1,
        multi_az: ground.across_zones,
        subnet_group: ground.subnets,
        security_groups: ground.groups,
        parameter_group: ground.parameters.id(),
        encrypted_at_rest: true,
        encrypted_in_transit: true,
        maintenance_window: None,
    };
    let group = plot.add("cache.group", &group)?;
    named(plot, network, "cache.dns.primary", "cache", group.output("primary"))?;
    named(plot, network, "cache.dns.reader", "cache-ro", group.output("reader"))
}

fn named(
    plot: &mut Plot<'_>,
    network: &Network,
    address: &str,
    host: &str,
    target: Reference,
) -> Result<(), ExpandError> {
    let name = Text::Known(plot.internal(host));
    plot.add(address, &dns::cname(network.zone.id(), name, Text::Ref(target), TTL))?;
    Ok(())
}

#[cfg(test)]
mod tests;
