//! Changes of an instance: those that need it stopped, and those that do not.

use aws_sdk_ec2::types::{
    AttributeValue, IamInstanceProfileAssociationState, IamInstanceProfileSpecification, VolumeType,
};

use crate::aws::kind::{Changed, Found};
use crate::aws::{Aws, error};
use crate::run::fault::Fault;

use super::super::ec2;
use super::{Instance, create, volumes};

/// Its type, its volumes, and whether it runs. `false`: it is being stopped first, and the rest comes when it is.
pub async fn machine(
    aws: &Aws,
    live: &Found<Instance>,
    want: &Instance,
    changed: Changed<'_>,
) -> Result<bool, Fault> {
    let have = &live.properties;
    let leaving: Vec<&str> = (have.volumes.iter())
        .filter(|(device, volume)| want.volumes.get(*device) != Some(*volume))
        .map(|(_, volume)| volume.as_str())
        .collect();
    let leaving = if changed.has("volumes") { leaving } else { Vec::new() };
    if have.running && (changed.has("instance_type") || !leaving.is_empty()) {
        stop(aws, &live.id).await?;
        return Ok(false);
    }
    for volume in leaving {
        volumes::detach(aws, live, volume).await?;
    }
    if changed.has("instance_type") {
        let value = AttributeValue::builder().value(&want.instance_type).build();
        let call = aws.ec2().modify_instance_attribute().instance_id(&live.id).instance_type(value);
        call.send().await.map_err(error::update("ec2:ModifyInstanceAttribute"))?;
    }
    for (device, volume) in want.volumes.iter().filter(|_| changed.has("volumes")) {
        volumes::attach(aws, live, device, volume.as_str()).await?;
    }
    match (have.running, want.running) {
        (false, true) => {
            let call = aws.ec2().start_instances().instance_ids(&live.id);
            call.send().await.map_err(error::update("ec2:StartInstances"))?;
        }
        (true, false) => stop(aws, &live.id).await?,
        _ => {}
    }
    Ok(true)
}

async fn stop(aws: &Aws, id: &str) -> Result<(), Fault> {
    let call = aws.ec2().stop_instances().instance_ids(id);
    call.send().await.map_err(error::update("ec2:StopInstances"))?;
    Ok(())
}

/// What changes while it runs.
pub async fn settings(
    aws: &Aws,
    live: &Found<Instance>,
    want: &Instance,
    changed: Changed<'_>,
) -> Result<(), Fault> {
    if changed.has("security_groups") {
        let groups = want.security_groups.iter().map(|group| group.as_str().to_owned()).collect();
        let call = aws.ec2().modify_instance_attribute().instance_id(&live.id).set_groups(Some(groups));
        call.send().await.map_err(error::update("ec2:ModifyInstanceAttribute"))?;
    }
    if changed.has("profile") {
        profile(aws, &live.id, want.profile.as_str()).await?;
    }
    if changed.any(&["metadata_tokens", "metadata_hops"]) {
        let call = aws
            .ec2()
            .modify_instance_metadata_options()
            .instance_id(&live.id)
            .http_tokens(create::tokens(want))
            .http_put_response_hop_limit(want.metadata_hops);
        call.send().await.map_err(error::update("ec2:ModifyInstanceMetadataOptions"))?;
    }
    if changed.has("detailed_monitoring") && want.detailed_monitoring {
        let call = aws.ec2().monitor_instances().instance_ids(&live.id);
        call.send().await.map_err(error::update("ec2:MonitorInstances"))?;
    } else if changed.has("detailed_monitoring") {
        let call = aws.ec2().unmonitor_instances().instance_ids(&live.id);
        call.send().await.map_err(error::update("ec2:UnmonitorInstances"))?;
    }
    if changed.has("root") {
        root(aws, live, want).await?;
    }
    Ok(())
}

/// Gives it another profile. An instance has one association at most (API reference,
/// `AssociateIamInstanceProfile`).
async fn profile(aws: &Aws, id: &str, name: &str) -> Result<(), Fault> {
    let call = aws.ec2().describe_iam_instance_profile_associations();
    let answer = call.filters(ec2::filter("instance-id", id)).send().await;
    let answer = answer.map_err(error::read("ec2:DescribeIamInstanceProfileAssociations"))?;
    let standing = answer.iam_instance_profile_associations().iter().find(|association| {
        use IamInstanceProfileAssociationState::{Associated, Associating};
        matches!(association.state(), Some(Associated | Associating))
    });
    let profile = IamInstanceProfileSpecification::builder().name(name).build();
    if let Some(association) = standing.and_then(|association| association.association_id()) {
        let call = aws.ec2().replace_iam_instance_profile_association().association_id(association);
        let call = call.iam_instance_profile(profile).send().await;
        call.map_err(error::update("ec2:ReplaceIamInstanceProfileAssociation"))?;
    } else {
        let call = aws.ec2().associate_iam_instance_profile().instance_id(id);
        let call = call.iam_instance_profile(profile).send().await;
        call.map_err(error::update("ec2:AssociateIamInstanceProfile"))?;
    }
    Ok(())
}

/// Grows the volume that it boots from, or changes its type. The file system follows with the next boot.
async fn root(aws: &Aws, live: &Found<Instance>, want: &Instance) -> Result<(), Fault> {
    let (have, want) = (&live.properties.root, &want.root);
    let Some(id) = live.outputs.get("root_volume") else { return Ok(()) };
    let call = aws
        .ec2()
        .modify_volume()
        .volume_id(id)
        .set_size((want.size_gib > have.size_gib).then_some(want.size_gib))
        .set_volume_type((want.kind != have.kind).then(|| VolumeType::from(want.kind.as_str())));
    call.send().await.map_err(error::update("ec2:ModifyVolume"))?;
    Ok(())
}
