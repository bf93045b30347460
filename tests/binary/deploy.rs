//! Deployments with the real program: what the machines are told, what the pointer says, and how all comes back.

use serde_json::json;

use crate::platform::Platform;

#[test]
fn a_release_goes_onto_every_node_and_back_again() {
    let platform = Platform::start();
    let first = platform.run(&["deploy"]).with(0);
    let main = platform.object("releases/current");
    assert_eq!(main.len(), 40, "{main}");
    let first = first.says(&format!("The release {main} is current."));
    let expected = [
        "control drucloud-build main".to_owned(),
        format!("web.1 drucloud-release fetch {main}"),
        format!("web.2 drucloud-release fetch {main}"),
        format!("control drucloud-update {main}"),
        format!("web.1 drucloud-release fetch {main}"),
        format!("web.1 drucloud-release activate {main}"),
        format!("web.2 drucloud-release fetch {main}"),
        format!("web.2 drucloud-release activate {main}"),
    ];
    let mut told = platform.told();
    told[1..3].sort();
    assert_eq!(told, expected);
    let snapshots = platform.snapshots();
    let (name, tags) = &snapshots[0];
    assert_eq!(
        (snapshots.len(), &tags["drucloud:deployment"], &tags["drucloud:release"]),
        (1, &json!("closed"), &json!(main))
    );
    first.says(&format!("The database as it was before is in the snapshot {name}."));

    let next = platform.run(&["deploy", "next"]).with(0).says(&format!("it was {} before", &main[..12]));
    assert!(next.err.contains("serves the release"), "{}", next.err);
    assert_ne!(platform.object("releases/current"), main);
    platform.run(&["deploy", "--rollback"]).with(0).says(&format!("The release {main} is current"));
    assert_eq!((platform.object("releases/current"), platform.snapshots().len()), (main.clone(), 2));
    platform.run(&["deploy", "--rollback"]).with(1).says("there is no release to go back to");
    // What deployments leave is nothing that a plan knows of.
    platform.sandbox.settled(&platform.stack, "sandbox");
    let status = platform.sandbox.run(&["status", &platform.stack, "--env", "sandbox"]);
    assert!(status.out.contains(&format!("release: {}", &main[..12])), "{}", status.out);
}

#[test]
fn a_node_that_fails_in_the_middle_brings_all_back() {
    let platform = Platform::start();
    platform.run(&["deploy"]).with(0);
    let main = platform.object("releases/current");
    let sick = json!([{"contains": "activate", "machine": platform.nodes[1], "nth": 1, "exit": 1,
        "out": "the site answers with 500\n"}]);
    platform.sandbox.commands_end(&sick);
    let events = platform.sandbox.path("events.ndjson");
    let events = events.to_str().expect("a plain path");
    let failed = platform.run(&["deploy", "next", "--json-events", events]).with(4);
    let failed = failed
        .says("the site answers with 500")
        .says(&format!("the nodes serve the release {} again", &main[..12]));
    let (name, tags) = platform.snapshots().pop().expect("a snapshot");
    failed.says(&format!("in the snapshot `{name}`"));
    assert_eq!(tags["drucloud:deployment"], "closed", "the next attempt takes another");
    assert_eq!(platform.object("releases/current"), main);
    let told = platform.told();
    let last = |node: &str| told.iter().rfind(|line| line.starts_with(node)).expect("a command").clone();
    for node in ["web.1", "web.2"] {
        assert_eq!(last(node), format!("{node} drucloud-release activate {main}"));
    }
    assert_eq!(last("control"), format!("control drucloud-update {main}"));
    let text = std::fs::read_to_string(events).expect("events");
    let events: Vec<serde_json::Value> =
        text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    let told = |stage: &str, state: &str| {
        events
            .iter()
            .any(|event| event["type"] == "deploy" && event["stage"] == stage && event["state"] == state)
    };
    assert!(told("activate", "failed") && told("go_back", "done") && !told("point", "begun"), "{text}");
    platform.sandbox.commands_end(&json!([]));
    platform.run(&["deploy", "next"]).with(0);
}

