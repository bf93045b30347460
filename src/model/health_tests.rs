//! What was seen in, what is wrong out.

use serde_json::json;

use super::super::spec::Spec;
use super::super::testing::applied;
use super::*;

fn address(text: &str) -> Address {
    text.parse().expect("an address")
}

fn target(id: &str, state: &str) -> Target {
    Target {
        id: id.to_owned(),
        state: state.to_owned(),
        why: (state == "unhealthy").then(|| "timeout".to_owned()),
    }
}

fn targets(states: &[&str]) -> TargetGroup {
    let targets = states.iter().enumerate().map(|(n, state)| target(&format!("i-{n}"), state));
    TargetGroup { address: address("lb.targets"), targets: targets.collect() }
}

fn fleet(desired: i32, machines: &[(&str, bool)]) -> Fleet {
    let machines = machines.iter().enumerate().map(|(n, (state, healthy))| Machine {
        id: format!("i-{n}"),
        zone: "a".to_owned(),
        state: (*state).to_owned(),
        healthy: *healthy,
    });
    Fleet {
        address: address("web.group"),
        min: 1,
        max: 4,
        desired,
        machines: machines.collect(),
        refresh: None,
    }
}

fn told(sight: &Sight) -> Vec<String> {
    sight.troubles().iter().map(|t| format!("{:?} {}: {}", t.level, t.address, t.what)).collect()
}

#[test]
fn when_all_is_well_nothing_is_said() {
    let sight = Sight {
        live: vec![applied("net.vpc", "vpc", &json!({"cidr": "10.0.0.0/16"}))],
        fleets: vec![fleet(2, &[("InService", true), ("InService", true), ("Terminating", true)])],
        targets: vec![targets(&["healthy", "healthy", "draining"])],
        ..Sight::default()
    };
    assert_eq!(told(&sight), Vec::<String>::new());
}

#[test]
fn targets_that_do_not_answer_are_told_with_why() {
    let of = |states: &[&str]| told(&Sight { targets: vec![targets(states)], ..Sight::default() });
    assert_eq!(
        of(&["healthy", "unhealthy"]),
        ["Wrong lb.targets: 1 of 2 targets answer: i-1 is unhealthy (timeout)"]
    );
    assert_eq!(of(&["unhealthy"]), ["Down lb.targets: 0 of 1 targets answer: i-0 is unhealthy (timeout)"]);
    assert_eq!(of(&["initial"]), ["Down lb.targets: 0 of 1 targets answer"]);
    assert_eq!(of(&[]), ["Down lb.targets: there is no target: nobody answers"]);
    assert_eq!(of(&["healthy", "initial"]), Vec::<String>::new());
}

#[test]
fn the_worst_comes_first_and_one_word_about_each() {
    let mut group = applied("web.group", "asg", &json!({}));
    group.status = Status::Pending("1 of 2 instances in service".to_owned());
    let mut database = applied("db.main", "database", &json!({}));
    database.status = Status::Failed("storage-full".to_owned());
    let mut balancer = applied("lb.lb", "load_balancer", &json!({}));
    balancer.status = Status::Pending("provisioning".to_owned());
    let sight = Sight {
        live: vec![balancer, database, group],
        missing: vec![address("cache.cluster")],
        fleets: vec![fleet(2, &[("InService", true), ("Pending", false)])],
        targets: vec![targets(&["unused"])],
        ..Sight::default()
    };
    assert_eq!(
        told(&sight),
        [
            "Down lb.targets: 0 of 1 targets answer",
            "Wrong cache.cluster: the stack names it, and it is not there: `drucloud up` makes it",
            "Wrong db.main: storage-full",
            "Wrong web.group: 1 of 2 machines in service: i-1 is Pending, unhealthy",
            "Working lb.lb: provisioning",
        ]
    );
}

#[test]
fn an_alarm_that_has_gone_off_says_what_it_means() {
    let alarm = |state: &str| Live {
        kind: "alarm",
        spec: Spec::of(&json!({"description": "The database is full."})).expect("a spec"),
        outputs: [("state".to_owned(), state.to_owned())].into(),
        ..applied("monitoring.storage", "record", &json!({}))
    };
    let of = |state: &str| told(&Sight { live: vec![alarm(state)], ..Sight::default() });
    assert_eq!(of("ALARM"), ["Wrong monitoring.storage: the alarm has gone off. The database is full."]);
    assert_eq!(of("OK"), Vec::<String>::new());
    assert_eq!(of("INSUFFICIENT_DATA"), Vec::<String>::new());
}
