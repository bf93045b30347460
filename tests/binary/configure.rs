//! Machines are configured again, one after the other.

use serde_json::json;

use crate::platform::Platform;

#[test]
fn machines_are_configured_one_after_the_other() {
    let platform = Platform::start();
    let all = platform.run(&["configure"]).with(0);
    assert_eq!(
        platform.told(),
        ["control drucloud-boot --again", "web.1 drucloud-boot --again", "web.2 drucloud-boot --again"]
    );
    assert!(all.err.contains("3 of 3 done"), "{}", all.err);
    platform.run(&["configure", "web.2", "control"]).with(0);
    assert_eq!(platform.told()[3..], ["control drucloud-boot --again", "web.2 drucloud-boot --again"]);
    platform.run(&["configure", "search"]).with(1).says("there is no machine of the role `search`");
    platform.run(&["configure", "web.7"]).with(1).says("the machines are: control, web.1, web.2");
}

#[test]
fn the_first_that_fails_is_the_last_and_names_its_task() {
    let platform = Platform::start();
    let first = &platform.nodes[0];
    platform.sandbox.commands_end(
        &json!([{"contains": "drucloud-boot", "machine": first, "exit": 2, "out": "failed=1\n"}]),
    );
    platform.run(&["configure", "web"]).with(1).says("failed=1").says("1 failed, 1 left");
    let outcome = json!({"role": "web", "instance": first, "sha256": "ab", "outcome": "failed",
        "task": "nginx is installed", "message": "no package matches nginx9", "seconds": 12, "at": "2026-01-01T00:00:00Z"});
    platform.put(&format!("outcomes/web/{first}.json"), &outcome.to_string());
    let failed = platform.run(&["configure"]).with(4);
    failed.says("the task `nginx is installed` failed: no package matches nginx9");
    assert_eq!(platform.told().iter().filter(|line| line.starts_with("web.2")).count(), 0);
}

#[test]
fn it_takes_the_lease() {
    let platform = Platform::start();
    platform.sandbox.faults(&json!([{"operation": "SendCommand", "nth": 1, "do": "hang-before"}]));
    let mut first = platform.program(&["configure", "control"]).start();
    first.until("a call that hangs", |_| platform.sandbox.hits() > 0);
    platform
        .run(&["configure", "web"])
        .with(1)
        .says("somebody else holds the lease")
        .says("runs `configure`");
    platform.sandbox.heal();
    first.end().with(0);
}
