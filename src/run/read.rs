//! One reading of the cloud: every kind that matters listed once, concurrently, in one look.

use std::collections::BTreeSet;
use std::rc::Rc;

use futures::future::{try_join, try_join_all};
use tokio::time::{Duration, Instant, sleep};

use crate::model::address::Address;
use crate::model::diff::Change;
use crate::model::graph::Graph;
use crate::model::live::{Live, LiveState};
use crate::model::plan::{Action, Plan};

use super::cloud::Cloud;
use super::fault::Fault;
use super::lease::Lease;
use super::{pace, poll};

/// The live state of the environment.
pub async fn read<C: Cloud>(cloud: &C) -> Result<LiveState, Fault> {
    let glance = cloud.glance();
    let kinds = cloud.catalog().all().map(|schema| poll::list(cloud, &glance, schema.kind));
    Ok(try_join_all(kinds).await?.into_iter().flatten().collect())
}

/// The live state as far as it can matter to a stack: the kinds that it uses, and those that the environment
/// has or ever had. Where nobody wrote down which those are, every kind is read.
///
/// What the stack uses is read at once, while the note is; a stack that is as it was costs no second round.
pub async fn read_for<C: Cloud>(cloud: &C, graph: &Graph) -> Result<LiveState, Fault> {
    let glance = cloud.wide_glance();
    let used: BTreeSet<&str> = graph.in_order().map(|node| node.schema.kind).collect();
    let all = || cloud.catalog().all().map(|schema| schema.kind);
    let list = |kind| poll::list(cloud, &glance, kind);
    let noted = poll::ask("kinds", async || cloud.kinds_read().await);
    let first = try_join_all(all().filter(|kind| used.contains(kind)).map(list));
    let (first, noted) = try_join(first, noted).await?;
    let may_be = |kind: &&str| noted.as_ref().is_none_or(|noted| noted.contains(*kind));
    let rest = try_join_all(all().filter(|kind| !used.contains(kind)).filter(may_be).map(list)).await?;
    Ok(first.into_iter().chain(rest).flatten().collect())
}

/// Notes that the environment has one more kind. Where nothing is noted that stays so, and every kind is read.
pub async fn note_one<C: Cloud>(cloud: &C, kind: &str) -> Result<(), Fault> {
    match poll::ask("kinds", async || cloud.kinds_read().await).await? {
        Some(_) => note(cloud, std::iter::once(kind)).await,
        None => Ok(()),
    }
}

/// Notes that the environment may have resources of these kinds, before the first is made. Where nothing is noted
/// yet, these have to be all that there are.
pub async fn note<C: Cloud>(cloud: &C, kinds: impl Iterator<Item = &str>) -> Result<(), Fault> {
    let noted = poll::ask("kinds", async || cloud.kinds_read().await).await?;
    let mut all = noted.clone().unwrap_or_default();
    all.extend(kinds.map(str::to_owned));
    if noted.as_ref() == Some(&all) {
        return Ok(());
    }
    poll::ask("kinds", async || cloud.kinds_write(Some(&all)).await).await
}

/// How long a reading that contradicts itself is repeated.
const CONTRADICTION: Duration = Duration::from_secs(40);

/// The live state, once everything that a dead run had begun is visible or certainly was not done, and once
/// the reading does not contradict itself any more.
///
/// A dead run's creation that the run to come makes itself (its address is in `graph`) is not waited for: the
/// step looks for it, while everything else goes on. A contradiction is a resource that holds the id of another
/// which no list shows, although the stack wants one there: a list lags behind. Believing it would rebuild what
/// stands on the one that is not seen. When it stays, it is real: somebody has deleted what was held.
pub async fn read_clearly<C: Cloud>(
    cloud: &C,
    lease: &Lease<'_, C>,
    graph: Option<&Graph>,
) -> Result<LiveState, Fault> {
    let began = Instant::now();
    let nothing = Graph::default();
    loop {
        let live = match graph {
            Some(graph) => read_for(cloud, graph).await?,
            None => read(cloud).await?,
        };
        let live = without_gone(live, lease);
        let graph = graph.unwrap_or(&nothing);
        let handled = |address: &Address| graph.get(address).is_some();
        let late = began.elapsed() >= CONTRADICTION && lease.unclear().iter().all(handled);
        if late || is_clear(&live, lease, graph) {
            return Ok(live);
        }
        sleep(pace::look(began.elapsed(), CONTRADICTION)).await;
    }
}

/// The reading without what a run has deleted a moment ago and a lagging list still shows.
pub fn without_gone<C: Cloud>(mut live: LiveState, lease: &Lease<'_, C>) -> LiveState {
    live.resources.retain(|resource| !lease.is_gone(resource));
    live
}

/// Whether a reading can be planned from: nothing of a dead run is unclear that the run to come would not look
/// for itself, and it does not contradict itself.
pub fn is_clear<C: Cloud>(live: &LiveState, lease: &Lease<'_, C>, graph: &Graph) -> bool {
    for found in lease.unclear().iter().filter(|address| live.at(address).next().is_some()) {
        lease.settle(found);
    }
    lease.unclear().iter().all(|address| graph.get(address).is_some()) && !contradicts(live, graph)
}

/// Whether something holds what no list shows and the stack wants.
fn contradicts(live: &LiveState, graph: &Graph) -> bool {
    let seen: BTreeSet<(&str, &str)> = live.resources.iter().map(|l| (l.kind, l.id.as_str())).collect();
    let missing: BTreeSet<&str> = (graph.in_order())
        .filter(|node| live.at(&node.address).next().is_none())
        .map(|node| node.schema.kind)
        .collect();
    let unseen = |(kind, id): &(String, String)| {
        missing.contains(kind.as_str()) && !seen.contains(&(kind.as_str(), id.as_str()))
    };
    live.resources.iter().any(|holder| holder.spec.ids().iter().any(unseen))
}

/// Reads the tags of those that a plan changes and whose list leaves them out; whether there were any. Where a
/// tag of the user's has changed somewhere, it has changed for all.
///
/// A plan without changes needs none of them, so they cost nothing then.
pub async fn recall<C: Cloud>(cloud: &C, plan: &Plan, live: &mut LiveState) -> Result<bool, Fault> {
    let changed = |kind: &str, id: &str| {
        plan.steps.iter().any(|step| {
            matches!(step.action, Action::Update { .. } | Action::Replace { .. })
                && step.live.as_ref().is_some_and(|live| live.kind == kind && live.id == id)
        })
    };
    let is_tag = |change: &Change| change.property.starts_with("tags.");
    let retagged = plan.steps.iter().any(|step| step.changes().iter().any(is_tag));
    let matters = |live: &Live| live.tags.is_empty() && (retagged || changed(live.kind, &live.id));
    let mut any = false;
    for resource in live.resources.iter_mut().filter(|resource| matters(resource)) {
        let tags = poll::ask(&resource.id, async || cloud.tags(resource).await).await?;
        any |= !tags.is_empty();
        Rc::make_mut(resource).tags = tags;
    }
    Ok(any)
}
