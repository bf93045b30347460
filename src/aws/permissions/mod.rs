//! What the identity that runs drucloud must be allowed to do: which calls each kind makes, and IAM's names for them.
//!
//! The list of calls (`calls.txt`) is collected from the sources by a test, so that it can neither lack a call nor
//! name one that is never made. [`statements`] makes the least policy of it, and the preflight asks IAM by it.

use std::collections::BTreeSet;

mod policy;
mod resources;

pub use policy::{Breadth, LIMIT, Needs, Statements, document, documents, implied, statements};
pub use resources::{Reach, partition, reach};

/// The calls, a line for each kind and class: `vpc create ec2:CreateVpc`.
const CALLS: &str = include_str!("calls.txt");

/// What a call is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Class {
    /// It changes nothing.
    Read,
    /// It brings something into being.
    Create,
    /// It changes something.
    Update,
    /// It removes something.
    Delete,
}

impl Class {
    fn word(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Create => "create",
            Self::Update => "update",
            Self::Delete => "delete",
        }
    }
}

/// Who makes the calls that are no kind's: leases, notes, facts about the account.
pub const ENGINE: &str = "engine";
/// The checks before an apply.
pub const PREFLIGHT: &str = "preflight";
/// The commands that look at machines or run something on them.
pub const COMMANDS: &str = "commands";

/// The operations that a kind, or one of the others, calls for a purpose, such as `ec2:CreateVpc`.
pub fn operations(owner: &str, class: Class) -> impl Iterator<Item = &'static str> {
    let line = CALLS.lines().find_map(|line| {
        let mut words = line.split(' ');
        (words.next() == Some(owner) && words.next() == Some(class.word())).then_some(words)
    });
    line.into_iter().flatten()
}

/// The same as actions of IAM.
pub fn actions(owner: &str, class: Class) -> BTreeSet<&'static str> {
    operations(owner, class).flat_map(iam).collect()
}

/// Operations for which IAM has another name, or more than one action (service authorization reference).
const NAMES: &[(&str, &[&str])] = &[
    ("cloudfront:CreateDistributionWithTags", &["cloudfront:CreateDistribution", "cloudfront:TagResource"]),
    ("s3:DeleteBucketCors", &["s3:PutBucketCORS"]),
    ("s3:DeleteBucketLifecycle", &["s3:PutLifecycleConfiguration"]),
    ("s3:DeleteObjects", &["s3:DeleteObject", "s3:DeleteObjectVersion"]),
    ("s3:DeletePublicAccessBlock", &["s3:PutBucketPublicAccessBlock"]),
    ("s3:GetBucketCors", &["s3:GetBucketCORS"]),
    ("s3:GetBucketEncryption", &["s3:GetEncryptionConfiguration"]),
    ("s3:GetBucketLifecycleConfiguration", &["s3:GetLifecycleConfiguration"]),
    ("s3:GetPublicAccessBlock", &["s3:GetBucketPublicAccessBlock"]),
    ("s3:HeadBucket", &["s3:ListBucket"]),
    ("s3:HeadObject", &["s3:GetObject"]),
    ("s3:ListObjectsV2", &["s3:ListBucket"]),
    ("s3:ListBuckets", &["s3:ListAllMyBuckets"]),
    ("s3:ListObjectVersions", &["s3:ListBucketVersions"]),
    ("s3:PutBucketCors", &["s3:PutBucketCORS"]),
    ("s3:PutBucketEncryption", &["s3:PutEncryptionConfiguration"]),
    ("s3:PutBucketLifecycleConfiguration", &["s3:PutLifecycleConfiguration"]),
    ("s3:PutPublicAccessBlock", &["s3:PutBucketPublicAccessBlock"]),
];

/// What IAM calls an operation.
pub fn iam(operation: &str) -> Vec<&str> {
    let other = NAMES.iter().find(|(name, _)| *name == operation);
    other.map_or_else(|| vec![operation], |(_, actions)| actions.to_vec())
}

