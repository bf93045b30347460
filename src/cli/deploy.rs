//! `drucloud deploy`: a new release of the site, one node at a time.

use std::io::Write as _;
use std::rc::Rc;
use std::time::Instant;

use clap::Args;
use jiff::Timestamp;
use serde_json::json;

use crate::aws::platform::{self, Site};
use crate::aws::{command, names, store};
use crate::deploy::{DeployError, Deployment, Goal, Report};
use crate::model::live::Live;
use crate::model::machine::{self as model, Machine};
use crate::model::release::Told;
use crate::run::stop::Stop;
use crate::ui::deploy::{line, summary};
use crate::ui::style::Style;

use super::aside::{Aside, Leasing};
use super::context::Context;
use super::listeners::Listeners;
use super::signals::INTERRUPTED;
use super::up::PARTLY;
use super::{Failure, machine, plan};

/// Deploy a branch, tag or commit of the site's repository: build it once, let the database follow, and switch one
/// node after the other, each watched.
///
/// A snapshot of the database is taken before. When something fails, every node goes back to the release before, and
/// the message names the snapshot. Killed or interrupted, the same command goes on. docs/deploy.md says it step by
/// step.
#[derive(Debug, Args)]
pub struct Deploy {
    /// The branch, tag or commit [default: `site.source.ref` of the stack]
    #[arg(value_name = "REF", conflicts_with = "rollback")]
    reference: Option<String>,

    /// Go back to the release before; the database stays as it is
    #[arg(long)]
    rollback: bool,

    /// Take no snapshot of the database before
    #[arg(long)]
    no_snapshot: bool,

    #[command(flatten)]
    aside: Aside,

    #[command(flatten)]
    leasing: Leasing,
}

impl Deploy {
    /// Runs the command.
    pub async fn run(&self) -> Result<u8, Failure> {
        let context = Context::open(&self.aside.target()).await?;
        let goal = self.goal(&context)?;
        let (live, machines) = machine::read(&context).await?;
        let site = site(&context, &live, &machines)?;
        reachable(&context, &goal, &machines).await?;
        let listeners = self.leasing.listeners()?;
        let work = async |stop: &Stop| self.deploy(&context, &site, &goal, &listeners, stop).await;
        let report = self.leasing.work(&context.aws, "deploy", &listeners, work).await?;
        plan::say(&summary(
            &report.pointer,
            report.before.as_ref(),
            report.snapshot.as_deref(),
            &report.behind,
        ))?;
        Ok(if report.behind.is_empty() { 0 } else { PARTLY })
    }

    /// What is wanted, from the arguments and the stack.
    fn goal(&self, context: &Context) -> Result<Goal, Failure> {
        let site = &context.environment.site;
        if context.environment.control.is_none() {
            return Err(Failure::plain(
                "the stack has no control server, and a release is built there",
                "add the section `control: {}` to the stack and run `drucloud up`",
            ));
        }
        let Some(source) = site.source.as_ref().filter(|source| source.git.is_some()) else {
            return Err(Failure::plain(
                "the stack does not say where the site's code is",
                "add it to the stack: `site: { source: { git: \"git@github.com:example/site.git\", deploy_key: \
                 secret:deploy-key } }`, and run `drucloud up`",
            ));
        };
        if self.rollback {
            return Ok(Goal::Rollback);
        }
        match &self.reference {
            None => Ok(Goal::Deploy(source.r#ref.to_string())),
            Some(text) => match text.parse::<crate::stack::text::GitRef>() {
                Ok(reference) => Ok(Goal::Deploy(reference.to_string())),
                Err(error) => Err(Failure::plain(
                    format!("`{text}` is no branch, tag or commit: {error}"),
                    "write it as in `drucloud deploy v1.2.3`",
                )),
            },
        }
    }

    async fn deploy(
        &self,
        context: &Context,
        site: &Site<'_>,
        goal: &Goal,
        listeners: &Listeners,
        stop: &Stop,
    ) -> Result<Report, Failure> {
        let (began, style) = (Instant::now(), Style::detect(&std::io::stderr()));
        let tell = |told: Told| {
            let at = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
            // Nobody is left to tell if standard error is gone.
            let _: std::io::Result<()> = writeln!(anstream::stderr(), "{}", line(&told, at, style));
            if let Some(events) = &listeners.events {
                let event = json!({"type": "deploy", "at": at, "calls": context.aws.calls()});
                events.record(&event, &told);
            }
        };
        let time = Timestamp::now().strftime("%Y%m%d-%H%M%S").to_string();
        let parts = [context.aws.scope.stack.as_str(), context.aws.scope.env.as_str(), "deploy"];
        let deployment = Deployment {
            platform: site,
            goal: goal.clone(),
            snapshot: !self.no_snapshot,
            snapshot_name: names::fit(&parts, Some(&time), 255),
            stop,
            tell: &tell,
        };
        deployment.run().await.map_err(failure)
    }
}

/// The parts of the live environment that a deployment needs; what is missing is said before anything is done.
fn site<'a>(context: &'a Context, live: &[Rc<Live>], machines: &[Machine]) -> Result<Site<'a>, Failure> {
    let control = machine::running(machines, "control")?;
    let bucket = store::bucket(live).ok_or_else(|| {
        Failure::plain("the environment has no configuration bucket yet", "run `drucloud up` first")
    })?;
    if model::named(machines, "web").is_err() {
        return Err(Failure::plain("the environment has no web nodes", "run `drucloud up` first"));
    }
    let database = live.iter().find(|live| live.address.as_str() == "database.instance");
    Ok(Site {
        aws: &context.aws,
        bucket: bucket.to_owned(),
        control: control.id.clone(),
        database: database.map(|database| database.id.clone()),
        targets: live.iter().filter(|live| live.kind == "target_group").cloned().collect(),
    })
}

