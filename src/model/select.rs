//! A part of a plan: what `--only` and `--except` leave of it.
//!
//! A plan's steps wait for each other, and what is left must stand on its own. So a part is closed: with a step
//! come all that it waits for, everything that happens at the same address (the old one of a replacement does not
//! go without the new one), and whatever the resource needs that is not as it should be.

use std::collections::{BTreeMap, BTreeSet};

use super::address::Address;
use super::graph::Graph;
use super::live::LiveState;
use super::plan::{Blocked, Plan, Step};

/// Resources by address: one, or all below a prefix. `database` and `database.*` are the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pattern(String);

impl Pattern {
    /// Reads a pattern as it is written on the command line.
    pub fn new(text: &str) -> Self {
        Self(text.strip_suffix(".*").unwrap_or(text).to_owned())
    }

    /// Whether it stands for that resource.
    pub fn covers(&self, address: &Address) -> bool {
        let rest = address.as_str().strip_prefix(self.0.as_str());
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    }

    /// The pattern, without the asterisk.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Which part of a plan is wanted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Selection {
    /// These, with what they need; all if there are none.
    pub only: Vec<Pattern>,
    /// But not these.
    pub except: Vec<Pattern>,
}

impl Selection {
    /// Whether everything is wanted.
    pub fn is_all(&self) -> bool {
        self.only.is_empty() && self.except.is_empty()
    }

    /// The patterns that stand for nothing, each with the addresses and sections that there are.
    pub fn unknown<'s>(&'s self, graph: &Graph, live: &LiveState) -> Vec<(&'s str, BTreeSet<String>)> {
        let addresses: BTreeSet<&Address> = graph
            .in_order()
            .map(|node| &node.address)
            .chain(live.resources.iter().map(|resource| &resource.address))
            .collect();
        let all = self.only.iter().chain(&self.except);
        let unknown = all.filter(|pattern| !addresses.iter().any(|address| pattern.covers(address)));
        unknown.map(|pattern| (pattern.as_str(), prefixes(&addresses))).collect()
    }

    /// The part of the plan that is wanted. What is left out is counted in it; what cannot be left out blocks it.
    #[must_use]
    pub fn of(&self, plan: Plan, graph: &Graph) -> Plan {
        if self.is_all() {
            return plan;
        }
        let units = Units::of(&plan, graph);
        let chosen = |address: &Address| {
            self.only.is_empty() || self.only.iter().any(|pattern| pattern.covers(address))
        };
        let refused = |address: &Address| self.except.iter().any(|pattern| pattern.covers(address));
        let mut wanted = units.closure(chosen);
        let mut blocked = Vec::new();
        if !self.except.is_empty() {
            // What is wanted, is no exception, and waits for one: it cannot be done without.
            let left: BTreeSet<Address> =
                wanted.iter().filter(|address| !refused(address)).cloned().collect();
            blocked = units.stopped(&left, &refused);
            wanted = left;
        }
        part(plan, &wanted, blocked)
    }
}

/// Every address, and every beginning of one.
fn prefixes(addresses: &BTreeSet<&Address>) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for address in addresses {
        let text = address.as_str();
        found.extend(text.match_indices('.').map(|(at, _)| text[..at].to_owned()));
        found.insert(text.to_owned());
    }
    found
}

/// What the addresses of a plan need of each other.
struct Units {
    /// What has to be done first, or at the same time.
    waits: BTreeMap<Address, BTreeSet<Address>>,
    /// What the stack refers to, whether it is there or not.
    needs: BTreeMap<Address, BTreeSet<Address>>,
}

impl Units {
    fn of(plan: &Plan, graph: &Graph) -> Self {
        let mut waits: BTreeMap<Address, BTreeSet<Address>> = BTreeMap::new();
        for step in &plan.steps {
            let before = step.after.iter().filter_map(|&index| plan.steps.get(index));
            let unit = waits.entry(step.address.clone()).or_default();
            unit.extend(before.map(|step| step.address.clone()).filter(|other| *other != step.address));
        }
        let needs = graph.in_order().map(|node| {
            let needed = node.spec.references().into_iter().map(|reference| reference.address);
            (node.address.clone(), needed.collect())
        });
        Self { needs: needs.collect(), waits }
    }

    /// The chosen ones, and all that they wait for or need, whether a step is made of it or not.
    fn closure(&self, chosen: impl Fn(&Address) -> bool) -> BTreeSet<Address> {
        let all = self.waits.keys().chain(self.needs.keys());
        let mut open: Vec<&Address> = all.filter(|address| chosen(address)).collect();
        let mut closed = BTreeSet::new();
        while let Some(address) = open.pop() {
            if closed.insert(address.clone()) {
                let next = [self.waits.get(address), self.needs.get(address)].into_iter().flatten();
                open.extend(next.flatten());
            }
        }
        closed
    }

    /// Those of `left` whose steps wait for something that is refused.
    fn stopped(&self, left: &BTreeSet<Address>, refused: &impl Fn(&Address) -> bool) -> Vec<Blocked> {
        let waits = self.waits.iter().filter(|(address, _)| left.contains(*address));
        let pairs = waits.flat_map(|(address, before)| before.iter().map(move |needed| (address, needed)));
        let stopped = pairs.filter(|(_, needed)| self.waits.contains_key(*needed) && refused(needed));
        let blocked = stopped.map(|(address, needed)| Blocked {
            address: address.clone(),
            why: format!("its change needs that of `{needed}`, which `--except` leaves out"),
            help: format!("leave it out too, with `--except {address}`, or let `{needed}` change"),
        });
        blocked.collect()
    }
}

/// The steps at these addresses, and nothing else; the rest is left out.
fn part(plan: Plan, wanted: &BTreeSet<Address>, blocked: Vec<Blocked>) -> Plan {
    let mut place: BTreeMap<usize, usize> = BTreeMap::new();
    let mut steps: Vec<Step> = Vec::new();
    let mut left = plan.left;
    for (index, step) in plan.steps.into_iter().enumerate() {
        if wanted.contains(&step.address) {
            place.insert(index, steps.len());
            steps.push(step);
        } else {
            left.push(step);
        }
    }
    for step in &mut steps {
        step.after = step.after.iter().filter_map(|before| place.get(before).copied()).collect();
    }
    // What is left out waits for nobody: it is told, not done.
    for step in &mut left {
        step.after.clear();
    }
    let stays = |blocked: &Blocked| wanted.contains(&blocked.address);
    let blocked = plan.blocked.into_iter().filter(stays).chain(blocked).collect();
    Plan { steps, kept: plan.kept, blocked, refused: plan.refused, left, titles: plan.titles }
}

#[cfg(test)]
#[path = "select_tests.rs"]
mod tests;
