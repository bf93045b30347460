//! What there is to be drawn: every resource of a plan or a graph, what happens to it, and where it stands.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::model::address::Address;
use crate::model::graph::Graph;
use crate::model::live::Live;
use crate::model::plan::{Action, Plan, Reason};
use crate::model::spec::{Spec, as_reference};

use super::super::value;

/// What happens to a resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum State {
    /// It is only shown; nothing is said about it.
    Plain,
    /// It stays.
    Same,
    /// It is made.
    New,
    /// It is changed in place.
    Changed,
    /// Another takes its place.
    Replaced,
    /// It goes.
    Removed,
}

impl State {
    /// Those that a legend explains.
    pub const TOLD: [Self; 5] = [Self::New, Self::Changed, Self::Replaced, Self::Removed, Self::Same];

    /// The sign beside its name.
    pub fn sign(self) -> &'static str {
        match self {
            Self::Plain | Self::Same => "",
            Self::New => "+",
            Self::Changed => "~",
            Self::Replaced => "±",
            Self::Removed => "−",
        }
    }

    /// In a word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Plain => "",
            Self::Same => "unchanged",
            Self::New => "new",
            Self::Changed => "changed",
            Self::Replaced => "replaced",
            Self::Removed => "removed",
        }
    }
}

/// One resource.
#[derive(Clone, Copy, Debug)]
pub struct Thing<'a> {
    /// Where it stands in the stack.
    pub address: &'a Address,
    /// Its kind.
    pub kind: &'a str,
    /// What people call the kind.
    pub title: &'a str,
    /// What happens to it.
    pub state: State,
    /// Its properties, as they will be or were last.
    pub spec: &'a Spec,
}

impl Thing<'_> {
    /// A property that is text; nothing for every other.
    pub fn word(&self, property: &str) -> &str {
        self.spec.get(property).and_then(Value::as_str).unwrap_or_default()
    }
}

/// All resources.
#[derive(Debug, Default)]
pub struct Scene<'a> {
    /// In the order of their addresses.
    pub things: Vec<Thing<'a>>,
    /// The address of every physical id, by kind and id.
    ids: BTreeMap<(&'a str, &'a str), &'a Address>,
}

impl<'a> Scene<'a> {
    /// The resources of a plan: those that stay, and those of its steps.
    pub fn of_plan(plan: &'a Plan) -> Self {
        let mut scene = Self::default();
        for live in plan.standing() {
            scene.know(live);
            let title = plan.titles.get(live.kind).copied().unwrap_or_default();
            scene.things.push(Thing { title, ..thing(&live.address, live.kind, State::Same, &live.spec) });
        }
        for step in &plan.steps {
            step.live.iter().for_each(|live| scene.know(live));
            let state = match (&step.action, &step.reason) {
                (Action::Delete, Reason::Replaced) => continue,
                (Action::Delete, _) => State::Removed,
                (Action::Create, _) => State::New,
                (Action::Update { .. }, _) => State::Changed,
                (Action::Replace { .. }, _) => State::Replaced,
                (Action::Await, _) => State::Same,
            };
            let spec = step.desired.as_ref().or(step.live.as_ref().map(|live| &live.spec));
            if let Some(spec) = spec {
                let one = thing(&step.address, step.schema.kind, state, spec);
                scene.things.push(Thing { title: step.schema.title, ..one });
            }
        }
        scene.sorted()
    }

