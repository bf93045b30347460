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
    assert_eq!((count("planned_change"), count("step_start"), count("step_done")), (104, 104, 104));
    let outputs = &events.last().expect("a last line")["outputs"];
    assert_eq!(outputs["database.host"], "db.drucloud-sandbox.internal");
    sandbox.run(&["up", STACK, "--env", "sandbox", "--yes", "--json-events", name]).with(0);
    let seen = types(&read());
    assert!(seen.contains(&"outputs".to_owned()) && !seen.contains(&"step_start".to_owned()), "{seen:?}");
    let farewell = [&["destroy", STACK, "--env", "sandbox", "--json-events", name][..], &FAREWELL].concat();
    // What is done is not less done because the terminal is gone.
    sandbox.program(&farewell).unheard().run().with(0);
    let seen = types(&read());
    assert_eq!(seen.iter().filter(|one| *one == "step_done").count(), 104);
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
    assert_eq!(changes.len(), 104);
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

#[test]
fn a_plan_is_written_in_every_format_at_once() {
    let sandbox = Sandbox::start();
    let file = |name: &str| sandbox.path(name).to_str().expect("a plain path").to_owned();
    let names = ["plan.md", "plan.json", "plan.html", "gitlab.json"].map(file);
    let [markdown, json, html, gitlab] = &names;
    let files = ["--markdown", markdown, "--json", json, "--html", html, "--gitlab", gitlab];
    let base = ["plan", STACK, "--env", "sandbox"];
    sandbox.run(&[&base[..], &files].concat()).with(2).says("Plan for drucloud/sandbox in us-east-1");
    for (name, format) in names.iter().zip(["markdown", "json", "html", "gitlab"]) {
        let written = fs::read_to_string(name).expect(format);
        let said = sandbox.run(&[&base[..], &["--format", format]].concat()).with(2).out;
        assert_eq!(written, said, "{format}");
    }
    assert_eq!(fs::read_to_string(gitlab).expect("numbers"), "{\"create\":104,\"update\":0,\"delete\":0}\n");
    sandbox.run(&[&base[..], &["--max-chars", "100"]].concat()).with(1).says("100 is not in 2000..");
    let short =
        sandbox.run(&[&base[..], &["--format", "markdown", "--max-chars", "4000"]].concat()).with(2).out;
    assert!(short.chars().count() <= 4000 && short.contains("**Not shown**"), "{short}");
}

#[test]
fn the_picture_is_that_of_the_stack_or_of_the_plan() {
    let sandbox = Sandbox::start();
    let file = sandbox.path("picture.svg");
    let name = file.to_str().expect("a plain path");
    sandbox.run(&["diagram", STACK, "--env", "sandbox", "--out", name]).with(0);
    let stack = fs::read_to_string(&file).expect("the picture");
    assert!(
        stack.starts_with("<svg ") && stack.contains("load_balancer.alb") && !stack.contains("unchanged")
    );
    assert_eq!(sandbox.calls().len(), 0, "AWS is not asked");
    let live = sandbox.run(&["diagram", STACK, "--env", "sandbox", "--live"]).with(0).out;
    assert!(live.contains("Load balancer · + new"), "{live}");
}
