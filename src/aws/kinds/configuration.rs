//! Configuration of a machine: its files as one archive in the environment's bucket, named by its content.
//!
//! One call lists those of all machines. What an archive holds follows from its name where that is the name that
//! the stack gives it; else it is read ([`recall`]) so that the plan can show what differs in which file.

use std::collections::BTreeMap;
use std::rc::Rc;

use aws_sdk_s3::primitives::ByteStream;
use futures::future::try_join_all;
use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::aws::glance::Glance;
use crate::aws::kind::{Changed, Found, Resource, Wish};
use crate::aws::tags::{self, Tags};
use crate::aws::{Aws, bundle, error};
use crate::model::address::Address;
use crate::model::graph::Graph;
use crate::model::live::{LiveState, Status};
use crate::model::schema::{Expected, IN_PLACE, Idempotency, REPLACES, ReplaceOrder, Schema};
use crate::model::spec::{Id, Kinded, Spec};
use crate::model::verdict::APPLIED_TAG;
use crate::run::cloud::Farewell;
use crate::run::fault::Fault;
use crate::run::poll;

use super::bucket::Bucket;
use super::s3;

mod objects;

pub use crate::aws::store::BUCKET;
use objects::Object;

/// What the keys of all of them begin with.
const FOLDER: &str = "bundles/";
/// How many archives of a machine are kept: a machine that boots while a new one is put still finds its own.
const KEPT: usize = 2;

/// What a machine is made of once it runs: files, and the playbook that puts them in place.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Configuration {
    /// The bucket, which is the one at `configuration.bucket`.
    pub bucket: Id<Bucket>,
    /// The files, by their path in the archive; those of the machine are under `root/`.
    pub files: BTreeMap<String, String>,
}

impl Kinded for Configuration {
    const KIND: &'static str = "configuration";
}

impl Resource for Configuration {
    const SCHEMA: &'static Schema = &Schema {
        kind: "configuration",
        title: "Machine configuration",
        rules: &[("bucket", REPLACES), ("files", IN_PLACE)],
        outputs: &["key", "sha256"],
        changing_outputs: &["key", "sha256"],
        data: None,
        order: ReplaceOrder::OldFirst,
        idempotency: Idempotency::Upsert,
        after: &[],
        expected: Expected { create: 2, update: 2, delete: 2 },
        canonical: Spec::canonical_as::<Self>,
    };

    async fn list(glance: &Glance<'_>) -> Result<Vec<Found<Self>>, Fault> {
        let (aws, buckets) = (glance.aws, s3::buckets(glance).await?);
        let ours = buckets.0.iter().find(|(_, tags)| {
            tags::address(tags, &aws.scope.stack, &aws.scope.env).is_some_and(|at| at.as_str() == BUCKET)
        });
        let Some((bucket, _)) = ours else { return Ok(Vec::new()) };
        let mut by_address: BTreeMap<Address, Vec<Object>> = BTreeMap::new();
        for object in objects::all(aws, bucket, FOLDER).await? {
            let address = object.key[FOLDER.len()..].split('/').next().and_then(|part| part.parse().ok());
            let Some(address) = address else { continue };
            by_address.entry(address).or_default().push(object);
        }
        let found = by_address.into_iter().map(|(address, all)| found(aws, bucket, address, &all));
        Ok(found.flatten().collect())
    }

    async fn create(aws: &Aws, wish: &Wish<'_, Self>) -> Result<(), Fault> {
        put(aws, wish).await.map(drop)
    }

    async fn update(
        aws: &Aws,
        _: &Found<Self>,
        wish: &Wish<'_, Self>,
        changed: Changed<'_>,
    ) -> Result<(), Fault> {
        if !changed.has("files") {
            return Ok(());
        }
        let current = put(aws, wish).await?;
        let bucket = wish.want.bucket.as_str();
        let mut others = objects::all(aws, bucket, &prefix(&wish.order.address)).await?;
        others.retain(|object| object.key != current);
        others.sort_by_key(|object| std::cmp::Reverse(object.modified));
        let surplus = others.into_iter().skip(KEPT - 1).map(|object| object.key);
        objects::remove(aws, bucket, surplus.collect()).await
    }

    async fn delete(aws: &Aws, live: &Found<Self>, _: &Farewell) -> Result<(), Fault> {
        let bucket = live.properties.bucket.as_str();
        let all = objects::all(aws, bucket, &prefix(&live.address)).await?;
        objects::remove(aws, bucket, all.into_iter().map(|object| object.key).collect()).await
    }

    /// It has none: its address is in its name, and what was applied is what it holds.
    async fn tag(_: &Aws, _: &Found<Self>, _: &Tags) -> Result<(), Fault> {
        Ok(())
    }
}

