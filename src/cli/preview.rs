//! The preview: one place where everything is found out about a plan, for every command that shows one.

use clap::Args;

use crate::aws::preflight::{self, Secret, Wishes};
use crate::model::address::Address;
use crate::model::check::Check;
use crate::model::lint::Circumstances;
use crate::model::preview::Preview;
use crate::stack::Environment;

use super::Failure;
use super::books::today;
use super::context::Context;
use super::survey::Survey;

/// Whether AWS is asked what would fail.
#[derive(Clone, Debug, Args)]
pub struct Checking {
    /// Do not ask AWS beforehand what would fail: permissions, quotas, offers, names
    #[arg(long)]
    no_preflight: bool,
}

impl Checking {
    /// The checks of a plan; `None`: the user wants none, or there is nothing to apply.
    pub async fn checks(&self, context: &Context, survey: &Survey) -> Option<Vec<Check>> {
        if self.no_preflight || survey.plan.steps.is_empty() {
            return None;
        }
        let environment = &context.environment;
        let secrets = secrets(environment);
        let place = |address: &Address, property: Option<&str>| environment.place_of(address, property);
        let wishes = Wishes { place: &place, secrets: &secrets };
        Some(preflight::run(&context.aws, &survey.plan, &wishes).await)
    }
}

/// The secrets that the stack names: the key with which the control server fetches the site's code.
fn secrets(environment: &Environment) -> Vec<Secret> {
    let key = environment
        .site
        .source
        .as_ref()
        .and_then(|source| source.deploy_key.as_ref())
        .map(ToString::to_string);
    let named = key.as_deref().and_then(|key| key.strip_prefix("secret:").map(str::to_owned));
    let reader = "control.role".parse::<Address>().ok();
    let secret = |(name, reader)| Secret { name, place: environment.place("site.source.deploy_key"), reader };
    named.zip(reader).map(secret).into_iter().collect()
}

/// What is known about a plan of the stack.
pub fn preview<'a>(context: &Context, survey: &'a Survey, checks: Option<Vec<Check>>) -> Preview<'a> {
    let environment = &context.environment;
    let settings = environment.finding_settings();
    let about = Circumstances {
        protect: environment.protect,
        today: Some(today()),
        drupal: Some(environment.site.drupal.into()),
        bill: survey.bill.as_ref(),
        budget: environment.budget.monthly,
        settings: &settings,
        places: &|address, property| Some(environment.place_of(address, property)),
    };
    Preview { checks, ..Preview::within(&survey.plan, &about) }
}

/// A plan of which it is known that it would fail.
pub fn refuse(preview: &Preview<'_>) -> Result<(), Failure> {
    let mut errors = preflight::errors(preview.checks.as_deref().unwrap_or_default());
    let Some(first) = errors.next() else { return Ok(()) };
    let more = errors.count();
    let others = if more == 0 { String::new() } else { format!(" (and {more} more, see above)") };
    let about = first.address.as_ref().map(|address| format!("`{address}`: ")).unwrap_or_default();
    let remedy = first.remedy.as_deref().unwrap_or("look at the checks above");
    Err(Failure::plain(
        format!("preflight `{}`: {about}{}{others}; nothing was changed", first.id, first.message),
        format!("{remedy}; `--no-preflight` applies it all the same"),
    )
    .code(3))
}
