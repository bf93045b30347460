//! Whether the caller may do what the plan needs.
//!
//! For what EC2 makes from nothing, `DryRun` asks EC2 itself, which knows everything that can forbid it. For all
//! else IAM simulates the caller's own policies; what an organisation or a bucket forbids besides it cannot tell.

use std::collections::BTreeSet;

use aws_sdk_ec2::types::{ResourceType, TagSpecification};
use futures::future::{FutureExt as _, LocalBoxFuture, join_all};
use serde_json::json;

use crate::aws::error;
use crate::aws::kinds::ec2;
use crate::aws::kinds::elastic_ip::ElasticIp;
use crate::aws::kinds::internet_gateway::InternetGateway;
use crate::aws::kinds::volume::Volume;
use crate::aws::kinds::vpc::Vpc;
use crate::aws::permissions::{Class as Purpose, actions, implied};
use crate::aws::tags;
use crate::model::check::{Check, Verdict};
use crate::model::lint::Severity;
use crate::model::plan::{Action, Plan, Step};
use crate::model::spec::Kinded as _;
use crate::run::fault::{Class, Fault};

use super::Rule;
use super::look::{About, Look, count, listed};

mod simulate;

use simulate::{Caller, caller, missing};

/// The rules of this group.
pub const RULES: &[&Rule] = &[&EC2, &NEEDED, &PERHAPS];

const REMEDY: &str = "allow it; `drucloud policy-document` prints all that this environment needs";

const EC2: Rule = Rule {
    id: "permission-ec2",
    what: "EC2 itself says that the caller may make what needs nothing else to be there: VPCs, addresses, disks.",
    severity: Severity::Error,
    remedy: REMEDY,
    calls: &["ec2:CreateVpc", "ec2:CreateInternetGateway", "ec2:AllocateAddress", "ec2:CreateVolume"],
};

const NEEDED: Rule = Rule {
    id: "permission",
    what: "IAM says that the caller's policies allow every call that makes or deletes what the plan makes or deletes.",
    severity: Severity::Error,
    remedy: REMEDY,
    calls: &["sts:GetCallerIdentity", "iam:GetRole", "iam:SimulatePrincipalPolicy"],
};

const PERHAPS: Rule = Rule {
    id: "permission-changes",
    what: "IAM says that the caller's policies allow the calls that may be needed to change what the plan changes.",
    severity: Severity::Warning,
    remedy: REMEDY,
    calls: &["sts:GetCallerIdentity", "iam:GetRole", "iam:SimulatePrincipalPolicy"],
};

/// Calls of creations and deletions that are made only where there is something to do.
const SOMETIMES: &[&str] = &[
    "autoscaling:DeletePolicy",
    "autoscaling:DeleteScheduledAction",
    "autoscaling:DeleteTags",
    "autoscaling:DetachLoadBalancerTargetGroups",
    "acm:RemoveTagsFromCertificate",
    "ec2:CreateSnapshot",
    "ec2:DeleteRoute",
    "ec2:DeleteTags",
    "iam:CreateServiceLinkedRole",
    "kms:DescribeKey",
    "logs:DeleteRetentionPolicy",
    "rds:CreateDBInstanceReadReplica",
    "rds:RestoreDBInstanceFromDBSnapshot",
    "s3:DeleteBucketPolicy",
    "s3:PutBucketCORS",
    "s3:PutBucketPublicAccessBlock",
    "s3:PutLifecycleConfiguration",
    "sns:UntagResource",
];

pub async fn check(look: &Look<'_>) -> Vec<Check> {
    let (needed, perhaps) = needs(look.plan);
    if needed.is_empty() && perhaps.is_empty() {
        return Vec::new();
    }
    let (mut checks, simulated) = futures::join!(tried(look), simulated(look, &needed, &perhaps));
    let why = simulated.iter().find_map(|check| match &check.verdict {
        Verdict::Unknown { why } if why.ends_with(ONLY_PLANS) => Some(why.clone()),
        _ => None,
    });
    if let Some(why) = why.filter(|_| checks.iter().any(Check::is_error)) {
        // Of one that only plans EC2 says nothing else.
        checks = vec![look.unknown(&EC2, None, why)];
    }
    checks.into_iter().chain(simulated).collect()
}

/// What is said of a caller that may change nothing at all: who applies is somebody else.
const ONLY_PLANS: &str = "may change nothing; what the one who applies may do is not known";

/// The actions that the plan certainly needs, and those that it may need.
fn needs(plan: &Plan) -> (BTreeSet<&'static str>, BTreeSet<&'static str>) {
    let (mut needed, mut perhaps) = (BTreeSet::new(), BTreeSet::new());
    for step in &plan.steps {
        let kind = step.schema.kind;
        match step.action {
            Action::Create | Action::Replace { .. } => {
                needed.extend(actions(kind, Purpose::Create));
                needed.extend(implied(&BTreeSet::from([kind])));
                perhaps.extend(actions(kind, Purpose::Update));
            }
            Action::Update { .. } => perhaps.extend(actions(kind, Purpose::Update)),
            Action::Delete => needed.extend(actions(kind, Purpose::Delete)),
            Action::Await => {}
        }
    }
    let sometimes: BTreeSet<&str> =
        needed.iter().filter(|action| SOMETIMES.contains(action)).copied().collect();
    needed.retain(|action| !sometimes.contains(action));
    perhaps.extend(sometimes);
    perhaps.retain(|action| !needed.contains(action));
    (needed, perhaps)
}

