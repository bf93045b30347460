//! Autoscaling groups as the stack would have written them.

use aws_sdk_autoscaling::types::{AutoScalingGroup, Filter};

use crate::aws::kind::Found;
use crate::aws::tags;
use crate::aws::{Aws, error};
use crate::model::live::Status;
use crate::model::spec::Id;
use crate::run::fault::Fault;

use super::autoscaling_group::AutoscalingGroup;
use super::autoscaling_metrics;
use super::rollout;
use super::scaling::{Plans, Schedule};

/// The groups that carry the environment's tags.
pub async fn groups(aws: &Aws) -> Result<Vec<AutoScalingGroup>, Fault> {
    let filter = |key: &str, value: &str| Filter::builder().name(format!("tag:{key}")).values(value).build();
    let call = aws.autoscaling().describe_auto_scaling_groups().max_records(100);
    let call = call.filters(filter(tags::STACK, &aws.scope.stack));
    let call = call.filters(filter(tags::ENV, &aws.scope.env));
    let all: Result<Vec<_>, _> = call.into_paginator().items().send().collect().await;
    all.map_err(error::read("autoscaling:DescribeAutoScalingGroups"))
}

/// A group with its plans and how far it is, if it is ours.
pub async fn found(
    aws: &Aws,
    group: &AutoScalingGroup,
    plans: Plans,
) -> Result<Option<Found<AutoscalingGroup>>, Fault> {
    let name = group.auto_scaling_group_name().unwrap_or_default();
    let (status, rolled_out) = rollout::state(aws, group).await?;
    let properties = read(group, plans, rolled_out);
    let found = Found::ours(aws, name, tags::read!(group.tags()), properties);
    // What AWS says while a group is being deleted; it says nothing at any other time.
    let status = if group.status().is_some() { Status::Deleting } else { status };
    Ok(found.map(|found| {
        found.status(status).output("name", Some(name)).output("arn", group.auto_scaling_group_arn())
    }))
}

fn read(group: &AutoScalingGroup, plans: Plans, rolled_out: bool) -> AutoscalingGroup {
    let template = group.launch_template();
    let subnets = group.vpc_zone_identifier().unwrap_or_default().split(',').map(str::trim);
    let passed_on = group.tags().iter().filter(|tag| tag.propagate_at_launch() == Some(true));
    let scheduled = |number: Option<i32>, of: fn(&Schedule) -> Option<i32>| {
        number.filter(|_| !plans.schedules.values().any(|schedule| of(schedule) == number))
    };
    AutoscalingGroup {
        template: Id::known(template.and_then(|t| t.launch_template_id()).unwrap_or_default()),
        version: template.and_then(|t| t.version()).unwrap_or_default().into(),
        subnets: subnets.filter(|id| !id.is_empty()).map(Id::known).collect(),
        target_groups: group.target_group_arns().iter().map(Id::known).collect(),
        min: scheduled(group.min_size(), |schedule| schedule.min),
        max: scheduled(group.max_size(), |schedule| schedule.max),
        desired: group.desired_capacity().unwrap_or_default(),
        health_check: group.health_check_type().unwrap_or_default().to_owned(),
        grace_seconds: group.health_check_grace_period().unwrap_or_default(),
        // Without a warm-up of its own a group takes the cooldown for it.
        warmup_seconds: group.default_instance_warmup().unwrap_or(-1),
        policies: plans.policies,
        schedules: plans.schedules,
        instance_tags: passed_on
            .filter_map(|tag| Some((tag.key()?.to_owned(), tag.value().unwrap_or_default().to_owned())))
            .collect(),
        rolled_out,
        suspended: group
            .suspended_processes()
            .iter()
            .filter_map(|process| process.process_name())
            .map(str::to_owned)
            .collect(),
        metrics: autoscaling_metrics::read(group),
    }
}

#[cfg(test)]
mod tests {
    use aws_sdk_autoscaling::types::TagDescription;

    use super::super::scaling;
    use super::*;

    fn group(min: i32, max: i32) -> AutoScalingGroup {
        let tag =
            |key: &str, pass_on| TagDescription::builder().key(key).value("x").propagate_at_launch(pass_on);
        AutoScalingGroup::builder()
            .vpc_zone_identifier("subnet-b, subnet-a")
            .min_size(min)
            .max_size(max)
            .tags(tag("Name", true).build())
            .tags(tag(tags::STACK, false).build())
            .build()
    }

    #[test]
    fn lists_are_sets_and_only_tags_that_are_passed_on_are_properties() {
        let live = read(&group(2, 8), Plans::default(), true);
        assert_eq!(live.subnets, ["subnet-a", "subnet-b"].map(Id::known).into());
        assert_eq!(live.instance_tags.into_keys().collect::<Vec<_>>(), ["Name"]);
        assert_eq!((live.min, live.max), (Some(2), Some(8)));
    }

    #[test]
    fn a_number_that_a_schedule_has_set_reads_as_nothing() {
        let night = Schedule { min: Some(1), ..scaling::tests::schedule() };
        let plans = Plans { schedules: [("night".to_owned(), night)].into(), ..Plans::default() };
        let live = read(&group(1, 8), plans.clone(), true);
        assert_eq!((live.min, live.max), (None, Some(8)));
        assert_eq!(read(&group(3, 8), plans, true).min, Some(3));
    }
}
