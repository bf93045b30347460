//! Subnet: one zone's share of the VPC.

use aws_sdk_ec2::types::{AttributeBooleanValue, ResourceType, SubnetState};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::aws::glance::Glance;
use crate::aws::kind::{Changed, Found, Resource, Wish};
use crate::aws::tags::{self, Tags};
use crate::aws::{Aws, error};
use crate::model::live::Status;
use crate::model::schema::{Expected, IN_PLACE, Idempotency, REPLACES, ReplaceOrder, Schema};
use crate::model::spec::{Id, Kinded, Spec};
use crate::run::cloud::Farewell;
use crate::run::fault::Fault;

use super::ec2;
use super::vpc::Vpc;

/// A range of addresses in one availability zone.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Subnet {
    /// The network that it is part of.
    pub vpc: Id<Vpc>,
    /// Its IPv4 range, inside the network's.
    pub cidr: String,
    /// The availability zone, such as `us-east-1a`.
    pub zone: String,
    /// Whether instances started in it get public addresses.
    pub public_addresses: bool,
}

impl Kinded for Subnet {
    const KIND: &'static str = "subnet";
}

impl Resource for Subnet {
    const SCHEMA: &'static Schema = &Schema {
        kind: "subnet",
        title: "Subnet",
        rules: &[("vpc", REPLACES), ("cidr", REPLACES), ("zone", REPLACES), ("public_addresses", IN_PLACE)],
        outputs: &["zone"],
        changing_outputs: &[],
        data: None,
        // The successor usually has the same CIDR, which overlaps until the old one is gone.
        order: ReplaceOrder::OldFirst,
        idempotency: Idempotency::UniqueInParent,
        after: &[],
        expected: Expected { create: 4, update: 2, delete: 2 },
        canonical: Spec::canonical_as::<Self>,
    };

    async fn list(glance: &Glance<'_>) -> Result<Vec<Found<Self>>, Fault> {
        let aws = glance.aws;
        let mut pages =
            aws.ec2().describe_subnets().set_filters(aws.tag_filters()).into_paginator().items().send();
        let mut found = Vec::new();
        while let Some(subnet) = pages.next().await {
            let subnet = subnet.map_err(error::read("ec2:DescribeSubnets"))?;
            let properties = Self {
                vpc: Id::known(subnet.vpc_id().unwrap_or_default()),
                cidr: subnet.cidr_block().unwrap_or_default().to_owned(),
                zone: subnet.availability_zone().unwrap_or_default().to_owned(),
                public_addresses: subnet.map_public_ip_on_launch().unwrap_or(false),
            };
            let status = match subnet.state() {
                Some(SubnetState::Pending) => Status::Pending("pending".to_owned()),
                Some(SubnetState::Failed) => Status::Failed("AWS reports the state `failed`".to_owned()),
                _ => Status::Ready,
            };
            let id = subnet.subnet_id().unwrap_or_default();
            found.extend(
                Found::ours(aws, id, tags::read!(subnet.tags()), properties)
                    .map(|found| found.status(status).output("zone", subnet.availability_zone())),
            );
        }
        Ok(found)
    }

    async fn create(aws: &Aws, wish: &Wish<'_, Self>) -> Result<(), Fault> {
        let Self { vpc, cidr, zone, .. } = &wish.want;
        let call = aws.ec2().create_subnet().vpc_id(vpc.as_str()).cidr_block(cidr).availability_zone(zone);
        let call = call.tag_specifications(ec2::specification(ResourceType::Subnet, &wish.order.tags));
        call.send().await.map_err(error::create("ec2:CreateSubnet"))?;
        Ok(())
    }

    async fn update(
        aws: &Aws,
        live: &Found<Self>,
        wish: &Wish<'_, Self>,
        changed: Changed<'_>,
    ) -> Result<(), Fault> {
        if changed.has("public_addresses") {
            let value = AttributeBooleanValue::builder().value(wish.want.public_addresses).build();
            let call = aws.ec2().modify_subnet_attribute().subnet_id(&live.id).map_public_ip_on_launch(value);
            call.send().await.map_err(error::update("ec2:ModifySubnetAttribute"))?;
        }
        Ok(())
    }

    async fn delete(aws: &Aws, live: &Found<Self>, _: &Farewell) -> Result<(), Fault> {
        aws.ec2()
            .delete_subnet()
            .subnet_id(&live.id)
            .send()
            .await
            .map_err(error::delete("ec2:DeleteSubnet"))?;
        Ok(())
    }

    async fn tag(aws: &Aws, live: &Found<Self>, tags: &Tags) -> Result<(), Fault> {
        ec2::tag(aws, &live.id, tags).await
    }

    async fn blockers(aws: &Aws, live: &Found<Self>) -> Result<Vec<String>, Fault> {
        ec2::interfaces(aws, ec2::filter("subnet-id", &live.id)).await
    }
}
