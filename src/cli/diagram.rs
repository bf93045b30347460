//! `drucloud diagram`: the architecture as a picture.

use std::path::PathBuf;

use clap::Args;

use crate::model::planner::Consent;
use crate::model::select::Selection;
use crate::run::cloud::Cloud as _;
use crate::stack::expand;
use crate::stack::facts::Facts;
use crate::ui::diagram::{plan_diagram, stack_diagram};

use super::context::Context;
use super::survey::Survey;
use super::{Failure, Target, plan};

/// Draw the architecture as SVG: what the stack describes, or with --live what a plan would change of it.
#[derive(Debug, Args)]
pub struct Diagram {
    #[command(flatten)]
    target: Target,

    /// Read AWS and show what is new, changed, replaced, removed and unchanged
    #[arg(long)]
    live: bool,

    /// The file; standard output when it is left out
    #[arg(long, value_name = "FILE.svg")]
    out: Option<PathBuf>,
}

impl Diagram {
    /// Runs the command.
    pub async fn run(&self) -> Result<u8, Failure> {
        let context = Context::open(&self.target).await?;
        plan::warn(&context);
        let svg = if self.live {
            let (aws, environment) = (&context.aws, &context.environment);
            let survey =
                Survey::make(aws, environment, &Consent::Nothing, &Selection::default(), None).await?;
            plan_diagram(&survey.plan, &context.heading(None))
        } else {
            // Only what AWS would have to be asked for is assumed: zones by their letters, an image's id.
            let facts = Facts::assumed(&context.environment);
            let graph = expand::expand(&context.environment, &facts, context.aws.catalog())?;
            stack_diagram(&graph, &context.heading(None))
        };
        match &self.out {
            Some(path) => plan::write(path, &svg)?,
            None => plan::say(&svg)?,
        }
        Ok(0)
    }
}
