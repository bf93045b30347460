//! What the tagging API tells of this environment: a hint that may confirm, and never accuse.
//!
//! `GetResources` names in one answer what carries the environment's tags, with all of these tags, where the
//! services' own lists want a call for each or tell no tags at all. But it lags: for some minutes it leaves out what
//! was made, still names what is gone, and shows the tags of before. So it counts only where it says what the stack
//! wants: for a resource, that its tags are as they shall be, the digest of what was last applied (`drucloud:applied`)
//! among them; for all of a kind, that there is exactly one such at each address of the stack, and no other. Everything
//! else is asked of the service itself, which also is who tells whether a thing still exists and what it is like.
//!
//! What the lag can hide then is a tag that somebody has just changed by hand. What an interrupted run has left over
//! it does not hide: that is older than what has taken its place.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use aws_sdk_resourcegroupstagging::types::TagFilter;
use serde_json::Value;

use crate::model::address::Address;
use crate::model::applied::{self, Applied};
use crate::model::graph::{Graph, Node};
use crate::model::spec::Spec;
use crate::model::verdict::APPLIED_TAG;
use crate::run::fault::Fault;

use super::glance::Glance;
use super::tags::{self, Tags};
use super::{Aws, error};

/// The kinds that are looked up in the index: their type in its filters, and the service and the beginning of the
/// resource in their ARNs (Service Authorization Reference).
const TYPES: &[(&str, &str, &str, &str)] = &[
    ("bucket", "s3", "s3", ""),
    ("cache_cluster", "elasticache:cluster", "elasticache", "cluster:"),
    ("cache_parameter_group", "elasticache:parametergroup", "elasticache", "parametergroup:"),
    ("db_parameter_group", "rds:pg", "rds", "pg:"),
    ("db_subnet_group", "rds:subgrp", "rds", "subgrp:"),
    ("elastic_ip", "ec2:elastic-ip", "ec2", "elastic-ip/"),
    ("hosted_zone", "route53:hostedzone", "route53", "hostedzone/"),
    ("internet_gateway", "ec2:internet-gateway", "ec2", "internet-gateway/"),
    ("launch_template", "ec2:launch-template", "ec2", "launch-template/"),
    ("listener", "elasticloadbalancing:listener", "elasticloadbalancing", "listener/"),
    ("load_balancer", "elasticloadbalancing:loadbalancer", "elasticloadbalancing", "loadbalancer/"),
    ("target_group", "elasticloadbalancing:targetgroup", "elasticloadbalancing", "targetgroup/"),
    ("vpc", "ec2:vpc", "ec2", "vpc/"),
];
/// The properties that name what is known only once all is read; the service tells them in any case.
const UNSURE: &[(&str, &str)] = &[("launch_template", "user_data")];
/// The most tags in an answer, of fifty resources at most (API reference, `GetResources`).
const PAGE: i32 = 500;

/// A resource of which the index tells what the stack wants.
#[derive(Clone, Debug)]
pub struct Confirmed {
    /// Its ARN.
    pub arn: String,
    /// Where it stands.
    pub address: Address,
    /// All its tags.
    pub tags: Tags,
    spec: Spec,
    kind: &'static str,
}

impl Confirmed {
    /// The last part of its ARN: the id, or the name.
    pub fn id(&self) -> &str {
        self.arn.rsplit(['/', ':']).next().unwrap_or_default()
    }

    /// A property that can never change, and so is as the stack has it.
    pub fn fixed(&self, property: &str) -> &str {
        self.spec.get(property).and_then(Value::as_str).unwrap_or_default()
    }

    /// The account that it belongs to.
    pub fn account(&self) -> &str {
        self.arn.split(':').nth(4).unwrap_or_default()
    }
}

/// What was found.
#[derive(Debug, Default)]
pub struct Index {
    confirmed: BTreeMap<String, Confirmed>,
    /// The ARNs of which it tells anything else.
    others: Vec<String>,
    wanted: BTreeMap<&'static str, usize>,
}

impl Index {
    /// The tags of what has this ARN, if they are as the stack wants them.
    pub fn tags(&self, arn: &str) -> Option<&Tags> {
        self.confirmed.get(arn).map(|confirmed| &confirmed.tags)
    }

    /// All of a kind, if they are exactly those that the stack wants, of which there is at least one.
    pub fn all(&self, kind: &str) -> Option<Vec<&Confirmed>> {
        if self.others.iter().any(|arn| kind_of(arn) == Some(kind)) {
            return None;
        }
        let all: Vec<&Confirmed> = self.confirmed.values().filter(|one| one.kind == kind).collect();
        let addresses: BTreeSet<&Address> = all.iter().map(|one| &one.address).collect();
        let wanted = self.wanted.get(kind).copied().unwrap_or_default();
        (wanted > 0 && all.len() == wanted && addresses.len() == wanted).then_some(all)
    }

