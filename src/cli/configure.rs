//! `drucloud configure`: runs the playbooks of machines again, one machine at a time.

use std::rc::Rc;
use std::time::Instant;

use clap::Args;

use crate::aws::command::{self, Script};
use crate::aws::{Aws, platform::Site, store};
use crate::model::live::Live;
use crate::model::machine::{self, Machine};
use crate::run::event::{Event, Listener, StepInfo, Verb, What};
use crate::run::stop::Stop;

use super::aside::{Aside, Leasing};
use super::context::Context;
use super::machine as machines;
use super::signals::INTERRUPTED;
use super::{Failure, up};

/// The script on every machine.
const BOOT: &str = "/usr/local/sbin/drucloud-boot";
/// Seconds that a playbook usually takes when little changes, and when it is ended.
const TIMES: (u32, u64) = (60, 3600);

/// Configure machines again: fetch their bundle, run their playbook, one machine after the other.
///
/// Needed after something was changed on a machine by hand, or failed there. `up` does it by itself where the
/// configuration has changed.
#[derive(Debug, Args)]
pub struct Configure {
    /// The roles, or single machines such as `files.1` [default: files, search, control and web]
    #[arg(value_name = "ROLE")]
    roles: Vec<String>,

    #[command(flatten)]
    aside: Aside,

    #[command(flatten)]
    leasing: Leasing,
}

impl Configure {
    /// Runs the command.
    pub async fn run(&self) -> Result<u8, Failure> {
        let context = Context::open(&self.aside.target()).await?;
        let (live, all) = machines::read(&context).await?;
        let chosen = self.choose(&all)?;
        let listeners = self.leasing.listeners()?;
        let work = async |stop: &Stop| {
            let run =
                Run { aws: &context.aws, live: &live, listener: &listeners, stop, began: Instant::now() };
            Ok(run.all(&chosen).await)
        };
        self.leasing.work(&context.aws, "configure", &listeners, work).await
    }

    /// The machines that are meant, each once, in the order in which they need each other.
    fn choose(&self, all: &[Machine]) -> Result<Vec<Machine>, Failure> {
        let mut chosen: Vec<&Machine> = Vec::new();
        for name in &self.roles {
            chosen.extend(machine::named(all, name).map_err(|error| machines::unknown(&error, all))?);
        }
        let is_meant =
            |machine: &&Machine| self.roles.is_empty() || chosen.iter().any(|one| one.id == machine.id);
        let meant: Vec<&Machine> = all.iter().filter(is_meant).collect();
        if let Some(stopped) = meant.iter().find(|machine| !machine.running && machine.role != "web") {
            let message = format!("`{}` ({}) does not run", stopped.name(), stopped.id);
            return Err(Failure::plain(
                message,
                "`drucloud up` starts what was stopped; nothing was changed",
            ));
        }
        // Nodes that a group is starting or taking away configure themselves.
        let meant: Vec<Machine> = meant.into_iter().filter(|machine| machine.running).cloned().collect();
        if meant.is_empty() {
            return Err(Failure::plain("no machine runs", "run `drucloud up`; `drucloud status` shows more"));
        }
        Ok(meant)
    }
}

/// One run over the machines.
struct Run<'a> {
    aws: &'a Aws,
    live: &'a [Rc<Live>],
    listener: &'a dyn Listener,
    stop: &'a Stop,
    began: Instant,
}

impl Run<'_> {
    fn tell(&self, what: What) {
        let at = millis(self.began);
        self.listener.tell(&Event { at, calls: self.aws.calls(), what });
    }

    /// One after the other; the first that fails is the last: the others go on as they are.
    async fn all(&self, machines: &[Machine]) -> u8 {
        let bound = TIMES.0 * u32::try_from(machines.len()).unwrap_or(u32::MAX);
        self.tell(What::ApplyStart { steps: machines.iter().enumerate().map(step).collect(), bound });
        let (mut done, mut failed) = (0, 0);
        for (index, machine) in machines.iter().enumerate() {
            if self.stop.asked() || failed > 0 {
                break;
            }
            let started = Instant::now();
            self.tell(What::StepStart { step: index });
            let progress =
                |state: &str| self.tell(What::StepProgress { step: index, state: state.to_owned() });
            let took = || millis(started);
            match self.one(machine, &progress).await {
                Ok(()) => {
                    done += 1;
                    self.tell(What::StepDone { step: index, took: took(), id: Some(machine.id.clone()) });
                }
                Err(error) => {
                    failed += 1;
                    self.tell(What::StepFailed { step: index, took: took(), error, blockers: Vec::new() });
                }
            }
        }
        let left = machines.len() - done - failed;
        self.tell(What::ApplyEnd { done, failed, left, took: millis(self.began), bound });
        match (done, failed, left) {
            (_, 0, 0) => 0,
            (_, 0, _) => INTERRUPTED,
            (0, ..) => 1,
            _ => up::PARTLY,
        }
    }

    /// Configures one; what went wrong, in words.
    async fn one(&self, machine: &Machine, progress: &dyn Fn(&str)) -> Result<(), String> {
        let waits = |what: &str| progress(&format!("waiting for {what}, which runs there already"));
        command::settle(self.aws, &machine.id, &waits).await.map_err(|fault| fault.to_string())?;
        let what = format!("the configuration of {}", machine.name());
        let script = Script::ending(what, &[BOOT, "--again"]).taking(u64::from(TIMES.0), TIMES.1);
        if let Err(error) = command::run(self.aws, &machine.id, &script, progress).await {
            return Err(self
                .failure(machine)
                .await
                .unwrap_or_else(|| format!("{error}\nhelp: {}", error.help())));
        }
        if machine.role != "web" {
            return Ok(());
        }
        let targets = self.live.iter().filter(|live| live.kind == "target_group").cloned().collect();
        let (bucket, control) = (String::new(), String::new());
        let site = Site { aws: self.aws, bucket, control, database: None, targets };
        site.healthy(&machine.id, progress).await.map_err(|hitch| hitch.to_string())
    }

    /// The task that failed, as the machine itself wrote it down.
    async fn failure(&self, machine: &Machine) -> Option<String> {
        let bucket = store::bucket(self.live)?;
        let boots = store::boots(self.aws, bucket, std::slice::from_ref(&machine.id)).await.ok()?;
        boots.get(&machine.id)?.failure()
    }
}

fn step((_, machine): (usize, &Machine)) -> StepInfo {
    StepInfo {
        address: machine.own_address(),
        title: "machine",
        verb: Verb::Update,
        replaced: false,
        expected: TIMES.0,
        after: Vec::new(),
    }
}

fn millis(since: Instant) -> u64 {
    u64::try_from(since.elapsed().as_millis()).unwrap_or(u64::MAX)
}
