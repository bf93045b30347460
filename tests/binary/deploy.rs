//! Deployments with the real program: what the machines are told, what the pointer says, and how all comes back.

use serde_json::{Value, json};

use crate::platform::Platform;

const CURRENT: &str = "releases/current";

#[test]
fn a_release_goes_onto_every_node_and_back_again() {
    let platform = Platform::start();
    // An answer that is lost is no reason to build twice.
    platform.sandbox.faults(&json!([{"operation": "SendCommand", "nth": 1, "do": "drop-after"}]));
    let first = platform.run(&["deploy"]).with(0);
    let main = platform.object(CURRENT);
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
    assert_eq!((snapshots.len(), &tags["drucloud:release"]), (1, &json!(main)));
    first.says(&format!("The database as it was before is in the snapshot {name}."));

    let next = platform.run(&["deploy", "next"]).with(0).says(&format!("it was {} before", &main[..12]));
    assert!(next.err.contains("serves the release"), "{}", next.err);
    assert_ne!(platform.object(CURRENT), main);
    platform.run(&["deploy", "--rollback"]).with(0).says(&format!("The release {main} is current"));
    assert_eq!((platform.object(CURRENT), platform.snapshots().len()), (main.clone(), 2));
    platform.run(&["deploy", "--rollback"]).with(1).says("there is no release to go back to");
    // What deployments leave is nothing that a plan knows of.
    platform.sandbox.settled(&platform.stack, "sandbox");
    let status = platform.sandbox.run(&["status", &platform.stack, "--env", "sandbox"]);
    assert!(status.out.contains(&format!("release: {}", &main[..12])), "{}", status.out);
}

#[test]
fn what_fails_brings_all_back() {
    let platform = Platform::start();
    platform.sandbox.commands_end(
        &json!([{"contains": "drucloud-update", "exit": 1, "out": "updatedb: no such table\n"}]),
    );
    platform.run(&["deploy"]).with(4).says("updatedb: no such table").says("no node was switched");
    assert!(!platform.told().iter().any(|line| line.contains("activate")), "no node is touched");
    assert_eq!(platform.object(CURRENT), "");
    platform.sandbox.commands_end(&json!([]));
    platform.run(&["deploy"]).with(0);
    let main = platform.object(CURRENT);

    let sick = json!([{"contains": "activate", "machine": platform.nodes[1], "nth": 1, "exit": 1,
        "out": "the site answers with 500\n"}]);
    platform.sandbox.commands_end(&sick);
    let events = platform.sandbox.path("events.ndjson");
    let events = events.to_str().expect("a plain path");
    platform.told();
    let failed = platform.run(&["deploy", "next", "--json-events", events]).with(4);
    let failed = failed.says("the site answers with 500");
    let failed = failed.says(&format!("the nodes serve the release {} again", &main[..12]));
    let (name, tags) = platform.snapshots().pop().expect("a snapshot");
    failed.says(&format!("in the snapshot `{name}`"));
    assert_eq!(tags["drucloud:deployment"], "closed", "the next attempt takes another");
    assert_eq!(platform.object(CURRENT), main);
    let told = platform.told();
    for node in ["web.1", "web.2"] {
        assert_eq!(last(&told, node), format!("{node} drucloud-release activate {main}"));
    }
    assert_eq!(last(&told, "control"), format!("control drucloud-update {main}"));
    let text = std::fs::read_to_string(events).expect("events");
    let events: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    let told = |stage: &str, state: &str| {
        let is = |event: &&Value| event["stage"] == stage && event["state"] == state;
        events.iter().filter(|event| event["type"] == "deploy").any(|event| is(&event))
    };
    assert!(told("activate", "failed") && told("go_back", "done") && !told("point", "begun"), "{text}");
    platform.sandbox.commands_end(&json!([]));
    platform.run(&["deploy", "next"]).with(0);
}

#[test]
fn killed_at_a_command_the_same_deployment_goes_on() {
    let platform = Platform::start();
    platform.run(&["deploy"]).with(0);
    for (fault, nth) in [("hang-before", 1), ("hang-after", 4), ("hang-before", 6), ("hang-after", 7)] {
        let branch = format!("{fault}-{nth}");
        platform.sandbox.faults(&json!([{"operation": "SendCommand", "nth": nth, "do": fault}]));
        let mut first = platform.program(&["deploy", &branch]).start();
        first.until("the call that hangs", |_| platform.sandbox.hits() > 0);
        first.kill();
        platform.sandbox.heal();
        platform.told();
        let again = platform.program(&["deploy", &branch]).called(&branch).run().with(0);
        assert!(again.err.contains("the process of tester is gone"), "{}", again.err);
        let (current, told) = (platform.object(CURRENT), platform.told());
        for node in ["web.1", "web.2"] {
            assert_eq!(last(&told, node), format!("{node} drucloud-release activate {current}"), "{branch}");
        }
        let snapshots = platform.snapshots();
        let of_this = snapshots.iter().filter(|(_, tags)| tags["drucloud:release"] == current.as_str());
        assert_eq!(of_this.count(), 1, "{branch}: one snapshot a deployment: {snapshots:?}");
        let open = snapshots.iter().filter(|(_, tags)| tags["drucloud:deployment"] == "open");
        assert!(open.count() == 0 && snapshots.len() <= 3, "{branch}: three stay: {snapshots:?}");
    }
}

/// The last command that a machine was sent.
fn last(told: &[String], machine: &str) -> String {
    told.iter().rfind(|line| line.starts_with(machine)).expect("a command").clone()
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
        let call = platform.account.ec2().stop_instances().instance_ids(&platform.control);
        call.send().await.expect("stopped");
    });
    platform.run(&["deploy"]).with(1).says("`control` does not run");
}
