//! The engine against the simulated cloud: small stacks of the model's test kinds, many seeds.

use std::collections::BTreeSet;

use serde_json::json;

use super::story::{self, Goal, Told};
use super::*;
use crate::model::graph::Graph;
use crate::model::planner::Consent;
use crate::model::select::{Pattern, Selection};
use crate::model::testing::{catalog, graph, id};
use crate::run::event::{Event, What};
use crate::run::lease::{Holder, LIFETIME, Lease, LeaseError, Taking};

fn stack(image: &str, zone: &str) -> Graph {
    graph(&[
        ("net.vpc", "vpc", json!({"cidr": "10.0.0.0/16", "dns": true})),
        ("net.a", "subnet", json!({"vpc": id("net.vpc", "vpc"), "cidr": "10.0.0.0/24", "zone": "a"})),
        ("net.b", "subnet", json!({"vpc": id("net.vpc", "vpc"), "cidr": "10.0.1.0/24", "zone": zone})),
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
            json!({"template": id("web.lt", "launch_template"), "version": {"$ref": "web.lt.version"}, "subnets": [id("net.b", "subnet")], "desired": 2}),
        ),
        (
            "db.main",
            "database",
            json!({"subnets": [id("net.a", "subnet")], "storage": 100, "class": "large"}),
        ),
        ("db.cname", "record", json!({"value": {"$ref": "db.main.endpoint"}})),
    ])
}

async fn up(sim: &Sim, graph: &Graph, run: u64) -> Told {
    story::command(sim, &Goal::Up(graph), &Consent::Nothing, run).await.expect("a run")
}

/// Everything that must hold after `up` has come to its end.
async fn settled(sim: &Sim, graph: &Graph, seed: u64) {
    sim.behave(Chaos::CALM);
    let (plan, _) = story::plan(sim, &Goal::Up(graph), &Consent::Nothing).await.expect("a plan");
    assert!(plan.is_empty(), "seed {seed}: the plan after is not empty: {:?}", plan.steps);
    let existing = sim.existing();
    assert_eq!(existing.len(), graph.len(), "seed {seed}: nothing twice, nothing left over");
    assert!(!sim.leased(), "seed {seed}: the lease was given back");
    sim.meddle(|world, _| assert_eq!(world.lost, [], "seed {seed}: no data lost"));
}

#[tokio::test(start_paused = true)]
async fn a_calm_day_takes_little_more_than_the_critical_path() {
    let sim = Sim::new(catalog(), 1, Chaos::CALM);
    let told = up(&sim, &stack("ami-1", "b"), 1).await;
    assert!(told.outcome.complete(), "{:?}", told.outcome.failed);
    let (took, bound) = told.makespan();
    assert!(took <= bound * 1.02, "took {took} s, the critical path is {bound} s");
    settled(&sim, &stack("ami-1", "b"), 1).await;
}

#[tokio::test(start_paused = true)]
async fn a_bad_day_converges_and_goes_away_again() {
    for seed in 0..150 {
        let sim = Sim::new(catalog(), seed, Chaos::STORM);
        let told = up(&sim, &stack("ami-1", "b"), 1).await;
        assert!(told.outcome.complete(), "seed {seed}: {:?}", told.outcome.failed);
        settled(&sim, &stack("ami-1", "b"), seed).await;
        sim.behave(Chaos::STORM);
        let told = story::command(&sim, &Goal::Destroy, &Consent::Everything, 2).await.expect("a run");
        assert!(told.outcome.complete(), "seed {seed}: {:?}", told.outcome.failed);
        assert_eq!(sim.existing().len(), 0, "seed {seed}");
        sim.meddle(|world, _| assert_eq!(world.snapshots.len(), 1, "seed {seed}: data was kept"));
    }
}

#[tokio::test(start_paused = true)]
async fn a_part_is_made_and_goes_away_without_the_rest() {
    let only = |address: &str| Selection { only: vec![Pattern::new(address)], except: Vec::new() };
    for seed in 0..40 {
        let sim = Sim::new(catalog(), seed, Chaos::STORM);
        let graph = stack("ami-1", "b");
        let up = Goal::Up(&graph);
        let told = story::part(&sim, &up, &Consent::Nothing, 1, &only("db.main")).await.expect("a run");
        assert!(told.outcome.complete(), "seed {seed}: {:?}", told.outcome.failed);
        let kinds = |sim: &Sim| sim.existing().iter().map(|thing| thing.schema.kind).collect::<BTreeSet<_>>();
        assert_eq!(kinds(&sim), ["database", "subnet", "vpc"].into(), "seed {seed}");
        let told = story::command(&sim, &up, &Consent::Nothing, 2).await.expect("a run");
        assert!(told.outcome.complete(), "seed {seed}: {:?}", told.outcome.failed);
        settled(&sim, &graph, seed).await;
        sim.behave(Chaos::STORM);
        let told = story::part(&sim, &Goal::Destroy, &Consent::Nothing, 3, &only("sg")).await.expect("a run");
        assert!(told.outcome.complete(), "seed {seed}: {:?}", told.outcome.failed);
        let left = kinds(&sim);
        assert!(left.contains("database") && left.contains("gateway"), "seed {seed}: {left:?}");
        assert!(!left.contains("security_group") && !left.contains("load_balancer"), "seed {seed}: {left:?}");
        let told = story::command(&sim, &up, &Consent::Nothing, 4).await.expect("a run");
        assert!(told.outcome.complete(), "seed {seed}: {:?}", told.outcome.failed);
        settled(&sim, &graph, seed).await;
    }
}

