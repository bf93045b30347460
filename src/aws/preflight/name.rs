//! Names that somebody else has: what the plan makes would collide with them.
//!
//! Only what carries the environment's tags is ours, so whatever has one of our names and is no part of the live
//! state was made by hand, by another tool, or by an environment whose tags were lost.

use std::rc::Rc;

use aws_sdk_elasticloadbalancingv2::types::LoadBalancer as Described;
use futures::future::join_all;

use crate::aws::error;
use crate::aws::kinds::autoscaling_group::AutoscalingGroup;
use crate::aws::kinds::bucket::Bucket;
use crate::aws::kinds::db_instance::DbInstance;
use crate::aws::kinds::db_replica::DbReplica;
use crate::aws::kinds::load_balancer::LoadBalancer;
use crate::aws::kinds::role::Role;
use crate::aws::kinds::target_group::TargetGroup;
use crate::aws::kinds::{elb, rds, s3};
use crate::model::check::Check;
use crate::model::lint::Severity;
use crate::model::plan::{Action, Step};
use crate::model::schema::{Effect, Rule as OfProperty};
use crate::model::spec::{self, Kinded, Spec};
use crate::run::fault::{Class, Fault};
use crate::run::step::fingerprint;

use super::Rule;
use super::look::{About, Look, count};

/// The rules of this group.
pub const RULES: &[&Rule] = &[&TAKEN, &BUCKET];

const TAKEN: Rule = Rule {
    id: "name-taken",
    what: "Nobody else in the account has the name of a new role, database, load balancer, target group or \
           autoscaling group.",
    severity: Severity::Error,
    remedy: "adopt it with `drucloud import` if it is part of this environment, or rename or delete it",
    calls: &[
        "iam:GetRole",
        "rds:DescribeDBInstances",
        "elasticloadbalancing:DescribeLoadBalancers",
        "elasticloadbalancing:DescribeTargetGroups",
        "autoscaling:DescribeAutoScalingGroups",
    ],
};

const BUCKET: Rule = Rule {
    id: "bucket-name-taken",
    what: "Nobody in all of AWS has the name of a new bucket.",
    severity: Severity::Error,
    remedy: "give the stack or the environment another name, or delete the bucket if it is yours",
    calls: &["sts:GetCallerIdentity", "s3:HeadBucket"],
};

/// Every load balancer of the region.
pub struct Balancers(pub Vec<Described>);

/// Reads them, once.
pub async fn balancers(look: &Look<'_>) -> Result<Rc<Balancers>, Fault> {
    let read = async || {
        let pages = look.aws.elb().describe_load_balancers().into_paginator().items().send();
        let all: Result<Vec<_>, _> = pages.collect().await;
        all.map_err(error::read("elasticloadbalancing:DescribeLoadBalancers"))
    };
    look.glance.once(|| async { look.ask(read).await.map(Balancers) }).await
}

pub async fn check(look: &Look<'_>) -> Vec<Check> {
    let (roles, databases, balancers, targets, groups, buckets) = futures::join!(
        join_all(new(look, Role::KIND).map(|step| role(look, step))),
        databases(look),
        load_balancers(look),
        target_groups(look),
        groups(look),
        join_all(new(look, Bucket::KIND).map(|step| bucket(look, step))),
    );
    let named: Vec<Verdict<'_>> =
        roles.into_iter().chain(databases).chain(balancers).chain(targets).chain(groups).collect();
    let mut checks = conclude(look, &TAKEN, named);
    checks.extend(conclude(look, &BUCKET, buckets));
    checks
}

/// What was found out about the name of one new resource: by whom it is taken, if it is.
type Verdict<'a> = (&'a Step, Result<Option<String>, Fault>);

fn conclude(look: &Look<'_>, rule: &Rule, verdicts: Vec<Verdict<'_>>) -> Vec<Check> {
    if verdicts.is_empty() {
        return Vec::new();
    }
    let total = verdicts.len();
    let wrong = verdicts.into_iter().filter_map(|(step, verdict)| {
        let about = About { address: &step.address, property: None };
        match verdict {
            Ok(None) => None,
            Ok(Some(message)) => Some(look.failed(rule, about, message)),
            Err(fault) => Some(look.untold(rule, Some(about), &fault)),
        }
    });
    let wrong: Vec<Check> = wrong.collect();
    if wrong.is_empty() { vec![look.passed(rule, format!("{} free", count(total, "name")))] } else { wrong }
}

/// What is made where nothing of ours was before: with a predecessor there the name is ours.
fn new<'a>(look: &Look<'a>, kind: &str) -> impl Iterator<Item = &'a Step> {
    let plan = look.plan;
    let fresh = move |step: &&Step| {
        let others = plan.steps.iter().filter(|other| other.address == step.address);
        step.action == Action::Create && others.count() == 1
    };
    look.made(kind).filter(fresh)
}

async fn role<'a>(look: &Look<'_>, step: &'a Step) -> Verdict<'a> {
    let name = look.aws.name(&step.address, 64);
    let read =
        async || look.aws.iam().get_role().role_name(&name).send().await.map_err(error::read("iam:GetRole"));
    let verdict = match look.ask_once(read).await {
        Ok(_) => Ok(Some(taken("role", &name))),
        Err(fault) if fault.class == Class::Gone => Ok(None),
        Err(fault) => Err(fault),
    };
    (step, verdict)
}

fn taken(what: &str, name: &str) -> String {
    format!("there is a {what} `{name}` that does not carry this environment's tags")
}

