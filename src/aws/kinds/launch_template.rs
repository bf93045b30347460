//! Launch template: what an instance of the web tier is. Every change is a new version, and the newest version
//! is the default one; the autoscaling group names the version by its number, so that it sees the change.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_ec2::types::{LaunchTemplateErrorCode, LaunchTemplateVersion, ResourceType};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::aws::glance::Glance;
use crate::aws::kind::{Changed, Found, Resource, Wish};
use crate::aws::names;
use crate::aws::tags::{self, Tags};
use crate::aws::{Aws, error, index};
use crate::model::schema::{Expected, IN_PLACE, INITIAL, Idempotency, ReplaceOrder, Schema};
use crate::model::spec::{Id, Kinded, Spec, Text};
use crate::run::cloud::Farewell;
use crate::run::fault::Fault;

use super::role::Role;
use super::security_group::SecurityGroup;
use super::{ec2, launch_data};

/// The versions that are kept, to look at and to go back to.
const KEPT: usize = 10;

/// How instances are started. They have no public address and answer metadata requests of version 2 only.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LaunchTemplate {
    /// The machine image: its id, or `resolve:ssm:` and the name of a parameter that holds it.
    pub image: String,
    /// The instance type, such as `m7g.large`.
    pub instance_type: String,
    /// The role whose instance profile they get; a role's id is its profile's name.
    pub profile: Id<Role>,
    /// The security groups of their network interface.
    pub security_groups: BTreeSet<Id<SecurityGroup>>,
    /// Their root volume.
    pub volume: Volume,
    /// What cloud-init runs at first boot, as plain text of at most 16 KiB; empty for nothing.
    pub user_data: String,
    /// The tags of the instances and their volumes.
    pub instance_tags: BTreeMap<String, String>,
    /// Whether the metadata service asks for a session token (`IMDSv2`).
    pub metadata_tokens: bool,
    /// How many network hops an answer of the metadata service survives; 1 keeps containers out.
    pub metadata_hops: i32,
    /// Whether metrics come every minute instead of every five.
    pub detailed_monitoring: bool,
    /// An output of what has to be there before instances are started, such as that of their configuration.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub follows: Option<Text>,
}

/// The volume that an instance boots from. It goes with the instance.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Volume {
    /// The image's root device, such as `/dev/xvda`.
    pub device: String,
    /// Its size in GiB.
    pub size_gib: i32,
    /// Its type, such as `gp3`.
    #[serde(rename = "type")]
    pub kind: String,
    /// Whether it is encrypted.
    pub encrypted: bool,
}

impl Kinded for LaunchTemplate {
    const KIND: &'static str = "launch_template";
}

