//! `drucloud up`: makes the environment as the stack says.

use std::rc::Rc;

use clap::Args;

use crate::aws::Aws;
use crate::model::check::Check;
use crate::model::live::Live;
use crate::model::plan::Plan as Planned;
use crate::model::preview::Preview;
use crate::run::execute::Outcome;
use crate::run::lease::Lease;
use crate::run::poll;
use crate::run::stop::Stop;
use crate::stack::elsewhere;
use crate::stack::outputs::outputs;
use crate::ui::outputs::{render_outputs, render_records};
use crate::ui::plan::render_plan;
use crate::ui::style::Style;

use super::context::{Context, is_local};
use super::listeners::Listeners;
use super::policies::Policies;
use super::preview::{self, Checking, preview};
use super::selecting::Selecting;
use super::signals::Signals;
use super::survey::Survey;
use super::{Applying, Consenting, Failure, Target, plan, prompt};

pub use super::work::{PARTLY, Run, code, release, take, ticking};

/// Make the environment as the stack says: plan, show, ask, apply, print the outputs.
///
/// Run again after an interruption or an error it continues where it stopped.
#[derive(Debug, Args)]
pub struct Up {
    #[command(flatten)]
    target: Target,

    #[command(flatten)]
    consenting: Consenting,

    #[command(flatten)]
    selecting: Selecting,

    #[command(flatten)]
    checking: Checking,

    #[command(flatten)]
    policies: Policies,

    #[command(flatten)]
    applying: Applying,
}

/// The plan as it was shown, and what was found out about it then.
struct Shown {
    fingerprint: String,
    checks: Option<Vec<Check>>,
}

impl Up {
    /// Runs the command.
    pub async fn run(&self) -> Result<u8, Failure> {
        let context = Context::open(&self.target).await?;
        plan::warn(&context);
        // What is wrong with the arguments is said before anything is touched.
        self.consenting.consent()?;
        let listeners = Listeners::open(self.applying.json_events.as_deref())?;
        let shown = if self.applying.yes { None } else { self.ask(&context).await? };
        if !self.applying.yes && shown.is_none() {
            return self.nothing(&context, &listeners).await;
        }
        let stop = Stop::default();
        let mut signals = Signals::listen()?;
        let work = self.work(&context, shown, &listeners, &stop);
        let code = tokio::select! {
            code = work => code,
            never = signals.watch(&stop) => match never {},
        };
        listeners.finish()?;
        code
    }

    /// Shows the plan, and who would do it where, and asks. The plan as it was shown; `None`: nothing to do.
    async fn ask(&self, context: &Context) -> Result<Option<Shown>, Failure> {
        let consent = self.consenting.consent()?;
        let selection = self.selecting.selection();
        let (survey, identity) = futures::try_join!(
            Survey::make(&context.aws, &context.environment, &consent, &selection, None),
            async { Ok(poll::ask("identity", async || context.aws.identity().await).await?) },
        )?;
        let heading = context.heading(Some(&identity));
        let mut preview = preview(context, &survey, self.checking.checks(context, &survey).await);
        self.policies.judge(&context.environment, &mut preview, &heading).await?;
        plan::show(&preview, &heading)?;
        if survey.plan.is_empty() {
            return Ok(None);
        }
        plan::refuse(&survey.plan)?;
        preview::refuse(&preview)?;
        let question = format!(
            "\nThis changes account {} in {} as {}.",
            identity.account,
            context.aws.region(),
            identity.arn
        );
        if prompt::confirm(&question, context.environment.name.as_str())? {
            Ok(Some(Shown { fingerprint: fingerprint(&survey.plan, context), checks: preview.checks }))
        } else {
            Err(Failure::plain(
                "not confirmed; nothing was changed",
                "run it again and type the environment's name",
            ))
        }
    }

