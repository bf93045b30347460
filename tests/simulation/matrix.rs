//! The crash matrix: every call that changes something, three moments, fresh and lagging reads.

use drucloud::model::graph::Graph;
use drucloud::model::planner::Consent;
use drucloud::run::sim::story::{self, Goal};
use drucloud::run::sim::{Chaos, Moment};

use crate::law::{cloud, gone, made, run};
use crate::stacks;

/// Kills a command at every call and lets the next run finish it; how many cases there were.
async fn matrix(before: Option<&Graph>, goal: Goal<'_>, consent: &Consent) -> u64 {
    let mut cases = 0;
    for lag in [0, 15_000] {
        for moment in [Moment::Before, Moment::Lost, Moment::Answered] {
            for call in 1.. {
                let case = format!("lag {lag} ms, {moment:?} call {call}");
                let sim = cloud(call, Chaos { partial: 0.3, ..Chaos::CALM });
                if let Some(graph) = before {
                    run(&sim, Goal::Up(graph), consent, 1, &case).await;
                }
                sim.behave(Chaos { lag, ..Chaos::CALM }.killed_at(call, moment));
                if story::mortal(&sim, &goal, consent, 2).await.is_some() {
                    break;
                }
                cases += 1;
                sim.behave(Chaos { lag, ..Chaos::CALM });
                run(&sim, goal, consent, 3, &case).await;
                match goal {
                    Goal::Up(graph) => made(&sim, graph, &case).await,
                    Goal::Destroy => gone(&sim, &case),
                }
            }
        }
    }
    cases
}

/// The number that stands after a text in docs/reliability.md.
fn documented(row: &str) -> u64 {
    let docs = include_str!("../../docs/reliability.md");
    let line = docs
        .lines()
        .find(|line| line.contains(row))
        .unwrap_or_else(|| panic!("docs/reliability.md has no row `{row}`"));
    let number = line.split('|').map(str::trim).find_map(|cell| cell.replace(',', "").parse().ok());
    number.unwrap_or_else(|| panic!("docs/reliability.md has no number in the row `{row}`"))
}

#[tokio::test(start_paused = true)]
async fn killed_anywhere_in_up_the_next_run_converges() {
    let graph = stacks::with("per-zone", "m7g.large", "mysql-8.4", true);
    let cases = matrix(None, Goal::Up(&graph), &Consent::Nothing).await;
    assert!(cases >= documented("killed in up"), "docs/reliability.md promises more than {cases}");
}

#[tokio::test(start_paused = true)]
async fn killed_anywhere_in_an_update_with_replacements_the_next_run_converges() {
    let before = stacks::with("per-zone", "m7g.large", "mysql-8.4", false);
    let after = stacks::with("single", "m7i.large", "mariadb-11.4", true);
    let cases = matrix(Some(&before), Goal::Up(&after), &Consent::Everything).await;
    assert!(cases >= documented("killed in an update"), "docs/reliability.md promises more than {cases}");
}

#[tokio::test(start_paused = true)]
async fn killed_anywhere_in_destroy_the_next_run_converges() {
    let graph = stacks::with("per-zone", "m7g.large", "mysql-8.4", true);
    let cases = matrix(Some(&graph), Goal::Destroy, &Consent::Everything).await;
    assert!(cases >= documented("killed in destroy"), "docs/reliability.md promises more than {cases}");
}
