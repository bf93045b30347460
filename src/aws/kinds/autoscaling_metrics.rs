//! The metrics of an autoscaling group: how many instances it wants, has and starts. They cost nothing, and AWS
//! collects them only when asked to.

use aws_sdk_autoscaling::types::AutoScalingGroup;

use crate::aws::{Aws, error};
use crate::run::fault::Fault;

/// The only one there is.
const GRANULARITY: &str = "1Minute";
/// What an alarm looks at; a group that collects some metrics without it collects none that count.
const INSTANCES: &str = "GroupInServiceInstances";

/// Whether they are collected.
pub fn read(group: &AutoScalingGroup) -> bool {
    group.enabled_metrics().iter().any(|metric| metric.metric() == Some(INSTANCES))
}

/// Has them all collected, or none.
pub async fn set(aws: &Aws, group: &str, wanted: bool) -> Result<(), Fault> {
    if wanted {
        let call = aws.autoscaling().enable_metrics_collection().auto_scaling_group_name(group);
        let answer = call.granularity(GRANULARITY).send().await;
        answer.map_err(error::update("autoscaling:EnableMetricsCollection"))?;
    } else {
        let call = aws.autoscaling().disable_metrics_collection().auto_scaling_group_name(group);
        call.send().await.map_err(error::update("autoscaling:DisableMetricsCollection"))?;
    }
    Ok(())
}
