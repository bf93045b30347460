//! Target group: where a load balancer sends requests, how it tells which instances are well, and how it chooses
//! among them.

use aws_sdk_elasticloadbalancingv2::types::{
    Matcher, ProtocolEnum, TargetGroup as Group, TargetGroupAttribute, TargetTypeEnum,
};
use futures::future::{try_join, try_join_all};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::aws::glance::Glance;
use crate::aws::kind::{Changed, Found, Resource, Wish};
use crate::aws::tags::Tags;
use crate::aws::{Aws, error};
use crate::model::schema::{Expected, IN_PLACE, Idempotency, REPLACES, ReplaceOrder, Schema};
use crate::model::spec::{Id, Kinded, Spec};
use crate::run::cloud::Farewell;
use crate::run::fault::{Class, Fault};

use super::elb::{self, Attributes};
use super::vpc::Vpc;

/// Instances that answer requests.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TargetGroup {
    /// The network that they are in.
    pub vpc: Id<Vpc>,
    /// The port on which they listen.
    pub port: i32,
    /// The protocol that they speak: `HTTP` or `HTTPS`.
    pub protocol: String,
    /// What is registered: `instance` or `ip`.
    pub target_type: String,
    /// How they are asked whether they are well.
    pub health_check: HealthCheck,
    /// Seconds that a leaving target has to finish its requests, 0 to 3600.
    pub deregistration_delay_seconds: i32,
    /// How a target is chosen: `round_robin`, `least_outstanding_requests` or `weighted_random`.
    pub algorithm: String,
    /// Seconds for which a cookie keeps a client at its target, 1 to 604800; 0 for no cookie.
    pub stickiness_seconds: i32,
    /// Seconds in which a new target's share of requests grows, 30 to 900; 0 for at once.
    pub slow_start_seconds: i32,
}

/// How a target is asked whether it is well.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct HealthCheck {
    /// The path that is requested.
    pub path: String,
    /// Seconds between two requests, 5 to 300.
    pub interval_seconds: i32,
    /// Seconds that an answer may take, 2 to 120.
    pub timeout_seconds: i32,
    /// Good answers in a row that make a target healthy, 2 to 10.
    pub healthy: i32,
    /// Bad answers in a row that make it unhealthy, 2 to 10.
    pub unhealthy: i32,
    /// The status codes of a good answer, such as `200` or `200-399`.
    pub matcher: String,
}

impl Kinded for TargetGroup {
    const KIND: &'static str = "target_group";
}

const DELAY: &str = "deregistration_delay.timeout_seconds";
const ALGORITHM: &str = "load_balancing.algorithm.type";
const SLOW_START: &str = "slow_start.duration_seconds";
const STICKY: &str = "stickiness.enabled";
const STICKY_TYPE: &str = "stickiness.type";
const STICKY_SECONDS: &str = "stickiness.lb_cookie.duration_seconds";
/// The cookie of the load balancer; that of an application has another name.
const COOKIE: &str = "lb_cookie";

impl Resource for TargetGroup {
    const SCHEMA: &'static Schema = &Schema {
        kind: "target_group",
        title: "Target group",
        rules: &[
            ("vpc", REPLACES),
            ("port", REPLACES),
            ("protocol", REPLACES),
            ("target_type", REPLACES),
            ("health_check", IN_PLACE),
            ("deregistration_delay_seconds", IN_PLACE),
            ("algorithm", IN_PLACE),
            ("stickiness_seconds", IN_PLACE),
            ("slow_start_seconds", IN_PLACE),
        ],
        outputs: &["name", "arn_suffix"],
        changing_outputs: &[],
        data: None,
        order: ReplaceOrder::NewFirst,
        // CreateTargetGroup is idempotent on equal settings (API reference).
        idempotency: Idempotency::Upsert,
        after: &[],
        expected: Expected { create: 3, update: 3, delete: 3 },
        canonical: Spec::canonical_as::<Self>,
    };

    async fn list(glance: &Glance<'_>) -> Result<Vec<Found<Self>>, Fault> {
        let groups = elb::groups(glance.aws).await?;
        let arns: Vec<&str> = groups.iter().filter_map(Group::target_group_arn).collect();
        let attributes = try_join_all(arns.iter().map(|arn| elb::group_attributes(glance.aws, arn)));
        let (attributes, mut tags) = try_join(attributes, elb::tags(glance, &arns)).await?;
        let found = groups.iter().zip(&attributes).filter_map(|(group, attributes)| {
            let arn = group.target_group_arn()?;
            let found = Found::ours(glance.aws, arn, tags.remove(arn)?, read(group, attributes))?;
            Some(found.output("name", group.target_group_name()).output("arn_suffix", elb::suffix(arn)))
        });
        Ok(found.collect())
    }

    async fn create(aws: &Aws, wish: &Wish<'_, Self>) -> Result<(), Fault> {
        let want = &wish.want;
        let check = &want.health_check;
        let call = aws.elb().create_target_group().name(wish.unique_name(aws, elb::NAME));
        let call = call.vpc_id(want.vpc.as_str()).port(want.port);
        let call = call.protocol(ProtocolEnum::from(want.protocol.as_str()));
        let call = call.target_type(TargetTypeEnum::from(want.target_type.as_str()));
        let call = call.health_check_path(&check.path).matcher(matcher(check));
        let call = call.health_check_interval_seconds(check.interval_seconds);
        let call = call.health_check_timeout_seconds(check.timeout_seconds);
        let call = call.healthy_threshold_count(check.healthy).unhealthy_threshold_count(check.unhealthy);
        let call = call.set_tags(Some(elb::tag_list(&wish.order.tags)));
        call.send().await.map_err(error::create("elasticloadbalancing:CreateTargetGroup"))?;
        Ok(())
    }

    async fn update(
        aws: &Aws,
        live: &Found<Self>,
        wish: &Wish<'_, Self>,
        changed: Changed<'_>,
    ) -> Result<(), Fault> {
        if changed.has("health_check") {
            let check = &wish.want.health_check;
            let call = aws.elb().modify_target_group().target_group_arn(&live.id);
            let call = call.health_check_path(&check.path).matcher(matcher(check));
            let call = call.health_check_interval_seconds(check.interval_seconds);
            let call = call.health_check_timeout_seconds(check.timeout_seconds);
            let call = call.healthy_threshold_count(check.healthy).unhealthy_threshold_count(check.unhealthy);
            call.send().await.map_err(error::update("elasticloadbalancing:ModifyTargetGroup"))?;
        }
        let attributes = attributes(&wish.want, changed);
        if !attributes.is_empty() {
            let call = aws.elb().modify_target_group_attributes().target_group_arn(&live.id);
            let call = call.set_attributes(Some(attributes)).send().await;
            call.map_err(error::update("elasticloadbalancing:ModifyTargetGroupAttributes"))?;
        }
        Ok(())
    }

    async fn delete(aws: &Aws, live: &Found<Self>, _: &Farewell) -> Result<(), Fault> {
        let call = aws.elb().delete_target_group().target_group_arn(&live.id).send().await;
        call.map_err(error::delete("elasticloadbalancing:DeleteTargetGroup"))?;
        Ok(())
    }

    async fn tag(aws: &Aws, live: &Found<Self>, tags: &Tags) -> Result<(), Fault> {
        elb::tag(aws, &live.id, tags).await
    }

    async fn blockers(aws: &Aws, live: &Found<Self>) -> Result<Vec<String>, Fault> {
        let call = aws.elb().describe_target_groups().target_group_arns(&live.id).send().await;
        let answer = match call.map_err(error::read("elasticloadbalancing:DescribeTargetGroups")) {
            Err(fault) if fault.class == Class::Gone => return Ok(Vec::new()),
            answer => answer?,
        };
        let balancers = answer.target_groups().iter().flat_map(Group::load_balancer_arns);
        Ok(balancers.map(|arn| format!("a listener of load balancer {arn} forwards to it")).collect())
    }
}

