//! Plans that are kept, and what became of them.

use serde_json::{Value, json};

use super::super::live::LiveState;
use super::super::planner::{self, Consent};
use super::super::testing::{catalog, graph, id, live};
use super::*;

type Nodes = Vec<(&'static str, &'static str, Value)>;

fn stack() -> Nodes {
    vec![
        ("network.vpc", "vpc", json!({"cidr": "10.0.0.0/16", "dns": true})),
        (
            "network.subnet.a",
            "subnet",
            json!({"vpc": id("network.vpc", "vpc"), "cidr": "10.0.0.0/24", "zone": "a"}),
        ),
        ("web.template", "launch_template", json!({"image": "ami-1"})),
        ("database.instance", "database", json!({"storage": 100, "class": "db.m7g.large"})),
    ]
}

fn steps(wanted: &Nodes, there: &LiveState) -> Vec<Kept> {
    keep(&planner::plan(&graph(wanted), there, &catalog(), &Consent::Everything))
}

fn names(steps: &[&Kept]) -> Vec<String> {
    steps.iter().map(|step| format!("{} {}", step.action, step.address)).collect()
}

#[test]
fn the_same_reading_gives_the_same_plan() {
    let mut wanted = stack();
    wanted[3].2["class"] = json!("db.m7g.xlarge");
    let kept = steps(&wanted, &live(&stack()));
    assert_eq!(kept.len(), 1);
    assert!(same(&kept, &steps(&wanted, &live(&stack()))));
    assert_eq!(differences(&kept, &kept), [""; 0]);
    let text = serde_json::to_string(&kept).expect("JSON");
    assert!(!text.contains("xlarge"), "no value is kept: {text}");
    assert_eq!(serde_json::from_str::<Vec<Kept>>(&text).expect("steps"), kept);
}

#[test]
fn what_is_different_is_said() {
    let mut wanted = stack();
    wanted[3].2["class"] = json!("db.m7g.xlarge");
    wanted[2].2["image"] = json!("ami-2");
    let kept = steps(&wanted, &live(&stack()));
    // Somebody has changed the class by hand, deleted the template, and switched DNS names off.
    let mut drifted = stack();
    drifted[3].2["class"] = json!("db.m7g.medium");
    drifted[0].2["dns"] = json!(false);
    drifted.remove(2);
    let now = steps(&wanted, &live(&drifted));
    assert!(!same(&kept, &now));
    assert_eq!(
        differences(&kept, &now),
        [
            "`database.instance` would be changed otherwise: `class`",
            "`network.vpc` would be changed, which the saved plan does not say",
            "`web.template` would be added, and not changed",
        ]
    );
    let now = steps(&wanted, &live(&wanted));
    assert_eq!(
        differences(&kept, &now),
        ["`database.instance` would not be changed any more", "`web.template` would not be changed any more",]
    );
    assert!(beyond(&kept, &now).is_empty());
}

#[test]
fn what_is_left_of_a_first_run() {
    let wanted = stack();
    let kept = steps(&wanted, &LiveState::default());
    // The network is there, and one property of it is not yet as it shall be.
    let mut half = vec![wanted[0].clone()];
    half[0].2["dns"] = json!(false);
    let now = steps(&wanted, &live(&half));
    assert!(!same(&kept, &now));
    assert_eq!(names(&beyond(&kept, &now)), [""; 0]);
    // Something that the plan knows nothing of is not its rest.
    half.push(("search.server", "database", json!({"storage": 20})));
    let now = steps(&wanted, &live(&half));
    assert_eq!(names(&beyond(&kept, &now)), ["delete search.server"]);
}

#[test]
fn what_is_left_of_a_replacement() {
    let mut wanted = stack();
    wanted[1].2["zone"] = json!("b");
    let kept = steps(&wanted, &live(&stack()));
    assert_eq!(
        kept.iter().map(|step| step.action.as_str()).collect::<BTreeSet<_>>(),
        ["delete", "replace"].into()
    );
    // The old one is gone and its successor not there yet.
    let mut half = stack();
    half.remove(1);
    assert_eq!(names(&beyond(&kept, &steps(&wanted, &live(&half)))), [""; 0]);
    // Meanwhile the stack wants something else of it.
    wanted[1].2["zone"] = json!("c");
    assert_eq!(names(&beyond(&kept, &steps(&wanted, &live(&half)))), ["create network.subnet.a"]);
}

#[test]
fn another_change_of_the_same_resource_is_not_the_rest() {
    let mut wanted = stack();
    wanted[3].2["class"] = json!("db.m7g.xlarge");
    let kept = steps(&wanted, &live(&stack()));
    let mut drifted = stack();
    drifted[3].2["storage"] = json!(50);
    let now = steps(&wanted, &live(&drifted));
    assert_eq!(names(&beyond(&kept, &now)), ["update database.instance"]);
}
