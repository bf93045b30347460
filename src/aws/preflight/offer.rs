//! Whether the types of machines are offered in the zones in which they are wanted.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_ec2::types::{Filter, LocationType};

use crate::aws::error;
use crate::model::check::Check;
use crate::model::lint::Severity;
use crate::run::fault::Fault;

use super::Rule;
use super::look::{Look, about, count, listed};
use super::machine::{Machine, machines};

/// The rules of this group.
pub const RULES: &[&Rule] = &[&OFFERED];

const OFFERED: Rule = Rule {
    id: "instance-type-offered",
    what: "Every type of machine is offered in the zones in which it is started.",
    severity: Severity::Error,
    remedy: "choose another type, or other zones (`network.zones`)",
    calls: &["ec2:DescribeInstanceTypeOfferings"],
};

/// The zones in which each type is offered.
type Offers = BTreeMap<String, BTreeSet<String>>;

pub async fn check(look: &Look<'_>) -> Vec<Check> {
    let machines = machines(look);
    let types: BTreeSet<&str> = machines.iter().map(|machine| machine.instance_type.as_str()).collect();
    if types.is_empty() {
        return Vec::new();
    }
    let offers = match look.ask(async || offers(look, &types).await).await {
        Ok(offers) => offers,
        Err(fault) => return vec![look.untold(&OFFERED, None, &fault)],
    };
    let failed: Vec<Check> = machines.iter().filter_map(|machine| lacking(look, machine, &offers)).collect();
    if failed.is_empty() {
        let message = format!("{} of machines offered where wanted", count(types.len(), "type"));
        return vec![look.passed(&OFFERED, message)];
    }
    failed
}

fn lacking(look: &Look<'_>, machine: &Machine<'_>, offers: &Offers) -> Option<Check> {
    let wanted = &machine.instance_type;
    let message = match offers.get(wanted) {
        None => format!("`{wanted}` is offered nowhere in {}", look.aws.region()),
        Some(zones) => {
            let lacking: Vec<&str> = machine.zones.difference(zones).map(String::as_str).collect();
            if lacking.is_empty() {
                return None;
            }
            let there = listed(zones.iter().map(String::as_str));
            format!("`{wanted}` is not offered in {}, only in {there}", listed(lacking))
        }
    };
    Some(look.failed(&OFFERED, about(machine.step, "instance_type"), message))
}

async fn offers(look: &Look<'_>, types: &BTreeSet<&str>) -> Result<Offers, Fault> {
    let names = types.iter().map(|name| (*name).to_owned()).collect();
    let filter = Filter::builder().name("instance-type").set_values(Some(names)).build();
    let call =
        look.aws.ec2().describe_instance_type_offerings().location_type(LocationType::AvailabilityZone);
    let mut pages = call.filters(filter).into_paginator().items().send();
    let mut offers = Offers::new();
    while let Some(offering) = pages.next().await {
        let offering = offering.map_err(error::read("ec2:DescribeInstanceTypeOfferings"))?;
        let (Some(name), Some(zone)) = (offering.instance_type(), offering.location()) else { continue };
        offers.entry(name.as_str().to_owned()).or_default().insert(zone.to_owned());
    }
    Ok(offers)
}
