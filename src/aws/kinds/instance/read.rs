//! Instances as EC2 describes them, in the shape in which the stack would have written them.

use std::collections::BTreeMap;

use aws_sdk_ec2::types::{
    AttachmentStatus, HttpTokensState, Instance as Described, InstanceBlockDeviceMapping, InstanceStateName,
    MonitoringState, Volume as Disk,
};

use crate::aws::glance::Glance;
use crate::aws::kind::Found;
use crate::aws::{Aws, error, tags};
use crate::model::live::Status;
use crate::model::spec::Id;
use crate::run::fault::Fault;

use super::super::{ec2, volume};
use super::{Instance, Root};

/// How an image begins that is named by a parameter.
pub const BY_PARAMETER: &str = "resolve:ssm:";
/// The parameter that named the image when the instance was made: EC2 tells only what it held then. So an
/// instance stays when the parameter's image is followed by a newer one.
pub const IMAGE: &str = "drucloud:image";
/// The object that holds the configuration that the instance has, or is given with its first boot.
pub const CONFIGURATION: &str = "drucloud:configuration";
/// The command that gives it another one, and which: `<id of the command> <object>`.
pub const CONFIGURING: &str = "drucloud:configuring";

/// The states of an instance that is there: a terminated one is told for an hour still.
const STANDING: [&str; 5] = ["pending", "running", "stopping", "stopped", "shutting-down"];

/// Every instance of this environment.
pub async fn list(glance: &Glance<'_>) -> Result<Vec<Found<Instance>>, Fault> {
    let aws = glance.aws;
    let (instances, volumes) = futures::try_join!(standing(aws), volume::volumes(glance))?;
    let known = |id: &str| volumes.0.iter().any(|disk| disk.volume_id() == Some(id));
    let lost: Vec<&str> = instances.iter().filter_map(|one| root_id(one)).filter(|id| !known(id)).collect();
    let lost = untagged(aws, &lost).await?;
    let disks: Vec<&Disk> = volumes.0.iter().chain(&lost).collect();
    Ok(instances.iter().filter_map(|instance| found(aws, instance, &disks)).collect())
}

async fn standing(aws: &Aws) -> Result<Vec<Described>, Fault> {
    let states = aws_sdk_ec2::types::Filter::builder().name("instance-state-name");
    let states = states.set_values(Some(STANDING.map(str::to_owned).into())).build();
    let call = aws.ec2().describe_instances().set_filters(aws.tag_filters()).filters(states);
    let reservations: Result<Vec<_>, _> = call.into_paginator().items().send().collect().await;
    let reservations = reservations.map_err(error::read("ec2:DescribeInstances"))?;
    Ok(reservations.into_iter().flat_map(|reservation| reservation.instances.unwrap_or_default()).collect())
}

/// Root volumes that somebody has taken the tags off.
async fn untagged(aws: &Aws, ids: &[&str]) -> Result<Vec<Disk>, Fault> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let filter = aws_sdk_ec2::types::Filter::builder().name("volume-id");
    let filter = filter.set_values(Some(ids.iter().map(|id| (*id).to_owned()).collect())).build();
    let answer = aws.ec2().describe_volumes().filters(filter).send().await;
    Ok(answer.map_err(error::read("ec2:DescribeVolumes"))?.volumes.unwrap_or_default())
}

/// One instance, whatever state it is in; `None` if there is none of that id.
pub async fn one(aws: &Aws, id: &str) -> Result<Option<Described>, Fault> {
    let answer = aws.ec2().describe_instances().filters(ec2::filter("instance-id", id)).send().await;
    let answer = answer.map_err(error::read("ec2:DescribeInstances"))?;
    Ok(answer.reservations.unwrap_or_default().into_iter().find_map(|mut r| r.instances.take()?.pop()))
}

/// Its state, as EC2's word.
pub fn state(instance: &Described) -> &str {
    instance.state().and_then(|state| state.name()).map_or("unknown", InstanceStateName::as_str)
}

fn is_root(instance: &Described, mapping: &InstanceBlockDeviceMapping) -> bool {
    mapping.device_name() == instance.root_device_name()
}

