//! What the stack names and no list shows, although something of the environment holds it: deleted by somebody, or
//! robbed of the tags by which it is found.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::address::Address;
use super::graph::{Graph, Node};
use super::live::LiveState;
use super::spec;

/// One such resource.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lost {
    /// Where it should stand.
    pub address: Address,
    /// Its kind.
    pub kind: &'static str,
    /// What people call its kind.
    pub title: &'static str,
    /// Its physical id, as its holder knows it.
    pub id: String,
    /// Who holds it.
    pub holder: Address,
}

/// All of them. Where a property refers to several that no list shows, nobody can say which is which, and none is told.
pub fn lost(graph: &Graph, live: &LiveState) -> Vec<Lost> {
    let there: BTreeSet<&Address> = live.resources.iter().map(|live| &live.address).collect();
    let missing: BTreeMap<&Address, &Node> = (graph.in_order())
        .filter(|node| !there.contains(&node.address))
        .map(|node| (&node.address, node))
        .collect();
    if missing.is_empty() {
        return Vec::new();
    }
    let seen: BTreeSet<(&str, &str)> =
        live.resources.iter().map(|live| (live.kind, live.id.as_str())).collect();
    let mut found: BTreeMap<Address, Lost> = BTreeMap::new();
    for holder in &live.resources {
        let Some(wanted) = graph.get(&holder.address).filter(|node| node.schema.kind == holder.kind) else {
            continue;
        };
        for (property, value) in &wanted.spec {
            let Some((node, id)) = pair(value, holder.spec.get(property), &missing, &seen) else { continue };
            found.entry(node.address.clone()).or_insert_with(|| Lost {
                address: node.address.clone(),
                kind: node.schema.kind,
                title: node.schema.title,
                id,
                holder: holder.address.clone(),
            });
        }
    }
    found.into_values().collect()
}

/// The one that a property refers to and that is missing, with the one id in the property's live value that no list
/// shows.
fn pair<'g>(
    wanted: &Value,
    has: Option<&Value>,
    missing: &BTreeMap<&Address, &'g Node>,
    seen: &BTreeSet<(&str, &str)>,
) -> Option<(&'g Node, String)> {
    let (mut references, mut held) = (BTreeSet::new(), BTreeSet::new());
    spec::references(wanted, &mut references);
    let ids = references.iter().filter(|reference| reference.output == "id");
    let node = only(ids.filter_map(|reference| missing.get(&reference.address).copied()))?;
    spec::ids(has?, &mut held);
    let unseen = |(kind, id): &(String, String)| {
        kind == node.schema.kind && !seen.contains(&(kind.as_str(), id.as_str()))
    };
    only(held.into_iter().filter(unseen)).map(|(_, id)| (node, id))
}

fn only<T>(mut all: impl Iterator<Item = T>) -> Option<T> {
    let first = all.next()?;
    all.next().is_none().then_some(first)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::testing::{graph, id, live};
    use super::*;

    fn stack() -> Vec<(&'static str, &'static str, Value)> {
        let subnets = json!([id("net.a", "subnet"), id("net.b", "subnet")]);
        vec![
            ("net.vpc", "vpc", json!({"cidr": "10.0.0.0/16"})),
            ("net.a", "subnet", json!({"vpc": id("net.vpc", "vpc"), "cidr": "10.0.0.0/24", "zone": "a"})),
            ("net.b", "subnet", json!({"vpc": id("net.vpc", "vpc"), "cidr": "10.0.1.0/24", "zone": "b"})),
            ("db.main", "database", json!({"subnets": subnets, "class": "small"})),
        ]
    }

    /// What is lost when these do not show: address, id, holder.
    fn without(hidden: &[&str]) -> Vec<String> {
        let mut state = live(&stack());
        state.resources.retain(|live| !hidden.contains(&live.address.as_str()));
        let told = |lost: Lost| format!("{} {} {} {}", lost.address, lost.kind, lost.id, lost.holder);
        lost(&graph(&stack()), &state).into_iter().map(told).collect()
    }

    #[test]
    fn what_is_held_and_not_shown_is_lost() {
        let vpc = live(&stack()).resources[0].id.clone();
        let subnet = live(&stack()).resources[1].id.clone();
        assert_eq!(without(&[]), Vec::<String>::new());
        assert_eq!(without(&["net.vpc"]), [format!("net.vpc vpc {vpc} net.a")]);
        assert_eq!(without(&["net.a"]), [format!("net.a subnet {subnet} db.main")]);
        assert_eq!(without(&["db.main"]), Vec::<String>::new(), "nobody holds it");
        assert_eq!(without(&["net.a", "net.b"]), Vec::<String>::new(), "which is which?");
    }
}
