//! What a command does once it holds the lease: read, plan, apply; and for `destroy` again, until a scan proves
//! that nothing is left.

use crate::model::address::Address;
use crate::model::graph::Graph;
use crate::model::live::LiveState;
use crate::model::plan::Plan;
use crate::model::planner::{self, Consent};
use crate::model::select::Selection;

use super::cloud::Cloud;
use super::event::Listener;
use super::execute::{self, Outcome};
use super::fault::Fault;
use super::lease::Lease;
use super::read;
use super::step::{Settings, StepError};
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

    /// The part of it that is wanted.
    pub fn plan_part<C: Cloud>(
        &self,
        cloud: &C,
        live: &LiveState,
        consent: &Consent,
        selection: &Selection,
    ) -> Plan {
        let plan = self.plan(cloud, live, consent);
        match self {
            Goal::Up(graph) => selection.of(plan, graph),
            Goal::Destroy => selection.of(plan, &Graph::default()),
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
    /// The part of the environment that is meant.
    pub selection: &'a Selection,
}

impl<C: Cloud> Session<'_, C> {
    /// Reads what there is and plans. What a dead run has left unclear is waited for, unless the plan makes
    /// that very resource and so looks for it itself.
    pub async fn plan(&self, goal: Goal<'_>, consent: &Consent) -> Result<Plan, Fault> {
        let graph = match goal {
            Goal::Up(graph) => Some(graph),
            Goal::Destroy => None,
        };
        let mut live = read::read_clearly(self.cloud, self.lease, graph).await?;
        let mut plan = goal.plan_part(self.cloud, &live, consent, self.selection);
        if read::recall(self.cloud, &plan, &mut live).await? {
            plan = goal.plan_part(self.cloud, &live, consent, self.selection);
        }
        Ok(plan)
    }

    /// Applies a plan. After a destroy everything is read again, and what shows up is deleted too.
    pub async fn apply(&self, goal: Goal<'_>, consent: &Consent, plan: &Plan) -> Result<Outcome, Fault> {
        if let Goal::Up(graph) = goal {
            let found = plan.steps.iter().filter_map(|step| step.live.as_ref()).chain(plan.standing());
            let kinds = graph.in_order().map(|node| node.schema.kind);
            read::note(self.cloud, kinds.chain(found.map(|live| live.kind))).await?;
            return Ok(self.once(plan).await);
        }
        let mut outcome = self.once(plan).await;
        for _ in 1..ROUNDS {
            // What AWS says is still in use may be held by something that the first read did not show yet.
            let held = |(_, error): &(_, StepError)| matches!(error, StepError::InUse { .. });
            if outcome.stopped.is_some() || !outcome.failed.iter().all(held) {
                break;
            }
            let next = self.plan(goal, consent).await?;
            let known = |address: &Address| plan.steps.iter().any(|step| step.address == *address);
            if !next.blocked.is_empty()
                || (!outcome.complete() && next.steps.iter().all(|s| known(&s.address)))
            {
                outcome.left += next.blocked.len();
                break;
            }
            if next.steps.is_empty() {
                break;
            }
            let done = outcome.done;
            outcome = self.once(&next).await;
            outcome.done += done;
        }
        Ok(outcome)
    }

    async fn once(&self, plan: &Plan) -> Outcome {
        execute::apply(self.cloud, plan, self.lease, self.settings, self.stop, self.listener).await
    }
}