#[tokio::test(start_paused = true)]
async fn of_what_is_ready_the_longest_way_starts_first() {
    // The shortest way is written first: 10 s, then 120 s, then 10 + 10 + 820 s.
    let graph = graph(&[
        ("a.record", "record", json!({"value": "x"})),
        ("b.balancer", "load_balancer", json!({"subnets": [], "groups": []})),
        ("c.vpc", "vpc", json!({"cidr": "10.0.0.0/16", "dns": true})),
        ("c.subnet", "subnet", json!({"vpc": id("c.vpc", "vpc"), "cidr": "10.0.0.0/24", "zone": "a"})),
        (
            "c.database",
            "database",
            json!({"subnets": [id("c.subnet", "subnet")], "storage": 100, "class": "large"}),
        ),
    ]);
    let told = up(&Sim::new(catalog(), 1, Chaos::CALM), &graph, 1).await;
    let started = told.events.iter().filter_map(|event| match event.what {
        What::StepStart { step } => Some(told.plan.steps[step].address.as_str()),
        _ => None,
    });
    let started: Vec<&str> = started.collect();
    assert_eq!(started, ["c.vpc", "b.balancer", "a.record", "c.subnet", "c.database"]);
}

#[tokio::test(start_paused = true)]
async fn what_is_not_visible_yet_is_asked_for_again() {
    // An id says nothing of an order, and the VPC's intent is written before the VPC is made.
    let vpc = json!({"$id": "vpc-0001", "$kind": "vpc"});
    let graph = graph(&[
        ("net.vpc", "vpc", json!({"cidr": "10.0.0.0/16", "dns": true})),
        ("sg.web", "security_group", json!({"vpc": vpc, "rules": ["80"]})),
    ]);
    let sim = Sim::new(catalog(), 1, Chaos::CALM);
    let told = up(&sim, &graph, 1).await;
    assert!(told.outcome.complete(), "{:?}", told.outcome.failed);
    let early = |event: &Event| matches!(event.what, What::StepRetry { class: Class::NotYet, .. });
    assert!(told.events.iter().any(early), "it was asked for too early");
    settled(&sim, &graph, 1).await;
}

#[tokio::test(start_paused = true)]
async fn a_failed_step_stops_what_needs_it_and_says_so() {
    let nowhere = json!({"$id": "vpc-9999", "$kind": "vpc"});
    let group = id("sg.web", "security_group");
    let graph = graph(&[
        ("net.vpc", "vpc", json!({"cidr": "10.0.0.0/16", "dns": true})),
        ("net.a", "subnet", json!({"vpc": id("net.vpc", "vpc"), "cidr": "10.0.0.0/24", "zone": "a"})),
        ("sg.web", "security_group", json!({"vpc": nowhere, "rules": ["80"]})),
        ("web.lt", "launch_template", json!({"image": "ami-1", "groups": [group]})),
        ("web.name", "record", json!({"value": {"$ref": "web.lt.version"}})),
    ]);
    let told = up(&Sim::new(catalog(), 1, Chaos::CALM), &graph, 1).await;
    let skipped = told.events.iter().filter_map(|event| match &event.what {
        What::StepSkipped { step, because } => {
            Some((told.plan.steps[*step].address.as_str(), because.as_str()))
        }
        _ => None,
    });
    let skipped: BTreeSet<_> = skipped.collect();
    assert_eq!(skipped, [("web.lt", "sg.web"), ("web.name", "sg.web")].into());
    assert_eq!((told.outcome.done, told.outcome.failed.len(), told.outcome.left), (2, 1, 2));
}

#[tokio::test(start_paused = true)]
async fn the_same_seed_tells_the_same_story() {
    let mut stories = Vec::new();
    for _ in 0..2 {
        let sim = Sim::new(catalog(), 7, Chaos::STORM);
        stories.push(up(&sim, &stack("ami-1", "b"), 1).await.events);
    }
    assert_eq!(stories[0], stories[1]);
}

const NOBODY_IS_DEAD: &dyn Fn(&Holder) -> bool = &|_| false;

