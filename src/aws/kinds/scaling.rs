//! What makes an autoscaling group larger and smaller: target tracking policies and scheduled actions.

use std::collections::BTreeMap;

use aws_sdk_autoscaling::types::{
    MetricType, PredefinedMetricSpecification, ScalingPolicy, ScheduledUpdateGroupAction,
    TargetTrackingConfiguration,
};
use aws_smithy_types::DateTime;
use aws_smithy_types::date_time::Format;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::aws::{Aws, error};
use crate::model::spec::Text;
use crate::run::fault::{Fault, Forgive};

/// What makes a group larger and smaller.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Policy {
    /// Keeps the average use of the processors at this percentage.
    Cpu(f64),
    /// Keeps the number of requests that an instance gets in a minute at a target.
    Requests {
        /// Requests in a minute.
        target: f64,
        /// The `arn_suffix` of the load balancer that they come through.
        load_balancer: Text,
        /// The `arn_suffix` of the target group that they go to.
        target_group: Text,
    },
    /// Something that a stack cannot say: only ever read.
    Other(String),
}

/// Numbers that change by the clock, again and again or once.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Schedule {
    /// Again and again: minute, hour, day, month and weekday, as in cron.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cron: Option<String>,
    /// Once, in UTC, such as `2026-12-24T18:00:00Z`. AWS removes the action once it has run, so a moment that
    /// has passed must not be wished for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<String>,
    /// The fewest instances from then on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min: Option<i32>,
    /// The most instances from then on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max: Option<i32>,
    /// How many there are then, until a policy decides otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub desired: Option<i32>,
    /// The time zone of `cron`, such as `Europe/Berlin`; UTC if there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time_zone: Option<String>,
}

/// The policies and schedules of one group, by name.
#[derive(Clone, Debug, Default)]
pub struct Plans {
    /// The policies.
    pub policies: BTreeMap<String, Policy>,
    /// The schedules.
    pub schedules: BTreeMap<String, Schedule>,
}

/// Every policy of the region.
pub async fn policies(aws: &Aws) -> Result<Vec<ScalingPolicy>, Fault> {
    let call = aws.autoscaling().describe_policies().max_records(100);
    let all: Result<Vec<_>, _> = call.into_paginator().items().send().collect().await;
    all.map_err(error::read("autoscaling:DescribePolicies"))
}

/// Every scheduled action of the region.
pub async fn actions(aws: &Aws) -> Result<Vec<ScheduledUpdateGroupAction>, Fault> {
    let call = aws.autoscaling().describe_scheduled_actions().max_records(100);
    let all: Result<Vec<_>, _> = call.into_paginator().items().send().collect().await;
    all.map_err(error::read("autoscaling:DescribeScheduledActions"))
}

/// Those of one group.
pub fn read(group: &str, policies: &[ScalingPolicy], actions: &[ScheduledUpdateGroupAction]) -> Plans {
    let policies = policies.iter().filter(|policy| policy.auto_scaling_group_name() == Some(group));
    let actions = actions.iter().filter(|action| action.auto_scaling_group_name() == Some(group));
    Plans {
        policies: policies.filter_map(|one| Some((one.policy_name()?.to_owned(), policy(one)))).collect(),
        schedules: actions
            .filter_map(|one| Some((one.scheduled_action_name()?.to_owned(), schedule(one))))
            .collect(),
    }
}

/// Where the load balancer ends and the target group begins in a metric's resource label.
const GROUP: &str = "/targetgroup/";

fn policy(live: &ScalingPolicy) -> Policy {
    let other = || Policy::Other(live.policy_type().unwrap_or_default().to_owned());
    let Some(tracking) = live.target_tracking_configuration() else { return other() };
    let switched_off = live.enabled() == Some(false) || tracking.disable_scale_in() == Some(true);
    let (Some(metric), Some(target), false) =
        (tracking.predefined_metric_specification(), tracking.target_value(), switched_off)
    else {
        return other();
    };
    match metric.predefined_metric_type() {
        Some(MetricType::AsgAverageCpuUtilization) => Policy::Cpu(target),
        Some(MetricType::AlbRequestCountPerTarget) => {
            let label = metric.resource_label().unwrap_or_default();
            let Some((load_balancer, target_group)) = label.split_once(GROUP) else { return other() };
            let target_group = format!("{}{target_group}", &GROUP[1..]).into();
            Policy::Requests { target, load_balancer: load_balancer.into(), target_group }
        }
        _ => other(),
    }
}

