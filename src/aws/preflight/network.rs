//! Whether the network's addresses are in use by another network of the account.

use std::net::Ipv4Addr;
use std::rc::Rc;

use aws_sdk_ec2::types::Vpc as Described;

use crate::aws::error;
use crate::aws::kinds::vpc::Vpc;
use crate::model::check::Check;
use crate::model::lint::Severity;
use crate::run::fault::Fault;

use super::Rule;
use super::look::{Look, about};

/// The rules of this group.
pub const RULES: &[&Rule] = &[&OVERLAP];

const OVERLAP: Rule = Rule {
    id: "network-overlap",
    what: "No other VPC of the region has addresses of the new network; two that overlap can never be joined.",
    severity: Severity::Warning,
    remedy: "choose another `network.cidr` if the two shall ever be peered or joined by a transit gateway",
    calls: &["ec2:DescribeVpcs"],
};

/// Every VPC of the region.
pub struct Vpcs(pub Vec<Described>);

/// Reads them, once.
pub async fn vpcs(look: &Look<'_>) -> Result<Rc<Vpcs>, Fault> {
    let read = async || {
        let pages = look.aws.ec2().describe_vpcs().into_paginator().items().send();
        pages.collect::<Result<_, _>>().await.map_err(error::read("ec2:DescribeVpcs"))
    };
    look.glance.once(|| async { look.ask(read).await.map(Vpcs) }).await
}

pub async fn check(look: &Look<'_>) -> Vec<Check> {
    let wanted = look.set::<Vpc>(&["cidr"]);
    if wanted.is_empty() {
        return Vec::new();
    }
    let vpcs = match vpcs(look).await {
        Ok(vpcs) => vpcs,
        Err(fault) => return vec![look.untold(&OVERLAP, None, &fault)],
    };
    let mut checks = Vec::new();
    for (step, want) in wanted {
        let Some(range) = range(&want.cidr) else { continue };
        let own = step.live.as_ref().map(|live| live.id.as_str());
        let others = vpcs.0.iter().filter(|vpc| vpc.vpc_id() != own);
        let overlapping = others.filter(|vpc| ranges(vpc).any(|other| overlap(range, other)));
        let found: Vec<String> = overlapping.map(name).collect();
        checks.push(if found.is_empty() {
            look.passed(&OVERLAP, format!("{} overlaps with no VPC of the region", want.cidr))
        } else {
            let message = format!("{} overlaps with {}", want.cidr, found.join(", "));
            look.failed(&OVERLAP, about(step, "cidr"), message)
        });
    }
    checks
}

fn name(vpc: &Described) -> String {
    let id = vpc.vpc_id().unwrap_or("a VPC");
    let cidr = vpc.cidr_block().unwrap_or_default();
    let name = vpc.tags().iter().find(|tag| tag.key() == Some("Name")).and_then(|tag| tag.value());
    name.map_or_else(|| format!("{id} ({cidr})"), |name| format!("{name} ({id}, {cidr})"))
}

fn ranges(vpc: &Described) -> impl Iterator<Item = (u32, u32)> {
    vpc.cidr_block_association_set()
        .iter()
        .filter_map(|block| block.cidr_block())
        .chain(vpc.cidr_block())
        .filter_map(range)
}

/// The first and the last address of a range.
fn range(cidr: &str) -> Option<(u32, u32)> {
    let (address, prefix) = cidr.split_once('/')?;
    let first = u32::from(address.parse::<Ipv4Addr>().ok()?);
    let prefix: u32 = prefix.parse().ok().filter(|prefix| *prefix <= 32)?;
    Some((first, first | u32::MAX.checked_shr(prefix).unwrap_or(0)))
}

fn overlap(one: (u32, u32), other: (u32, u32)) -> bool {
    one.0 <= other.1 && other.0 <= one.1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_overlap_when_an_address_is_in_both() {
        let overlaps = |a, b| overlap(range(a).expect("a range"), range(b).expect("a range"));
        assert!(overlaps("10.20.0.0/16", "10.20.255.0/24"));
        assert!(overlaps("10.0.0.0/8", "10.20.0.0/16"));
        assert!(overlaps("0.0.0.0/0", "10.20.0.0/32"));
        assert!(!overlaps("10.20.0.0/16", "10.21.0.0/16"));
        assert_eq!(range("fd00::/8"), None);
    }
}
