//! Load balancer: an application load balancer over two zones or more.

use std::collections::BTreeSet;

use aws_sdk_elasticloadbalancingv2::types::{
    AvailabilityZone, IpAddressType, LoadBalancer as Balancer, LoadBalancerAttribute, LoadBalancerSchemeEnum,
    LoadBalancerStateEnum, LoadBalancerTypeEnum,
};
use futures::future::{try_join, try_join_all};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::aws::glance::Glance;
use crate::aws::kind::{Changed, Found, Resource, Wish};
use crate::aws::tags::Tags;
use crate::aws::{Aws, error};
use crate::model::live::Status;
use crate::model::schema::{Expected, IN_PLACE, Idempotency, REPLACES, ReplaceOrder, Schema};
use crate::model::spec::{Id, Kinded, Spec};
use crate::run::cloud::Farewell;
use crate::run::fault::Fault;

use super::elb::{self, Attributes};
use super::security_group::SecurityGroup;
use super::subnet::Subnet;

/// Spreads requests over instances.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[expect(clippy::struct_excessive_bools, reason = "these are switches of AWS, independent of each other")]
pub struct LoadBalancer {
    /// One subnet in each of two zones or more.
    pub subnets: BTreeSet<Id<Subnet>>,
    /// Its security groups.
    pub security_groups: BTreeSet<Id<SecurityGroup>>,
    /// Whether it has public addresses.
    pub internet_facing: bool,
    /// Seconds after which a connection without traffic is closed, 1 to 4000.
    pub idle_timeout_seconds: i32,
    /// Seconds after which a client's connection is closed in any case, 60 to 604800.
    pub keep_alive_seconds: i32,
    /// Whether clients may use HTTP/2.
    pub http2: bool,
    /// Whether header fields with invalid names are dropped.
    pub drop_invalid_headers: bool,
    /// Whether AWS refuses to delete it.
    pub deletion_protection: bool,
}

impl Kinded for LoadBalancer {
    const KIND: &'static str = "load_balancer";
}

const IDLE_TIMEOUT: &str = "idle_timeout.timeout_seconds";
const KEEP_ALIVE: &str = "client_keep_alive.seconds";
const HTTP2: &str = "routing.http2.enabled";
const DROP_INVALID: &str = "routing.http.drop_invalid_header_fields.enabled";
const PROTECTION: &str = "deletion_protection.enabled";