/// That the repository's key is there and every machine can be reached.
async fn reachable(context: &Context, goal: &Goal, machines: &[Machine]) -> Result<(), Failure> {
    let source = context.environment.site.source.as_ref();
    if let Some(key) = source.and_then(|source| source.deploy_key.as_ref())
        && matches!(goal, Goal::Deploy(_))
    {
        let name = key.as_str().strip_prefix("secret:").unwrap_or(key.as_str());
        if !platform::has_secret(&context.aws, name).await? {
            let help = format!(
                "store the private key that the repository knows as a deploy key: `aws secretsmanager create-secret \
                 --name {name} --region {} --secret-string file://deploy_key`",
                context.aws.region()
            );
            return Err(Failure::plain(
                format!("the secret `{name}` with the deploy key is not there"),
                help,
            ));
        }
    }
    let needed =
        machines.iter().filter(|machine| machine.running && ["control", "web"].contains(&&*machine.role));
    let needed: Vec<&Machine> = needed.collect();
    let ids: Vec<&str> = needed.iter().map(|machine| machine.id.as_str()).collect();
    let managed = command::managed(&context.aws, &ids).await?;
    let silent = needed.iter().find(|machine| !managed.contains(&machine.id));
    silent.map_or(Ok(()), |machine| {
        let what = format!("{} ({})", machine.name(), machine.id);
        Err(command::CommandError::NotManaged { machine: what }.into())
    })
}

fn failure(error: DeployError) -> Failure {
    let text = error.to_string();
    match error {
        DeployError::Fault(fault) => fault.into(),
        DeployError::NothingBefore => {
            Failure::plain(text, "deploy the release that you want by its tag or commit")
        }
        DeployError::NoNodes => Failure::plain(text, "`drucloud status` shows how they are"),
        DeployError::Build(_) | DeployError::Fetch { .. } => {
            Failure::plain(text, "nothing was changed: every node serves what it served")
        }
        DeployError::Stopped(_) => {
            Failure::plain(text, "run the same command again to go on").code(INTERRUPTED)
        }
        DeployError::Update(undone) => {
            let help = format!("no node was switched. {}", restore(undone.snapshot.as_deref()));
            Failure::plain(with_back(text, &undone.back), help).code(PARTLY)
        }
        DeployError::Activate(undone) => {
            let state = match undone.before {
                Some(before) => format!("the nodes serve the release {} again", before.short()),
                None => "it is the first release: there is none to go back to".to_owned(),
            };
            let help = format!("{state}. {}", restore(undone.snapshot.as_deref()));
            Failure::plain(with_back(text, &undone.back), help).code(PARTLY)
        }
    }
}

fn with_back(text: String, back: &[String]) -> String {
    if back.is_empty() { text } else { format!("{text}\non the way back: {}", back.join("; ")) }
}

/// What becomes of the data.
fn restore(snapshot: Option<&str>) -> String {
    match snapshot {
        Some(name) => format!(
            "The database may have followed the new release; as it was before, it is in the snapshot `{name}` \
             (docs/deploy.md says how to restore it)"
        ),
        None => {
            "The database may have followed the new release, and there is no snapshot from before".to_owned()
        }
    }
}
