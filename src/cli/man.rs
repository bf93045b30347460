//! `drucloud man`: the manual, one page a command.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use clap::{Args, Command};
use clap_mangen::Man as Page;

use super::{Failure, plan};

/// Print the manual page of the program, or write the pages of all commands into a folder.
#[derive(Debug, Args)]
pub struct Man {
    /// The folder, made if it is not there, such as ~/.local/share/man/man1
    #[arg(value_name = "DIR")]
    folder: Option<PathBuf>,
}

impl Man {
    /// Runs the command.
    pub fn run(&self, command: Command) -> Result<u8, Failure> {
        if let Some(folder) = &self.folder {
            let made = fs::create_dir_all(folder);
            let written = made.and_then(|()| clap_mangen::generate_to(command, folder));
            written.map_err(|error| unwritable(folder, &error))?;
            plan::say(&format!("The manual is in {}.\n", folder.display()))?;
            return Ok(0);
        }
        let mut text = Vec::new();
        let rendered = Page::new(command).render(&mut text);
        rendered.map_err(|error| Failure::plain(format!("no manual: {error}"), "try again"))?;
        plan::say(&String::from_utf8_lossy(&text))?;
        Ok(0)
    }
}

fn unwritable(folder: &Path, error: &io::Error) -> Failure {
    let message = format!("cannot write the manual to `{}`: {error}", folder.display());
    Failure::plain(message, "name a folder that you may write to")
}
