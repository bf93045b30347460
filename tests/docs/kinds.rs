//! docs/kinds.md: every kind of resource, from its typed struct and its rules.

use std::fmt::Write as _;

use drucloud::aws::kind::Kind;
use drucloud::aws::kinds::ALL;
use drucloud::model::schema::{Effect, Idempotency, ReplaceOrder, Rule, Schema};
use drucloud::stack::resources::kinds;

use super::rows::{Row, cell, rows};

const HEAD: &str = "\
# Kinds of resources

Every kind that drucloud makes, from the structs and rules in the code: this page is generated and held true by a test.
Sections of the stack expand to them; [`resources:`](stack.md#resources) takes any of them.

Every resource carries the tags `drucloud:stack`, `drucloud:env` and `drucloud:address`, by which it is found again,
`drucloud:born` (when it was made), `drucloud:applied` (digests of what was last applied: they tell drift from a change
of the stack), `Name`, and the tags of the stack. Where AWS takes no tags, the name, the description or a companion
tells the same; the kind's file says which.

What a change does is said in the words of CloudFormation: *no interruption*, *some interruption*, *replacement*, *on
creation only* (somebody else's afterwards, and never a change), or refused with why.

";

/// The page.
pub fn page() -> String {
    let mut sorted: Vec<&dyn Kind> = ALL.to_vec();
    sorted.sort_by_key(|kind| kind.schema().kind);
    let mut text = HEAD.to_owned();
    text.push_str("| kind | |\n|---|---|\n");
    for kind in &sorted {
        let schema = kind.schema();
        writeln!(text, "| [`{0}`](#{0}) | {1} |", schema.kind, schema.title).expect("text");
    }
    for kind in sorted {
        section(&mut text, kind);
    }
    text
}

fn section(text: &mut String, kind: &dyn Kind) {
    let schema = kind.schema();
    let whole = kinds::schema(schema.kind).expect("a schema");
    let described: Vec<&str> = whole["description"].as_str().unwrap_or_default().split_whitespace().collect();
    writeln!(text, "\n## {}\n\n{}. {}\n", schema.kind, schema.title, described.join(" ")).expect("text");
    text.push_str("| property | takes | default | a change is | meaning |\n|---|---|---|---|---|\n");
    for Row { path, kind, default, required, meaning } in
        rows(whole).into_iter().filter(|row| row.path != "kind")
    {
        let default = if required { "*required*".to_owned() } else { default };
        let change = if path.contains(['.', '[']) { "" } else { &change(schema, &path) };
        let cells = [kind, default, change.to_owned(), meaning].map(|text| cell(&text));
        writeln!(text, "| `{path}` | {} |", cells.join(" | ")).expect("text");
    }
    text.push('\n');
    for line in facts(kind) {
        writeln!(text, "- {line}").expect("text");
    }
}

/// What a change of a property does.
fn change(schema: &Schema, property: &str) -> String {
    match schema.rule(property) {
        Rule::When(_) => "depends on the values".to_owned(),
        Rule::Always(effect) => match effect {
            Effect::Initial => "on creation only".to_owned(),
            Effect::NoInterruption => "no interruption".to_owned(),
            Effect::SomeInterruption => "some interruption".to_owned(),
            Effect::Replacement => "replacement".to_owned(),
            Effect::Refused(why) => format!("refused: {why}"),
        },
    }
}

fn facts(kind: &dyn Kind) -> Vec<String> {
    let schema = kind.schema();
    let mut outputs = vec!["`id`".to_owned()];
    outputs.extend(schema.outputs.iter().map(|output| format!("`{output}`")));
    let order = match schema.order {
        ReplaceOrder::NewFirst => "the new one is made before the old one goes",
        ReplaceOrder::OldFirst => "the old one goes before the new one is made",
    };
    let repeated = match schema.idempotency {
        Idempotency::Token => "its create call takes a client token",
        Idempotency::UniqueName => "its name is unique",
        Idempotency::UniqueInParent => "it is unique in what it stands in",
        Idempotency::Upsert => "its create call overwrites",
        Idempotency::TagsOnly => "it is written down before, and found by its tags",
    };
    let expected = schema.expected;
    let mut facts = vec![
        format!("Outputs to refer to: {}.", outputs.join(", ")),
        format!("Replaced: {order}."),
        format!(
            "Expected times: {} to create, {} to change, {} to delete.",
            time(expected.create),
            time(expected.update),
            time(expected.delete)
        ),
        format!("Made once, although a lost answer is asked for again: {repeated}."),
    ];
    if let Some(data) = schema.data {
        facts.push(format!("Holds data: {data}. It is deleted only with `--allow-data-loss`."));
    }
    if !schema.after.is_empty() {
        let before: Vec<String> = schema.after.iter().map(|kind| format!("[{kind}](#{kind})")).collect();
        facts.push(format!("Comes after every {} of the environment.", before.join(", ")));
    }
    if kind.is_adoptable() {
        facts.push("`drucloud import` adopts one that was made elsewhere.".to_owned());
    }
    facts
}

fn time(seconds: u32) -> String {
    if seconds < 120 { format!("{seconds} s") } else { format!("{} min", seconds.div_ceil(60)) }
}
