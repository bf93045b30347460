//! What a command does once it holds the lease: read, plan, apply; and for `destroy` again, until a scan proves
//! that nothing is left.

use crate::model::graph::Graph;
use crate::model::live::LiveState;
use crate::model::plan::Plan;
use crate::model::planner::{self, Consent};

use super::cloud::Cloud;
use super::event::Listener;
use super::execute::{self, Outcome};
use super::fault::Fault;
use super::lease::Lease;
use super::read;
use super::step::Settings;
use super::stop::Stop;

/// Scans after a destroy: the first read may lag behind what was made a moment before.
const ROUNDS: usize = 4;

/// What is wanted.
#[derive(Clone, Copy)]
pub enum Goal<'a> {
    /// What the stack says.
    Up(&'a Graph),
    /// Nothing.
    Destroy,
}

impl Goal<'_> {
    /// The plan that reaches it from a live state.
    pub fn plan<C: Cloud>(&self, cloud: &C, live: &LiveState, consent: &Consent) -> Plan {
        match self {
            Goal::Up(graph) => planner::plan(graph, live, cloud.catalog(), consent),
            Goal::Destroy => planner::destroy(live, cloud.catalog(), consent),
        }
    }
}

/// A run: everything that it needs besides the plan.
pub struct Session<'a, C: Cloud> {
    /// The cloud.
    pub cloud: &'a C,
    /// The lease.
    pub lease: &'a Lease<'a, C>,
    /// Stack, environment, tags.
    pub settings: &'a Settings,
    /// The wish to stop.
    pub stop: &'a Stop,
    /// Who is told.
    pub listener: &'a dyn Listener,
}

impl<C: Cloud> Session<'_, C> {
    /// Reads what there is and plans. What a dead run has left unclear is waited for, unless the plan makes
    /// that very resource and so looks for it itself.
    pub async fn plan(&self, goal: Goal<'_>, consent: &Consent) -> Result<(Plan, LiveState), Fault> {
        let handled = |address: &_| matches!(goal, Goal::Up(graph) if graph.get(address).is_some());
        let mut live = read::read_clearly(self.cloud, self.lease, &handled).await?;
        let mut plan = goal.plan(self.cloud, &live, consent);
        if read::recall(self.cloud, &plan, &mut live).await? {
            plan = goal.plan(self.cloud, &live, consent);
        }
        Ok((plan, live))
    }

    /// Applies a plan. After a destroy everything is read again, and what shows up is deleted too.
    pub async fn apply(
        &self,
        goal: Goal<'_>,
        consent: &Consent,
        plan: &Plan,
        live: &LiveState,
    ) -> Result<Outcome, Fault> {
        let mut outcome = self.once(plan, live).await;
        if matches!(goal, Goal::Up(_)) {
            return Ok(outcome);
        }
        for _ in 1..ROUNDS {
            if !outcome.complete() {
                break;
            }
            let (plan, live) = self.plan(goal, consent).await?;
            if plan.steps.is_empty() || !plan.blocked.is_empty() {
                outcome.left += plan.blocked.len();
                break;
            }
            let done = outcome.done;
            outcome = self.once(&plan, &live).await;
            outcome.done += done;
        }
        Ok(outcome)
    }

    async fn once(&self, plan: &Plan, live: &LiveState) -> Outcome {
        execute::apply(self.cloud, plan, live, self.lease, self.settings, self.stop, self.listener).await
    }
}
