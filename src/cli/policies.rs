//! The user's own policies: programs that look at a plan and may refuse it.
//!
//! The plan is piped to them as JSON, in the shape of Terraform's. Exit code 0 passes; with any other code, what they
//! print becomes findings of severity `error`: text, JSON of ours, or that of conftest. No shell is involved.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use clap::Args;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWriteExt as _};
use tokio::process::Command;
use tokio::time::timeout;

use crate::model::address::Address;
use crate::model::lint::{self, Finding};
use crate::model::place::Place;
use crate::model::preview::Preview;
use crate::stack::Environment;
use crate::ui::json::plan_json;
use crate::ui::plan::Context as Heading;

use super::Failure;

mod verdict;

use verdict::Objection;

/// How long a policy may take.
const PATIENCE: Duration = Duration::from_secs(60);
/// How much of what it prints is read; more is a mistake of the policy.
const MAX_OUTPUT: u64 = 256 * 1024;

/// Further policies.
#[derive(Clone, Debug, Args)]
pub struct Policies {
    /// Let this program look at the plan as well, beside those of the stack; it gets the plan as JSON
    #[arg(long = "policy", value_name = "COMMAND")]
    commands: Vec<String>,
}

/// One policy: its command, and where the stack names it.
struct Policy<'a> {
    command: &'a str,
    place: Option<Place>,
}

/// How a policy ended.
struct Ended {
    success: bool,
    code: String,
    stdout: Vec<u8>,
    stderr: Vec<u8>,
}

impl Policies {
    /// Asks all policies, at once, and puts their objections into the preview.
    pub async fn judge(
        &self,
        environment: &Environment,
        preview: &mut Preview<'_>,
        heading: &Heading,
    ) -> Result<(), Failure> {
        let named = environment.policies.iter().enumerate().map(|(index, command)| Policy {
            command,
            place: Some(environment.place(&format!("policies[{index}]"))),
        });
        let asked = self.commands.iter().map(|command| Policy { command, place: None });
        let policies: Vec<Policy<'_>> = named.chain(asked).collect();
        if policies.is_empty() {
            return Ok(());
        }
        let plan = plan_json(preview, heading).to_string();
        let file = Path::new(environment.source().name());
        let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let asked = policies.iter().map(|policy| policy.ask(folder, &plan));
        let mut found = Vec::new();
        for (policy, objections) in policies.iter().zip(futures::future::try_join_all(asked).await?) {
            found.extend(
                objections.into_iter().filter_map(|objection| policy.finding(objection, environment)),
            );
        }
        lint::add(&mut preview.findings, found, &environment.finding_settings());
        Ok(())
    }
}

impl Policy<'_> {
    /// What it objects to.
    async fn ask(&self, folder: &Path, plan: &str) -> Result<Vec<Objection>, Failure> {
        let (program, arguments) = self.program(folder);
        let Ok(ended) = timeout(PATIENCE, run(&program, &arguments, folder, plan)).await else {
            let seconds = PATIENCE.as_secs();
            let message = format!("the policy `{}` has not ended after {seconds} s", self.command);
            let help = "it gets the plan on standard input and has to end by itself";
            return Err(Failure::plain(message, help));
        };
        let ended = ended.map_err(|error| self.failed(&program, &error))?;
        let floods = |bytes: &[u8]| bytes.len() as u64 > MAX_OUTPUT;
        if floods(&ended.stdout) || floods(&ended.stderr) {
            let message = format!("the policy `{}` prints more than {} KiB", self.command, MAX_OUTPUT / 1024);
            return Err(Failure::plain(message, "let it print what it objects to and nothing else"));
        }
        let (stdout, stderr) =
            (String::from_utf8_lossy(&ended.stdout), String::from_utf8_lossy(&ended.stderr));
        Ok(verdict::read(ended.success, &ended.code, &stdout, &stderr))
    }

    /// The program and its arguments. A path is taken from the folder of the stack, a bare name from `PATH`; spaces
    /// separate arguments unless a file has them in its name.
    fn program(&self, folder: &Path) -> (PathBuf, Vec<String>) {
        let whole = folder.join(self.command);
        if whole.is_file() {
            return (absolute(&whole), Vec::new());
        }
        let mut words = self.command.split_whitespace();
        let program = words.next().unwrap_or_default();
        let path =
            if program.contains('/') { absolute(&folder.join(program)) } else { PathBuf::from(program) };
        (path, words.map(str::to_owned).collect())
    }

    fn failed(&self, program: &Path, error: &std::io::Error) -> Failure {
        let help = match error.kind() {
            std::io::ErrorKind::NotFound => {
                "name a program in PATH, or one relative to the folder of the stack file, such as `./policies/names.sh`"
            }
            std::io::ErrorKind::PermissionDenied => "make it executable: `chmod +x`",
            _ => {
                "look whether it runs by itself, with a plan (`drucloud plan --format json`) on standard input"
            }
        };
        let shown = program.display();
        Failure::plain(format!("the policy `{}` cannot be run (`{shown}`): {error}", self.command), help)
    }

    fn finding(&self, objection: Objection, environment: &Environment) -> Option<Finding> {
        let resource: Option<Address> = objection.address.and_then(|address| address.parse().ok());
        let place = match &resource {
            Some(address) => Some(environment.place_of(address, None)),
            None => self.place.clone(),
        };
        let address = resource.or_else(|| format!("policies.{}", self.name()).parse().ok())?;
        Some(lint::of_policy(address, objection.message, place, objection.severity))
    }

    /// A name for what a policy says about the plan as a whole: that of its file.
    fn name(&self) -> String {
        let word = self.command.split_whitespace().next().unwrap_or_default();
        let stem =
            Path::new(word).file_stem().map(|stem| stem.to_string_lossy().to_lowercase()).unwrap_or_default();
        let plain: String = stem
            .chars()
            .map(|c| if c.is_ascii_lowercase() || c.is_ascii_digit() { c } else { '-' })
            .collect();
        let name = plain.trim_matches('-');
        if name.is_empty() { "policy".to_owned() } else { name.chars().take(60).collect() }
    }
}

/// The program runs in the folder of the stack, so its path must not depend on ours.
fn absolute(path: &Path) -> PathBuf {
    std::path::absolute(path).unwrap_or_else(|_| path.to_owned())
}

async fn run(program: &Path, arguments: &[String], folder: &Path, plan: &str) -> std::io::Result<Ended> {
    let mut child = Command::new(program)
        .args(arguments)
        .current_dir(folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()?;
    let (stdin, stdout, stderr) = (child.stdin.take(), child.stdout.take(), child.stderr.take());
    let tell = async {
        let Some(mut stdin) = stdin else { return Ok(()) };
        match stdin.write_all(plan.as_bytes()).await {
            // It has made up its mind before it has read all.
            Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => Err(error),
            _ => Ok(()),
        }
    };
    let (told, stdout, stderr) = futures::join!(tell, bounded(stdout), bounded(stderr));
    told?;
    let (stdout, stderr) = (stdout?, stderr?);
    // One that prints without end has been cut off, and is ended.
    if stdout.len() as u64 > MAX_OUTPUT || stderr.len() as u64 > MAX_OUTPUT {
        child.kill().await?;
    }
    let status = child.wait().await?;
    Ok(Ended { success: status.success(), code: status.to_string(), stdout, stderr })
}

async fn bounded(pipe: Option<impl AsyncRead + Unpin>) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    if let Some(pipe) = pipe {
        pipe.take(MAX_OUTPUT + 1).read_to_end(&mut bytes).await?;
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests;
