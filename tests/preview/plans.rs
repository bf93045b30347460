//! Plans to be shown: of the shipped stacks from nothing, and of a large stack in which everything changes.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use drucloud::aws::kinds;
use drucloud::model::graph::Graph;
use drucloud::model::live::{Live, LiveState, Status};
use drucloud::model::plan::Plan;
use drucloud::model::planner::{self, Consent};
use drucloud::stack::facts::Facts;
use drucloud::stack::{Stack, expand};
use drucloud::ui::plan::Context;

/// The project's root.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// What stands above a plan.
pub fn context() -> Context {
    Context {
        stack: "drucloud".into(),
        env: "prod".into(),
        account: Some("123456789012".into()),
        region: "us-east-1".into(),
        endpoint: None,
    }
}

/// The graph of the first environment of a stack.
pub fn graph(name: &str, text: &str) -> Graph {
    let stack = Stack::parse(name, text).unwrap_or_else(|report| panic!("{name}: {:?}", report.problems()));
    let environment = &stack.environments()[0];
    expand::expand(environment, &Facts::assumed(environment), &kinds::catalog()).expect("resources")
}

/// The shipped stacks, by name.
pub fn shipped() -> BTreeMap<String, String> {
    let entries = fs::read_dir(root().join("stacks")).expect("the stacks");
    let paths = entries.map(|entry| entry.expect("a file").path());
    let yaml = paths.filter(|path: &PathBuf| path.extension().is_some_and(|extension| extension == "yaml"));
    let read = |path: PathBuf| {
        let name = path.file_name().expect("a name").to_string_lossy().into_owned();
        (name, fs::read_to_string(&path).expect("a stack"))
    };
    yaml.map(read).collect()
}

/// What there is after a graph was applied by somebody who keeps no record; references have made-up answers.
pub fn there(graph: &Graph) -> LiveState {
    let answer = |reference: &drucloud::model::address::Reference| {
        Some(format!("{}-{}", reference.address.short(), reference.output))
    };
    let live = |node: &drucloud::model::graph::Node| Live {
        address: node.address.clone(),
        kind: node.schema.kind,
        id: format!("{}-id", node.address.short()),
        born: Some(1000),
        status: Status::Ready,
        spec: (node.schema.canonical)(&node.spec.resolve(&answer)),
        outputs: node
            .schema
            .outputs
            .iter()
            .map(|name| ((*name).to_owned(), format!("{}-{name}", node.address.short())))
            .collect(),
        tags: BTreeMap::new(),
        protected: false,
    };
    graph.in_order().map(live).collect()
}

/// The plan from one text of a stack to another.
pub fn change(from: &str, to: &str) -> Plan {
    let (old, new) = (graph("x.yaml", from), graph("x.yaml", to));
    planner::plan(&new, &there(&old), &kinds::catalog(), &Consent::Everything)
}

/// The plan that makes a stack.
pub fn first(text: &str) -> Plan {
    planner::plan(&graph("x.yaml", text), &LiveState::default(), &kinds::catalog(), &Consent::Nothing)
}

/// A stack of so many log groups and security groups; with other words each of them changes.
pub fn large(logs: usize, groups: usize, days: u32, word: &str) -> String {
    let logs =
        (0..logs).map(|number| format!("  log-{number}: {{ kind: log_group, retention_days: {days} }}\n"));
    let groups = (0..groups).map(|number| {
        format!(
            "  group-{number}: {{ kind: security_group, vpc: '${{network.vpc.id}}', description: {word} }}\n"
        )
    });
    let resources: String = logs.chain(groups).collect();
    format!("stack: large\nregion: us-east-1\nresources:\n{resources}environments: {{ e: {{}} }}\n")
}
