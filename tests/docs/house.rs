//! The house as docs/architecture.md has it: which folder imports which, and that what is decided and run has no clock
//! but tokio's.

use std::fs;
use std::path::PathBuf;

use super::{root, sources};

const FOLDERS: [&str; 8] = ["model", "run", "deploy", "aws", "stack", "price", "ui", "cli"];

/// What reads the machine's clock or starts what runs by itself: nothing of it can be simulated.
const BANNED: [&str; 7] = [
    "SystemTime",
    "std::time::Instant",
    "Timestamp::now",
    "Zoned::now",
    "thread::sleep",
    "thread::spawn",
    "tokio::spawn",
];

/// The lines of code of a folder, each with its file.
fn code(folder: &str) -> Vec<(PathBuf, String)> {
    let mut files = Vec::new();
    sources(&root().join("src").join(folder), &mut files);
    let lines = files.into_iter().flat_map(|file| {
        let text = fs::read_to_string(&file).expect("a source");
        text.lines().map(|line| (file.clone(), line.trim().to_owned())).collect::<Vec<_>>()
    });
    lines.filter(|(_, line)| !line.starts_with("//")).collect()
}

/// What a folder may import, as its row of the table says.
fn may_import(page: &str, folder: &str) -> Vec<String> {
    let row = page.lines().find(|line| line.starts_with(&format!("| `{folder}/` |"))).expect(folder);
    let cell = row.trim_end_matches(" |").rsplit(" | ").next().expect("a last cell");
    let named = cell.split('`').skip(1).step_by(2).map(str::to_owned);
    if cell == "all" { FOLDERS.map(str::to_owned).into() } else { named.collect() }
}

#[test]
fn folders_import_what_the_page_says() {
    let page = fs::read_to_string(root().join("docs/architecture.md")).expect("the page");
    for folder in FOLDERS {
        let may = may_import(&page, folder);
        for (file, line) in code(folder) {
            for (at, root) in line.match_indices("crate::") {
                let path = &line[at + root.len()..];
                let is = |name: &str| path.strip_prefix(name).is_some_and(|rest| rest.starts_with("::"));
                let allowed = is(folder) || may.iter().any(|name| is(name));
                let other = FOLDERS.into_iter().any(is) && !allowed;
                assert!(!other, "{}: `{folder}/` may import {may:?}: {line}", file.display());
            }
        }
    }
}

#[test]
fn what_is_decided_and_run_knows_no_clock_but_tokios() {
    for folder in ["model", "run", "deploy"] {
        for (file, line) in code(folder) {
            let found = BANNED.into_iter().find(|banned| line.contains(banned));
            assert_eq!(found, None, "{}: {line}", file.display());
        }
    }
}

#[test]
fn what_failed_when_an_idea_was_taken_out_is_there() {
    let page = fs::read_to_string(root().join("docs/reliability.md")).expect("the page");
    let (_, tried) = page.split_once("## Tried by mutation").expect("the section");
    let rows = tried.lines().filter(|line| line.starts_with("| ") && !line.starts_with("| idea"));
    let cells = rows.filter_map(|row| row.trim_end_matches(" |").rsplit(" | ").next());
    let names: Vec<&str> = cells.flat_map(|cell| cell.split('`').skip(1).step_by(2)).collect();
    assert!(names.len() > 50, "{names:?}");
    let mut files = Vec::new();
    for folder in ["src", "tests"] {
        sources(&root().join(folder), &mut files);
    }
    let code: String = files.iter().map(|file| fs::read_to_string(file).expect("a source")).collect();
    let is_there = |name: &&&str| name.contains('.') || code.contains(&format!("fn {name}("));
    let gone: Vec<&&str> = names.iter().filter(|name| !is_there(name)).collect();
    assert_eq!(gone, [&""; 0]);
}
