//! What the kinds of EC2 share: tags, and what stands in the way of a deletion.

use std::rc::Rc;

use aws_sdk_ec2::types::{Filter, NetworkInterface, ResourceType, SecurityGroup, Tag, TagSpecification};

use crate::aws::glance::Glance;
use crate::aws::tags::{self, Tags};
use crate::aws::{Aws, error};
use crate::run::fault::{Class, Fault};

/// Tags for the create call of a resource of that type.
pub fn specification(kind: ResourceType, tags: &Tags) -> TagSpecification {
    TagSpecification::builder().resource_type(kind).set_tags(Some(tags::list!(tags => Tag))).build()
}

/// A filter.
pub fn filter(name: &str, value: &str) -> Filter {
    Filter::builder().name(name).values(value).build()
}

/// Writes tags onto a resource of EC2.
pub async fn tag(aws: &Aws, id: &str, tags: &Tags) -> Result<(), Fault> {
    let call = aws.ec2().create_tags().resources(id).set_tags(Some(tags::list!(tags => Tag)));
    call.send().await.map_err(error::update("ec2:CreateTags"))?;
    Ok(())
}

/// The network interfaces that match: what usually keeps a subnet, a group or a VPC from being deleted.
pub async fn interfaces(aws: &Aws, filter: Filter) -> Result<Vec<String>, Fault> {
    let answer = aws.ec2().describe_network_interfaces().filters(filter).send().await;
    let answer = match answer.map_err(error::read("ec2:DescribeNetworkInterfaces")) {
        Err(fault) if fault.class == Class::Gone => return Ok(Vec::new()),
        answer => answer?,
    };
    Ok(words(answer.network_interfaces().iter()))
}

/// The network interfaces of a VPC that have public addresses: what keeps an internet gateway attached.
pub async fn public_interfaces(aws: &Aws, vpc: &str) -> Result<Vec<String>, Fault> {
    let answer = aws.ec2().describe_network_interfaces().filters(filter("vpc-id", vpc)).send().await;
    let answer = answer.map_err(error::read("ec2:DescribeNetworkInterfaces"))?;
    let public = |interface: &&NetworkInterface| {
        interface.association().is_some_and(|association| association.public_ip().is_some())
    };
    Ok(words(answer.network_interfaces().iter().filter(public)))
}

fn words<'a>(interfaces: impl Iterator<Item = &'a NetworkInterface>) -> Vec<String> {
    let words = interfaces.map(|interface| {
        let id = interface.network_interface_id().unwrap_or("a network interface");
        let description = interface.description().filter(|text| !text.is_empty()).unwrap_or("no description");
        let instance = interface.attachment().and_then(|attachment| attachment.instance_id());
        match instance {
            Some(instance) => format!("network interface {id} of instance {instance} ({description})"),
            None => format!("network interface {id} ({description})"),
        }
    });
    words.collect()
}

/// Every security group that carries the environment's tags, the closed default group included.
pub struct SecurityGroups(pub Vec<SecurityGroup>);

/// Reads them, once a look.
pub async fn security_groups(glance: &Glance<'_>) -> Result<Rc<SecurityGroups>, Fault> {
    let aws = glance.aws;
    let ask = || async {
        let call = aws.ec2().describe_security_groups().set_filters(aws.tag_filters());
        let groups: Result<Vec<_>, _> = call.into_paginator().items().send().collect().await;
        Ok(SecurityGroups(groups.map_err(error::read("ec2:DescribeSecurityGroups"))?))
    };
    glance.once(ask).await
}
