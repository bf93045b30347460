//! What lies in the configuration bucket besides bundles: what machines tell of their boot, releases, and the pointer
//! to the current one.

use std::collections::BTreeMap;
use std::rc::Rc;

use aws_sdk_s3::primitives::ByteStream;
use futures::future::try_join_all;

use crate::model::live::Live;
use crate::model::machine::Boot;
use crate::model::release::{Pointer, Release};
use crate::run::fault::{Class, Fault, Forgive as _};
use crate::run::poll;

use super::{Aws, error};

/// Where the configuration bucket stands in the stack.
pub const BUCKET: &str = "configuration.bucket";
/// Where machines write how their boot went: `outcomes/<role>/<instance>.json`.
const OUTCOMES: &str = "outcomes/";
/// Where releases lie: `releases/<commit>.tar.gz`.
const RELEASES: &str = "releases/";
const ARCHIVE: &str = ".tar.gz";
/// The object whose text is the commit of the current release.
const CURRENT: &str = "releases/current";
/// Its metadata: the releases before, the newest first, with commas between. One object, so that both change at once.
const EARLIER: &str = "earlier";

/// The name of the configuration bucket among live resources.
pub fn bucket(live: &[Rc<Live>]) -> Option<&str> {
    let is = |live: &&Rc<Live>| live.kind == "bucket" && live.address.as_str() == BUCKET;
    live.iter().find(is).map(|live| live.id.as_str())
}

/// The text of an object and its metadata; none if it is not there.
async fn read(
    aws: &Aws,
    bucket: &str,
    key: &str,
) -> Result<Option<(String, BTreeMap<String, String>)>, Fault> {
    let call = aws.s3().get_object().bucket(bucket).key(key).send().await;
    let answer = match call.map_err(error::read("s3:GetObject")) {
        Err(fault) if fault.class == Class::Gone => return Ok(None),
        answer => answer?,
    };
    let metadata = answer.metadata.unwrap_or_default().into_iter().collect();
    let broken = |error| Fault::fatal("s3:GetObject", format!("{error}")).as_class(Class::Unclear);
    let bytes = answer.body.collect().await.map_err(broken)?;
    Ok(Some((String::from_utf8_lossy(&bytes.into_bytes()).into_owned(), metadata)))
}

/// The keys that begin like this.
async fn keys(aws: &Aws, bucket: &str, prefix: &str) -> Result<Vec<String>, Fault> {
    let mut pages = aws.s3().list_objects_v2().bucket(bucket).prefix(prefix).into_paginator().send();
    let mut keys = Vec::new();
    while let Some(page) = pages.next().await {
        let page = page.map_err(error::read("s3:ListObjectsV2"))?;
        keys.extend(page.contents().iter().filter_map(|object| object.key().map(str::to_owned)));
    }
    Ok(keys)
}

/// How the boots of these machines went, by their ids: one list, and what is of them. Of the machines that are gone,
/// nothing is read.
pub async fn boots(aws: &Aws, bucket: &str, machines: &[String]) -> Result<BTreeMap<String, Boot>, Fault> {
    let id = |key: &str| Some(key.strip_suffix(".json")?.rsplit('/').next()?.to_owned());
    let keys = poll::ask("outcomes", async || keys(aws, bucket, OUTCOMES).await).await?;
    let wanted = keys.iter().filter_map(|key| Some((key, id(key)?)));
    let wanted = wanted.filter(|(_, id)| machines.contains(id));
    let reads = wanted.map(async |(key, id)| {
        let text = poll::ask(key, async || read(aws, bucket, key).await).await?;
        // What a machine wrote in another version's words tells nothing.
        let boot = text.and_then(|(text, _)| serde_json::from_str::<Boot>(&text).ok());
        Ok::<_, Fault>(boot.map(|boot| (id, boot)))
    });
    Ok(try_join_all(reads).await?.into_iter().flatten().collect())
}

/// Which release the platform has.
pub async fn pointer(aws: &Aws, bucket: &str) -> Result<Option<Pointer>, Fault> {
    let found = poll::ask("pointer", async || read(aws, bucket, CURRENT).await).await?;
    let Some((text, metadata)) = found else { return Ok(None) };
    let wrong = |what: String| Fault::fatal("s3:GetObject", format!("{CURRENT} in {bucket}: {what}"));
    let current = text.trim().parse().map_err(wrong)?;
    let earlier = metadata.get(EARLIER).into_iter().flat_map(|text| text.split(','));
    Ok(Some(Pointer { current, earlier: earlier.filter_map(|text| text.trim().parse().ok()).collect() }))
}

/// Makes it that one. Repeating it is safe.
pub async fn point(aws: &Aws, bucket: &str, pointer: &Pointer) -> Result<(), Fault> {
    let earlier: Vec<&str> = pointer.earlier.iter().map(Release::as_str).collect();
    let (text, earlier) = (pointer.current.to_string(), earlier.join(","));
    poll::ask("pointer", async || {
        let call = aws.s3().put_object().bucket(bucket).key(CURRENT).metadata(EARLIER, &earlier);
        let call = call.content_type("text/plain").body(ByteStream::from(text.clone().into_bytes()));
        call.send().await.map_err(error::update("s3:PutObject"))
    })
    .await?;
    Ok(())
}

/// The releases that are stored.
pub async fn releases(aws: &Aws, bucket: &str) -> Result<Vec<Release>, Fault> {
    let keys = poll::ask("releases", async || keys(aws, bucket, RELEASES).await).await?;
    let release = |key: &String| key.strip_prefix(RELEASES)?.strip_suffix(ARCHIVE)?.parse().ok();
    Ok(keys.iter().filter_map(release).collect())
}

/// Deletes a stored release. Repeating it is safe.
pub async fn discard(aws: &Aws, bucket: &str, release: &Release) -> Result<(), Fault> {
    let key = format!("{RELEASES}{release}{ARCHIVE}");
    poll::ask(&key, async || {
        let call = aws.s3().delete_object().bucket(bucket).key(&key).send().await;
        call.map_err(error::delete("s3:DeleteObject")).or_gone()
    })
    .await
}
