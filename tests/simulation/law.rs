//! What must hold after a command has come to its end, however it came there.

use drucloud::aws::kinds;
use drucloud::model::graph::Graph;
use drucloud::model::planner::Consent;
use drucloud::run::sim::story::{self, Goal, Told};
use drucloud::run::sim::{Chaos, Sim};

use crate::stacks;

/// A fresh cloud of the real kinds.
pub fn cloud(seed: u64, chaos: Chaos) -> Sim {
    Sim::new(kinds::catalog(), seed, chaos)
}

/// Runs a command to its end, which must be a good one.
pub async fn run(sim: &Sim, goal: Goal<'_>, consent: &Consent, number: u64, case: &str) -> Told {
    let told =
        story::command(sim, &goal, consent, number).await.unwrap_or_else(|error| panic!("{case}: {error}"));
    assert!(
        told.outcome.complete(),
        "{case}: failed {:?}, blocked {:?}",
        told.outcome.failed,
        told.plan.blocked
    );
    told
}

/// After `up`: the plan is empty, nothing is there twice, nothing is left over, no data is lost, no lease held.
pub async fn made(sim: &Sim, graph: &Graph, case: &str) {
    sim.behave(Chaos::CALM);
    let (plan, _) = story::plan(sim, &Goal::Up(graph), &Consent::Nothing).await.expect("a plan");
    let steps =
        plan.steps.iter().map(|s| format!("{}: {:?} {:?} {:#?}", s.address, s.reason, s.changes(), s.live));
    let steps: Vec<String> = steps.collect();
    assert!(plan.is_empty(), "{case}: the plan after is not empty: {} {:?}", steps.join("\n"), plan.blocked);
    let existing = sim.existing();
    assert_eq!(
        existing.len(),
        graph.len(),
        "{case}: {:?}",
        existing.iter().map(|t| &t.id).collect::<Vec<_>>()
    );
    assert!(!sim.leased(), "{case}: the lease was not given back");
    sim.meddle(|world, _| assert_eq!(world.lost, [], "{case}: data was lost without a snapshot"));
}

/// After `destroy`: nothing is there.
pub fn gone(sim: &Sim, case: &str) {
    let left: Vec<String> = sim.existing().into_iter().map(|thing| thing.id).collect();
    assert!(left.is_empty(), "{case}: left over {left:?}");
    assert!(!sim.remembers(), "{case}: a lease was left behind");
    sim.meddle(|world, _| assert_eq!(world.lost, [], "{case}: data was lost without a snapshot"));
}

#[tokio::test(start_paused = true)]
async fn on_bad_days_every_stack_converges_and_goes_away_again() {
    for (name, graph) in stacks::all() {
        for seed in 0..12 {
            let case = format!("{name}, seed {seed}");
            let sim = cloud(seed, Chaos::STORM);
            run(&sim, Goal::Up(&graph), &Consent::Nothing, 1, &case).await;
            made(&sim, &graph, &case).await;
            sim.behave(Chaos::STORM);
            // Some environments are protected: that is taken away by hand, as a user would by the stack.
            sim.meddle(|world, _| {
                world.things.iter_mut().flat_map(|t| t.past.iter_mut()).for_each(|moment| moment.3 = false);
            });
            run(&sim, Goal::Destroy, &Consent::Everything, 2, &case).await;
            gone(&sim, &case);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_protected_stays_whatever_is_agreed_to() {
    for (name, graph) in stacks::all().into_iter().filter(|(name, _)| name.ends_with("/prod")) {
        let sim = cloud(1, Chaos::CALM);
        run(&sim, Goal::Up(&graph), &Consent::Nothing, 1, &name).await;
        let told = story::command(&sim, &Goal::Destroy, &Consent::Everything, 2).await.expect("a run");
        assert!(told.plan.blocked.iter().any(|blocked| blocked.why.contains("protected")), "{name}");
        assert_eq!(sim.existing().len(), graph.len(), "{name}: nothing was deleted");
    }
}