    /// The resources of a graph.
    pub fn of_graph(graph: &'a Graph) -> Self {
        let node = |node: &'a crate::model::graph::Node| Thing {
            title: node.schema.title,
            ..thing(&node.address, node.schema.kind, State::Plain, &node.spec)
        };
        Self { things: graph.in_order().map(node).collect(), ids: BTreeMap::new() }.sorted()
    }

    fn sorted(mut self) -> Self {
        self.things.sort_by(|a, b| (a.address, a.state).cmp(&(b.address, b.state)));
        self
    }

    fn know(&mut self, live: &'a Live) {
        self.ids.insert((live.kind, &live.id), &live.address);
    }

    /// Those of a kind.
    pub fn of_kind(&self, kind: &str) -> impl Iterator<Item = &Thing<'a>> {
        self.things.iter().filter(move |thing| thing.kind == kind)
    }

    /// The address that a value refers to, by reference or by physical id.
    pub fn target(&self, value: &Value) -> Option<Address> {
        if let Some(reference) = as_reference(value) {
            return Some(reference.address);
        }
        let (kind, id) = (value.get("$kind")?.as_str()?, value.get("$id")?.as_str()?);
        self.ids.get(&(kind, id)).map(|address| (*address).clone())
    }

    /// What stands at the address that a property refers to.
    pub fn follow(&self, thing: &Thing<'_>, property: &str) -> Option<&Thing<'a>> {
        let address = self.target(thing.spec.get(property)?)?;
        self.things.iter().find(|other| *other.address == address)
    }

    /// Whether a distribution fetches files from that bucket: by reference, or by the bucket's host.
    pub fn feeds(&self, bucket: &Thing<'_>, distribution: &Thing<'_>) -> bool {
        let id = self.ids.iter().find(|((kind, _), at)| *kind == bucket.kind && **at == bucket.address);
        let host = id.map(|((_, id), _)| format!("{id}."));
        let origins = distribution.spec.get("origins").and_then(Value::as_object);
        origins.into_iter().flat_map(|origins| origins.values()).any(|origin| {
            let domain = &origin["domain"];
            as_reference(domain).is_some_and(|reference| reference.address == *bucket.address)
                || host.as_ref().zip(domain.as_str()).is_some_and(|(host, domain)| domain.starts_with(host))
        })
    }

    /// The subnets in which something stands.
    pub fn subnets(&self, thing: &Thing<'_>) -> Vec<Address> {
        if let Some(subnet) = thing.spec.get("subnet") {
            return self.target(subnet).into_iter().collect();
        }
        if let Some(Value::Array(subnets)) = thing.spec.get("subnets") {
            return subnets.iter().filter_map(|subnet| self.target(subnet)).collect();
        }
        // A file system is reached by its mount targets.
        if thing.kind == "file_system" {
            let own = |target: &&Thing<'_>| {
                target.spec.get("file_system").and_then(|value| self.target(value)).as_ref()
                    == Some(thing.address)
            };
            return self
                .of_kind("mount_target")
                .filter(own)
                .flat_map(|target| self.subnets(target))
                .collect();
        }
        self.follow(thing, "subnet_group").map(|group| self.subnets(group)).unwrap_or_default()
    }
}

fn thing<'a>(address: &'a Address, kind: &'a str, state: State, spec: &'a Spec) -> Thing<'a> {
    Thing { address, kind, title: "", state, spec }
}

/// What to know about it, in a few words.
pub fn facts(scene: &Scene<'_>, thing: &Thing<'_>) -> String {
    let word = |name: &str| thing.spec.get(name).map(plain).unwrap_or_default();
    let is = |name: &str| thing.spec.get(name) == Some(&Value::Bool(true));
    let facts = match thing.kind {
        "autoscaling_group" => {
            let template = scene.follow(thing, "template");
            let machine = template.and_then(|template| template.spec.get("instance_type")).map(plain);
            vec![machine.unwrap_or_default(), range(&word("min"), &word("max"))]
        }
        "instance" => vec![word("instance_type")],
        "db_instance" | "db_replica" => {
            let zones = if is("multi_az") { "two zones" } else { "" };
            vec![format!("{} {}", word("engine"), word("version")), word("class"), zones.to_owned()]
        }
        "cache_cluster" => vec!["memcached".to_owned(), word("node_type"), format!("× {}", word("nodes"))],
        "replication_group" => vec![word("engine"), word("node_type"), format!("× {}", word("nodes"))],
        "load_balancer" => {
            vec![if is("internet_facing") { "internet-facing" } else { "internal" }.to_owned()]
        }
        "distribution" => vec![word("http_version"), word("price_class")],
        "bucket" => vec![if is("versioning") { "versioned" } else { "" }.to_owned()],
        "file_system" => vec![word("throughput")],
        _ => Vec::new(),
    };
    let known: Vec<&str> = facts.iter().map(|fact| fact.trim()).filter(|fact| !fact.is_empty()).collect();
    known.join(", ")
}

fn range(min: &str, max: &str) -> String {
    match (min, max) {
        ("", "") => String::new(),
        (min, max) if min == max => format!("× {min}"),
        (min, max) => format!("× {min} to {max}"),
    }
}

/// A value without quotes; what is no plain value is not told.
fn plain(of: &Value) -> String {
    match of {
        Value::String(_) | Value::Object(_) => value::text(of).unwrap_or_default(),
        Value::Number(number) => number.to_string(),
        _ => String::new(),
    }
}