#[test]
fn a_failed_update_switches_no_node() {
    let platform = Platform::start();
    platform.sandbox.commands_end(
        &json!([{"contains": "drucloud-update", "exit": 1, "out": "updatedb: no such table\n"}]),
    );
    platform.run(&["deploy"]).with(4).says("updatedb: no such table").says("no node was switched");
    assert!(!platform.told().iter().any(|line| line.contains("activate")), "{:?}", platform.told());
    assert_eq!(platform.object("releases/current"), "");
}

#[test]
fn killed_at_a_command_the_same_deployment_goes_on() {
    let platform = Platform::start();
    platform.run(&["deploy"]).with(0);
    for (n, (call, fault)) in
        [("SendCommand", "hang-before"), ("SendCommand", "hang-after")].into_iter().enumerate()
    {
        for nth in [1, 4, 6] {
            let branch = format!("branch-{n}-{nth}");
            platform.sandbox.faults(&json!([{"operation": call, "nth": nth, "do": fault}]));
            let mut first = platform.program(&["deploy", &branch]).start();
            first.until("the call that hangs", |_| platform.sandbox.hits() > 0);
            first.kill();
            platform.sandbox.heal();
            let before = platform.snapshots().len();
            let again =
                platform.program(&["deploy", &branch]).called(&format!("{fault} {nth}")).run().with(0);
            assert!(again.err.contains("the process of tester is gone"), "{}", again.err);
            let current = platform.object("releases/current");
            let told = platform.told();
            for node in ["web.1", "web.2"] {
                let last = told.iter().rfind(|line| line.starts_with(node)).expect("a command");
                assert_eq!(*last, format!("{node} drucloud-release activate {current}"), "{fault} {nth}");
            }
            let open = |(_, tags): &&(String, serde_json::Value)| tags["drucloud:deployment"] == "open";
            let snapshots = platform.snapshots();
            assert_eq!(snapshots.iter().filter(open).count(), 0, "{fault} {nth}: {snapshots:?}");
            assert!(
                snapshots.len() <= (before + 1).min(3),
                "{fault} {nth}: one snapshot a deployment, three stay"
            );
        }
    }
}

#[test]
fn a_command_whose_answer_is_lost_is_not_sent_twice() {
    let platform = Platform::start();
    platform.sandbox.faults(&json!([{"operation": "SendCommand", "nth": 1, "do": "drop-after"}]));
    platform.run(&["deploy"]).with(0);
    let builds = platform.told().into_iter().filter(|line| line.contains("drucloud-build")).count();
    assert_eq!(builds, 1);
}

#[test]
fn what_is_missing_is_said_before_anything_is_done() {
    let platform = Platform::start();
    let text = std::fs::read_to_string(&platform.stack).expect("the stack");
    let without = |name: &str, from: &str, to: &str| {
        assert!(text.contains(from), "{from}");
        let path = platform.sandbox.path(name);
        std::fs::write(&path, text.replace(from, to)).expect("a stack");
        let place = ["deploy", "--stack-file", path.to_str().expect("a plain path"), "--env", "sandbox"];
        platform.sandbox.run(&place).with(1)
    };
    let source =
        "site:\n  source: { git: \"git@github.com:example/site.git\", deploy_key: secret:deploy-key }\n";
    without("source.yaml", source, "").says("the stack does not say where the site's code is");
    without("control.yaml", "control: { instance: t4g.nano }", "control: none")
        .says("the stack has no control server");
    without("key.yaml", "secret:deploy-key", "secret:other-key")
        .says("the secret `other-key` with the deploy key is not there")
        .says("aws secretsmanager create-secret --name other-key");
    platform.run(&["deploy", "no such branch"]).with(1).says("is no branch, tag or commit");
    assert_eq!(platform.told(), Vec::<String>::new());
    platform.account.wait(async {
        let ids = platform.control.clone();
        platform.account.ec2().stop_instances().instance_ids(ids).send().await.expect("stopped");
    });
    platform.run(&["deploy"]).with(1).says("`control` does not run");
}
