//! Emptying a bucket: S3 deletes none in which anything is left, and an older version counts.

use aws_sdk_s3::types::{Delete, ObjectIdentifier};

use crate::aws::{Aws, error};
use crate::run::fault::Fault;

/// Deletes every version of every file, a page (1,000) at a time.
///
/// # Errors
/// Those of the calls; also the first file that S3 would not delete, such as one that is under a legal hold.
pub(super) async fn empty(aws: &Aws, bucket: &str) -> Result<(), Fault> {
    loop {
        // Always the first page: what is deleted is gone from the next answer.
        let answer = aws.s3().list_object_versions().bucket(bucket).send().await;
        let answer = answer.map_err(error::delete("s3:ListObjectVersions"))?;
        let versions = answer.versions().iter().map(|version| (version.key(), version.version_id()));
        let markers = answer.delete_markers().iter().map(|marker| (marker.key(), marker.version_id()));
        let objects: Result<Vec<_>, _> = versions
            .chain(markers)
            .map(|(key, version)| {
                let object = ObjectIdentifier::builder().key(key.unwrap_or_default());
                object.set_version_id(version.map(str::to_owned)).build()
            })
            .collect();
        let incomplete = || error::incomplete("s3:DeleteObjects");
        let objects = objects.map_err(incomplete())?;
        if objects.is_empty() {
            return Ok(());
        }
        let batch = Delete::builder().set_objects(Some(objects)).quiet(true).build();
        let call = aws.s3().delete_objects().bucket(bucket).delete(batch.map_err(incomplete())?);
        let answer = call.send().await.map_err(error::delete("s3:DeleteObjects"))?;
        if let Some(failed) = answer.errors().first() {
            let message =
                format!("{}: {}", failed.key().unwrap_or_default(), failed.message().unwrap_or_default());
            return Err(error::item_of_delete("s3:DeleteObjects", failed.code(), Some(&message)));
        }
    }
}
