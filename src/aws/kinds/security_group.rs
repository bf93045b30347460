//! Security group, without its rules.
//!
//! Groups refer to each other in circles (the load balancer lets out to the web tier, which lets in from the
//! load balancer), so the rules are a resource of their own ([`super::security_group_rules`]) that comes after
//! all groups and goes before them.

use aws_sdk_ec2::types::{ResourceType, SecurityGroup as Group};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::aws::glance::Glance;
use crate::aws::kind::{Changed, Found, Resource, Wish};
use crate::aws::tags::{self, Tags};
use crate::aws::{Aws, error};
use crate::model::schema::{Expected, Idempotency, REPLACES, ReplaceOrder, Schema};
use crate::model::spec::{Id, Kinded, Spec};
use crate::run::cloud::Farewell;
use crate::run::fault::Fault;

use super::ec2;
use super::vpc::Vpc;

/// A firewall around machines of one tier.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SecurityGroup {
    /// The network that it is part of.
    pub vpc: Id<Vpc>,
    /// What it is for, at most 255 characters.
    pub description: String,
}

impl Kinded for SecurityGroup {
    const KIND: &'static str = "security_group";
}

impl Resource for SecurityGroup {
    const SCHEMA: &'static Schema = &Schema {
        kind: "security_group",
        title: "Security group",
        rules: &[("vpc", REPLACES), ("description", REPLACES)],
        outputs: &["name"],
        changing_outputs: &[],
        data: None,
        order: ReplaceOrder::NewFirst,
        idempotency: Idempotency::UniqueName,
        after: &[],
        expected: Expected { create: 6, update: 2, delete: 3 },
        canonical: Spec::canonical_as::<Self>,
    };

    async fn list(glance: &Glance<'_>) -> Result<Vec<Found<Self>>, Fault> {
        let groups = ec2::security_groups(glance).await?;
        let found = groups.0.iter().filter_map(|group| {
            let properties = Self {
                vpc: Id::known(group.vpc_id().unwrap_or_default()),
                description: group.description().unwrap_or_default().to_owned(),
            };
            let found = Found::ours(glance.aws, group.group_id()?, tags::read!(group.tags()), properties)?;
            Some(found.output("name", group.group_name()))
        });
        Ok(found.collect())
    }

    async fn create(aws: &Aws, wish: &Wish<'_, Self>) -> Result<(), Fault> {
        let Self { vpc, description } = &wish.want;
        let call = aws.ec2().create_security_group().vpc_id(vpc.as_str()).description(description);
        let call = call.group_name(wish.unique_name(aws, 255));
        let call = call.tag_specifications(ec2::specification(ResourceType::SecurityGroup, &wish.order.tags));
        call.send().await.map_err(error::create("ec2:CreateSecurityGroup"))?;
        Ok(())
    }

    async fn update(_: &Aws, _: &Found<Self>, _: &Wish<'_, Self>, _: Changed<'_>) -> Result<(), Fault> {
        Ok(())
    }

    async fn delete(aws: &Aws, live: &Found<Self>, _: &Farewell) -> Result<(), Fault> {
        let call = aws.ec2().delete_security_group().group_id(&live.id);
        call.send().await.map_err(error::delete("ec2:DeleteSecurityGroup"))?;
        Ok(())
    }

    async fn tag(aws: &Aws, live: &Found<Self>, tags: &Tags) -> Result<(), Fault> {
        ec2::tag(aws, &live.id, tags).await
    }

    async fn blockers(aws: &Aws, live: &Found<Self>) -> Result<Vec<String>, Fault> {
        let (mut blockers, inbound, outbound) = futures::try_join!(
            ec2::interfaces(aws, ec2::filter("group-id", &live.id)),
            referring(aws, "ip-permission.group-id", &live.id),
            referring(aws, "egress.ip-permission.group-id", &live.id),
        )?;
        blockers.extend(inbound.into_iter().chain(outbound));
        Ok(blockers)
    }
}

/// The other groups whose rules name this one.
async fn referring(aws: &Aws, filter: &str, id: &str) -> Result<Vec<String>, Fault> {
    let answer = aws.ec2().describe_security_groups().filters(ec2::filter(filter, id)).send().await;
    let answer = answer.map_err(error::read("ec2:DescribeSecurityGroups"))?;
    let others = answer.security_groups().iter().filter(|group| group.group_id() != Some(id));
    let name = |group: &Group| {
        let other = group.group_id().unwrap_or_default();
        format!("a rule of security group {other} ({})", group.group_name().unwrap_or_default())
    };
    Ok(others.map(name).collect())
}
