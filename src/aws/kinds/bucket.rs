//! Bucket of S3.
//!
//! Each of its settings has calls of its own; they are read at once. Deleting it deletes what is in it, every
//! version: the planner asks for consent before, because it holds data.

use std::collections::BTreeMap;

use aws_sdk_s3::types::{BucketLocationConstraint, CreateBucketConfiguration};
use futures::future::try_join_all;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::aws::glance::Glance;
use crate::aws::kind::{Changed, Found, Resource, Wish};
use crate::aws::tags::{self, Tags};
use crate::aws::{Aws, error};
use crate::model::schema::{Expected, IN_PLACE, Idempotency, ReplaceOrder, Schema};
use crate::model::spec::{Kinded, Spec};
use crate::run::cloud::Farewell;
use crate::run::fault::{Fault, absent};

use super::s3;

mod empty;
mod read;
mod write;

/// Files, by key.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Bucket {
    /// Whether a file that is overwritten or deleted is kept as an older version. Absent: as S3 does by itself,
    /// which is not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub versioning: Option<bool>,
    /// How files are encrypted: `AES256`, or `aws:kms` with the account's own key for S3. Absent: as S3 does by
    /// itself, `AES256` for every bucket since 2023.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub encryption: Option<String>,
    /// Whether everything that would make files public is refused, whoever asks for it.
    pub public_access_blocked: bool,
    /// Who owns files: `BucketOwnerEnforced` switches access lists off; `BucketOwnerPreferred`, `ObjectWriter`.
    /// Absent: as S3 does by itself, `BucketOwnerEnforced` for every bucket since 2023.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ownership: Option<String>,
    /// What is deleted by itself, by the name of the rule. Absent: as S3 does by itself, nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lifecycle: Option<BTreeMap<String, Expiry>>,
    /// The pages of which other sites may use files; of several rules that fit a request the first counts. Absent:
    /// as S3 does by itself, none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cors: Option<Vec<Cors>>,
}

/// What one rule of the lifecycle deletes.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Expiry {
    /// Days after which older versions go.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub versions_days: Option<i32>,
    /// Whether the marker of a deleted file goes with its last version.
    pub markers: bool,
    /// Days after which the parts of an upload that was never finished go.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub uploads_days: Option<i32>,
    /// Whether the rule does anything that is not told here; somebody else wrote it.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub other: bool,
}

/// Whose pages may use files.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Cors {
    /// The sites, such as `https://www.example.org`.
    pub origins: Vec<String>,
    /// What they may do, such as `GET`.
    pub methods: Vec<String>,
    /// The headers that they may send.
    pub headers: Vec<String>,
    /// The headers of an answer that they may read.
    pub exposed: Vec<String>,
    /// For how many seconds a browser may remember this.
    pub max_age_seconds: i32,
}

impl Kinded for Bucket {
    const KIND: &'static str = "bucket";
}

