//! The lease and the other notes against the simulated cloud.

use serde_json::json;
use tokio::time::{Duration, sleep};

use super::story::{self, Goal};
use super::{Chaos, Sim};
use crate::model::planner::Consent;
use crate::model::testing::{catalog, graph, id, live};
use crate::run::cloud::Cloud as _;
use crate::run::fault::Class;
use crate::run::lease::{self, Holder, LIFETIME, Lease, LeaseError, Taking};
use crate::run::pace::MOMENT;
use crate::run::read;

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

/// Takes the lease away from a run that lives, and gives it to another.
async fn unlocked(sim: &Sim) -> (Lease<'_, Sim>, Lease<'_, Sim>) {
    let living = Lease::take(sim, &taking("living")).await.unwrap_or_else(|error| panic!("{error}"));
    assert!(lease::unlock(sim, "living").await.expect("an answer"));
    let next = Lease::take(sim, &taking("next")).await.unwrap_or_else(|error| panic!("{error}"));
    (living, next)
}

#[tokio::test(start_paused = true)]
async fn a_run_that_lives_sees_that_its_lease_was_taken_away() {
    let sim = Sim::new(catalog(), 1, Chaos::CALM);
    let (living, next) = unlocked(&sim).await;
    let vpc = "network.vpc".parse().expect("an address");
    let told = living.intend(&vpc).await.expect_err("it is not its own any more");
    assert!(told.class == Class::Fatal && told.to_string().contains("somebody took it"), "{told}");
    living.release(true).await.expect("nothing to give back");
    // What it wrote over is there again, and its new holder goes on.
    assert!(
        matches!(Lease::take(&sim, &taking("third")).await, Err(LeaseError::Held { id, .. }) if id == "next")
    );
    next.intend(&vpc).await.expect("it holds the lease");
    next.release(false).await.expect("given back");
}

#[tokio::test(start_paused = true)]
async fn a_run_whose_lease_was_taken_away_gives_back_nothing() {
    let sim = Sim::new(catalog(), 1, Chaos::CALM);
    let (living, next) = unlocked(&sim).await;
    living.release(true).await.expect("nothing to give back");
    assert!(
        matches!(Lease::take(&sim, &taking("third")).await, Err(LeaseError::Held { id, .. }) if id == "next")
    );
    next.release(true).await.expect("given back");
    assert!(!sim.remembers());
}

#[tokio::test(start_paused = true)]
async fn a_run_whose_record_was_removed_stops() {
    let sim = Sim::new(catalog(), 1, Chaos::CALM);
    let living = Lease::take(&sim, &taking("living")).await.unwrap_or_else(|error| panic!("{error}"));
    living.intend(&"network.vpc".parse().expect("an address")).await.expect("it holds the lease");
    sim.meddle(|world, _| world.lease.clear());
    assert!(living.keep().await.contains("somebody took it"));
    assert!(!sim.leased(), "it leaves no record of its own");
}

#[tokio::test(start_paused = true)]
async fn a_reading_without_what_is_held_is_not_believed() {
    let vpc = ("net.vpc", "vpc", json!({"cidr": "10.0.0.0/16", "dns": true}));
    let subnet =
        ("net.a", "subnet", json!({"vpc": id("net.vpc", "vpc"), "cidr": "10.0.0.0/24", "zone": "a"}));
    let (both, one) = (graph(&[vpc.clone(), subnet.clone()]), graph(std::slice::from_ref(&vpc)));
    let sim = Sim::new(catalog(), 1, Chaos::CALM);
    let lease = Lease::take(&sim, &taking("first")).await.unwrap_or_else(|error| panic!("{error}"));
    let (whole, hidden) = (live(&[vpc, subnet.clone()]), live(&[subnet]));
    assert!(read::is_clear(&whole, &lease, &both));
    assert!(!read::is_clear(&hidden, &lease, &both), "a list lags behind");
    assert!(!read::is_clear(&hidden, &lease, &one), "what holds it is in no stack, and it is there");
    assert!(read::is_clear(&hidden, &lease, &graph(&[])), "nobody wants it");
}

#[tokio::test(start_paused = true)]
async fn what_was_made_a_moment_ago_is_looked_for() {
    let sim = Sim::new(catalog(), 1, Chaos::CALM);
    let group = "sg.web".parse().expect("an address");
    let first = Lease::take(&sim, &taking("first")).await.unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(first.lookout(&group), None);
    first.made(&group);
    first.release(false).await.expect("given back");
    let next = Lease::take(&sim, &taking("next")).await.unwrap_or_else(|error| panic!("{error}"));
    assert!(next.lookout(&group).is_some(), "a lagging list may hide it");
    sleep(MOMENT).await;
    assert_eq!(next.lookout(&group), None, "every list shows it now");
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
