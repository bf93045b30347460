//! src/aws/permissions/calls.txt: which operations each kind calls, collected from its source.
//!
//! Every call maps its errors with the operation's name (`error::create("ec2:CreateVpc")`), so the sources tell what
//! is called and what for. A kind's calls are those of its own file and folder, and of the modules beside it whose
//! functions it uses.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use drucloud::aws::kinds::ALL;

use super::{root, sources};

/// What a call is for, as the sources say it, and in the words of the list.
const CLASSES: [(&str, &str); 6] = [
    ("read", "read"),
    ("create", "create"),
    ("update", "update"),
    ("delete", "delete"),
    ("item_of_create", "create"),
    ("item_of_delete", "delete"),
];
/// How the names of operations begin that change nothing, whatever they are asked for.
const QUESTIONS: [&str; 5] = ["Describe", "Get", "Head", "List", "Simulate"];

/// Operations by what they are for.
type Calls = BTreeMap<&'static str, BTreeSet<String>>;

/// The list.
pub fn list() -> String {
    let modules = modules(&root().join("src/aws/kinds"));
    let mut text = String::new();
    for kind in ALL {
        let kind = kind.schema().kind;
        put(&mut text, kind, &calls(&reachable(&modules, kind)));
    }
    put(&mut text, "engine", &calls(&files(&["notes.rs", "client.rs", "index.rs", "lookup.rs"])));
    put(&mut text, "preflight", &calls(&folder(&root().join("src/aws/preflight"))));
    put(&mut text, "commands", &calls(&commands()));
    text
}

/// All that is neither a kind's, nor the engine's, nor the preflight's.
fn commands() -> String {
    let others =
        ["kinds", "preflight", "permissions", "notes.rs", "client.rs", "index.rs", "lookup.rs", "error.rs"];
    let mut entries: Vec<_> = fs::read_dir(root().join("src/aws"))
        .expect("a folder")
        .map(|entry| entry.expect("an entry").file_name())
        .collect();
    entries.sort();
    let names: Vec<&str> =
        entries.iter().filter_map(|name| name.to_str()).filter(|name| !others.contains(name)).collect();
    files(&names)
}

fn put(text: &mut String, owner: &str, calls: &Calls) {
    assert!(!calls.is_empty(), "`{owner}` calls nothing");
    for (class, operations) in calls {
        let operations: Vec<&str> = operations.iter().map(String::as_str).collect();
        writeln!(text, "{owner} {class} {}", operations.join(" ")).expect("text");
    }
}

/// The text of each module of a folder, its submodules' included, tests left out.
fn modules(path: &Path) -> BTreeMap<String, String> {
    let mut modules = BTreeMap::new();
    for entry in fs::read_dir(path).expect("a folder") {
        let path = entry.expect("an entry").path();
        let name = path.file_stem().expect("a name").to_string_lossy().into_owned();
        let text = if path.is_dir() { folder(&path) } else { source(&path) };
        let module: &mut String = modules.entry(name).or_default();
        module.push_str(&text);
    }
    modules
}

fn files(names: &[&str]) -> String {
    let of = |name: &&str| {
        let path = root().join("src/aws").join(name);
        if path.is_dir() { folder(&path) } else { source(&path) }
    };
    names.iter().map(of).collect()
}

fn folder(path: &Path) -> String {
    let mut found = Vec::new();
    sources(path, &mut found);
    found.sort();
    found.iter().map(|path| source(path)).collect()
}

fn source(path: &Path) -> String {
    let text = fs::read_to_string(path).expect("a source");
    text.split("\n#[cfg(test)]\nmod tests").next().unwrap_or_default().to_owned()
}

/// The text of a module and of all whose functions it uses, however indirectly.
fn reachable(modules: &BTreeMap<String, String>, from: &str) -> String {
    let mut seen = BTreeSet::new();
    let mut open = vec![from];
    let mut text = String::new();
    while let Some(name) = open.pop() {
        let module = modules.get(name).unwrap_or_else(|| panic!("no module `{name}`"));
        if seen.insert(name) {
            text.push_str(module);
            open.extend(modules.keys().filter(|other| uses(module, other)).map(String::as_str));
        }
    }
    text
}

/// Whether a text calls a function of that module: `ec2::interfaces(`.
fn uses(text: &str, module: &str) -> bool {
    let pattern = format!("{module}::");
    text.match_indices(&pattern).any(|(at, _)| {
        let before = text[..at].chars().next_back();
        let own_word = !before.is_some_and(|c| c.is_ascii_alphanumeric() || c == '_');
        let name =
            text[at + pattern.len()..].split(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).next();
        own_word && name.is_some_and(|name| name.starts_with(|c: char| c.is_ascii_lowercase()))
    })
}

/// The operations that a text names, by what they are for.
fn calls(text: &str) -> Calls {
    let mut calls = Calls::new();
    for (at, _) in text.match_indices("error::") {
        let rest = &text[at + "error::".len()..];
        let Some((function, rest)) = rest.split_once('(') else { continue };
        let Some((_, class)) = CLASSES.iter().find(|(name, _)| *name == function) else { continue };
        let argument = rest.split([')', ',']).next().unwrap_or_default().trim();
        let Some(name) = literal(argument).or_else(|| constant(text, argument)) else { continue };
        let operation = name.split(':').nth(1).unwrap_or_default();
        let class = if QUESTIONS.iter().any(|start| operation.starts_with(start)) { "read" } else { class };
        calls.entry(class).or_default().insert(name.to_owned());
    }
    calls
}

fn literal(argument: &str) -> Option<&str> {
    argument.strip_prefix('"')?.strip_suffix('"').filter(|name| name.contains(':'))
}

/// The text of a constant of that name.
fn constant<'t>(text: &'t str, name: &str) -> Option<&'t str> {
    let rest = text.split(&format!("const {name}: &str = ")).nth(1)?;
    literal(rest.split(';').next()?.trim())
}
