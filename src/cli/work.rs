//! What commands share that work under the lease: taking it, applying a plan, giving it back, the exit code.

use std::rc::Rc;
use std::time::Duration;

use crate::aws::Aws;
use crate::model::live::Live;
use crate::model::planner::Consent;
use crate::model::select::Selection;
use crate::run::event::{Event, Listener as _, What};
use crate::run::execute::Outcome;
use crate::run::lease::{Lease, Taking};
use crate::run::session::{Goal, Session};
use crate::run::step::Settings;
use crate::run::stop::Stop;

use super::context::Context;
use super::listeners::Listeners;
use super::signals::INTERRUPTED;
use super::survey::Survey;
use super::{Applying, Failure, holder, plan};

/// Some of it was applied.
pub const PARTLY: u8 = 4;
/// How often the terminal is redrawn.
const FRAME: Duration = Duration::from_millis(250);

/// A run under a lease: with what it is allowed and what of the environment is meant.
pub struct Run<'a> {
    /// The environment.
    pub context: &'a Context,
    /// The lease.
    pub lease: &'a Lease<'a, Aws>,
    /// The data that may be lost.
    pub consent: Consent,
    /// The part that is meant.
    pub selection: Selection,
    /// Whether last snapshots are taken.
    pub snapshots: bool,
    /// Who is told.
    pub listeners: &'a Listeners,
    /// The wish to stop.
    pub stop: &'a Stop,
}

impl Run<'_> {
    /// Reads and plans under the lease.
    pub async fn survey(&self) -> Result<Survey, Failure> {
        let Context { aws, environment } = self.context;
        Survey::make(aws, environment, &self.consent, &self.selection, Some(self.lease)).await
    }

    /// Applies the plan; the outcome and what there is then.
    pub async fn carry_out(&self, survey: Survey) -> Result<(Outcome, Vec<Rc<Live>>), Failure> {
        let Survey { live, graph, plan, .. } = survey;
        if plan.is_empty() {
            return Ok((Outcome::default(), live.resources));
        }
        let settings = settings(self.context, self.snapshots);
        let session = Session {
            cloud: &self.context.aws,
            lease: self.lease,
            settings: &settings,
            stop: self.stop,
            listener: self.listeners,
            selection: &self.selection,
        };
        let applied = session.apply(Goal::Up(&graph), &self.consent, &plan);
        let outcome = ticking(self.listeners, applied).await?;
        let known = outcome.known.values().cloned().collect();
        Ok((outcome, known))
    }
}

fn settings(context: &Context, snapshots: bool) -> Settings {
    let environment = &context.environment;
    Settings {
        stack: environment.stack.to_string(),
        env: environment.name.to_string(),
        tags: environment.tags.0.iter().map(|(key, value)| (key.to_string(), value.to_string())).collect(),
        snapshots,
    }
}

/// Runs something while the terminal is redrawn.
pub async fn ticking<T>(listeners: &Listeners, work: impl Future<Output = T>) -> T {
    let mut work = std::pin::pin!(work);
    let mut frame = tokio::time::interval(FRAME);
    loop {
        tokio::select! {
            biased;
            done = &mut work => return done,
            _ = frame.tick() => listeners.tick(),
        }
    }
}

/// Takes the lease, saying whom it waits for.
pub async fn take<'a>(
    aws: &'a Aws,
    operation: &str,
    applying: &Applying,
    listeners: &Listeners,
) -> Result<Lease<'a, Aws>, Failure> {
    take_with(aws, operation, holder::nonce(), applying, listeners).await
}

/// The same with a nonce that says more than chance.
pub async fn take_with<'a>(
    aws: &'a Aws,
    operation: &str,
    nonce: String,
    applying: &Applying,
    listeners: &Listeners,
) -> Result<Lease<'a, Aws>, Failure> {
    let tell = |what| listeners.tell(&Event { at: 0, calls: aws.calls(), what });
    let taking = Taking {
        holder: holder::this(operation),
        nonce,
        patience: Duration::from_secs(applying.lock_timeout),
        dead: &holder::is_dead,
        waiting: &|holder| tell(What::LeaseAwaited { holder: holder.to_owned() }),
    };
    let lease = ticking(listeners, Lease::take(aws, &taking)).await?;
    tell(What::LeaseTaken { id: lease.id(), healed: lease.healed.clone() });
    Ok(lease)
}

/// Gives the lease back, with its record when the environment was `emptied`. That it could not be given back is worth a
/// word, but it frees itself.
pub async fn release(lease: Lease<'_, Aws>, emptied: bool) -> Result<(), Failure> {
    let released = lease.release(emptied).await;
    if let Err(fault) = released {
        let text =
            format!("the lease could not be given back ({fault}); it frees itself within two minutes\n");
        plan::say(&text)?;
    }
    Ok(())
}

/// The exit code of a run.
pub fn code(outcome: &Outcome) -> u8 {
    if outcome.complete() {
        0
    } else if outcome.failed.is_empty() && outcome.stopped.is_some() {
        INTERRUPTED
    } else if outcome.done == 0 {
        1
    } else {
        PARTLY
    }
}