fn root_id(instance: &Described) -> Option<&str> {
    let mapping = instance.block_device_mappings().iter().find(|mapping| is_root(instance, mapping))?;
    mapping.ebs()?.volume_id()
}

fn found(aws: &Aws, instance: &Described, disks: &[&Disk]) -> Option<Found<Instance>> {
    let tags = tags::read!(instance.tags());
    let root = root_id(instance).and_then(|id| disks.iter().find(|disk| disk.volume_id() == Some(id)));
    let metadata = instance.metadata_options();
    let tag = |key: &str| tags.get(key).cloned();
    let properties = Instance {
        image: tag(IMAGE).unwrap_or_else(|| instance.image_id().unwrap_or_default().to_owned()),
        instance_type: instance.instance_type().map_or_else(String::new, ToString::to_string),
        profile: Id::known(profile(instance)),
        subnet: Id::known(instance.subnet_id().unwrap_or_default()),
        security_groups: instance
            .security_groups()
            .iter()
            .filter_map(|group| group.group_id().map(Id::known))
            .collect(),
        root: root.map(|disk| read_root(instance, disk)).unwrap_or_default(),
        volumes: attached(instance),
        // EC2 tells it only instance by instance, and nobody asks: it was for the first boot.
        user_data: String::new(),
        configuration: tag(CONFIGURATION),
        metadata_tokens: metadata.and_then(|options| options.http_tokens())
            == Some(&HttpTokensState::Required),
        metadata_hops: metadata
            .and_then(aws_sdk_ec2::types::InstanceMetadataOptionsResponse::http_put_response_hop_limit)
            .unwrap_or(1),
        detailed_monitoring: instance
            .monitoring()
            .and_then(|monitoring| monitoring.state())
            .is_some_and(|state| matches!(state, MonitoringState::Enabled | MonitoringState::Pending)),
        running: !matches!(state(instance), "stopping" | "stopped"),
        follows: None,
    };
    let found = Found::ours(aws, instance.instance_id()?, tags, properties)?.status(status(instance, root));
    let found = found.output("private_ip", instance.private_ip_address());
    Some(found.output("root_volume", root_id(instance)).output("state", Some(state(instance))))
}

/// The name at the end of the profile's ARN, which a path may stand before.
pub fn profile(instance: &Described) -> &str {
    let arn = instance.iam_instance_profile().and_then(|profile| profile.arn()).unwrap_or_default();
    arn.rsplit('/').next().unwrap_or_default()
}

fn read_root(instance: &Described, disk: &Disk) -> Root {
    Root {
        device: instance.root_device_name().unwrap_or_default().to_owned(),
        size_gib: disk.size().unwrap_or_default(),
        kind: disk.volume_type().map_or_else(String::new, ToString::to_string),
        encrypted: disk.encrypted().unwrap_or(false),
    }
}

fn attached(instance: &Described) -> BTreeMap<String, Id<volume::Volume>> {
    let others = instance.block_device_mappings().iter().filter(|mapping| !is_root(instance, mapping));
    let pair = |mapping: &InstanceBlockDeviceMapping| {
        let id = mapping.ebs()?.volume_id()?;
        Some((mapping.device_name()?.to_owned(), Id::known(id)))
    };
    others.filter_map(pair).collect()
}

/// Stopped counts as ready: it can be changed, and started.
fn status(instance: &Described, root: Option<&&Disk>) -> Status {
    let moving = instance.block_device_mappings().iter().find_map(|mapping| {
        let disk = mapping.ebs()?;
        let status = disk.status().filter(|status| **status != AttachmentStatus::Attached)?;
        Some(format!("{} is {}", disk.volume_id()?, status.as_str()))
    });
    match (state(instance), moving) {
        ("shutting-down" | "terminated", _) => Status::Deleting,
        ("running" | "stopped", Some(moving)) => Status::Pending(moving),
        ("running" | "stopped", None) if root.is_none() => {
            Status::Pending("waiting for its root volume".to_owned())
        }
        ("running" | "stopped", None) => Status::Ready,
        (word, _) => Status::Pending(word.to_owned()),
    }
}
