//! What becomes of each desired resource, before anything is put in order.
//!
//! Resources are judged after those that they refer to: a reference to something that is made or replaced has
//! no answer, and the holder's own rule for that property says what follows.

use std::collections::BTreeMap;
use std::rc::Rc;

use super::address::{Address, Reference};
use super::applied::Applied;
use super::diff::{self, Change};
use super::graph::{Graph, Node};
use super::live::{Live, LiveState, Status};
use super::plan::Reason;
use super::schema::{Effect, ReplaceOrder, Schema};

/// The tag in which a resource remembers what was applied to it.
pub const APPLIED_TAG: &str = "drucloud:applied";

/// What becomes of one desired resource.
#[derive(Clone, Debug)]
pub enum Verdict<'a> {
    /// It is as it should be.
    Keep(&'a Rc<Live>),
    /// It is as it should be, once AWS is done with it.
    Await(&'a Rc<Live>, String),
    /// It is not there; what is on its way out has to be gone first.
    Create(Option<&'a Rc<Live>>),
    /// It is changed in place.
    Update(&'a Rc<Live>, Vec<Change>),
    /// A new one takes its place.
    Replace {
        /// The old one.
        live: &'a Rc<Live>,
        /// Why it cannot stay.
        changes: Vec<Change>,
        /// Which comes first.
        order: ReplaceOrder,
        /// The reason to show.
        reason: Reason,
    },
    /// It would have to change in a way that is refused.
    Refused(&'a Rc<Live>, Vec<Change>),
}

/// Every verdict by address, and the live duplicates that nobody needs.
#[derive(Debug, Default)]
pub struct Verdicts<'a> {
    /// In no particular order.
    pub by_address: BTreeMap<Address, Verdict<'a>>,
    /// Second resources at an address that has a better one.
    pub duplicates: Vec<&'a Rc<Live>>,
}

impl Verdicts<'_> {
    /// What a reference will mean, if that is known before anything is done.
    fn answer(&self, graph: &Graph, reference: &Reference) -> Option<String> {
        match self.by_address.get(&reference.address)? {
            Verdict::Keep(live) | Verdict::Await(live, _) | Verdict::Refused(live, _) => {
                live.output(&reference.output)
            }
            Verdict::Update(live, _) => {
                let changing = graph.get(&reference.address)?.schema.changing_outputs;
                if changing.contains(&reference.output.as_str()) {
                    None
                } else {
                    live.output(&reference.output)
                }
            }
            Verdict::Create(_) | Verdict::Replace { .. } => None,
        }
    }
}

/// Judges every desired resource. `rebuilt` names those that have to be replaced, old first, because of what
/// they stand on.
pub fn judge<'a>(graph: &Graph, live: &'a LiveState, rebuilt: &BTreeMap<Address, Address>) -> Verdicts<'a> {
    let mut at: BTreeMap<&Address, Vec<&'a Rc<Live>>> = BTreeMap::new();
    for resource in &live.resources {
        at.entry(&resource.address).or_default().push(resource);
    }
    let mut verdicts = Verdicts::default();
    for node in graph.in_order() {
        let mut candidates = at.remove(&node.address).unwrap_or_default();
        candidates.retain(|candidate| candidate.kind == node.schema.kind);
        let answer = |reference: &Reference| verdicts.answer(graph, reference);
        let unfit =
            |one: &Rc<Live>| matches!(weigh(node, one, graph.tags(), None, &answer), Verdict::Replace { .. });
        let keeper = choose(&candidates, live, &unfit);
        let verdict = keeper.map_or(Verdict::Create(None), |keeper| {
            weigh(node, keeper, graph.tags(), rebuilt.get(&node.address), &answer)
        });
        let rest = candidates.into_iter().filter(|other| keeper.is_some_and(|keeper| other.id != keeper.id));
        verdicts.duplicates.extend(rest.filter(|other| other.status != Status::Deleting));
        verdicts.by_address.insert(node.address.clone(), verdict);
    }
    verdicts
}

