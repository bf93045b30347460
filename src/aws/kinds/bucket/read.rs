//! A bucket's settings, read at once. Whatever was never set is an error of its own in S3, and is no setting.

use std::collections::BTreeMap;

use aws_sdk_s3::types::{
    AbortIncompleteMultipartUpload, BucketVersioningStatus, CorsRule, ExpirationStatus, LifecycleExpiration,
    LifecycleRule, LifecycleRuleFilter, NoncurrentVersionExpiration, PublicAccessBlockConfiguration,
};

use crate::aws::{Aws, error};
use crate::model::address::Address;
use crate::run::fault::{Fault, absent};

use super::{Bucket, Cors, Expiry};

/// Its settings. What S3 sets by itself, and the stack leaves to S3, is not asked for.
pub(super) async fn settings(aws: &Aws, bucket: &str, address: &Address) -> Result<Bucket, Fault> {
    let matters = |setting: &str| aws.matters(address, setting);
    let (versioning, encryption, blocked, ownership, lifecycle, cors) = futures::try_join!(
        only(matters("versioning"), versioning(aws, bucket)),
        only(matters("encryption"), encryption(aws, bucket)),
        only(matters("public_access_blocked"), public_access_blocked(aws, bucket)),
        only(matters("ownership"), ownership(aws, bucket)),
        only(matters("lifecycle"), lifecycle(aws, bucket)),
        only(matters("cors"), cors(aws, bucket)),
    )?;
    let public_access_blocked = blocked.unwrap_or_default();
    Ok(Bucket { versioning, encryption, public_access_blocked, ownership, lifecycle, cors })
}

/// The answer to a question that matters.
async fn only<T>(
    matters: bool,
    question: impl Future<Output = Result<T, Fault>>,
) -> Result<Option<T>, Fault> {
    if matters { question.await.map(Some) } else { Ok(None) }
}

async fn versioning(aws: &Aws, bucket: &str) -> Result<bool, Fault> {
    let answer = aws.s3().get_bucket_versioning().bucket(bucket).send().await;
    let answer = absent(answer.map_err(error::read("s3:GetBucketVersioning")))?;
    Ok(answer.is_some_and(|answer| answer.status() == Some(&BucketVersioningStatus::Enabled)))
}

/// The algorithm; empty if there is none.
async fn encryption(aws: &Aws, bucket: &str) -> Result<String, Fault> {
    let answer = aws.s3().get_bucket_encryption().bucket(bucket).send().await;
    let answer = absent(answer.map_err(error::read("s3:GetBucketEncryption")))?;
    let config = answer.and_then(|answer| answer.server_side_encryption_configuration);
    let rule = config.and_then(|config| config.rules.into_iter().next());
    let default = rule.and_then(|rule| rule.apply_server_side_encryption_by_default);
    Ok(default.map(|default| default.sse_algorithm.as_str().to_owned()).unwrap_or_default())
}

async fn public_access_blocked(aws: &Aws, bucket: &str) -> Result<bool, Fault> {
    let answer = aws.s3().get_public_access_block().bucket(bucket).send().await;
    let answer = absent(answer.map_err(error::read("s3:GetPublicAccessBlock")))?;
    Ok(answer.and_then(|answer| answer.public_access_block_configuration).is_some_and(|block| all(&block)))
}

fn all(block: &PublicAccessBlockConfiguration) -> bool {
    [
        block.block_public_acls(),
        block.ignore_public_acls(),
        block.block_public_policy(),
        block.restrict_public_buckets(),
    ]
    .iter()
    .all(|part| *part == Some(true))
}

async fn ownership(aws: &Aws, bucket: &str) -> Result<String, Fault> {
    let answer = aws.s3().get_bucket_ownership_controls().bucket(bucket).send().await;
    let answer = absent(answer.map_err(error::read("s3:GetBucketOwnershipControls")))?;
    let controls = answer.and_then(|answer| answer.ownership_controls);
    let rule = controls.and_then(|controls| controls.rules.into_iter().next());
    Ok(rule.map(|rule| rule.object_ownership.as_str().to_owned()).unwrap_or_default())
}

