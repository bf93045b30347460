//! Flow log: who talked to whom in a VPC, written into a log group.

use aws_sdk_ec2::types::{FlowLogsResourceType, LogDestinationType, ResourceType, TrafficType};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::aws::glance::Glance;
use crate::aws::kind::{Changed, Found, Resource, Wish};
use crate::aws::tags::{self, Tags};
use crate::aws::{Aws, error};
use crate::model::schema::{Expected, Idempotency, REPLACES, ReplaceOrder, Schema};
use crate::model::spec::{Id, Kinded, Spec, Text};
use crate::run::cloud::Farewell;
use crate::run::fault::Fault;

use super::ec2;
use super::log_group::LogGroup;
use super::vpc::Vpc;

/// A record of a network's traffic.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FlowLog {
    /// The network.
    pub vpc: Id<Vpc>,
    /// The log group that it writes to.
    pub log_group: Id<LogGroup>,
    /// The ARN of the role with which it writes.
    pub role: Text,
    /// `ACCEPT`, `REJECT` or `ALL`.
    pub traffic: String,
}

impl Kinded for FlowLog {
    const KIND: &'static str = "flow_log";
}

impl Resource for FlowLog {
    const SCHEMA: &'static Schema = &Schema {
        kind: "flow_log",
        title: "Flow log",
        rules: &[("vpc", REPLACES), ("log_group", REPLACES), ("role", REPLACES), ("traffic", REPLACES)],
        outputs: &[],
        changing_outputs: &[],
        data: None,
        // A second one with the same VPC, traffic and destination is refused (FlowLogAlreadyExists).
        order: ReplaceOrder::OldFirst,
        idempotency: Idempotency::Token,
        after: &[],
        expected: Expected { create: 4, update: 1, delete: 2 },
        canonical: Spec::canonical_as::<Self>,
    };

    async fn list(glance: &Glance<'_>) -> Result<Vec<Found<Self>>, Fault> {
        let aws = glance.aws;
        let call = aws.ec2().describe_flow_logs().set_filter(aws.tag_filters());
        let mut pages = call.into_paginator().items().send();
        let mut found = Vec::new();
        while let Some(log) = pages.next().await {
            let log = log.map_err(error::read("ec2:DescribeFlowLogs"))?;
            let properties = Self {
                vpc: Id::known(log.resource_id().unwrap_or_default()),
                log_group: Id::known(log.log_group_name().unwrap_or_default()),
                role: log.deliver_logs_permission_arn().unwrap_or_default().into(),
                traffic: log.traffic_type().map(|traffic| traffic.as_str().to_owned()).unwrap_or_default(),
            };
            let id = log.flow_log_id().unwrap_or_default();
            found.extend(Found::ours(aws, id, tags::read!(log.tags()), properties));
        }
        Ok(found)
    }

    async fn create(aws: &Aws, wish: &Wish<'_, Self>) -> Result<(), Fault> {
        let Self { vpc, log_group, role, traffic } = &wish.want;
        let call = aws.ec2().create_flow_logs().resource_ids(vpc.as_str()).client_token(&wish.order.token);
        let call =
            call.resource_type(FlowLogsResourceType::Vpc).traffic_type(TrafficType::from(traffic.as_str()));
        let call = call.log_destination_type(LogDestinationType::CloudWatchLogs);
        let call = call
            .log_group_name(log_group.as_str())
            .set_deliver_logs_permission_arn(role.known().map(str::to_owned));
        let call = call.tag_specifications(ec2::specification(ResourceType::VpcFlowLog, &wish.order.tags));
        let answer = call.send().await.map_err(error::create("ec2:CreateFlowLogs"))?;
        match answer.unsuccessful().iter().find_map(|item| item.error()) {
            Some(why) => Err(error::item_of_create("ec2:CreateFlowLogs", why.code(), why.message())),
            None => Ok(()),
        }
    }

    async fn update(_: &Aws, _: &Found<Self>, _: &Wish<'_, Self>, _: Changed<'_>) -> Result<(), Fault> {
        Ok(())
    }

    async fn delete(aws: &Aws, live: &Found<Self>, _: &Farewell) -> Result<(), Fault> {
        let answer = aws.ec2().delete_flow_logs().flow_log_ids(&live.id).send().await;
        let answer = answer.map_err(error::delete("ec2:DeleteFlowLogs"))?;
        match answer.unsuccessful().iter().find_map(|item| item.error()) {
            Some(why) => Err(error::item_of_delete("ec2:DeleteFlowLogs", why.code(), why.message())),
            None => Ok(()),
        }
    }

    async fn tag(aws: &Aws, live: &Found<Self>, tags: &Tags) -> Result<(), Fault> {
        ec2::tag(aws, &live.id, tags).await
    }
}
