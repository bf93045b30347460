//! How far an autoscaling group is: whether enough instances work, whether all of them run the group's version
//! of the launch template, and how they are brought to it.

use aws_sdk_autoscaling::types::{
    AutoScalingGroup, Instance, InstanceRefreshStatus, LifecycleState, RefreshPreferences, RefreshStrategy,
    ScalingActivityStatusCode,
};

use crate::aws::{Aws, error};
use crate::model::live::Status;
use crate::run::fault::Fault;

/// The group's status, and whether its instances run its version or are being brought to it.
///
/// That they are not is rare, and only then is it asked whether they are being replaced; why instances are
/// missing is only asked while they are.
pub async fn state(aws: &Aws, group: &AutoScalingGroup) -> Result<(Status, bool), Fault> {
    let name = group.auto_scaling_group_name().unwrap_or_default();
    let current = is_current(group);
    if !current && let Some(progress) = refresh(aws, name).await? {
        // What it launches next is what the group then says: a version that cannot start is mended by the next one.
        return Ok((Status::Short(progress), true));
    }
    let (working, wanted) = (working(group), group.min_size().unwrap_or_default());
    if working >= wanted {
        return Ok((Status::Ready, current));
    }
    let mut words = format!("{working} of {wanted} instances in service");
    if let Some(trouble) = trouble(aws, name).await? {
        words = format!("{words}: {trouble}");
    }
    Ok((Status::Short(words), current))
}

/// Whether every instance that stays runs the group's version of its template.
fn is_current(group: &AutoScalingGroup) -> bool {
    let Some(wanted) = group.launch_template() else { return group.instances().is_empty() };
    group.instances().iter().filter(|instance| stays(instance)).all(|instance| {
        instance.launch_template().is_some_and(|template| {
            template.launch_template_id() == wanted.launch_template_id()
                && template.version() == wanted.version()
        })
    })
}

fn stays(instance: &Instance) -> bool {
    let state = instance.lifecycle_state().map(LifecycleState::as_str).unwrap_or_default();
    !state.starts_with("Terminat") && !state.starts_with("Detach")
}

/// The number of instances that do their work.
fn working(group: &AutoScalingGroup) -> i32 {
    let works = |instance: &&Instance| {
        instance.lifecycle_state() == Some(&LifecycleState::InService)
            && instance.health_status() != Some("Unhealthy")
    };
    i32::try_from(group.instances().iter().filter(works).count()).unwrap_or(i32::MAX)
}

/// How far the running instance refresh is, in words.
async fn refresh(aws: &Aws, group: &str) -> Result<Option<String>, Fault> {
    use InstanceRefreshStatus::{Baking, Cancelling, InProgress, Pending, RollbackInProgress};
    let call = aws.autoscaling().describe_instance_refreshes().auto_scaling_group_name(group).send().await;
    let answer = call.map_err(error::read("autoscaling:DescribeInstanceRefreshes"))?;
    let running = answer.instance_refreshes().iter().find_map(|refresh| match refresh.status()? {
        Pending | InProgress | Baking => {
            Some(format!("instance refresh {} %", refresh.percentage_complete().unwrap_or_default()))
        }
        status @ (Cancelling | RollbackInProgress) => Some(format!("instance refresh {status}")),
        _ => None,
    });
    Ok(running)
}

/// Why instances do not come, if AWS has tried and failed: a quota, a type that the zone lacks.
async fn trouble(aws: &Aws, group: &str) -> Result<Option<String>, Fault> {
    let call = aws.autoscaling().describe_scaling_activities().auto_scaling_group_name(group);
    let answer = call.max_records(1).send().await;
    let answer = answer.map_err(error::read("autoscaling:DescribeScalingActivities"))?;
    let newest = answer.activities().first();
    let failed = newest.filter(|one| one.status_code() == Some(&ScalingActivityStatusCode::Failed));
    Ok(failed.and_then(|activity| activity.status_message()).map(str::to_owned))
}

/// Starts to replace the instances that do not run the group's version. One that has begun is as good.
pub async fn start(aws: &Aws, group: &str) -> Result<(), Fault> {
    let call = aws.autoscaling().describe_auto_scaling_groups().auto_scaling_group_names(group).send().await;
    let answer = call.map_err(error::update("autoscaling:DescribeAutoScalingGroups"))?;
    let capacity = answer.auto_scaling_groups().first().and_then(AutoScalingGroup::desired_capacity);
    let call = aws.autoscaling().start_instance_refresh().auto_scaling_group_name(group);
    let call = call.strategy(RefreshStrategy::Rolling).preferences(preferences(capacity.unwrap_or(1)));
    match call.send().await.map_err(error::update("autoscaling:StartInstanceRefresh")) {
        Err(fault) if fault.code.starts_with("InstanceRefreshInProgress") => Ok(()),
        answer => answer.map(drop),
    }
}

/// New instances first, so that there are never fewer than needed: one at a time, or a tenth where that is more.
/// The tenth of a small group is no instance, and by default one would go before another comes.
fn preferences(capacity: i32) -> RefreshPreferences {
    let one = 100_i32.div_euclid(capacity.max(1)) + i32::from(100_i32.rem_euclid(capacity.max(1)) > 0);
    RefreshPreferences::builder()
        .min_healthy_percentage(100)
        .max_healthy_percentage(100 + one.max(10))
        .skip_matching(true)
        .build()
}

#[cfg(test)]
mod tests {
    use aws_sdk_autoscaling::types::LaunchTemplateSpecification;

    use super::*;

    fn template(version: &str) -> LaunchTemplateSpecification {
        LaunchTemplateSpecification::builder().launch_template_id("lt-1").version(version).build()
    }

    fn group(instances: &[(&str, LifecycleState, &str)]) -> AutoScalingGroup {
        let instance = |(version, state, health): &(&str, LifecycleState, &str)| {
            Instance::builder()
                .launch_template(template(version))
                .lifecycle_state(state.clone())
                .health_status(*health)
                .build()
        };
        let instances = instances.iter().map(instance).collect();
        AutoScalingGroup::builder().launch_template(template("2")).set_instances(Some(instances)).build()
    }

    #[test]
    fn a_group_is_rolled_out_when_all_that_stays_has_its_version() {
        use LifecycleState::{InService, Pending, Terminating};
        assert!(is_current(&group(&[])));
        assert!(is_current(&group(&[("2", InService, "Healthy"), ("1", Terminating, "Healthy")])));
        assert!(!is_current(&group(&[("2", InService, "Healthy"), ("1", Pending, "Healthy")])));
    }

    #[test]
    fn only_healthy_instances_in_service_work() {
        use LifecycleState::{InService, Pending};
        let some = [("1", InService, "Healthy"), ("1", InService, "Unhealthy"), ("1", Pending, "Healthy")];
        assert_eq!(working(&group(&some)), 1);
    }

    #[test]
    fn replacing_never_leaves_fewer_than_needed() {
        for (capacity, most) in [(0, 200), (1, 200), (2, 150), (3, 134), (8, 113), (10, 110), (50, 110)] {
            let preferences = preferences(capacity);
            assert_eq!(preferences.min_healthy_percentage(), Some(100));
            assert_eq!(preferences.max_healthy_percentage(), Some(most), "{capacity}");
        }
    }
}