    fn of(aws: &Aws, graph: &Graph, found: Vec<(String, Tags)>) -> Self {
        let mut index = Self::default();
        for node in graph.in_order() {
            *index.wanted.entry(node.schema.kind).or_default() += 1;
        }
        for (arn, tags) in found {
            let address = tags::address(&tags, &aws.scope.stack, &aws.scope.env);
            let node = address.and_then(|address| graph.get(&address));
            match node
                .filter(|node| kind_of(&arn) == Some(node.schema.kind) && is_as_wanted(graph, node, &tags))
            {
                Some(node) => {
                    let (address, spec, kind) = (node.address.clone(), node.spec.clone(), node.schema.kind);
                    index.confirmed.insert(arn.clone(), Confirmed { arn, address, tags, spec, kind });
                }
                None => index.others.push(arn),
            }
        }
        index
    }
}

/// Whether tags tell that the stack was last applied as it is now.
pub fn is_applied(graph: &Graph, node: &Node, tags: &Tags) -> bool {
    let record = applied::record(&node.spec, node.schema) + &applied::record_tags(graph.tags());
    let unsure = UNSURE.iter().find(|(kind, _)| *kind == node.schema.kind).map(|(_, property)| *property);
    let there = tags.get(APPLIED_TAG).and_then(|tag| Applied::read(tag));
    there.is_some_and(|there| Applied::read(&record).is_some_and(|record| there.agrees(&record, unsure)))
}

/// Whether all of them are as the stack wants them.
fn is_as_wanted(graph: &Graph, node: &Node, tags: &Tags) -> bool {
    is_applied(graph, node, tags)
        && graph.tags().iter().all(|(key, value)| tags.get(key) == Some(value))
        && tags.contains_key(tags::PROTECT) == (node.protect && node.schema.data.is_some())
}

/// The kind of what has this ARN, if it is one that is looked up here.
fn kind_of(arn: &str) -> Option<&'static str> {
    // arn:partition:service:region:account:resource, and the resource may have colons.
    let mut parts = arn.splitn(6, ':').skip(2);
    let (service, resource) = (parts.next()?, parts.nth(2)?);
    let is_it = |(_, _, of, head): &&(_, _, &str, &str)| *of == service && resource.starts_with(head);
    TYPES.iter().find(is_it).map(|(kind, ..)| *kind)
}

/// The index of a look at everything, asked once. It is empty for any other look, because then somebody waits for
/// what has just been done, where nothing is known of what is wanted, and where it cannot be had: it is a hint, and
/// all that it would have told is asked of the services.
pub async fn index(glance: &Glance<'_>) -> Result<Rc<Index>, Fault> {
    let ask = || async {
        let Some(graph) = glance.aws.wanted().filter(|_| glance.is_wide) else { return Ok(Index::default()) };
        let found = ask(glance.aws, &graph).await.unwrap_or_default();
        Ok(Index::of(glance.aws, &graph, found))
    };
    glance.once(ask).await
}

