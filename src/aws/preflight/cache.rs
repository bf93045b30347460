//! Caches: the engine's version, the type of the nodes, and the parameters.

use std::collections::{BTreeMap, BTreeSet};

use futures::future::join_all;

use crate::aws::error;
use crate::aws::kinds::cache_cluster::CacheCluster;
use crate::aws::kinds::cache_parameter_group::CacheParameterGroup;
use crate::aws::kinds::replication_group::ReplicationGroup;
use crate::model::check::Check;
use crate::model::lint::Severity;
use crate::model::plan::Step;
use crate::run::fault::Fault;

use super::Rule;
use super::look::{Look, about, listed};
use super::parameter::{self, Known};

/// The rules of this group.
pub const RULES: &[&Rule] = &[&VERSION, &NODE, &PARAMETERS];

const VERSION: Rule = Rule {
    id: "cache-version",
    what: "ElastiCache has the version of the cache engine.",
    severity: Severity::Error,
    remedy: "choose a version that `aws elasticache describe-cache-engine-versions` lists",
    calls: &["elasticache:DescribeCacheEngineVersions"],
};

// No call lists the types that a region has, so nothing is certain: a warning.
const NODE: Rule = Rule {
    id: "cache-node-offered",
    what: "ElastiCache offers the type of the nodes in this region, as far as its list of reservations tells.",
    severity: Severity::Warning,
    remedy: "choose another type of node",
    calls: &["elasticache:DescribeReservedCacheNodesOfferings"],
};

const PARAMETERS: Rule = Rule {
    id: "cache-parameters",
    what: "The cache engine has the parameters that are set, and they take these values.",
    severity: Severity::Error,
    remedy: "correct or remove the parameter (`aws elasticache describe-engine-default-parameters`)",
    calls: &["elasticache:DescribeEngineDefaultParameters"],
};

/// Nodes of one resource.
struct Nodes<'a> {
    step: &'a Step,
    engine: String,
    version: String,
    node_type: String,
}

pub async fn check(look: &Look<'_>) -> Vec<Check> {
    let clusters = look.set::<CacheCluster>(&["version", "node_type"]).into_iter().map(|(step, want)| {
        Nodes { step, engine: "memcached".to_owned(), version: want.version, node_type: want.node_type }
    });
    let groups = look.set::<ReplicationGroup>(&["engine", "version", "node_type"]).into_iter();
    let groups = groups.map(|(step, want)| Nodes {
        step,
        engine: want.engine,
        version: want.version,
        node_type: want.node_type,
    });
    let nodes: Vec<Nodes<'_>> = clusters.chain(groups).collect();
    let sets = look.set::<CacheParameterGroup>(&["family", "parameters"]);
    let (versions, types, sets) = futures::join!(
        join_all(nodes.iter().map(|nodes| version(look, nodes))),
        join_all(nodes.iter().map(|nodes| node(look, nodes))),
        join_all(sets.iter().map(|(step, want)| parameters(look, step, want))),
    );
    versions.into_iter().chain(types).chain(sets.into_iter().flatten()).collect()
}

async fn version(look: &Look<'_>, nodes: &Nodes<'_>) -> Check {
    let read = async || {
        let call = look.aws.elasticache().describe_cache_engine_versions().engine(&nodes.engine);
        let pages = call.into_paginator().page_size(100).items().send();
        let told: Result<Vec<_>, _> = pages.collect().await;
        told.map_err(error::read("elasticache:DescribeCacheEngineVersions"))
    };
    let told = match look.ask(read).await {
        Ok(told) => told,
        Err(fault) => return look.untold(&VERSION, Some(about(nodes.step, "version")), &fault),
    };
    let versions: BTreeSet<&str> = told.iter().filter_map(|version| version.engine_version()).collect();
    let Nodes { engine, version: wanted, .. } = nodes;
    // `7` and `7.1` stand for the newest 7.1.x, and `8.0.1` is listed as `8.0`.
    let part_of = |a: &str, b: &str| a == b || a.strip_prefix(b).is_some_and(|rest| rest.starts_with('.'));
    if versions.iter().any(|has| part_of(has, wanted) || part_of(wanted, has)) {
        return look.passed(&VERSION, format!("ElastiCache has {engine} {wanted}"));
    }
    let message = format!("ElastiCache has no {engine} {wanted}, only {}", listed(versions));
    look.failed(&VERSION, about(nodes.step, "version"), message)
}

async fn node(look: &Look<'_>, nodes: &Nodes<'_>) -> Check {
    let wanted = &nodes.node_type;
    let read = async || {
        let call = look.aws.elasticache().describe_reserved_cache_nodes_offerings().cache_node_type(wanted);
        let answer = call.max_records(20).send().await;
        answer.map_err(error::read("elasticache:DescribeReservedCacheNodesOfferings"))
    };
    match look.ask(read).await {
        Err(fault) => look.untold(&NODE, Some(about(nodes.step, "node_type")), &fault),
        Ok(answer) if answer.reserved_cache_nodes_offerings().is_empty() => {
            let message = format!("ElastiCache sells no reservation of `{wanted}` in {}", look.aws.region());
            look.failed(&NODE, about(nodes.step, "node_type"), message)
        }
        Ok(_) => look.passed(&NODE, format!("ElastiCache offers `{wanted}`")),
    }
}

async fn parameters(look: &Look<'_>, step: &Step, want: &CacheParameterGroup) -> Vec<Check> {
    if want.parameters.is_empty() {
        return Vec::new();
    }
    let known = match look.ask(async || known(look, &want.family).await).await {
        Ok(known) => known,
        Err(fault) => return vec![look.untold(&PARAMETERS, Some(about(step, "parameters")), &fault)],
    };
    let wrong = parameter::wrong(&want.parameters, &known);
    if wrong.is_empty() {
        return vec![look.passed(&PARAMETERS, format!("{} takes the parameters", want.family))];
    }
    let failed = |text: &String| {
        look.failed(&PARAMETERS, about(step, "parameters"), format!("{}: {text}", want.family))
    };
    wrong.iter().map(failed).collect()
}

async fn known(look: &Look<'_>, family: &str) -> Result<BTreeMap<String, Known>, Fault> {
    let call =
        look.aws.elasticache().describe_engine_default_parameters().cache_parameter_group_family(family);
    let mut pages = call.into_paginator().page_size(100).send();
    let mut known = BTreeMap::new();
    while let Some(page) = pages.next().await {
        let page = page.map_err(error::read("elasticache:DescribeEngineDefaultParameters"))?;
        let defaults = page.engine_defaults;
        let parameters =
            defaults.as_ref().map(aws_sdk_elasticache::types::EngineDefaults::parameters).unwrap_or_default();
        for parameter in parameters {
            let Some(name) = parameter.parameter_name() else { continue };
            let told = Known {
                data_type: parameter.data_type().unwrap_or_default().to_owned(),
                allowed: parameter.allowed_values().unwrap_or_default().to_owned(),
                modifiable: parameter.is_modifiable().unwrap_or(true),
            };
            known.insert(name.to_owned(), told);
        }
        // Some sizes depend on the type of the node; whether they fit only the service knows.
        for parameter in defaults
            .iter()
            .flat_map(aws_sdk_elasticache::types::EngineDefaults::cache_node_type_specific_parameters)
        {
            let Some(name) = parameter.parameter_name() else { continue };
            let modifiable = parameter.is_modifiable().unwrap_or(true);
            known.entry(name.to_owned()).or_insert(Known { modifiable, ..Known::default() });
        }
    }
    Ok(known)
}
