//! The machines that a plan starts: what they are, where and how many.

use std::collections::BTreeSet;
use std::rc::Rc;

use aws_sdk_ec2::types::{Filter, InstanceTypeInfo};
use serde_json::Value;

use crate::aws::error;
use crate::aws::kinds::autoscaling_group::AutoscalingGroup;
use crate::aws::kinds::instance::Instance;
use crate::aws::kinds::launch_template::LaunchTemplate;
use crate::model::plan::Step;
use crate::model::spec::{Kinded as _, Spec};
use crate::run::fault::Fault;

use super::look::{Look, is_making};

/// Machines of one resource.
pub struct Machine<'a> {
    /// The step that wants them: an instance, or a launch template.
    pub step: &'a Step,
    /// Their type.
    pub instance_type: String,
    /// Their image: its id, or `resolve:ssm:` and a parameter's name.
    pub image: String,
    /// The size of their root volume.
    pub root_gib: i32,
    /// The zones that they may be in, as far as known.
    pub zones: BTreeSet<String>,
    /// How many are started beside those that run.
    pub count: u64,
}

/// What the plan starts, or starts from now on in another way.
pub fn machines<'a>(look: &Look<'a>) -> Vec<Machine<'a>> {
    let mut machines = Vec::new();
    for (step, want) in look.set::<Instance>(&["instance_type", "image", "root"]) {
        machines.push(Machine {
            step,
            instance_type: want.instance_type,
            image: want.image,
            root_gib: want.root.size_gib,
            zones: step
                .desired
                .as_ref()
                .and_then(|spec| spec.get("subnet"))
                .map(|s| look.zones(s))
                .unwrap_or_default(),
            count: u64::from(is_making(step)),
        });
    }
    for (step, want) in look.set::<LaunchTemplate>(&["instance_type", "image", "volume"]) {
        let groups = groups(look, step);
        machines.push(Machine {
            step,
            instance_type: want.instance_type,
            image: want.image,
            root_gib: want.volume.size_gib,
            zones: groups
                .iter()
                .filter_map(|(spec, _)| spec.get("subnets"))
                .flat_map(|s| look.zones(s))
                .collect(),
            count: groups
                .iter()
                .filter(|(_, made)| *made)
                .filter_map(|(spec, _)| spec.get("desired")?.as_u64())
                .sum(),
        });
    }
    machines
}

/// The autoscaling groups that start machines from a template, and whether the plan makes them.
fn groups<'a>(look: &Look<'a>, template: &Step) -> Vec<(&'a Spec, bool)> {
    let steps = look.plan.steps.iter().filter(|step| step.schema.kind == AutoscalingGroup::KIND);
    let wanted = steps.filter_map(|step| Some((step.desired.as_ref()?, is_making(step))));
    let kept = look.plan.standing().filter(|live| live.kind == AutoscalingGroup::KIND);
    let uses = |spec: &Spec| {
        spec.get("template").is_some_and(|value: &Value| look.refers_to(value, &template.address))
    };
    wanted.chain(kept.map(|live| (&live.spec, false))).filter(|(spec, _)| uses(spec)).collect()
}

/// What EC2 tells of the types of the machines that the plan starts.
pub struct Types(pub Vec<InstanceTypeInfo>);

/// Asks for them, once.
pub async fn types(look: &Look<'_>) -> Result<Rc<Types>, Fault> {
    let ask = || async {
        let names: BTreeSet<String> =
            machines(look).into_iter().map(|machine| machine.instance_type).collect();
        look.ask(async || described(look, &names).await).await.map(Types)
    };
    look.glance.once(ask).await
}

/// What EC2 tells of these types. By a filter and not by name: one that does not exist would fail the call.
pub async fn described(look: &Look<'_>, names: &BTreeSet<String>) -> Result<Vec<InstanceTypeInfo>, Fault> {
    if names.is_empty() {
        return Ok(Vec::new());
    }
    let filter =
        Filter::builder().name("instance-type").set_values(Some(names.iter().cloned().collect())).build();
    let pages = look.aws.ec2().describe_instance_types().filters(filter).into_paginator().items().send();
    pages.collect::<Result<_, _>>().await.map_err(error::read("ec2:DescribeInstanceTypes"))
}
