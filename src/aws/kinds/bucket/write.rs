//! A bucket's settings, written one by one: each has a call that sets it, and some one that takes it away.

use std::collections::BTreeMap;

use aws_sdk_s3::types::{
    AbortIncompleteMultipartUpload, BucketLifecycleConfiguration, BucketVersioningStatus, CorsConfiguration,
    CorsRule, ExpirationStatus, LifecycleExpiration, LifecycleRule, LifecycleRuleFilter,
    NoncurrentVersionExpiration, ObjectOwnership, OwnershipControls, OwnershipControlsRule,
    PublicAccessBlockConfiguration, ServerSideEncryption, ServerSideEncryptionByDefault,
    ServerSideEncryptionConfiguration, ServerSideEncryptionRule, VersioningConfiguration,
};

use crate::aws::kind::Changed;
use crate::aws::{Aws, error};
use crate::run::fault::{Fault, Forgive};

use super::{Bucket, Cors, Expiry};

/// Writes those that change. S3 answers some of two writes at once with `OperationAborted`: one after the other.
pub(super) async fn settings(
    aws: &Aws,
    bucket: &str,
    want: &Bucket,
    changed: Changed<'_>,
) -> Result<(), Fault> {
    if changed.has("public_access_blocked") {
        public_access(aws, bucket, want.public_access_blocked).await?;
    }
    if let Some(want) = want.ownership.as_ref().filter(|_| changed.has("ownership")) {
        ownership(aws, bucket, want).await?;
    }
    if let Some(want) = want.encryption.as_ref().filter(|_| changed.has("encryption")) {
        encryption(aws, bucket, want).await?;
    }
    if let Some(want) = want.versioning.filter(|_| changed.has("versioning")) {
        versioning(aws, bucket, want).await?;
    }
    if let Some(want) = want.lifecycle.as_ref().filter(|_| changed.has("lifecycle")) {
        lifecycle(aws, bucket, want).await?;
    }
    if let Some(want) = want.cors.as_ref().filter(|_| changed.has("cors")) {
        cors(aws, bucket, want).await?;
    }
    Ok(())
}

async fn public_access(aws: &Aws, bucket: &str, blocked: bool) -> Result<(), Fault> {
    if !blocked {
        let answer = aws.s3().delete_public_access_block().bucket(bucket).send().await;
        return answer.map_err(error::delete("s3:DeletePublicAccessBlock")).or_gone();
    }
    let block = PublicAccessBlockConfiguration::builder().block_public_acls(true).ignore_public_acls(true);
    let block = block.block_public_policy(true).restrict_public_buckets(true).build();
    let call = aws.s3().put_public_access_block().bucket(bucket).public_access_block_configuration(block);
    call.send().await.map_err(error::update("s3:PutPublicAccessBlock"))?;
    Ok(())
}

async fn ownership(aws: &Aws, bucket: &str, ownership: &str) -> Result<(), Fault> {
    let incomplete = || error::incomplete("s3:PutBucketOwnershipControls");
    let rule = OwnershipControlsRule::builder().object_ownership(ObjectOwnership::from(ownership)).build();
    let controls = OwnershipControls::builder().rules(rule.map_err(incomplete())?).build();
    let call = aws.s3().put_bucket_ownership_controls().bucket(bucket);
    let call = call.ownership_controls(controls.map_err(incomplete())?);
    call.send().await.map_err(error::update("s3:PutBucketOwnershipControls"))?;
    Ok(())
}

async fn encryption(aws: &Aws, bucket: &str, algorithm: &str) -> Result<(), Fault> {
    let incomplete = || error::incomplete("s3:PutBucketEncryption");
    let default = ServerSideEncryptionByDefault::builder();
    let default = default.sse_algorithm(ServerSideEncryption::from(algorithm)).build();
    let rule = ServerSideEncryptionRule::builder();
    let rule = rule.apply_server_side_encryption_by_default(default.map_err(incomplete())?);
    // One data key a bucket instead of one a file: KMS is asked, and paid, less often.
    let rule = rule.bucket_key_enabled(algorithm.starts_with("aws:kms")).build();
    let config = ServerSideEncryptionConfiguration::builder().rules(rule).build();
    let call = aws.s3().put_bucket_encryption().bucket(bucket);
    let call = call.server_side_encryption_configuration(config.map_err(incomplete())?);
    call.send().await.map_err(error::update("s3:PutBucketEncryption"))?;
    Ok(())
}

