//! `drucloud destroy`: deletes an environment, found by its tags alone.

use std::path::Path;
use std::rc::Rc;

use clap::Args;

use crate::aws::{Aws, Scope};
use crate::model::graph::Graph;
use crate::model::plan::Plan as Planned;
use crate::model::preview::Preview;
use crate::run::cloud::Cloud as _;
use crate::run::execute::Outcome;
use crate::run::poll;
use crate::run::read;
use crate::run::session::{Goal, Session};
use crate::run::step::Settings;
use crate::run::stop::Stop;

use super::listeners::Listeners;
use super::selecting::{self, Selecting};
use super::signals::Signals;
use super::up::{code, release, take, ticking};
use super::{Applying, Consenting, Failure, Target, context, plan, prompt};

/// Delete the environment: everything that carries its tags, in reverse order.
///
/// Needs no stack file: `--stack NAME --env ENV` is enough. Shows what holds data and ends with a scan that proves
/// that nothing is left.
#[derive(Debug, Args)]
pub struct Destroy {
    #[command(flatten)]
    target: Target,

    /// The stack's name, when there is no stack file
    #[arg(long, value_name = "NAME", requires = "env", conflicts_with = "file")]
    stack: Option<String>,

    #[command(flatten)]
    consenting: Consenting,

    #[command(flatten)]
    selecting: Selecting,

    #[command(flatten)]
    applying: Applying,
}

impl Destroy {
    /// Runs the command.
    pub async fn run(&self) -> Result<u8, Failure> {
        let aws = self.connect().await?;
        aws.expect(Rc::default());
        // What is wrong with the arguments is said before anything is touched.
        self.consenting.consent()?;
        let listeners = Listeners::open(self.applying.json_events.as_deref())?;
        if !self.applying.yes && !self.ask(&aws).await? {
            return Ok(0);
        }
        let stop = Stop::default();
        let mut signals = Signals::listen()?;
        let code = tokio::select! {
            code = self.work(&aws, &listeners, &stop) => code,
            never = signals.watch(&stop) => match never {},
        };
        listeners.finish()?;
        code
    }

    /// The scope from the arguments alone, or from the stack file.
    async fn connect(&self) -> Result<Aws, Failure> {
        let (scope, region) = if let (Some(stack), Some(env)) = (&self.stack, &self.target.env) {
            (named(stack, env)?, None)
        } else {
            let stack = context::stack(self.target.file.as_deref().map(Path::new))?;
            let environment = context::environment(&stack, self.target.env.as_deref())?;
            let region = environment.region.as_ref().map(ToString::to_string);
            (Scope { stack: environment.stack.to_string(), env: environment.name.to_string() }, region)
        };
        let region = self.target.region.clone().or(region);
        context::connect(scope, region, self.target.profile.clone()).await
    }

    /// Shows what would go and asks. `false`: there is nothing.
    async fn ask(&self, aws: &Aws) -> Result<bool, Failure> {
        let consent = self.consenting.consent()?;
        let (live, identity) =
            futures::try_join!(read::read(aws), poll::ask("identity", async || aws.identity().await))?;
        let selection = self.selecting.selection();
        selecting::check(&selection, &Graph::default(), &live)?;
        let plan = Goal::Destroy.plan_part(aws, &live, &consent, &selection);
        if plan.is_empty() {
            plan::say(&self.ending(aws))?;
            return Ok(false);
        }
        plan::show(&Preview::of(&plan), &context::heading(aws, Some(&identity)))?;
        plan::refuse(&plan)?;
        let question = format!(
            "\nThis deletes {} resources in account {}, {}, as {}.",
            plan.steps.len(),
            identity.account,
            aws.region(),
            identity.arn
        );
        if prompt::confirm(&question, &aws.scope.env)? {
            Ok(true)
        } else {
            Err(Failure::plain(
                "not confirmed; nothing was deleted",
                "run it again and type the environment's name",
            ))
        }
    }

    async fn work(&self, aws: &Aws, listeners: &Listeners, stop: &Stop) -> Result<u8, Failure> {
        let lease = take(aws, "destroy", &self.applying, listeners).await?;
        let result = self.apply(aws, &lease, listeners, stop).await;
        let emptied = result.as_ref().is_ok_and(Outcome::complete) && self.selecting.selection().is_all();
        release(lease, emptied).await?;
        let outcome = result?;
        if outcome.complete() {
            plan::say(&self.ending(aws))?;
        }
        Ok(code(&outcome))
    }

    async fn apply(
        &self,
        aws: &Aws,
        lease: &crate::run::lease::Lease<'_, Aws>,
        listeners: &Listeners,
        stop: &Stop,
    ) -> Result<Outcome, Failure> {
        let consent = self.consenting.consent()?;
        let selection = self.selecting.selection();
        let settings = Settings {
            stack: aws.scope.stack.clone(),
            env: aws.scope.env.clone(),
            snapshots: !self.consenting.skip_final_snapshot,
            ..Settings::default()
        };
        let session = Session {
            cloud: aws,
            lease,
            settings: &settings,
            stop,
            listener: listeners,
            selection: &selection,
        };
        aws.expect(Rc::default());
        let plan: Planned = session.plan(Goal::Destroy, &consent).await?;
        if plan.is_empty() {
            return Ok(Outcome::default());
        }
        if self.applying.yes {
            plan::show(&Preview::of(&plan), &context::heading(aws, None))?;
        }
        plan::refuse(&plan)?;
        if let Some(events) = &listeners.events {
            events.plan(&Preview::of(&plan));
        }
        Ok(ticking(listeners, session.apply(Goal::Destroy, &consent, &plan)).await?)
    }

    /// The last words of a run that has done all.
    fn ending(&self, aws: &Aws) -> String {
        if self.selecting.selection().is_all() {
            return nothing(aws);
        }
        format!("\nThe rest of {}/{} stays as it is.\n", aws.scope.stack, aws.scope.env)
    }
}

/// A scope from names given by hand: they end up in filters and in the lease's name.
fn named(stack: &str, env: &str) -> Result<Scope, Failure> {
    let rest = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    let valid = |name: &str| name.starts_with(|c: char| c.is_ascii_lowercase()) && name.chars().all(rest);
    if valid(stack) && valid(env) {
        return Ok(Scope { stack: stack.to_owned(), env: env.to_owned() });
    }
    let message = format!("`{stack}` and `{env}` are not the names of a stack and an environment");
    Err(Failure::plain(message, "names are lower-case letters, digits and hyphens"))
}

/// What the scan at the end says.
fn nothing(aws: &Aws) -> String {
    let kinds = aws.catalog().all().count();
    format!(
        "\nNothing is left of {}/{} in {}: a scan of {kinds} kinds of resources found none with its tags.\n",
        aws.scope.stack,
        aws.scope.env,
        aws.region()
    )
}
