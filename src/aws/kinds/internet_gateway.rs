//! Internet gateway: the way from a VPC to the internet and back.

use aws_sdk_ec2::types::{ResourceType, RouteState, RouteTable};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::aws::glance::Glance;
use crate::aws::kind::{Changed, Found, Resource, Wish};
use crate::aws::tags::{self, Tags};
use crate::aws::{Aws, error, index};
use crate::model::schema::{Effect, Expected, Idempotency, ReplaceOrder, Rule, Schema};
use crate::model::spec::{Id, Kinded, Spec};
use crate::run::cloud::Farewell;
use crate::run::fault::{Fault, Forgive};

use super::vpc::Vpc;
use super::{ec2, routing};

/// A gateway to the internet.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct InternetGateway {
    /// The network that it is attached to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vpc: Option<Id<Vpc>>,
}

impl Kinded for InternetGateway {
    const KIND: &'static str = "internet_gateway";
}

impl Resource for InternetGateway {
    const SCHEMA: &'static Schema = &Schema {
        kind: "internet_gateway",
        title: "Internet gateway",
        rules: &[("vpc", Rule::When(attaching))],
        outputs: &[],
        changing_outputs: &[],
        data: None,
        order: ReplaceOrder::NewFirst,
        // CreateInternetGateway has neither a client token nor a name.
        idempotency: Idempotency::TagsOnly,
        after: &[],
        expected: Expected { create: 17, update: 2, delete: 15 },
        canonical: Spec::canonical_as::<Self>,
    };

    async fn list(glance: &Glance<'_>) -> Result<Vec<Found<Self>>, Fault> {
        let aws = glance.aws;
        if let Some(found) = indexed(glance).await? {
            return Ok(found);
        }
        let call = aws.ec2().describe_internet_gateways().set_filters(aws.tag_filters());
        let mut pages = call.into_paginator().items().send();
        let mut found = Vec::new();
        while let Some(gateway) = pages.next().await {
            let gateway = gateway.map_err(error::read("ec2:DescribeInternetGateways"))?;
            let vpc = gateway.attachments().iter().find_map(|attachment| attachment.vpc_id());
            let properties = Self { vpc: vpc.map(Id::known) };
            let id = gateway.internet_gateway_id().unwrap_or_default();
            found.extend(Found::ours(aws, id, tags::read!(gateway.tags()), properties));
        }
        Ok(found)
    }

    async fn create(aws: &Aws, wish: &Wish<'_, Self>) -> Result<(), Fault> {
        let tags = ec2::specification(ResourceType::InternetGateway, &wish.order.tags);
        let call = aws.ec2().create_internet_gateway().tag_specifications(tags);
        call.send().await.map_err(error::create("ec2:CreateInternetGateway"))?;
        Ok(())
    }

    async fn update(
        aws: &Aws,
        live: &Found<Self>,
        wish: &Wish<'_, Self>,
        changed: Changed<'_>,
    ) -> Result<(), Fault> {
        if let (true, Some(vpc)) = (changed.has("vpc"), &wish.want.vpc) {
            let call = aws.ec2().attach_internet_gateway().internet_gateway_id(&live.id).vpc_id(vpc.as_str());
            call.send().await.map_err(error::update("ec2:AttachInternetGateway")).or_exists()?;
        }
        Ok(())
    }

    async fn delete(aws: &Aws, live: &Found<Self>, _: &Farewell) -> Result<(), Fault> {
        if let Some(vpc) = &live.properties.vpc {
            let call = aws.ec2().detach_internet_gateway().internet_gateway_id(&live.id).vpc_id(vpc.as_str());
            call.send().await.map_err(error::delete("ec2:DetachInternetGateway")).or_gone()?;
        }
        let call = aws.ec2().delete_internet_gateway().internet_gateway_id(&live.id);
        call.send().await.map_err(error::delete("ec2:DeleteInternetGateway"))?;
        Ok(())
    }

    async fn tag(aws: &Aws, live: &Found<Self>, tags: &Tags) -> Result<(), Fault> {
        ec2::tag(aws, &live.id, tags).await
    }

    async fn blockers(aws: &Aws, live: &Found<Self>) -> Result<Vec<String>, Fault> {
        match &live.properties.vpc {
            Some(vpc) => ec2::public_interfaces(aws, vpc.as_str()).await,
            None => Ok(Vec::new()),
        }
    }
}

/// The gateways that the index confirms, as the routes through them tell of them: a route is active only while its
/// gateway is attached to the table's network (VPC user guide, "Route tables": `blackhole`).
async fn indexed(glance: &Glance<'_>) -> Result<Option<Vec<Found<InternetGateway>>>, Fault> {
    let index = index::index(glance).await?;
    let Some(confirmed) = index.all(InternetGateway::KIND) else { return Ok(None) };
    let tables = routing::tables(glance).await?;
    let leads = |table: &&RouteTable, id: &str| {
        let mut routes = table.routes().iter().filter(|route| route.state() == Some(&RouteState::Active));
        routes.any(|route| route.gateway_id() == Some(id))
    };
    let found = confirmed.into_iter().map(|one| {
        let table = tables.0.iter().find(|table| leads(table, one.id()))?;
        let properties = InternetGateway { vpc: Some(Id::known(table.vpc_id()?)) };
        Found::ours(glance.aws, one.id(), one.tags.clone(), properties)
    });
    Ok(found.collect())
}

/// A gateway that is attached to nothing is attached; one that is attached elsewhere serves that VPC still.
fn attaching(from: &Value, _: &Value) -> Effect {
    if from.is_null() { Effect::NoInterruption } else { Effect::Replacement }
}
