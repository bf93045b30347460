//! `drucloud unlock`: takes a lease away from a run that is certainly dead.

use clap::Args;

use crate::run::lease;

use super::context::Context;
use super::{Failure, Target, plan};

/// Take the lease with this id away from its holder.
///
/// Rarely needed: the lease of a dead run frees itself within two minutes. A run that lives sees at its next renewal,
/// within half a minute, that it has lost its lease, and stops; what two runs have made in the meantime, the next `up`
/// makes one again.
#[derive(Debug, Args)]
pub struct Unlock {
    /// The lease's id, as the message about it shows it
    #[arg(value_name = "ID")]
    id: String,

    #[command(flatten)]
    target: Target,
}

impl Unlock {
    /// Runs the command.
    pub async fn run(&self) -> Result<u8, Failure> {
        let context = Context::open(&self.target).await?;
        if lease::unlock(&context.aws, &self.id).await? {
            let message = "If its run lives, it stops within half a minute; wait for that.";
            plan::say(&format!("The lease {} is free. {message}\n", self.id))?;
            Ok(0)
        } else {
            let message = format!("no lease has the id `{}`", self.id);
            Err(Failure::plain(message, "another run may hold another one: `drucloud up` says which"))
        }
    }
}
