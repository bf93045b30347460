//! docs/effects.md: for every key of every section a change of it, and the plan that follows.
//!
//! The environment is made on the simulated cloud once; each change is planned against what stands there.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use drucloud::aws::kinds;
use drucloud::aws::lookup::PublicZone;
use drucloud::model::graph::Graph;
use drucloud::model::live::LiveState;
use drucloud::model::plan::{Action, Plan, Reason, Step};
use drucloud::model::planner::{self, Consent};
use drucloud::run::sim::story::{self, Goal};
use drucloud::run::sim::{Chaos, Sim};
use drucloud::stack::facts::{Facts, MailFacts};
use drucloud::stack::{Stack, expand, json_schema};

use super::rows::{cell, rows};

const HEAD: &str = "\
# What a change of the stack does

For every key of every section one change, and what `drucloud plan` makes of it in an environment that has all
sections: the smallest set of resources that has to be touched. This page is generated on the simulated cloud and held
true by a test. A change of a value back to its default has the same effect as any other.

*changed*: in place, without interruption unless it says so. *replaced*: a new one is made and the old one deleted,
in the order given. *refused*: the plan is blocked and says why.

";

/// The environment before each change: every section is there.
const BEFORE: &str = "\
stack: s
region: us-east-1
site: { domain: www.example.org, source: { git: 'https://git.example.org/site.git' } }
network: {}
web: {}
database: { replicas: 1 }
cache: {}
media: {}
search: {}
files: {}
control: {}
mail: {}
monitoring: { email: ops@example.org }
";

include!("effects/changes.rs");

/// The page.
pub async fn page() -> String {
    let ground = Ground::make().await;
    let mut text = HEAD.to_owned();
    let mut section = "";
    for Row(key, from, to, overlay) in CHANGES {
        let of = key.split('.').next().unwrap_or(key);
        if of != section {
            section = of;
            writeln!(text, "\n## {section}\n\n| key | from | to | effect |\n|---|---|---|---|")
                .expect("text");
        }
        let effect = ground.effect(key, overlay);
        let quoted =
            |value: &str| if value.is_empty() { String::new() } else { format!("`{}`", cell(value)) };
        writeln!(text, "| `{key}` | {} | {} | {} |", quoted(from), quoted(to), cell(&effect)).expect("text");
    }
    text
}

/// Every key that a section knows has its row, and no row names a key that is not known.
pub fn complete() {
    // The budget, findings and policies are about plans and make no resource.
    let without_rows = ["stack", "region", "resources", "environments", "budget", "findings", "policies"];
    let sections = json_schema()["properties"].as_object().expect("sections");
    let mut known = BTreeSet::new();
    for (name, schema) in sections.iter().filter(|(name, _)| !without_rows.contains(&name.as_str())) {
        let keys = rows(schema);
        let whole = |path: &str| keys.iter().any(|row| row.path.starts_with(&format!("{path}.")));
        let entry = |path: &str| path.contains("[]") || path.contains('*');
        known.extend(
            keys.iter()
                .filter(|row| !whole(&row.path) && !entry(&row.path))
                .map(|row| format!("{name}.{}", row.path)),
        );
    }
    let told: BTreeSet<String> = CHANGES.iter().map(|Row(key, ..)| (*key).to_owned()).collect();
    let missing: Vec<&String> =
        known.iter().filter(|key| !told.contains(*key) && !SILENT.contains(&key.as_str())).collect();
    assert!(missing.is_empty(), "changes.rs has no row for {missing:?}");
}

/// The simulated cloud with the environment in it.
struct Ground {
    live: LiveState,
    sim: Sim,
    zone: String,
}

impl Ground {
    async fn make() -> Self {
        let sim = Sim::new(kinds::catalog(), 1, Chaos::CALM);
        up(&sim, &graph("before", "", None), 1).await;
        // The simulated cloud has no zones but the environment's own: its private one stands in for the public one.
        let mut zones = sim.existing().into_iter().filter(|thing| thing.schema.kind == "hosted_zone");
        let zone = zones.next().expect("the private zone").id;
        let live = up(&sim, &graph("before", "", Some(&zone)), 2).await;
        Self { live, sim, zone }
    }

