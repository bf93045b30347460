//! Parts of plans: laws over random stacks, live states and selections, and what users see of them.

use std::rc::Rc;

use proptest::prelude::*;
use serde_json::{Value, json};

use super::super::plan::Action;
use super::super::planner::{Consent, destroy, plan};
use super::super::testing::{all, catalog, graph, id, live};
use super::*;

type Nodes = Vec<(&'static str, &'static str, Value)>;

fn stack(cidr: &str, image: &str) -> Nodes {
    vec![
        ("net.vpc", "vpc", json!({"cidr": cidr, "dns": true})),
        ("net.a", "subnet", json!({"vpc": id("net.vpc", "vpc"), "cidr": "10.0.0.0/24", "zone": "a"})),
        ("net.b", "subnet", json!({"vpc": id("net.vpc", "vpc"), "cidr": "10.0.1.0/24", "zone": "b"})),
        ("net.gw", "gateway", json!({"vpc": id("net.vpc", "vpc")})),
        ("sg.web", "security_group", json!({"vpc": id("net.vpc", "vpc"), "rules": ["80"]})),
        (
            "lb.lb",
            "load_balancer",
            json!({"subnets": [id("net.a", "subnet")], "groups": [id("sg.web", "security_group")]}),
        ),
        ("web.lt", "launch_template", json!({"image": image, "groups": [id("sg.web", "security_group")]})),
        (
            "web.asg",
            "asg",
            json!({"template": id("web.lt", "launch_template"), "version": {"$ref": "web.lt.version"}, "subnets": [id("net.b", "subnet")]}),
        ),
        (
            "db.main",
            "database",
            json!({"subnets": [id("net.a", "subnet")], "storage": 100, "class": "large"}),
        ),
        ("db.cname", "record", json!({"value": {"$ref": "db.main.endpoint"}})),
    ]
}

fn patterns(texts: &[&str]) -> Vec<Pattern> {
    texts.iter().map(|text| Pattern::new(text)).collect()
}

fn only(texts: &[&str]) -> Selection {
    Selection { only: patterns(texts), except: Vec::new() }
}

fn except(texts: &[&str]) -> Selection {
    Selection { only: Vec::new(), except: patterns(texts) }
}

fn addresses(plan: &Plan) -> Vec<String> {
    plan.steps.iter().map(|step| step.address.to_string()).collect()
}

/// A live state: some resources are missing, some have drifted, some are of an older stack.
fn state(missing: &[usize], drifted: &[usize], cidr: &str, image: &str) -> LiveState {
    let mut state = live(&stack(cidr, image));
    for &index in drifted {
        let resource = Rc::make_mut(&mut state.resources[index]);
        let property = resource.spec.iter().next_back().map(|(name, _)| name.clone()).unwrap_or_default();
        resource.spec.set(&property, json!("drifted"));
    }
    let mut index = 0;
    state.resources.retain(|_| {
        index += 1;
        !missing.contains(&(index - 1))
    });
    state
}

fn some() -> impl Strategy<Value = Vec<usize>> {
    prop::collection::vec(0_usize..10, 0..4)
}

fn selected() -> impl Strategy<Value = Vec<Pattern>> {
    let words =
        ["net", "net.vpc", "net.a", "net.*", "sg.web", "lb", "web", "web.lt", "web.asg", "db", "db.main"];
    prop::collection::vec(prop::sample::select(words.to_vec()), 0..3).prop_map(|texts| patterns(&texts))
}

