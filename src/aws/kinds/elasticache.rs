//! What the kinds of ElastiCache share: tags by ARN, the clusters of one look, whose a cluster is.
//!
//! Subnet groups, parameter groups and replication groups have a description, and as with RDS that tells whose
//! they are. A cluster has none, so its tags are read; but ElastiCache tells no tags of what is not available
//! just now (API reference, `ListTagsForResource`), and then the cluster's name has to do.

use aws_sdk_elasticache::types::{CacheCluster, Tag};

use crate::aws::glance::Glance;
use crate::aws::kind::Found;
use crate::aws::tags::{self, Tags};
use crate::aws::{Aws, error};
use crate::model::address::Address;
use crate::model::live::Status;
use crate::run::fault::{Class, Fault};

pub use super::rds::{address, description, group};

/// The longest name of a cluster (API reference, `CreateCacheCluster`).
pub const LONGEST_CLUSTER: usize = 50;
/// The longest name of a replication group (API reference, `CreateReplicationGroup`).
pub const LONGEST_GROUP: usize = 40;
/// The characters of a cluster's name that no shortening touches: it ends in two parts of six and their hyphens.
const HEAD: usize = LONGEST_CLUSTER - 14;
/// Where the section `cache` puts its cluster: tried for a name that was shortened.
const USUAL: &str = "cache.cluster";

/// Every cluster of the region with its nodes, members of replication groups as well.
pub struct Clusters(pub Vec<CacheCluster>);

/// The clusters, asked once a look.
pub async fn clusters(glance: &Glance<'_>) -> Result<std::rc::Rc<Clusters>, Fault> {
    let ask = || async {
        let call = glance.aws.elasticache().describe_cache_clusters().show_cache_node_info(true);
        let pages = call.into_paginator().page_size(100).items().send();
        let clusters: Result<_, _> = pages.collect().await;
        clusters.map(Clusters).map_err(error::read("elasticache:DescribeCacheClusters"))
    };
    glance.once(ask).await
}

/// Whether a name may be one that was derived for this environment.
pub fn is_like_ours(aws: &Aws, name: &str) -> bool {
    let prefix = aws.prefix();
    let head = prefix.get(..HEAD).unwrap_or(&prefix);
    name.starts_with(if head.len() < prefix.len() { head.trim_end_matches('-') } else { &prefix })
}

/// The tags of a cluster, if ElastiCache tells them just now.
pub async fn tags_of(aws: &Aws, arn: &str) -> Result<Option<Tags>, Fault> {
    let call = aws.elasticache().list_tags_for_resource().resource_name(arn);
    match call.send().await.map_err(error::read("elasticache:ListTagsForResource")) {
        Ok(answer) => Ok(Some(tags::read!(answer.tag_list()))),
        Err(fault) if matches!(fault.class, Class::Gone | Class::Busy) => Ok(None),
        Err(fault) => Err(fault),
    }
}

/// The address in a cluster's name. Hyphens of the name can stand for dots: the first one does, and the name is
/// derived again to see whether it fits.
pub fn address_in(aws: &Aws, name: &str) -> Option<Address> {
    let (head, fingerprint) = name.rsplit_once('-')?;
    let from_name = head.strip_prefix(&aws.prefix()).map(|rest| rest.replacen('-', ".", 1));
    let mut candidates = from_name.into_iter().chain([USUAL.to_owned()]).filter_map(|text| text.parse().ok());
    candidates.find(|address| aws.unique_name(address, fingerprint, LONGEST_CLUSTER) == name)
}

/// What ElastiCache's word for a state means: `creating`, `modifying`, `rebooting cache cluster nodes` and their
/// like pass ("Viewing a cluster's details" and the types `CacheCluster` and `ReplicationGroup`).
pub fn status(word: &str) -> Status {
    match word {
        "available" | "snapshotting" => Status::Ready,
        "deleting" => Status::Deleting,
        "create-failed" => Status::Failed("it could not be made as it was ordered".to_owned()),
        "restore-failed" => Status::Failed("its snapshot could not be restored".to_owned()),
        "incompatible-network" => {
            Status::Failed("its subnets have no free address, or no longer fit its network".to_owned())
        }
        other => Status::Pending(other.to_owned()),
    }
}