fn schedule(live: &ScheduledUpdateGroupAction) -> Schedule {
    // AWS shows the next time of a recurring action as its start.
    let once = live.start_time().filter(|_| live.recurrence().is_none());
    Schedule {
        cron: live.recurrence().map(str::to_owned),
        at: once.and_then(|at| at.fmt(Format::DateTime).ok()),
        min: live.min_size(),
        max: live.max_size(),
        desired: live.desired_capacity(),
        time_zone: live.time_zone().map(str::to_owned),
    }
}

/// Writes the policies that differ and deletes those that are not wished.
pub async fn set_policies(
    aws: &Aws,
    group: &str,
    have: &BTreeMap<String, Policy>,
    want: &BTreeMap<String, Policy>,
) -> Result<(), Fault> {
    for (name, policy) in want.iter().filter(|(name, policy)| have.get(*name) != Some(*policy)) {
        let call = aws.autoscaling().put_scaling_policy().auto_scaling_group_name(group).policy_name(name);
        let call = call.policy_type("TargetTrackingScaling").enabled(true);
        let call = call.target_tracking_configuration(tracking(policy)?).send().await;
        call.map_err(error::update("autoscaling:PutScalingPolicy"))?;
    }
    for name in have.keys().filter(|name| !want.contains_key(*name)) {
        let call = aws.autoscaling().delete_policy().auto_scaling_group_name(group).policy_name(name);
        call.send().await.map_err(error::delete("autoscaling:DeletePolicy")).or_gone()?;
    }
    Ok(())
}

fn tracking(policy: &Policy) -> Result<TargetTrackingConfiguration, Fault> {
    let metric = PredefinedMetricSpecification::builder();
    let (metric, target) = match policy {
        Policy::Cpu(target) => (metric.predefined_metric_type(MetricType::AsgAverageCpuUtilization), target),
        Policy::Requests { target, load_balancer, target_group } => {
            let known = |text: &Text| text.known().unwrap_or_default().to_owned();
            let metric = metric.predefined_metric_type(MetricType::AlbRequestCountPerTarget);
            let label = format!("{}/{}", known(load_balancer), known(target_group));
            (metric.resource_label(label), target)
        }
        Policy::Other(kind) => {
            let why = format!("`{kind}` is no policy of a stack: track the processors or the requests");
            return Err(Fault::fatal("autoscaling:PutScalingPolicy", why));
        }
    };
    let tracking = TargetTrackingConfiguration::builder().predefined_metric_specification(metric.build());
    Ok(tracking.target_value(*target).disable_scale_in(false).build())
}

/// Writes the actions that differ and deletes those that are not wished.
pub async fn set_schedules(
    aws: &Aws,
    group: &str,
    have: &BTreeMap<String, Schedule>,
    want: &BTreeMap<String, Schedule>,
) -> Result<(), Fault> {
    let gone = have.iter().filter(|(name, old)| want.get(*name).is_none_or(|new| loses(old, new)));
    for (name, _) in gone {
        let call = aws.autoscaling().delete_scheduled_action().auto_scaling_group_name(group);
        let call = call.scheduled_action_name(name).send().await;
        call.map_err(error::delete("autoscaling:DeleteScheduledAction")).or_gone()?;
    }
    for (name, schedule) in want.iter().filter(|(name, schedule)| have.get(*name) != Some(*schedule)) {
        let call = aws.autoscaling().put_scheduled_update_group_action().auto_scaling_group_name(group);
        let call = call.scheduled_action_name(name).set_recurrence(schedule.cron.clone());
        let call = call.set_start_time(start(schedule)?).set_time_zone(schedule.time_zone.clone());
        let call = call.set_min_size(schedule.min).set_max_size(schedule.max);
        let call = call.set_desired_capacity(schedule.desired).send().await;
        call.map_err(error::update("autoscaling:PutScheduledUpdateGroupAction"))?;
    }
    Ok(())
}

