//! Service quotas: what the account may have, against what it has and what the plan adds.
//!
//! Codes and names are those of the Service Quotas console; the account's own value counts, and where it has none
//! AWS's default ("`GetServiceQuota`", API reference: a quota without an applied value is not found).

use std::collections::BTreeMap;

use aws_sdk_ec2::types::Filter;
use aws_sdk_elasticloadbalancingv2::types::LoadBalancerTypeEnum;
use futures::future::join_all;

use crate::aws::error;
use crate::aws::kinds::cache_cluster::CacheCluster;
use crate::aws::kinds::db_instance::DbInstance;
use crate::aws::kinds::db_replica::DbReplica;
use crate::aws::kinds::elastic_ip::ElasticIp;
use crate::aws::kinds::load_balancer::LoadBalancer;
use crate::aws::kinds::nat_gateway::NatGateway;
use crate::aws::kinds::replication_group::ReplicationGroup;
use crate::aws::kinds::vpc::Vpc;
use crate::aws::kinds::{elasticache, rds};
use crate::model::check::Check;
use crate::model::lint::Severity;
use crate::model::plan::Step;
use crate::model::spec::{Kinded, Spec};
use crate::run::fault::{Class, Fault};

use super::Rule;
use super::look::{About, Look, made};
use super::name::balancers;
use super::network::vpcs;

mod vcpus;

/// The rules of this group.
pub const RULES: &[&Rule] = &[&VPCS, &ADDRESSES, &NATS, &VCPUS, &BALANCERS, &DATABASES, &NODES];

const REMEDY: &str =
    "ask for a higher quota in the Service Quotas console, or delete what is not needed any more";

const fn rule(id: &'static str, what: &'static str, calls: &'static [&'static str]) -> Rule {
    Rule { id, what, severity: Severity::Error, remedy: REMEDY, calls }
}

macro_rules! asked {
    ($($call:literal),*) => {
        &["servicequotas:GetServiceQuota", "servicequotas:GetAWSDefaultServiceQuota", $($call),*]
    };
}

const VPCS: Rule = rule("quota-vpcs", "The region may have one more VPC.", asked!["ec2:DescribeVpcs"]);
const ADDRESSES: Rule = rule(
    "quota-addresses",
    "The region may have the new Elastic IP addresses.",
    asked!["ec2:DescribeAddresses"],
);
const NATS: Rule = rule(
    "quota-nat-gateways",
    "Every zone may have the new NAT gateways.",
    asked!["ec2:DescribeNatGateways", "ec2:DescribeSubnets"],
);
const VCPUS: Rule = rule(
    "quota-vcpus",
    "The account may run as many virtual processors of these families on demand.",
    asked!["ec2:DescribeInstances", "ec2:DescribeInstanceTypes"],
);
const BALANCERS: Rule = rule(
    "quota-load-balancers",
    "The region may have the new Application Load Balancers.",
    asked!["elasticloadbalancing:DescribeLoadBalancers"],
);
const DATABASES: Rule = rule(
    "quota-databases",
    "The region may have the new database instances.",
    asked!["rds:DescribeDBInstances"],
);
const NODES: Rule = rule(
    "quota-cache-nodes",
    "The region may have the new cache nodes.",
    asked!["elasticache:DescribeCacheClusters"],
);

/// A quota of the Service Quotas console.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Quota {
    service: &'static str,
    code: &'static str,
    name: &'static str,
}

const fn quota(service: &'static str, code: &'static str, name: &'static str) -> Quota {
    Quota { service, code, name }
}