fn arn<R>(live: &Found<R>) -> Result<&str, Fault> {
    let arn = live.outputs.get("arn").map(String::as_str);
    arn.ok_or_else(|| Fault::fatal("elasticache", format!("ElastiCache tells no ARN of `{}`", live.id)))
}

/// Writes tags onto a resource of ElastiCache.
pub async fn tag<R>(aws: &Aws, live: &Found<R>, tags: &Tags) -> Result<(), Fault> {
    let call = aws.elasticache().add_tags_to_resource().resource_name(arn(live)?);
    let call = call.set_tags(Some(list(tags)));
    call.send().await.map_err(error::update("elasticache:AddTagsToResource"))?;
    Ok(())
}

/// The tags of a resource of ElastiCache; none while it tells none.
pub async fn read_tags<R>(aws: &Aws, live: &Found<R>) -> Result<Tags, Fault> {
    Ok(tags_of(aws, arn(live)?).await?.unwrap_or_default())
}

/// Tags in ElastiCache's type.
pub fn list(tags: &Tags) -> Vec<Tag> {
    tags::list!(tags => Tag)
}

/// The clusters that keep a group from being deleted, in words.
pub async fn users(aws: &Aws, uses: impl Fn(&CacheCluster) -> bool) -> Result<Vec<String>, Fault> {
    let clusters = clusters(&Glance::new(aws)).await?;
    let words = clusters.0.iter().filter(|cluster| uses(cluster)).map(|cluster| {
        let id = cluster.cache_cluster_id().unwrap_or("a cache cluster");
        let status = cluster.cache_cluster_status().unwrap_or("in no known state");
        format!("cache cluster {id} ({status})")
    });
    Ok(words.collect())
}

/// The numbers of a version: `1.6.22` is 1, 6, 22.
fn numbers(version: &str) -> Vec<u64> {
    version.split('.').filter_map(|part| part.parse().ok()).collect()
}

/// Whether a live version is what is wished: as far as both say, or later in its last number, because
/// ElastiCache upgrades that by itself.
pub fn is_version(live: &str, wish: &str) -> bool {
    let (live, wish) = (numbers(live), numbers(wish));
    live.starts_with(&wish)
        || wish.starts_with(&live)
        || live > wish && live[..live.len().min(2)] == wish[..wish.len().min(2)]
}

/// Whether a version is later than another.
pub fn is_later(version: &str, other: &str) -> bool {
    numbers(version) > numbers(other)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_compared_as_far_as_they_say() {
        for (live, wish, same) in [
            ("7.1.0", "7.1", true),
            ("1.6.22", "1.6.22", true),
            ("1.6.24", "1.6.22", true),
            ("1.6.17", "1.6.22", false),
            ("8.1.0", "8.0", false),
            ("7.1.0", "8.0", false),
        ] {
            assert_eq!(is_version(live, wish), same, "{live} {wish}");
        }
        assert!(is_later("8.1", "8.0.1") && !is_later("7.1", "8.0"));
    }

    #[test]
    fn a_state_is_ready_passing_or_the_end() {
        assert_eq!(status("available"), Status::Ready);
        assert_eq!(
            status("rebooting cache cluster nodes"),
            Status::Pending("rebooting cache cluster nodes".to_owned())
        );
        assert!(matches!(status("create-failed"), Status::Failed(_)));
    }

    #[tokio::test]
    async fn a_cluster_is_found_by_its_name_while_it_has_no_tags() {
        let scope = |stack: &str| crate::aws::Scope { stack: stack.to_owned(), env: "prod".to_owned() };
        for stack in ["drucloud", "the-platform-of-a-very-long-organisation"] {
            let aws = Aws::connect(scope(stack), &crate::aws::client::Target::default()).await;
            let address: Address = "cache.cluster".parse().unwrap();
            let name = aws.unique_name(&address, "abc234", LONGEST_CLUSTER);
            assert!(name.len() <= LONGEST_CLUSTER && is_like_ours(&aws, &name), "{name}");
            assert_eq!(address_in(&aws, &name), Some(address));
            assert_eq!(address_in(&aws, "somebody-elses-cluster"), None);
        }
    }
}
