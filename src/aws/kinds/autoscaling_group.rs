//! Autoscaling group: the instances of the web tier, with what makes them more or fewer and with how a new
//! version of their launch template reaches them.
//!
//! Policies and scheduled actions have no identity of their own and are folded in (`scaling.rs`); that the
//! instances run the group's version is a property too, and bringing them there an update (`rollout.rs`).

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_autoscaling::types::{LaunchTemplateSpecification, Tag};
use futures::future::{try_join, try_join_all};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::aws::glance::Glance;
use crate::aws::kind::{Changed, Found, Resource, Wish};
use crate::aws::tags::Tags;
use crate::aws::{Aws, error};
use crate::model::schema::{Effect, Expected, IN_PLACE, INITIAL, Idempotency, ReplaceOrder, Rule, Schema};
use crate::model::spec::{Id, Kinded, Spec, Text};
use crate::run::cloud::Farewell;
use crate::run::fault::{Fault, Forgive};

use super::launch_template::LaunchTemplate;
use super::scaling;
use super::subnet::Subnet;
use super::target_group::TargetGroup;
use super::{autoscaling_metrics, autoscaling_read, rollout};

pub use super::scaling::{Policy, Schedule};

/// Instances from one launch template, spread over subnets, as many as are needed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AutoscalingGroup {
    /// What they are started from.
    pub template: Id<LaunchTemplate>,
    /// The version of it, as a number; usually the template's own output.
    pub version: Text,
    /// Where they are started.
    pub subnets: BTreeSet<Id<Subnet>>,
    /// The target groups that they join.
    pub target_groups: BTreeSet<Id<TargetGroup>>,
    /// The fewest there may be. A schedule that sets another number is obeyed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min: Option<i32>,
    /// The most there may be. A schedule that sets another number is obeyed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max: Option<i32>,
    /// How many there are at first; then the policies decide.
    pub desired: i32,
    /// Who says that an instance is well: `ELB` (the load balancer and EC2) or `EC2`.
    pub health_check: String,
    /// Seconds that a new instance has before it is asked whether it is well.
    pub grace_seconds: i32,
    /// Seconds until a new instance's metrics count.
    pub warmup_seconds: i32,
    /// What makes them more or fewer, by name.
    pub policies: BTreeMap<String, Policy>,
    /// Numbers that change by the clock, by name.
    pub schedules: BTreeMap<String, Schedule>,
    /// Tags that the instances get too.
    pub instance_tags: BTreeMap<String, String>,
    /// Whether all instances run that version, or are being brought to it; a stack always wants that.
    pub rolled_out: bool,
    /// What it does not do by itself for the time being, such as `Launch` or `HealthCheck`; normally nothing.
    #[serde(default)]
    pub suspended: BTreeSet<String>,
    /// Whether `CloudWatch` gets its numbers every minute.
    #[serde(default)]
    pub metrics: bool,
}

impl Kinded for AutoscalingGroup {
    const KIND: &'static str = "autoscaling_group";
}

/// A number that a schedule has set reads as nothing, and is no difference.
const UNLESS_SCHEDULED: Rule = Rule::When(|from, _| match from {
    Value::Null => Effect::Initial,
    _ => Effect::NoInterruption,
});

/// What `UpdateAutoScalingGroup` changes.
const OWN: &[&str] =
    &["template", "version", "subnets", "min", "max", "health_check", "grace_seconds", "warmup_seconds"];