/// What holds for every part of every plan.
fn lawful(whole: &Plan, part: &Plan, graph: &Graph, selection: &Selection) -> Result<(), TestCaseError> {
    prop_assert_eq!(part.steps.len() + part.left.len(), whole.steps.len(), "every step is done or told");
    let edges = |plan: &Plan, address: &Address, reason: &str| {
        let step =
            plan.steps.iter().find(|step| step.address == *address && format!("{:?}", step.action) == reason);
        step.map_or(0, |step| step.after.len())
    };
    for step in &part.steps {
        let action = format!("{:?}", step.action);
        if part.blocked.is_empty() {
            let (now, before) = (edges(part, &step.address, &action), edges(whole, &step.address, &action));
            prop_assert_eq!(now, before, "{} waits for all that it waited for", &step.address);
        }
        prop_assert!(step.after.iter().all(|&before| before < part.steps.len()));
        let refused = selection.except.iter().any(|pattern| pattern.covers(&step.address));
        prop_assert!(!refused, "{} was left out", &step.address);
        let left = part.left.iter().any(|other| other.address == step.address);
        prop_assert!(!left, "{} is torn apart", &step.address);
    }
    for step in &part.left {
        let chosen = selection.only.iter().any(|pattern| pattern.covers(&step.address));
        let refused = selection.except.iter().any(|pattern| pattern.covers(&step.address));
        prop_assert!(!chosen || refused, "{} was wanted", &step.address);
    }
    if selection.except.is_empty() && !selection.only.is_empty() {
        // Nothing comes with the chosen but what one of them, or one that came with them, needs.
        let needed = |address: &Address| {
            let refers = graph
                .in_order()
                .filter(|node| node.spec.references().iter().any(|reference| reference.address == *address));
            let mut users: Vec<Address> = refers.map(|node| node.address.clone()).collect();
            users.extend(
                part.steps
                    .iter()
                    .filter(|s| {
                        s.after.iter().any(|&before| part.steps[before].address == *address)
                            && s.address != *address
                    })
                    .map(|s| s.address.clone()),
            );
            !users.is_empty()
        };
        for step in &part.steps {
            let chosen = selection.only.iter().any(|pattern| pattern.covers(&step.address));
            prop_assert!(chosen || needed(&step.address), "{} came for nothing", &step.address);
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn a_part_of_an_up_stands_on_its_own(
        missing in some(), drifted in some(), cidr in prop::bool::ANY, image in prop::bool::ANY,
        only in selected(), except in selected(),
    ) {
        let (cidr, image) = (if cidr { "10.9.0.0/16" } else { "10.0.0.0/16" }, if image { "ami-2" } else { "ami-1" });
        let graph = graph(&stack("10.0.0.0/16", "ami-1"));
        let state = state(&missing, &drifted, cidr, image);
        let whole = plan(&graph, &state, &catalog(), &Consent::Everything);
        let selection = Selection { only, except };
        let part = selection.of(whole.clone(), &graph);
        lawful(&whole, &part, &graph, &selection)?;
    }

    #[test]
    fn a_part_of_a_destroy_stands_on_its_own(missing in some(), only in selected(), except in selected()) {
        let state = state(&missing, &[], "10.0.0.0/16", "ami-1");
        let whole = destroy(&state, &catalog(), &Consent::Everything);
        let selection = Selection { only, except };
        let part = selection.of(whole.clone(), &Graph::default());
        lawful(&whole, &part, &Graph::default(), &selection)?;
    }
}

#[test]
fn a_pattern_is_an_address_or_a_part_of_the_stack() {
    let address: Address = "network.subnet.app-a".parse().expect("an address");
    for (pattern, covers) in [
        ("network", true),
        ("network.*", true),
        ("network.subnet", true),
        ("network.subnet.app-a", true),
        ("network.sub", false),
        ("net", false),
        ("network.subnet.app-b", false),
        ("", false),
    ] {
        assert_eq!(Pattern::new(pattern).covers(&address), covers, "{pattern}");
    }
}

#[test]
fn what_is_needed_comes_along_and_the_rest_is_told() {
    let graph = graph(&stack("10.0.0.0/16", "ami-1"));
    let whole = plan(&graph, &LiveState::default(), &catalog(), &Consent::Nothing);
    let part = only(&["db"]).of(whole, &graph);
    assert_eq!(addresses(&part), ["net.vpc", "net.a", "db.main", "db.cname"]);
    assert_eq!(part.left.len(), 6);
}

#[test]
fn a_change_of_what_is_needed_comes_along() {
    let graph = graph(&stack("10.0.0.0/16", "ami-1"));
    let state = state(&[], &[], "10.0.0.0/16", "ami-2");
    let whole = plan(&graph, &state, &catalog(), &Consent::Nothing);
    assert_eq!(addresses(&only(&["web.asg"]).of(whole.clone(), &graph)), ["web.lt", "web.asg"]);
    assert_eq!(addresses(&only(&["web.lt"]).of(whole.clone(), &graph)), ["web.lt"]);
    let refused = except(&["web.lt"]).of(whole, &graph);
    assert_eq!(refused.blocked.len(), 1);
    assert_eq!(refused.blocked[0].address.as_str(), "web.asg");
    assert!(
        refused.blocked[0].why.contains("`web.lt`, which `--except` leaves out"),
        "{:?}",
        refused.blocked
    );
    assert!(refused.blocked[0].help.contains("--except web.asg"), "{:?}", refused.blocked);
}

#[test]
fn destroying_a_part_takes_what_depends_on_it_and_protection_holds() {
    let mut state = live(&stack("10.0.0.0/16", "ami-1"));
    let whole = destroy(&state, &catalog(), &Consent::Everything);
    let part = only(&["sg.web"]).of(whole.clone(), &Graph::default());
    let mut found = addresses(&part);
    found.sort();
    assert_eq!(found, ["lb.lb", "sg.web", "web.asg", "web.lt"]);
    let stopped = except(&["web.asg"]).of(whole, &Graph::default());
    assert!(
        stopped.blocked.iter().any(|blocked| blocked.address.as_str() == "web.lt"),
        "{:?}",
        stopped.blocked
    );
    all(&mut state).filter(|live| live.kind == "database").for_each(|live| live.protected = true);
    let whole = destroy(&state, &catalog(), &Consent::Everything);
    assert_eq!(
        only(&["net.a"]).of(whole.clone(), &Graph::default()).blocked.len(),
        1,
        "the database stands on it"
    );
    assert_eq!(only(&["net.b"]).of(whole, &Graph::default()).blocked, []);
}

#[test]
fn a_refused_change_that_is_left_out_lets_the_rest_go_on() {
    let mut nodes = stack("10.0.0.0/16", "ami-1");
    nodes[8].2["storage"] = json!(50);
    let graph = graph(&nodes);
    let state = state(&[9], &[], "10.0.0.0/16", "ami-1");
    let whole = plan(&graph, &state, &catalog(), &Consent::Nothing);
    assert_eq!(whole.blocked.len(), 1);
    let part = except(&["db.main"]).of(whole, &graph);
    assert_eq!((part.blocked.len(), addresses(&part)), (0, vec!["db.cname".to_owned()]));
    assert!(matches!(part.steps[0].action, Action::Create));
    assert!(part.standing().any(|live| live.address.as_str() == "db.main"), "its endpoint is known");
}

#[test]
fn an_unknown_address_is_told_with_those_that_there_are() {
    let graph = graph(&stack("10.0.0.0/16", "ami-1"));
    let selection = Selection { only: patterns(&["db.*", "databse"]), except: patterns(&["net.c"]) };
    let unknown = selection.unknown(&graph, &LiveState::default());
    assert_eq!(unknown.iter().map(|(pattern, _)| *pattern).collect::<Vec<_>>(), ["databse", "net.c"]);
    assert!(unknown[0].1.contains("db") && unknown[0].1.contains("db.main"));
}
