//! Documents that derive from the code, held true: `UPDATE_DOCS=1 cargo test --test docs` writes them anew.

use std::fs;
use std::path::{Path, PathBuf};

#[path = "docs/calls.rs"]
mod calls;
#[path = "docs/effects.rs"]
mod effects;
#[path = "docs/findings.rs"]
mod findings;
#[path = "docs/house.rs"]
mod house;
#[path = "docs/kinds.rs"]
mod kinds;
#[path = "docs/permissions.rs"]
mod permissions;
#[path = "docs/preflight.rs"]
mod preflight;
#[path = "docs/rows.rs"]
mod rows;
#[path = "docs/stack.rs"]
mod stack;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

/// The document is as the code would write it.
fn hold(path: &str, wanted: &str) {
    let path = root().join(path);
    if std::env::var_os("UPDATE_DOCS").is_some() {
        fs::write(&path, wanted).expect("written");
    }
    let found = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        found == wanted,
        "{} is not up to date: run `UPDATE_DOCS=1 cargo test --test docs`",
        path.display()
    );
}

#[test]
fn the_list_of_calls_is_that_of_the_sources() {
    hold("src/aws/permissions/calls.txt", &calls::list());
}

#[test]
fn permissions_are_those_of_the_calls() {
    hold("docs/permissions.md", &permissions::page());
}

#[test]
fn the_reference_of_the_preflight_is_that_of_its_rules() {
    hold("docs/preflight.md", &preflight::page());
}

#[test]
fn the_reference_of_the_stack_is_that_of_its_schema() {
    hold("docs/stack.md", &stack::page());
}

#[test]
fn the_reference_of_the_kinds_is_that_of_their_structs() {
    hold("docs/kinds.md", &kinds::page());
}

#[tokio::test(start_paused = true)]
async fn the_effects_of_changes_are_those_of_the_planner() {
    effects::complete();
    hold("docs/effects.md", &effects::page().await);
}

#[test]
fn the_findings_are_those_of_the_registry() {
    hold("docs/findings.md", &findings::page());
}

#[test]
fn the_readme_names_every_exit_code_and_command() {
    let readme = fs::read_to_string(root().join("README.md")).expect("the README");
    for code in ["| 0 |", "| 1 |", "| 2 |", "| 3 |", "| 4 |", "| 5 |", "| 130 |"] {
        assert!(readme.contains(code), "{code}");
    }
    let makefile = fs::read_to_string(root().join("Makefile")).expect("the Makefile");
    for target in
        ["up", "plan", "destroy", "test", "lint", "bench", "sandbox", "sandbox-stop", "help", "build"]
    {
        assert!(makefile.contains(&format!("\n{target}:")), "{target}");
    }
}
