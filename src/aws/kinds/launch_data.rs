//! The data of a launch template version, to and from EC2's types.

use std::collections::BTreeMap;

use aws_sdk_ec2::types::{
    InstanceType, LaunchTemplateBlockDeviceMappingRequest, LaunchTemplateEbsBlockDeviceRequest,
    LaunchTemplateHttpTokensState, LaunchTemplateIamInstanceProfileSpecificationRequest,
    LaunchTemplateInstanceMetadataOptionsRequest, LaunchTemplateInstanceNetworkInterfaceSpecificationRequest,
    LaunchTemplateTagSpecificationRequest, LaunchTemplateVersion, LaunchTemplatesMonitoringRequest,
    RequestLaunchTemplateData, ResourceType, ResponseLaunchTemplateData, Tag, VolumeType,
};
use aws_smithy_types::base64;

use crate::aws::tags;
use crate::model::spec::Id;

use super::launch_template::{LaunchTemplate, Volume};

/// What carries the template's tags.
const TAGGED: [ResourceType; 2] = [ResourceType::Instance, ResourceType::Volume];

/// The data that makes such instances.
pub fn write(want: &LaunchTemplate) -> RequestLaunchTemplateData {
    let profile =
        LaunchTemplateIamInstanceProfileSpecificationRequest::builder().name(want.profile.as_str()).build();
    let tokens = if want.metadata_tokens {
        LaunchTemplateHttpTokensState::Required
    } else {
        LaunchTemplateHttpTokensState::Optional
    };
    let metadata = LaunchTemplateInstanceMetadataOptionsRequest::builder()
        .http_tokens(tokens)
        .http_put_response_hop_limit(want.metadata_hops)
        .build();
    let monitoring = LaunchTemplatesMonitoringRequest::builder().enabled(want.detailed_monitoring).build();
    let tagged = TAGGED.map(|kind| {
        let tags = tags::list!(want.instance_tags => Tag);
        LaunchTemplateTagSpecificationRequest::builder().resource_type(kind).set_tags(Some(tags)).build()
    });
    RequestLaunchTemplateData::builder()
        .image_id(&want.image)
        .instance_type(InstanceType::from(want.instance_type.as_str()))
        .iam_instance_profile(profile)
        .network_interfaces(interface(want))
        .block_device_mappings(volume(&want.volume))
        .set_user_data((!want.user_data.is_empty()).then(|| base64::encode(&want.user_data)))
        .set_tag_specifications((!want.instance_tags.is_empty()).then(|| tagged.to_vec()))
        .metadata_options(metadata)
        .monitoring(monitoring)
        .build()
}

/// An interface of its own and not just security groups: only so a template can say that there is no public
/// address, whatever the subnet's default is.
fn interface(want: &LaunchTemplate) -> LaunchTemplateInstanceNetworkInterfaceSpecificationRequest {
    let groups = want.security_groups.iter().map(|group| group.as_str().to_owned()).collect();
    LaunchTemplateInstanceNetworkInterfaceSpecificationRequest::builder()
        .device_index(0)
        .associate_public_ip_address(false)
        .delete_on_termination(true)
        .set_groups(Some(groups))
        .build()
}

fn volume(want: &Volume) -> LaunchTemplateBlockDeviceMappingRequest {
    let disk = LaunchTemplateEbsBlockDeviceRequest::builder()
        .volume_size(want.size_gib)
        .volume_type(VolumeType::from(want.kind.as_str()))
        .encrypted(want.encrypted)
        .delete_on_termination(true)
        .build();
    LaunchTemplateBlockDeviceMappingRequest::builder().device_name(&want.device).ebs(disk).build()
}

/// What the stack would have written for this version. What the stack cannot say (a public address, a second
/// interface) reads as no security groups, so that it never passes for what was wished.
pub fn read(version: &LaunchTemplateVersion) -> LaunchTemplate {
    let empty = ResponseLaunchTemplateData::builder().build();
    let data = version.launch_template_data().unwrap_or(&empty);
    let profile = data.iam_instance_profile().and_then(|profile| profile.name()).unwrap_or_default();
    let groups = match data.network_interfaces() {
        [only] if only.associate_public_ip_address() == Some(false) => only.groups(),
        _ => &[],
    };
    let metadata = data.metadata_options();
    let tokens = metadata.and_then(|options| options.http_tokens());
    LaunchTemplate {
        image: data.image_id().unwrap_or_default().to_owned(),
        instance_type: data.instance_type().map_or_else(String::new, ToString::to_string),
        profile: Id::known(profile),
        security_groups: groups.iter().map(Id::known).collect(),
        volume: read_volume(data),
        user_data: plain(data.user_data().unwrap_or_default()),
        instance_tags: read_tags(data),
        metadata_tokens: tokens == Some(&LaunchTemplateHttpTokensState::Required),
        metadata_hops: metadata
            .and_then(aws_sdk_ec2::types::LaunchTemplateInstanceMetadataOptions::http_put_response_hop_limit)
            .unwrap_or(1),
        detailed_monitoring: data
            .monitoring()
            .and_then(aws_sdk_ec2::types::LaunchTemplatesMonitoring::enabled)
            .unwrap_or(false),
        follows: None,
    }
}

fn read_volume(data: &ResponseLaunchTemplateData) -> Volume {
    let Some(mapping) = data.block_device_mappings().first() else { return Volume::default() };
    let disk = mapping.ebs();
    Volume {
        device: mapping.device_name().unwrap_or_default().to_owned(),
        size_gib: disk
            .and_then(aws_sdk_ec2::types::LaunchTemplateEbsBlockDevice::volume_size)
            .unwrap_or_default(),
        kind: disk.and_then(|disk| disk.volume_type()).map_or_else(String::new, ToString::to_string),
        encrypted: disk
            .and_then(aws_sdk_ec2::types::LaunchTemplateEbsBlockDevice::encrypted)
            .unwrap_or(false),
    }
}

