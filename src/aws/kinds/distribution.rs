//! Distribution of CloudFront: the site's edge, in front of the load balancer and of the bucket.
//!
//! The list of distributions tells all of their configuration, but not their tags: which are ours is told by
//! the comment. A change reaches the edges minutes later; until then it is `InProgress`.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_cloudfront::types::{DistributionConfigWithTags, Tag, Tags as TagList};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::aws::glance::Glance;
use crate::aws::kind::{Changed, Found, Resource, Wish};
use crate::aws::tags::Tags;
use crate::aws::{Aws, error};
use crate::model::schema::{Expected, IN_PLACE, Idempotency, ReplaceOrder, Schema};
use crate::model::spec::{Id, Kinded, Spec, Text};
use crate::run::cloud::Farewell;
use crate::run::fault::{Class, Fault};

use super::certificate_validation::CertificateValidation;
use super::mark;
use super::origin_access_control::OriginAccessControl;

mod build;
mod read;

/// Answers visitors from a place near to them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Distribution {
    /// Whether it answers.
    pub enabled: bool,
    /// The domains, besides its own, under which visitors reach it; they need a certificate.
    pub aliases: BTreeSet<String>,
    /// The certificate for them: of ACM, in us-east-1, whatever the region of all else.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub certificate: Option<Id<CertificateValidation>>,
    /// The newest HTTP that it speaks: `http1.1`, `http2`, `http3` or `http2and3`.
    pub http_version: String,
    /// Whether it has addresses of IPv6 too.
    pub ipv6: bool,
    /// Where its edges are: `PriceClass_100` North America and Europe, `PriceClass_200` most, `PriceClass_All`.
    pub price_class: String,
    /// Where it fetches what it has not, by name.
    pub origins: BTreeMap<String, Origin>,
    /// What is done by path; the first that fits counts, and the last one has the path `*`.
    pub behaviours: Vec<Behaviour>,
}

/// Where a distribution fetches what it has not.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Origin {
    /// The host.
    pub domain: Text,
    /// For a bucket: how CloudFront shows who it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub access: Option<Id<OriginAccessControl>>,
    /// For a server: `http-only`, `https-only` or `match-viewer`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub protocol: Option<String>,
    /// For a server: the seconds to wait for its answer, 1 to 60.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timeout_seconds: Option<i32>,
}

/// What is done with requests for some paths.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Behaviour {
    /// The paths: `*` stands for any characters, `?` for one.
    pub path: String,
    /// The name of the origin.
    pub origin: String,
    /// The methods that are let through.
    pub methods: BTreeSet<String>,
    /// The id of the cache policy, the stack's own or one that AWS manages: what answers are remembered by.
    pub cache: Text,
    /// The id of the origin request policy: what is passed on besides what is in the cache's key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_policy: Option<String>,
    /// The id of the response headers policy: what is added to answers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub response_policy: Option<String>,
    /// Whether answers are compressed.
    pub compress: bool,
    /// What becomes of plain HTTP: `allow-all`, `redirect-to-https` or `https-only`.
    pub viewers: String,
}

impl Kinded for Distribution {
    const KIND: &'static str = "distribution";
}

/// The longest comment (API reference, `DistributionConfig`).
const COMMENT: usize = 128;

