//! Desired and live state in, a plan out: the only place that decides.
//!
//! Verdicts first ([`super::verdict`]), then what they imply for others, then steps and their order.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use super::address::{Address, Reference};
use super::graph::{Graph, Node};
use super::live::{Live, LiveState, Status};
use super::path;
use super::plan::{Action, Blocked, Plan, Reason, Step};
use super::schema::{Catalog, Effect, ReplaceOrder};
use super::verdict::{self, Verdict, Verdicts};

/// The data that the user agreed to lose.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Consent {
    /// None.
    #[default]
    Nothing,
    /// That of these resources.
    Named(BTreeSet<Address>),
    /// All of it.
    Everything,
}

impl Consent {
    fn covers(&self, address: &Address) -> bool {
        match self {
            Self::Nothing => false,
            Self::Named(addresses) => addresses.contains(address),
            Self::Everything => true,
        }
    }
}

/// The plan that makes live what is desired.
pub fn plan(graph: &Graph, live: &LiveState, catalog: &Catalog, consent: &Consent) -> Plan {
    let mut rebuilt = BTreeMap::new();
    let verdicts = loop {
        let verdicts = verdict::judge(graph, live, &rebuilt);
        let more = stands_on(graph, live, &verdicts, &rebuilt);
        if more.is_empty() {
            break verdicts;
        }
        rebuilt.extend(more);
    };
    let mut building = Building::new(graph, catalog, consent);
    for node in graph.in_order() {
        if let Some(verdict) = verdicts.by_address.get(&node.address) {
            building.desired(node, verdict);
        }
    }
    for duplicate in &verdicts.duplicates {
        building.delete(duplicate, Reason::Duplicate);
    }
    for extra in
        live.resources.iter().filter(|l| graph.get(&l.address).is_none_or(|n| n.schema.kind != l.kind))
    {
        building.delete(extra, Reason::NotInStack);
    }
    building.finish(live)
}

/// The plan that deletes everything that is there.
pub fn destroy(live: &LiveState, catalog: &Catalog, consent: &Consent) -> Plan {
    let graph = Graph::default();
    let mut building = Building::new(&graph, catalog, consent);
    for resource in &live.resources {
        building.delete(resource, Reason::Destroyed);
    }
    building.finish(live)
}

/// Holders that would only be updated while what they hold must go before its successor exists: in AWS that
/// waits for ever (`DependencyViolation`), so they are replaced too.
fn stands_on(
    graph: &Graph,
    live: &LiveState,
    verdicts: &Verdicts<'_>,
    known: &BTreeMap<Address, Address>,
) -> BTreeMap<Address, Address> {
    let mut found = BTreeMap::new();
    for verdict in verdicts.by_address.values() {
        let Verdict::Replace { live: old, order: ReplaceOrder::OldFirst, .. } = verdict else { continue };
        for holder in live.resources.iter().filter(|holder| holder.holds(old)) {
            let stays = matches!(
                verdicts.by_address.get(&holder.address),
                Some(
                    Verdict::Keep(_)
                        | Verdict::Await(..)
                        | Verdict::Update(..)
                        | Verdict::Replace { order: ReplaceOrder::NewFirst, .. }
                )
            );
            if stays && graph.get(&holder.address).is_some() && !known.contains_key(&holder.address) {
                found.insert(holder.address.clone(), old.address.clone());
            }
        }
    }
    found
}

/// Steps under construction.
struct Building<'a> {
    graph: &'a Graph,
    catalog: &'a Catalog,
    consent: &'a Consent,
    plan: Plan,
    /// The step that makes or changes an address.
    makes: BTreeMap<Address, usize>,
    /// The step that deletes a live resource, by kind and id.
    deletes: BTreeMap<(&'static str, String), usize>,
}

impl<'a> Building<'a> {
    fn new(graph: &'a Graph, catalog: &'a Catalog, consent: &'a Consent) -> Self {
        let plan = Plan::default();
        Self { graph, catalog, consent, plan, makes: BTreeMap::new(), deletes: BTreeMap::new() }
    }

