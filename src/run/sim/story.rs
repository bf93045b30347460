//! Whole commands against the simulated cloud, as the command line would run them.

use std::cell::RefCell;
use std::collections::BTreeMap;

use tokio::time::Duration;

use crate::model::live::LiveState;
use crate::model::plan::Plan;
use crate::model::planner::Consent;
use crate::model::select::Selection;
use crate::run::event::{Event, What};
use crate::run::execute::Outcome;
use crate::run::lease::{Holder, Lease, Taking};
use crate::run::read;
pub use crate::run::session::Goal;
use crate::run::session::Session;
use crate::run::step::Settings;
use crate::run::stop::Stop;

use super::{Random, Sim};

/// How a command ended.
pub struct Told {
    /// What was planned.
    pub plan: Plan,
    /// What came of it.
    pub outcome: Outcome,
    /// All that was told.
    pub events: Vec<Event>,
}

impl Told {
    /// Seconds that applying took, and the lower bound.
    pub fn makespan(&self) -> (f64, f64) {
        let end = self.events.iter().rev().find_map(|event| match event.what {
            What::ApplyEnd { took, bound, .. } => Some((took, bound)),
            _ => None,
        });
        let (took, bound) = end.unwrap_or_default();
        (Duration::from_millis(took).as_secs_f64(), f64::from(bound))
    }
}

/// What has to be done now.
pub async fn plan(sim: &Sim, goal: &Goal<'_>, consent: &Consent) -> Result<(Plan, LiveState), String> {
    let live = match goal {
        Goal::Up(graph) => read::read_for(sim, graph).await,
        Goal::Destroy => read::read(sim).await,
    };
    let live = live.map_err(|fault| fault.to_string())?;
    Ok((goal.plan(sim, &live, consent), live))
}

/// One command from its lease to its end.
pub async fn command(sim: &Sim, goal: &Goal<'_>, consent: &Consent, run: u64) -> Result<Told, String> {
    part(sim, goal, consent, run, &Selection::default()).await
}

/// The same for a part of the environment.
pub async fn part(
    sim: &Sim,
    goal: &Goal<'_>,
    consent: &Consent,
    run: u64,
    selection: &Selection,
) -> Result<Told, String> {
    let mut random = Random::new(run);
    let holder = Holder {
        id: format!("run-{run}"),
        who: "somebody".to_owned(),
        host: "here".to_owned(),
        place: String::new(),
        pid: u32::try_from(run).unwrap_or(0),
        operation: "up".to_owned(),
        link: None,
    };
    let taking = Taking {
        holder,
        nonce: format!("{:x}", random.between((0, u64::MAX - 1))),
        patience: Duration::from_secs(300),
        // Whoever ran before on this machine is dead: the simulation runs one at a time.
        dead: &|_| true,
        waiting: &|_| {},
    };
    let lease = Lease::take(sim, &taking).await.map_err(|error| error.to_string())?;
    let events = RefCell::new(Vec::new());
    let listener = |event: &Event| events.borrow_mut().push(event.clone());
    let settings =
        Settings { stack: "s".to_owned(), env: "e".to_owned(), tags: BTreeMap::new(), snapshots: true };
    let stop = Stop::default();
    let session = Session {
        cloud: sim,
        lease: &lease,
        settings: &settings,
        stop: &stop,
        listener: &listener,
        selection,
    };
    let plan = session.plan(*goal, consent).await.map_err(|fault| fault.to_string())?;
    let outcome = if plan.blocked.is_empty() {
        session.apply(*goal, consent, &plan).await.map_err(|fault| fault.to_string())?
    } else {
        Outcome { left: plan.steps.len() + plan.blocked.len(), ..Outcome::default() }
    };
    lease
        .release(matches!(goal, Goal::Destroy) && outcome.complete() && selection.is_all())
        .await
        .map_err(|fault| fault.to_string())?;
    Ok(Told { plan, outcome, events: events.into_inner() })
}

/// A command that may die on the way: `None` when it did.
pub async fn mortal(sim: &Sim, goal: &Goal<'_>, consent: &Consent, run: u64) -> Option<Result<Told, String>> {
    tokio::select! {
        biased;
        () = sim.death() => None,
        told = command(sim, goal, consent, run) => Some(told),
    }
}
