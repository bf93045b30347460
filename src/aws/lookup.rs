//! Facts about the account and region that a stack needs and that are no resources of its own.

use std::collections::BTreeSet;

use aws_sdk_ec2::types::{Filter, LocationType};

use crate::run::fault::Fault;

use super::{Aws, error};

fn filter(name: &str, value: &str) -> Filter {
    Filter::builder().name(name).values(value).build()
}

/// The region's availability zones that are open to this account, sorted. Local and wavelength zones are left
/// out: not every service is there.
pub async fn zones(aws: &Aws) -> Result<BTreeSet<String>, Fault> {
    let call = aws.ec2().describe_availability_zones();
    let call = call.filters(filter("state", "available")).filters(filter("zone-type", "availability-zone"));
    let answer = call.send().await.map_err(error::read("ec2:DescribeAvailabilityZones"))?;
    Ok(answer.availability_zones().iter().filter_map(|zone| zone.zone_name().map(str::to_owned)).collect())
}

/// The zones in which a type of instance is offered.
pub async fn offered(aws: &Aws, instance_type: &str) -> Result<BTreeSet<String>, Fault> {
    let call = aws.ec2().describe_instance_type_offerings().location_type(LocationType::AvailabilityZone);
    let mut pages = call.filters(filter("instance-type", instance_type)).into_paginator().items().send();
    let mut zones = BTreeSet::new();
    while let Some(offering) = pages.next().await {
        let offering = offering.map_err(error::read("ec2:DescribeInstanceTypeOfferings"))?;
        zones.extend(offering.location().map(str::to_owned));
    }
    Ok(zones)
}

/// The id of a managed prefix list, by its name.
pub async fn prefix_list(aws: &Aws, name: &str) -> Result<Option<String>, Fault> {
    let call = aws.ec2().describe_managed_prefix_lists().filters(filter("prefix-list-name", name));
    let answer = call.send().await.map_err(error::read("ec2:DescribeManagedPrefixLists"))?;
    Ok(answer.prefix_lists().iter().find_map(|list| list.prefix_list_id().map(str::to_owned)))
}

/// A public hosted zone of the account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicZone {
    /// Its id.
    pub id: String,
    /// Its name, without the last dot.
    pub name: String,
}

/// The public hosted zone that a domain belongs to: the one with the longest matching name.
pub async fn public_zone(aws: &Aws, domain: &str) -> Result<Option<PublicZone>, Fault> {
    let mut pages = aws.route53().list_hosted_zones().into_paginator().items().send();
    let mut best: Option<PublicZone> = None;
    while let Some(zone) = pages.next().await {
        let zone = zone.map_err(error::read("route53:ListHostedZones"))?;
        let name = zone.name().trim_end_matches('.');
        let private = zone.config().is_some_and(aws_sdk_route53::types::HostedZoneConfig::private_zone);
        let matches = domain == name || domain.strip_suffix(name).is_some_and(|rest| rest.ends_with('.'));
        if !private && matches && best.as_ref().is_none_or(|known| known.name.len() < name.len()) {
            let id = zone.id().trim_start_matches("/hostedzone/").to_owned();
            best = Some(PublicZone { id, name: name.to_owned() });
        }
    }
    Ok(best)
}
