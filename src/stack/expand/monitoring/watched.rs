//! What there is to watch, read off the resources that the other sections have made. A section needs to know
//! nothing of this one.

use crate::aws::kinds::autoscaling_group::AutoscalingGroup;
use crate::aws::kinds::cache_cluster::CacheCluster;
use crate::aws::kinds::db_instance::DbInstance;
use crate::aws::kinds::db_replica::DbReplica;
use crate::aws::kinds::distribution::Distribution;
use crate::aws::kinds::instance::Instance;
use crate::aws::kinds::load_balancer::LoadBalancer;
use crate::aws::kinds::replication_group::ReplicationGroup;
use crate::aws::kinds::target_group::TargetGroup;
use crate::model::address::Address;
use crate::model::graph::Node;
use crate::model::spec::{Kinded, Spec, Text};

use super::Plot;

/// A resource that is watched.
#[derive(Clone, Debug)]
pub struct Thing {
    /// Where it stands.
    pub address: Address,
    /// Its properties.
    pub spec: Spec,
}

impl Thing {
    /// What an output of it will be.
    pub fn output(&self, output: &str) -> Text {
        Text::Ref(self.address.output(output))
    }

    /// The same with something behind it.
    pub fn output_and(&self, output: &str, tail: &str) -> Text {
        Text::Join(vec![self.output(output), tail.into()])
    }

    /// A number among its properties, by a pointer such as `/storage/gib`.
    pub fn number(&self, pointer: &str) -> Option<u32> {
        u32::try_from(self.spec.to_value().pointer(pointer)?.as_u64()?).ok()
    }

    /// Its address as one word, for a part of another address.
    pub fn word(&self) -> String {
        self.address.as_str().replace(['.', '_'], "-")
    }
}

/// A node of a cache, as its metrics name it.
#[derive(Clone, Debug)]
pub struct CacheNode {
    /// A word for it.
    pub word: String,
    /// The cluster.
    pub cluster: Text,
    /// The node in it.
    pub node: String,
}

impl CacheNode {
    /// The dimensions of its metrics: both, always ("Dimensions for `ElastiCache` metrics", user guide).
    pub fn dimensions(&self) -> [(&'static str, Text); 2] {
        [("CacheClusterId", self.cluster.clone()), ("CacheNodeId", self.node.as_str().into())]
    }
}

/// All there is to watch, in the order in which it was made.
#[derive(Debug)]
pub struct Watched {
    /// Load balancers.
    pub balancers: Vec<Thing>,
    /// Target groups; the web nodes are in the first.
    pub targets: Vec<Thing>,
    /// Autoscaling groups.
    pub groups: Vec<Thing>,
    /// Databases, replicas among them.
    pub databases: Vec<Thing>,
    /// Nodes of caches.
    pub cache_nodes: Vec<CacheNode>,
    /// Instances that stand alone.
    pub instances: Vec<Thing>,
    /// Distributions of the CDN.
    pub distributions: Vec<Thing>,
}

impl Watched {
    /// What was made so far.
    pub fn of(plot: &Plot<'_>) -> Self {
        let nodes = plot.draft.nodes();
        Self {
            balancers: of_kind(nodes, LoadBalancer::KIND),
            targets: of_kind(nodes, TargetGroup::KIND),
            groups: of_kind(nodes, AutoscalingGroup::KIND),
            databases: [of_kind(nodes, DbInstance::KIND), of_kind(nodes, DbReplica::KIND)].concat(),
            cache_nodes: cache_nodes(nodes),
            instances: of_kind(nodes, Instance::KIND),
            distributions: of_kind(nodes, Distribution::KIND),
        }
    }
}

fn of_kind(nodes: &[Node], kind: &str) -> Vec<Thing> {
    let nodes = nodes.iter().filter(|node| node.schema.kind == kind);
    nodes.map(|node| Thing { address: node.address.clone(), spec: node.spec.clone() }).collect()
}

/// Nodes have names that follow from their number: in a cluster `0001` and up, in a replication group each is
/// a cluster of its own, `<group>-001` and up.
fn cache_nodes(nodes: &[Node]) -> Vec<CacheNode> {
    let count = |thing: &Thing| thing.number("/nodes").unwrap_or(1);
    let clusters = of_kind(nodes, CacheCluster::KIND).into_iter().flat_map(|thing| {
        (1..=count(&thing)).map(move |number| CacheNode {
            word: format!("{}-{number}", thing.word()),
            cluster: thing.output("id"),
            node: format!("{number:04}"),
        })
    });
    let members = of_kind(nodes, ReplicationGroup::KIND).into_iter().flat_map(|thing| {
        (1..=count(&thing)).map(move |number| CacheNode {
            word: format!("{}-{number}", thing.word()),
            cluster: thing.output_and("id", &format!("-{number:03}")),
            node: "0001".to_owned(),
        })
    });
    clusters.chain(members).collect()
}
