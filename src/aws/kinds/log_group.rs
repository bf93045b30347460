//! Log group of `CloudWatch`. Its name ends in its address, so that one list by prefix tells everything.

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::aws::glance::Glance;
use crate::aws::kind::{Changed, Found, Resource, Wish};
use crate::aws::tags::Tags;
use crate::aws::{Aws, error};
use crate::model::address::Address;
use crate::model::live::Status;
use crate::model::schema::{Expected, IN_PLACE, Idempotency, ReplaceOrder, Schema};
use crate::model::spec::{Kinded, Spec};
use crate::run::cloud::Farewell;
use crate::run::fault::{Fault, Forgive};

/// A place for logs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LogGroup {
    /// Days for which its events are kept; 0 keeps them for ever.
    pub retention_days: u16,
}

impl Kinded for LogGroup {
    const KIND: &'static str = "log_group";
}

impl Resource for LogGroup {
    const SCHEMA: &'static Schema = &Schema {
        kind: "log_group",
        title: "CloudWatch log group",
        rules: &[("retention_days", IN_PLACE)],
        outputs: &["arn"],
        changing_outputs: &[],
        // Its events are transient by its own rule: they go after `retention_days`.
        data: None,
        order: ReplaceOrder::OldFirst,
        idempotency: Idempotency::UniqueName,
        after: &[],
        expected: Expected { create: 2, update: 1, delete: 1 },
        canonical: Spec::canonical_as::<Self>,
    };

    async fn list(glance: &Glance<'_>) -> Result<Vec<Found<Self>>, Fault> {
        let prefix = prefix(glance.aws);
        let call = glance.aws.logs().describe_log_groups().log_group_name_prefix(&prefix);
        let mut pages = call.into_paginator().items().send();
        let mut found = Vec::new();
        while let Some(group) = pages.next().await {
            let group = group.map_err(error::read("logs:DescribeLogGroups"))?;
            let name = group.log_group_name().unwrap_or_default();
            let address = name.strip_prefix(&prefix).and_then(|address| address.parse::<Address>().ok());
            let Some(address) = address else { continue };
            let days = group.retention_in_days().and_then(|days| u16::try_from(days).ok());
            let ours = Found {
                address,
                id: name.to_owned(),
                born: group.creation_time().and_then(|time| u64::try_from(time).ok()),
                status: Status::Ready,
                properties: Self { retention_days: days.unwrap_or(0) },
                outputs: IndexMap::new(),
                tags: Tags::new(),
                protected: false,
            };
            // The older of the two forms of the ARN ends in `:*`; the calls about tags take it without.
            found.push(ours.output("arn", group.arn().map(|arn| arn.trim_end_matches(":*"))));
        }
        Ok(found)
    }

    async fn create(aws: &Aws, wish: &Wish<'_, Self>) -> Result<(), Fault> {
        let name = format!("{}{}", prefix(aws), wish.order.address);
        let tags = wish.order.tags.clone().into_iter().collect();
        let call = aws.logs().create_log_group().log_group_name(name).set_tags(Some(tags));
        call.send().await.map_err(error::create("logs:CreateLogGroup"))?;
        Ok(())
    }

    async fn update(
        aws: &Aws,
        live: &Found<Self>,
        wish: &Wish<'_, Self>,
        changed: Changed<'_>,
    ) -> Result<(), Fault> {
        match wish.want.retention_days {
            _ if !changed.has("retention_days") => Ok(()),
            0 => {
                let call = aws.logs().delete_retention_policy().log_group_name(&live.id);
                call.send().await.map_err(error::delete("logs:DeleteRetentionPolicy")).or_gone()
            }
            days => {
                let call = aws.logs().put_retention_policy().log_group_name(&live.id);
                let answer = call.retention_in_days(i32::from(days)).send().await;
                answer.map(drop).map_err(error::update("logs:PutRetentionPolicy"))
            }
        }
    }

    async fn delete(aws: &Aws, live: &Found<Self>, _: &Farewell) -> Result<(), Fault> {
        let call = aws.logs().delete_log_group().log_group_name(&live.id);
        call.send().await.map_err(error::delete("logs:DeleteLogGroup"))?;
        Ok(())
    }

    async fn tag(aws: &Aws, live: &Found<Self>, tags: &Tags) -> Result<(), Fault> {
        let tags = tags.clone().into_iter().collect();
        let call = aws.logs().tag_resource().resource_arn(arn(live)).set_tags(Some(tags));
        call.send().await.map_err(error::update("logs:TagResource"))?;
        Ok(())
    }

    async fn tags(aws: &Aws, live: &Found<Self>) -> Result<Tags, Fault> {
        let answer = aws.logs().list_tags_for_resource().resource_arn(arn(live)).send().await;
        let answer = answer.map_err(error::read("logs:ListTagsForResource"))?;
        Ok(answer.tags.unwrap_or_default().into_iter().collect())
    }
}

/// What the names of this environment's log groups begin with. An address has only characters that a name may
/// have (API reference, `CreateLogGroup`), so it stands in the name as it is.
fn prefix(aws: &Aws) -> String {
    format!("/drucloud/{}/{}/", aws.scope.stack, aws.scope.env)
}

fn arn(live: &Found<LogGroup>) -> &str {
    live.outputs.get("arn").map_or("", String::as_str)
}
