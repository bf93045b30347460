//! What the commands share that work on running machines: their arguments, and working under the lease.

use std::path::PathBuf;

use clap::Args;

use crate::aws::Aws;
use crate::run::stop::Stop;

use super::listeners::Listeners;
use super::signals::Signals;
use super::{Applying, Failure, Target, up};

/// Which environment of which stack, where the arguments without a name stand for something else.
#[derive(Clone, Debug, Args)]
pub struct Aside {
    /// The stack file [default: stacks/drucloud.yaml, or drucloud.yaml in this folder]
    #[arg(long = "stack-file", value_name = "STACK")]
    file: Option<PathBuf>,

    /// The environment of the stack; may be left out when the stack has only one, or against a local emulator
    #[arg(long, value_name = "ENV")]
    env: Option<String>,

    /// The AWS region, instead of the one that the stack names
    #[arg(long, value_name = "REGION")]
    region: Option<String>,

    /// The profile of the AWS configuration
    #[arg(long, value_name = "PROFILE")]
    profile: Option<String>,
}

impl Aside {
    /// The same as every other command has it.
    pub fn target(&self) -> Target {
        let Self { file, env, region, profile } = self.clone();
        Target { file, env, region, profile }
    }

    /// The profile that is named.
    pub fn profile(&self) -> Option<&str> {
        self.profile.as_deref()
    }
}

/// How a command that takes the lease without asking works.
#[derive(Clone, Debug, Args)]
pub struct Leasing {
    /// Wait for somebody else's lease for so many seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 0)]
    lock_timeout: u64,

    /// Write every event as a line of JSON to this file
    #[arg(long, value_name = "FILE")]
    json_events: Option<PathBuf>,
}

impl Leasing {
    /// Who is told.
    pub fn listeners(&self) -> Result<Listeners, Failure> {
        Listeners::open(self.json_events.as_deref())
    }

    /// Works while the lease is held, and hears Ctrl-C.
    pub async fn work<T>(
        &self,
        aws: &Aws,
        operation: &str,
        listeners: &Listeners,
        work: impl AsyncFnOnce(&Stop) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        let applying = Applying { yes: true, lock_timeout: self.lock_timeout, json_events: None };
        let stop = Stop::default();
        let mut signals = Signals::listen()?;
        let held = async {
            let lease = up::take(aws, operation, &applying, listeners).await?;
            let result = tokio::select! {
                result = up::ticking(listeners, work(&stop)) => result,
                why = lease.keep() => Err(Failure::plain(why, "run the same command again: it goes on from here")),
            };
            up::release(lease, false).await?;
            result
        };
        let result = tokio::select! {
            result = held => result,
            never = signals.watch(&stop) => match never {},
        };
        listeners.finish()?;
        result
    }
}
