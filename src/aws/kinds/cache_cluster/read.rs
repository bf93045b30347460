//! A cluster as ElastiCache describes it, in the shape in which the stack would have written it.

use std::collections::BTreeSet;

use aws_sdk_elasticache::types::{CacheCluster as Described, CacheNode};

use crate::aws::glance::Glance;
use crate::aws::kind::Found;
use crate::aws::kinds::elasticache;
use crate::aws::{index, tags};
use crate::model::live::Status;
use crate::model::spec::Id;
use crate::run::fault::Fault;

use super::{CacheCluster, NODES};

/// The cluster, if it is this environment's.
pub async fn found(glance: &Glance<'_>, cluster: &Described) -> Result<Option<Found<CacheCluster>>, Fault> {
    let aws = glance.aws;
    let (id, arn) = (cluster.cache_cluster_id().unwrap_or_default(), cluster.arn().unwrap_or_default());
    let word = cluster.cache_cluster_status().unwrap_or("unknown");
    let told = match index::index(glance).await?.tags(arn) {
        Some(tags) => Some(tags.clone()),
        // It would be refused.
        None if ["creating", "deleting"].contains(&word) => None,
        None => elasticache::tags_of(aws, arn).await?,
    };
    let address = match &told {
        Some(tags) => tags::address(tags, &aws.scope.stack, &aws.scope.env),
        None => elasticache::address_in(aws, id),
    };
    let Some(address) = address else { return Ok(None) };
    let tags = told.unwrap_or_default();
    let mut status = elasticache::status(word);
    let mut nodes: Vec<&CacheNode> = cluster.cache_nodes().iter().collect();
    nodes.sort_by_key(|node| node.cache_node_id());
    let host = |node: &&CacheNode| node.endpoint()?.address().map(str::to_owned);
    let hosts: Vec<String> = nodes.iter().filter_map(host).collect();
    if status == Status::Ready && u32::try_from(hosts.len()) != Ok(number(cluster)) {
        status = Status::Pending("waiting for its endpoints".to_owned());
    }
    let configuration = cluster.configuration_endpoint();
    let found = Found {
        address,
        id: id.to_owned(),
        born: tags::born(&tags),
        status,
        properties: properties(cluster, &nodes),
        outputs: NODES.iter().map(|name| (*name).to_owned()).zip(hosts).collect(),
        protected: tags.contains_key(tags::PROTECT),
        tags,
    };
    let found = found
        .output("arn", cluster.arn())
        .output("configuration", configuration.and_then(|endpoint| endpoint.address()))
        .output(
            "port",
            configuration.and_then(aws_sdk_elasticache::types::Endpoint::port).map(|port| port.to_string()),
        );
    Ok(Some(found))
}

fn properties(cluster: &Described, nodes: &[&CacheNode]) -> CacheCluster {
    let text = |value: Option<&str>| value.unwrap_or_default().to_owned();
    let zones: BTreeSet<_> = nodes.iter().filter_map(|node| node.customer_availability_zone()).collect();
    let group = cluster.cache_parameter_group();
    let waits = group.is_some_and(|group| {
        !group.cache_node_ids_to_reboot().is_empty()
            || group.parameter_apply_status() == Some("pending-reboot")
    });
    CacheCluster {
        version: text(cluster.engine_version()),
        node_type: text(cluster.cache_node_type()),
        nodes: number(cluster),
        across_zones: zones.len() > 1,
        subnet_group: Id::known(text(cluster.cache_subnet_group_name())),
        security_groups: (cluster.security_groups().iter())
            .filter(|group| group.status() != Some("removing"))
            .filter_map(|group| group.security_group_id().map(Id::known))
            .collect(),
        parameter_group: Id::known(text(group.and_then(|group| group.cache_parameter_group_name()))),
        parameters_applied: Some(if waits { "no" } else { "yes" }.into()),
        maintenance_window: cluster.preferred_maintenance_window().map(str::to_owned),
    }
}

fn number(cluster: &Described) -> u32 {
    cluster.num_cache_nodes().and_then(|count| count.try_into().ok()).unwrap_or(0)
}
