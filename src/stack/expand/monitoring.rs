//! monitoring: alarms for whatever the other sections have made, who is told, logs, and a dashboard.

use std::collections::BTreeSet;

use crate::aws::kinds::log_group::LogGroup;
use crate::aws::kinds::subscription::Subscription;
use crate::aws::kinds::topic::Topic;
use crate::model::spec::Text;
use crate::stack::monitoring::Monitoring;

use super::{ExpandError, Plot};

mod alarms;
mod dashboard;
mod metric;
mod watched;

use watched::Watched;

pub(super) fn expand(plot: &mut Plot<'_>, section: &Monitoring) -> Result<(), ExpandError> {
    let watched = Watched::of(plot);
    let topic = plot.add("monitoring.topic", &Topic {})?;
    if let Some(email) = &section.email {
        let protocol = "email".to_owned();
        let email = Subscription { topic: topic.id(), protocol, endpoint: email.to_string() };
        plot.add("monitoring.email", &email)?;
    }
    let mut arns = Vec::new();
    for (name, alarm) in alarms::all(plot, section, &watched, &Text::Ref(topic.output("arn"))) {
        let alarm = plot.add(&format!("monitoring.alarm.{name}"), &alarm)?;
        arns.push(Text::Ref(alarm.output("arn")));
    }
    logs(plot, section, &watched)?;
    if section.dashboard {
        let dashboard = dashboard::dashboard(plot.region(), &watched, &arns);
        plot.add("monitoring.dashboard", &dashboard)?;
    }
    Ok(())
}

/// The policies of AWS that the role of a machine needs: for Session Manager, and for what the agent of
/// `CloudWatch` reports.
pub(super) fn managed(plot: &Plot<'_>) -> BTreeSet<String> {
    let agent = plot.environment.monitoring.as_ref().map(|_| "CloudWatchAgentServerPolicy");
    let names = ["AmazonSSMManagedInstanceCore"].into_iter().chain(agent);
    names.map(|name| format!("arn:aws:iam::aws:policy/{name}")).collect()
}

/// A log group for each section that has machines.
fn logs(plot: &mut Plot<'_>, section: &Monitoring, watched: &Watched) -> Result<(), ExpandError> {
    let machines = watched.groups.iter().map(|group| &group.address);
    let machines = machines.chain(watched.instances.iter().map(|instance| &instance.address));
    let sections: BTreeSet<String> = machines.map(|address| address.section().to_owned()).collect();
    for name in sections {
        let group = LogGroup { retention_days: section.logs.days };
        plot.add(&format!("monitoring.logs.{name}"), &group)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests;
