//! On which resources an action is needed: where AWS allows it, those of the environment alone.
//!
//! Names of an environment begin with its prefix, or stand under its path; what has no name of ours is told by its
//! tags. Which action can be limited in which way is in the service authorization reference; what is not sure to be
//! limited rightly is left open, because a policy that is too narrow fails in the middle of an apply.

use crate::aws::Scope;
use crate::aws::names;

/// How far a permission has to reach.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reach {
    /// Every resource.
    Everything,
    /// Resources with these ARNs.
    Named(Vec<String>),
    /// Resources with the environment's tags.
    Tagged,
}

/// The longest head that names of ELB keep when they are shortened (`kinds/elb.rs`), and those of buckets
/// (`kinds/s3.rs`).
const ELB_HEAD: usize = 18;
const S3_HEAD: usize = 45;

/// What EC2 destroys or stops, and knows by its tags ("Actions, resources, and condition keys for Amazon EC2":
/// each takes `aws:ResourceTag` on the resource that it is about).
const TAGGED: &[&str] = &[
    "ec2:DeleteFlowLogs",
    "ec2:DeleteInternetGateway",
    "ec2:DeleteLaunchTemplate",
    "ec2:DeleteNatGateway",
    "ec2:DeleteRouteTable",
    "ec2:DeleteSecurityGroup",
    "ec2:DeleteSubnet",
    "ec2:DeleteVolume",
    "ec2:DeleteVpc",
    "ec2:DeleteVpcEndpoints",
    "ec2:ReleaseAddress",
    "ec2:StartInstances",
    "ec2:StopInstances",
    "ec2:TerminateInstances",
];

/// What has to be allowed on everything although its service knows names: it takes none, or that of another.
const UNNAMED: &[&str] = &[
    "cloudwatch:ListDashboards",
    "iam:GetAccountAuthorizationDetails",
    "logs:CreateLogDelivery",
    "logs:DeleteLogDelivery",
    "sns:Unsubscribe",
    "ssm:SendCommand",
];

/// The partition of a region, the second part of every ARN in it.
pub fn partition(region: &str) -> &'static str {
    match region {
        region if region.starts_with("cn-") => "aws-cn",
        region if region.starts_with("us-gov-") => "aws-us-gov",
        _ => "aws",
    }
}

/// How far the permission for an action that changes something has to reach, in an environment and its region.
pub fn reach(action: &str, scope: &Scope, region: &str) -> Reach {
    if TAGGED.contains(&action) {
        return Reach::Tagged;
    }
    if UNNAMED.contains(&action) {
        return Reach::Everything;
    }
    let arn = |service: &str, rest: String| format!("arn:{}:{service}:{region}:*:{rest}", partition(region));
    let global = |service: &str, rest: String| format!("arn:{}:{service}::{rest}", partition(region));
    let Scope { stack, env } = scope;
    let prefix = prefix(scope, usize::MAX);
    let many = |service: &str, kinds: &[&str], rest: &str| {
        kinds.iter().map(|kind| arn(service, format!("{kind}:{rest}"))).collect::<Vec<_>>()
    };
    let named = match action.split(':').next().unwrap_or_default() {
        "autoscaling" => {
            vec![arn("autoscaling", format!("autoScalingGroup:*:autoScalingGroupName/{prefix}*"))]
        }
        "cloudwatch" => vec![
            arn("cloudwatch", format!("alarm:{prefix}*")),
            global("cloudwatch", format!("*:dashboard/{stack}_{env}_*")),
        ],
        "elasticache" => {
            let mut arns = many(
                "elasticache",
                &["cluster", "parametergroup", "replicationgroup", "subnetgroup"],
                &format!("{prefix}*"),
            );
            // What a create call may name besides ("Actions, resources, and condition keys for ElastiCache").
            arns.extend(many("elasticache", &["securitygroup", "snapshot"], "*"));
            arns
        }
        "elasticloadbalancing" => {
            let head = self::prefix(scope, ELB_HEAD);
            ["listener/app", "loadbalancer/app", "targetgroup"]
                .map(|kind| arn("elasticloadbalancing", format!("{kind}/{head}*")))
                .into()
        }
        "iam" if action == "iam:CreateServiceLinkedRole" => {
            vec![global("iam", "*:role/aws-service-role/*".to_owned())]
        }
        "iam" => vec![
            global("iam", format!("*:instance-profile/drucloud/{stack}/{env}/*")),
            global("iam", format!("*:role/drucloud/{stack}/{env}/*")),
        ],
        "logs" => vec![arn("logs", format!("log-group:/drucloud/{stack}/{env}/*"))],
        "rds" => {
            let mut arns = many("rds", &["db", "pg", "subgrp"], &format!("{prefix}*"));
            // Option groups are RDS's own, and a snapshot to restore from may be anybody's.
            arns.extend(many("rds", &["og", "snapshot"], "*"));
            arns
        }
        "s3" => {
            let head = self::prefix(scope, S3_HEAD);
            vec![global("s3", format!(":{head}*"))]
        }
        "sns" => vec![arn("sns", format!("{stack}_{env}_*"))],
        "ssm" => vec![arn("ssm", format!("parameter/drucloud/{stack}/{env}/*"))],
        _ => return Reach::Everything,
    };
    Reach::Named(named)
}

/// What the names of an environment begin with, at most `head` characters of it.
fn prefix(scope: &Scope, head: usize) -> String {
    let whole = format!("{}-", names::fit(&[&scope.stack, &scope.env], None, 60));
    match whole.get(..head) {
        Some(cut) => cut.trim_end_matches('-').to_owned(),
        None => whole,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(action: &str) -> String {
        let scope = Scope { stack: "site".to_owned(), env: "prod".to_owned() };
        match reach(action, &scope, "eu-central-1") {
            Reach::Everything => "*".to_owned(),
            Reach::Tagged => "tagged".to_owned(),
            Reach::Named(arns) => arns.join(" "),
        }
    }

    #[test]
    fn permissions_reach_as_far_as_the_environment() {
        assert_eq!(at("logs:DeleteLogGroup"), "arn:aws:logs:eu-central-1:*:log-group:/drucloud/site/prod/*");
        assert_eq!(at("s3:DeleteBucket"), "arn:aws:s3:::site-prod-*");
        assert_eq!(at("ec2:DeleteVpc"), "tagged");
        assert_eq!(at("ec2:CreateVpc"), "*");
        assert_eq!(at("cloudfront:CreateDistribution"), "*");
        assert!(at("iam:CreateRole").contains("arn:aws:iam::*:role/drucloud/site/prod/*"));
    }

    #[test]
    fn shortened_names_are_reached() {
        let scope = Scope { stack: "a-very-long-name-of-a-stack".to_owned(), env: "production".to_owned() };
        let name = names::fit(&[&scope.stack, &scope.env, "web-targets"], Some("abc123"), 32);
        let Reach::Named(arns) = reach("elasticloadbalancing:CreateTargetGroup", &scope, "us-east-1") else {
            panic!("no names")
        };
        let head = arns[2].split("targetgroup/").nth(1).expect("a name").trim_end_matches('*');
        assert!(name.starts_with(head), "{name} {head}");
    }
}