fn start(schedule: &Schedule) -> Result<Option<DateTime>, Fault> {
    let Some(at) = &schedule.at else { return Ok(None) };
    let time = DateTime::from_str(at, Format::DateTime);
    let wrong = |_| {
        let why = format!("`{at}` is no moment in UTC such as `2026-12-24T18:00:00Z`");
        Fault::fatal("autoscaling:PutScheduledUpdateGroupAction", why)
    };
    time.map(Some).map_err(wrong)
}

/// Whether something has to be taken out of an action: writing it anew keeps what it is not given (API
/// reference, `PutScheduledUpdateGroupAction`), so that it has to be deleted first.
fn loses(old: &Schedule, new: &Schedule) -> bool {
    let set = |it: &Schedule| {
        let numbers = [it.min, it.max, it.desired].map(|number| number.is_some());
        let texts = [&it.cron, &it.at, &it.time_zone].map(Option::is_some);
        numbers.into_iter().chain(texts).collect::<Vec<bool>>()
    };
    set(old).into_iter().zip(set(new)).any(|(old, new)| old && !new)
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    pub fn schedule() -> Schedule {
        Schedule { cron: Some("0 22 * * *".to_owned()), ..Schedule::default() }
    }

    fn answer(policy: &Policy) -> ScalingPolicy {
        let tracking = tracking(policy).expect("a policy of a stack");
        ScalingPolicy::builder().policy_name("p").target_tracking_configuration(tracking).build()
    }

    #[test]
    fn what_was_written_reads_the_same() {
        let (load_balancer, target_group) = ("app/shop/1".into(), "targetgroup/web/2".into());
        for want in [Policy::Cpu(60.0), Policy::Requests { target: 500.0, load_balancer, target_group }] {
            assert_eq!(policy(&answer(&want)), want);
        }
        assert_eq!(serde_json::to_value(Policy::Cpu(60.0)).expect("json"), serde_json::json!({"cpu": 60.0}));
    }

    #[test]
    fn a_policy_that_does_not_work_is_not_taken_for_one_that_does() {
        let mut live = answer(&Policy::Cpu(60.0));
        live.enabled = Some(false);
        assert!(matches!(policy(&live), Policy::Other(_)));
        assert!(tracking(&Policy::Other("StepScaling".to_owned())).is_err());
    }

    #[test]
    fn only_a_groups_own_plans_are_its_plans() {
        let action = |group: &str| {
            ScheduledUpdateGroupAction::builder()
                .auto_scaling_group_name(group)
                .scheduled_action_name("night")
                .recurrence("0 22 * * *")
                .build()
        };
        let plans = read("a", &[], &[action("a"), action("b")]);
        assert_eq!(plans.schedules, [("night".to_owned(), self::schedule())].into());
        assert!(read("c", &[], &[action("a")]).schedules.is_empty());
    }

    #[test]
    fn only_an_action_that_runs_once_has_a_moment() {
        let at = "2026-12-24T18:00:00Z";
        let once = Schedule { at: Some(at.to_owned()), min: Some(4), ..Schedule::default() };
        let time = start(&once).expect("a moment").expect("one");
        let live = ScheduledUpdateGroupAction::builder().start_time(time).min_size(4);
        assert_eq!(self::super::schedule(&live.clone().build()), once);
        let again = self::super::schedule(&live.recurrence("0 6 * * *").build());
        assert_eq!((again.at, again.cron.as_deref()), (None, Some("0 6 * * *")));
        assert!(start(&Schedule { at: Some("tomorrow".to_owned()), ..once }).is_err());
    }

    #[test]
    fn what_an_action_loses_needs_a_new_one() {
        let night = Schedule { min: Some(1), time_zone: Some("Europe/Berlin".to_owned()), ..schedule() };
        assert!(loses(&night, &Schedule { min: None, ..night.clone() }));
        assert!(loses(&night, &Schedule { time_zone: None, ..night.clone() }));
        assert!(!loses(&night, &Schedule { min: Some(2), max: Some(3), ..night.clone() }));
    }
}
