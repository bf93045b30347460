//! Mount target of EFS: a file system's address in one subnet. It takes no tags: a tag of its file system,
//! `drucloud:mount:<address>`, names the subnet that it stands for.

use std::collections::BTreeSet;

use aws_sdk_efs::types::{LifeCycleState, MountTargetDescription};
use futures::future::try_join_all;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::aws::glance::Glance;
use crate::aws::kind::{Changed, Found, Resource, Wish};
use crate::aws::tags::{self, Tags};
use crate::aws::{Aws, error};
use crate::model::live::Status;
use crate::model::schema::{Expected, IN_PLACE, Idempotency, REPLACES, ReplaceOrder, Schema};
use crate::model::spec::{Id, Kinded, Spec};
use crate::model::verdict::APPLIED_TAG;
use crate::run::cloud::Farewell;
use crate::run::fault::{Class, Fault};

use super::efs;
use super::file_system::FileSystem;
use super::security_group::SecurityGroup;
use super::subnet::Subnet;

/// Where the machines of a zone mount a file system.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MountTarget {
    /// The file system.
    pub file_system: Id<FileSystem>,
    /// The subnet; a file system has one mount target in each zone.
    pub subnet: Id<Subnet>,
    /// The security groups, five at most; NFS is port 2049.
    pub security_groups: BTreeSet<Id<SecurityGroup>>,
}

impl Kinded for MountTarget {
    const KIND: &'static str = "mount_target";
}

/// What the file system's tag for a mount target begins with; its address follows.
const KEY: &str = "drucloud:mount:";

impl Resource for MountTarget {
    const SCHEMA: &'static Schema = &Schema {
        kind: "mount_target",
        title: "EFS mount target",
        rules: &[("file_system", REPLACES), ("subnet", REPLACES), ("security_groups", IN_PLACE)],
        outputs: &["address"],
        changing_outputs: &[],
        data: None,
        // A zone has but one.
        order: ReplaceOrder::OldFirst,
        idempotency: Idempotency::UniqueInParent,
        after: &[],
        expected: Expected { create: 93, update: 3, delete: 30 },
        canonical: Spec::canonical_as::<Self>,
    };

    async fn list(glance: &Glance<'_>) -> Result<Vec<Found<Self>>, Fault> {
        let systems = efs::systems(glance).await?;
        let noted = systems.0.iter().filter(|(_, tags)| tags.keys().any(|key| key.starts_with(KEY)));
        let of_system = noted.map(async |(system, tags)| {
            let targets = efs::targets(glance.aws, system.file_system_id()).await?;
            try_join_all(targets.iter().map(|target| read(glance.aws, target, tags))).await
        });
        let found = try_join_all(of_system).await?;
        Ok(found.into_iter().flatten().flatten().collect())
    }

    /// The note on the file system comes first: it brings nothing into being, and without it nobody would find
    /// the mount target again.
    async fn create(aws: &Aws, wish: &Wish<'_, Self>) -> Result<(), Fault> {
        let Self { file_system, subnet, security_groups } = &wish.want;
        note(aws, file_system.as_str(), &format!("{KEY}{}", wish.order.address), subnet, &wish.order.tags)
            .await?;
        let call = aws.efs().create_mount_target().file_system_id(file_system.as_str());
        let call = call.subnet_id(subnet.as_str()).set_security_groups(Some(ids(security_groups)));
        call.send().await.map_err(error::create("elasticfilesystem:CreateMountTarget"))?;
        Ok(())
    }

    async fn update(
        aws: &Aws,
        live: &Found<Self>,
        wish: &Wish<'_, Self>,
        changed: Changed<'_>,
    ) -> Result<(), Fault> {
        if changed.has("security_groups") {
            let call = aws.efs().modify_mount_target_security_groups().mount_target_id(&live.id);
            let call = call.set_security_groups(Some(ids(&wish.want.security_groups)));
            let answer = call.send().await;
            answer.map_err(error::update("elasticfilesystem:ModifyMountTargetSecurityGroups"))?;
        }
        Ok(())
    }

    async fn delete(aws: &Aws, live: &Found<Self>, _: &Farewell) -> Result<(), Fault> {
        let call = aws.efs().delete_mount_target().mount_target_id(&live.id);
        call.send().await.map_err(error::delete("elasticfilesystem:DeleteMountTarget"))?;
        Ok(())
    }

    async fn tag(aws: &Aws, live: &Found<Self>, tags: &Tags) -> Result<(), Fault> {
        let mut all = live.tags.clone();
        all.extend(tags.clone());
        let MountTarget { file_system, subnet, .. } = &live.properties;
        note(aws, file_system.as_str(), &format!("{KEY}{}", live.address), subnet, &all).await
    }
}

