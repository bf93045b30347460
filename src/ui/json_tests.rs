//! Plans and runs for programs.

use serde_json::Value;

use crate::model::live::LiveState;
use crate::model::plan::Plan;
use crate::model::preview::Preview;

use super::super::json::plan_json;
use super::super::samples::remarked;
use super::super::testing::{Full, Sink, context, everything, plan, set, stack, story, there};
use super::*;

#[test]
fn everything_as_json() {
    let plan = everything();
    let json = plan_json(&remarked(&plan), &context());
    insta::assert_snapshot!(serde_json::to_string_pretty(&json).expect("json"));
}

/// Address, actions, `before`, `after` and `after_unknown` of every entry.
fn entries(plan: &Plan) -> Vec<(String, String, Value, Value, Value)> {
    let json = plan_json(&Preview::of(plan), &context());
    let entry = |entry: &Value| {
        let change = &entry["change"];
        (
            entry["address"].as_str().expect("text").to_owned(),
            change["actions"].to_string(),
            change["before"].clone(),
            change["after"].clone(),
            change["after_unknown"].clone(),
        )
    };
    json["resource_changes"].as_array().expect("a list").iter().map(entry).collect()
}

#[test]
fn what_is_not_known_yet_is_absent_and_said_so() {
    let entries = entries(&plan(&stack(), &LiveState::default()));
    let (_, actions, before, after, unknown) =
        entries.iter().find(|entry| entry.0 == "network.subnet.app-a").expect("an entry");
    assert_eq!(actions, r#"["create"]"#);
    assert_eq!(*before, Value::Null);
    assert_eq!(*after, json!({"cidr": "10.0.0.0/24", "zone": "a"}));
    assert_eq!(*unknown, json!({"vpc": true}));
}

#[test]
fn replacements_are_one_entry_in_their_order() {
    let mut wanted = stack();
    set(&mut wanted, "network.subnet.app-a", "zone", json!("b"));
    let old_first = entries(&plan(&wanted, &there()));
    let subnet: Vec<_> = old_first.iter().filter(|entry| entry.0 == "network.subnet.app-a").collect();
    assert_eq!(subnet.len(), 1);
    assert_eq!(subnet[0].1, r#"["delete","create"]"#);
    assert_eq!((&subnet[0].2["zone"], &subnet[0].3["zone"]), (&json!("a"), &json!("b")));
    assert_eq!(subnet[0].3["vpc"], json!("network.vpc#id"), "what does not change is known");
    let everything = entries(&everything());
    let asg = everything.iter().find(|entry| entry.0 == "web.asg").expect("an entry");
    assert_eq!(asg.1, r#"["create","delete"]"#);
    assert_eq!(asg.4["template"], json!(true));
    assert_eq!(asg.3["desired"], json!(2));
}

#[test]
fn updates_overlay_what_is_there() {
    let mut wanted = stack();
    set(&mut wanted, "database.instance", "storage", json!(200));
    let entries = entries(&plan(&wanted, &there()));
    assert_eq!(entries[0].1, r#"["update"]"#);
    assert_eq!(entries[0].2["storage"], json!(100));
    assert_eq!(entries[0].3["storage"], json!(200));
    assert_eq!(entries[0].3["class"], entries[0].2["class"]);
    assert_eq!(entries[0].4, json!({}));
}

#[test]
fn the_stream_begins_with_its_version_and_ends_with_the_end() {
    let sink = Sink::default();
    let stream = Ndjson::new(sink.clone());
    let plan = everything();
    stream.plan(&Preview::of(&plan));
    for event in story() {
        stream.tell(&event);
    }
    stream.outputs(&[("endpoint".to_owned(), "https://example.org".to_owned())].into());
    stream.finish().expect("written");
    let text = sink.text();
    let records: Vec<Value> =
        text.lines().map(|line| serde_json::from_str(line).expect("JSON on each line")).collect();
    let types: Vec<&str> = records.iter().map(|record| record["type"].as_str().expect("a type")).collect();
    assert_eq!(records[0], json!({"type": "version", "drucloud": env!("CARGO_PKG_VERSION"), "format": 1}));
    let order = [
        "version",
        "resource_drift",
        "planned_change",
        "diagnostic",
        "change_summary",
        "lease_awaited",
        "apply_start",
        "apply_end",
        "outputs",
    ];
    let places: Vec<usize> =
        order.iter().map(|wanted| types.iter().position(|found| found == wanted).expect("there")).collect();
    assert!(places.is_sorted(), "{types:?}");
    insta::assert_snapshot!(text.replace(env!("CARGO_PKG_VERSION"), "VERSION"));
}

#[test]
fn a_full_disk_is_told_once_and_stops_nothing() {
    let stream = Ndjson::new(Full(3));
    for event in story() {
        stream.tell(&event);
    }
    assert_eq!(stream.finish().expect_err("the disk is full").to_string(), "disk full");
    assert!(stream.finish().is_ok());
}