/// What the keys of the archives of one machine begin with.
fn prefix(address: &Address) -> String {
    format!("{FOLDER}{address}/")
}

/// The key of an archive.
pub fn key(address: &Address, sha256: &str) -> String {
    format!("{}{sha256}.tar.gz", prefix(address))
}

/// The digest that a key names.
pub fn sha256(key: &str) -> Option<&str> {
    key.rsplit('/').next()?.strip_suffix(".tar.gz")
}

/// Puts the archive; its key. It is named by its content, so a repetition puts the same again.
async fn put(aws: &Aws, wish: &Wish<'_, Configuration>) -> Result<String, Fault> {
    const PUT: &str = "s3:PutObject";
    let archive = bundle::pack(&wish.want.files).map_err(|error| Fault::fatal(PUT, error.to_string()))?;
    let key = key(&wish.order.address, &bundle::sha256(&archive));
    let call = aws.s3().put_object().bucket(wish.want.bucket.as_str()).key(&key);
    let call = call.content_type("application/gzip").body(ByteStream::from(archive));
    call.send().await.map_err(error::create(PUT))?;
    Ok(key)
}

/// The configuration of one machine: the archive that the stack wants, if it is there, else the newest, of which
/// the name says only that its files are others.
fn found(aws: &Aws, bucket: &str, address: Address, all: &[Object]) -> Option<Found<Configuration>> {
    let wished = aws.expected(&address).and_then(|spec| wished(&address, &spec));
    let is_wished = |object: &&Object| wished.as_ref().is_some_and(|(key, _)| *key == object.key);
    let newest = all.iter().max_by_key(|object| object.modified);
    let object = all.iter().find(is_wished).or(newest)?;
    let files = wished.filter(|(key, _)| *key == object.key).map(|(_, files)| files).unwrap_or_default();
    let found = Found {
        id: format!("{bucket}/{}", prefix(&address)),
        address,
        born: None,
        status: Status::Ready,
        properties: Configuration { bucket: Id::known(bucket), files },
        outputs: IndexMap::new(),
        // Nothing is on record: nobody but drucloud names an archive by its content, so whatever differs differs
        // because the stack does.
        tags: Tags::from([(APPLIED_TAG.to_owned(), String::new())]),
        protected: false,
    };
    Some(found.output("key", Some(&object.key)).output("sha256", sha256(&object.key)))
}

/// Fills in the files of the configurations that were listed, now that it is known what the stack wants: those whose
/// name is the wanted one have the wanted files, of the others the archive is read.
pub async fn recall(aws: &Aws, graph: &Graph, live: &mut LiveState) -> Result<(), Fault> {
    let ours = live.resources.iter_mut().filter(|live| live.kind == Configuration::KIND);
    let filled = ours.map(async |live| {
        let Some(key) = live.output("key") else { return Ok(()) };
        // What the stack does not want any more goes, whatever is in it.
        let Some(node) = graph.get(&live.address) else { return Ok(()) };
        let wished = wished(&live.address, &node.spec).filter(|(own, _)| *own == key);
        let files = match (wished, live.id.split_once('/')) {
            (Some((_, files)), _) => Some(files),
            (None, Some((bucket, _))) => {
                poll::ask(Configuration::KIND, async || objects::read(aws, bucket, &key).await).await?
            }
            (None, None) => None,
        };
        if let Some(files) = files {
            let files = files.into_iter().map(|(path, text)| (path, Value::String(text))).collect();
            Rc::make_mut(live).spec.set("files", Value::Object(files));
        }
        Ok::<(), Fault>(())
    });
    try_join_all(filled).await.map(drop)
}

/// The key and the files of what the stack wants.
fn wished(address: &Address, spec: &Spec) -> Option<(String, BTreeMap<String, String>)> {
    let files: BTreeMap<String, String> = serde_json::from_value(spec.get("files")?.clone()).ok()?;
    let archive = bundle::pack(&files).ok()?;
    Some((key(address, &bundle::sha256(&archive)), files))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_tells_address_and_digest() {
        let address: Address = "files.configuration.1".parse().expect("an address");
        let key = key(&address, "0a1b");
        assert_eq!(key, "bundles/files.configuration.1/0a1b.tar.gz");
        assert_eq!(sha256(&key), Some("0a1b"));
        assert!(!key.starts_with(&prefix(&"files.configuration".parse().expect("an address"))));
    }
}