async fn ask(aws: &Aws, graph: &Graph) -> Result<Vec<(String, Tags)>, Fault> {
    let is_used = |kind: &str| graph.in_order().any(|node| node.schema.kind == kind);
    let types: Vec<String> =
        TYPES.iter().filter(|(kind, ..)| is_used(kind)).map(|(_, kind, ..)| (*kind).to_owned()).collect();
    if types.is_empty() {
        return Ok(Vec::new());
    }
    let filter = |key: &str, value: &str| TagFilter::builder().key(key).values(value).build();
    let call = aws.tagging().get_resources().set_resource_type_filters(Some(types));
    let call = call
        .tag_filters(filter(tags::STACK, &aws.scope.stack))
        .tag_filters(filter(tags::ENV, &aws.scope.env));
    let pages = call.tags_per_page(PAGE).into_paginator().items().send();
    let all: Result<Vec<_>, _> = pages.collect().await;
    let all = all.map_err(error::read("tag:GetResources"))?;
    let pair = |one: &aws_sdk_resourcegroupstagging::types::ResourceTagMapping| {
        let tags = one.tags().iter().map(|tag| (tag.key().to_owned(), tag.value().to_owned()));
        Some((one.resource_arn()?.to_owned(), tags.collect()))
    };
    Ok(all.iter().filter_map(pair).collect())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::aws::Scope;
    use crate::aws::client::Target;
    use crate::aws::kinds;
    use crate::model::graph::Draft;

    const ADDRESS: &str = "arn:aws:ec2:us-east-1:1:elastic-ip/eipalloc-";

    async fn aws() -> Aws {
        let scope = Scope { stack: "shop".to_owned(), env: "prod".to_owned() };
        Aws::connect(scope, &Target::default()).await
    }

    /// Two addresses and a bucket that is protected, all with a tag of the user's.
    fn graph() -> Graph {
        let catalog = kinds::catalog();
        let mut draft = Draft::new(&catalog);
        let spec = |value: serde_json::Value| Spec::of(&value).expect("a spec");
        draft.add_spec(&"net.a".parse().expect("an address"), "elastic_ip", spec(json!({})), false);
        draft.add_spec(&"net.b".parse().expect("an address"), "elastic_ip", spec(json!({})), false);
        let bucket = spec(json!({"public_access_blocked": true}));
        draft.add_spec(&"media.bucket".parse().expect("an address"), "bucket", bucket, true);
        draft.finish().expect("a graph").tagged([("team".to_owned(), "web".to_owned())].into())
    }

    fn tags(graph: &Graph, address: &str) -> Tags {
        let node = graph.get(&address.parse().expect("an address")).expect("a node");
        let record = applied::record(&node.spec, node.schema) + &applied::record_tags(graph.tags());
        let mut tags = Tags::from([
            (tags::STACK.to_owned(), "shop".to_owned()),
            (tags::ENV.to_owned(), "prod".to_owned()),
            (tags::ADDRESS.to_owned(), address.to_owned()),
            (APPLIED_TAG.to_owned(), record),
            ("team".to_owned(), "web".to_owned()),
        ]);
        tags.extend(node.protect.then(|| (tags::PROTECT.to_owned(), "true".to_owned())));
        tags
    }

    /// Both addresses as they shall be, and then something else.
    fn all(graph: &Graph) -> Vec<(String, Tags)> {
        vec![(format!("{ADDRESS}a"), tags(graph, "net.a")), (format!("{ADDRESS}b"), tags(graph, "net.b"))]
    }

    #[tokio::test]
    async fn all_are_confirmed_when_there_is_one_at_each_address() {
        let (aws, graph) = (aws().await, graph());
        let index = Index::of(&aws, &graph, all(&graph));
        let confirmed = index.all("elastic_ip").expect("confirmed");
        assert_eq!(confirmed.iter().map(|one| one.id()).collect::<Vec<_>>(), ["eipalloc-a", "eipalloc-b"]);
        assert_eq!(confirmed[0].account(), "1");
        assert!(index.all("bucket").is_none() && index.all("vpc").is_none(), "of these there is none");
    }

    #[tokio::test]
    async fn one_too_few_too_many_or_twice_confirms_nothing() {
        let (aws, graph) = (aws().await, graph());
        let few = Index::of(&aws, &graph, all(&graph)[..1].to_vec());
        assert!(few.all("elastic_ip").is_none());
        assert!(few.tags(&format!("{ADDRESS}a")).is_some(), "the one is as it shall be");
        let twice = [all(&graph), vec![(format!("{ADDRESS}c"), tags(&graph, "net.b"))]].concat();
        assert!(Index::of(&aws, &graph, twice).all("elastic_ip").is_none());
        let mut other = tags(&graph, "net.b");
        other.insert(tags::ADDRESS.to_owned(), "net.gone".to_owned());
        let more = [all(&graph), vec![(format!("{ADDRESS}c"), other)]].concat();
        assert!(Index::of(&aws, &graph, more).all("elastic_ip").is_none());
    }

    #[tokio::test]
    async fn tags_that_are_not_as_wanted_confirm_nothing() {
        let (aws, graph) = (aws().await, graph());
        let bucket = "arn:aws:s3:::shop-prod-media-bucket-abc";
        let is_confirmed = |change: fn(&mut Tags)| {
            let mut tags = tags(&graph, "media.bucket");
            change(&mut tags);
            Index::of(&aws, &graph, vec![(bucket.to_owned(), tags)]).all("bucket").is_some()
        };
        assert!(is_confirmed(|_| ()));
        assert!(is_confirmed(|tags| drop(tags.insert("theirs".to_owned(), "x".to_owned()))));
        assert!(!is_confirmed(|tags| drop(tags.insert("team".to_owned(), "theirs".to_owned()))));
        assert!(!is_confirmed(|tags| drop(tags.remove("team"))));
        assert!(!is_confirmed(|tags| drop(tags.insert(APPLIED_TAG.to_owned(), "abcdefg".to_owned()))));
        assert!(!is_confirmed(|tags| drop(tags.remove(tags::PROTECT))));
        assert!(!is_confirmed(|tags| drop(tags.insert(tags::ENV.to_owned(), "dev".to_owned()))));
    }

    #[test]
    fn arns_tell_the_kind() {
        for (arn, kind) in [
            ("arn:aws:s3:::shop-media", Some("bucket")),
            ("arn:aws:ec2:us-east-1:1:vpc/vpc-1", Some("vpc")),
            ("arn:aws:ec2:us-east-1:1:vpc-endpoint/vpce-1", None),
            ("arn:aws:rds:us-east-1:1:pg:shop", Some("db_parameter_group")),
            ("arn:aws:route53:::hostedzone/Z1", Some("hosted_zone")),
            ("arn:aws:elasticloadbalancing:us-east-1:1:listener/app/a/b/c", Some("listener")),
            ("arn:aws:elasticloadbalancing:us-east-1:1:listener-rule/app/a/b/c/d", None),
            ("no arn", None),
        ] {
            assert_eq!(kind_of(arn), kind, "{arn}");
        }
    }
}