/// Dry runs of the calls that need nothing else to be there, tagged as the real ones will be.
async fn tried(look: &Look<'_>) -> Vec<Check> {
    let ec2 = look.aws.ec2();
    let made = |kind: &'static str| look.made(kind).next();
    let mut trials: Vec<(&Step, LocalBoxFuture<'_, Result<(), Fault>>)> = Vec::new();
    if let Some(step) = made(Vpc::KIND) {
        let call =
            ec2.create_vpc().cidr_block("10.0.0.0/16").tag_specifications(tagged(look, ResourceType::Vpc));
        let send =
            async move { call.dry_run(true).send().await.map(drop).map_err(error::create("ec2:CreateVpc")) };
        trials.push((step, send.boxed_local()));
    }
    if let Some(step) = made(InternetGateway::KIND) {
        let call =
            ec2.create_internet_gateway().tag_specifications(tagged(look, ResourceType::InternetGateway));
        let send = async move {
            call.dry_run(true).send().await.map(drop).map_err(error::create("ec2:CreateInternetGateway"))
        };
        trials.push((step, send.boxed_local()));
    }
    if let Some(step) = made(ElasticIp::KIND) {
        let call = ec2.allocate_address().tag_specifications(tagged(look, ResourceType::ElasticIp));
        let send = async move {
            call.dry_run(true).send().await.map(drop).map_err(error::create("ec2:AllocateAddress"))
        };
        trials.push((step, send.boxed_local()));
    }
    if let Some((step, want)) = look.set::<Volume>(&[]).into_iter().next() {
        let call = ec2.create_volume().availability_zone(want.zone).size(want.gib).encrypted(want.encrypted);
        let call = call
            .volume_type(want.kind.as_str().into())
            .tag_specifications(tagged(look, ResourceType::Volume));
        let send = async move {
            call.dry_run(true).send().await.map(drop).map_err(error::create("ec2:CreateVolume"))
        };
        trials.push((step, send.boxed_local()));
    }
    if trials.is_empty() {
        return Vec::new();
    }
    let (steps, asked): (Vec<&Step>, Vec<_>) = trials.into_iter().unzip();
    let answers = join_all(asked).await;
    let wrong: Vec<Check> =
        steps.iter().zip(answers).filter_map(|(step, answer)| refused(look, step, answer)).collect();
    let passed = || look.passed(&EC2, format!("EC2 allows {}", count(steps.len(), "dry run")));
    if wrong.is_empty() { vec![passed()] } else { wrong }
}

/// What is wrong after a dry run. EC2 answers `DryRunOperation` where it would have done it, as an error.
fn refused(look: &Look<'_>, step: &Step, answer: Result<(), Fault>) -> Option<Check> {
    let about = About { address: &step.address, property: None };
    match answer {
        Ok(()) => None,
        Err(fault) if fault.code == "DryRunOperation" => None,
        Err(fault) if fault.class == Class::Denied => Some(look.failed(
            &EC2,
            about,
            format!("EC2 does not allow `{}`: {}", fault.operation, fault.message),
        )),
        Err(fault) => Some(look.untold(&EC2, Some(about), &fault)),
    }
}

/// The environment's tags: a rule of the organisation may ask for some.
fn tagged(look: &Look<'_>, kind: ResourceType) -> TagSpecification {
    let scope = &look.aws.scope;
    let own = [(tags::STACK, &scope.stack), (tags::ENV, &scope.env)];
    ec2::specification(kind, &own.map(|(key, value)| (key.to_owned(), value.clone())).into())
}

async fn simulated(
    look: &Look<'_>,
    needed: &BTreeSet<&'static str>,
    perhaps: &BTreeSet<&'static str>,
) -> Vec<Check> {
    let rules =
        [(&NEEDED, needed), (&PERHAPS, perhaps)].into_iter().filter(|(_, actions)| !actions.is_empty());
    let identity = match look.ask(async || look.aws.identity().await).await {
        Ok(identity) => identity,
        Err(fault) => return rules.map(|(rule, _)| look.untold(rule, None, &fault)).collect(),
    };
    let source = match caller(look, &identity).await {
        Caller::Root => {
            return rules
                .map(|(rule, _)| look.passed(rule, "the account's own user may do everything"))
                .collect();
        }
        Caller::Other(arn) => {
            return rules
                .map(|(rule, _)| look.unknown(rule, None, format!("IAM simulates no policies of {arn}")))
                .collect();
        }
        Caller::Policies(arn) => arn,
    };
    let all: BTreeSet<&'static str> = needed.union(perhaps).copied().collect();
    let missing = match missing(look, &source, &identity, &all).await {
        Ok(missing) => missing,
        Err(fault) => return rules.map(|(rule, _)| look.untold(rule, None, &fault)).collect(),
    };
    if missing.len() == all.len() {
        let why = format!("{} {ONLY_PLANS}", identity.arn);
        return rules.map(|(rule, _)| look.unknown(rule, None, why.clone())).collect();
    }
    rules
        .map(|(rule, actions)| {
            let lacking: Vec<&str> = actions.intersection(&missing).copied().collect();
            if lacking.is_empty() {
                let number = count(actions.len(), "action");
                return look.passed(rule, format!("{} may do {number} that the plan needs", identity.arn));
            }
            let message = format!("{} may not do {}", identity.arn, listed(lacking.iter().copied()));
            let policy = json!({
                "Version": "2012-10-17",
                "Statement": [{"Effect": "Allow", "Action": lacking, "Resource": "*"}],
            });
            Check {
                remedy: Some(format!("{REMEDY}; to copy: {policy}")),
                ..look.failed_without(rule, message)
            }
        })
        .collect()
}
