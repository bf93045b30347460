//! Another configuration for a machine that runs: its playbook is run again, by Systems Manager.
//!
//! That takes minutes, so it is begun in one call and looked after in later ones; in between the executor waits as for
//! anything that is busy. Which command does it stands in a tag of the instance: a run that takes over looks after
//! the same one.

use crate::aws::command::{self, CommandError, Script};
use crate::aws::kind::Found;
use crate::aws::kinds::{configuration, ec2};
use crate::aws::tags::{self, Tags};
use crate::aws::{Aws, error};
use crate::run::cloud::Cloud as _;
use crate::run::fault::{Class, Fault};

use super::{Instance, read};

/// The script on every machine that fetches a configuration and applies it.
const BOOT: &str = "/usr/local/sbin/drucloud-boot";
/// Seconds that it usually takes, and after which it is ended.
const TIMES: (u64, u64) = (60, 1_800);
/// Milliseconds for which a command may be unknown that was begun: `GetCommandInvocation` lags behind `SendCommand`.
const APPEARS: u64 = 60_000;
const OPERATION: &str = "ssm:SendCommand";

/// Begins it, or looks what became of it.
///
/// # Errors
/// `Busy` while the playbook runs; `Fatal` with the machine and the failed task when it failed.
pub async fn configure(aws: &Aws, live: &Found<Instance>, want: &Instance) -> Result<(), Fault> {
    let Some(key) = &want.configuration else { return Ok(()) };
    let Some(sha256) = configuration::sha256(key) else {
        return Err(Fault::fatal(OPERATION, format!("`{key}` is not the key of a configuration")));
    };
    let what = format!("the configuration of {}", live.address);
    let script = Script::ending(what, &[BOOT, "--key", key, "--sha256", sha256]).taking(TIMES.0, TIMES.1);
    // The tags of this moment and not those of the list, which may lag: a second command would be one too many.
    let now = read::one(aws, &live.id).await?;
    let tags = now.map(|instance| tags::read!(instance.tags())).unwrap_or_default();
    let Some(command) = under_way(&tags, key) else { return begin(aws, live, key, &script).await };
    match command::look(aws, &live.id, command.id, &script).await {
        Ok(None) => Err(busy(live)),
        Ok(Some(_)) => {
            let tags = Tags::from([(read::CONFIGURATION.to_owned(), key.clone())]);
            ec2::tag(aws, &live.id, &tags).await?;
            forget(aws, live).await
        }
        Err(CommandError::Fault(fault)) if fault.class == Class::Gone => {
            // One that was begun a moment ago does not show yet; an old one AWS has forgotten after some weeks.
            let young = aws.now().saturating_sub(command.begun) < APPEARS;
            if young { Err(busy(live)) } else { begin(aws, live, key, &script).await }
        }
        Err(CommandError::Fault(fault)) => Err(fault),
        Err(failed) => {
            // The next run begins anew.
            forget(aws, live).await?;
            Err(failed.into())
        }
    }
}

/// A command that was begun.
#[derive(Debug, PartialEq, Eq)]
struct Command<'a> {
    /// AWS's id of it.
    id: &'a str,
    /// When, in milliseconds since 1970.
    begun: u64,
}

/// The command that applies that configuration, if one was begun.
fn under_way<'a>(tags: &'a Tags, key: &str) -> Option<Command<'a>> {
    let mut words = tags.get(read::CONFIGURING)?.split(' ');
    let (id, object, begun) = (words.next()?, words.next()?, words.next()?);
    (object == key).then_some(Command { id, begun: begun.parse().ok()? })
}

async fn begin(aws: &Aws, live: &Found<Instance>, key: &str, script: &Script) -> Result<(), Fault> {
    let command = command::start(aws, &live.id, script).await?;
    let tags = Tags::from([(read::CONFIGURING.to_owned(), format!("{command} {key} {}", aws.now()))]);
    ec2::tag(aws, &live.id, &tags).await?;
    Err(busy(live))
}

async fn forget(aws: &Aws, live: &Found<Instance>) -> Result<(), Fault> {
    let tag = aws_sdk_ec2::types::Tag::builder().key(read::CONFIGURING).build();
    let call = aws.ec2().delete_tags().resources(&live.id).tags(tag).send().await;
    call.map_err(error::update("ec2:DeleteTags"))?;
    Ok(())
}

fn busy(live: &Found<Instance>) -> Fault {
    Fault::fatal(OPERATION, format!("the playbook runs on {}", live.id)).as_class(Class::Busy)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_is_known_by_what_it_applies() {
        let tag = "0a1b-2c bundles/x/1.tar.gz 1700000000000";
        let tags = Tags::from([(read::CONFIGURING.to_owned(), tag.to_owned())]);
        let command = Command { id: "0a1b-2c", begun: 1_700_000_000_000 };
        assert_eq!(under_way(&tags, "bundles/x/1.tar.gz"), Some(command));
        assert_eq!(under_way(&tags, "bundles/x/2.tar.gz"), None);
        assert_eq!(under_way(&Tags::new(), "bundles/x/1.tar.gz"), None);
    }
}
