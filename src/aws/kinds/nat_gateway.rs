//! NAT gateway: lets machines without public addresses reach the internet, and nobody reach them.

use aws_sdk_ec2::types::{NatGatewayState, ResourceType};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::aws::glance::Glance;
use crate::aws::kind::{Changed, Found, Resource, Wish};
use crate::aws::tags::{self, Tags};
use crate::aws::{Aws, error};
use crate::model::live::Status;
use crate::model::schema::{Expected, Idempotency, REPLACES, ReplaceOrder, Schema};
use crate::model::spec::{Id, Kinded, Spec};
use crate::run::cloud::Farewell;
use crate::run::fault::Fault;

use super::ec2;
use super::elastic_ip::ElasticIp;
use super::routing;
use super::subnet::Subnet;

/// A gateway for outgoing connections.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NatGateway {
    /// The public subnet that it stands in.
    pub subnet: Id<Subnet>,
    /// The address under which the internet sees it.
    pub address: Id<ElasticIp>,
}

impl Kinded for NatGateway {
    const KIND: &'static str = "nat_gateway";
}

impl Resource for NatGateway {
    const SCHEMA: &'static Schema = &Schema {
        kind: "nat_gateway",
        title: "NAT gateway",
        rules: &[("subnet", REPLACES), ("address", REPLACES)],
        outputs: &["public_ip"],
        changing_outputs: &[],
        data: None,
        // The address belongs to the old one until that is deleted.
        order: ReplaceOrder::OldFirst,
        idempotency: Idempotency::Token,
        // CreateNatGateway fails where the VPC has no attached gateway.
        after: &["internet_gateway"],
        expected: Expected { create: 105, update: 2, delete: 50 },
        canonical: Spec::canonical_as::<Self>,
    };

    async fn list(glance: &Glance<'_>) -> Result<Vec<Found<Self>>, Fault> {
        let aws = glance.aws;
        let mut found = Vec::new();
        for gateway in &routing::gateways(glance).await?.0 {
            let why = || gateway.failure_message().unwrap_or("AWS reports the state `failed`").to_owned();
            let status = match gateway.state() {
                // It stays listed for about an hour.
                Some(NatGatewayState::Deleted) => continue,
                Some(NatGatewayState::Deleting) => Status::Deleting,
                Some(NatGatewayState::Failed) => Status::Failed(why()),
                Some(NatGatewayState::Pending) => Status::Pending("pending".to_owned()),
                _ => Status::Ready,
            };
            let address = gateway.nat_gateway_addresses().first();
            let properties = Self {
                subnet: Id::known(gateway.subnet_id().unwrap_or_default()),
                address: Id::known(address.and_then(|a| a.allocation_id()).unwrap_or_default()),
            };
            let id = gateway.nat_gateway_id().unwrap_or_default();
            let ours = Found::ours(aws, id, tags::read!(gateway.tags()), properties);
            found.extend(
                ours.map(|found| {
                    found.status(status).output("public_ip", address.and_then(|a| a.public_ip()))
                }),
            );
        }
        Ok(found)
    }

    async fn create(aws: &Aws, wish: &Wish<'_, Self>) -> Result<(), Fault> {
        let Self { subnet, address } = &wish.want;
        let tags = ec2::specification(ResourceType::Natgateway, &wish.order.tags);
        let call = aws.ec2().create_nat_gateway().subnet_id(subnet.as_str()).allocation_id(address.as_str());
        let call = call.client_token(&wish.order.token).tag_specifications(tags);
        call.send().await.map_err(error::create("ec2:CreateNatGateway"))?;
        Ok(())
    }

    async fn update(_: &Aws, _: &Found<Self>, _: &Wish<'_, Self>, _: Changed<'_>) -> Result<(), Fault> {
        Ok(())
    }

    async fn delete(aws: &Aws, live: &Found<Self>, _: &Farewell) -> Result<(), Fault> {
        let call = aws.ec2().delete_nat_gateway().nat_gateway_id(&live.id);
        call.send().await.map_err(error::delete("ec2:DeleteNatGateway"))?;
        Ok(())
    }

    async fn tag(aws: &Aws, live: &Found<Self>, tags: &Tags) -> Result<(), Fault> {
        ec2::tag(aws, &live.id, tags).await
    }
}
