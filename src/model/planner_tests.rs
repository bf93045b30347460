//! Tables: a stack and a live state in, the plan as text out.

use serde_json::{Value, json};

use super::super::applied::record_tags;
use super::super::live::{LiveState, Status};
use super::super::plan::{Action, Plan};
use super::super::testing::{all, applied, catalog, graph, id, live};
use super::super::verdict::APPLIED_TAG;
use super::*;

type Nodes = Vec<(&'static str, &'static str, Value)>;

fn stack() -> Nodes {
    vec![
        ("net.vpc", "vpc", json!({"cidr": "10.0.0.0/16", "dns": true})),
        ("net.a", "subnet", json!({"vpc": id("net.vpc", "vpc"), "cidr": "10.0.0.0/24", "zone": "a"})),
        ("net.gw", "gateway", json!({"vpc": id("net.vpc", "vpc")})),
        ("sg.web", "security_group", json!({"vpc": id("net.vpc", "vpc"), "rules": ["80"]})),
        (
            "lb.lb",
            "load_balancer",
            json!({"subnets": [id("net.a", "subnet")], "groups": [id("sg.web", "security_group")]}),
        ),
        ("web.lt", "launch_template", json!({"image": "ami-1", "groups": [id("sg.web", "security_group")]})),
        (
            "web.asg",
            "asg",
            json!({"template": id("web.lt", "launch_template"), "version": {"$ref": "web.lt.version"}, "subnets": [id("net.a", "subnet")], "desired": 2}),
        ),
        (
            "db.main",
            "database",
            json!({"subnets": [id("net.a", "subnet")], "storage": 100, "class": "large"}),
        ),
        ("db.cname", "record", json!({"value": {"$ref": "db.main.endpoint"}})),
    ]
}

fn set(nodes: &mut Nodes, address: &str, property: &str, value: Value) {
    nodes.iter_mut().find(|n| n.0 == address).expect("in the stack").2[property] = value;
}

fn text(plan: &Plan) -> String {
    let mut lines = Vec::new();
    for (index, step) in plan.steps.iter().enumerate() {
        let verb = match step.action {
            Action::Create => "create",
            Action::Update { .. } => "update",
            Action::Replace { .. } => "replace",
            Action::Delete => "delete",
            Action::Await => "await",
        };
        let after = if step.after.is_empty() { String::new() } else { format!(" after {:?}", step.after) };
        lines.push(format!("{index} {verb} {} ({:?}){after}", step.address, step.reason));
        for change in step.changes() {
            lines.push(format!(
                "    {}: {} -> {} [{:?}, {:?}]",
                change.property, change.from, change.to, change.effect, change.cause
            ));
        }
    }
    for blocked in &plan.blocked {
        lines.push(format!("blocked {}: {}; {}", blocked.address, blocked.why, blocked.help));
    }
    lines.join("\n")
}

fn run(wanted: &Nodes, live: &LiveState, consent: &Consent) -> String {
    text(&plan(&graph(wanted), live, &catalog(), consent))
}

#[test]
fn nothing_there_means_create_all_in_order() {
    insta::assert_snapshot!(run(&stack(), &LiveState::default(), &Consent::Nothing));
}

#[test]
fn what_is_as_it_should_be_is_kept() {
    let plan = plan(&graph(&stack()), &live(&stack()), &catalog(), &Consent::Nothing);
    assert!(plan.is_empty(), "{}", text(&plan));
    assert_eq!(plan.kept.len(), stack().len());
}

#[test]
fn drift_and_stack_changes_are_told_apart() {
    let mut state = live(&stack());
    Rc::make_mut(&mut state.resources[0]).spec.set("dns", json!(false));
    let mut wanted = stack();
    set(&mut wanted, "sg.web", "rules", json!(["80", "443"]));
    insta::assert_snapshot!(run(&wanted, &state, &Consent::Nothing));
}

#[test]
fn an_updated_output_reaches_its_holders() {
    let mut wanted = stack();
    set(&mut wanted, "web.lt", "image", json!("ami-2"));
    insta::assert_snapshot!(run(&wanted, &live(&stack()), &Consent::Nothing));
}

#[test]
fn new_first_moves_the_holders_over_before_the_old_goes() {
    let mut wanted = stack();
    wanted.push(("net.vpc2", "vpc", json!({"cidr": "10.9.0.0/16", "dns": true})));
    set(&mut wanted, "sg.web", "vpc", id("net.vpc2", "vpc"));
    insta::assert_snapshot!(run(&wanted, &live(&stack()), &Consent::Nothing));
}

#[test]
fn old_first_under_a_holder_updated_in_place_rebuilds_the_holder() {
    let mut wanted = stack();
    set(&mut wanted, "net.a", "zone", json!("b"));
    insta::assert_snapshot!(run(&wanted, &live(&stack()), &Consent::Nothing));
}

