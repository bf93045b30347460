//! `drucloud status`: how a live environment is.

use std::rc::Rc;
use std::time::Duration;

use clap::{Args, ValueEnum};

use crate::aws::{Aws, health, store};
use crate::model::health::{Configured, Fleet, Sight};
use crate::model::live::{self, Live};
use crate::model::machine;
use crate::model::release::Pointer;
use crate::run::cloud::Cloud as _;
use crate::run::fault::Fault;
use crate::run::poll;
use crate::run::record::Record;
use crate::stack::expand;
use crate::stack::facts::Facts;
use crate::ui::status::{render_status, status_json};
use crate::ui::style::Style;

use super::context::Context;
use super::{Failure, Target, plan, survey};

/// Something is not healthy.
const UNHEALTHY: u8 = 2;
/// Takes the cursor to the first line and clears the screen (ECMA-48, CUP and ED).
const CLEAR: &str = "\u{1b}[H\u{1b}[2J";

/// Show how the environment is: what is wrong first, then every section, targets, machines, who is at work.
///
/// Exit code 0: all is well. 2: something is not. 1: error.
#[derive(Debug, Args)]
pub struct Status {
    #[command(flatten)]
    target: Target,

    /// Look again and again, until Ctrl-C
    #[arg(long)]
    watch: bool,

    /// Seconds between two looks
    #[arg(long, value_name = "SECONDS", default_value_t = 5, value_parser = clap::value_parser!(u64).range(1..), requires = "watch")]
    interval: u64,

    /// How to write it; with --watch, JSON is one line a look
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

/// For whom the answer of a command is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people
    Text,
    /// For programs
    Json,
}

impl Status {
    /// Runs the command.
    pub async fn run(&self) -> Result<u8, Failure> {
        let context = Context::open(&self.target).await?;
        if !self.watch {
            let sight = look(&context).await?;
            self.show(&sight, &context)?;
            return Ok(code(&sight));
        }
        let mut code = UNHEALTHY;
        loop {
            tokio::select! {
                biased;
                ended = tokio::signal::ctrl_c() => {
                    let lost = |error| Failure::plain(format!("cannot listen to signals: {error}"), "try again");
                    return ended.map(|()| code).map_err(lost);
                }
                seen = self.frame(&context) => code = seen?,
            }
        }
    }

    /// One look and the time until the next. A look that fails is told; the next may go better.
    async fn frame(&self, context: &Context) -> Result<u8, Failure> {
        let code = match look(context).await {
            Ok(sight) => {
                self.show(&sight, context)?;
                code(&sight)
            }
            Err(failure) => failure.print(),
        };
        tokio::time::sleep(Duration::from_secs(self.interval)).await;
        Ok(code)
    }

    fn show(&self, sight: &Sight, context: &Context) -> Result<(), Failure> {
        let (out, heading) = (std::io::stdout(), context.heading(None));
        match self.format {
            Format::Json if self.watch => plan::say(&format!("{}\n", status_json(sight, &heading))),
            Format::Json => plan::say(&format!("{:#}\n", status_json(sight, &heading))),
            Format::Text => {
                let clear = if self.watch && Style::is_live(&out) { CLEAR } else { "" };
                let gap = if self.watch && clear.is_empty() { "\n" } else { "" };
                plan::say(&format!("{clear}{}{gap}", render_status(sight, &heading, Style::detect(&out))))
            }
        }
    }
}

fn code(sight: &Sight) -> u8 {
    if sight.troubles().is_empty() && !sight.live.is_empty() { 0 } else { UNHEALTHY }
}

/// One look: the resources, then their targets; the machines and the lease meanwhile.
async fn look(context: &Context) -> Result<Sight, Failure> {
    let Context { environment, aws } = context;
    let resources = async {
        let live = survey::read(aws, environment).await?;
        let targets = poll::ask("targets", async || health::targets(aws, &live.resources).await).await?;
        Ok::<_, Failure>((live, targets))
    };
    let fleets = async { Ok(poll::ask("fleets", async || health::fleets(aws).await).await?) };
    let ((live, targets), fleets, lease) = futures::try_join!(resources, fleets, lease(aws))?;
    let ((servers, release), facts) = futures::try_join!(
        async { Ok::<_, Failure>(servers(aws, &live.resources, &fleets).await?) },
        async { Ok(Facts::gather(aws, environment, &live).await?) },
    )?;
    let graph = expand::expand(environment, &facts, aws.catalog())?;
    // What a run deletes it is about to make anew; what goes while nobody is at work here was deleted by hand.
    let stays = |live: &Rc<Live>| lease.is_some() || live.status != live::Status::Deleting;
    let missing = graph.in_order().filter(|node| !live.at(&node.address).any(stays));
    let missing = missing.map(|node| node.address.clone()).collect();
    Ok(Sight { live: live.resources, missing, fleets, targets, servers, release, lease, now: aws.now() })
}

/// The machines with what they told, and the release: what lies in the configuration bucket, if there is one yet.
async fn servers(
    aws: &Aws,
    live: &[Rc<Live>],
    fleets: &[Fleet],
) -> Result<(Vec<Configured>, Option<Pointer>), Fault> {
    let Some(bucket) = store::bucket(live) else { return Ok((Vec::new(), None)) };
    // Machines of a role may differ; then each has a configuration of its own.
    let wanted = |server: &machine::Machine| {
        let shared = format!("{}.configuration", server.role);
        let own = server.number.map(|number| format!("{shared}.{number}"));
        let at = |address: &String| live.iter().find(|live| live.address.as_str() == address);
        own.as_ref().and_then(at).or_else(|| at(&shared))?.output("sha256")
    };
    let machines = machine::machines(live, fleets).into_iter();
    let machines: Vec<_> = machines.filter_map(|server| Some((wanted(&server)?, server))).collect();
    let ids: Vec<String> = machines.iter().map(|(_, server)| server.id.clone()).collect();
    let (mut boots, release) =
        futures::try_join!(store::boots(aws, bucket, &ids), store::pointer(aws, bucket))?;
    let configured = |(wanted, server): (String, machine::Machine)| {
        let boot = boots.remove(&server.id);
        Configured { server, wanted, boot }
    };
    Ok((machines.into_iter().map(configured).collect(), release))
}

/// Who is at work, in words.
async fn lease(aws: &Aws) -> Result<Option<String>, Failure> {
    let found = poll::ask("lease", async || aws.lease_read().await).await?;
    let record = found.and_then(|(text, _)| serde_json::from_str::<Record>(&text).ok());
    let held = record.filter(|record| record.holder.is_some());
    Ok(held.map(|record| record.describe(aws.now())))
}
