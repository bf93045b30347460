//! A plan in a file: what it may be applied to, until when, and what it does; no value and no secret.

use std::fs;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::model::plan::{Plan, Summary};
use crate::model::saved::{self, Kept};
use crate::run::cloud::Cloud as _;

use super::context::Context;
use super::{Consenting, Failure, whole};

/// The version of the file's format.
const FORMAT: u32 = 1;
/// Refused: nothing was changed, and this plan must not be applied.
const REFUSED: u8 = 3;
/// How many differences are told one by one.
const MOST_TOLD: usize = 5;

/// The file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Saved {
    /// The version of its format.
    pub drucloud_plan: u32,
    /// The version of the program that made it.
    pub drucloud_version: String,
    /// When it was made, in milliseconds since 1970.
    pub made: u64,
    /// When it ends, in milliseconds since 1970.
    pub expires: u64,
    /// What it is about.
    pub target: Target,
    /// How many resources are concerned.
    pub summary: Summary,
    /// What it does.
    pub steps: Vec<Kept>,
    /// The digest of all that stands above.
    pub digest: String,
    /// Whether a run has begun to apply it.
    #[serde(default)]
    pub begun: bool,
}

/// Where a plan belongs, and with which arguments it was made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Target {
    /// The stack file, as it was named.
    pub file: PathBuf,
    /// The digest of its content.
    pub content: String,
    /// The stack.
    pub stack: String,
    /// The environment.
    pub env: String,
    /// The account.
    pub account: String,
    /// The region.
    pub region: String,
    /// Whether the region was an argument.
    pub region_given: bool,
    /// The endpoint, where it is not AWS's own.
    pub endpoint: Option<String>,
    /// `--only`.
    pub only: Vec<String>,
    /// `--except`.
    pub except: Vec<String>,
    /// `--allow-data-loss`.
    pub allow_data_loss: Vec<String>,
    /// `--skip-final-snapshot`.
    pub skip_final_snapshot: bool,
}

impl Saved {
    /// A plan to be kept for so many milliseconds.
    pub fn new(plan: &Plan, target: Target, made: u64, lifetime: u64) -> Self {
        let mut saved = Self {
            drucloud_plan: FORMAT,
            drucloud_version: env!("CARGO_PKG_VERSION").to_owned(),
            made,
            expires: made.saturating_add(lifetime),
            target,
            summary: plan.summary(),
            steps: saved::keep(plan),
            digest: String::new(),
            begun: false,
        };
        saved.digest = saved.sum();
        saved
    }

    /// The digest of everything but the digest and the mark.
    fn sum(&self) -> String {
        saved::digest(&Self { digest: String::new(), begun: false, ..self.clone() })
    }

    /// The beginning of its digest: what a run that applies it is known by.
    pub fn id(&self) -> &str {
        self.digest.get(..12).unwrap_or(&self.digest)
    }

    /// The arguments with which it was made.
    pub fn consenting(&self) -> Consenting {
        Consenting {
            allow_data_loss: self.target.allow_data_loss.clone(),
            skip_final_snapshot: self.target.skip_final_snapshot,
        }
    }

    /// Reads a file that this program has written.
    pub fn read(path: &Path) -> Result<Self, Failure> {
        let name = path.display();
        let text = fs::read_to_string(path).map_err(|error| {
            Failure::plain(
                format!("cannot read `{name}`: {error}"),
                "name a file that `drucloud plan --out FILE` wrote",
            )
        })?;
        let help = "make it again with `drucloud plan --out FILE`";
        let other = |what: &str| Failure::plain(format!("`{name}` {what}"), help).code(REFUSED);
        let value: serde_json::Value = serde_json::from_str(&text).map_err(|_| other("is no saved plan"))?;
        match value.get("drucloud_plan").and_then(serde_json::Value::as_u64) {
            None => return Err(other("is no saved plan")),
            Some(format) if format != u64::from(FORMAT) => {
                return Err(other(&format!(
                    "is a saved plan of format {format}; this drucloud reads {FORMAT}"
                )));
            }
            Some(_) => {}
        }
        let made_by = value.get("drucloud_version").and_then(serde_json::Value::as_str).unwrap_or_default();
        if made_by != env!("CARGO_PKG_VERSION") {
            let this = env!("CARGO_PKG_VERSION");
            return Err(other(&format!("was made by drucloud {made_by}; this is {this}")));
        }
        let saved: Self = serde_json::from_value(value).map_err(|_| other("is damaged"))?;
        if saved.sum() == saved.digest { Ok(saved) } else { Err(other("was changed by hand")) }
    }