    /// The outputs of an environment that is as it should be.
    async fn nothing(&self, context: &Context, listeners: &Listeners) -> Result<u8, Failure> {
        let survey = Survey::make(
            &context.aws,
            &context.environment,
            &self.consenting.consent()?,
            &self.selecting.selection(),
            None,
        )
        .await?;
        tell_outputs(&survey.live.resources, context, listeners)?;
        listeners.finish()?;
        Ok(0)
    }

    async fn work(
        &self,
        context: &Context,
        shown: Option<Shown>,
        listeners: &Listeners,
        stop: &Stop,
    ) -> Result<u8, Failure> {
        let aws = &context.aws;
        let lease = take(aws, "up", &self.applying, listeners).await?;
        let result = self.apply(context, &lease, shown, listeners, stop).await;
        release(lease, false).await?;
        let (outcome, live) = result?;
        if outcome.complete() {
            tell_outputs(&live, context, listeners)?;
        }
        Ok(code(&outcome))
    }

    /// Plans again under the lease; what is applied is what was shown.
    async fn apply(
        &self,
        context: &Context,
        lease: &Lease<'_, Aws>,
        shown: Option<Shown>,
        listeners: &Listeners,
        stop: &Stop,
    ) -> Result<(Outcome, Vec<Rc<Live>>), Failure> {
        let run = Run {
            context,
            lease,
            consent: self.consenting.consent()?,
            selection: self.selecting.selection(),
            snapshots: !self.consenting.skip_final_snapshot,
            listeners,
            stop,
        };
        let survey = run.survey().await?;
        let preview = match shown {
            None => {
                let mut preview = preview(context, &survey, self.checking.checks(context, &survey).await);
                let heading = context.heading(None);
                self.policies.judge(&context.environment, &mut preview, &heading).await?;
                plan::show(&preview, &heading)?;
                preview
            }
            Some(shown) if shown.fingerprint != fingerprint(&survey.plan, context) => {
                plan::show(&preview(context, &survey, None), &context.heading(None))?;
                let message = "the environment changed while the question stood; nothing was done";
                return Err(Failure::plain(message, "look at the plan above and run it again"));
            }
            // What was found out while it was shown was a moment ago.
            Some(shown) => preview(context, &survey, shown.checks),
        };
        plan::refuse(&survey.plan)?;
        preview::refuse(&preview)?;
        if !survey.plan.is_empty()
            && let Some(events) = &listeners.events
        {
            events.plan(&preview);
        }
        run.carry_out(survey).await
    }
}

/// What the plan says, without what stands above it.
fn fingerprint(plan: &Planned, context: &Context) -> String {
    let bare = Preview { plan, findings: Vec::new(), checks: None, bill: None };
    render_plan(&bare, &context.heading(None), Style::plain(100))
}

/// The outputs, to the terminal and the listeners.
pub fn tell_outputs(live: &[Rc<Live>], context: &Context, listeners: &Listeners) -> Result<(), Failure> {
    let outputs = outputs(live);
    if let Some(events) = &listeners.events {
        events.outputs(&outputs);
    }
    let pairs = outputs.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    let text = render_outputs(pairs, Style::detect(&std::io::stdout()));
    let local = is_local(context.aws.endpoint());
    let note =
        if local { "\nThis is the sandbox: the endpoints are emulated and answer nobody.\n" } else { "" };
    plan::say(&format!("\n{text}{note}"))?;
    tell_records(live, context)
}

/// What has to be entered in the DNS of domains whose zone is in no account of ours.
pub fn tell_records(live: &[Rc<Live>], context: &Context) -> Result<(), Failure> {
    let records = elsewhere::records(&context.environment, live, context.aws.region());
    let rows = records.iter().map(|record| (record.name.as_str(), record.r#type, record.value.as_str()));
    let text = render_records(rows, Style::detect(&std::io::stdout()));
    if text.is_empty() { Ok(()) } else { plan::say(&format!("\n{text}")) }
}
