//! The plan as JSON is what its schema says, and what Terraform's tools expect.

use std::fs;

use drucloud::model::bill::{Bill, Item, Price, Usage};
use drucloud::model::check::{Check, Verdict};
use drucloud::model::lint::Severity;
use drucloud::model::place::Place;
use drucloud::model::plan::{Blocked, Plan};
use drucloud::model::preview::Preview;
use drucloud::ui::json::plan_json;
use serde_json::{Value, json};

use crate::plans::{change, context, first, large, root, shipped};

fn schema() -> Value {
    let text = fs::read_to_string(root().join("docs/plan.schema.json")).expect("the schema");
    serde_json::from_str(&text).expect("JSON")
}

#[track_caller]
fn check(preview: &Preview<'_>) -> Value {
    let plan = plan_json(preview, &context());
    let validator = jsonschema::validator_for(&schema()).expect("a schema");
    let errors: Vec<String> =
        validator.iter_errors(&plan).map(|error| format!("{}: {error}", error.instance_path())).collect();
    assert_eq!(errors, [""; 0]);
    plan
}

/// A preview with every remark that there can be.
fn remarked(plan: &Plan) -> Preview<'_> {
    let address = plan.steps.first().map(|step| step.address.clone()).expect("a step");
    let place = Some(Place { file: "x.yaml".into(), line: 3, column: 1 });
    let check = |verdict| Check {
        id: "quota-vpcs",
        verdict,
        severity: Severity::Error,
        address: Some(address.clone()),
        message: "5 of 5 are used".into(),
        remedy: None,
        place: place.clone(),
    };
    let unknown = Verdict::Unknown { why: "not allowed".into() };
    let usage = vec![Usage { what: "data".into(), unit: "GB".into(), price: None }];
    let item =
        |before, after| Item { address: address.clone(), kind: "vpc", before, after, usage: usage.clone() };
    let bill = Bill {
        as_of: "2026-11-01".into(),
        region: "us-east-1".into(),
        items: vec![item(None, Some(Price::Unknown)), item(Some(Price::Monthly(1.5)), None)],
        budget: Some(500.0),
    };
    Preview {
        checks: Some(vec![check(Verdict::Passed), check(Verdict::Failed), check(unknown)]),
        bill: Some(bill),
        ..Preview::of(plan)
    }
}

#[test]
fn every_shipped_stack_from_nothing() {
    for (name, text) in shipped() {
        let plan = first(&text);
        let json = check(&Preview::of(&plan));
        check(&remarked(&plan));
        let changes = json["resource_changes"].as_array().expect("changes");
        assert_eq!(changes.len(), plan.steps.len(), "{name}");
        assert_eq!(json["checks"], Value::Null, "{name}: nothing was checked");
    }
}

#[test]
fn changes_replacements_deletions_and_what_is_blocked() {
    let mut plan = change(&large(3, 2, 7, "old"), &large(2, 2, 30, "new"));
    plan.blocked.push(Blocked {
        address: plan.steps[0].address.clone(),
        why: "why".into(),
        help: "help".into(),
    });
    let json = check(&remarked(&plan));
    assert_eq!(json["summary"], json!({"create": 0, "update": 2, "replace": 2, "delete": 1, "wait": 0}));
    let actions: Vec<&Value> = json["resource_changes"]
        .as_array()
        .expect("changes")
        .iter()
        .map(|one| &one["change"]["actions"])
        .collect();
    assert!(
        actions.contains(&&json!(["create", "delete"])) && actions.contains(&&json!(["delete"])),
        "{actions:?}"
    );
    assert_eq!((&json["applyable"], &json["price"]["after"]["unknown"]), (&json!(false), &json!(1)));
}

#[test]
fn the_schema_refuses_what_is_wrong() {
    let plan = first(&shipped()["minimal.yaml"]);
    let validator = jsonschema::validator_for(&schema()).expect("a schema");
    let good = plan_json(&Preview::of(&plan), &context());
    let spoil = |at: &str, value: Value| {
        let mut bad = good.clone();
        *bad.pointer_mut(at).expect("a field") = value;
        assert!(!validator.is_valid(&bad), "{at}");
    };
    spoil("/format_version", json!("2.0"));
    spoil("/resource_changes/0/change/actions", json!(["destroy"]));
    spoil("/resource_changes/0/address", json!("No Address"));
    spoil("/summary", json!({"create": -1}));
    spoil("/price", json!({}));
}

/// Every field of the object is told in the page about it.
#[test]
fn the_page_names_every_field() {
    let page = fs::read_to_string(root().join("docs/plan-json.md")).expect("the page");
    let schema = schema();
    let names = schema["required"].as_array().expect("names").iter();
    for name in names.filter_map(Value::as_str) {
        assert!(page.contains(&format!("`{name}`")) || page.contains(&format!("`{name}[]`")), "{name}");
    }
}