async fn lifecycle(aws: &Aws, bucket: &str) -> Result<BTreeMap<String, Expiry>, Fault> {
    let answer = aws.s3().get_bucket_lifecycle_configuration().bucket(bucket).send().await;
    let answer = absent(answer.map_err(error::read("s3:GetBucketLifecycleConfiguration")))?;
    let rules = answer.and_then(|answer| answer.rules).unwrap_or_default();
    Ok(rules.iter().map(|rule| (rule.id().unwrap_or_default().to_owned(), expiry(rule))).collect())
}

/// What a rule deletes; whatever else it does, or does to a part of the bucket only, counts as `other`.
fn expiry(rule: &LifecycleRule) -> Expiry {
    let expiration = rule.expiration();
    let versions = rule.noncurrent_version_expiration();
    let everything = rule.filter().is_none_or(is_everything);
    let other = rule.status() != &ExpirationStatus::Enabled
        || !everything
        || !rule.transitions().is_empty()
        || !rule.noncurrent_version_transitions().is_empty()
        || expiration.is_some_and(|expiration| expiration.days().is_some() || expiration.date().is_some())
        || versions.is_some_and(|versions| versions.newer_noncurrent_versions().is_some());
    Expiry {
        versions_days: versions.and_then(NoncurrentVersionExpiration::noncurrent_days),
        markers: expiration.and_then(LifecycleExpiration::expired_object_delete_marker) == Some(true),
        uploads_days: rule
            .abort_incomplete_multipart_upload()
            .and_then(AbortIncompleteMultipartUpload::days_after_initiation),
        other,
    }
}

fn is_everything(filter: &LifecycleRuleFilter) -> bool {
    let LifecycleRuleFilter { prefix, tag, object_size_greater_than, object_size_less_than, and, .. } =
        filter;
    prefix.as_ref().is_none_or(String::is_empty)
        && tag.is_none()
        && object_size_greater_than.is_none()
        && object_size_less_than.is_none()
        && and.is_none()
}

async fn cors(aws: &Aws, bucket: &str) -> Result<Vec<Cors>, Fault> {
    let answer = aws.s3().get_bucket_cors().bucket(bucket).send().await;
    let answer = absent(answer.map_err(error::read("s3:GetBucketCors")))?;
    Ok(answer.and_then(|answer| answer.cors_rules).unwrap_or_default().iter().map(rule).collect())
}

fn rule(rule: &CorsRule) -> Cors {
    Cors {
        origins: rule.allowed_origins().to_vec(),
        methods: rule.allowed_methods().to_vec(),
        headers: rule.allowed_headers().to_vec(),
        exposed: rule.expose_headers().to_vec(),
        max_age_seconds: rule.max_age_seconds().unwrap_or_default(),
    }
}

#[cfg(test)]
mod tests {
    use aws_sdk_s3::types::Transition;

    use super::*;

    fn base() -> aws_sdk_s3::types::builders::LifecycleRuleBuilder {
        let versions = NoncurrentVersionExpiration::builder().noncurrent_days(30).build();
        LifecycleRule::builder().status(ExpirationStatus::Enabled).noncurrent_version_expiration(versions)
    }

    #[test]
    fn a_rule_of_ours_is_told_apart_from_one_that_does_more() {
        let ours = expiry(&base().build().expect("a rule"));
        assert_eq!(ours, Expiry { versions_days: Some(30), ..Expiry::default() });
        let part = LifecycleRuleFilter::builder().prefix("css/").build();
        let more = [
            base().filter(part),
            base().transitions(Transition::builder().days(30).build()),
            base().status(ExpirationStatus::Disabled),
        ];
        for rule in more {
            assert!(expiry(&rule.build().expect("a rule")).other);
        }
    }

    #[test]
    fn a_block_with_a_gap_is_none() {
        let block =
            PublicAccessBlockConfiguration::builder().block_public_acls(true).ignore_public_acls(true);
        assert!(!all(&block.clone().block_public_policy(true).build()));
        assert!(all(&block.block_public_policy(true).restrict_public_buckets(true).build()));
    }
}