    fn desired(&mut self, node: &Node, verdict: &Verdict<'_>) {
        let (action, reason, live) = match verdict {
            Verdict::Keep(live) => return self.plan.kept.push(Rc::clone(live)),
            Verdict::Refused(live, changes) => return self.refuse(live, changes),
            Verdict::Await(live, what) => (Action::Await, Reason::Unfinished(what.clone()), Some(*live)),
            Verdict::Create(None) => (Action::Create, Reason::Missing, None),
            Verdict::Create(Some(leaving)) => {
                self.delete(leaving, Reason::Unfinished("deleting".to_owned()));
                (Action::Create, Reason::Missing, None)
            }
            Verdict::Update(live, changes) => {
                (Action::Update { changes: changes.clone() }, Reason::Differs, Some(*live))
            }
            Verdict::Replace { live, changes, reason, .. } => {
                self.delete(live, Reason::Replaced);
                (Action::Replace { changes: changes.clone() }, reason.clone(), Some(*live))
            }
        };
        let step = Step {
            address: node.address.clone(),
            schema: node.schema,
            action,
            reason,
            live: live.cloned(),
            desired: Some(node.spec.clone()),
            protect: node.protect,
            after: Vec::new(),
        };
        let index = self.plan.steps.len();
        if let (Some(&gone), Verdict::Replace { order, live, .. }) = (self.delete_of(verdict), verdict) {
            match order {
                ReplaceOrder::OldFirst => self.plan.steps.push(Step { after: vec![gone], ..step }),
                ReplaceOrder::NewFirst => {
                    self.plan.steps.push(step);
                    self.plan.steps[gone].after.push(index);
                }
            }
            debug_assert_eq!(self.deletes.get(&(live.kind, live.id.clone())), Some(&gone));
        } else if let Some(&gone) = self.delete_of(verdict) {
            self.plan.steps.push(Step { after: vec![gone], ..step });
        } else {
            self.plan.steps.push(step);
        }
        self.makes.insert(node.address.clone(), index);
    }

    /// The step that deletes what the verdict wants gone.
    fn delete_of(&self, verdict: &Verdict<'_>) -> Option<&usize> {
        match verdict {
            Verdict::Create(Some(live)) | Verdict::Replace { live, .. } => {
                self.deletes.get(&(live.kind, live.id.clone()))
            }
            _ => None,
        }
    }

    fn refuse(&mut self, live: &Rc<Live>, changes: &[super::diff::Change]) {
        self.plan.refused.push(Rc::clone(live));
        for change in changes {
            if let Effect::Refused(why) = change.effect {
                self.plan.blocked.push(Blocked {
                    address: live.address.clone(),
                    why: format!("`{}` cannot change from {} to {}", change.property, change.from, change.to),
                    help: why.to_owned(),
                });
            }
        }
    }

    fn delete(&mut self, live: &Rc<Live>, reason: Reason) {
        let Some(schema) = self.catalog.get(live.kind) else { return };
        self.guard(live, schema.data);
        self.deletes.insert((live.kind, live.id.clone()), self.plan.steps.len());
        self.plan.steps.push(Step {
            address: live.address.clone(),
            schema,
            action: Action::Delete,
            reason,
            live: Some(Rc::clone(live)),
            desired: None,
            protect: false,
            after: Vec::new(),
        });
    }

    /// Data is not deleted unless that very resource is named; what is protected is not deleted at all.
    fn guard(&mut self, live: &Live, data: Option<&str>) {
        let leaving = live.status == Status::Deleting;
        if live.protected && !leaving {
            self.plan.blocked.push(Blocked {
                address: live.address.clone(),
                why: format!("{} `{}` is protected against deletion", live.kind, live.id),
                help: "set `protect: false` for this environment and run `up` first".to_owned(),
            });
        } else if let (Some(data), false, false) = (data, leaving, self.consent.covers(&live.address)) {
            self.plan.blocked.push(Blocked {
                address: live.address.clone(),
                why: format!("deleting {} `{}` loses {data}", live.kind, live.id),
                help: format!("if that is what you want, add `--allow-data-loss {}`", live.address),
            });
        }
    }