/// Takes the lease, without patience; nobody is known to be dead.
async fn take<'a>(sim: &'a Sim, id: &str) -> Result<Lease<'a, Sim>, LeaseError> {
    let holder = Holder {
        id: id.to_owned(),
        who: id.to_owned(),
        host: id.to_owned(),
        place: String::new(),
        pid: 1,
        operation: "up".to_owned(),
        link: None,
    };
    let (nonce, patience) = (id.to_owned(), Duration::ZERO);
    Lease::take(sim, &Taking { holder, nonce, patience, dead: NOBODY_IS_DEAD, waiting: &|_| {} }).await
}

#[tokio::test(start_paused = true)]
async fn a_clock_that_is_wrong_takes_no_living_lease() {
    for off in [-280_000, 280_000] {
        let sim = Sim::new(catalog(), 1, Chaos::CALM);
        sim.mislead(off);
        let first = take(&sim, "first").await.expect("nobody has it");
        assert!(matches!(take(&sim, "right").await, Err(LeaseError::Held { .. })), "first off by {off}");
        sim.mislead(-off);
        assert!(matches!(take(&sim, "wrong").await, Err(LeaseError::Held { .. })), "second off by {off}");
        first.release(false).await.expect("given back");
        // Of one that died nobody has to wait longer than it lasts.
        sim.mislead(off);
        drop(take(&sim, "dead").await.expect("nobody has it"));
        sleep(LIFETIME).await;
        take(&sim, "next").await.expect("it had expired");
    }
}

#[tokio::test(start_paused = true)]
async fn a_machine_that_slept_has_lost_its_lease() {
    let sim = Sim::new(catalog(), 1, Chaos::CALM);
    let first = take(&sim, "first").await.expect("nobody has it");
    sim.doze(LIFETIME);
    let second = take(&sim, "second").await.expect("it had expired");
    let late =
        first.intend(&"network.vpc".parse().expect("an address")).await.expect_err("somebody else has it");
    assert_eq!(late.class, Class::Fatal, "{late}");
    assert!(first.keep().await.contains("another run may have taken it over"));
    first.release(false).await.expect("nothing to give back");
    let record = sim.lease_read().await.expect("an answer").expect("a record").0;
    assert!(record.contains("\"id\":\"second\""), "{record}");
    second.release(false).await.expect("given back");
}

/// Kills a command at every call that changes something, at every moment, with fresh and with lagging reads;
/// the next run must converge.
async fn matrix(before: Option<&Graph>, goal: &Goal<'_>, consent: &Consent) -> u64 {
    let mut cases = 0;
    for lag in [0, 15_000] {
        for moment in [Moment::Before, Moment::Lost, Moment::Answered] {
            for call in 1.. {
                let sim = Sim::new(catalog(), call, Chaos { partial: 0.3, ..Chaos::CALM });
                if let Some(graph) = before {
                    up(&sim, graph, 1).await;
                }
                sim.behave(Chaos { lag, ..Chaos::CALM }.killed_at(call, moment));
                if story::mortal(&sim, goal, consent, 2).await.is_some() {
                    break;
                }
                cases += 1;
                sim.behave(Chaos { lag, ..Chaos::CALM });
                let told = story::command(&sim, goal, consent, 3).await.expect("a run");
                let case = format!("lag {lag}, {moment:?} call {call}");
                assert!(told.outcome.complete(), "{case}: {:?} {:?}", told.outcome.failed, told.plan.blocked);
                match goal {
                    Goal::Up(graph) => {
                        sim.behave(Chaos::CALM);
                        let (plan, _) = story::plan(&sim, goal, consent).await.expect("a plan");
                        assert!(plan.is_empty(), "{case}: {:?}", plan.steps);
                        assert_eq!(sim.existing().len(), graph.len(), "{case}");
                        sim.meddle(|world, _| assert_eq!(world.lost, [], "{case}"));
                    }
                    Goal::Destroy => {
                        let left: Vec<String> = sim.existing().into_iter().map(|thing| thing.id).collect();
                        assert!(left.is_empty(), "{case}: {left:?}");
                    }
                }
                assert!(!sim.leased(), "{case}: the lease was given back");
            }
        }
    }
    cases
}

#[tokio::test(start_paused = true)]
async fn killed_at_any_call_of_up_the_next_run_converges() {
    let cases = matrix(None, &Goal::Up(&stack("ami-1", "b")), &Consent::Nothing).await;
    assert!(cases >= 60, "{cases} cases");
}

#[tokio::test(start_paused = true)]
async fn killed_at_any_call_of_a_replacement_the_next_run_converges() {
    let cases = matrix(Some(&stack("ami-1", "b")), &Goal::Up(&stack("ami-2", "c")), &Consent::Nothing).await;
    assert!(cases >= 30, "{cases} cases");
}

#[tokio::test(start_paused = true)]
async fn killed_at_any_call_of_destroy_the_next_run_converges() {
    let cases = matrix(Some(&stack("ami-1", "b")), &Goal::Destroy, &Consent::Everything).await;
    assert!(cases >= 60, "{cases} cases");
}
