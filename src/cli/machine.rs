//! The machines that a command means, and why one cannot be reached.

use std::rc::Rc;

use crate::aws::command::CommandError;
use crate::aws::{Aws, platform};
use crate::model::live::Live;
use crate::model::machine::{self, Machine, NoMachine};
use crate::run::fault::Fault;

use super::context::Context;
use super::{Failure, survey};

/// What there is, and the machines among it.
pub async fn read(context: &Context) -> Result<(Vec<Rc<Live>>, Vec<Machine>), Failure> {
    let live = survey::read(&context.aws, &context.environment).await?.resources;
    let machines = machines(&context.aws, &live).await?;
    Ok((live, machines))
}

async fn machines(aws: &Aws, live: &[Rc<Live>]) -> Result<Vec<Machine>, Fault> {
    platform::machines(aws, live).await
}

/// The one machine of that name, running; of several of a role, the first that runs.
pub fn running<'a>(machines: &'a [Machine], name: &str) -> Result<&'a Machine, Failure> {
    let found = machine::named(machines, name).map_err(|error| unknown(&error, machines))?;
    let running = found.iter().find(|machine| machine.running);
    running.copied().ok_or_else(|| {
        let ids: Vec<&str> = found.iter().map(|machine| machine.id.as_str()).collect();
        Failure::plain(
            format!("`{name}` does not run ({})", ids.join(", ")),
            "`drucloud status` shows how the machines are; `drucloud up` starts what was stopped",
        )
    })
}

/// A name that stands for no machine.
pub fn unknown(error: &NoMachine, machines: &[Machine]) -> Failure {
    let names: Vec<String> = machines.iter().map(Machine::name).collect();
    let help = if names.is_empty() {
        "the environment has no machines yet: run `drucloud up`".to_owned()
    } else {
        format!("the machines are: {}", names.join(", "))
    };
    Failure::plain(error.to_string(), help)
}

impl From<CommandError> for Failure {
    fn from(error: CommandError) -> Self {
        match error {
            CommandError::Fault(fault) => fault.into(),
            other => Self::plain(other.to_string(), other.help()),
        }
    }
}
