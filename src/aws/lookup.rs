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

/// The account's public hosted zones.
pub async fn public_zones(aws: &Aws) -> Result<Vec<PublicZone>, Fault> {
    let mut pages = aws.route53().list_hosted_zones().into_paginator().items().send();
    let mut zones = Vec::new();
    while let Some(zone) = pages.next().await {
        let zone = zone.map_err(error::read("route53:ListHostedZones"))?;
        if !zone.config().is_some_and(aws_sdk_route53::types::HostedZoneConfig::private_zone) {
            let id = zone.id().trim_start_matches("/hostedzone/").to_owned();
            zones.push(PublicZone { id, name: zone.name().trim_end_matches('.').to_owned() });
        }
    }
    Ok(zones)
}

/// Of these zones the one that a domain belongs to: that with the longest matching name.
pub fn zone_of(zones: &[PublicZone], domain: &str) -> Option<PublicZone> {
    let within =
        |name: &str| domain == name || domain.strip_suffix(name).is_some_and(|rest| rest.ends_with('.'));
    zones.iter().filter(|zone| within(&zone.name)).max_by_key(|zone| zone.name.len()).cloned()
}

/// Whether a zone has a record of that name and type, whosever it is.
pub async fn has_record(aws: &Aws, zone: &str, name: &str, r#type: &str) -> Result<bool, Fault> {
    let call = aws.route53().list_resource_record_sets().hosted_zone_id(zone).max_items(1);
    let call = call.start_record_name(name).start_record_type(r#type.into());
    let answer = call.send().await.map_err(error::read("route53:ListResourceRecordSets"))?;
    let is = |set: &aws_sdk_route53::types::ResourceRecordSet| {
        set.name().trim_end_matches('.').eq_ignore_ascii_case(name) && set.r#type().as_str() == r#type
    };
    Ok(answer.resource_record_sets().iter().any(is))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_domain_belongs_to_the_nearest_zone() {
        let zone = |name: &str| PublicZone { id: format!("Z-{name}"), name: name.to_owned() };
        let zones = [zone("example.org"), zone("shop.example.org"), zone("ample.org")];
        let of = |domain| zone_of(&zones, domain).map(|zone| zone.name);
        assert_eq!(of("www.shop.example.org").as_deref(), Some("shop.example.org"));
        assert_eq!(of("example.org").as_deref(), Some("example.org"));
        assert_eq!(of("sample.org"), None);
        assert_eq!(of("example.com"), None);
    }
}
