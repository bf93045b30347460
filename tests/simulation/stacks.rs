//! The stacks of the repository, and changes of them, as graphs.

use std::path::{Path, PathBuf};

use drucloud::aws::kinds;
use drucloud::model::graph::Graph;
use drucloud::stack::facts::Facts;
use drucloud::stack::{Stack, expand};

/// Every stack file of the repository.
pub fn files() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("stacks");
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder)
        .expect("the stacks")
        .map(|entry| entry.expect("a file").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "yaml"))
        .collect();
    files.sort();
    assert!(!files.is_empty());
    files
}

/// The graphs of a stack text, by environment.
pub fn graphs(name: &str, text: &str) -> Vec<(String, Graph)> {
    let stack = Stack::parse(name, text).unwrap_or_else(|report| panic!("{name}: {:?}", report.problems()));
    let catalog = kinds::catalog();
    let graph = |environment| {
        expand::expand(environment, &Facts::assumed(environment), &catalog)
            .expect("resources that hang together")
    };
    stack.environments().iter().map(|e| (format!("{name}/{}", e.name), graph(e))).collect()
}

/// Every environment of every stack.
pub fn all() -> Vec<(String, Graph)> {
    let read = |path: PathBuf| {
        let text = std::fs::read_to_string(&path).expect("a stack");
        graphs(&path.file_name().expect("a name").to_string_lossy(), &text)
    };
    files().into_iter().flat_map(read).collect()
}

/// A stack of every section with the given values: the ground on which a change is tried.
pub fn with(nat: &str, instance: &str, engine: &str, flow_logs: bool) -> Graph {
    let text = format!(
        "stack: s\nregion: us-east-1\nnetwork: {{nat: {nat}, flow_logs: {flow_logs}}}\n\
         web: {{instance: {instance}}}\ndatabase: {{engine: {engine}, replicas: 1}}\ncache: {{}}\n\
         media: {{cdn: true}}\nsearch: {{instance: {instance}}}\nfiles: {{nodes: 2}}\ncontrol: {{}}\n\
         mail: {{from: site@example.org}}\nmonitoring: {{email: ops@example.org, alarms: {{}}}}\n\
         environments: {{e: {{}}}}\n"
    );
    graphs("change.yaml", &text).remove(0).1
}