/// Notes on the file system which subnet the mount target is in, when it was made and what was applied.
async fn note(aws: &Aws, system: &str, key: &str, subnet: &Id<Subnet>, tags: &Tags) -> Result<(), Fault> {
    let part = |key: &str| tags.get(key).map_or("", String::as_str);
    let note = format!("{subnet} {} {}", part(tags::BORN), part(APPLIED_TAG));
    efs::tag(aws, system, &Tags::from([(key.to_owned(), note.trim_end().to_owned())])).await
}

/// The address that the file system's tags have for a subnet, and the tags that the note stands for. Of two
/// notes, which a change of address leaves behind, the later counts.
fn noted(aws: &Aws, subnet: &str, system: &Tags) -> Option<Tags> {
    let own = |(key, note): (&String, &String)| {
        let mut words = note.split(' ');
        let (address, there) = (key.strip_prefix(KEY)?, words.next()?);
        let pairs = [
            (tags::STACK, Some(aws.scope.stack.as_str())),
            (tags::ENV, Some(aws.scope.env.as_str())),
            (tags::ADDRESS, Some(address)),
            (tags::BORN, words.next()),
            (APPLIED_TAG, words.next()),
        ];
        let pairs = pairs.into_iter().filter_map(|(key, value)| Some((key.to_owned(), value?.to_owned())));
        (there == subnet).then(|| pairs.collect::<Tags>())
    };
    system.iter().filter_map(own).max_by_key(tags::born)
}

async fn read(
    aws: &Aws,
    target: &MountTargetDescription,
    system: &Tags,
) -> Result<Option<Found<MountTarget>>, Fault> {
    let Some(tags) = noted(aws, target.subnet_id(), system) else { return Ok(None) };
    let call = aws.efs().describe_mount_target_security_groups().mount_target_id(target.mount_target_id());
    let groups = match call.send().await {
        Ok(answer) => answer.security_groups,
        Err(error) => {
            let fault = error::read("elasticfilesystem:DescribeMountTargetSecurityGroups")(error);
            match fault.class {
                Class::Gone => return Ok(None),
                // It cannot be told of one that is on its way.
                Class::Busy => Vec::new(),
                _ => return Err(fault),
            }
        }
    };
    let properties = MountTarget {
        file_system: Id::known(target.file_system_id()),
        subnet: Id::known(target.subnet_id()),
        security_groups: groups.into_iter().map(Id::known).collect(),
    };
    let status = match target.life_cycle_state() {
        LifeCycleState::Available => Status::Ready,
        LifeCycleState::Deleting | LifeCycleState::Deleted => Status::Deleting,
        LifeCycleState::Error => Status::Failed("AWS reports the state `error`".to_owned()),
        other => Status::Pending(other.as_str().to_owned()),
    };
    let found = Found::ours(aws, target.mount_target_id(), tags, properties);
    Ok(found.map(|found| found.status(status).output("address", target.ip_address())))
}

fn ids(groups: &BTreeSet<Id<SecurityGroup>>) -> Vec<String> {
    groups.iter().map(|id| id.as_str().to_owned()).collect()
}