fn matcher(check: &HealthCheck) -> Matcher {
    Matcher::builder().http_code(&check.matcher).build()
}

fn read(group: &Group, attributes: &Attributes) -> TargetGroup {
    let sticky = if !elb::is_on(attributes, STICKY) {
        0
    } else if attributes.get(STICKY_TYPE).is_some_and(|kind| kind == COOKIE) {
        elb::number(attributes, STICKY_SECONDS)
    } else {
        // A cookie of the application's: nothing that the stack can say.
        -1
    };
    TargetGroup {
        vpc: Id::known(group.vpc_id().unwrap_or_default()),
        port: group.port().unwrap_or_default(),
        protocol: group.protocol().map_or_else(String::new, ToString::to_string),
        target_type: group.target_type().map_or_else(String::new, ToString::to_string),
        health_check: HealthCheck {
            path: group.health_check_path().unwrap_or_default().to_owned(),
            interval_seconds: group.health_check_interval_seconds().unwrap_or_default(),
            timeout_seconds: group.health_check_timeout_seconds().unwrap_or_default(),
            healthy: group.healthy_threshold_count().unwrap_or_default(),
            unhealthy: group.unhealthy_threshold_count().unwrap_or_default(),
            matcher: group.matcher().and_then(Matcher::http_code).unwrap_or_default().to_owned(),
        },
        deregistration_delay_seconds: elb::number(attributes, DELAY),
        algorithm: attributes.get(ALGORITHM).cloned().unwrap_or_default(),
        stickiness_seconds: sticky,
        slow_start_seconds: elb::number(attributes, SLOW_START),
    }
}

/// The attributes that change, all in one call: slow start and some algorithms exclude each other.
fn attributes(want: &TargetGroup, changed: Changed<'_>) -> Vec<TargetGroupAttribute> {
    let mut all = vec![
        ("deregistration_delay_seconds", DELAY, want.deregistration_delay_seconds.to_string()),
        ("algorithm", ALGORITHM, want.algorithm.clone()),
        ("slow_start_seconds", SLOW_START, want.slow_start_seconds.to_string()),
        ("stickiness_seconds", STICKY, (want.stickiness_seconds > 0).to_string()),
    ];
    if want.stickiness_seconds > 0 {
        all.push(("stickiness_seconds", STICKY_TYPE, COOKIE.to_owned()));
        all.push(("stickiness_seconds", STICKY_SECONDS, want.stickiness_seconds.to_string()));
    }
    all.into_iter()
        .filter(|(property, ..)| changed.has(property))
        .map(|(_, key, value)| TargetGroupAttribute::builder().key(key).value(value).build())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stickiness(pairs: &[(&str, &str)]) -> i32 {
        let attributes = pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
        read(&Group::builder().build(), &attributes).stickiness_seconds
    }

    #[test]
    fn stickiness_is_its_seconds_and_zero_when_off() {
        assert_eq!(stickiness(&[(STICKY, "false"), (STICKY_TYPE, COOKIE), (STICKY_SECONDS, "86400")]), 0);
        assert_eq!(stickiness(&[(STICKY, "true"), (STICKY_TYPE, COOKIE), (STICKY_SECONDS, "600")]), 600);
        assert_eq!(stickiness(&[(STICKY, "true"), (STICKY_TYPE, "app_cookie")]), -1);
    }
}
