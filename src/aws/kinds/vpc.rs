//! VPC, with its DNS attributes and its default security group, which is emptied: whatever is started without
//! a group of its own can reach nothing and be reached by nobody.

use aws_sdk_ec2::types::{
    AttributeBooleanValue, IpPermission, ResourceType, Vpc as Described, VpcAttributeName, VpcState,
};
use futures::future::try_join_all;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::aws::glance::Glance;
use crate::aws::kind::{Changed, Found, Resource, Wish};
use crate::aws::tags::{self, Tags};
use crate::aws::{Aws, error, index};
use crate::model::live::Status;
use crate::model::schema::{Effect, Expected, IN_PLACE, Idempotency, REPLACES, ReplaceOrder, Rule, Schema};
use crate::model::spec::{Kinded, Spec};
use crate::run::cloud::Farewell;
use crate::run::fault::{Fault, Forgive, absent};

use super::ec2;

/// A virtual network.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Vpc {
    /// Its IPv4 range, /16 to /28.
    pub cidr: String,
    /// Whether Amazon's DNS server answers in it.
    pub dns_support: bool,
    /// Whether public addresses get names; private hosted zones need both.
    pub dns_hostnames: bool,
    /// Whether the default security group has its rules removed; `false` leaves it as it is.
    pub default_group_closed: bool,
}

impl Kinded for Vpc {
    const KIND: &'static str = "vpc";
}

impl Resource for Vpc {
    const SCHEMA: &'static Schema = &Schema {
        kind: "vpc",
        title: "VPC",
        rules: &[
            ("cidr", REPLACES),
            ("dns_support", IN_PLACE),
            ("dns_hostnames", IN_PLACE),
            ("default_group_closed", Rule::When(closing)),
        ],
        outputs: &["cidr", "owner"],
        changing_outputs: &[],
        data: None,
        order: ReplaceOrder::NewFirst,
        // CreateVpc has neither a client token nor a unique name.
        idempotency: Idempotency::TagsOnly,
        after: &[],
        expected: Expected { create: 12, update: 2, delete: 2 },
        canonical: Spec::canonical_as::<Self>,
    };

    async fn list(glance: &Glance<'_>) -> Result<Vec<Found<Self>>, Fault> {
        let aws = glance.aws;
        if let Some(found) = indexed(glance).await? {
            return Ok(found);
        }
        let mut pages =
            aws.ec2().describe_vpcs().set_filters(aws.tag_filters()).into_paginator().items().send();
        let mut found = Vec::new();
        while let Some(vpc) = pages.next().await {
            let vpc = vpc.map_err(error::read("ec2:DescribeVpcs"))?;
            found.extend(read(glance, &vpc, tags::read!(vpc.tags())).await?);
        }
        Ok(found)
    }

    async fn create(aws: &Aws, wish: &Wish<'_, Self>) -> Result<(), Fault> {
        let call = aws.ec2().create_vpc().cidr_block(&wish.want.cidr);
        let call = call.tag_specifications(ec2::specification(ResourceType::Vpc, &wish.order.tags));
        call.send().await.map_err(error::create("ec2:CreateVpc"))?;
        Ok(())
    }

    async fn update(
        aws: &Aws,
        live: &Found<Self>,
        wish: &Wish<'_, Self>,
        changed: Changed<'_>,
    ) -> Result<(), Fault> {
        let switch = |on: bool| AttributeBooleanValue::builder().value(on).build();
        // One attribute a call (API reference, ModifyVpcAttribute); hostnames need support first.
        if changed.has("dns_support") {
            let call = aws.ec2().modify_vpc_attribute().vpc_id(&live.id);
            let call = call.enable_dns_support(switch(wish.want.dns_support));
            call.send().await.map_err(error::update("ec2:ModifyVpcAttribute"))?;
        }
        if changed.has("dns_hostnames") {
            let call = aws.ec2().modify_vpc_attribute().vpc_id(&live.id);
            let call = call.enable_dns_hostnames(switch(wish.want.dns_hostnames));
            call.send().await.map_err(error::update("ec2:ModifyVpcAttribute"))?;
        }
        if changed.has("default_group_closed") && wish.want.default_group_closed {
            close_default_group(aws, &live.id).await?;
        }
        Ok(())
    }

    async fn delete(aws: &Aws, live: &Found<Self>, _: &Farewell) -> Result<(), Fault> {
        aws.ec2().delete_vpc().vpc_id(&live.id).send().await.map_err(error::delete("ec2:DeleteVpc"))?;
        Ok(())
    }

    async fn tag(aws: &Aws, live: &Found<Self>, tags: &Tags) -> Result<(), Fault> {
        ec2::tag(aws, &live.id, tags).await
    }

    async fn blockers(aws: &Aws, live: &Found<Self>) -> Result<Vec<String>, Fault> {
        ec2::interfaces(aws, ec2::filter("vpc-id", &live.id)).await
    }

    const ADOPTABLE: bool = true;

    async fn inspect(
        glance: &Glance<'_>,
        id: &str,
        claim: &Tags,
    ) -> Result<Option<(Found<Self>, Tags)>, Fault> {
        // A filter finds nothing where an id that does not exist, or is none, is an error.
        let call = glance.aws.ec2().describe_vpcs().filters(ec2::filter("vpc-id", id)).send().await;
        let answer = call.map_err(error::read("ec2:DescribeVpcs"))?;
        let Some(vpc) = answer.vpcs().first() else { return Ok(None) };
        let has = tags::read!(vpc.tags());
        let found = read(glance, vpc, tags::claimed(&has, claim)).await?;
        Ok(found.map(|found| (found, has)))
    }
}

