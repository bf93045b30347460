//! `drucloud plan`: what `up` would do.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use clap::Args;

use crate::aws::client::Identity;
use crate::model::plan::Plan as Planned;
use crate::model::planner::Consent;
use crate::model::preview::Preview;
use crate::run::poll;
use crate::ui::annotations::{Annotation, of_preview};
use crate::ui::plan::{Context as Heading, render_plan};
use crate::ui::style::Style;

use super::context::{self, Context};
use super::fail_on::FailOn;
use super::formats::{Formats, up_command};
use super::policies::Policies;
use super::preview::{Checking, preview};
use super::saved::{self, Saved};
use super::selecting::Selecting;
use super::survey::Survey;
use super::{Consenting, Failure, Target, annotate, whole};

/// Changes were found.
const CHANGES: u8 = 2;

/// Show what `up` would do; changes nothing and takes no lease.
///
/// Exit code 0: no change. 2: changes. 1: error. 3: with --out, a plan that must not be applied. 5: findings, as
/// `--fail-on` asks.
#[derive(Debug, Args)]
pub struct Plan {
    #[command(flatten)]
    target: Target,

    #[command(flatten)]
    consenting: Consenting,

    #[command(flatten)]
    selecting: Selecting,

    #[command(flatten)]
    fail_on: FailOn,

    #[command(flatten)]
    formats: Formats,

    /// Save the plan in this file: `drucloud apply FILE` does exactly that
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,

    /// For how long the saved plan may be applied, such as 90m, 24h or 7d
    #[arg(long, value_name = "TIME", default_value = "24h", value_parser = saved::lifetime, requires = "out")]
    expires: u64,

    #[command(flatten)]
    checking: Checking,

    #[command(flatten)]
    policies: Policies,
}

impl Plan {
    /// Runs the command; `annotations`: findings are told at their line as well.
    pub async fn run(&self, annotations: bool) -> Result<u8, Failure> {
        let context = Context::open(&self.target).await?;
        warn(&context);
        let consent: Consent = self.consenting.consent()?;
        let selection = self.selecting.selection();
        let survey = Survey::make(&context.aws, &context.environment, &consent, &selection, None).await?;
        // What is saved belongs to one account, and says so.
        let identity = match &self.out {
            Some(_) => Some(poll::ask("identity", async || context.aws.identity().await).await?),
            None => None,
        };
        let heading = context.heading(identity.as_ref());
        let checks = self.checking.checks(&context, &survey).await;
        let mut preview = preview(&context, &survey, checks);
        self.policies.judge(&context.environment, &mut preview, &heading).await?;
        if annotations {
            annotate::write(&Self::annotations(&context, &preview));
        }
        let apply = match &self.out {
            Some(out) => format!("drucloud apply {}", out.display()),
            None => up_command(self.target.file.as_deref(), &heading),
        };
        self.formats.write(&preview, &heading, &apply)?;
        if let (Some(out), Some(identity)) = (&self.out, identity) {
            refuse(&survey.plan)?;
            super::preview::refuse(&preview)?;
            self.save(&context, &survey.plan, identity, out)?;
        }
        self.fail_on.check(&preview.findings)?;
        Ok(if survey.plan.is_empty() { 0 } else { CHANGES })
    }
}

impl Plan {
    /// What is to be said at a line of the stack: warnings about it, and what was found out about the plan.
    fn annotations(context: &Context, preview: &Preview<'_>) -> Vec<Annotation> {
        let warnings = &context.environment.warnings;
        let mut found = if warnings.is_empty() { Vec::new() } else { annotate::of_report(warnings) };
        found.extend(of_preview(preview));
        found
    }

    /// Keeps the plan in a file, with all that it depends on.
    fn save(&self, context: &Context, plan: &Planned, identity: Identity, out: &Path) -> Result<(), Failure> {
        let file = context::stack_file(self.target.file.as_deref())?;
        let (only, except) = self.selecting.patterns();
        let target = saved::Target {
            content: saved::content(&file)?,
            file,
            stack: context.environment.stack.to_string(),
            env: context.environment.name.to_string(),
            account: identity.account,
            region: context.aws.region().to_owned(),
            region_given: self.target.region.is_some(),
            endpoint: context.aws.endpoint().map(str::to_owned),
            only,
            except,
            allow_data_loss: self.consenting.allow_data_loss.clone(),
            skip_final_snapshot: self.consenting.skip_final_snapshot,
        };
        Saved::new(plan, target, saved::now(context), self.expires).write(out)
    }
}

/// Shows a plan on standard output.
pub fn show(preview: &Preview<'_>, heading: &Heading) -> Result<(), Failure> {
    let text = render_plan(preview, heading, Style::detect(&std::io::stdout()));
    say(&text)
}

/// Says what the user should know although the stack is accepted.
pub fn warn(context: &Context) {
    let warnings = &context.environment.warnings;
    if !warnings.is_empty() {
        // Warnings that nobody can read are no reason to fail.
        let _: std::io::Result<()> = write!(anstream::stderr(), "{}", super::error::render(warnings));
    }
}

/// Writes to standard output; a reader that has gone away (`| head`) is no failure.
pub fn say(text: &str) -> Result<(), Failure> {
    let mut out = anstream::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => {
            Err(Failure::plain(format!("cannot write to standard output: {error}"), "look where it leads"))
        }
        _ => Ok(()),
    }
}

/// Writes a whole file or none.
pub fn write(path: &Path, text: &str) -> Result<(), Failure> {
    whole::write(path, text, whole::Readers::All).map_err(|error| {
        Failure::plain(format!("cannot write `{}`: {error}", path.display()), "name another file")
    })
}

/// A plan that must not be applied.
pub fn refuse(plan: &Planned) -> Result<(), Failure> {
    let Some(first) = plan.blocked.first() else { return Ok(()) };
    let more = plan.blocked.len() - 1;
    let others = if more == 0 { String::new() } else { format!(" (and {more} more, see above)") };
    Err(Failure::plain(
        format!("`{}`: {}{others}; nothing was changed", first.address, first.why),
        &first.help,
    )
    .code(3))
}
