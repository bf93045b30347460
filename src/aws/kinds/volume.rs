//! Volume of EBS: a disk of its own, which outlives the instance that it is attached to.
//!
//! It is the instance that names its volumes (`instance.rs`), so that a successor takes them over.

use std::rc::Rc;

use aws_sdk_ec2::types::{
    ResourceType, Snapshot, SnapshotState, Tag, Volume as Described, VolumeState, VolumeType,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::aws::glance::Glance;
use crate::aws::kind::{Changed, Found, Resource, Wish};
use crate::aws::tags::{self, Tags};
use crate::aws::{Aws, error};
use crate::model::live::Status;
use crate::model::schema::{
    Effect, Expected, IN_PLACE, INITIAL, Idempotency, REPLACES, ReplaceOrder, Rule, Schema,
};
use crate::model::spec::{Kinded, Spec};
use crate::model::verdict::APPLIED_TAG;
use crate::run::cloud::Farewell;
use crate::run::fault::{Class, Fault};

use super::ec2;

/// A disk that holds data.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Volume {
    /// The availability zone, which is that of the instance that uses it.
    pub zone: String,
    /// Its size in GiB; it can only grow.
    #[schemars(range(min = 1, max = 65536))]
    pub gib: i32,
    /// Its type, such as `gp3`.
    #[serde(rename = "type")]
    #[schemars(extend("enum" = ["gp3", "gp2", "io2", "io1", "st1", "sc1", "standard"]))]
    pub kind: String,
    /// Operations per second. Absent: what AWS gives.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub iops: Option<i32>,
    /// MiB per second; for `gp3` only. Absent: what AWS gives.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub throughput: Option<i32>,
    /// Whether it is encrypted.
    pub encrypted: bool,
    /// The snapshot that it is made from, by its id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub restore_from: Option<String>,
}

impl Kinded for Volume {
    const KIND: &'static str = "volume";
}

const SHRINK: Effect = Effect::Refused(
    "a volume can only grow: write the size that it has now, or move the data to a new, smaller volume",
);

/// The rule of `gib`.
fn growth(from: &Value, to: &Value) -> Effect {
    if to.as_i64() < from.as_i64() { SHRINK } else { Effect::NoInterruption }
}

impl Resource for Volume {
    const SCHEMA: &'static Schema = &Schema {
        kind: "volume",
        title: "EBS volume",
        rules: &[
            ("zone", REPLACES),
            ("gib", Rule::When(growth)),
            ("type", IN_PLACE),
            ("iops", IN_PLACE),
            ("throughput", IN_PLACE),
            ("encrypted", REPLACES),
            ("restore_from", INITIAL),
        ],
        outputs: &[],
        changing_outputs: &[],
        data: Some("the files on it"),
        order: ReplaceOrder::NewFirst,
        idempotency: Idempotency::Token,
        after: &[],
        expected: Expected { create: 10, update: 10, delete: 10 },
        canonical: Spec::canonical_as::<Self>,
    };

    async fn list(glance: &Glance<'_>) -> Result<Vec<Found<Self>>, Fault> {
        let all = volumes(glance).await?;
        Ok(all.0.iter().filter_map(|volume| found(glance.aws, volume)).collect())
    }

    async fn create(aws: &Aws, wish: &Wish<'_, Self>) -> Result<(), Fault> {
        let want = &wish.want;
        let call = aws
            .ec2()
            .create_volume()
            .availability_zone(&want.zone)
            .size(want.gib)
            .volume_type(VolumeType::from(want.kind.as_str()))
            .set_iops(want.iops)
            .set_throughput(want.throughput)
            .encrypted(want.encrypted)
            .set_snapshot_id(want.restore_from.clone())
            .client_token(&wish.order.token)
            .tag_specifications(ec2::specification(ResourceType::Volume, &wish.order.tags));
        call.send().await.map_err(error::create("ec2:CreateVolume"))?;
        Ok(())
    }

    async fn update(
        aws: &Aws,
        live: &Found<Self>,
        wish: &Wish<'_, Self>,
        changed: Changed<'_>,
    ) -> Result<(), Fault> {
        let want = &wish.want;
        if changed.has("protect") {
            protect(aws, &live.id, wish.order.protect).await?;
        }
        if changed.any(&["gib", "type", "iops", "throughput"]) {
            // What is not said stays as it is (API reference, ModifyVolume).
            let call = aws
                .ec2()
                .modify_volume()
                .volume_id(&live.id)
                .set_size(changed.has("gib").then_some(want.gib))
                .set_volume_type(changed.has("type").then(|| VolumeType::from(want.kind.as_str())))
                .set_iops(want.iops.filter(|_| changed.any(&["iops", "type"])))
                .set_throughput(want.throughput.filter(|_| changed.any(&["throughput", "type"])));
            call.send().await.map_err(error::update("ec2:ModifyVolume"))?;
        }
        Ok(())
    }

    async fn delete(aws: &Aws, live: &Found<Self>, farewell: &Farewell) -> Result<(), Fault> {
        if let Some(name) = &farewell.snapshot {
            last_snapshot(aws, live, name).await?;
        }
        let call = aws.ec2().delete_volume().volume_id(&live.id);
        call.send().await.map_err(error::delete("ec2:DeleteVolume"))?;
        Ok(())
    }

    async fn tag(aws: &Aws, live: &Found<Self>, tags: &Tags) -> Result<(), Fault> {
        ec2::tag(aws, &live.id, tags).await
    }

    async fn blockers(aws: &Aws, live: &Found<Self>) -> Result<Vec<String>, Fault> {
        let Some(volume) = described(aws, &live.id).await? else { return Ok(Vec::new()) };
        let words = volume.attachments().iter().map(|attachment| {
            format!("instance {}, which it is attached to", attachment.instance_id().unwrap_or("unknown"))
        });
        Ok(words.collect())
    }
}

