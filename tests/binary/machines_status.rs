//! What `status` tells of machines: configuration, failed task, release.

use serde_json::{Value, json};

use crate::platform::Platform;

#[test]
fn a_failed_boot_is_visible_with_its_task() {
    let platform = Platform::start();
    let json = || {
        let ended =
            platform.sandbox.run(&["status", &platform.stack, "--env", "sandbox", "--format", "json"]);
        serde_json::from_str::<Value>(&ended.out).unwrap_or_else(|error| panic!("{error}: {ended:?}"))
    };
    let wanted = |status: &Value| {
        let machines = status["machines"].as_array().expect("machines").iter();
        machines
            .map(|m| (m["name"].as_str().expect("a name").to_owned(), m["wanted"].clone()))
            .collect::<Vec<_>>()
    };
    let before = json();
    let names: Vec<String> = wanted(&before).into_iter().map(|(name, _)| name).collect();
    assert_eq!(names, ["control", "web.1", "web.2"]);
    let outcome = |role: &str, id: &str, sha256: &Value, outcome: &str| {
        let told = json!({"role": role, "instance": id, "sha256": sha256, "outcome": outcome, "seconds": 31.2,
            "task": "php-fpm is installed", "message": "no package matches php9", "at": "2026-01-01T00:00:00Z"});
        platform.put(&format!("outcomes/{role}/{id}.json"), &told.to_string());
    };
    let current = wanted(&before);
    outcome("control", &platform.control, &current[0].1, "ok");
    outcome("web", &platform.nodes[0], &json!("0000"), "ok");
    outcome("web", &platform.nodes[1], &current[2].1, "failed");
    // Of a machine that is gone nothing is told.
    outcome("web", "i-00000000000000000", &json!("0000"), "failed");
    let status = platform.sandbox.run(&["status", &platform.stack, "--env", "sandbox"]).with(2);
    let status = status
        .says(&format!(
            "web.2 ({}): the task `php-fpm is installed` failed: no package matches php9",
            platform.nodes[1]
        ))
        .says(&format!("web.1 ({}) has an older configuration", platform.nodes[0]));
    assert!(status.out.contains("configuration of control: current, applied in 31 s"), "{}", status.out);
    let after = json();
    let of = |n: usize, what: &str| after["machines"][n][what].clone();
    assert_eq!(
        (of(0, "current"), of(1, "current"), of(2, "current")),
        (json!(true), json!(false), json!(false))
    );
    assert_eq!(of(2, "boot")["task"], "php-fpm is installed");
    assert_eq!(after["release"], Value::Null);
}
