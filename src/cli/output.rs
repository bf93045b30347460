//! `drucloud output`: the endpoints of a live environment.

use clap::Args;

use crate::stack::outputs::outputs;
use crate::ui::outputs::render_outputs;
use crate::ui::style::Style;

use super::context::Context;
use super::status::Format;
use super::{Failure, Target, plan, survey, up};

/// Print the outputs of the environment, or the value of one of them.
#[derive(Debug, Args)]
pub struct Output {
    /// The output's name; all of them when it is left out
    #[arg(value_name = "NAME")]
    name: Option<String>,

    /// The stack file [default: stacks/drucloud.yaml, or drucloud.yaml in this folder]
    #[arg(long = "stack-file", value_name = "STACK")]
    file: Option<std::path::PathBuf>,

    /// The environment of the stack
    #[arg(long, value_name = "ENV")]
    env: Option<String>,

    /// The AWS region, instead of the one that the stack names
    #[arg(long, value_name = "REGION")]
    region: Option<String>,

    /// The profile of the AWS configuration
    #[arg(long, value_name = "PROFILE")]
    profile: Option<String>,

    /// How to write them: as JSON all are one object, and one of them is a string
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

impl Output {
    /// Runs the command.
    pub async fn run(self) -> Result<u8, Failure> {
        let target = Target { file: self.file, env: self.env, region: self.region, profile: self.profile };
        let context = Context::open(&target).await?;
        let live = survey::read(&context.aws, &context.environment).await?;
        let outputs = outputs(&live.resources);
        let json = self.format == Format::Json;
        let Some(name) = self.name else {
            if json {
                plan::say(&format!("{:#}\n", serde_json::json!(outputs)))?;
                return Ok(0);
            }
            let pairs = outputs.iter().map(|(name, value)| (name.as_str(), value.as_str()));
            plan::say(&render_outputs(pairs, Style::detect(&std::io::stdout())))?;
            up::tell_records(&live.resources, &context)?;
            return Ok(0);
        };
        if let Some(value) = outputs.get(&name) {
            plan::say(&if json { format!("{}\n", serde_json::json!(value)) } else { format!("{value}\n") })?;
            return Ok(0);
        }
        let known: Vec<&str> = outputs.keys().map(String::as_str).collect();
        let help = if known.is_empty() {
            "the environment has no outputs yet: run `drucloud up`".to_owned()
        } else {
            format!("the outputs are: {}", known.join(", "))
        };
        Err(Failure::plain(format!("there is no output `{name}`"), help))
    }
}