/// Every volume that carries the environment's tags, the disks that instances boot from included.
pub struct Volumes(pub Vec<Described>);

/// Reads them, once a look.
pub async fn volumes(glance: &Glance<'_>) -> Result<Rc<Volumes>, Fault> {
    let ask = || async {
        let aws = glance.aws;
        let pages =
            aws.ec2().describe_volumes().set_filters(aws.tag_filters()).into_paginator().items().send();
        let all: Result<Vec<_>, _> = pages.collect().await;
        Ok(Volumes(all.map_err(error::read("ec2:DescribeVolumes"))?))
    };
    glance.once(ask).await
}

/// The volume as it is right now; `None` if there is none.
pub async fn described(aws: &Aws, id: &str) -> Result<Option<Described>, Fault> {
    let call = aws.ec2().describe_volumes().filters(ec2::filter("volume-id", id));
    let answer = call.send().await.map_err(error::read("ec2:DescribeVolumes"))?;
    Ok(answer.volumes.unwrap_or_default().into_iter().next())
}

fn found(aws: &Aws, volume: &Described) -> Option<Found<Volume>> {
    let properties = Volume {
        zone: volume.availability_zone().unwrap_or_default().to_owned(),
        gib: volume.size().unwrap_or_default(),
        kind: volume.volume_type().map_or_else(String::new, ToString::to_string),
        iops: volume.iops(),
        throughput: volume.throughput(),
        encrypted: volume.encrypted().unwrap_or(false),
        restore_from: None,
    };
    let status = match volume.state().map(VolumeState::as_str) {
        Some("available" | "in-use") => Status::Ready,
        Some("deleting" | "deleted") => Status::Deleting,
        Some("error") => Status::Failed("EBS says `error`: its hardware has failed, or its key".to_owned()),
        other => Status::Pending(other.unwrap_or("in no known state").to_owned()),
    };
    Some(Found::ours(aws, volume.volume_id()?, tags::read!(volume.tags()), properties)?.status(status))
}

async fn protect(aws: &Aws, id: &str, protect: bool) -> Result<(), Fault> {
    if protect {
        return ec2::tag(aws, id, &Tags::from([(tags::PROTECT.to_owned(), "true".to_owned())])).await;
    }
    let call = aws.ec2().delete_tags().resources(id).tags(Tag::builder().key(tags::PROTECT).build());
    call.send().await.map_err(error::update("ec2:DeleteTags"))?;
    Ok(())
}

/// The tags of a volume that its last snapshot does not get.
const OF_THE_VOLUME: [&str; 4] = [tags::ADDRESS, tags::BORN, tags::PROTECT, APPLIED_TAG];

/// Takes the last snapshot and says `Busy` until it is complete: the volume goes only then.
async fn last_snapshot(aws: &Aws, live: &Found<Volume>, name: &str) -> Result<(), Fault> {
    const OPERATION: &str = "ec2:CreateSnapshot";
    let call = aws.ec2().describe_snapshots().owner_ids("self").filters(ec2::filter("volume-id", &live.id));
    let answer = call.filters(ec2::filter("tag:Name", name)).send().await;
    let answer = answer.map_err(error::read("ec2:DescribeSnapshots"))?;
    let state = |snapshot: &Snapshot| snapshot.state().cloned();
    match answer.snapshots().first().map(state) {
        Some(Some(SnapshotState::Completed)) => Ok(()),
        Some(Some(SnapshotState::Error)) => {
            Err(Fault::fatal(OPERATION, "EBS could not take the last snapshot"))
        }
        Some(_) => Err(busy(OPERATION, "the last snapshot is being taken")),
        None => {
            let mut tags = live.tags.clone();
            tags.retain(|key, _| !OF_THE_VOLUME.contains(&key.as_str()));
            tags.insert("Name".to_owned(), name.to_owned());
            let call = aws.ec2().create_snapshot().volume_id(&live.id).description(name);
            let call = call.tag_specifications(ec2::specification(ResourceType::Snapshot, &tags));
            call.send().await.map_err(error::create("ec2:CreateSnapshot"))?;
            Err(busy(OPERATION, "the last snapshot is being taken"))
        }
    }
}

/// Not yet, because EC2 is still at something else: the call is to be repeated.
pub fn busy(operation: &str, what: impl Into<String>) -> Fault {
    Fault::fatal(operation, what).as_class(Class::Busy)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_volume_grows_and_never_shrinks() {
        assert_eq!(growth(&json!(50), &json!(60)), Effect::NoInterruption);
        assert_eq!(growth(&json!(50), &json!(40)), SHRINK);
        assert_eq!(growth(&Value::Null, &json!(40)), Effect::NoInterruption);
    }
}
