//! Machines are configured again, one after the other, by one command at a time.

use serde_json::json;

use crate::platform::Platform;

#[test]
fn machines_are_configured_one_after_the_other() {
    let platform = Platform::start();
    let all = platform.run(&["configure"]).with(0);
    let again =
        |names: &[&str]| names.iter().map(|name| format!("{name} drucloud-boot --again")).collect::<Vec<_>>();
    assert_eq!(platform.told(), again(&["control", "web.1", "web.2"]));
    all.says("3 of 3 steps done");
    platform.run(&["configure", "web.2", "control"]).with(0);
    assert_eq!(platform.told(), again(&["control", "web.2"]));
    platform.run(&["configure", "search"]).with(1).says("there is no machine of the role `search`");
    platform.run(&["configure", "web.7"]).with(1).says("the machines are: control, web.1, web.2");
    assert_eq!(platform.told(), again(&[]));

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

#[test]
fn the_first_that_fails_is_the_last_and_names_its_task() {
    let platform = Platform::start();
    let first = &platform.nodes[0];
    let fails =
        json!([{"contains": "drucloud-boot", "machine": first, "exit": 2, "out": "no package nginx9"}]);
    platform.sandbox.commands_end(&fails);
    platform.run(&["configure", "web"]).with(1).says("no package nginx9").says("1 failed, 1 left");
    let failed = platform.run(&["configure"]).with(4);
    failed.says("the task `a task of the sandbox` failed: no package nginx9");
    assert!(!platform.told().iter().any(|line| line.starts_with("web.2")), "the others go on as they are");
}
