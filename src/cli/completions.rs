//! `drucloud completions`: what a shell needs to complete commands and flags.

use clap::{Args, Command};
use clap_complete::Shell;

use super::{Failure, plan};

/// Print the completions for a shell.
///
/// Bash: `source <(drucloud completions bash)`. Zsh: write it to a file `_drucloud` in a folder of `$fpath`.
/// Fish: `drucloud completions fish > ~/.config/fish/completions/drucloud.fish`.
#[derive(Debug, Args)]
pub struct Completions {
    /// The shell
    #[arg(value_name = "SHELL")]
    shell: Shell,
}

impl Completions {
    /// Runs the command.
    pub fn run(&self, mut command: Command) -> Result<u8, Failure> {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut command, "drucloud", &mut script);
        plan::say(&String::from_utf8_lossy(&script))?;
        Ok(0)
    }
}
