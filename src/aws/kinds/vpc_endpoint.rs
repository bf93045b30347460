//! Gateway endpoint: reaches S3 without leaving Amazon's network, and without paying the NAT gateway for it.

use std::collections::BTreeSet;

use aws_sdk_ec2::types::{ResourceType, VpcEndpoint as Endpoint, VpcEndpointType};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

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
use super::route_table::RouteTable;
use super::vpc::Vpc;

/// A gateway to an AWS service.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct VpcEndpoint {
    /// The network that it is part of.
    pub vpc: Id<Vpc>,
    /// The service: `s3` or `dynamodb`.
    pub service: String,
    /// The route tables that lead to it.
    pub route_tables: BTreeSet<Id<RouteTable>>,
    /// Who may do what through it, as a policy document; everybody everything if it is not given.
    #[serde(default = "full_access")]
    pub policy: Value,
}

/// The policy that AWS gives an endpoint which is made without one.
pub fn full_access() -> Value {
    json!({"Version": "2008-10-17",
        "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}]})
}

impl Kinded for VpcEndpoint {
    const KIND: &'static str = "vpc_endpoint";
}

impl Resource for VpcEndpoint {
    const SCHEMA: &'static Schema = &Schema {
        kind: "vpc_endpoint",
        title: "Gateway endpoint",
        rules: &[("vpc", REPLACES), ("service", REPLACES), ("route_tables", IN_PLACE), ("policy", IN_PLACE)],
        outputs: &[],
        changing_outputs: &[],
        data: None,
        // A route table can lead to one endpoint of a service only.
        order: ReplaceOrder::OldFirst,
        idempotency: Idempotency::Token,
        after: &[],
        expected: Expected { create: 6, update: 4, delete: 6 },
        canonical: Spec::canonical_as::<Self>,
    };

    async fn list(glance: &Glance<'_>) -> Result<Vec<Found<Self>>, Fault> {
        let aws = glance.aws;
        let call = aws.ec2().describe_vpc_endpoints().set_filters(aws.tag_filters());
        let mut pages = call.into_paginator().items().send();
        let mut found = Vec::new();
        while let Some(endpoint) = pages.next().await {
            let endpoint = endpoint.map_err(error::read("ec2:DescribeVpcEndpoints"))?;
            let Some(status) = status(&endpoint) else { continue };
            let service = endpoint.service_name().and_then(|name| name.rsplit('.').next());
            let policy = endpoint.policy_document().and_then(|text| serde_json::from_str(text).ok());
            let properties = Self {
                vpc: Id::known(endpoint.vpc_id().unwrap_or_default()),
                service: service.unwrap_or_default().to_owned(),
                route_tables: endpoint.route_table_ids().iter().map(Id::known).collect(),
                policy: policy.unwrap_or_else(full_access),
            };
            let id = endpoint.vpc_endpoint_id().unwrap_or_default();
            let ours = Found::ours(aws, id, tags::read!(endpoint.tags()), properties);
            found.extend(ours.map(|found| found.status(status)));
        }
        Ok(found)
    }

    async fn create(aws: &Aws, wish: &Wish<'_, Self>) -> Result<(), Fault> {
        let Self { vpc, service, route_tables, policy } = &wish.want;
        let tags = ec2::specification(ResourceType::VpcEndpoint, &wish.order.tags);
        let call = aws.ec2().create_vpc_endpoint().vpc_id(vpc.as_str()).tag_specifications(tags);
        let call = call.vpc_endpoint_type(VpcEndpointType::Gateway).client_token(&wish.order.token);
        let call = call.service_name(format!("com.amazonaws.{}.{service}", aws.region()));
        let call = call.set_route_table_ids(Some(route_tables.iter().map(ToString::to_string).collect()));
        let call = call.policy_document(policy.to_string());
        call.send().await.map_err(error::create("ec2:CreateVpcEndpoint"))?;
        Ok(())
    }

    async fn update(
        aws: &Aws,
        live: &Found<Self>,
        wish: &Wish<'_, Self>,
        changed: Changed<'_>,
    ) -> Result<(), Fault> {
        let mut call = aws.ec2().modify_vpc_endpoint().vpc_endpoint_id(&live.id);
        if changed.has("route_tables") {
            let (have, want) = (&live.properties.route_tables, &wish.want.route_tables);
            let ids = |some: std::collections::btree_set::Difference<'_, Id<RouteTable>>| {
                let ids: Vec<String> = some.map(ToString::to_string).collect();
                (!ids.is_empty()).then_some(ids)
            };
            call = call.set_add_route_table_ids(ids(want.difference(have)));
            call = call.set_remove_route_table_ids(ids(have.difference(want)));
        }
        if changed.has("policy") {
            call = call.policy_document(wish.want.policy.to_string());
        }
        call.send().await.map_err(error::update("ec2:ModifyVpcEndpoint"))?;
        Ok(())
    }

    async fn delete(aws: &Aws, live: &Found<Self>, _: &Farewell) -> Result<(), Fault> {
        let answer = aws.ec2().delete_vpc_endpoints().vpc_endpoint_ids(&live.id).send().await;
        let answer = answer.map_err(error::delete("ec2:DeleteVpcEndpoints"))?;
        match answer.unsuccessful().iter().find_map(|item| item.error()) {
            Some(why) => Err(error::item_of_delete("ec2:DeleteVpcEndpoints", why.code(), why.message())),
            None => Ok(()),
        }
    }

    async fn tag(aws: &Aws, live: &Found<Self>, tags: &Tags) -> Result<(), Fault> {
        ec2::tag(aws, &live.id, tags).await
    }
}

/// Its state, or `None` when it is gone. The API reference writes the states in capitals (`Available`), the
/// service in small letters.
fn status(endpoint: &Endpoint) -> Option<Status> {
    let state = endpoint.state().map(|state| state.as_str().to_ascii_lowercase()).unwrap_or_default();
    match state.as_str() {
        "deleted" => None,
        "deleting" => Some(Status::Deleting),
        "failed" | "rejected" | "expired" => {
            let why = endpoint.last_error().and_then(|error| error.message());
            Some(Status::Failed(
                why.map_or_else(|| format!("AWS reports the state `{state}`"), str::to_owned),
            ))
        }
        "pending" | "pendingacceptance" => Some(Status::Pending(state)),
        _ => Some(Status::Ready),
    }
}
