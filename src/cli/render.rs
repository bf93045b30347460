//! `drucloud render`: what the machines of an environment hold, as files to look at.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use clap::Args;

use crate::stack::Environment;
use crate::stack::configuration::{self, Bundle, Machine};
use crate::stack::facts::Facts;

use super::{Failure, context, plan};

/// Write the configuration of the machines into a folder, without any call to AWS.
///
/// For each machine (`web`, `search`, `files-1`, `files-2`, `control`) DIR gets the folder `<machine>/` with
/// `playbook.yml`, `tasks/`, `values.json` and under `root/` the files of the machine, the bundle
/// `<machine>.tar.gz` and the first boot's `<machine>-user-data.yaml`. Names of buckets are those of an account
/// `000000000000`.
#[derive(Debug, Args)]
pub struct Render {
    /// The stack file [default: stacks/drucloud.yaml, or drucloud.yaml in this folder]
    #[arg(value_name = "STACK")]
    file: Option<PathBuf>,

    /// The environment of the stack; may be left out when the stack has only one
    #[arg(long, value_name = "ENV")]
    env: Option<String>,

    /// Only the machines of this role: web, search, files or control
    #[arg(long, value_name = "ROLE")]
    role: Option<String>,

    /// The folder, which is made if it is not there
    #[arg(long, value_name = "DIR")]
    into: PathBuf,
}

impl Render {
    /// Runs the command.
    pub fn run(&self) -> Result<u8, Failure> {
        let stack = context::stack(self.file.as_deref())?;
        let environment = context::environment(&stack, self.env.as_deref())?;
        let facts = Facts::assumed(&environment);
        let mut text = String::new();
        for machine in self.chosen(&environment)? {
            let bundle = configuration::bundle(&environment, &facts, &machine)?;
            write(&self.into, &machine.host(), &bundle).map_err(|error| {
                let place = self.into.display();
                Failure::plain(format!("cannot write into `{place}`: {error}"), "name another folder")
            })?;
            let line = format!(
                "  {:<10} {:>3} files  sha256 {}\n",
                machine.host(),
                bundle.files.len(),
                bundle.sha256
            );
            text.push_str(&line);
        }
        plan::say(&text)?;
        Ok(0)
    }

    /// The machines to write.
    fn chosen<'a>(&self, environment: &'a Environment) -> Result<Vec<Machine<'a>>, Failure> {
        let mut machines = configuration::machines(environment);
        let Some(role) = &self.role else { return Ok(machines) };
        let known: Vec<&str> = machines.iter().map(|machine| machine.role.as_str()).collect();
        let mut known: Vec<String> = known.into_iter().map(str::to_owned).collect();
        known.dedup();
        machines.retain(|machine| machine.role.as_str() == role);
        if machines.is_empty() {
            return Err(Failure::plain(
                format!("the environment `{}` has no machine of the role `{role}`", environment.name),
                format!("it has {}", known.join(", ")),
            ));
        }
        Ok(machines)
    }
}

/// Writes what belongs to a machine; what an earlier run has written for it goes first.
fn write(into: &Path, host: &str, bundle: &Bundle) -> io::Result<()> {
    let folder = into.join(host);
    match fs::remove_dir_all(&folder) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    for (path, text) in &bundle.files {
        let path = folder.join(path);
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent)?;
        }
        fs::write(&path, text)?;
        if text.starts_with("#!") {
            executable(&path)?;
        }
    }
    fs::write(into.join(format!("{host}.tar.gz")), &bundle.archive)?;
    fs::write(into.join(format!("{host}-user-data.yaml")), &bundle.user_data)
}

/// A script can be run, as it can on the machine.
#[cfg(unix)]
fn executable(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    fs::set_permissions(path, fs::Permissions::from_mode(0o755))
}

#[cfg(not(unix))]
fn executable(_: &Path) -> io::Result<()> {
    Ok(())
}