    fn effect(&self, key: &str, overlay: &str) -> String {
        use drucloud::run::cloud::Cloud as _;
        let graph = graph(key, overlay, Some(&self.zone));
        words(&planner::plan(&graph, &self.live, self.sim.catalog(), &Consent::Everything))
    }
}

/// Makes it as the graph says; what is there then.
async fn up(sim: &Sim, graph: &Graph, run: u64) -> LiveState {
    let told = story::command(sim, &Goal::Up(graph), &Consent::Nothing, run).await.expect("a run");
    assert!(told.outcome.complete(), "{:?}", told.outcome.failed);
    let (plan, mut live) = story::plan(sim, &Goal::Up(graph), &Consent::Nothing).await.expect("a plan");
    assert!(plan.is_empty(), "the environment does not settle");
    // A list tells things in the order in which they were made, and that is chance.
    live.resources.sort_by(|a, b| a.address.cmp(&b.address));
    live
}

/// The environment with a change, in an account that may have the zone of the site and of its mail.
fn graph(name: &str, overlay: &str, zone: Option<&str>) -> Graph {
    let change = if overlay.is_empty() { "{}" } else { overlay };
    let text = format!("{BEFORE}environments:\n  e:\n    {}\n", change.replace('\n', "\n    "));
    let stack = Stack::parse(name, &text);
    let stack = stack.unwrap_or_else(|report| panic!("{name}: {:?}\n{text}", report.problems()));
    let environment = &stack.environments()[0];
    let zone = zone.map(|id| PublicZone { id: id.to_owned(), name: "example.org".to_owned() });
    let assumed = Facts::assumed(environment);
    let mail = MailFacts { zone: zone.clone(), ..assumed.mail.clone() };
    let facts = Facts { public_zone: zone, mail, ..assumed };
    expand::expand(environment, &facts, &kinds::catalog()).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// A plan in a cell of the table.
fn words(plan: &Plan) -> String {
    let mut parts = Vec::new();
    for blocked in &plan.blocked {
        parts.push(format!("*refused*: `{}` {}", blocked.address, blocked.why));
    }
    let told = |step: &&Step| step.reason != Reason::Replaced;
    let named = |title: &str, wanted: fn(&Step) -> bool| {
        let steps: Vec<String> =
            plan.steps.iter().filter(told).filter(|step| wanted(step)).map(one).collect();
        match steps.len() {
            0 => None,
            1..=8 => Some(format!("*{title}* {}", steps.join(", "))),
            many => Some(format!("*{title}* {many} resources: {}, ...", steps[..6].join(", "))),
        }
    };
    parts.extend(named("added", |step| matches!(step.action, Action::Create)));
    parts.extend(named("changed", |step| matches!(step.action, Action::Update { .. })));
    parts.extend(named("replaced", |step| matches!(step.action, Action::Replace { .. })));
    parts.extend(named("deleted", |step| matches!(step.action, Action::Delete)));
    if parts.is_empty() { "nothing: no resource holds it".to_owned() } else { parts.join("; ") }
}

/// A step: what it touches, and what of it.
fn one(step: &Step) -> String {
    let properties: BTreeSet<String> = step.changes().iter().map(|change| change.property.clone()).collect();
    let interrupts = step
        .changes()
        .iter()
        .any(|change| change.effect == drucloud::model::schema::Effect::SomeInterruption);
    let interrupts = if interrupts { ", some interruption" } else { "" };
    let properties: Vec<String> = properties.into_iter().collect();
    if properties.is_empty() {
        return format!("`{}`", step.address);
    }
    format!("`{}` ({}{interrupts})", step.address, properties.join(", "))
}