async fn versioning(aws: &Aws, bucket: &str, on: bool) -> Result<(), Fault> {
    let status = if on { BucketVersioningStatus::Enabled } else { BucketVersioningStatus::Suspended };
    let config = VersioningConfiguration::builder().status(status).build();
    let call = aws.s3().put_bucket_versioning().bucket(bucket).versioning_configuration(config);
    call.send().await.map_err(error::update("s3:PutBucketVersioning"))?;
    Ok(())
}

async fn lifecycle(aws: &Aws, bucket: &str, want: &BTreeMap<String, Expiry>) -> Result<(), Fault> {
    if want.is_empty() {
        let answer = aws.s3().delete_bucket_lifecycle().bucket(bucket).send().await;
        return answer.map_err(error::delete("s3:DeleteBucketLifecycle")).or_gone();
    }
    let incomplete = || error::incomplete("s3:PutBucketLifecycleConfiguration");
    let rules: Result<Vec<_>, _> = want.iter().map(|(name, rule)| expiry(name, rule)).collect();
    let config = BucketLifecycleConfiguration::builder().set_rules(Some(rules.map_err(incomplete())?));
    let call = aws.s3().put_bucket_lifecycle_configuration().bucket(bucket);
    let call = call.lifecycle_configuration(config.build().map_err(incomplete())?);
    call.send().await.map_err(error::update("s3:PutBucketLifecycleConfiguration"))?;
    Ok(())
}

fn expiry(
    name: &str,
    rule: &Expiry,
) -> Result<LifecycleRule, aws_smithy_types::error::operation::BuildError> {
    let versions =
        rule.versions_days.map(|days| NoncurrentVersionExpiration::builder().noncurrent_days(days).build());
    let uploads = rule
        .uploads_days
        .map(|days| AbortIncompleteMultipartUpload::builder().days_after_initiation(days).build());
    let markers =
        rule.markers.then(|| LifecycleExpiration::builder().expired_object_delete_marker(true).build());
    LifecycleRule::builder()
        .id(name)
        .status(ExpirationStatus::Enabled)
        .filter(LifecycleRuleFilter::builder().prefix("").build())
        .set_noncurrent_version_expiration(versions)
        .set_abort_incomplete_multipart_upload(uploads)
        .set_expiration(markers)
        .build()
}

async fn cors(aws: &Aws, bucket: &str, rules: &[Cors]) -> Result<(), Fault> {
    if rules.is_empty() {
        let answer = aws.s3().delete_bucket_cors().bucket(bucket).send().await;
        return answer.map_err(error::delete("s3:DeleteBucketCors")).or_gone();
    }
    let incomplete = || error::incomplete("s3:PutBucketCors");
    let rule = |rule: &Cors| {
        CorsRule::builder()
            .set_allowed_origins(Some(rule.origins.clone()))
            .set_allowed_methods(Some(rule.methods.clone()))
            .set_allowed_headers(Some(rule.headers.clone()).filter(|headers| !headers.is_empty()))
            .set_expose_headers(Some(rule.exposed.clone()).filter(|headers| !headers.is_empty()))
            .max_age_seconds(rule.max_age_seconds)
            .build()
    };
    let rules: Result<Vec<_>, _> = rules.iter().map(rule).collect();
    let config = CorsConfiguration::builder().set_cors_rules(Some(rules.map_err(incomplete())?)).build();
    let call = aws.s3().put_bucket_cors().bucket(bucket);
    let call = call.cors_configuration(config.map_err(incomplete())?);
    call.send().await.map_err(error::update("s3:PutBucketCors"))?;
    Ok(())
}