    /// Writes it for its owner's eyes only, whole or not at all.
    pub fn write(&self, path: &Path) -> Result<(), Failure> {
        let write = |text: String| whole::write(path, &(text + "\n"), whole::Readers::Owner);
        let text = serde_json::to_string_pretty(self).map_err(std::io::Error::from);
        text.and_then(write).map_err(|error| {
            Failure::plain(format!("cannot write `{}`: {error}", path.display()), "name another file")
        })
    }

    /// Whether it may still be applied at that moment.
    pub fn still(&self, now: u64) -> Result<(), Failure> {
        if now < self.expires {
            return Ok(());
        }
        let tenths = |millis: u64| f64::from(u32::try_from(millis / 360_000).unwrap_or(u32::MAX)) / 10.0;
        let (age, good) = (tenths(now.saturating_sub(self.made)), tenths(self.expires - self.made));
        Err(refused(format!("the saved plan has expired: it is {age:.1} h old and was good for {good:.1} h")))
    }

    /// Whether the stack file is as it was.
    pub fn unchanged(&self) -> Result<(), Failure> {
        let file = &self.target.file;
        if content(file)? == self.target.content {
            return Ok(());
        }
        Err(refused(format!("the stack file `{}` has changed since the plan was saved", file.display())))
    }

    /// Whether it is about this very account, region and endpoint.
    pub fn belongs(&self, account: &str, here: &str, at: Option<&str>) -> Result<(), Failure> {
        let Target { account: saved, region, endpoint, .. } = &self.target;
        let other = |what: &str, saved: &str, here: &str| {
            Err(refused(format!("the plan was saved for the {what} {saved}, and this is {here}")))
        };
        if account != saved {
            return other("account", saved, account);
        }
        if here != region {
            return other("region", region, here);
        }
        if at != endpoint.as_deref() {
            return other("endpoint", endpoint.as_deref().unwrap_or("of AWS"), at.unwrap_or("that of AWS"));
        }
        Ok(())
    }

    /// Whether that is what it says; `ours`: a run of this very plan had begun and ended early, so what is left of
    /// it will do.
    pub fn agrees(&self, plan: &Plan, ours: bool) -> Result<(), Failure> {
        let now = saved::keep(plan);
        // With nothing left to do nothing can be done that was not reviewed.
        if now.is_empty() || saved::same(&self.steps, &now) {
            return Ok(());
        }
        let rest = saved::beyond(&self.steps, &now);
        if ours && rest.is_empty() {
            return Ok(());
        }
        let mut told = saved::differences(&self.steps, &now);
        let more = told.len().saturating_sub(MOST_TOLD);
        told.truncate(MOST_TOLD);
        let more = if more == 0 { String::new() } else { format!("; and {more} more") };
        let message = format!("AWS is not as it was when the plan was saved: {}{more}", told.join("; "));
        let part = now.len() < self.steps.len() && rest.is_empty();
        let help = if part {
            "a part of it is done already: `drucloud up` shows and does the rest; nothing was changed"
        } else {
            "nothing was changed; look at the plan above, and save it again with `drucloud plan --out FILE`"
        };
        Err(Failure::plain(message, help).code(REFUSED))
    }
}

fn refused(message: String) -> Failure {
    Failure::plain(message, "nothing was changed; make it again with `drucloud plan --out FILE`")
        .code(REFUSED)
}

/// The digest of a stack file's content.
pub fn content(file: &Path) -> Result<String, Failure> {
    let bytes = fs::read(file).map_err(|error| {
        Failure::plain(
            format!("cannot read the stack file `{}`: {error}", file.display()),
            "run it in the folder in which the plan was saved",
        )
    })?;
    Ok(saved::digest(&bytes))
}

/// The moment, in milliseconds since 1970.
pub fn now(context: &Context) -> u64 {
    context.aws.now()
}

/// A span of time such as `90m`, `24h` or `7d`, in milliseconds.
pub fn lifetime(text: &str) -> Result<u64, String> {
    let wrong = || format!("`{text}` is no time: write it as in `90m`, `24h` or `7d`");
    let unit = text.chars().next_back().ok_or_else(wrong)?;
    let number: u64 = text[..text.len() - unit.len_utf8()].parse().map_err(|_| wrong())?;
    let minutes = match unit {
        'm' => 1,
        'h' => 60,
        'd' => 24 * 60,
        _ => return Err(wrong()),
    };
    let millis = number.checked_mul(minutes * 60_000).filter(|millis| *millis > 0);
    millis.ok_or_else(wrong)
}

#[cfg(test)]
#[path = "saved_tests.rs"]
mod tests;