impl Resource for AutoscalingGroup {
    const SCHEMA: &'static Schema = &Schema {
        kind: "autoscaling_group",
        title: "Autoscaling group",
        rules: &[
            ("template", IN_PLACE),
            ("version", IN_PLACE),
            ("subnets", IN_PLACE),
            ("target_groups", IN_PLACE),
            ("min", UNLESS_SCHEDULED),
            ("max", UNLESS_SCHEDULED),
            ("desired", INITIAL),
            ("health_check", IN_PLACE),
            ("grace_seconds", IN_PLACE),
            ("warmup_seconds", IN_PLACE),
            ("policies", IN_PLACE),
            ("schedules", IN_PLACE),
            ("instance_tags", IN_PLACE),
            ("rolled_out", IN_PLACE),
            ("suspended", IN_PLACE),
            ("metrics", IN_PLACE),
        ],
        outputs: &["name", "arn"],
        changing_outputs: &[],
        data: None,
        // Every property changes in place, so only what it stands on can force a new one; then the old one has
        // to go first anyway, and the name, by which metrics and alarms know it, stays.
        order: ReplaceOrder::OldFirst,
        idempotency: Idempotency::UniqueName,
        // Instances need their way out when they boot. A request count is refused as a target until a listener
        // forwards to the target group ("the load balancer does not route traffic to the target group").
        after: &["route_table", "nat_gateway", "security_group_rules", "listener"],
        expected: Expected { create: 80, update: 30, delete: 120 },
        canonical: Spec::canonical_as::<Self>,
    };

    async fn list(glance: &Glance<'_>) -> Result<Vec<Found<Self>>, Fault> {
        let aws = glance.aws;
        let groups = autoscaling_read::groups(aws).await?;
        if groups.is_empty() {
            return Ok(Vec::new());
        }
        // Policies and actions can be asked for by group only one group at a time; all at once they are two
        // calls however many groups there are.
        let (policies, actions) = try_join(scaling::policies(aws), scaling::actions(aws)).await?;
        let found = groups.iter().map(|group| {
            let name = group.auto_scaling_group_name().unwrap_or_default();
            autoscaling_read::found(aws, group, scaling::read(name, &policies, &actions))
        });
        Ok(try_join_all(found).await?.into_iter().flatten().collect())
    }

    async fn create(aws: &Aws, wish: &Wish<'_, Self>) -> Result<(), Fault> {
        let want = &wish.want;
        let name = wish.name(aws, 255);
        let mut all: Vec<Tag> = wish
            .order
            .tags
            .iter()
            .filter(|(key, _)| !want.instance_tags.contains_key(*key))
            .map(|(key, value)| tag(&name, key, value, false))
            .collect();
        all.extend(want.instance_tags.iter().map(|(key, value)| tag(&name, key, value, true)));
        let groups = want.target_groups.iter().map(|group| group.as_str().to_owned()).collect();
        let call = aws.autoscaling().create_auto_scaling_group().auto_scaling_group_name(&name);
        let call = call.launch_template(template(want)?).vpc_zone_identifier(subnets(want));
        let call = call.set_min_size(want.min).set_max_size(want.max).desired_capacity(want.desired);
        let call = call.health_check_type(&want.health_check).health_check_grace_period(want.grace_seconds);
        let call = call.default_instance_warmup(want.warmup_seconds);
        let call = call.set_target_group_arns(Some(groups)).set_tags(Some(all)).send().await;
        call.map_err(error::create("autoscaling:CreateAutoScalingGroup"))?;
        Ok(())
    }

    async fn update(
        aws: &Aws,
        live: &Found<Self>,
        wish: &Wish<'_, Self>,
        changed: Changed<'_>,
    ) -> Result<(), Fault> {
        let (want, name) = (&wish.want, live.id.as_str());
        if changed.any(OWN) {
            let call = aws.autoscaling().update_auto_scaling_group().auto_scaling_group_name(name);
            let call = call.launch_template(template(want)?).vpc_zone_identifier(subnets(want));
            let call = call.set_min_size(want.min.filter(|_| changed.has("min")));
            let call = call.set_max_size(want.max.filter(|_| changed.has("max")));
            let call =
                call.health_check_type(&want.health_check).health_check_grace_period(want.grace_seconds);
            let call = call.default_instance_warmup(want.warmup_seconds);
            call.send().await.map_err(error::update("autoscaling:UpdateAutoScalingGroup"))?;
        }
        if changed.has("target_groups") {
            move_targets(aws, name, &live.properties.target_groups, &want.target_groups).await?;
        }
        if changed.has("policies") {
            scaling::set_policies(aws, name, &live.properties.policies, &want.policies).await?;
        }
        if changed.has("schedules") {
            scaling::set_schedules(aws, name, &live.properties.schedules, &want.schedules).await?;
        }
        if changed.has("instance_tags") {
            set_instance_tags(aws, live, wish).await?;
        }
        if changed.has("suspended") {
            suspend(aws, name, &live.properties.suspended, &want.suspended).await?;
        }
        if changed.has("metrics") {
            autoscaling_metrics::set(aws, name, want.metrics).await?;
        }
        if changed.has("rolled_out") {
            rollout::start(aws, name).await?;
        }
        Ok(())
    }

    async fn delete(aws: &Aws, live: &Found<Self>, _: &Farewell) -> Result<(), Fault> {
        // With its instances, policies and actions, and without waiting for any of them.
        let call = aws.autoscaling().delete_auto_scaling_group().auto_scaling_group_name(&live.id);
        let call = call.force_delete(true).send().await;
        call.map_err(error::delete("autoscaling:DeleteAutoScalingGroup"))?;
        Ok(())
    }

    async fn tag(aws: &Aws, live: &Found<Self>, tags: &Tags) -> Result<(), Fault> {
        let is_passed_on = |key: &String| live.properties.instance_tags.contains_key(key);
        let all = tags.iter().map(|(key, value)| tag(&live.id, key, value, is_passed_on(key))).collect();
        write_tags(aws, all).await
    }
}

