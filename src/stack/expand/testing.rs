//! What the tests of sections share: a section as a graph, as if it were applied, and what a change of it does.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::aws::kinds;
use crate::model::graph::Graph;
use crate::model::live::{Live, LiveState, Status};
use crate::model::plan::{Action, Step};
use crate::model::planner::{self, Consent};
use crate::model::schema::Effect;
use crate::stack::Stack;
use crate::stack::facts::Facts;

use super::expand;

/// The resources of a stack of these sections.
pub fn graph(sections: &str) -> Graph {
    let stack = Stack::parse("site.yaml", &format!("stack: site\n{sections}\n")).unwrap();
    let environment = stack.environments().first().unwrap();
    expand(environment, &Facts::assumed(environment), &kinds::catalog()).unwrap()
}

/// A property of one of them; null if it has none of that name.
pub fn property(graph: &Graph, address: &str, name: &str) -> Value {
    let node = graph.get(&address.parse().unwrap()).unwrap();
    node.spec.get(name).cloned().unwrap_or(Value::Null)
}

/// Everything of a graph as if it had been applied.
pub fn applied(graph: &Graph) -> LiveState {
    let nodes = graph.in_order().map(|node| {
        let spec =
            node.spec.resolve(&|reference| Some(format!("{}#{}", reference.address, reference.output)));
        let spec = (node.schema.canonical)(&spec);
        let count = spec.get("nodes").and_then(Value::as_u64).unwrap_or(0);
        let exists = |output: &&&str| {
            output.strip_prefix("node_").is_none_or(|number| number.parse::<u64>().unwrap() <= count)
        };
        let outputs = node.schema.outputs.iter().filter(exists);
        Live {
            address: node.address.clone(),
            kind: node.schema.kind,
            id: format!("{}#id", node.address),
            born: None,
            status: Status::Ready,
            outputs: outputs
                .map(|output| ((*output).to_owned(), format!("{}#{output}", node.address)))
                .collect(),
            spec,
            tags: BTreeMap::new(),
            protected: false,
        }
    });
    nodes.collect()
}

/// What a plan does, a line a step: what, where, and of a change in which properties with what effect.
pub fn effects(before: &str, after: &str) -> Vec<String> {
    let (before, after) = (graph(before), graph(after));
    let plan = planner::plan(&after, &applied(&before), &kinds::catalog(), &Consent::default());
    assert!(plan.blocked.is_empty(), "{:?}", plan.blocked);
    let line = |step: &Step| {
        let verb = match step.action {
            Action::Create => "create",
            Action::Update { .. } => "update",
            Action::Replace { .. } => "replace",
            Action::Delete => "delete",
            Action::Await => "await",
        };
        let changes = step.changes().iter().map(|change| {
            let effect = match change.effect {
                Effect::SomeInterruption => "!",
                Effect::Replacement => "!!",
                _ => "",
            };
            format!(" {}{effect}", change.property)
        });
        format!("{verb} {}{}", step.address, changes.collect::<String>())
    };
    // The new one of a replacement tells of both.
    let replaced: Vec<_> =
        plan.steps.iter().filter(|step| matches!(step.action, Action::Replace { .. })).collect();
    let is_old = |step: &&Step| {
        matches!(step.action, Action::Delete) && replaced.iter().any(|new| new.address == step.address)
    };
    let mut lines: Vec<String> = plan.steps.iter().filter(|step| !is_old(step)).map(line).collect();
    lines.sort_unstable();
    lines
}
