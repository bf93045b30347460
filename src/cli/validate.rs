//! `drucloud validate`: looks at the stack file without AWS.

use clap::Args;

use crate::aws::kinds;
use crate::stack::expand;
use crate::stack::facts::Facts;

use super::{Failure, context, error, plan};

/// Check the stack file, every environment of it, without any call to AWS.
#[derive(Debug, Args)]
pub struct Validate {
    /// The stack file [default: stacks/drucloud.yaml, or drucloud.yaml in this folder]
    #[arg(value_name = "STACK")]
    file: Option<std::path::PathBuf>,

    /// Only this environment of the stack
    #[arg(long, value_name = "ENV")]
    env: Option<String>,
}

impl Validate {
    /// Runs the command.
    pub fn run(&self) -> Result<u8, Failure> {
        let stack = context::stack(self.file.as_deref())?;
        let catalog = kinds::catalog();
        let mut text = String::new();
        let chosen = self.env.as_deref().map(|name| stack.environment(name)).transpose()?;
        for environment in chosen.as_ref().map_or(stack.environments(), std::slice::from_ref) {
            let graph = expand::expand(environment, &Facts::assumed(environment), &catalog)?;
            let line = format!("  {:<16} {} resources\n", environment.name.as_str(), graph.len());
            text.push_str(&line);
            if !environment.warnings.is_empty() {
                text += &error::render(&environment.warnings);
            }
        }
        plan::say(&format!("The stack `{}` is valid.\n{text}", stack.name))?;
        Ok(0)
    }
}
