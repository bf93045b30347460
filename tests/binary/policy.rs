//! The policy that `policy-document` prints is what the program really calls.

use std::collections::BTreeSet;

use drucloud::aws::permissions::{LIMIT, iam};
use serde_json::Value;

use crate::sandbox::Sandbox;
use crate::stack::{STACK, changed};

/// The documents that the command prints.
fn documents(sandbox: &Sandbox, more: &[&str]) -> Vec<Value> {
    let ended = sandbox.run(&[&["policy-document", STACK, "--env", "sandbox"][..], more].concat()).with(0);
    let printed: Value = serde_json::from_str(&ended.out).expect("JSON");
    printed.as_array().cloned().unwrap_or_else(|| vec![printed])
}

/// All actions that documents allow.
fn actions(documents: &[Value]) -> BTreeSet<String> {
    let statements =
        documents.iter().flat_map(|document| document["Statement"].as_array().expect("statements"));
    let actions = statements.flat_map(|statement| statement["Action"].as_array().expect("actions"));
    actions.map(|action| action.as_str().expect("an action").to_owned()).collect()
}

/// What IAM calls each of the calls that the server saw.
fn called(sandbox: &Sandbox) -> BTreeSet<String> {
    let calls = sandbox.calls();
    calls
        .iter()
        .flat_map(|call| {
            let service = match call.service.as_str() {
                "elbv2" => "elasticloadbalancing",
                "efs" => "elasticfilesystem",
                "sesv2" => "ses",
                "resourcegroupstaggingapi" => "tag",
                other => other,
            };
            iam(&format!("{service}:{}", call.operation)).into_iter().map(str::to_owned).collect::<Vec<_>>()
        })
        .collect()
}

#[test]
fn what_is_called_is_allowed() {
    let sandbox = Sandbox::start();
    let plan = actions(&documents(&sandbox, &["--plan"]));
    let apply = actions(&documents(&sandbox, &[]));
    let is_read = |action: &&String| {
        let name = action.split(':').nth(1).expect("a name");
        ["Describe", "Get", "List", "Simulate"].iter().any(|start| name.starts_with(start))
    };
    assert_eq!(plan.iter().filter(|action| !is_read(action)).collect::<Vec<_>>(), Vec::<&String>::new());
    sandbox.run(&["plan", STACK, "--env", "sandbox", "--no-preflight"]).with(2);
    let lacking: Vec<String> = called(&sandbox).difference(&plan).cloned().collect();
    assert_eq!(lacking, Vec::<String>::new(), "a plan calls more than its policy allows");
    sandbox.up(STACK, "sandbox");
    let other = changed(
        &sandbox,
        "other.yaml",
        &[
            ("  scale: { min: 2, max: 8, cpu: 60 }", "  scale: { min: 1, max: 4, cpu: 50 }"),
            ("backups: { days: 14 }", "backups: { days: 7 }"),
            ("long_query_time: 2", "long_query_time: 3"),
            ("environments:", "tags: { team: web }\n\nenvironments:"),
        ],
    );
    sandbox.up(&other, "sandbox");
    sandbox.run(&["status", &other, "--env", "sandbox"]);
    sandbox.destroy(&other, "sandbox");
    let lacking: Vec<String> = called(&sandbox).difference(&apply).cloned().collect();
    assert_eq!(lacking, Vec::<String>::new(), "up, update and destroy call more than their policy allows");
    assert!(actions(&documents(&sandbox, &["--all"])).is_superset(&apply));
}

#[test]
fn documents_fit_into_iam() {
    let sandbox = Sandbox::none();
    for more in [&["--plan"][..], &["--apply"], &["--all"]] {
        let documents = documents(&sandbox, more);
        for (number, document) in documents.iter().enumerate() {
            assert!(document.to_string().len() <= LIMIT, "{more:?}");
            let number = (number + 1).to_string();
            let part = self::documents(&sandbox, &[more, &["--part", &number]].concat());
            assert_eq!(part, std::slice::from_ref(document));
        }
        let beyond = (documents.len() + 1).to_string();
        let arguments =
            [&["policy-document", STACK, "--env", "sandbox", "--part", &beyond][..], more].concat();
        sandbox.run(&arguments).with(1).says("there is no part");
    }
}