impl Resource for Bucket {
    const SCHEMA: &'static Schema = &Schema {
        kind: "bucket",
        title: "S3 bucket",
        rules: &[
            ("versioning", IN_PLACE),
            ("encryption", IN_PLACE),
            ("public_access_blocked", IN_PLACE),
            ("ownership", IN_PLACE),
            ("lifecycle", IN_PLACE),
            ("cors", IN_PLACE),
        ],
        outputs: &["arn", "domain_name"],
        changing_outputs: &[],
        data: Some("the files in it"),
        order: ReplaceOrder::OldFirst,
        // A repetition answers BucketAlreadyOwnedByYou; in us-east-1 it is done without effect (API reference).
        idempotency: Idempotency::UniqueName,
        after: &[],
        expected: Expected { create: 5, update: 5, delete: 10 },
        canonical: Spec::canonical_as::<Self>,
    };

    async fn list(glance: &Glance<'_>) -> Result<Vec<Found<Self>>, Fault> {
        let (aws, buckets) = (glance.aws, s3::buckets(glance).await?);
        let ours = buckets
            .0
            .iter()
            .filter(|(_, tags)| tags::address(tags, &aws.scope.stack, &aws.scope.env).is_some());
        let found = try_join_all(ours.map(|(name, tags)| async move {
            let Some(found) = found(aws, name, tags).await? else { return Ok(None) };
            // A bucket that is gone has no settings either, and the index may still name it.
            let is_bare = glance.is_wide && !found.properties.public_access_blocked;
            Ok::<_, Fault>(if is_bare && !is_there(aws, name).await? { None } else { Some(found) })
        }));
        Ok(found.await?.into_iter().flatten().collect())
    }

    async fn create(aws: &Aws, wish: &Wish<'_, Self>) -> Result<(), Fault> {
        let name = s3::name(aws, &wish.order.address).await?;
        let config = CreateBucketConfiguration::builder();
        let config = config.set_tags(Some(s3::tag_list(&wish.order.tags)?));
        // us-east-1 is the region of a bucket that names none, and may not be named.
        let elsewhere = Some(aws.region()).filter(|region| *region != "us-east-1");
        let config = config.set_location_constraint(elsewhere.map(BucketLocationConstraint::from));
        let call = aws.s3().create_bucket().bucket(name).create_bucket_configuration(config.build());
        call.send().await.map_err(error::create("s3:CreateBucket"))?;
        Ok(())
    }

    async fn update(
        aws: &Aws,
        live: &Found<Self>,
        wish: &Wish<'_, Self>,
        changed: Changed<'_>,
    ) -> Result<(), Fault> {
        if changed.has("protect") {
            let tag = Tags::from([(tags::PROTECT.to_owned(), "true".to_owned())]);
            if wish.order.protect {
                s3::retag(aws, &live.id, &tag, &[]).await?;
            } else {
                s3::retag(aws, &live.id, &Tags::new(), &[tags::PROTECT]).await?;
            }
        }
        write::settings(aws, &live.id, &wish.want, changed).await
    }

    async fn delete(aws: &Aws, live: &Found<Self>, _: &Farewell) -> Result<(), Fault> {
        empty::empty(aws, &live.id).await?;
        let call = aws.s3().delete_bucket().bucket(&live.id).send().await;
        call.map_err(error::delete("s3:DeleteBucket"))?;
        Ok(())
    }

    async fn tag(aws: &Aws, live: &Found<Self>, tags: &Tags) -> Result<(), Fault> {
        s3::retag(aws, &live.id, tags, &[]).await
    }

    const ADOPTABLE: bool = true;

    async fn inspect(
        glance: &Glance<'_>,
        id: &str,
        claim: &Tags,
    ) -> Result<Option<(Found<Self>, Tags)>, Fault> {
        let aws = glance.aws;
        if !is_there(aws, id).await? {
            return Ok(None);
        }
        if !id.starts_with(&s3::prefix(aws)) {
            let why = format!(
                "S3 tells tags only bucket by bucket, so drucloud looks at those alone whose name begins with `{}`: \
                 copy its objects into the bucket of the stack instead (`aws s3 sync`)",
                s3::prefix(aws)
            );
            return Err(Fault::fatal("s3:HeadBucket", why));
        }
        let has = s3::tags(aws, id).await?;
        let found = found(aws, id, &tags::claimed(&has, claim)).await?;
        Ok(found.map(|found| (found, has)))
    }
}

async fn is_there(aws: &Aws, name: &str) -> Result<bool, Fault> {
    let head = aws.s3().head_bucket().bucket(name).send().await;
    Ok(absent(head.map_err(error::read("s3:HeadBucket")))?.is_some())
}

async fn found(aws: &Aws, name: &str, tags: &Tags) -> Result<Option<Found<Bucket>>, Fault> {
    let Some(address) = tags::address(tags, &aws.scope.stack, &aws.scope.env) else { return Ok(None) };
    let properties = read::settings(aws, name, &address).await?;
    Ok(Found::ours(aws, name, tags.clone(), properties).map(|found| {
        found
            .output("arn", Some(s3::arn(aws.region(), name)))
            .output("domain_name", Some(s3::host(aws.region(), name)))
    }))
}