impl Resource for LaunchTemplate {
    const SCHEMA: &'static Schema = &Schema {
        kind: "launch_template",
        title: "Launch template",
        rules: &[
            ("image", IN_PLACE),
            ("instance_type", IN_PLACE),
            ("profile", IN_PLACE),
            ("security_groups", IN_PLACE),
            ("volume", IN_PLACE),
            ("user_data", IN_PLACE),
            ("instance_tags", IN_PLACE),
            ("metadata_tokens", IN_PLACE),
            ("metadata_hops", IN_PLACE),
            ("detailed_monitoring", IN_PLACE),
            ("follows", INITIAL),
        ],
        outputs: &["name", "version"],
        changing_outputs: &["version"],
        data: None,
        order: ReplaceOrder::NewFirst,
        idempotency: Idempotency::Token,
        after: &[],
        expected: Expected { create: 6, update: 4, delete: 2 },
        canonical: Spec::canonical_as::<Self>,
    };

    async fn list(glance: &Glance<'_>) -> Result<Vec<Found<Self>>, Fault> {
        let aws = glance.aws;
        if let Some(found) = indexed(glance).await? {
            return Ok(found);
        }
        let templates = async {
            let call = aws.ec2().describe_launch_templates().set_filters(aws.tag_filters());
            let all: Result<Vec<_>, _> = call.into_paginator().items().send().collect().await;
            all.map_err(error::read("ec2:DescribeLaunchTemplates"))
        };
        // Without a template the call gives that version of every template (API reference,
        // DescribeLaunchTemplateVersions): one call however many templates there are, and it waits for nothing.
        let (templates, defaults) = futures::try_join!(templates, versions(aws, None, Some("$Default")))?;
        let mut found = Vec::new();
        for template in templates {
            let id = template.launch_template_id().unwrap_or_default();
            let is_its = |version: &&LaunchTemplateVersion| version.launch_template_id() == Some(id);
            // A new template can be listed before its version is.
            let mut fetched = Vec::new();
            if defaults.iter().find(is_its).is_none() {
                fetched = versions(aws, Some(id), Some("$Default")).await?;
            }
            let Some(version) = defaults.iter().chain(&fetched).find(is_its) else { continue };
            found.extend(read(aws, version, tags::read!(template.tags())));
        }
        Ok(found)
    }

    async fn create(aws: &Aws, wish: &Wish<'_, Self>) -> Result<(), Fault> {
        let call = aws.ec2().create_launch_template().launch_template_name(wish.unique_name(aws, 128));
        let call = call.client_token(&wish.order.token).launch_template_data(launch_data::write(&wish.want));
        let tags = ec2::specification(ResourceType::LaunchTemplate, &wish.order.tags);
        call.tag_specifications(tags).send().await.map_err(error::create("ec2:CreateLaunchTemplate"))?;
        Ok(())
    }

    async fn update(
        aws: &Aws,
        live: &Found<Self>,
        wish: &Wish<'_, Self>,
        _: Changed<'_>,
    ) -> Result<(), Fault> {
        let mut existing = versions(aws, Some(&live.id), None).await?;
        existing.sort_by_key(|version| std::cmp::Reverse(version.version_number()));
        let newest = existing.first();
        let number = match newest.filter(|version| launch_data::read(version) == wish.want) {
            // A run that broke off has made the version already.
            Some(version) => version.version_number(),
            None => make_version(aws, &live.id, wish, newest).await?,
        };
        let number = number.unwrap_or_default();
        let call = aws.ec2().modify_launch_template().launch_template_id(&live.id);
        let call = call.default_version(number.to_string()).send().await;
        call.map_err(error::update("ec2:ModifyLaunchTemplate"))?;
        let numbers = existing.iter().filter_map(LaunchTemplateVersion::version_number);
        forget_versions(aws, &live.id, surplus(numbers, number)).await
    }

    async fn delete(aws: &Aws, live: &Found<Self>, _: &Farewell) -> Result<(), Fault> {
        let call = aws.ec2().delete_launch_template().launch_template_id(&live.id).send().await;
        call.map_err(error::delete("ec2:DeleteLaunchTemplate"))?;
        Ok(())
    }

    async fn tag(aws: &Aws, live: &Found<Self>, tags: &Tags) -> Result<(), Fault> {
        ec2::tag(aws, &live.id, tags).await
    }
}

/// The templates that the index confirms: what they are like stands in their versions, and so does their name.
async fn indexed(glance: &Glance<'_>) -> Result<Option<Vec<Found<LaunchTemplate>>>, Fault> {
    let index = index::index(glance).await?;
    let Some(confirmed) = index.all(LaunchTemplate::KIND) else { return Ok(None) };
    let defaults = versions(glance.aws, None, Some("$Default")).await?;
    let found = confirmed.into_iter().map(|one| {
        let version = defaults.iter().find(|version| version.launch_template_id() == Some(one.id()))?;
        read(glance.aws, version, one.tags.clone())
    });
    Ok(found.collect())
}

