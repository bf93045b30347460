//! What the kinds' lists leave out and an operator wants to know: machines of groups, and targets that answer.

use std::rc::Rc;

use aws_sdk_autoscaling::types::{AutoScalingGroup, Instance, InstanceRefreshStatus, LifecycleState};
use aws_sdk_elasticloadbalancingv2::types::{
    TargetHealthDescription, TargetHealthReasonEnum, TargetHealthStateEnum,
};
use futures::future::try_join_all;

use crate::model::health::{Fleet, Machine, Target, TargetGroup};
use crate::model::live::Live;
use crate::model::spec::Kinded as _;
use crate::run::fault::{Class, Fault};

use super::kinds::{autoscaling_read, target_group};
use super::{Aws, error, tags};

/// The autoscaling groups of the environment: two calls for one group.
pub async fn fleets(aws: &Aws) -> Result<Vec<Fleet>, Fault> {
    let groups = autoscaling_read::groups(aws).await?;
    let fleets = try_join_all(groups.iter().map(|group| fleet(aws, group))).await?;
    Ok(fleets.into_iter().flatten().collect())
}

async fn fleet(aws: &Aws, group: &AutoScalingGroup) -> Result<Option<Fleet>, Fault> {
    let told = tags::read!(group.tags());
    let Some(address) = tags::address(&told, &aws.scope.stack, &aws.scope.env) else { return Ok(None) };
    let name = group.auto_scaling_group_name().unwrap_or_default();
    Ok(Some(Fleet {
        address,
        min: group.min_size().unwrap_or_default(),
        max: group.max_size().unwrap_or_default(),
        desired: group.desired_capacity().unwrap_or_default(),
        machines: group.instances().iter().map(machine).collect(),
        refresh: refresh(aws, name).await?,
    }))
}

fn machine(instance: &Instance) -> Machine {
    let text = |text: Option<&str>| text.unwrap_or_default().to_owned();
    Machine {
        id: text(instance.instance_id()),
        zone: text(instance.availability_zone()),
        state: text(instance.lifecycle_state().map(LifecycleState::as_str)),
        healthy: instance.health_status() != Some("Unhealthy"),
    }
}

/// The newest instance refresh, if it is under way.
async fn refresh(aws: &Aws, group: &str) -> Result<Option<String>, Fault> {
    use InstanceRefreshStatus::{Baking, Cancelling, InProgress, Pending, RollbackInProgress};
    let call = aws.autoscaling().describe_instance_refreshes().auto_scaling_group_name(group).max_records(1);
    let answer = match call.send().await.map_err(error::read("autoscaling:DescribeInstanceRefreshes")) {
        Err(fault) if fault.class == Class::Gone => return Ok(None),
        answer => answer?,
    };
    let newest = answer.instance_refreshes().first();
    Ok(newest.and_then(|refresh| match refresh.status()? {
        status @ (Pending | InProgress | Baking | Cancelling | RollbackInProgress) => {
            let percent = refresh.percentage_complete().unwrap_or_default();
            Some(format!("{status}, {percent} % done"))
        }
        _ => None,
    }))
}

/// The targets of the target groups among the resources: a call for each group.
pub async fn targets(aws: &Aws, live: &[Rc<Live>]) -> Result<Vec<TargetGroup>, Fault> {
    let groups = live.iter().filter(|live| live.kind == target_group::TargetGroup::KIND);
    try_join_all(groups.map(|group| async move {
        let call = aws.elb().describe_target_health().target_group_arn(&group.id).send().await;
        let answer = call.map_err(error::read("elasticloadbalancing:DescribeTargetHealth"))?;
        let targets = answer.target_health_descriptions().iter().map(target).collect();
        Ok(TargetGroup { address: group.address.clone(), targets })
    }))
    .await
}

fn target(description: &TargetHealthDescription) -> Target {
    let health = description.target_health();
    let why = health
        .and_then(|health| health.description().or(health.reason().map(TargetHealthReasonEnum::as_str)));
    Target {
        id: description.target().and_then(|target| target.id()).unwrap_or_default().to_owned(),
        state: health
            .and_then(|health| health.state())
            .map_or("unknown", TargetHealthStateEnum::as_str)
            .to_owned(),
        why: why.map(str::to_owned),
    }
}