fn template(want: &AutoscalingGroup) -> Result<LaunchTemplateSpecification, Fault> {
    let version = want.version.known();
    let version = version.ok_or_else(|| Fault::fatal(AutoscalingGroup::KIND, "the version is not known"))?;
    let template = LaunchTemplateSpecification::builder().launch_template_id(want.template.as_str());
    Ok(template.version(version).build())
}

fn subnets(want: &AutoscalingGroup) -> String {
    want.subnets.iter().map(Id::as_str).collect::<Vec<_>>().join(",")
}

async fn move_targets(
    aws: &Aws,
    name: &str,
    have: &BTreeSet<Id<TargetGroup>>,
    want: &BTreeSet<Id<TargetGroup>>,
) -> Result<(), Fault> {
    let arns = |a: &BTreeSet<Id<TargetGroup>>, b: &BTreeSet<Id<TargetGroup>>| {
        a.difference(b).map(|id| id.as_str().to_owned()).collect::<Vec<String>>()
    };
    let (new, old) = (arns(want, have), arns(have, want));
    if !new.is_empty() {
        let call = aws.autoscaling().attach_load_balancer_target_groups().auto_scaling_group_name(name);
        let call = call.set_target_group_arns(Some(new)).send().await;
        call.map_err(error::update("autoscaling:AttachLoadBalancerTargetGroups"))?;
    }
    if !old.is_empty() {
        let call = aws.autoscaling().detach_load_balancer_target_groups().auto_scaling_group_name(name);
        let call = call.set_target_group_arns(Some(old)).send().await;
        call.map_err(error::delete("autoscaling:DetachLoadBalancerTargetGroups")).or_gone()?;
    }
    Ok(())
}

async fn suspend(
    aws: &Aws,
    name: &str,
    have: &BTreeSet<String>,
    want: &BTreeSet<String>,
) -> Result<(), Fault> {
    let only = |a: &BTreeSet<String>, b: &BTreeSet<String>| a.difference(b).cloned().collect::<Vec<_>>();
    let (resumed, suspended) = (only(have, want), only(want, have));
    if !resumed.is_empty() {
        let call = aws.autoscaling().resume_processes().auto_scaling_group_name(name);
        let answer = call.set_scaling_processes(Some(resumed)).send().await;
        answer.map_err(error::update("autoscaling:ResumeProcesses"))?;
    }
    if !suspended.is_empty() {
        let call = aws.autoscaling().suspend_processes().auto_scaling_group_name(name);
        let answer = call.set_scaling_processes(Some(suspended)).send().await;
        answer.map_err(error::update("autoscaling:SuspendProcesses"))?;
    }
    Ok(())
}

/// A group's tag with such a key is either passed on to instances or not: taking it from them leaves it to the
/// group if the group needs it.
async fn set_instance_tags(
    aws: &Aws,
    live: &Found<AutoscalingGroup>,
    wish: &Wish<'_, AutoscalingGroup>,
) -> Result<(), Fault> {
    let want = &wish.want.instance_tags;
    let mut written: Vec<Tag> = want.iter().map(|(key, value)| tag(&live.id, key, value, true)).collect();
    let mut removed = Vec::new();
    for (key, value) in live.properties.instance_tags.iter().filter(|(key, _)| !want.contains_key(*key)) {
        match wish.order.tags.get(key) {
            Some(own) => written.push(tag(&live.id, key, own, false)),
            None => removed.push(tag(&live.id, key, value, true)),
        }
    }
    if !written.is_empty() {
        write_tags(aws, written).await?;
    }
    if !removed.is_empty() {
        let call = aws.autoscaling().delete_tags().set_tags(Some(removed)).send().await;
        call.map_err(error::delete("autoscaling:DeleteTags")).or_gone()?;
    }
    Ok(())
}

fn tag(group: &str, key: &str, value: &str, pass_on: bool) -> Tag {
    let tag = Tag::builder().resource_id(group).resource_type("auto-scaling-group");
    tag.key(key).value(value).propagate_at_launch(pass_on).build()
}

async fn write_tags(aws: &Aws, tags: Vec<Tag>) -> Result<(), Fault> {
    let call = aws.autoscaling().create_or_update_tags().set_tags(Some(tags)).send().await;
    call.map_err(error::update("autoscaling:CreateOrUpdateTags"))?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_that_a_schedule_has_set_is_no_difference() {
        assert_eq!(UNLESS_SCHEDULED.effect(&Value::Null, &2.into()), Effect::Initial);
        assert_eq!(UNLESS_SCHEDULED.effect(&3.into(), &2.into()), Effect::NoInterruption);
    }
}
