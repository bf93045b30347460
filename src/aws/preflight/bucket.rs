//! Buckets that go: whether anything is in them.

use futures::future::join_all;

use crate::aws::error;
use crate::aws::kinds::bucket::Bucket;
use crate::model::check::Check;
use crate::model::lint::Severity;
use crate::model::plan::{Action, Step};
use crate::model::spec::Kinded as _;
use crate::run::fault::Class;

use super::Rule;
use super::look::{About, Look, count};

/// The rules of this group.
pub const RULES: &[&Rule] = &[&EMPTY];

const EMPTY: Rule = Rule {
    id: "bucket-not-empty",
    what: "A bucket that is deleted is empty; what is in it is deleted with it, every version.",
    severity: Severity::Warning,
    remedy: "copy what is needed first (`aws s3 sync`)",
    calls: &["s3:ListObjectVersions"],
};

pub async fn check(look: &Look<'_>) -> Vec<Check> {
    let going = |step: &&Step| step.schema.kind == Bucket::KIND && step.action == Action::Delete;
    join_all(look.plan.steps.iter().filter(going).map(|step| contents(look, step))).await
}

async fn contents(look: &Look<'_>, step: &Step) -> Check {
    let about = About { address: &step.address, property: None };
    let Some(name) = step.live.as_ref().map(|live| live.id.as_str()) else {
        return look.unknown(&EMPTY, Some(about), "its name is not known");
    };
    let read = async || {
        let answer = look.aws.s3().list_object_versions().bucket(name).send().await;
        answer.map_err(error::read("s3:ListObjectVersions"))
    };
    match look.ask_once(read).await {
        Err(fault) if fault.class == Class::Gone => look.passed(&EMPTY, format!("`{name}` is gone already")),
        Err(fault) => look.untold(&EMPTY, Some(about), &fault),
        Ok(answer) => {
            let versions = answer.versions().len();
            let more = if answer.is_truncated() == Some(true) { " or more" } else { "" };
            match versions {
                0 => look.passed(&EMPTY, format!("`{name}` is empty")),
                _ => {
                    look.failed(&EMPTY, about, format!("`{name}` holds {}{more}", count(versions, "version")))
                }
            }
        }
    }
}