/// Of several at one address, the one to keep: not on its way out, not to be replaced anyway (a run that died in
/// the middle of a replacement leaves the successor, which nobody holds yet), held by most, oldest.
fn choose<'a>(
    candidates: &[&'a Rc<Live>],
    live: &LiveState,
    unfit: &dyn Fn(&Rc<Live>) -> bool,
) -> Option<&'a Rc<Live>> {
    let only = || candidates.first().copied();
    if candidates.len() < 2 {
        return only();
    }
    candidates.iter().copied().min_by_key(|candidate| {
        let holders = live.resources.iter().filter(|other| other.holds(candidate)).count();
        let gone = candidate.status == Status::Deleting;
        let age = (candidate.born.unwrap_or(u64::MAX), candidate.id.clone());
        (gone, unfit(candidate), std::cmp::Reverse(holders), age)
    })
}

fn weigh<'a>(
    node: &Node,
    live: &'a Rc<Live>,
    tags: &BTreeMap<String, String>,
    rebuilt: Option<&Address>,
    answer: &dyn Fn(&Reference) -> Option<String>,
) -> Verdict<'a> {
    let desired = (node.schema.canonical)(&node.spec.resolve(answer));
    let mut changes = diff::diff(&desired, &live.spec, node.schema);
    let applied = live.tags.get(APPLIED_TAG).and_then(|tag| Applied::read(tag));
    diff::explain(&mut changes, &node.spec, applied.as_ref());
    changes.extend(protection(live, node.protect, node.schema));
    changes.extend(user_tags(live, tags, applied.as_ref()));
    let worst = changes.iter().map(|change| change.effect).max();
    match (&live.status, rebuilt, worst) {
        (Status::Deleting, _, _) => Verdict::Create(Some(live)),
        (Status::Failed(why), _, _) => Verdict::Replace {
            live,
            changes,
            order: ReplaceOrder::OldFirst,
            reason: Reason::Failed(why.clone()),
        },
        (_, _, Some(Effect::Refused(_))) => Verdict::Refused(live, changes),
        (_, Some(below), _) => Verdict::Replace {
            live,
            changes,
            order: ReplaceOrder::OldFirst,
            reason: Reason::Rebuilt(below.clone()),
        },
        (_, None, Some(Effect::Replacement)) => {
            Verdict::Replace { live, changes, order: node.schema.order, reason: Reason::Differs }
        }
        (_, None, Some(_)) => Verdict::Update(live, changes),
        (Status::Pending(what) | Status::Short(what), None, None) => Verdict::Await(live, what.clone()),
        (Status::Ready, None, None) => Verdict::Keep(live),
    }
}

/// Protection is a property of every resource that holds data, kept in AWS and not in the stack.
pub fn protection(live: &Live, wanted: bool, schema: &Schema) -> Option<Change> {
    (live.protected != wanted && schema.data.is_some()).then(|| Change {
        property: "protect".to_owned(),
        from: live.protected.into(),
        to: wanted.into(),
        effect: Effect::NoInterruption,
        cause: diff::Cause::Unrecorded,
    })
}

/// The user's tags that are missing or have another value. Tags that the stack does not name are somebody's and
/// left alone. Kinds that carry no tags of their own have none of the user's, and not the `Name` that all others are
/// made with; somebody may have taken that away.
fn user_tags<'a>(
    live: &'a Live,
    wanted: &'a BTreeMap<String, String>,
    applied: Option<&Applied>,
) -> impl Iterator<Item = Change> + 'a {
    let comparable = live.tags.contains_key("Name") || wanted.keys().any(|key| live.tags.contains_key(key));
    let cause = match applied.map(|applied| applied.holds_tags(wanted)) {
        Some(true) => diff::Cause::Drift,
        Some(false) => diff::Cause::Stack,
        None => diff::Cause::Unrecorded,
    };
    let differing =
        wanted.iter().filter(move |(key, value)| comparable && live.tags.get(*key) != Some(*value));
    differing.map(move |(key, value)| Change {
        property: format!("tags.{key}"),
        from: live.tags.get(key).cloned().map_or(serde_json::Value::Null, Into::into),
        to: value.clone().into(),
        effect: Effect::NoInterruption,
        cause: cause.clone(),
    })
}
