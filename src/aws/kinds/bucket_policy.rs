//! The policy of one bucket.
//!
//! A resource of its own without an object of its own in AWS, because it names the distribution that reads the
//! bucket, and the distribution names the bucket. It is there when the bucket carries the tag `drucloud:policy`,
//! which names its address; what it remembers stands in tags of the bucket under keys of its own.

use futures::future::try_join_all;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::aws::glance::Glance;
use crate::aws::kind::{Changed, Found, Resource, Wish};
use crate::aws::policy::Policy;
use crate::aws::tags::{self, Tags};
use crate::aws::{Aws, error};
use crate::model::schema::{Expected, IN_PLACE, Idempotency, REPLACES, ReplaceOrder, Schema};
use crate::model::spec::{Id, Kinded, Spec};
use crate::run::cloud::Farewell;
use crate::run::fault::{Fault, Forgive, absent};

use super::bucket::Bucket;
use super::s3;

/// Who may do what with a bucket, besides what IAM allows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BucketPolicy {
    /// The bucket.
    pub bucket: Id<Bucket>,
    /// The document.
    pub document: Policy,
}

impl Kinded for BucketPolicy {
    const KIND: &'static str = "bucket_policy";
}

impl Resource for BucketPolicy {
    const SCHEMA: &'static Schema = &Schema {
        kind: "bucket_policy",
        title: "S3 bucket policy",
        rules: &[("bucket", REPLACES), ("document", IN_PLACE)],
        outputs: &[],
        changing_outputs: &[],
        data: None,
        order: ReplaceOrder::NewFirst,
        idempotency: Idempotency::Upsert,
        after: &[],
        expected: Expected { create: 2, update: 2, delete: 2 },
        canonical: Spec::canonical_as::<Self>,
    };

    async fn list(glance: &Glance<'_>) -> Result<Vec<Found<Self>>, Fault> {
        let (aws, buckets) = (glance.aws, s3::buckets(glance).await?);
        let all = buckets.0.iter().map(|(name, tags)| (name, s3::tags_of_policy(tags)));
        let ours = all.filter(|(_, tags)| tags::address(tags, &aws.scope.stack, &aws.scope.env).is_some());
        let found = try_join_all(ours.map(|(name, tags)| async move {
            let properties = Self { bucket: Id::known(name), document: document(aws, name).await? };
            Ok::<_, Fault>(Found::ours(aws, name, tags, properties))
        }));
        Ok(found.await?.into_iter().flatten().collect())
    }

    async fn create(aws: &Aws, wish: &Wish<'_, Self>) -> Result<(), Fault> {
        s3::retag(aws, wish.want.bucket.as_str(), &bucket_tags(&wish.order.tags), &[]).await
    }

    async fn update(
        aws: &Aws,
        live: &Found<Self>,
        wish: &Wish<'_, Self>,
        changed: Changed<'_>,
    ) -> Result<(), Fault> {
        if changed.has("document") {
            let call = aws.s3().put_bucket_policy().bucket(&live.id).policy(wish.want.document.text());
            call.send().await.map_err(error::update("s3:PutBucketPolicy"))?;
        }
        Ok(())
    }

    async fn delete(aws: &Aws, live: &Found<Self>, _: &Farewell) -> Result<(), Fault> {
        let call = aws.s3().delete_bucket_policy().bucket(&live.id).send().await;
        call.map_err(error::delete("s3:DeleteBucketPolicy")).or_gone()?;
        // The tags go last: as long as they are there, a run that broke off is taken up again.
        s3::retag(aws, &live.id, &Tags::new(), &s3::POLICY_KEYS.map(|(key, _)| key)).await.or_gone()
    }

    async fn tag(aws: &Aws, live: &Found<Self>, tags: &Tags) -> Result<(), Fault> {
        s3::retag(aws, &live.id, &bucket_tags(tags), &[]).await
    }
}

/// The bucket's document; an empty one if it has none.
async fn document(aws: &Aws, bucket: &str) -> Result<Policy, Fault> {
    let answer = aws.s3().get_bucket_policy().bucket(bucket).send().await;
    let answer = absent(answer.map_err(error::read("s3:GetBucketPolicy")))?;
    let text = answer.and_then(|answer| answer.policy);
    let value = text.map(|text| serde_json::from_str(&text).unwrap_or(Value::String(text)));
    Ok(Policy::new(value.unwrap_or_else(|| Value::Object(Map::new()))))
}

/// The tags to write onto the bucket for those of the policy; the others are the bucket's own.
fn bucket_tags(policy: &Tags) -> Tags {
    s3::POLICY_KEYS
        .iter()
        .filter_map(|(key, own)| Some(((*key).to_owned(), policy.get(*own)?.clone())))
        .collect()
}
