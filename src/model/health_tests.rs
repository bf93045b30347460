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
        live: vec![applied("net.vpc", "vpc", &json!({"cidr": "10.0.0.0/16"})).into()],
        fleets: vec![fleet(2, &[("InService", true), ("InService", true), ("Terminating", true)])],
        targets: vec![targets(&["healthy", "healthy", "draining"])],
        ..Sight::default()
    };
    assert_eq!(told(&sight), Vec::<String>::new());
}

/// A machine that should have the configuration `new`, and what it told: digest and outcome.
fn server(number: u32, told: Option<(&str, &str)>) -> Configured {
    let server = Server {
        role: "web".to_owned(),
        number: Some(number),
        address: address("web.group"),
        id: format!("i-{number}"),
        running: true,
        born: Some(1_000),
    };
    let boot = told.map(|(sha256, outcome)| Boot {
        role: "web".to_owned(),
        instance: server.id.clone(),
        sha256: sha256.to_owned(),
        outcome: outcome.to_owned(),
        task: Some("php-fpm is installed".to_owned()),
        message: Some("no such package".to_owned()),
        seconds: 40.0,
        at: String::new(),
    });
    Configured { server, wanted: "new".to_owned(), boot }
}

#[test]
fn a_machine_tells_the_task_that_failed() {
    let of = |servers: Vec<Configured>, now| told(&Sight { servers, now, ..Sight::default() });
    assert!(of(vec![server(1, Some(("new", "ok")))], 0).is_empty());
    let failed = of(vec![server(1, Some(("new", "failed"))), server(2, Some(("old", "ok")))], 0);
    let words = "Wrong web.group: web.1 (i-1): the task `php-fpm is installed` failed: no such package; web.2 (i-2) has \
         an older configuration: `drucloud up` brings the current one";
    assert_eq!(failed, [words]);
    let young = of(vec![server(1, None)], 60_000);
    assert_eq!(
        young,
        ["Working web.group: web.1 (i-1) has not told how its boot went; it may still be starting"]
    );
    let old = of(vec![server(1, None)], SILENCE + 2_000);
    assert!(
        old[0].starts_with("Wrong web.group: web.1 (i-1) has not told how its boot went; and is not"),
        "{old:?}"
    );
    // It says why the group has too few in service.
    let both = Sight {
        servers: vec![server(1, Some(("new", "failed")))],
        fleets: vec![fleet(2, &[("InService", true)])],
        ..Sight::default()
    };
    assert!(told(&both)[0].contains("php-fpm is installed"), "{:?}", told(&both));
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
    group.status = Status::Short("1 of 2 instances in service".to_owned());
    let mut database = applied("db.main", "database", &json!({}));
    database.status = Status::Failed("storage-full".to_owned());
    let mut balancer = applied("lb.lb", "load_balancer", &json!({}));
    balancer.status = Status::Pending("provisioning".to_owned());
    let sight = Sight {
        live: [balancer, database, group].map(Rc::new).into(),
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
fn what_the_stack_names_and_somebody_deletes_is_wrong() {
    let mut server = applied("search.server", "vpc", &json!({}));
    server.status = Status::Deleting;
    let of = |missing: Vec<Address>| {
        told(&Sight { live: vec![server.clone().into()], missing, ..Sight::default() })
    };
    assert_eq!(of(Vec::new()), ["Working search.server: it is being deleted"]);
    assert_eq!(
        of(vec![address("search.server")]),
        ["Wrong search.server: the stack names it, and it is being deleted: `drucloud up` makes it"]
    );
}

#[test]
fn what_is_stopped_or_serves_nobody_is_wrong() {
    let of = |status: Status, running: bool| {
        let live = Live { status, ..applied("db.main", "database", &json!({ "running": running })) };
        told(&Sight { live: vec![live.into()], ..Sight::default() })
    };
    assert_eq!(of(Status::Ready, true), Vec::<String>::new());
    assert_eq!(of(Status::Ready, false), ["Wrong db.main: it is stopped: `drucloud up` starts it"]);
    assert_eq!(of(Status::Pending("starting".to_owned()), true), ["Working db.main: starting"]);
    let full = Status::Short("RDS says `storage-full`".to_owned());
    assert_eq!(of(full, true), ["Wrong db.main: RDS says `storage-full`"]);
}

#[test]
fn an_alarm_that_has_gone_off_says_what_it_means() {
    let alarm = |state: &str| Live {
        kind: "alarm",
        spec: Spec::of(&json!({"description": "The database is full."})).expect("a spec"),
        outputs: [("state".to_owned(), state.to_owned())].into(),
        ..applied("monitoring.storage", "record", &json!({}))
    };
    let of = |state: &str| told(&Sight { live: vec![alarm(state).into()], ..Sight::default() });
    assert_eq!(of("ALARM"), ["Wrong monitoring.storage: the alarm has gone off. The database is full."]);
    assert_eq!(of("OK"), Vec::<String>::new());
    assert_eq!(of("INSUFFICIENT_DATA"), Vec::<String>::new());
}
