//! The desired resources and what they refer to: acyclic and every reference checked, by construction.

use std::collections::BTreeMap;

use indexmap::IndexMap;

use super::address::{Address, Reference};
use super::schema::{Catalog, Schema};
use super::spec::{Id, Kinded, Spec};
use serde::Serialize;

/// One desired resource.
#[derive(Clone, Debug)]
pub struct Node {
    /// Where it stands.
    pub address: Address,
    /// Its kind.
    pub schema: &'static Schema,
    /// Its properties as the stack wrote them.
    pub spec: Spec,
    /// Whether AWS shall refuse to delete it.
    pub protect: bool,
}

/// What is wrong with a set of resources.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum GraphError {
    /// Two resources at one address.
    #[error("two resources are named `{0}`")]
    Twice(Address),
    /// The kind does not exist.
    #[error("`{address}` is of kind `{kind}`, which does not exist")]
    UnknownKind {
        /// The resource.
        address: Address,
        /// The kind that it names.
        kind: String,
    },
    /// A reference to a resource that is not there.
    #[error("`{from}` refers to `{to}`, which is not in the stack")]
    Missing {
        /// Who refers.
        from: Address,
        /// To what.
        to: Reference,
    },
    /// A reference to an output that the kind does not have.
    #[error("`{from}` refers to `{to}`, but a {kind} has only these outputs: {known}")]
    NoOutput {
        /// Who refers.
        from: Address,
        /// To what.
        to: Reference,
        /// The kind referred to.
        kind: &'static str,
        /// What it has.
        known: String,
    },
    /// Resources that wait for each other.
    #[error("these resources refer to each other in a circle: {}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join(" -> "))]
    Circle(Vec<Address>),
    /// A typed struct that is no set of properties: a fault of the program, not of the stack.
    #[error("the properties of `{0}` cannot be written: {1}")]
    Unwritable(Address, String),
}

/// Collects resources; [`Draft::finish`] checks them.
#[derive(Debug)]
pub struct Draft<'c> {
    catalog: &'c Catalog,
    nodes: Vec<Node>,
    errors: Vec<GraphError>,
}

/// A resource that was added, to refer to.
#[derive(Debug)]
pub struct Handle<K> {
    /// Where it stands.
    pub address: Address,
    kind: std::marker::PhantomData<fn() -> K>,
}

impl<K> Handle<K> {
    /// Its physical id.
    pub fn id(&self) -> Id<K> {
        Id::of(self.address.output("id"))
    }

    /// Another output of it.
    pub fn output(&self, output: &str) -> Reference {
        self.address.output(output)
    }
}

impl<'c> Draft<'c> {
    /// An empty draft.
    pub fn new(catalog: &'c Catalog) -> Self {
        Self { catalog, nodes: Vec::new(), errors: Vec::new() }
    }

    /// The kinds that there are.
    pub fn catalog(&self) -> &'c Catalog {
        self.catalog
    }

    /// Adds a typed resource.
    pub fn add<K: Kinded + Serialize>(
        &mut self,
        address: &Address,
        properties: &K,
        protect: bool,
    ) -> Handle<K> {
        match Spec::of(properties) {
            Ok(spec) => self.add_spec(address, K::KIND, spec, protect),
            Err(error) => self.errors.push(GraphError::Unwritable(address.clone(), error.to_string())),
        }
        Handle { address: address.clone(), kind: std::marker::PhantomData }
    }

    /// Adds a resource given as data.
    pub fn add_spec(&mut self, address: &Address, kind: &str, spec: Spec, protect: bool) {
        match self.catalog.get(kind) {
            Some(schema) => self.nodes.push(Node { address: address.clone(), schema, spec, protect }),
            None => {
                self.errors.push(GraphError::UnknownKind { address: address.clone(), kind: kind.to_owned() });
            }
        }
    }

    /// What was added so far: the kind of each resource.
    pub fn kinds(&self) -> BTreeMap<Address, &'static Schema> {
        self.nodes.iter().map(|node| (node.address.clone(), node.schema)).collect()
    }

    /// What was added so far.
    pub fn nodes(&self) -> &[Node] {
        &self.nodes
    }

    /// The graph, or everything that is wrong with it.
    pub fn finish(mut self) -> Result<Graph, Vec<GraphError>> {
        let mut nodes: IndexMap<Address, Node> = IndexMap::new();
        for node in self.nodes {
            let address = node.address.clone();
            if nodes.insert(address.clone(), node).is_some() {
                self.errors.push(GraphError::Twice(address));
            }
        }
        for node in nodes.values() {
            for to in node.spec.references() {
                match nodes.get(&to.address) {
                    None => self.errors.push(GraphError::Missing { from: node.address.clone(), to }),
                    Some(target) if !target.schema.has_output(&to.output) => {
                        let known = [&["id"], target.schema.outputs].concat().join(", ");
                        let kind = target.schema.kind;
                        self.errors.push(GraphError::NoOutput {
                            from: node.address.clone(),
                            to,
                            kind,
                            known,
                        });
                    }
                    Some(_) => {}
                }
            }
        }
        if !self.errors.is_empty() {
            return Err(self.errors);
        }
        let order = sort(&nodes).map_err(|circle| vec![GraphError::Circle(circle)])?;
        Ok(Graph { nodes, order, tags: BTreeMap::new() })
    }
}

