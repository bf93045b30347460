//! The architecture as a picture: zones, tiers and what stands in them, in SVG that needs nothing else to be seen.
//!
//! A function of the plan or the graph and of nothing else, so that the same environment always looks the same. What
//! happens to a resource is said by colour, by sign and in words: colour alone is not seen by everybody.

mod aside;
mod cards;
mod layout;
mod scene;
mod svg;
mod tiers;

use crate::model::graph::Graph;
use crate::model::plan::Plan;

use super::plan::Context;

/// The environment as the plan changes it.
pub fn plan_diagram(plan: &Plan, context: &Context) -> String {
    let scene = scene::Scene::of_plan(plan);
    svg::write(&layout::draw(&scene), &format!("{} in {}", context.name(), context.region))
}

/// The environment as the stack describes it.
pub fn stack_diagram(graph: &Graph, context: &Context) -> String {
    let scene = scene::Scene::of_graph(graph);
    svg::write(&layout::draw(&scene), &format!("{} in {}", context.name(), context.region))
}

#[cfg(test)]
#[path = "diagram/tests.rs"]
mod tests;
