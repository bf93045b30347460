//! `drucloud apply`: does what a saved plan says, and nothing else.

use std::path::PathBuf;
use std::rc::Rc;

use clap::Args;

use crate::model::live::Live;
use crate::model::select::{Pattern, Selection};
use crate::run::execute::Outcome;
use crate::run::poll;
use crate::run::stop::Stop;
use crate::ui::plan::Context as Heading;

use super::context::Context;
use super::listeners::Listeners;
use super::preview::{self, Checking, preview};
use super::saved::{self, Saved};
use super::signals::Signals;
use super::work::{self, Run};
use super::{Applying, Failure, Target, plan, up};

/// Apply a plan that `plan --out FILE` saved: exactly that, or nothing.
///
/// It is planned again under the lease and compared; the refusal says what has changed. After an interruption the
/// same command goes on where it stopped. Exit code 3: refused, nothing was changed.
#[derive(Debug, Args)]
pub struct Apply {
    /// The saved plan
    #[arg(value_name = "FILE")]
    file: PathBuf,

    /// The profile of the AWS configuration
    #[arg(long, value_name = "PROFILE")]
    profile: Option<String>,

    #[command(flatten)]
    checking: Checking,

    /// Wait for somebody else's lease for so many seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 0)]
    lock_timeout: u64,

    /// Write every event as a line of JSON to this file
    #[arg(long, value_name = "FILE")]
    json_events: Option<PathBuf>,
}

impl Apply {
    /// Runs the command.
    pub async fn run(&self) -> Result<u8, Failure> {
        let saved = Saved::read(&self.file)?;
        let target = Target {
            file: Some(saved.target.file.clone()),
            env: Some(saved.target.env.clone()),
            region: saved.target.region_given.then(|| saved.target.region.clone()),
            profile: self.profile.clone(),
        };
        // A stack file that has changed may not even be a stack any more.
        saved.unchanged()?;
        let context = Context::open(&target).await?;
        saved.still(saved::now(&context))?;
        let identity = poll::ask("identity", async || context.aws.identity().await).await?;
        saved.belongs(&identity.account, context.aws.region(), context.aws.endpoint())?;
        plan::warn(&context);
        let heading = context.heading(Some(&identity));
        let listeners = Listeners::open(self.json_events.as_deref())?;
        let stop = Stop::default();
        let mut signals = Signals::listen()?;
        let code = tokio::select! {
            code = self.work(&context, (&saved, &heading), &listeners, &stop) => code,
            never = signals.watch(&stop) => match never {},
        };
        listeners.finish()?;
        code
    }

    async fn work(
        &self,
        context: &Context,
        (saved, heading): (&Saved, &Heading),
        listeners: &Listeners,
        stop: &Stop,
    ) -> Result<u8, Failure> {
        let applying = Applying { yes: true, lock_timeout: self.lock_timeout, json_events: None };
        // By the nonce the next run knows that a dead one was applying this very plan: it takes the nonce over.
        let nonce = format!("{}-{}", saved.id(), super::holder::nonce());
        let lease = work::take_with(&context.aws, "apply", nonce, &applying, listeners).await?;
        let ours = saved.begun || lease.healed.is_some() && lease.nonce().starts_with(saved.id());
        let consenting = saved.consenting();
        let pattern = |texts: &[String]| texts.iter().map(|text| Pattern::new(text)).collect();
        let selection =
            Selection { only: pattern(&saved.target.only), except: pattern(&saved.target.except) };
        let run = Run {
            context,
            lease: &lease,
            consent: consenting.consent()?,
            selection,
            snapshots: !consenting.skip_final_snapshot,
            listeners,
            stop,
        };
        let result = self.exactly(&run, (saved, heading), ours).await;
        work::release(lease, false).await?;
        let (outcome, live) = result?;
        if outcome.complete() {
            up::tell_outputs(&live, context, listeners)?;
        }
        Ok(work::code(&outcome))
    }

    /// Plans again; applies it if it is what was saved, or what is left of it.
    async fn exactly(
        &self,
        run: &Run<'_>,
        (saved, heading): (&Saved, &Heading),
        ours: bool,
    ) -> Result<(Outcome, Vec<Rc<Live>>), Failure> {
        let Run { context, .. } = run;
        let survey = run.survey().await?;
        {
            // What is already begun goes on; who applies may be allowed other things than who planned.
            let checks = if ours { None } else { self.checking.checks(context, &survey).await };
            let preview = preview(context, &survey, checks);
            plan::show(&preview, heading)?;
            saved.agrees(&survey.plan, ours)?;
            plan::refuse(&survey.plan)?;
            preview::refuse(&preview)?;
            if let Some(events) = run.listeners.events.as_ref().filter(|_| !survey.plan.is_empty()) {
                events.plan(&preview);
            }
        }
        if !saved.begun && !survey.plan.is_empty() {
            Saved { begun: true, ..saved.clone() }.write(&self.file)?;
        }
        run.carry_out(survey).await
    }
}
