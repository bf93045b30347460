//! How close a run comes to its lower bound, and that looking does not cost more than it must.

use drucloud::model::planner::Consent;
use drucloud::run::cloud::Cloud;
use drucloud::run::sim::Chaos;
use drucloud::run::sim::story::Goal;

use crate::law::{cloud, run};
use crate::stacks;

/// A row for `make bench`.
#[expect(clippy::print_stdout, reason = "it is read there")]
fn tell(name: &str, command: &str, took: f64, bound: f64, calls: u64) {
    println!("| {name}, {command} | {took:.1} | {bound:.0} | {:.4} | {calls} |", took / bound);
}

#[tokio::test(start_paused = true)]
async fn up_and_destroy_take_little_more_than_the_critical_path() {
    for (name, graph) in stacks::all() {
        let sim = cloud(1, Chaos::CALM);
        let (took, bound) = run(&sim, Goal::Up(&graph), &Consent::Nothing, 1, &name).await.makespan();
        assert!(took <= bound * 1.02, "{name}: up took {took} s, the critical path is {bound} s");
        tell(&name, "up", took, bound, sim.calls());
        let before = sim.calls();
        sim.meddle(|world, _| {
            world.things.iter_mut().flat_map(|t| t.past.iter_mut()).for_each(|moment| moment.3 = false);
        });
        let (took, bound) = run(&sim, Goal::Destroy, &Consent::Everything, 2, &name).await.makespan();
        assert!(took <= bound * 1.02, "{name}: destroy took {took} s, the critical path is {bound} s");
        tell(&name, "destroy", took, bound, sim.calls() - before);
    }
}

#[tokio::test(start_paused = true)]
async fn an_apply_of_a_quarter_of_an_hour_looks_sparingly() {
    for (name, graph) in stacks::all() {
        let sim = cloud(1, Chaos::CALM);
        run(&sim, Goal::Up(&graph), &Consent::Nothing, 1, &name).await;
        let (calls, resources) = (sim.calls(), u64::try_from(graph.len()).expect("a number"));
        // The looks at the database, for which all wait, are as many in a small stack as in a large one.
        assert!(calls <= 200 + 7 * resources, "{name}: {calls} calls for {resources} resources");
    }
}