async fn databases<'a>(look: &Look<'a>) -> Vec<Verdict<'a>> {
    let steps: Vec<&Step> = new(look, DbInstance::KIND).chain(new(look, DbReplica::KIND)).collect();
    if steps.is_empty() {
        return Vec::new();
    }
    let there = rds::listed(&look.glance).await;
    let verdict = |step: &'a Step| {
        let name = look.aws.name(&step.address, 63);
        let there = there.as_ref().map_err(Clone::clone);
        let is_taken = |found: &Rc<rds::Listed>| {
            found.0.iter().any(|database| database.db_instance_identifier() == Some(&name))
        };
        (step, there.map(|found| is_taken(found).then(|| taken("database", &name))))
    };
    steps.into_iter().map(verdict).collect()
}

/// The name with its fingerprint, if all that decides about it is known. With something new in it nobody can
/// have that name yet.
fn unique_name(look: &Look<'_>, step: &Step) -> Option<String> {
    let desired = step.desired.as_ref()?.resolve(&|reference| {
        let live = look.plan.standing().find(|live| live.address == reference.address)?;
        live.output(&reference.output)
    });
    let decides = |name: &str| matches!(step.schema.rule(name), OfProperty::Always(Effect::Replacement));
    let mut open = std::collections::BTreeSet::new();
    desired
        .iter()
        .filter(|(name, _)| decides(name))
        .for_each(|(_, value)| spec::references(value, &mut open));
    let canonical: Spec = (step.schema.canonical)(&desired);
    open.is_empty()
        .then(|| look.aws.unique_name(&step.address, &fingerprint(&canonical, step.schema), elb::NAME))
}

async fn load_balancers<'a>(look: &Look<'a>) -> Vec<Verdict<'a>> {
    let steps: Vec<(&Step, String)> =
        new(look, LoadBalancer::KIND).filter_map(|step| Some((step, unique_name(look, step)?))).collect();
    if steps.is_empty() {
        return Vec::new();
    }
    let there = balancers(look).await;
    let verdict = |(step, name): (&'a Step, String)| {
        let there = there.as_ref().map_err(Clone::clone);
        let is_taken = |found: &Rc<Balancers>| {
            found.0.iter().any(|balancer| balancer.load_balancer_name() == Some(&name))
        };
        (step, there.map(|found| is_taken(found).then(|| taken("load balancer", &name))))
    };
    steps.into_iter().map(verdict).collect()
}

async fn target_groups<'a>(look: &Look<'a>) -> Vec<Verdict<'a>> {
    let steps = new(look, TargetGroup::KIND).filter_map(|step| Some((step, unique_name(look, step)?)));
    join_all(steps.map(async |(step, name)| {
        let read = async || {
            let call = look.aws.elb().describe_target_groups().names(&name).send().await;
            call.map_err(error::read("elasticloadbalancing:DescribeTargetGroups"))
        };
        let verdict = match look.ask_once(read).await {
            Ok(answer) => Ok((!answer.target_groups().is_empty()).then(|| taken("target group", &name))),
            Err(fault) if fault.class == Class::Gone => Ok(None),
            Err(fault) => Err(fault),
        };
        (step, verdict)
    }))
    .await
}

async fn groups<'a>(look: &Look<'a>) -> Vec<Verdict<'a>> {
    let steps: Vec<(&Step, String)> =
        new(look, AutoscalingGroup::KIND).map(|step| (step, look.aws.name(&step.address, 255))).collect();
    if steps.is_empty() {
        return Vec::new();
    }
    let names: Vec<String> = steps.iter().map(|(_, name)| name.clone()).collect();
    let read = async || {
        let call = look.aws.autoscaling().describe_auto_scaling_groups();
        let pages = call.set_auto_scaling_group_names(Some(names.clone())).into_paginator().items().send();
        let all: Result<Vec<_>, _> = pages.collect().await;
        all.map_err(error::read("autoscaling:DescribeAutoScalingGroups"))
    };
    let there = look.ask(read).await;
    let verdict = |(step, name): (&'a Step, String)| {
        let there = there.as_ref().map_err(Clone::clone);
        let is_taken = |found: &Vec<aws_sdk_autoscaling::types::AutoScalingGroup>| {
            found.iter().any(|group| group.auto_scaling_group_name() == Some(&name))
        };
        (step, there.map(|found| is_taken(found).then(|| taken("autoscaling group", &name))))
    };
    steps.into_iter().map(verdict).collect()
}

/// `HeadBucket` answers without a body: 404 for no bucket, 403 for somebody else's, 301 for one in another region
/// ("`HeadBucket`", S3 API reference).
async fn bucket<'a>(look: &Look<'_>, step: &'a Step) -> Verdict<'a> {
    let name = match look.ask(async || s3::name(look.aws, &step.address).await).await {
        Ok(name) => name,
        Err(fault) => return (step, Err(fault)),
    };
    let read = async || {
        let answer = look.aws.s3().head_bucket().bucket(&name).send().await;
        let status = answer.as_ref().err().and_then(|error| Some(error.raw_response()?.status().as_u16()));
        match status {
            Some(status @ (301 | 403 | 404)) => Ok(status),
            _ => answer.map(|_| 200).map_err(error::read("s3:HeadBucket")),
        }
    };
    let verdict = look.ask(read).await.map(|status| match status {
        404 => None,
        200 => Some(taken("bucket", &name)),
        301 => Some(format!("there is a bucket `{name}` in another region")),
        _ => Some(format!("somebody else has a bucket `{name}`")),
    });
    (step, verdict)
}
