//! Volumes on their way from one instance to another.
//!
//! A volume is never taken off a running machine: its file system is mounted there.

use aws_sdk_ec2::types::{VolumeAttachment, VolumeAttachmentState};

use crate::aws::kind::Found;
use crate::aws::{Aws, error, tags};
use crate::run::fault::{Class, Fault};

use super::super::volume::{busy, described};
use super::{Instance, read};

const ATTACH: &str = "ec2:AttachVolume";
const DETACH: &str = "ec2:DetachVolume";

/// Attaches a volume. Where another instance of the environment still has it, that one is made to let go:
/// `Busy` until then.
pub async fn attach(aws: &Aws, live: &Found<Instance>, device: &str, volume: &str) -> Result<(), Fault> {
    let missing = || Fault::fatal(ATTACH, format!("there is no volume {volume}")).as_class(Class::NotYet);
    let disk = described(aws, volume).await?.ok_or_else(missing)?;
    match disk.attachments().first() {
        Some(attachment) if is(attachment, &live.id, device) => Ok(()),
        Some(attachment) => Err(release(aws, live, volume, attachment).await?),
        None if disk.state() == Some(&aws_sdk_ec2::types::VolumeState::Available) => {
            let call = aws.ec2().attach_volume().volume_id(volume).instance_id(&live.id).device(device);
            call.send().await.map_err(error::update("ec2:AttachVolume"))?;
            Ok(())
        }
        None => Err(busy(ATTACH, format!("{volume} is not available yet"))),
    }
}

fn is(attachment: &VolumeAttachment, instance: &str, device: &str) -> bool {
    attachment.instance_id() == Some(instance)
        && attachment.device() == Some(device)
        && attachment.state() != Some(&VolumeAttachmentState::Detaching)
}

/// Takes a volume off the instance, which is stopped; `Busy` until it is done.
pub async fn detach(aws: &Aws, live: &Found<Instance>, volume: &str) -> Result<(), Fault> {
    let Some(disk) = described(aws, volume).await? else { return Ok(()) };
    match disk.attachments().first().filter(|attachment| attachment.instance_id() == Some(&*live.id)) {
        Some(attachment) => Err(let_go(aws, volume, attachment).await?),
        None => Ok(()),
    }
}

/// Does the next thing that makes another instance let go of a volume; what is waited for comes back.
async fn release(
    aws: &Aws,
    live: &Found<Instance>,
    volume: &str,
    attachment: &VolumeAttachment,
) -> Result<Fault, Fault> {
    let id = attachment.instance_id().unwrap_or_default();
    let Some(holder) = read::one(aws, id).await? else {
        return Ok(busy(ATTACH, format!("{volume} is still attached to {id}")));
    };
    let owner = tags::address(&tags::read!(holder.tags()), &aws.scope.stack, &aws.scope.env);
    match owner {
        Some(address) if address == live.address => {}
        Some(address) => {
            return Ok(busy(ATTACH, format!("`{address}` ({id}) has not let go of {volume} yet")));
        }
        None => {
            let why =
                format!("{volume} is attached to {id}, which is not of this environment: detach it there");
            return Err(Fault::fatal(ATTACH, why));
        }
    }
    match read::state(&holder) {
        "running" => {
            let call = aws.ec2().stop_instances().instance_ids(id);
            call.send().await.map_err(error::update("ec2:StopInstances"))?;
            Ok(busy(ATTACH, format!("{id}, which has {volume}, is being stopped")))
        }
        "stopped" => let_go(aws, volume, attachment).await,
        state => Ok(busy(ATTACH, format!("{id}, which has {volume}, is {state}"))),
    }
}

/// Detaches a volume from a stopped instance, unless that has begun.
async fn let_go(aws: &Aws, volume: &str, attachment: &VolumeAttachment) -> Result<Fault, Fault> {
    if attachment.state() != Some(&VolumeAttachmentState::Detaching) {
        let call = aws.ec2().detach_volume().volume_id(volume);
        let call = call.set_instance_id(attachment.instance_id().map(str::to_owned));
        call.send().await.map_err(error::update("ec2:DetachVolume"))?;
    }
    Ok(busy(DETACH, format!("{volume} is being detached")))
}
