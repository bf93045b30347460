//! Virtual processors: counted by family, those that run on demand and those that the plan starts.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_ec2::types::{Filter, InstanceLifecycleType, InstanceTypeInfo};
use futures::future::join_all;

use crate::aws::error;
use crate::aws::preflight::Look;
use crate::aws::preflight::look::About;
use crate::aws::preflight::machine::{self, machines};
use crate::model::check::Check;
use crate::model::plan::Step;
use crate::run::fault::Fault;

use super::{Quota, VCPUS, allowed, judge, quota};

/// The quota of virtual processors that a type counts towards ("On-Demand Instance quotas", EC2 user guide).
fn family(instance_type: &str) -> Option<Quota> {
    let letters: String = instance_type.chars().take_while(char::is_ascii_alphabetic).collect();
    let (code, name) = match letters.as_str() {
        "a" | "c" | "d" | "h" | "i" | "im" | "is" | "m" | "r" | "t" | "z" => {
            ("L-1216C47A", "Running On-Demand Standard (A, C, D, H, I, M, R, T, Z) instances")
        }
        "g" | "gr" | "vt" => ("L-DB2E81BA", "Running On-Demand G and VT instances"),
        "p" => ("L-417A185B", "Running On-Demand P instances"),
        "x" => ("L-7295265B", "Running On-Demand X instances"),
        "f" => ("L-74FC7D96", "Running On-Demand F instances"),
        _ => return None,
    };
    Some(quota("ec2", code, name))
}

pub async fn check(look: &Look<'_>) -> Vec<Check> {
    let machines = machines(look);
    if machines.iter().all(|machine| machine.count == 0) {
        return Vec::new();
    }
    let (running, types) = futures::join!(look.ask(async || running(look).await), machine::types(look));
    let (running, types) = match (running, types) {
        (Ok(running), Ok(types)) => (running, types),
        (Err(fault), _) | (_, Err(fault)) => return vec![look.untold(&VCPUS, None, &fault)],
    };
    let mut sizes = cores(&types.0);
    let lacking: BTreeSet<String> =
        running.keys().filter(|name| !sizes.contains_key(*name)).cloned().collect();
    match look.ask(async || machine::described(look, &lacking).await).await {
        Ok(more) => sizes.extend(cores(&more)),
        Err(fault) => return vec![look.untold(&VCPUS, None, &fault)],
    }
    let size = |name: &str| sizes.get(name).copied().unwrap_or(0);
    let mut wanted: BTreeMap<&str, (Quota, usize, &Step)> = BTreeMap::new();
    let mut checks = Vec::new();
    for machine in machines.iter().filter(|machine| machine.count > 0) {
        let Some(quota) = family(&machine.instance_type) else {
            let about = About { address: &machine.step.address, property: Some("instance_type") };
            let why = format!("the quota of `{}` is not known here", machine.instance_type);
            checks.push(look.unknown(&VCPUS, Some(about), why));
            continue;
        };
        let entry = wanted.entry(quota.code).or_insert((quota, 0, machine.step));
        entry.1 +=
            usize::try_from(machine.count).unwrap_or(usize::MAX).saturating_mul(size(&machine.instance_type));
    }
    let asked = wanted.into_values().map(|(quota, added, step)| {
        let same = running.iter().filter(|(name, _)| family(name) == Some(quota));
        let used: usize = same.map(|(name, count)| count * size(name)).sum();
        async move { judge(look, &VCPUS, Some(step), quota, added, (allowed(look, quota).await, Ok(used))) }
    });
    checks.extend(join_all(asked).await);
    checks
}

/// Virtual processors by type.
fn cores(types: &[InstanceTypeInfo]) -> BTreeMap<String, usize> {
    let size = |info: &InstanceTypeInfo| {
        let cores = info.v_cpu_info()?.default_v_cpus()?;
        Some((info.instance_type()?.as_str().to_owned(), usize::try_from(cores).ok()?))
    };
    types.iter().filter_map(size).collect()
}

/// How many machines of each type run on demand.
async fn running(look: &Look<'_>) -> Result<BTreeMap<String, usize>, Fault> {
    let states = Filter::builder().name("instance-state-name").values("pending").values("running").build();
    let mut pages = look.aws.ec2().describe_instances().filters(states).into_paginator().items().send();
    let mut running = BTreeMap::new();
    while let Some(reservation) = pages.next().await {
        let reservation = reservation.map_err(error::read("ec2:DescribeInstances"))?;
        for instance in reservation.instances() {
            let elsewhere =
                instance.instance_lifecycle().is_some_and(|life| *life == InstanceLifecycleType::Spot);
            if let Some(name) = instance.instance_type().filter(|_| !elsewhere) {
                *running.entry(name.as_str().to_owned()).or_default() += 1;
            }
        }
    }
    Ok(running)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn families_count_towards_their_quotas() {
        let code = |name| family(name).map(|quota| quota.code);
        for name in ["m7g.large", "t4g.nano", "im4gn.large", "c8gd.xlarge", "z1d.large"] {
            assert_eq!(code(name), Some("L-1216C47A"), "{name}");
        }
        assert_eq!(code("g6.xlarge"), Some("L-DB2E81BA"));
        assert_eq!(code("x2gd.large"), Some("L-7295265B"));
        assert_eq!(code("inf2.xlarge"), None);
        assert_eq!(code("trn1.2xlarge"), None);
    }
}