impl Resource for LoadBalancer {
    const SCHEMA: &'static Schema = &Schema {
        kind: "load_balancer",
        title: "Load balancer",
        rules: &[
            ("subnets", IN_PLACE),
            ("security_groups", IN_PLACE),
            ("internet_facing", REPLACES),
            ("idle_timeout_seconds", IN_PLACE),
            ("keep_alive_seconds", IN_PLACE),
            ("http2", IN_PLACE),
            ("drop_invalid_headers", IN_PLACE),
            ("deletion_protection", IN_PLACE),
        ],
        outputs: &["name", "dns_name", "zone_id", "arn_suffix"],
        changing_outputs: &[],
        data: None,
        order: ReplaceOrder::NewFirst,
        // CreateLoadBalancer is idempotent on equal settings (API reference).
        idempotency: Idempotency::Upsert,
        after: &["internet_gateway"],
        expected: Expected { create: 150, update: 5, delete: 5 },
        canonical: Spec::canonical_as::<Self>,
    };

    async fn list(glance: &Glance<'_>) -> Result<Vec<Found<Self>>, Fault> {
        let balancers = elb::balancers(glance).await?;
        let arns: Vec<&str> = balancers.0.iter().filter_map(Balancer::load_balancer_arn).collect();
        let attributes = try_join_all(balancers.0.iter().map(async |balancer| {
            match balancer.load_balancer_arn().filter(|_| glance.is_of_interest(&status(balancer))) {
                Some(arn) => elb::balancer_attributes(glance.aws, arn).await,
                None => Ok(Attributes::new()),
            }
        }));
        let (attributes, mut tags) = try_join(attributes, elb::tags(glance, &arns)).await?;
        let found = balancers.0.iter().zip(&attributes).filter_map(|(balancer, attributes)| {
            let arn = balancer.load_balancer_arn()?;
            let properties = read(balancer, attributes);
            let protected = properties.deletion_protection;
            let mut found = Found::ours(glance.aws, arn, tags.remove(arn)?, properties)?
                .status(status(balancer))
                .output("name", balancer.load_balancer_name())
                .output("dns_name", balancer.dns_name())
                .output("zone_id", balancer.canonical_hosted_zone_id())
                .output("arn_suffix", elb::suffix(arn));
            // AWS would refuse to delete it, whatever the tag says.
            found.protected |= protected;
            Some(found)
        });
        Ok(found.collect())
    }

    async fn create(aws: &Aws, wish: &Wish<'_, Self>) -> Result<(), Fault> {
        let scheme = if wish.want.internet_facing {
            LoadBalancerSchemeEnum::InternetFacing
        } else {
            LoadBalancerSchemeEnum::Internal
        };
        let call = aws.elb().create_load_balancer().name(wish.unique_name(aws, elb::NAME));
        let call = call.r#type(LoadBalancerTypeEnum::Application).ip_address_type(IpAddressType::Ipv4);
        let call = call.scheme(scheme).set_subnets(Some(ids(&wish.want.subnets)));
        let call = call.set_security_groups(Some(ids(&wish.want.security_groups)));
        let call = call.set_tags(Some(elb::tag_list(&wish.order.tags)));
        call.send().await.map_err(error::create("elasticloadbalancing:CreateLoadBalancer"))?;
        Ok(())
    }

    async fn update(
        aws: &Aws,
        live: &Found<Self>,
        wish: &Wish<'_, Self>,
        changed: Changed<'_>,
    ) -> Result<(), Fault> {
        let want = &wish.want;
        if changed.has("security_groups") {
            let call = aws.elb().set_security_groups().load_balancer_arn(&live.id);
            let call = call.set_security_groups(Some(ids(&want.security_groups))).send().await;
            call.map_err(error::update("elasticloadbalancing:SetSecurityGroups"))?;
        }
        if changed.has("subnets") {
            let call = aws.elb().set_subnets().load_balancer_arn(&live.id);
            let call = call.set_subnets(Some(ids(&want.subnets))).send().await;
            call.map_err(error::update("elasticloadbalancing:SetSubnets"))?;
        }
        let attributes = attributes(want, changed);
        if !attributes.is_empty() {
            let call = aws.elb().modify_load_balancer_attributes().load_balancer_arn(&live.id);
            let call = call.set_attributes(Some(attributes)).send().await;
            call.map_err(error::update("elasticloadbalancing:ModifyLoadBalancerAttributes"))?;
        }
        Ok(())
    }

    async fn delete(aws: &Aws, live: &Found<Self>, _: &Farewell) -> Result<(), Fault> {
        let call = aws.elb().delete_load_balancer().load_balancer_arn(&live.id).send().await;
        call.map_err(error::delete("elasticloadbalancing:DeleteLoadBalancer"))?;
        Ok(())
    }

    async fn tag(aws: &Aws, live: &Found<Self>, tags: &Tags) -> Result<(), Fault> {
        elb::tag(aws, &live.id, tags).await
    }

    async fn blockers(_: &Aws, live: &Found<Self>) -> Result<Vec<String>, Fault> {
        let protection = live.properties.deletion_protection;
        Ok(protection.then(|| "its own deletion protection".to_owned()).into_iter().collect())
    }
}

fn ids<K>(set: &BTreeSet<Id<K>>) -> Vec<String> {
    set.iter().map(|id| id.as_str().to_owned()).collect()
}