/// A template with its default version, if these tags make it ours.
fn read(aws: &Aws, version: &LaunchTemplateVersion, tags: Tags) -> Option<Found<LaunchTemplate>> {
    let number = version.version_number().map(|number| number.to_string());
    let id = version.launch_template_id().unwrap_or_default();
    let found = Found::ours(aws, id, tags, launch_data::read(version))?;
    Some(found.output("name", version.launch_template_name()).output("version", number))
}

/// Versions: all of one template, or one that is named by `$Default`, of one template or of all.
async fn versions(
    aws: &Aws,
    template: Option<&str>,
    version: Option<&str>,
) -> Result<Vec<LaunchTemplateVersion>, Fault> {
    let call = aws.ec2().describe_launch_template_versions();
    let call = call.set_launch_template_id(template.map(str::to_owned));
    let call = call.set_versions(version.map(|version| vec![version.to_owned()]));
    let all: Result<Vec<_>, _> = call.into_paginator().items().send().collect().await;
    all.map_err(error::read("ec2:DescribeLaunchTemplateVersions"))
}

async fn make_version(
    aws: &Aws,
    id: &str,
    wish: &Wish<'_, LaunchTemplate>,
    newest: Option<&LaunchTemplateVersion>,
) -> Result<Option<i64>, Fault> {
    let token = token(&wish.order.token, &wish.want, newest.and_then(LaunchTemplateVersion::version_number));
    let call = aws.ec2().create_launch_template_version().launch_template_id(id).client_token(token);
    let call = call.launch_template_data(launch_data::write(&wish.want));
    let answer = call.send().await.map_err(error::update("ec2:CreateLaunchTemplateVersion"))?;
    Ok(answer.launch_template_version().and_then(LaunchTemplateVersion::version_number))
}

/// The client token of a new version: the same when the call is repeated, another when the same data comes back
/// after something else.
fn token(order: &str, want: &LaunchTemplate, newest: Option<i64>) -> String {
    let data = serde_json::to_string(want).unwrap_or_default();
    names::digest(&format!("{order} {} {data}", newest.unwrap_or_default()), 32)
}

/// The versions that are one too many, once `default` is the newest.
fn surplus(versions: impl Iterator<Item = i64>, default: i64) -> Vec<String> {
    let numbers: BTreeSet<i64> = versions.chain([default]).collect();
    let old = numbers.iter().rev().skip(KEPT).filter(|number| **number != default);
    old.map(i64::to_string).collect()
}

async fn forget_versions(aws: &Aws, id: &str, versions: Vec<String>) -> Result<(), Fault> {
    // At most 200 a call (API reference, DeleteLaunchTemplateVersions).
    for some in versions.chunks(200) {
        let call = aws.ec2().delete_launch_template_versions().launch_template_id(id);
        let answer = call.set_versions(Some(some.to_vec())).send().await;
        let answer = answer.map_err(error::update("ec2:DeleteLaunchTemplateVersions"))?;
        for failure in answer.unsuccessfully_deleted_launch_template_versions() {
            let Some(reason) = failure.response_error() else { continue };
            if reason.code() != Some(&LaunchTemplateErrorCode::LaunchTemplateVersionDoesNotExist) {
                let why = reason.message().unwrap_or("no reason was given");
                return Err(Fault::fatal("ec2:DeleteLaunchTemplateVersions", why));
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_versions_and_the_default_are_kept() {
        assert!(surplus(1..=9, 10).is_empty());
        assert_eq!(surplus(1..=11, 12), ["2", "1"]);
        assert_eq!(surplus(1..=12, 1), ["2"]);
    }

    #[test]
    fn a_repeated_version_has_the_same_token_and_a_returning_one_another() {
        let want = launch_data::tests::template();
        assert_eq!(token("order", &want, Some(1)), token("order", &want, Some(1)));
        assert_ne!(token("order", &want, Some(1)), token("order", &want, Some(3)));
        let other = LaunchTemplate { metadata_hops: 2, ..want.clone() };
        assert_ne!(token("order", &want, Some(1)), token("order", &other, Some(1)));
        assert!(token("order", &want, None).len() <= 64);
    }
}