#[test]
fn data_is_not_lost_unless_named() {
    let wanted: Nodes = stack().into_iter().filter(|n| !n.0.starts_with("db.")).collect();
    let state = live(&stack());
    let refused = plan(&graph(&wanted), &state, &catalog(), &Consent::Nothing);
    assert_eq!(refused.blocked.len(), 1, "{}", text(&refused));
    assert!(refused.blocked[0].help.contains("--allow-data-loss db.main"));
    let named = Consent::Named(["db.main".parse().expect("an address")].into());
    assert_eq!(plan(&graph(&wanted), &state, &catalog(), &named).blocked, []);
    let other = Consent::Named(["db.other".parse().expect("an address")].into());
    assert_eq!(plan(&graph(&wanted), &state, &catalog(), &other).blocked.len(), 1);
}

#[test]
fn a_second_one_with_data_is_not_deleted_unless_named() {
    let mut state = live(&stack());
    let mut second = applied("db.main", "database", &stack()[7].2);
    second.id = "db-second".into();
    second.born = Some(2000);
    state.resources.push(second.into());
    let refused = plan(&graph(&stack()), &state, &catalog(), &Consent::Nothing);
    assert_eq!(refused.blocked.len(), 1, "{}", text(&refused));
    assert!(refused.blocked[0].why.contains("`db-second` loses"), "{}", refused.blocked[0].why);
    let named = Consent::Named(["db.main".parse().expect("an address")].into());
    assert_eq!(plan(&graph(&stack()), &state, &catalog(), &named).blocked, []);
}

#[test]
fn protection_outlives_the_line_in_the_stack() {
    let wanted: Nodes = stack().into_iter().filter(|n| !n.0.starts_with("db.")).collect();
    let mut state = live(&stack());
    all(&mut state).filter(|l| l.kind == "database").for_each(|l| l.protected = true);
    let plan = plan(&graph(&wanted), &state, &catalog(), &Consent::Everything);
    assert_eq!(plan.blocked.len(), 1);
    assert!(plan.blocked[0].why.contains("protected"));
}