/// The networks that the index confirms. Their attributes have to be asked for in any case, and that tells whether
/// they still are there; a range never changes.
async fn indexed(glance: &Glance<'_>) -> Result<Option<Vec<Found<Vpc>>>, Fault> {
    let index = index::index(glance).await?;
    let Some(confirmed) = index.all(Vpc::KIND) else { return Ok(None) };
    let found = try_join_all(confirmed.into_iter().map(|one| async move {
        let range = one.fixed("cidr");
        let properties = properties(glance, one.id(), range).await?;
        let found = Found::ours(glance.aws, one.id(), one.tags.clone(), properties);
        Ok(found.map(|found| found.output("cidr", Some(range)).output("owner", Some(one.account()))))
    }));
    Ok(absent(found.await)?.and_then(|found| found.into_iter().collect()))
}

/// A network as the stack would have written it, if these tags make it ours.
async fn read(glance: &Glance<'_>, vpc: &Described, tags: Tags) -> Result<Option<Found<Vpc>>, Fault> {
    let id = vpc.vpc_id().unwrap_or_default();
    let properties = properties(glance, id, vpc.cidr_block().unwrap_or_default()).await?;
    let status = match vpc.state() {
        Some(VpcState::Pending) => Status::Pending("pending".to_owned()),
        _ => Status::Ready,
    };
    Ok(Found::ours(glance.aws, id, tags, properties)
        .map(|found| found.status(status).output("cidr", vpc.cidr_block()).output("owner", vpc.owner_id())))
}

/// What `DescribeVpcs` does not tell: each attribute costs a call of its own, for one attribute at a time.
async fn properties(glance: &Glance<'_>, id: &str, range: &str) -> Result<Vpc, Fault> {
    let (dns_support, dns_hostnames, default_group_closed) = futures::try_join!(
        attribute(glance.aws, id, VpcAttributeName::EnableDnsSupport),
        attribute(glance.aws, id, VpcAttributeName::EnableDnsHostnames),
        default_group_closed(glance, id),
    )?;
    Ok(Vpc { cidr: range.to_owned(), dns_support, dns_hostnames, default_group_closed })
}

/// A group once closed is not opened again: nobody is meant to use it.
fn closing(_: &Value, to: &Value) -> Effect {
    if to == &Value::Bool(true) { Effect::NoInterruption } else { Effect::Initial }
}

async fn attribute(aws: &Aws, id: &str, name: VpcAttributeName) -> Result<bool, Fault> {
    let call = aws.ec2().describe_vpc_attribute().vpc_id(id).attribute(name.clone());
    let answer = call.send().await.map_err(error::read("ec2:DescribeVpcAttribute"))?;
    let value = match name {
        VpcAttributeName::EnableDnsSupport => answer.enable_dns_support(),
        _ => answer.enable_dns_hostnames(),
    };
    Ok(value.and_then(AttributeBooleanValue::value).unwrap_or(false))
}

/// The default group is tagged when it is closed, so that one filtered list of groups tells of it as well.
async fn default_group_closed(glance: &Glance<'_>, vpc: &str) -> Result<bool, Fault> {
    let groups = ec2::security_groups(glance).await?;
    let default = groups.0.iter().find(|g| g.group_name() == Some("default") && g.vpc_id() == Some(vpc));
    Ok(default
        .is_some_and(|group| group.ip_permissions().is_empty() && group.ip_permissions_egress().is_empty()))
}

async fn close_default_group(aws: &Aws, vpc: &str) -> Result<(), Fault> {
    let call = aws.ec2().describe_security_groups().filters(ec2::filter("vpc-id", vpc));
    let answer = call.filters(ec2::filter("group-name", "default")).send().await;
    let answer = answer.map_err(error::update("ec2:DescribeSecurityGroups"))?;
    for group in answer.security_groups() {
        let id = group.group_id().unwrap_or_default();
        let rules = |rules: &[IpPermission]| (!rules.is_empty()).then(|| rules.to_vec());
        if let Some(inbound) = rules(group.ip_permissions()) {
            let call =
                aws.ec2().revoke_security_group_ingress().group_id(id).set_ip_permissions(Some(inbound));
            call.send().await.map_err(error::delete("ec2:RevokeSecurityGroupIngress")).or_gone()?;
        }
        if let Some(outbound) = rules(group.ip_permissions_egress()) {
            let call =
                aws.ec2().revoke_security_group_egress().group_id(id).set_ip_permissions(Some(outbound));
            call.send().await.map_err(error::delete("ec2:RevokeSecurityGroupEgress")).or_gone()?;
        }
        let ours = [(tags::STACK, &aws.scope.stack), (tags::ENV, &aws.scope.env)];
        ec2::tag(aws, id, &ours.map(|(key, value)| (key.to_owned(), value.clone())).into()).await?;
    }
    Ok(())
}
