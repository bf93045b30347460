//! The lease and the other notes against the simulated cloud.

use serde_json::json;
use tokio::time::{Duration, sleep};

use super::story::{self, Goal};
use super::{Chaos, Sim};
use crate::model::planner::Consent;
use crate::model::testing::{catalog, graph};
use crate::run::cloud::Cloud as _;
use crate::run::lease::{Holder, LIFETIME, Lease, LeaseError, Taking};

fn taking(name: &str) -> Taking<'static> {
    let holder = Holder {
        id: name.to_owned(),
        who: format!("{name}@example.org"),
        host: "elsewhere".to_owned(),
        place: String::new(),
        pid: 1,
        operation: "up".to_owned(),
        link: None,
    };
    Taking {
        holder,
        nonce: format!("nonce-{name}"),
        patience: Duration::ZERO,
        dead: &|_| false,
        waiting: &|_| {},
    }
}

#[tokio::test(start_paused = true)]
async fn of_two_runs_one_works_and_the_other_says_who_does() {
    let sim = Sim::new(catalog(), 1, Chaos::CALM);
    let first = Lease::take(&sim, &taking("first")).await.unwrap_or_else(|error| panic!("{error}"));
    let second = Lease::take(&sim, &taking("second")).await.err();
    assert!(
        matches!(&second, Some(LeaseError::Held { description, .. }) if description.contains("first@example.org"))
    );
    drop(first);
    sleep(LIFETIME + Duration::from_secs(1)).await;
    let third = Lease::take(&sim, &taking("third")).await.unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(third.nonce(), "nonce-first", "the dead run's tokens are repeated");
    assert!(third.healed.as_deref().is_some_and(|healed| healed.contains("expired")));
}

#[tokio::test(start_paused = true)]
async fn of_two_that_take_over_at_the_same_moment_one_does() {
    for seed in 0..40 {
        let sim = Sim::new(catalog(), seed, Chaos::CALM);
        let dead = Lease::take(&sim, &taking("dead")).await.unwrap_or_else(|error| panic!("{error}"));
        drop(dead);
        sleep(LIFETIME + Duration::from_secs(1)).await;
        let (here, there) = (taking("here"), taking("there"));
        let both = futures::future::join(Lease::take(&sim, &here), Lease::take(&sim, &there)).await;
        let winners = [both.0.is_ok(), both.1.is_ok()].iter().filter(|won| **won).count();
        assert_eq!(winners, 1, "seed {seed}");
    }
}

#[tokio::test(start_paused = true)]
async fn kinds_that_were_never_used_are_not_asked_for() {
    let vpc = ("net.vpc", "vpc", json!({"cidr": "10.0.0.0/16", "dns": true}));
    let database = ("db.main", "database", json!({"subnets": [], "storage": 100, "class": "large"}));
    let (before, after) = (graph(&[vpc.clone(), database]), graph(&[vpc]));
    let sim = Sim::new(catalog(), 1, Chaos::CALM);
    let plan = async |sim: &Sim, stack| {
        let calls = sim.calls();
        let (plan, live) = story::plan(sim, &Goal::Up(stack), &Consent::Everything).await.expect("a plan");
        (plan.steps.len(), live.resources.len(), sim.calls() - calls)
    };
    let kinds = u64::try_from(sim.catalog().all().count()).expect("a number");
    assert_eq!(plan(&sim, &before).await, (2, 0, kinds + 1), "nobody has noted anything");
    story::command(&sim, &Goal::Up(&before), &Consent::Nothing, 1).await.expect("a run");
    assert_eq!(plan(&sim, &before).await, (0, 2, 3), "two kinds and the note");
    assert_eq!(plan(&sim, &after).await, (1, 2, 3), "what the stack has no more is found by the note");
    sim.meddle(|world, _| world.kinds = None);
    assert_eq!(plan(&sim, &after).await, (1, 2, kinds + 1), "and without it by looking everywhere");
    story::command(&sim, &Goal::Up(&after), &Consent::Everything, 2).await.expect("a run");
    assert_eq!(plan(&sim, &after).await.0, 0);
    story::command(&sim, &Goal::Destroy, &Consent::Everything, 3).await.expect("a run");
    assert!(!sim.remembers(), "destroy removes the notes");
}
