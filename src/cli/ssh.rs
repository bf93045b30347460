//! `drucloud ssh`: a shell on a machine by Session Manager; no port is open for it.

use std::env;
use std::os::unix::process::CommandExt as _;
use std::path::PathBuf;
use std::process::Command;

use clap::Args;

use crate::aws::command::quote;

use super::aside::Aside;
use super::context::Context;
use super::{Failure, machine, plan};

/// What Session Manager needs on this side.
const CLI: &str = "aws";
const PLUGIN: &str = "session-manager-plugin";

/// Open a shell on a machine, by Session Manager: nothing needs port 22, nor a key.
///
/// Needs the AWS CLI and its Session Manager plugin.
#[derive(Debug, Args)]
pub struct Ssh {
    /// The machine: web, search, files or control; with a number where there are several, as in `web.2`
    #[arg(value_name = "ROLE[.N]")]
    machine: String,

    #[command(flatten)]
    aside: Aside,

    /// Print the command instead of running it
    #[arg(long)]
    print: bool,
}

impl Ssh {
    /// Runs the command; does not come back where it works.
    pub async fn run(&self) -> Result<u8, Failure> {
        let context = Context::open(&self.aside.target()).await?;
        let (_, machines) = machine::read(&context).await?;
        let id = &machine::running(&machines, &self.machine)?.id;
        let mut words = vec![CLI, "ssm", "start-session", "--target", id, "--region", context.aws.region()];
        if let Some(profile) = self.aside.profile() {
            words.extend(["--profile", profile]);
        }
        if self.print {
            let words: Vec<String> = words.iter().map(|word| quote(word)).collect();
            plan::say(&format!("{}\n", words.join(" ")))?;
            return Ok(0);
        }
        for program in [CLI, PLUGIN] {
            found(program)?;
        }
        let error = Command::new(CLI).args(&words[1..]).exec();
        Err(Failure::plain(format!("cannot start `{CLI}`: {error}"), "`--print` shows the command"))
    }
}

/// Whether a program can be started; where to get it if not.
fn found(program: &str) -> Result<(), Failure> {
    let paths = env::var_os("PATH").unwrap_or_default();
    let is_there =
        env::split_paths(&paths).map(|path: PathBuf| path.join(program)).any(|path| path.is_file());
    if is_there {
        return Ok(());
    }
    let help = if program == CLI {
        "install the AWS CLI (Debian: `apt install awscli`), or run what `--print` shows where it is"
    } else {
        "install the Session Manager plugin (AWS Systems Manager user guide, \"Install the Session Manager plugin\"), \
         or run what `--print` shows where it is"
    };
    Err(Failure::plain(format!("`{program}` is not here, and a session needs it"), help))
}
