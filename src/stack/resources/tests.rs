//! Resources of any kind in a stack file: what is read, what is refused and with which words.

use serde_json::json;

use super::super::{Environment, Report, Stack};
use super::*;

fn parse(resources: &str) -> Result<Environment, Report> {
    let text = format!("stack: s\nregion: us-east-1\nresources:\n{resources}");
    Stack::parse("s.yaml", &text).map(|stack| stack.environments()[0].clone())
}

fn read(resources: &str) -> Vec<Resource> {
    parse(resources).unwrap_or_else(|report| panic!("{:?}", report.problems())).resources
}

fn problems(resources: &str) -> Vec<String> {
    let report = parse(resources).expect_err("something is wrong");
    let told =
        report.located().map(|(line, column, problem)| format!("{line}:{column} {}", problem.message()));
    told.collect()
}

#[test]
fn properties_are_typed_and_references_are_marked() {
    let found = read(
        "  table:\n    kind: subnet\n    vpc: ${network.vpc.id}\n    cidr: 10.20.99.0/24\n    zone: us-east-1a\n    public_addresses: false\n",
    );
    assert_eq!(found[0].kind, "subnet");
    assert_eq!(found[0].spec.get("vpc"), Some(&json!({"$ref": "network.vpc.id", "$kind": "vpc"})));
}

#[test]
fn defaults_of_the_kind_are_filled_in() {
    let found =
        read("  zone: {kind: hosted_zone, name: a.internal, vpcs: ['${network.vpc.id}'], comment: x}\n");
    assert_eq!(found[0].spec.get("public_zones"), Some(&json!([])));
}

#[test]
fn every_mistake_is_told_at_its_place() {
    assert_eq!(
        problems("  a: {kind: buckt}\n  b: {versioning: true}\n  c: {kind: log_group, retention_dayz: 3}\n"),
        [
            "4:13 `resources.a.kind`: there is no kind `buckt`; did you mean `bucket`?",
            "5:3 `resources.b`: the key `kind` is missing",
            "6:6 `resources.c`: the key `retention_days` is missing",
            "6:24 unknown key `retention_dayz` in `resources.c`; did you mean `retention_days`?",
        ]
    );
    assert_eq!(
        problems(
            "  c: {kind: log_group, retention_days: many}\n  d: {kind: log_group, retention_days: 3, x: '${nowhere}'}\n"
        )[0],
        "4:40 `resources.c.retention_days`: expected a whole number, found text \"many\""
    );
}

#[test]
fn names_that_are_one_in_aws_clash() {
    let found = problems(
        "  a.b: {kind: internet_gateway, vpc: '${network.vpc.id}'}\n  a-b: {kind: internet_gateway, vpc: '${network.vpc.id}'}\n",
    );
    assert_eq!(
        found,
        ["5:3 `resources`: `a.b` and `a-b` would have the same name in AWS, which takes no dots"]
    );
}

#[test]
fn an_overlay_changes_a_part() {
    let text = "stack: s\nresources:\n  logs: {kind: log_group, retention_days: 3}\nenvironments:\n  dev: {}\n  prod: {resources: {logs: {retention_days: 30}}}\n";
    let stack = Stack::parse("s.yaml", text).unwrap_or_else(|report| panic!("{:?}", report.problems()));
    let days = |name| stack.environment(name).expect("it").resources[0].spec.get("retention_days").cloned();
    assert_eq!((days("dev"), days("prod")), (Some(json!(3)), Some(json!(30))));
    let wrong = text.replace("retention_days: 30", "retention_days: [30]");
    let report = Stack::parse("s.yaml", &wrong).expect_err("a list is no number");
    assert!(
        report.problems()[0].message().ends_with("(in the environment `prod`)"),
        "{:?}",
        report.problems()
    );
}