    fn finish(mut self, live: &LiveState) -> Plan {
        self.order_makes();
        self.order_deletes(live);
        let known = live.resources.iter().filter_map(|live| self.catalog.get(live.kind));
        self.plan.titles = known.map(|schema| (schema.kind, schema.title)).collect();
        for step in &mut self.plan.steps {
            step.after.sort_unstable();
            step.after.dedup();
        }
        if let Some(circle) = path::circle(&self.plan.steps) {
            let names: Vec<String> = circle.iter().map(|&i| self.plan.steps[i].address.to_string()).collect();
            self.plan.blocked.push(Blocked {
                address: self.plan.steps[circle[0]].address.clone(),
                why: format!("these changes wait for each other: {}", names.join(", ")),
                help: "make them one at a time: apply a stack with only some of them first".to_owned(),
            });
        }
        self.plan
    }

    /// What is made comes after what it needs, where that is made too.
    fn order_makes(&mut self) {
        for (address, &index) in &self.makes {
            let Some(node) = self.graph.get(address) else { continue };
            let open = node.spec.references().into_iter().filter(|reference| self.is_open(reference));
            let open: BTreeSet<Address> = open.map(|reference| reference.address).collect();
            for needed in self.graph.needs(node) {
                let Some(&before) = self.makes.get(&needed) else { continue };
                // What is changed in place can be referred to before that is done. What a kind comes after has to
                // be as it should be: a NAT gateway fails while the internet gateway is attached to nothing.
                let made = &self.plan.steps[before];
                let in_place = matches!(made.action, Action::Update { .. });
                let comes_after = node.schema.after.contains(&made.schema.kind);
                if !in_place || comes_after || open.contains(&needed) {
                    self.plan.steps[index].after.push(before);
                }
            }
        }
    }

    /// Whether an update in place gives another answer: to an output that changes with it or is not there yet.
    fn is_open(&self, reference: &Reference) -> bool {
        let output = reference.output.as_str();
        let changes = |node: &Node| node.schema.changing_outputs.contains(&output);
        let step = self.makes.get(&reference.address).and_then(|&index| self.plan.steps[index].live.as_ref());
        self.graph.get(&reference.address).is_some_and(changes)
            || step.is_some_and(|live| live.output(output).is_none())
    }

    /// What is deleted comes after all that holds it has been deleted or has let go.
    fn order_deletes(&mut self, live: &LiveState) {
        let by_id: BTreeMap<(&str, &str), usize> =
            self.deletes.iter().map(|((kind, id), &index)| ((*kind, id.as_str()), index)).collect();
        // What is on its way out already waits for nobody: AWS has agreed to it.
        let leaving = |index: usize| {
            self.plan.steps[index].live.as_ref().is_some_and(|live| live.status == Status::Deleting)
        };
        let mut edges: Vec<(usize, usize)> = Vec::new();
        for holder in &live.resources {
            let own = by_id.get(&(holder.kind, holder.id.as_str())).copied();
            let lets_go = own.or_else(|| self.makes.get(&holder.address).copied());
            for (kind, id) in holder.spec.ids() {
                if let (Some(&gone), Some(before)) = (by_id.get(&(kind.as_str(), id.as_str())), lets_go) {
                    edges.push((gone, before));
                }
            }
            let (Some(own), Some(schema)) = (own, self.catalog.get(holder.kind)) else { continue };
            for (&(kind, _), &gone) in by_id.iter().filter(|((kind, _), _)| schema.after.contains(kind)) {
                debug_assert_ne!(kind, holder.kind);
                edges.push((gone, own));
            }
        }
        edges.retain(|&(gone, before)| gone != before && !leaving(gone));
        for (gone, before) in edges {
            self.plan.steps[gone].after.push(before);
        }
    }
}

#[cfg(test)]
#[path = "planner_tests.rs"]
mod tests;
