//! One reading of everything: every kind listed once, concurrently, in one look.

use futures::future::try_join_all;
use tokio::time::{Instant, sleep};

use crate::model::address::Address;
use crate::model::live::LiveState;
use crate::model::plan::{Action, Plan};

use super::cloud::Cloud;
use super::fault::Fault;
use super::lease::Lease;
use super::{pace, poll};

/// The live state of the environment.
pub async fn read<C: Cloud>(cloud: &C) -> Result<LiveState, Fault> {
    let glance = cloud.glance();
    let kinds = cloud.catalog().all().map(|schema| poll::list(cloud, &glance, schema.kind));
    let resources = try_join_all(kinds).await?.into_iter().flatten().collect();
    Ok(LiveState { resources })
}

/// The live state, once everything that a dead run had begun is visible or certainly was not done.
///
/// Only what `handled` does not take care of is waited for: a run that makes that very address looks for it
/// itself, while everything else goes on.
pub async fn read_clearly<C: Cloud>(
    cloud: &C,
    lease: &Lease<'_, C>,
    handled: &dyn Fn(&Address) -> bool,
) -> Result<LiveState, Fault> {
    let began = Instant::now();
    loop {
        let live = read(cloud).await?;
        let unclear = lease.unclear();
        for found in unclear.iter().filter(|address| live.at(address).next().is_some()) {
            lease.settle(found);
        }
        if lease.unclear().iter().all(handled) {
            return Ok(live);
        }
        sleep(pace::look(began.elapsed(), pace::HORIZON)).await;
    }
}

/// Reads the tags of those that a plan changes and whose list leaves them out; whether there were any.
///
/// A plan without changes needs none of them, so they cost nothing then.
pub async fn recall<C: Cloud>(cloud: &C, plan: &Plan, live: &mut LiveState) -> Result<bool, Fault> {
    let changed = |kind: &str, id: &str| {
        plan.steps.iter().any(|step| {
            matches!(step.action, Action::Update { .. } | Action::Replace { .. })
                && step.live.as_ref().is_some_and(|live| live.kind == kind && live.id == id)
        })
    };
    let mut any = false;
    for resource in live.resources.iter_mut().filter(|r| r.tags.is_empty() && changed(r.kind, &r.id)) {
        resource.tags = poll::ask(&resource.id, async || cloud.tags(resource).await).await?;
        any |= !resource.tags.is_empty();
    }
    Ok(any)
}
