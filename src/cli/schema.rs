//! `drucloud schema`: the JSON Schema of the stack file.

use clap::Args;

use crate::stack::editor;

use super::{Failure, plan};

/// Print the JSON Schema of the stack file, for editors that complete and check YAML by one.
///
/// With the YAML language server: `drucloud schema > drucloud.schema.json`, and as the first line of the stack file
/// `# yaml-language-server: $schema=drucloud.schema.json`.
#[derive(Debug, Args)]
pub struct Schema;

impl Schema {
    /// Runs the command.
    pub fn run() -> Result<u8, Failure> {
        plan::say(&format!("{:#}\n", editor::json_schema()))?;
        Ok(0)
    }
}
