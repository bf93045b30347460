//! Documents that derive from the code, held true: `UPDATE_DOCS=1 cargo test --test docs` writes them anew.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

#[path = "docs/effects.rs"]
mod effects;
#[path = "docs/findings.rs"]
mod findings;
#[path = "docs/kinds.rs"]
mod kinds;
#[path = "docs/rows.rs"]
mod rows;
#[path = "docs/stack.rs"]
mod stack;

/// Permissions that no call of ours names: AWS asks for them when a call makes something act for us.
const IMPLIED: &[(&str, &str)] = &[
    (
        "iam:CreateServiceLinkedRole",
        "the first load balancer, autoscaling group, database, cache, file system and alarm that moves a machine \
         of an account",
    ),
    ("iam:PassRole", "the machines' instance profile, and the role of flow logs"),
    ("kms:DescribeKey", "the encrypted database and its secret"),
    ("logs:CreateLogDelivery", "flow logs"),
    ("logs:DeleteLogDelivery", "flow logs"),
    ("secretsmanager:CreateSecret", "the database's password, which RDS makes and keeps"),
    ("secretsmanager:TagResource", "the database's password"),
    ("ssm:GetParameters", "the newest Debian image"),
    ("ec2:CreateNetworkInterface", "a mount target of EFS"),
    ("ec2:DeleteNetworkInterface", "a mount target of EFS"),
    ("ec2:DescribeNetworkInterfaceAttribute", "a mount target of EFS"),
    ("ec2:ModifyNetworkInterfaceAttribute", "a mount target of EFS"),
    ("ec2:RunInstances", "a launch template in an autoscaling group"),
];

/// Operations for which IAM has another name, or more than one action (service authorization reference).
const ACTIONS: &[(&str, &[&str])] = &[
    ("cloudfront:CreateDistributionWithTags", &["cloudfront:CreateDistribution", "cloudfront:TagResource"]),
    ("s3:DeleteBucketCors", &["s3:PutBucketCORS"]),
    ("s3:DeleteBucketLifecycle", &["s3:PutLifecycleConfiguration"]),
    ("s3:DeleteObjects", &["s3:DeleteObject", "s3:DeleteObjectVersion"]),
    ("s3:DeletePublicAccessBlock", &["s3:PutBucketPublicAccessBlock"]),
    ("s3:GetBucketCors", &["s3:GetBucketCORS"]),
    ("s3:GetBucketEncryption", &["s3:GetEncryptionConfiguration"]),
    ("s3:GetBucketLifecycleConfiguration", &["s3:GetLifecycleConfiguration"]),
    ("s3:GetPublicAccessBlock", &["s3:GetBucketPublicAccessBlock"]),
    ("s3:ListBuckets", &["s3:ListAllMyBuckets"]),
    ("s3:ListObjectVersions", &["s3:ListBucketVersions"]),
    ("s3:PutBucketCors", &["s3:PutBucketCORS"]),
    ("s3:PutBucketEncryption", &["s3:PutEncryptionConfiguration"]),
    ("s3:PutBucketLifecycleConfiguration", &["s3:PutLifecycleConfiguration"]),
    ("s3:PutPublicAccessBlock", &["s3:PutBucketPublicAccessBlock"]),
];

/// What IAM calls an operation.
fn actions(operation: &str) -> Vec<&str> {
    let other = ACTIONS.iter().find(|(name, _)| *name == operation);
    other.map_or_else(|| vec![operation], |(_, actions)| actions.to_vec())
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

/// Every operation that the code names when it maps an error: `error::read("ec2:DescribeVpcs")`.
fn operations() -> BTreeSet<String> {
    let mut files = Vec::new();
    sources(&root().join("src/aws"), &mut files);
    let mut found = BTreeSet::new();
    for file in files {
        let text = fs::read_to_string(file).expect("a source");
        for (at, _) in text.match_indices("error::") {
            let rest = &text[at..];
            let call = rest.find('"').filter(|quote| *quote < 40).and_then(|quote| {
                let name = &rest[quote + 1..];
                name.split('"').next()
            });
            found.extend(call.filter(|name| name.contains(':') && !name.contains(' ')).map(str::to_owned));
        }
    }
    assert!(found.len() > 100, "only {} operations were found", found.len());
    found
}

fn permissions() -> String {
    let operations = operations();
    let mut services: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    let implied = IMPLIED.iter().map(|(action, _)| *action);
    for action in operations.iter().flat_map(|operation| actions(operation)).chain(implied) {
        services.entry(action.split(':').next().unwrap_or_default()).or_default().insert(action);
    }
    let mut text = String::from(
        "# Permissions\n\nWhat the identity that runs drucloud must be allowed to do. This page is generated from the calls in the \
         code and\nheld true by a test. `plan` and `output` need only what begins with `Describe`, `Get` and `List`.\n\n\
         Besides the calls that drucloud makes itself, AWS asks for:\n\n",
    );
    for (action, why) in IMPLIED {
        writeln!(text, "- `{action}`: {why}").expect("text");
    }
    text.push_str(
        "\nAll of it as an IAM policy:\n\n```json\n{\n  \"Version\": \"2012-10-17\",\n  \"Statement\": [\n",
    );
    let statements: Vec<String> = services
        .values()
        .map(|actions| {
            let actions: Vec<String> = actions.iter().map(|action| format!("        \"{action}\"")).collect();
            format!(
                "    {{\n      \"Effect\": \"Allow\",\n      \"Action\": [\n{}\n      ],\n      \"Resource\": \"*\"\n    }}",
                actions.join(",\n")
            )
        })
        .collect();
    text.push_str(&statements.join(",\n"));
    text.push_str("\n  ]\n}\n```\n");
    text
}

/// The document is as the code would write it.
fn hold(path: &str, wanted: &str) {
    let path = root().join(path);
    if std::env::var_os("UPDATE_DOCS").is_some() {
        fs::write(&path, wanted).expect("written");
    }
    let found = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        found == wanted,
        "{} is not up to date: run `UPDATE_DOCS=1 cargo test --test docs`",
        path.display()
    );
}

#[test]
fn permissions_are_those_of_the_calls() {
    hold("docs/permissions.md", &permissions());
}

#[test]
fn the_reference_of_the_stack_is_that_of_its_schema() {
    hold("docs/stack.md", &stack::page());
}

#[test]
fn the_reference_of_the_kinds_is_that_of_their_structs() {
    hold("docs/kinds.md", &kinds::page());
}

#[tokio::test(start_paused = true)]
async fn the_effects_of_changes_are_those_of_the_planner() {
    effects::complete();
    hold("docs/effects.md", &effects::page().await);
}

#[test]
fn the_findings_are_those_of_the_registry() {
    hold("docs/findings.md", &findings::page());
}

#[test]
fn the_readme_names_every_exit_code_and_command() {
    let readme = fs::read_to_string(root().join("README.md")).expect("the README");
    for code in ["| 0 |", "| 1 |", "| 2 |", "| 3 |", "| 4 |", "| 5 |", "| 130 |"] {
        assert!(readme.contains(code), "{code}");
    }
    let makefile = fs::read_to_string(root().join("Makefile")).expect("the Makefile");
    for target in
        ["up", "plan", "destroy", "test", "lint", "bench", "sandbox", "sandbox-stop", "help", "build"]
    {
        assert!(makefile.contains(&format!("\n{target}:")), "{target}");
    }
}
