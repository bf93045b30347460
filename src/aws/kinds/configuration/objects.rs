//! The archives in the bucket: all of a folder, what one holds, and away with those that are too many.

use aws_sdk_s3::types::{Delete, ObjectIdentifier};

use crate::aws::bundle::{self, Files};
use crate::aws::{Aws, error};
use crate::run::fault::{Fault, absent};

/// An object of S3.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Object {
    /// Its key.
    pub key: String,
    /// When it was put, in milliseconds since 1970.
    pub modified: i64,
}

/// All whose keys begin so; none if the bucket is gone.
pub async fn all(aws: &Aws, bucket: &str, prefix: &str) -> Result<Vec<Object>, Fault> {
    let mut pages = aws.s3().list_objects_v2().bucket(bucket).prefix(prefix).into_paginator().send();
    let mut found = Vec::new();
    while let Some(page) = pages.next().await {
        let Some(page) = absent(page.map_err(error::read("s3:ListObjectsV2")))? else { break };
        found.extend(page.contents.unwrap_or_default().into_iter().filter_map(|object| {
            let modified = object.last_modified.and_then(|at| at.to_millis().ok()).unwrap_or_default();
            Some(Object { key: object.key?, modified })
        }));
    }
    Ok(found)
}

/// The files in an archive; `None` if it is gone. What cannot be unpacked reads as no files, so that it is put
/// again.
pub async fn read(aws: &Aws, bucket: &str, key: &str) -> Result<Option<Files>, Fault> {
    const GET: &str = "s3:GetObject";
    let answer = aws.s3().get_object().bucket(bucket).key(key).send().await;
    let Some(answer) = absent(answer.map_err(error::read(GET)))? else { return Ok(None) };
    let bytes = answer.body.collect().await;
    // The answer broke off: nothing was changed by asking, so it is asked again.
    let bytes = bytes.map_err(|error| error::broken(GET, &error))?;
    Ok(Some(bundle::unpack(&bytes.into_bytes()).unwrap_or_default()))
}

/// Deletes objects; what is gone already is no fault.
pub async fn remove(aws: &Aws, bucket: &str, keys: Vec<String>) -> Result<(), Fault> {
    const DELETE: &str = "s3:DeleteObjects";
    // At most 1,000 a call (API reference, DeleteObjects).
    for some in keys.chunks(1_000) {
        let objects: Result<Vec<_>, _> =
            some.iter().map(|key| ObjectIdentifier::builder().key(key).build()).collect();
        let objects = objects.map_err(error::incomplete(DELETE))?;
        let batch = Delete::builder().set_objects(Some(objects)).quiet(true).build();
        let batch = batch.map_err(error::incomplete(DELETE))?;
        let answer = aws.s3().delete_objects().bucket(bucket).delete(batch).send().await;
        let Some(answer) = absent(answer.map_err(error::delete(DELETE)))? else { return Ok(()) };
        if let Some(failed) = answer.errors().first() {
            return Err(error::item_of_delete(DELETE, failed.code(), failed.message()));
        }
    }
    Ok(())
}