impl Resource for Distribution {
    const SCHEMA: &'static Schema = &Schema {
        kind: "distribution",
        title: "CloudFront distribution",
        rules: &[
            ("enabled", IN_PLACE),
            ("aliases", IN_PLACE),
            ("certificate", IN_PLACE),
            ("http_version", IN_PLACE),
            ("ipv6", IN_PLACE),
            ("price_class", IN_PLACE),
            ("origins", IN_PLACE),
            ("behaviours", IN_PLACE),
        ],
        outputs: &["arn", "domain_name", "zone_id"],
        changing_outputs: &[],
        data: None,
        order: ReplaceOrder::OldFirst,
        // The caller reference is the token: a repetition answers DistributionAlreadyExists.
        idempotency: Idempotency::Token,
        // As long as it answers, nobody else may take the name of the bucket; cache policies are text here.
        after: &["bucket", "cache_policy"],
        expected: Expected { create: 240, update: 170, delete: 300 },
        canonical: Spec::canonical_as::<Self>,
    };

    async fn list(glance: &Glance<'_>) -> Result<Vec<Found<Self>>, Fault> {
        let mut pages = glance.aws.cloudfront().list_distributions().into_paginator().items().send();
        let mut found = Vec::new();
        while let Some(summary) = pages.next().await {
            let summary = summary.map_err(error::read("cloudfront:ListDistributions"))?;
            found.extend(read::found(glance.aws, &summary));
        }
        Ok(found)
    }

    async fn create(aws: &Aws, wish: &Wish<'_, Self>) -> Result<(), Fault> {
        let incomplete = || error::incomplete("cloudfront:CreateDistributionWithTags");
        let comment = mark::comment(aws, wish.order.address.as_str(), COMMENT)?;
        let config = build::config(&wish.want, &comment, &wish.order.token).map_err(incomplete())?;
        let config = DistributionConfigWithTags::builder()
            .distribution_config(config)
            .tags(tag_list(&wish.order.tags)?)
            .build();
        let call = aws.cloudfront().create_distribution_with_tags();
        let call = call.distribution_config_with_tags(config).send().await;
        call.map_err(error::create("cloudfront:CreateDistributionWithTags"))?;
        Ok(())
    }

    /// CloudFront takes the whole configuration: what the stack says over what is there.
    async fn update(
        aws: &Aws,
        live: &Found<Self>,
        wish: &Wish<'_, Self>,
        _: Changed<'_>,
    ) -> Result<(), Fault> {
        let answer = aws.cloudfront().get_distribution_config().id(&live.id).send().await;
        let answer = answer.map_err(error::update("cloudfront:GetDistributionConfig"))?;
        let Some(mut config) = answer.distribution_config else { return Ok(()) };
        build::over(&mut config, &wish.want).map_err(error::incomplete("cloudfront:UpdateDistribution"))?;
        let call = aws.cloudfront().update_distribution().id(&live.id).set_if_match(answer.e_tag);
        let call = call.distribution_config(config).send().await;
        call.map_err(error::update("cloudfront:UpdateDistribution"))?;
        Ok(())
    }

    /// It can only be deleted once it is disabled at every edge: the first call disables it and is `Busy`, as
    /// are those after it until that is so.
    async fn delete(aws: &Aws, live: &Found<Self>, _: &Farewell) -> Result<(), Fault> {
        let answer = aws.cloudfront().get_distribution_config().id(&live.id).send().await;
        let answer = answer.map_err(error::delete("cloudfront:GetDistributionConfig"))?;
        if let Some(mut config) = answer.distribution_config.filter(|config| config.enabled) {
            config.enabled = false;
            let call = aws.cloudfront().update_distribution().id(&live.id).set_if_match(answer.e_tag);
            let call = call.distribution_config(config).send().await;
            call.map_err(error::delete("cloudfront:UpdateDistribution"))?;
            let why = "it is being disabled at every edge, and can be deleted then";
            return Err(Fault::fatal("cloudfront:UpdateDistribution", why).as_class(Class::Busy));
        }
        let call = aws.cloudfront().delete_distribution().id(&live.id).set_if_match(answer.e_tag);
        call.send().await.map_err(error::delete("cloudfront:DeleteDistribution"))?;
        Ok(())
    }

    async fn tag(aws: &Aws, live: &Found<Self>, tags: &Tags) -> Result<(), Fault> {
        let call = aws.cloudfront().tag_resource().resource(arn(live)).tags(tag_list(tags)?);
        call.send().await.map_err(error::update("cloudfront:TagResource"))?;
        Ok(())
    }

    async fn tags(aws: &Aws, live: &Found<Self>) -> Result<Tags, Fault> {
        let answer = aws.cloudfront().list_tags_for_resource().resource(arn(live)).send().await;
        let answer = answer.map_err(error::read("cloudfront:ListTagsForResource"))?;
        let items = answer.tags().map(TagList::items).unwrap_or_default().iter();
        Ok(items.map(|tag| (tag.key().to_owned(), tag.value().unwrap_or_default().to_owned())).collect())
    }
}

fn arn(live: &Found<Distribution>) -> &str {
    live.outputs.get("arn").map_or("", String::as_str)
}

fn tag_list(tags: &Tags) -> Result<TagList, Fault> {
    let tag = |(key, value): (&String, &String)| Tag::builder().key(key).value(value).build();
    let tags: Result<Vec<_>, _> = tags.iter().map(tag).collect();
    Ok(TagList::builder().set_items(Some(tags.map_err(error::incomplete("cloudfront:TagResource"))?)).build())
}