#[test]
fn protection_follows_the_stack_where_there_is_data() {
    let mut state = live(&stack());
    all(&mut state).for_each(|live| live.protected = true);
    insta::assert_snapshot!(run(&stack(), &state, &Consent::Nothing), @"
    0 update db.main (Differs)
        protect: true -> false [NoInterruption, Unrecorded]
    ");
}

#[test]
fn what_cannot_be_done_is_refused_with_why() {
    let mut wanted = stack();
    set(&mut wanted, "db.main", "storage", json!(50));
    let plan = plan(&graph(&wanted), &live(&stack()), &catalog(), &Consent::Everything);
    assert!(plan.steps.is_empty());
    assert_eq!(plan.blocked[0].help, "storage can only grow");
}

#[test]
fn growing_is_not_refused_and_initial_values_are_no_drift() {
    let mut wanted = stack();
    set(&mut wanted, "db.main", "storage", json!(200));
    set(&mut wanted, "web.asg", "desired", json!(5));
    insta::assert_snapshot!(run(&wanted, &live(&stack()), &Consent::Nothing), @r#"
    0 update db.main (Differs)
        storage: 100 -> 200 [NoInterruption, Stack]
    "#);
}

#[test]
fn of_two_the_held_one_stays_then_the_older() {
    let mut state = live(&stack());
    let mut second = applied("sg.web", "security_group", &stack()[3].2);
    second.id = "sg-second".into();
    second.born = Some(1);
    state.resources.push(second.into());
    let mut vpc = applied("net.vpc", "vpc", &stack()[0].2);
    vpc.id = "vpc-second".into();
    vpc.born = Some(2000);
    state.resources.push(vpc.into());
    insta::assert_snapshot!(run(&stack(), &state, &Consent::Nothing), @r"
    0 delete net.vpc (Duplicate)
    1 delete sg.web (Duplicate)
    ");
}

#[test]
fn a_dead_runs_successor_takes_the_place_of_what_has_to_be_replaced() {
    let mut state = live(&stack());
    let old = all(&mut state).find(|live| live.address.as_str() == "sg.web").expect("it");
    old.spec.set("vpc", json!({"$id": "vpc-old", "$kind": "vpc"}));
    let mut successor = applied("sg.web", "security_group", &stack()[3].2);
    successor.id = "sg-new".into();
    successor.born = Some(5000);
    state.resources.push(successor.into());
    insta::assert_snapshot!(run(&stack(), &state, &Consent::Nothing), @r#"
    0 update lb.lb (Differs)
        groups: [{"$id":"sg.web#id","$kind":"security_group"}] -> [{"$id":"sg-new","$kind":"security_group"}] [NoInterruption, Drift]
    1 update web.lt (Differs)
        groups: [{"$id":"sg.web#id","$kind":"security_group"}] -> [{"$id":"sg-new","$kind":"security_group"}] [NoInterruption, Drift]
    2 update web.asg (Differs) after [1]
        version: "web.lt#version" -> {"$ref":"web.lt.version"} [NoInterruption, Follows(Address("web.lt"))]
    3 delete sg.web (Duplicate) after [0, 1]
    "#);
}

#[test]
fn pending_failed_and_deleting_have_verdicts_of_their_own() {
    let mut state = live(&stack());
    for resource in all(&mut state) {
        match resource.address.as_str() {
            "db.main" => resource.status = Status::Pending("creating".into()),
            "lb.lb" => resource.status = Status::Failed("no capacity".into()),
            "sg.web" => resource.status = Status::Deleting,
            _ => {}
        }
    }
    insta::assert_snapshot!(run(&stack(), &state, &Consent::Nothing));
}

#[test]
fn destroy_goes_backwards() {
    let plan = destroy(&live(&stack()), &catalog(), &Consent::Everything);
    insta::assert_snapshot!(text(&plan));
}

#[test]
fn destroy_names_what_holds_data() {
    let plan = destroy(&live(&stack()), &catalog(), &Consent::Nothing);
    assert_eq!(plan.blocked.iter().map(|b| b.address.to_string()).collect::<Vec<_>>(), ["db.main"]);
}

#[test]
fn tags_of_the_user_are_compared_where_there_are_tags() {
    let wanted = graph(&stack()).tagged([("team".to_owned(), "web".to_owned())].into());
    let mut state = live(&stack());
    for resource in all(&mut state).filter(|live| live.kind == "vpc") {
        resource.tags.insert("Name".to_owned(), "s-e-net-vpc".to_owned());
        resource.tags.insert("somebody".to_owned(), "else".to_owned());
    }
    insta::assert_snapshot!(text(&plan(&wanted, &state, &catalog(), &Consent::Nothing)), @r#"
    0 update net.vpc (Differs)
        tags.team: null -> "web" [NoInterruption, Stack]
    "#);
}

#[test]
fn tags_that_somebody_took_away_are_drift() {
    let tags: BTreeMap<String, String> =
        [("team", "web"), ("site", "a")].map(|(key, value)| (key.to_owned(), value.to_owned())).into();
    let wanted = graph(&stack()).tagged(tags.clone());
    let mut state = live(&stack());
    for resource in all(&mut state).filter(|live| live.kind == "vpc") {
        let record = resource.tags.get_mut(APPLIED_TAG).expect("a record");
        record.push_str(&record_tags(&tags));
        // The name is gone as well: what is left tells that it had tags.
        resource.tags.insert("site".to_owned(), "a".to_owned());
    }
    insta::assert_snapshot!(text(&plan(&wanted, &state, &catalog(), &Consent::Nothing)), @r#"
    0 update net.vpc (Differs)
        tags.team: null -> "web" [NoInterruption, Drift]
    "#);
}

#[test]
fn a_graph_refuses_what_does_not_hang_together() {
    use super::super::graph::{Draft, GraphError};
    let catalog = catalog();
    let mut draft = Draft::new(&catalog);
    let mut add = |address: &str, kind: &str, properties: Value| {
        let spec = super::super::spec::Spec::of(&properties).expect("properties");
        draft.add_spec(&address.parse().expect("an address"), kind, spec, false);
    };
    add("a.one", "vpc", json!({"cidr": {"$ref": "a.two.id"}}));
    add("a.one", "vpc", json!({}));
    add("a.three", "unicorn", json!({}));
    add("a.four", "record", json!({"value": {"$ref": "a.one.colour"}}));
    let errors = draft.finish().expect_err("errors");
    assert!(matches!(errors[0], GraphError::UnknownKind { .. }), "{errors:?}");
    assert!(matches!(errors[1], GraphError::Twice(_)));
    assert!(errors.iter().any(|e| matches!(e, GraphError::NoOutput { .. })));

    let mut draft = Draft::new(&catalog);
    for (from, to) in [("a.one", "a.two"), ("a.two", "a.three"), ("a.three", "a.one")] {
        let spec = super::super::spec::Spec::of(&json!({"value": {"$ref": format!("{to}.id")}}))
            .expect("properties");
        draft.add_spec(&from.parse().expect("an address"), "record", spec, false);
    }
    let errors = draft.finish().expect_err("a circle");
    assert_eq!(
        errors[0].to_string(),
        "these resources refer to each other in a circle: a.one -> a.two -> a.three -> a.one"
    );
}

#[test]
fn what_needs_an_output_that_an_update_brings_waits_for_it() {
    let mut nodes = stack();
    let mut live = live(&nodes[..8]);
    set(&mut nodes, "db.main", "storage", json!(200));
    let plan = |live: &LiveState| text(&plan(&graph(&nodes), live, &catalog(), &Consent::default()));
    let known = plan(&live);
    assert!(known.contains("create db.cname (Missing)") && !known.contains("after"), "{known}");
    all(&mut live).for_each(|live| live.outputs.clear());
    let open = plan(&live);
    assert!(open.contains("create db.cname (Missing) after ["), "{open}");
}
