//! Plans as they are shown.

use std::rc::Rc;

use proptest::prelude::*;
use serde_json::{Value, json};

use crate::model::diff::{Cause, Change};
use crate::model::live::{LiveState, Status};
use crate::model::plan::{Action, Blocked, Reason, Step};
use crate::model::planner::{self, Consent};
use crate::model::preview::Preview;
use crate::model::schema::Effect;
use crate::model::select::{Pattern, Selection};
use crate::model::spec::Spec;
use crate::model::testing::{applied, catalog, graph, schema};

use super::super::samples::remarked;
use super::super::testing::{context, everything, plan, set, stack, there};
use super::super::text::columns;
use super::*;

fn shown(plan: &Plan, width: usize) -> String {
    render_plan(&Preview::of(plan), &context(), Style::plain(width))
}

/// The plan alone, without what was found out about it.
fn bare(plan: &Plan) -> Preview<'_> {
    Preview { plan, findings: Vec::new(), checks: None, bill: None }
}

/// Every line fits and ends with something.
fn check(text: &str, width: usize) {
    for line in text.lines() {
        assert!(columns(line) <= width, "{} columns: {line}", columns(line));
        assert_eq!(line.trim_end(), line, "trailing space");
    }
    assert!(text.ends_with('\n') && !text.ends_with("\n\n") && !text.contains("\n\n\n"), "{text:?}");
}

#[test]
fn everything_at_width_100() {
    let text = shown(&everything(), 100);
    check(&text, 100);
    insta::assert_snapshot!(text);
}

#[test]
fn everything_at_width_60() {
    let text = shown(&everything(), 60);
    check(&text, 60);
    insta::assert_snapshot!(text);
}

#[test]
fn everything_that_was_found_out() {
    let plan = everything();
    let text = render_plan(&remarked(&plan), &context(), Style::plain(100));
    check(&text, 100);
    let place = |words: &str| text.find(words).unwrap_or_else(|| panic!("no {words}: {text}"));
    let (fails, steps, remarks) = (place("Checked in AWS:"), place("Destroyed:"), place("Worth knowing:"));
    assert!(fails < steps && steps < remarks, "what would make the apply fail comes first");
    insta::assert_snapshot!(format!("{}{}", &text[..steps], &text[remarks..]));
}

#[test]
fn everything_in_ascii() {
    let plan = everything();
    let style = Style { unicode: false, ..Style::plain(80) };
    let text = render_plan(&Preview::of(&plan), &context(), style);
    check(&text, 80);
    assert!(text.is_ascii());
    assert!(text.contains("false -> true"));
}

#[test]
fn colour_changes_nothing_but_colour() {
    let plan = everything();
    let coloured = render_plan(&Preview::of(&plan), &context(), Style { colour: true, ..Style::plain(100) });
    let mut bare = String::new();
    let mut parts = coloured.split('\u{1b}');
    bare.push_str(parts.next().unwrap_or_default());
    for part in parts {
        bare.push_str(part.split_once('m').expect("a colour").1);
    }
    assert_ne!(coloured, bare);
    assert_eq!(bare, shown(&plan, 100));
}

#[test]
fn a_first_run_creates_everything() {
    let text = shown(&plan(&stack(), &LiveState::default()), 100);
    check(&text, 100);
    insta::assert_snapshot!(text);
}

#[test]
fn nothing_to_do() {
    let text = shown(&plan(&stack(), &there()), 100);
    assert_eq!(text, "No changes. drucloud/prod is as the stack says (8 resources).\n");
    assert_eq!(shown(&Plan::default(), 100), "No changes. drucloud/prod has no resources.\n");
}