/// The desired resources of one environment.
#[derive(Clone, Debug, Default)]
pub struct Graph {
    nodes: IndexMap<Address, Node>,
    order: Vec<Address>,
    tags: BTreeMap<String, String>,
}

impl Graph {
    /// The same, every resource with these tags of the user's.
    #[must_use]
    pub fn tagged(mut self, tags: BTreeMap<String, String>) -> Self {
        self.tags = tags;
        self
    }

    /// The user's tags for every resource.
    pub fn tags(&self) -> &BTreeMap<String, String> {
        &self.tags
    }

    /// What is desired at an address.
    pub fn get(&self, address: &Address) -> Option<&Node> {
        self.nodes.get(address)
    }

    /// Every resource, each after those that it needs.
    pub fn in_order(&self) -> impl Iterator<Item = &Node> + '_ {
        self.order.iter().filter_map(|address| self.nodes.get(address))
    }

    /// How many resources there are.
    pub fn len(&self) -> usize {
        self.nodes.len()
    }

    /// Whether nothing is desired.
    pub fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }

    /// What a resource waits for.
    pub fn needs(&self, node: &Node) -> Vec<Address> {
        needs(&self.nodes, node)
    }
}

/// What a resource waits for: what it refers to, and the kinds that its own kind comes after.
fn needs(nodes: &IndexMap<Address, Node>, node: &Node) -> Vec<Address> {
    let mut needed: Vec<Address> = node.spec.references().into_iter().map(|r| r.address).collect();
    // Most kinds come after none, and there may be a thousand resources.
    if !node.schema.after.is_empty() {
        let before =
            |other: &&Node| node.schema.after.contains(&other.schema.kind) && other.address != node.address;
        needed.extend(nodes.values().filter(before).map(|other| other.address.clone()));
    }
    needed.sort();
    needed.dedup();
    needed
}

fn sort(nodes: &IndexMap<Address, Node>) -> Result<Vec<Address>, Vec<Address>> {
    let needed: IndexMap<&Address, Vec<Address>> = nodes.iter().map(|(a, n)| (a, needs(nodes, n))).collect();
    let mut order: Vec<Address> = Vec::with_capacity(nodes.len());
    let mut path: Vec<(&Address, usize)> = Vec::new();
    let mut done: IndexMap<&Address, bool> = IndexMap::new();
    for start in nodes.keys() {
        if done.contains_key(start) {
            continue;
        }
        path.push((start, 0));
        done.insert(start, false);
        while let Some((address, next)) = path.pop() {
            let Some(to) = needed[address].get(next).and_then(|to| nodes.get_key_value(to)) else {
                done.insert(address, true);
                order.push(address.clone());
                continue;
            };
            path.push((address, next + 1));
            match done.get(to.0) {
                None => {
                    done.insert(to.0, false);
                    path.push((to.0, 0));
                }
                Some(false) => {
                    let from = path.iter().position(|(a, _)| *a == to.0).unwrap_or(0);
                    let mut circle: Vec<Address> = path[from..].iter().map(|(a, _)| (*a).clone()).collect();
                    circle.push(to.0.clone());
                    return Err(circle);
                }
                Some(true) => {}
            }
        }
    }
    Ok(order)
}
