//! web: the role, the launch template and the autoscaling group of the web nodes.

use std::collections::{BTreeMap, BTreeSet};

use crate::aws::kinds::autoscaling_group::AutoscalingGroup;
use crate::aws::kinds::bucket::Bucket;
use crate::aws::kinds::launch_template::LaunchTemplate;
use crate::aws::kinds::role::Role;
use crate::aws::kinds::scaling::{Policy, Schedule};
use crate::model::graph::Handle;
use crate::model::spec::Text;
use crate::stack::configuration::Role as Machines;
use crate::stack::network::Tier;
use crate::stack::web::{Scheduled, Web};

use super::configuration::{self, Configured};
use super::load_balancer::Balancer;
use super::network::Network;
use super::security::Security;
use super::{ExpandError, Plot};
use super::{machine, mail, media};

pub(super) fn expand(
    plot: &mut Plot<'_>,
    section: &Web,
    network: &Network,
    security: &Security,
    balancer: &Balancer,
    bucket: Option<&Handle<Bucket>>,
) -> Result<(), ExpandError> {
    let role = plot.add("web.role", &role(plot, bucket))?;
    let configured = plot.configured.get(&(Machines::Web, 0));
    let template = LaunchTemplate {
        image: machine::image(&section.instance, section.image.as_ref()),
        instance_type: section.instance.to_string(),
        profile: role.id(),
        security_groups: security.web.iter().map(Handle::id).collect(),
        volume: machine::root(machine::gib(section.volume)),
        user_data: configured.map(|it| it.user_data.clone()).unwrap_or_default(),
        follows: configured.map(Configured::is_there),
        instance_tags: instance_tags(plot),
        metadata_tokens: true,
        metadata_hops: 1,
        detailed_monitoring: true,
    };
    let template = plot.add("web.template", &template)?;
    let group = AutoscalingGroup {
        template: template.id(),
        version: Text::Ref(template.output("version")),
        subnets: network.tier(Tier::App),
        target_groups: [balancer.targets.id()].into(),
        min: Some(count(section.scale.min)),
        max: Some(count(section.scale.max)),
        desired: count(section.scale.min),
        health_check: "ELB".to_owned(),
        grace_seconds: 300,
        warmup_seconds: i32::try_from(section.warmup.seconds()).unwrap_or(i32::MAX),
        policies: policies(section, balancer),
        schedules: schedules(section, plot.facts.now),
        instance_tags: instance_tags(plot),
        rolled_out: true,
        suspended: BTreeSet::new(),
        metrics: plot.environment.monitoring.is_some(),
    };
    plot.add("web.group", &group)?;
    Ok(())
}

/// Session Manager, what it is configured with, and the files of the media bucket alone.
fn role(plot: &Plot<'_>, bucket: Option<&Handle<Bucket>>) -> Role {
    let mut policies = BTreeMap::new();
    if configuration::makes_database(plot, Machines::Web) {
        policies.extend([machine::database_master(plot)]);
    }
    policies.insert("configuration".to_owned(), configuration::access(plot, Machines::Web));
    if let Some(bucket) = bucket {
        policies.insert("media".to_owned(), media::access(bucket));
    }
    if let Some(policy) = mail::access(plot) {
        policies.insert("mail".to_owned(), policy);
    }
    machine::role(plot, policies)
}

fn instance_tags(plot: &Plot<'_>) -> BTreeMap<String, String> {
    let environment = plot.environment;
    let mut tags: BTreeMap<String, String> =
        environment.tags.0.iter().map(|(key, value)| (key.to_string(), value.to_string())).collect();
    tags.insert("Name".to_owned(), format!("{}-{}-web", environment.stack, environment.name));
    tags
}

fn policies(section: &Web, balancer: &Balancer) -> BTreeMap<String, Policy> {
    let mut policies = BTreeMap::from([("cpu".to_owned(), Policy::Cpu(f64::from(section.scale.cpu)))]);
    if let Some(requests) = section.scale.requests_per_target {
        let policy = Policy::Requests {
            target: f64::from(requests),
            load_balancer: Text::Ref(balancer.alb.output("arn_suffix")),
            target_group: Text::Ref(balancer.targets.output("arn_suffix")),
        };
        policies.insert("requests".to_owned(), policy);
    }
    policies
}

/// The schedules to come: AWS removes one that runs once when it has run, and refuses one in the past.
fn schedules(section: &Web, now: i64) -> BTreeMap<String, Schedule> {
    let to_come = |entry: &&Scheduled| entry.at.is_none_or(|at| at.unix_seconds() > now);
    section.scale.schedule.iter().filter(to_come).map(schedule).collect()
}

fn schedule(scheduled: &Scheduled) -> (String, Schedule) {
    let schedule = Schedule {
        cron: scheduled.cron.as_ref().map(ToString::to_string),
        at: scheduled.at.map(|moment| moment.to_string()),
        min: scheduled.min.map(count),
        max: scheduled.max.map(count),
        desired: scheduled.desired.map(count),
        time_zone: scheduled.time_zone.as_ref().map(ToString::to_string),
    };
    (scheduled.name.to_string(), schedule)
}

fn count(count: u32) -> i32 {
    i32::try_from(count).unwrap_or(i32::MAX)
}