fn read(balancer: &Balancer, attributes: &Attributes) -> LoadBalancer {
    let subnets = balancer.availability_zones().iter().filter_map(AvailabilityZone::subnet_id);
    LoadBalancer {
        subnets: subnets.map(Id::known).collect(),
        security_groups: balancer.security_groups().iter().map(Id::known).collect(),
        internet_facing: balancer.scheme() == Some(&LoadBalancerSchemeEnum::InternetFacing),
        idle_timeout_seconds: elb::number(attributes, IDLE_TIMEOUT),
        keep_alive_seconds: elb::number(attributes, KEEP_ALIVE),
        http2: elb::is_on(attributes, HTTP2),
        drop_invalid_headers: elb::is_on(attributes, DROP_INVALID),
        deletion_protection: elb::is_on(attributes, PROTECTION),
    }
}

/// `active_impaired` routes requests too; it only cannot grow further.
fn status(balancer: &Balancer) -> Status {
    let state = balancer.state();
    match state.and_then(|state| state.code()) {
        Some(LoadBalancerStateEnum::Provisioning) => Status::Pending("provisioning".to_owned()),
        Some(LoadBalancerStateEnum::Failed) => {
            let reason = state.and_then(|state| state.reason()).unwrap_or("AWS reports the state `failed`");
            Status::Failed(reason.to_owned())
        }
        _ => Status::Ready,
    }
}

/// The attributes that change.
fn attributes(want: &LoadBalancer, changed: Changed<'_>) -> Vec<LoadBalancerAttribute> {
    let all = [
        ("idle_timeout_seconds", IDLE_TIMEOUT, want.idle_timeout_seconds.to_string()),
        ("keep_alive_seconds", KEEP_ALIVE, want.keep_alive_seconds.to_string()),
        ("http2", HTTP2, want.http2.to_string()),
        ("drop_invalid_headers", DROP_INVALID, want.drop_invalid_headers.to_string()),
        ("deletion_protection", PROTECTION, want.deletion_protection.to_string()),
    ];
    all.into_iter()
        .filter(|(property, ..)| changed.has(property))
        .map(|(_, key, value)| LoadBalancerAttribute::builder().key(key).value(value).build())
        .collect()
}

#[cfg(test)]
mod tests {
    use aws_sdk_elasticloadbalancingv2::types::LoadBalancerState;

    use super::*;

    #[test]
    fn an_answer_reads_as_the_stack_would_write_it() {
        let zone = |id: &str| AvailabilityZone::builder().subnet_id(id).build();
        let balancer = Balancer::builder()
            .scheme(LoadBalancerSchemeEnum::InternetFacing)
            .availability_zones(zone("subnet-b"))
            .availability_zones(zone("subnet-a"))
            .security_groups("sg-1")
            .build();
        let attributes = [(IDLE_TIMEOUT, "60"), (KEEP_ALIVE, "3600"), (HTTP2, "true"), (PROTECTION, "false")]
            .map(|(key, value)| (key.to_owned(), value.to_owned()))
            .into();
        let expected = LoadBalancer {
            subnets: ["subnet-a", "subnet-b"].map(Id::known).into(),
            security_groups: ["sg-1"].map(Id::known).into(),
            internet_facing: true,
            idle_timeout_seconds: 60,
            keep_alive_seconds: 3600,
            http2: true,
            drop_invalid_headers: false,
            deletion_protection: false,
        };
        assert_eq!(read(&balancer, &attributes), expected);
    }

    #[test]
    fn it_is_ready_when_it_routes() {
        let at = |code| {
            let state = LoadBalancerState::builder().code(code).reason("no address left").build();
            status(&Balancer::builder().state(state).build())
        };
        assert_eq!(at(LoadBalancerStateEnum::Provisioning), Status::Pending("provisioning".to_owned()));
        assert_eq!(at(LoadBalancerStateEnum::Active), Status::Ready);
        assert_eq!(at(LoadBalancerStateEnum::ActiveImpaired), Status::Ready);
        assert_eq!(at(LoadBalancerStateEnum::Failed), Status::Failed("no address left".to_owned()));
    }
}