pub async fn check(look: &Look<'_>) -> Vec<Check> {
    let simple = [
        (&VPCS, quota("vpc", "L-F678F1CE", "VPCs per Region"), made::<Vpc>(look), Vpc::KIND),
        (
            &ADDRESSES,
            quota("ec2", "L-0263D0A3", "EC2-VPC Elastic IPs"),
            made::<ElasticIp>(look),
            ElasticIp::KIND,
        ),
        (
            &BALANCERS,
            quota("elasticloadbalancing", "L-53DA6B97", "Application Load Balancers per Region"),
            made::<LoadBalancer>(look),
            LoadBalancer::KIND,
        ),
        (
            &DATABASES,
            quota("rds", "L-7B6409FD", "DB instances"),
            made::<DbInstance>(look) + made::<DbReplica>(look),
            DbInstance::KIND,
        ),
        (&NODES, quota("elasticache", "L-DFE45DF3", "Nodes per Region"), nodes(look), CacheCluster::KIND),
    ];
    let simple = simple.into_iter().filter(|(_, _, added, _)| *added > 0).map(
        |(rule, quota, added, kind)| async move {
            let asked = futures::join!(allowed(look, quota), used(look, rule));
            let step =
                look.plan.steps.iter().find(|step| step.schema.kind == kind || alike(kind, step.schema.kind));
            judge(look, rule, step, quota, added, asked)
        },
    );
    let (mut checks, nats, vcpus) = futures::join!(join_all(simple), nat_gateways(look), vcpus::check(look));
    checks.extend(nats);
    checks.extend(vcpus);
    checks
}

/// Kinds that count towards one quota.
fn alike(kind: &str, other: &str) -> bool {
    (kind == DbInstance::KIND && other == DbReplica::KIND)
        || (kind == CacheCluster::KIND && other == ReplicationGroup::KIND)
}

/// The verdict about a quota.
fn judge(
    look: &Look<'_>,
    rule: &Rule,
    step: Option<&Step>,
    quota: Quota,
    added: usize,
    (allowed, used): (Result<f64, Fault>, Result<usize, Fault>),
) -> Check {
    let about = step.map(|step| About { address: &step.address, property: None });
    let (allowed, used) = match (allowed, used) {
        (Ok(allowed), Ok(used)) => (allowed, used),
        (Err(fault), _) | (_, Err(fault)) => return look.untold(rule, about, &fault),
    };
    let Quota { service, code, name } = quota;
    // Quotas are whole numbers far below the precision of a float.
    #[expect(clippy::cast_precision_loss, reason = "counts of resources are small")]
    let fits = (used + added) as f64 <= allowed;
    let message = format!("{name}: {used} in use, {added} to come, {allowed} allowed ({service}, {code})");
    match about {
        Some(about) if !fits => look.failed(rule, about, message),
        _ => look.passed(rule, message),
    }
}

/// How much the account may have.
async fn allowed(look: &Look<'_>, quota: Quota) -> Result<f64, Fault> {
    let Quota { service, code, name } = quota;
    let own = look
        .ask_once(async || {
            let call =
                look.aws.quotas().get_service_quota().service_code(service).quota_code(code).send().await;
            call.map_err(error::read("servicequotas:GetServiceQuota"))
        })
        .await;
    let value = match own {
        Ok(answer) => answer.quota.and_then(|quota| quota.value),
        Err(fault) if fault.class == Class::Gone => {
            let call =
                look.aws.quotas().get_aws_default_service_quota().service_code(service).quota_code(code);
            let answer = call.send().await.map_err(error::read("servicequotas:GetAWSDefaultServiceQuota"))?;
            answer.quota.and_then(|quota| quota.value)
        }
        Err(fault) => return Err(fault),
    };
    value
        .ok_or_else(|| Fault::fatal("servicequotas:GetServiceQuota", format!("no value is told of `{name}`")))
}