/// The tags that all of [`TAGGED`] get.
fn read_tags(data: &ResponseLaunchTemplateData) -> BTreeMap<String, String> {
    let of = |kind: &ResourceType| {
        let specification = data.tag_specifications().iter().find(|s| s.resource_type() == Some(kind));
        specification.map(|specification| tags::read!(specification.tags())).unwrap_or_default()
    };
    let [mut common, other] = TAGGED.map(|kind| of(&kind));
    common.retain(|key, value| other.get(key) == Some(value));
    common
}

/// User data as text; what is none (a compressed archive) reads as its Base64 form.
fn plain(encoded: &str) -> String {
    let bytes = base64::decode(encoded).ok();
    bytes.and_then(|bytes| String::from_utf8(bytes).ok()).unwrap_or_else(|| encoded.to_owned())
}

#[cfg(test)]
pub(super) mod tests {
    use aws_sdk_ec2::types::{
        LaunchTemplateBlockDeviceMapping, LaunchTemplateEbsBlockDevice,
        LaunchTemplateIamInstanceProfileSpecification, LaunchTemplateInstanceMetadataOptions,
        LaunchTemplateInstanceNetworkInterfaceSpecification, LaunchTemplateTagSpecification,
        LaunchTemplatesMonitoring,
    };

    use super::*;

    pub fn template() -> LaunchTemplate {
        LaunchTemplate {
            image: "resolve:ssm:/aws/service/debian/release/13/latest/arm64".to_owned(),
            instance_type: "m7g.large".to_owned(),
            profile: Id::known("shop-prod-web"),
            security_groups: ["sg-2", "sg-1"].map(Id::known).into(),
            volume: Volume {
                device: "/dev/xvda".to_owned(),
                size_gib: 20,
                kind: "gp3".to_owned(),
                encrypted: true,
            },
            user_data: "#!/bin/sh\necho grüße\n".to_owned(),
            instance_tags: [("Name".to_owned(), "web".to_owned())].into(),
            metadata_tokens: true,
            metadata_hops: 1,
            detailed_monitoring: true,
            follows: None,
        }
    }

    /// What EC2 answers for a request: the same, in its types for answers.
    fn answer(request: &RequestLaunchTemplateData) -> LaunchTemplateVersion {
        let interfaces = request.network_interfaces().iter().map(|i| {
            LaunchTemplateInstanceNetworkInterfaceSpecification::builder()
                .set_associate_public_ip_address(i.associate_public_ip_address())
                .set_groups(Some(i.groups().to_vec()))
                .build()
        });
        let mappings = request.block_device_mappings().iter().map(|m| {
            let disk = m.ebs().map(|disk| {
                LaunchTemplateEbsBlockDevice::builder()
                    .set_volume_size(disk.volume_size())
                    .set_volume_type(disk.volume_type().cloned())
                    .set_encrypted(disk.encrypted())
                    .build()
            });
            let device = m.device_name().map(str::to_owned);
            LaunchTemplateBlockDeviceMapping::builder().set_device_name(device).set_ebs(disk).build()
        });
        let tagged = request.tag_specifications().iter().map(|s| {
            LaunchTemplateTagSpecification::builder()
                .set_resource_type(s.resource_type().cloned())
                .set_tags(Some(s.tags().iter().rev().cloned().collect()))
                .build()
        });
        let profile = request.iam_instance_profile().and_then(|p| p.name()).unwrap_or_default();
        let metadata = request.metadata_options();
        let data = ResponseLaunchTemplateData::builder()
            .set_image_id(request.image_id().map(str::to_owned))
            .set_instance_type(request.instance_type().cloned())
            .iam_instance_profile(
                LaunchTemplateIamInstanceProfileSpecification::builder().name(profile).build(),
            )
            .set_network_interfaces(Some(interfaces.collect()))
            .set_block_device_mappings(Some(mappings.collect()))
            .set_user_data(request.user_data().map(str::to_owned))
            .set_tag_specifications(Some(tagged.collect()))
            .metadata_options(
                LaunchTemplateInstanceMetadataOptions::builder()
                    .set_http_tokens(metadata.and_then(|m| m.http_tokens()).cloned())
                    .set_http_put_response_hop_limit(metadata.and_then(aws_sdk_ec2::types::LaunchTemplateInstanceMetadataOptionsRequest::http_put_response_hop_limit))
                    .build(),
            )
            .monitoring(
                LaunchTemplatesMonitoring::builder()
                    .set_enabled(request.monitoring().and_then(aws_sdk_ec2::types::LaunchTemplatesMonitoringRequest::enabled))
                    .build(),
            );
        LaunchTemplateVersion::builder().launch_template_data(data.build()).build()
    }

    #[test]
    fn what_was_written_reads_the_same() {
        let full = template();
        let bare = LaunchTemplate {
            user_data: String::new(),
            instance_tags: BTreeMap::new(),
            metadata_tokens: false,
            metadata_hops: 2,
            detailed_monitoring: false,
            ..template()
        };
        for want in [full, bare] {
            assert_eq!(read(&answer(&write(&want))), want);
        }
    }

    #[test]
    fn a_public_address_never_passes_for_what_was_wished() {
        let mut request = write(&template());
        if let Some([interface]) = request.network_interfaces.as_deref_mut() {
            interface.associate_public_ip_address = Some(true);
        }
        assert_ne!(read(&answer(&request)), template());
    }
}
