//! Elastic IP address: a public IPv4 address that stays the same.

use std::collections::HashMap;

use aws_sdk_ec2::types::{Address, DomainType, NatGateway, NatGatewayAddress, NatGatewayState, ResourceType};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::aws::glance::Glance;
use crate::aws::kind::{Changed, Found, Resource, Wish};
use crate::aws::tags::{self, Tags};
use crate::aws::{Aws, error, index};
use crate::model::schema::{Expected, Idempotency, ReplaceOrder, Schema};
use crate::model::spec::{Kinded, Spec};
use crate::run::cloud::Farewell;
use crate::run::fault::Fault;

use super::{ec2, routing};

/// A public IPv4 address.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ElasticIp {}

impl Kinded for ElasticIp {
    const KIND: &'static str = "elastic_ip";
}

impl Resource for ElasticIp {
    const SCHEMA: &'static Schema = &Schema {
        kind: "elastic_ip",
        title: "Elastic IP address",
        rules: &[],
        outputs: &["public_ip"],
        changing_outputs: &[],
        data: None,
        order: ReplaceOrder::NewFirst,
        // AllocateAddress has neither a client token nor a name.
        idempotency: Idempotency::TagsOnly,
        after: &[],
        expected: Expected { create: 2, update: 1, delete: 2 },
        canonical: Spec::canonical_as::<Self>,
    };

    async fn list(glance: &Glance<'_>) -> Result<Vec<Found<Self>>, Fault> {
        let aws = glance.aws;
        if let Some(found) = indexed(glance).await? {
            return Ok(found);
        }
        // DescribeAddresses answers with all at once.
        let answer = aws.ec2().describe_addresses().set_filters(aws.tag_filters()).send().await;
        let answer = answer.map_err(error::read("ec2:DescribeAddresses"))?;
        let found = answer.addresses().iter().filter_map(|address| {
            let id = address.allocation_id()?;
            let found = Found::ours(aws, id, tags::read!(address.tags()), Self {})?;
            Some(found.output("public_ip", address.public_ip()))
        });
        Ok(found.collect())
    }

    async fn create(aws: &Aws, wish: &Wish<'_, Self>) -> Result<(), Fault> {
        let tags = ec2::specification(ResourceType::ElasticIp, &wish.order.tags);
        let call = aws.ec2().allocate_address().domain(DomainType::Vpc).tag_specifications(tags);
        call.send().await.map_err(error::create("ec2:AllocateAddress"))?;
        Ok(())
    }

    async fn update(_: &Aws, _: &Found<Self>, _: &Wish<'_, Self>, _: Changed<'_>) -> Result<(), Fault> {
        Ok(())
    }

    async fn delete(aws: &Aws, live: &Found<Self>, _: &Farewell) -> Result<(), Fault> {
        let call = aws.ec2().release_address().allocation_id(&live.id);
        call.send().await.map_err(error::delete("ec2:ReleaseAddress"))?;
        Ok(())
    }

    async fn tag(aws: &Aws, live: &Found<Self>, tags: &Tags) -> Result<(), Fault> {
        ec2::tag(aws, &live.id, tags).await
    }

    async fn blockers(aws: &Aws, live: &Found<Self>) -> Result<Vec<String>, Fault> {
        let answer = aws.ec2().describe_addresses().allocation_ids(&live.id).send().await;
        let answer = answer.map_err(error::read("ec2:DescribeAddresses"))?;
        let user = |address: &Address| {
            address.association_id()?;
            let interface = address.network_interface_id().unwrap_or("unknown");
            Some(format!("network interface {interface} uses {}", address.public_ip().unwrap_or(&live.id)))
        };
        Ok(answer.addresses().iter().filter_map(user).collect())
    }
}

/// The addresses that the index confirms, as the gateways that use them tell of them: none can go while it is used.
async fn indexed(glance: &Glance<'_>) -> Result<Option<Vec<Found<ElasticIp>>>, Fault> {
    let index = index::index(glance).await?;
    let Some(confirmed) = index.all(ElasticIp::KIND) else { return Ok(None) };
    let gateways = routing::gateways(glance).await?;
    let available = gateways.0.iter().filter(|gateway| gateway.state() == Some(&NatGatewayState::Available));
    let used: HashMap<&str, &NatGatewayAddress> = available
        .flat_map(NatGateway::nat_gateway_addresses)
        .filter_map(|address| Some((address.allocation_id()?, address)))
        .collect();
    let found = confirmed.into_iter().map(|one| {
        let address = used.get(one.id())?;
        let found = Found::ours(glance.aws, one.id(), one.tags.clone(), ElasticIp {})?;
        Some(found.output("public_ip", address.public_ip()))
    });
    Ok(found.collect())
}