/// How many there are of what a rule is about.
async fn used(look: &Look<'_>, rule: &Rule) -> Result<usize, Fault> {
    match rule.id {
        id if id == VPCS.id => Ok(vpcs(look).await?.0.len()),
        id if id == ADDRESSES.id => {
            let call = look.ask(async || {
                look.aws.ec2().describe_addresses().send().await.map_err(error::read("ec2:DescribeAddresses"))
            });
            Ok(call.await?.addresses().len())
        }
        id if id == BALANCERS.id => {
            let is_ours = |kind: Option<&LoadBalancerTypeEnum>| {
                kind.is_none_or(|kind| *kind == LoadBalancerTypeEnum::Application)
            };
            Ok(balancers(look).await?.0.iter().filter(|balancer| is_ours(balancer.r#type())).count())
        }
        id if id == DATABASES.id => Ok(rds::listed(&look.glance).await?.0.len()),
        _ => {
            let clusters = elasticache::clusters(&look.glance).await?;
            let nodes =
                clusters.0.iter().filter_map(|cluster| usize::try_from(cluster.num_cache_nodes()?).ok());
            Ok(nodes.sum())
        }
    }
}

/// The cache nodes that the plan adds.
fn nodes(look: &Look<'_>) -> usize {
    let steps = look.made(CacheCluster::KIND).chain(look.made(ReplicationGroup::KIND));
    let nodes = |spec: &Spec| usize::try_from(spec.get("nodes")?.as_u64()?).ok();
    steps.filter_map(|step| nodes(step.desired.as_ref()?)).sum()
}

/// NAT gateways are counted zone by zone; which zone one is in only its subnet tells.
async fn nat_gateways(look: &Look<'_>) -> Vec<Check> {
    const QUOTA: Quota = quota("vpc", "L-FE5A380F", "NAT gateways per Availability Zone");
    let mut wanted: BTreeMap<String, Vec<&Step>> = BTreeMap::new();
    for step in look.made(NatGateway::KIND) {
        let zones =
            step.desired.as_ref().and_then(|spec| spec.get("subnet")).map(|subnet| look.zones(subnet));
        for zone in zones.unwrap_or_default() {
            wanted.entry(zone).or_default().push(step);
        }
    }
    if wanted.is_empty() {
        return Vec::new();
    }
    let (allowed, used) = futures::join!(allowed(look, QUOTA), look.ask(async || nats_by_zone(look).await));
    let checks = wanted.iter().map(|(zone, steps)| {
        let used = used.as_ref().map(|used| used.get(zone).copied().unwrap_or(0)).map_err(Clone::clone);
        judge(look, &NATS, steps.first().copied(), QUOTA, steps.len(), (allowed.clone(), used))
    });
    worst(checks.collect())
}

/// What failed or could not be told; if that is nothing, that all is well, said once.
fn worst(checks: Vec<Check>) -> Vec<Check> {
    use crate::model::check::Verdict;
    let (passed, other): (Vec<Check>, Vec<Check>) =
        checks.into_iter().partition(|check| check.verdict == Verdict::Passed);
    if other.is_empty() { passed.into_iter().take(1).collect() } else { other }
}

async fn nats_by_zone(look: &Look<'_>) -> Result<BTreeMap<String, usize>, Fault> {
    let ec2 = look.aws.ec2();
    let states = Filter::builder().name("state").values("pending").values("available").build();
    let pages = ec2.describe_nat_gateways().filter(states).into_paginator().items().send();
    let gateways: Result<Vec<_>, _> = pages.collect().await;
    let gateways = gateways.map_err(error::read("ec2:DescribeNatGateways"))?;
    let mut subnets: BTreeMap<String, usize> = BTreeMap::new();
    for subnet in gateways.iter().filter_map(|gateway| gateway.subnet_id()) {
        *subnets.entry(subnet.to_owned()).or_default() += 1;
    }
    let mut zones = BTreeMap::new();
    if subnets.is_empty() {
        return Ok(zones);
    }
    let these =
        Filter::builder().name("subnet-id").set_values(Some(subnets.keys().cloned().collect())).build();
    let mut pages = ec2.describe_subnets().filters(these).into_paginator().items().send();
    while let Some(subnet) = pages.next().await {
        let subnet = subnet.map_err(error::read("ec2:DescribeSubnets"))?;
        let (Some(id), Some(zone)) = (subnet.subnet_id(), subnet.availability_zone()) else { continue };
        *zones.entry(zone.to_owned()).or_default() += subnets.get(id).copied().unwrap_or(0);
    }
    Ok(zones)
}