#[test]
fn waits_only() {
    let mut state = there();
    Rc::make_mut(&mut state.resources[6]).status = Status::Pending("creating".into());
    insta::assert_snapshot!(shown(&plan(&stack(), &state), 100), @"
    No changes. AWS still works on 1 of the 8 resources of drucloud/prod.

    Waited for:
       … database.instance  database: AWS is still working on it: creating

    It takes about 14 min at most until all of it can be used.
    ");
}

#[test]
fn the_place_is_as_known_as_it_is() {
    let mut wanted = stack();
    set(&mut wanted, "database.instance", "storage", json!(200));
    let plan = plan(&wanted, &there());
    let mut context = Context { account: None, ..context() };
    let head = |context: &Context| {
        let text = render_plan(&bare(&plan), context, Style::plain(140));
        text.lines().next().unwrap_or_default().to_owned()
    };
    let counts = "0 to add, 1 to change, 0 to replace, 0 to destroy";
    assert_eq!(head(&context), format!("Plan for drucloud/prod in eu-central-1: {counts}"));
    context.endpoint = Some("http://127.0.0.1:4566".into());
    let place = "eu-central-1 (endpoint http://127.0.0.1:4566)";
    assert_eq!(head(&context), format!("Plan for drucloud/prod in {place}: {counts}"));
}

#[test]
fn replacements_say_which_comes_first_and_what_follows() {
    let mut wanted = stack();
    set(&mut wanted, "network.subnet.app-a", "zone", json!("b"));
    insta::assert_snapshot!(shown(&plan(&wanted, &there()), 100));
    wanted = stack();
    set(&mut wanted, "network.vpc", "cidr", json!("10.9.0.0/16"));
    insta::assert_snapshot!(shown(&plan(&wanted, &there()), 100));
}

#[test]
fn destroying_names_what_holds_data() {
    let plan = planner::destroy(&there(), &catalog(), &Consent::Everything);
    insta::assert_snapshot!(shown(&plan, 100));
}

#[test]
fn what_is_refused_and_what_is_leaving() {
    let mut state = there();
    Rc::make_mut(&mut state.resources[2]).status = Status::Deleting;
    let mut wanted = stack();
    set(&mut wanted, "database.instance", "storage", json!(50));
    insta::assert_snapshot!(shown(&plan(&wanted, &state), 100));
}

fn change(from: Value, to: Value) -> Plan {
    let live = applied("web.thing", "vpc", &json!({}));
    let change =
        Change { property: "thing".into(), from, to, effect: Effect::SomeInterruption, cause: Cause::Drift };
    let step = Step {
        address: live.address.clone(),
        schema: schema("vpc"),
        action: Action::Update { changes: vec![change] },
        reason: Reason::Differs,
        live: Some(live.into()),
        desired: Some(Spec::default()),
        protect: false,
        after: Vec::new(),
    };
    Plan { steps: vec![step], ..Plan::default() }
}

/// Only the lines about the property.
fn difference(from: Value, to: Value) -> String {
    let text = shown(&change(from, to), 100);
    check(&text, 100);
    let lines: Vec<&str> = text
        .lines()
        .skip_while(|line| !line.contains("web.thing"))
        .skip(1)
        .take_while(|line| !line.is_empty())
        .collect();
    lines.join("\n")
}

#[test]
fn values_from_and_to() {
    insta::assert_snapshot!(difference(json!(null), json!("db.m7g.large")));
    insta::assert_snapshot!(difference(json!("8.4"), json!(8)));
    insta::assert_snapshot!(difference(json!("\u{1b}[2J"), json!("b")));
}

#[test]
fn digests_are_cut_short_where_the_beginning_tells_them_apart() {
    let named = |digest: &str| json!(format!("bundles/web/{digest}.tar.gz"));
    let (a, b) = ("0123456789abcdef".repeat(4), "fedcba9876543210".repeat(4));
    let text = difference(named(&a), named(&b)).split_whitespace().collect::<Vec<_>>().join(" ");
    assert_eq!(
        text,
        "thing: bundles/web/0123456789ab….tar.gz → bundles/web/fedcba987654….tar.gz (some interruption, drifted in AWS)"
    );
    // Whoever compares these has to see their ends.
    let end = format!("{}0", &a[..63]);
    let text = difference(named(&a), named(&end)).replace(char::is_whitespace, "");
    assert!(text.contains(&end), "{text}");
}

#[test]
fn of_long_elements_that_correspond_only_what_differs_is_shown() {
    let chart = |title: &str, y: u32, label: &str| {
        json!({"type": "metric", "x": 0, "y": y, "width": 8, "height": 6,
        "properties": {"title": title, "region": "us-east-1", "view": "timeSeries", "stacked": false, "period": 300,
            "metrics": [["AWS/EC2", "CPUUtilization", "InstanceId", "i-0123456789abcdef0", {"label": label}]]}})
    };
    let heading = |y: u32| json!({"type": "text", "x": 0, "y": y, "properties": {"markdown": "## Machines"}});
    let from = json!([heading(5), chart("Requests", 6, "all"), chart("Errors", 6, "5xx")]);
    let to = json!([heading(4), chart("Requests", 5, "all"), chart("Errors", 6, "5xx")]);
    insta::assert_snapshot!(difference(from.clone(), to), @r#"
      thing  (some interruption, drifted in AWS)
        ~ [#1].y: 5 → 4
        ~ [Requests].y: 6 → 5
        1 stays
    "#);
    // Where one comes or goes there is nothing to hold it against.
    let fewer = json!([heading(5), chart("Requests", 6, "all")]);
    let text = difference(from, fewer);
    assert!(
        text.contains("- {type: metric") && text.contains("title: Errors") && text.contains("2 stay"),
        "{text}"
    );
}

#[test]
fn lists_show_what_comes_and_goes() {
    insta::assert_snapshot!(difference(json!(["a", "b", "b", "c"]), json!(["c", "b", "d"])));
    insta::assert_snapshot!(difference(json!(["a", "b"]), json!(["b", "a"])));
    insta::assert_snapshot!(difference(json!(null), json!(["b", {"$ref": "web.asg.id", "$kind": "asg"}])));
    let many = (0..30).collect::<Vec<_>>();
    insta::assert_snapshot!(difference(json!([1]), json!(many)));
}

#[test]
fn maps_show_the_fields_that_differ() {
    insta::assert_snapshot!(difference(
        json!({"keep": 1, "gone": "x", "inner": {"a": 1, "b": [1, 2]}}),
        json!({"keep": 1, "inner": {"a": 2, "b": [2, 3]}, "new": {"deep": true}})
    ));
}

#[test]
fn long_texts_show_lines() {
    let lines = |from: usize, skip: usize| {
        let kept = (from..from + 200).filter(|line| skip == 0 || line % skip != 0);
        kept.map(|line| format!("line {line}")).collect::<Vec<_>>().join("\n")
    };
    insta::assert_snapshot!(difference(
        json!({"/etc/a.conf": lines(0, 0)}),
        json!({"/etc/a.conf": lines(1, 0), "/etc/b.conf": lines(0, 0)})
    ));
    insta::assert_snapshot!(difference(json!(lines(0, 0)), json!(lines(0, 3))));
    let (old, new) = ("x".repeat(400) + "old" + &"y".repeat(400), "x".repeat(400) + "new" + &"y".repeat(400));
    insta::assert_snapshot!(difference(json!(old), json!(new)));
}

#[test]
fn policies_show_lines() {
    let policy = |action: &str| json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": [action, "s3:List*"], "Resource": "*"}]});
    insta::assert_snapshot!(difference(
        json!(policy("s3:Get*").to_string()),
        json!(policy("s3:*").to_string())
    ));
    insta::assert_snapshot!(difference(policy("s3:Get*"), policy("s3:*")));
}

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        "\\PC{0,30}".prop_map(Value::from),
        "[ -~\n\t\u{1b}]{0,200}".prop_map(Value::from),
        "[a-z]{1,300}".prop_map(Value::from),
        Just(json!({"$ref": "network.vpc.id", "$kind": "vpc"})),
        Just(json!({"$id": "vpc-1", "$kind": "vpc"})),
        Just(json!({"$join": ["a", {"$ref": "web.lb.dns"}, {"$join": []}]})),
        Just(json!({"$ref": 1, "$id": {}, "$join": {}})),
    ];
    leaf.prop_recursive(3, 40, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::btree_map("\\PC{0,12}", inner, 0..5)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_value_breaks_a_line(
        (from, to, created) in (value(), value(), value()),
        why in "\\PC{0,200}",
        width in 20..140_usize,
        unicode: bool,
    ) {
        let mut plan = change(from, to);
        let mut create = plan.steps[0].clone();
        create.action = Action::Create;
        create.desired = Some(serde_json::from_value(json!({"one": created, "two": 2})).unwrap_or_default());
        plan.steps.push(create);
        plan.blocked.push(Blocked { address: plan.steps[0].address.clone(), why: why.clone(), help: why.clone() });
        plan.steps[0].reason = Reason::Failed(why);
        let style = Style { unicode, ..Style::plain(width) };
        let text = render_plan(&bare(&plan), &context(), style);
        check(&text, width);
        prop_assert!(!text.contains(char::from(27)), "an escape got through");
        prop_assert!(unicode || text.is_ascii());
        prop_assert_eq!(&text, &render_plan(&bare(&plan), &context(), style));
        let json = super::super::json::plan_json(&bare(&plan), &context()).to_string();
        prop_assert!(serde_json::from_str::<Value>(&json).is_ok());
    }
}

#[test]
fn what_is_left_out_is_told_and_counted() {
    let mut wanted = stack();
    set(&mut wanted, "database.instance", "storage", json!(200));
    set(&mut wanted, "web.template", "image", json!("ami-2"));
    let whole = plan(&wanted, &there());
    let only = |address: &str| Selection { only: vec![Pattern::new(address)], except: Vec::new() };
    let part = only("database").of(whole.clone(), &graph(&wanted));
    let text = shown(&part, 100);
    check(&text, 100);
    insta::assert_snapshot!(text);
    let nothing = only("network").of(whole, &graph(&wanted));
    assert!(shown(&nothing, 100).starts_with("No changes of what is selected in drucloud/prod.\n"));
}