/// An action that no call of ours names: AWS asks for it when a call makes something act for us.
#[derive(Debug)]
pub struct Implied {
    /// The action.
    pub action: &'static str,
    /// What needs it.
    pub why: &'static str,
    /// The kinds that need it.
    pub kinds: &'static [&'static str],
}

const fn ask(action: &'static str, why: &'static str, kinds: &'static [&'static str]) -> Implied {
    Implied { action, why, kinds }
}

/// What each service's guide asks for besides the calls themselves.
pub const IMPLIED: &[Implied] = &[
    ask(
        "iam:CreateServiceLinkedRole",
        "the first load balancer, autoscaling group, database, cache, file system and alarm that moves a machine of an \
         account",
        &[
            "load_balancer",
            "autoscaling_group",
            "db_instance",
            "db_replica",
            "cache_cluster",
            "replication_group",
            "file_system",
            "alarm",
        ],
    ),
    ask(
        "iam:PassRole",
        "the machines' instance profile, and the role of flow logs",
        &["instance", "launch_template", "autoscaling_group", "flow_log"],
    ),
    ask("iam:TagInstanceProfile", "an instance profile that is made with its tags", &["role"]),
    ask("iam:TagRole", "a role that is made with its tags", &["role"]),
    ask("kms:DescribeKey", "the encrypted database and its secret", &["db_instance", "db_replica"]),
    ask("logs:CreateLogDelivery", "flow logs", &["flow_log"]),
    ask("logs:DeleteLogDelivery", "flow logs", &["flow_log"]),
    ask("s3:TagResource", "a bucket that is made with its tags", &["bucket"]),
    ask(
        "secretsmanager:CreateSecret",
        "the database's password, which RDS makes and keeps",
        &["db_instance"],
    ),
    ask("secretsmanager:TagResource", "the database's password", &["db_instance"]),
    ask(
        "ssm:GetParameters",
        "the newest Debian image",
        &["instance", "launch_template", "autoscaling_group"],
    ),
    ask(
        "ssm:StartSession",
        "a shell on a machine, which the AWS CLI opens for `drucloud ssh`",
        &["instance", "launch_template"],
    ),
    ask("ec2:CreateNetworkInterface", "a mount target of EFS", &["mount_target"]),
    ask("ec2:DeleteNetworkInterface", "a mount target of EFS", &["mount_target"]),
    ask("ec2:DescribeNetworkInterfaceAttribute", "a mount target of EFS", &["mount_target"]),
    ask("ec2:ModifyNetworkInterfaceAttribute", "a mount target of EFS", &["mount_target"]),
    ask("ec2:RunInstances", "a launch template in an autoscaling group", &["autoscaling_group"]),
    ask("ec2:CreateTags", "what a launch template tags", &["autoscaling_group"]),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::kinds;

    #[test]
    fn every_kind_is_read_and_made_by_calls() {
        for kind in kinds::ALL {
            let kind = kind.schema().kind;
            let all =
                [Class::Create, Class::Update, Class::Delete].map(|class| operations(kind, class).count());
            assert!(operations(kind, Class::Read).next().is_some(), "{kind}");
            assert!(all.iter().sum::<usize>() > 0, "{kind}");
        }
    }

    #[test]
    fn every_line_of_the_list_is_found() {
        for line in CALLS.lines() {
            let words: Vec<&str> = line.split(' ').collect();
            let classes = [Class::Read, Class::Create, Class::Update, Class::Delete];
            let class = classes.into_iter().find(|class| class.word() == words[1]).expect("a class");
            assert_eq!(operations(words[0], class).collect::<Vec<_>>(), words[2..], "{line}");
        }
    }

    #[test]
    fn implied_actions_are_of_kinds_that_exist() {
        for implied in IMPLIED {
            assert!(!implied.kinds.is_empty(), "{}", implied.action);
            implied.kinds.iter().for_each(|kind| assert!(kinds::get(kind).is_some(), "{kind}"));
        }
    }
}
