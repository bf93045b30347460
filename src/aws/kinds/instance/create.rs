//! The call that starts an instance.

use aws_sdk_ec2::types::{
    BlockDeviceMapping, EbsBlockDevice, HttpTokensState, IamInstanceProfileSpecification,
    InstanceMetadataOptionsRequest, InstanceNetworkInterfaceSpecification, InstanceType, ResourceType,
    RunInstancesMonitoringEnabled, VolumeType,
};
use aws_smithy_types::base64;

use crate::aws::kind::Wish;
use crate::aws::tags::{self, Tags};
use crate::aws::{Aws, error};
use crate::model::verdict::APPLIED_TAG;
use crate::run::fault::Fault;

use super::super::ec2;
use super::{Instance, Root, read};

/// Starts it. Its volumes are attached later: the call knows only those that it makes.
pub async fn run(aws: &Aws, wish: &Wish<'_, Instance>) -> Result<(), Fault> {
    let want = &wish.want;
    let profile = IamInstanceProfileSpecification::builder().name(want.profile.as_str()).build();
    let metadata = InstanceMetadataOptionsRequest::builder()
        .http_tokens(tokens(want))
        .http_put_response_hop_limit(want.metadata_hops)
        .build();
    let monitoring = RunInstancesMonitoringEnabled::builder().enabled(want.detailed_monitoring).build();
    let call = aws
        .ec2()
        .run_instances()
        .min_count(1)
        .max_count(1)
        .client_token(&wish.order.token)
        .image_id(&want.image)
        .instance_type(InstanceType::from(want.instance_type.as_str()))
        .iam_instance_profile(profile)
        .network_interfaces(interface(want))
        .block_device_mappings(disk(&want.root))
        .set_user_data((!want.user_data.is_empty()).then(|| base64::encode(&want.user_data)))
        .metadata_options(metadata)
        .monitoring(monitoring)
        .tag_specifications(ec2::specification(ResourceType::Instance, &own(want, &wish.order.tags)))
        .tag_specifications(ec2::specification(ResourceType::Volume, &of_root(&wish.order.tags)));
    call.send().await.map_err(error::create("ec2:RunInstances"))?;
    Ok(())
}

/// Whether the metadata service asks for a session token, in EC2's words.
pub fn tokens(want: &Instance) -> HttpTokensState {
    if want.metadata_tokens { HttpTokensState::Required } else { HttpTokensState::Optional }
}

/// An interface of its own: only so the call can say that there is no public address, whatever the subnet's
/// default is.
fn interface(want: &Instance) -> InstanceNetworkInterfaceSpecification {
    let groups = want.security_groups.iter().map(|group| group.as_str().to_owned()).collect();
    InstanceNetworkInterfaceSpecification::builder()
        .device_index(0)
        .subnet_id(want.subnet.as_str())
        .associate_public_ip_address(false)
        .delete_on_termination(true)
        .set_groups(Some(groups))
        .build()
}

fn disk(root: &Root) -> BlockDeviceMapping {
    let disk = EbsBlockDevice::builder()
        .volume_size(root.size_gib)
        .volume_type(VolumeType::from(root.kind.as_str()))
        .encrypted(root.encrypted)
        .delete_on_termination(true)
        .build();
    BlockDeviceMapping::builder().device_name(&root.device).ebs(disk).build()
}

/// The tags of the instance: those of the order, and what EC2 does not tell or tells in other words.
fn own(want: &Instance, ordered: &Tags) -> Tags {
    let mut tags = ordered.clone();
    if want.image.starts_with(read::BY_PARAMETER) {
        tags.insert(read::IMAGE.to_owned(), want.image.clone());
    }
    if let Some(configuration) = &want.configuration {
        tags.insert(read::CONFIGURATION.to_owned(), configuration.clone());
    }
    tags
}

/// The tags of its root volume: it is listed with the environment's volumes, but stands at no address.
fn of_root(ordered: &Tags) -> Tags {
    let mut tags = ordered.clone();
    tags.retain(|key, _| ![tags::ADDRESS, tags::BORN, APPLIED_TAG].contains(&key.as_str()));
    tags
}
