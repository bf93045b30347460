//! `drucloud init`: begins a stack file.

use std::fmt::Display;
use std::fs;
use std::io::{self, BufRead as _, IsTerminal as _, Write as _};
use std::path::{Path, PathBuf};
use std::str::FromStr;

use clap::Args;

use crate::stack::Stack;
use crate::stack::starter::{Size, Starter};
use crate::stack::text::{Domain, Region, StackName, Wrong};

use super::{Failure, plan};

/// The region where nobody names one.
const REGION: &str = "us-east-1";

/// Write a commented stack file to begin with.
///
/// Asks for what the flags do not say; without a terminal the defaults count. A file that is there stays.
#[derive(Debug, Args)]
pub struct Init {
    /// The file to write
    #[arg(value_name = "FILE", default_value = "drucloud.yaml")]
    file: PathBuf,

    /// The stack's name [default: the folder's name]
    #[arg(long, value_name = "NAME")]
    name: Option<String>,

    /// The AWS region [default: that of the shell's environment, or us-east-1]
    #[arg(long, value_name = "REGION")]
    region: Option<String>,

    /// The domain of the site [default: none yet]
    #[arg(long, value_name = "DOMAIN")]
    domain: Option<String>,

    /// How much it shall carry: small, medium or large [default: medium]
    #[arg(long, value_name = "SIZE")]
    size: Option<String>,

    /// Write over a file that is there
    #[arg(long)]
    force: bool,
}

impl Init {
    /// Runs the command.
    pub fn run(&self) -> Result<u8, Failure> {
        if !self.force && fs::symlink_metadata(&self.file).is_ok() {
            return Err(self.taken());
        }
        let asks = io::stdin().is_terminal() && io::stderr().is_terminal();
        let region = std::env::var("AWS_REGION").ok().filter(|name| name.parse::<Region>().is_ok());
        let starter = Starter {
            name: answer("name", self.name.as_deref(), asks, &self.folder())?,
            region: answer("region", self.region.as_deref(), asks, region.as_deref().unwrap_or(REGION))?,
            domain: self.domain(asks)?,
            size: answer("size", self.size.as_deref(), asks, Size::default().name())?,
        };
        let text = starter.render();
        Stack::parse(&self.file.display().to_string(), &text)?;
        self.write(&text)?;
        let file = self.file.display();
        plan::say(&format!(
            "{file} is written. Next: `drucloud validate {file}`, then `drucloud plan {file} --env dev`.\n"
        ))?;
        Ok(0)
    }

    /// A name from the folder in which the file will be.
    fn folder(&self) -> String {
        let parent = self.file.parent().filter(|parent| !parent.as_os_str().is_empty());
        let folder = parent.unwrap_or(Path::new(".")).canonicalize().ok();
        let name = folder.and_then(|folder| Some(folder.file_name()?.to_str()?.to_owned()));
        let name = crate::aws::names::fit(&[name.as_deref().unwrap_or_default()], None, 31);
        if name.parse::<StackName>().is_ok() { name } else { "my-site".to_owned() }
    }

    /// The one answer that may be nothing.
    fn domain(&self, asks: bool) -> Result<Option<Domain>, Failure> {
        const NONE: &str = "none";
        match self.domain.as_deref() {
            Some(text) => value("domain", text).map(Some),
            None if asks => {
                let MaybeDomain(domain) = answer("domain", None, asks, NONE)?;
                Ok(domain)
            }
            None => Ok(None),
        }
    }

    /// Writes the whole file or none. Without `--force` it is linked to its place, which fails if another file
    /// came there meanwhile.
    fn write(&self, text: &str) -> Result<(), Failure> {
        if self.force {
            return plan::write(&self.file, text);
        }
        let mut beside = self.file.as_os_str().to_owned();
        beside.push(format!(".{}.part", std::process::id()));
        let beside = PathBuf::from(beside);
        let written = fs::write(&beside, text).and_then(|()| fs::hard_link(&beside, &self.file));
        let removed = fs::remove_file(&beside);
        match written.and(removed) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Err(self.taken()),
            Err(error) => {
                let message = format!("cannot write `{}`: {error}", self.file.display());
                Err(Failure::plain(message, "name a file in a folder that you may write to"))
            }
            Ok(()) => Ok(()),
        }
    }

    fn taken(&self) -> Failure {
        Failure::plain(
            format!("`{}` is there already; nothing was written", self.file.display()),
            "name another file, or add `--force` to write over it",
        )
    }
}

/// A domain, or `none`.
struct MaybeDomain(Option<Domain>);

impl FromStr for MaybeDomain {
    type Err = Wrong;

    fn from_str(text: &str) -> Result<Self, Wrong> {
        if text == "none" { Ok(Self(None)) } else { text.parse().map(|domain| Self(Some(domain))) }
    }
}

/// A value from its flag, from the terminal, or the default.
fn answer<T: FromStr<Err = Wrong>>(
    what: &str,
    flag: Option<&str>,
    asks: bool,
    default: &str,
) -> Result<T, Failure> {
    match flag {
        Some(text) => value(what, text),
        None if asks => ask(what, default),
        None => value(what, default),
    }
}

fn value<T: FromStr<Err = Wrong>>(what: &str, text: &str) -> Result<T, Failure> {
    text.parse().map_err(|wrong: Wrong| Failure::plain(format!("--{what}: {wrong}"), wrong.help))
}

/// Asks until the answer is right; nothing means the default.
fn ask<T: FromStr<Err = Wrong>>(what: &str, default: &str) -> Result<T, Failure> {
    let lost = |error: &dyn Display| {
        Failure::plain(format!("cannot ask: {error}"), format!("answer with `--{what}`; nothing was written"))
    };
    loop {
        let mut out = anstream::stderr();
        write!(out, "{what} [{default}]: ").and_then(|()| out.flush()).map_err(|error| lost(&error))?;
        let mut line = String::new();
        let read = io::stdin().lock().read_line(&mut line).map_err(|error| lost(&error))?;
        if read == 0 {
            return Err(lost(&"the input has ended"));
        }
        let line = line.trim();
        match if line.is_empty() { default } else { line }.parse() {
            Ok(value) => return Ok(value),
            Err(wrong) => writeln!(out, "{wrong}; {}", wrong.help).map_err(|error| lost(&error))?,
        }
    }
}
