//! What buckets and their policies share: which buckets are ours, and their tags.
//!
//! S3 tells tags only bucket by bucket, so names choose whose are read, unless the index has them all; and it only
//! takes all tags at once, so they are read before they are written.

use std::rc::Rc;

use aws_sdk_s3::types::{Tag, Tagging};
use futures::future::try_join_all;

use crate::aws::glance::Glance;
use crate::aws::index::{self, Confirmed};
use crate::aws::tags::{self, Tags};
use crate::aws::{Aws, error, names};
use crate::model::address::Address;
use crate::model::verdict::APPLIED_TAG;
use crate::run::fault::{Fault, absent};

/// What is left of a name's head at worst: without the unique part, a digest and their hyphens.
const HEAD: usize = names::BUCKET - names::BUCKET_UNIQUE - 1 - 7;

/// The bucket's tags for its policy, and what each stands for.
pub const POLICY_KEYS: [(&str, &str); 3] = [
    ("drucloud:policy", tags::ADDRESS),
    ("drucloud:policy-born", tags::BORN),
    ("drucloud:policy-applied", APPLIED_TAG),
];

/// The buckets whose name is like one of ours, with their tags.
pub struct Buckets(pub Vec<(String, Tags)>);

/// Reads them, once a look.
pub async fn buckets(glance: &Glance<'_>) -> Result<Rc<Buckets>, Fault> {
    let aws = glance.aws;
    let ask = || async {
        if let Some(indexed) = indexed(glance).await? {
            return Ok(indexed);
        }
        let call = aws.s3().list_buckets().prefix(prefix(aws)).bucket_region(aws.region());
        let mut pages = call.into_paginator().send();
        let mut found = Vec::new();
        while let Some(page) = pages.next().await {
            let page = page.map_err(error::read("s3:ListBuckets"))?;
            found.extend(page.buckets.unwrap_or_default().into_iter().filter_map(|bucket| bucket.name));
        }
        let tagged = try_join_all(found.into_iter().map(|name| async move {
            let tags = tags(aws, &name).await?;
            Ok::<_, Fault>((name, tags))
        }));
        Ok(Buckets(tagged.await?))
    };
    glance.once(ask).await
}

/// Those that the index confirms, and their policies with them: those are told by the same tags.
async fn indexed(glance: &Glance<'_>) -> Result<Option<Buckets>, Fault> {
    let index = index::index(glance).await?;
    let (Some(buckets), Some(graph)) = (index.all("bucket"), glance.aws.wanted()) else { return Ok(None) };
    let has_policy = |one: &&&Confirmed| {
        let tags = tags_of_policy(&one.tags);
        let address = tags::address(&tags, &glance.aws.scope.stack, &glance.aws.scope.env);
        let node = address.and_then(|address| graph.get(&address));
        node.is_some_and(|node| index::is_applied(&graph, node, &tags))
    };
    let policies = graph.in_order().filter(|node| node.schema.kind == "bucket_policy").count();
    if buckets.iter().filter(has_policy).count() < policies {
        return Ok(None);
    }
    Ok(Some(Buckets(buckets.iter().map(|one| (one.id().to_owned(), one.tags.clone())).collect())))
}

/// What the name of every bucket begins with that is looked at.
pub fn prefix(aws: &Aws) -> String {
    let prefix = aws.prefix();
    if prefix.len() > HEAD { prefix[..HEAD].trim_end_matches('-').to_owned() } else { prefix }
}

/// The name of the bucket at an address.
pub async fn name(aws: &Aws, address: &Address) -> Result<String, Fault> {
    let account = aws.identity().await?.account;
    Ok(names::bucket(&aws.scope, aws.region(), &account, address))
}

/// The tags of a bucket; none if it has none, or is gone.
pub async fn tags(aws: &Aws, bucket: &str) -> Result<Tags, Fault> {
    let answer = aws.s3().get_bucket_tagging().bucket(bucket).send().await;
    let answer = absent(answer.map_err(error::read("s3:GetBucketTagging")))?;
    let set = answer.map(|answer| answer.tag_set).unwrap_or_default();
    Ok(set.into_iter().map(|tag| (tag.key, tag.value)).collect())
}

/// The tags that the policy shows of those that the bucket has; the user's are the bucket's alone.
pub fn tags_of_policy(bucket: &Tags) -> Tags {
    let shared = |(key, _): &(&String, &String)| *key == tags::STACK || *key == tags::ENV;
    let mut tags: Tags =
        bucket.iter().filter(shared).map(|(key, value)| (key.clone(), value.clone())).collect();
    for (key, own) in POLICY_KEYS {
        tags.extend(bucket.get(key).map(|value| (own.to_owned(), value.clone())));
    }
    tags
}

/// Writes some tags and removes others, leaving the rest alone.
pub async fn retag(aws: &Aws, bucket: &str, added: &Tags, removed: &[&str]) -> Result<(), Fault> {
    let before = tags(aws, bucket).await?;
    let mut after = before.clone();
    after.retain(|key, _| !removed.contains(&key.as_str()));
    after.extend(added.iter().map(|(key, value)| (key.clone(), value.clone())));
    if after == before {
        return Ok(());
    }
    let tagging = Tagging::builder().set_tag_set(Some(tag_list(&after)?)).build();
    let tagging = tagging.map_err(error::incomplete("s3:PutBucketTagging"))?;
    let call = aws.s3().put_bucket_tagging().bucket(bucket).tagging(tagging);
    call.send().await.map_err(error::update("s3:PutBucketTagging"))?;
    Ok(())
}

/// Tags in the type of the service.
pub fn tag_list(tags: &Tags) -> Result<Vec<Tag>, Fault> {
    let tag = |(key, value): (&String, &String)| Tag::builder().key(key).value(value).build();
    tags.iter().map(tag).collect::<Result<_, _>>().map_err(error::incomplete("s3:PutBucketTagging"))
}

/// The name of a bucket as resource of AWS.
pub fn arn(region: &str, bucket: &str) -> String {
    let partition = match region {
        region if region.starts_with("cn-") => "aws-cn",
        region if region.starts_with("us-gov-") => "aws-us-gov",
        _ => "aws",
    };
    format!("arn:{partition}:s3:::{bucket}")
}

/// The host under which a bucket answers in its own region: what an origin of CloudFront is given, because the
/// global name redirects for a day after a bucket was made ("`S3Origin`", CloudFront API reference).
pub fn host(region: &str, bucket: &str) -> String {
    let suffix = if region.starts_with("cn-") { "amazonaws.com.cn" } else { "amazonaws.com" };
    format!("{bucket}.s3.{region}.{suffix}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn partitions_have_names_of_their_own() {
        assert_eq!(arn("eu-west-1", "files"), "arn:aws:s3:::files");
        assert_eq!(arn("cn-north-1", "files"), "arn:aws-cn:s3:::files");
        assert_eq!(host("eu-west-1", "files"), "files.s3.eu-west-1.amazonaws.com");
        assert_eq!(host("cn-north-1", "files"), "files.s3.cn-north-1.amazonaws.com.cn");
    }
}
