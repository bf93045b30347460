//! The examples of docs/previews.md are real: `UPDATE_DOCS=1 cargo nextest run --test binary previews` writes them anew.

use std::collections::BTreeMap;
use std::fs;

use serde_json::Value;

use crate::sandbox::{Sandbox, root};
use crate::stack::{STACK, changed};

/// The text before the examples, and between them.
const INTRODUCTION: &str = include_str!("previews/introduction.md");
/// Where the page is.
const PAGE: &str = "docs/previews.md";

/// A change as it comes with a pull request: larger machines, a larger disk, one NAT gateway less.
const CHANGE: [(&str, &str); 3] = [
    ("web:\n  instance: m7g.large", "web:\n  instance: m7g.xlarge"),
    ("storage: 100 GiB", "storage: 200 GiB"),
    ("nat: per-zone #", "nat: single #"),
];

/// The output with what differs from run to run made the same: ids by their order, and where the sandbox listens.
fn steady(text: &str, sandbox: &Sandbox) -> String {
    // On AWS itself there is no endpoint to be told.
    let account = "account 123456789012";
    let mut text = text.to_owned();
    for endpoint in [sandbox.endpoint.clone(), sandbox.endpoint.replace(':', "&#58;")] {
        for between in [", ", ",\n  "] {
            text = text.replace(&format!("{account}{between}endpoint {endpoint}"), account);
            text = text.replace(&format!("{account}, endpoint\n  {endpoint}"), account);
        }
        text = text.replace(&format!("endpoint {endpoint}"), account);
    }
    let home = sandbox.home().to_str().expect("a plain path").to_owned() + "/";
    let text = text.replace(&home, "stacks/").replace(&home.replace('_', "&#95;"), "stacks/");
    let mut known: BTreeMap<String, usize> = BTreeMap::new();
    let mut found = String::new();
    let mut word = String::new();
    for c in text.chars().chain(['\n']) {
        if c.is_ascii_alphanumeric() || c == '-' {
            word.push(c);
            continue;
        }
        found.push_str(&id(&word, c == '…', &mut known));
        word.clear();
        found.push(c);
    }
    found.pop();
    found
}

/// `vpc-0a1b2c3d4e5f67890` becomes `vpc-1`, the next one `vpc-2`, and so does what is nothing but such digits; the
/// fingerprint at the end of a name, which follows from ids, becomes `xxxxxx`, and what is left of a digest that is
/// `cut` short `digest-3`. What is neither stays.
fn id(word: &str, cut: bool, known: &mut BTreeMap<String, usize>) -> String {
    let hexadecimal = |digits: &str| {
        digits.chars().all(|c| c.is_ascii_hexdigit()) && digits.contains(|c: char| c.is_ascii_digit())
    };
    let (kind, digits) = word.rsplit_once('-').map_or(("id", word), |(kind, digits)| (kind, digits));
    if digits.len() >= 8 && hexadecimal(digits) && (word.contains('-') || digits.len() >= 16) {
        let next = known.len() + 1;
        return format!("{kind}-{}", *known.entry(word.to_owned()).or_insert(next));
    }
    if cut && word.len() == 12 && hexadecimal(word) {
        let next = known.len() + 1;
        return format!("digest-{}", *known.entry(word.to_owned()).or_insert(next));
    }
    if digits.len() == 6 && digits.chars().all(|c| c.is_ascii_hexdigit()) && kind.starts_with("drucloud-") {
        return format!("{kind}-xxxxxx");
    }
    word.to_owned()
}

fn page(sandbox: &Sandbox) -> String {
    sandbox.up(STACK, "sandbox");
    let stack = changed(sandbox, "drucloud.yaml", &CHANGE);
    let file = |name: &str| sandbox.path(name).to_str().expect("a plain path").to_owned();
    let [markdown, json, gitlab, saved] = ["plan.md", "plan.json", "gitlab.json", "saved.json"].map(file);
    let consent = ["--allow-data-loss", "all"];
    let files = ["--markdown", &markdown, "--json", &json, "--gitlab", &gitlab, "--out", &saved];
    let text =
        sandbox.run(&[&["plan", &stack, "--env", "sandbox"][..], &consent, &files].concat()).with(2).out;
    let read = |path: &str| fs::read_to_string(path).expect("a file");
    let plan: Value = serde_json::from_str(&read(&json)).expect("JSON");
    let changes = plan["resource_changes"].as_array().expect("changes");
    let entry = changes.iter().find(|one| one["address"] == "web.group").expect("the group");
    let mut large = CHANGE.to_vec();
    large.push(("region: us-east-1\n", "region: us-east-1\ntags: { cost-center: platform }\n"));
    let all = changed(sandbox, "all.yaml", &large);
    let short = ["--format", "markdown", "--max-chars", "20000"];
    let large =
        sandbox.run(&[&["plan", &all, "--env", "sandbox"][..], &consent, &short].concat()).with(2).out;
    sandbox.run(&["up", STACK, "--env", "sandbox", "--yes", "--only", "web"]).with(0);
    let other =
        changed(sandbox, "other.yaml", &[("web:\n  instance: m7g.large", "web:\n  instance: m7g.2xlarge")]);
    sandbox.run(&["up", &other, "--env", "sandbox", "--yes", "--only", "web"]).with(0);
    let refused = sandbox.run(&["apply", &saved]).with(3).err;
    let refused =
        refused.lines().skip_while(|line| !line.contains("AWS is not as it was")).collect::<Vec<_>>();
    let sections = large.lines().find(|line| line.starts_with("## ")).unwrap_or_default();
    assert!(sections.contains("to change") && large.contains("**Not shown**"), "{sections}");
    let examples = [
        ("TEXT", text),
        ("MARKDOWN", read(&markdown)),
        ("JSON", format!("{entry:#}\n")),
        ("GITLAB", read(&gitlab)),
        ("REFUSED", refused.join("\n") + "\n"),
        ("LARGE", large),
    ];
    let mut page = INTRODUCTION.to_owned();
    for (name, example) in examples {
        let mark = format!("@{name}@\n");
        assert_eq!(page.matches(&mark).count(), 1, "{mark}");
        page = page.replace(&mark, &steady(&example, sandbox));
    }
    page
}

#[test]
fn the_examples_are_real() {
    let sandbox = Sandbox::start();
    let wanted = page(&sandbox);
    let path = root().join(PAGE);
    if std::env::var_os("UPDATE_DOCS").is_some() {
        fs::write(&path, &wanted).expect("written");
    }
    let found = fs::read_to_string(&path).unwrap_or_default();
    for (number, (wanted, found)) in wanted.lines().zip(found.lines()).enumerate() {
        assert_eq!(
            found,
            wanted,
            "{PAGE}:{}: run `UPDATE_DOCS=1 cargo nextest run --test binary previews`",
            number + 1
        );
    }
    assert_eq!(found.lines().count(), wanted.lines().count());
}
