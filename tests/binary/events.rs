//! What programs read: the stream of events and the plan as JSON.

use std::fs;

use serde_json::Value;

use crate::sandbox::Sandbox;
use crate::stack::{FAREWELL, STACK};

#[test]
fn every_line_of_the_events_is_json() {
    let sandbox = Sandbox::start();
    let file = sandbox.path("events.ndjson");
    let name = file.to_str().expect("a plain path");
    let read = || -> Vec<Value> {
        let text = fs::read_to_string(&file).expect("the events");
        text.lines().map(|line| serde_json::from_str(line).expect("a line of JSON")).collect()
    };
    let types = |events: &[Value]| -> Vec<String> {
        events.iter().map(|event| event["type"].as_str().expect("a type").to_owned()).collect()
    };
    sandbox.run(&["up", STACK, "--env", "sandbox", "--yes", "--json-events", name]).with(0);
    let events = read();
    let seen = types(&events);
    assert_eq!(seen.first().map(String::as_str), Some("version"));
    assert_eq!(seen.last().map(String::as_str), Some("outputs"));
    let count = |wanted: &str| seen.iter().filter(|one| *one == wanted).count();
    assert_eq!((count("planned_change"), count("step_start"), count("step_done")), (95, 95, 95));
    let outputs = &events.last().expect("a last line")["outputs"];
    assert_eq!(outputs["database.host"], "db.drucloud-sandbox.internal");
    sandbox.run(&["up", STACK, "--env", "sandbox", "--yes", "--json-events", name]).with(0);
    let seen = types(&read());
    assert!(seen.contains(&"outputs".to_owned()) && !seen.contains(&"step_start".to_owned()), "{seen:?}");
    let farewell = [&["destroy", STACK, "--env", "sandbox", "--json-events", name][..], &FAREWELL].concat();
    sandbox.run(&farewell).with(0);
    let seen = types(&read());
    assert_eq!(seen.iter().filter(|one| *one == "step_done").count(), 95);
}

#[test]
fn the_plan_has_terraforms_shape() {
    let sandbox = Sandbox::start();
    let file = sandbox.path("plan.json");
    let name = file.to_str().expect("a plain path");
    let plan = |code| -> Value {
        sandbox.run(&["plan", STACK, "--env", "sandbox", "--json", name]).with(code);
        serde_json::from_str(&fs::read_to_string(&file).expect("the plan")).expect("JSON")
    };
    let before = plan(2);
    assert_eq!(before["format_version"], "1.2");
    let changes = before["resource_changes"].as_array().expect("changes");
    assert_eq!(changes.len(), 95);
    for change in changes {
        assert_eq!(change["mode"], "managed");
        assert!(change["address"].is_string() && change["type"].is_string(), "{change}");
        assert_eq!(change["change"]["actions"], serde_json::json!(["create"]));
        assert!(change["change"]["before"].is_null() && change["change"]["after"].is_object(), "{change}");
    }
    sandbox.up(STACK, "sandbox");
    let after = plan(0);
    assert_eq!(after["resource_changes"], serde_json::json!([]));
    assert_eq!(after["applyable"], false);
}
