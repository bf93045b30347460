//! Cache policy of CloudFront: what tells one cached answer from another, and how long it is kept.
//!
//! What is in the key is also all that CloudFront passes on to the origin, besides an origin request policy.

use std::collections::BTreeSet;

use aws_sdk_cloudfront::types::{
    CachePolicyConfig, CachePolicyCookieBehavior, CachePolicyCookiesConfig, CachePolicyHeaderBehavior,
    CachePolicyHeadersConfig, CachePolicyQueryStringBehavior, CachePolicyQueryStringsConfig,
    CachePolicySummary, CachePolicyType, CookieNames, Headers, ParametersInCacheKeyAndForwardedToOrigin,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::aws::glance::Glance;
use crate::aws::kind::{Changed, Found, Resource, Wish};
use crate::aws::tags::Tags;
use crate::aws::{Aws, error};
use crate::model::schema::{Expected, IN_PLACE, Idempotency, ReplaceOrder, Schema};
use crate::model::spec::{Kinded, Spec};
use crate::run::cloud::Farewell;
use crate::run::fault::Fault;

use super::mark;

/// What CloudFront remembers answers by.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CachePolicy {
    /// The cookies in the key; `*` stands for any characters, alone for every cookie.
    pub cookies: BTreeSet<String>,
    /// The headers in the key, in lower case.
    pub headers: BTreeSet<String>,
    /// Whether the whole query string is in the key; else none of it is.
    pub query_strings: bool,
    /// For how long answers are kept.
    pub ttl: Ttl,
    /// Whether answers are compressed, by gzip or Brotli as the visitor's browser can.
    pub compressed: bool,
}

/// For how long answers are kept, in seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Ttl {
    /// At least, even if the origin says less.
    pub min_seconds: i64,
    /// If the origin does not say.
    pub default_seconds: i64,
    /// At most, even if the origin says more.
    pub max_seconds: i64,
}

impl Kinded for CachePolicy {
    const KIND: &'static str = "cache_policy";
}

/// The longest name and the longest comment (API reference, `CachePolicyConfig`).
const LONGEST: usize = 128;

impl Resource for CachePolicy {
    const SCHEMA: &'static Schema = &Schema {
        kind: "cache_policy",
        title: "CloudFront cache policy",
        rules: &[
            ("cookies", IN_PLACE),
            ("headers", IN_PLACE),
            ("query_strings", IN_PLACE),
            ("ttl", IN_PLACE),
            ("compressed", IN_PLACE),
        ],
        outputs: &[],
        changing_outputs: &[],
        data: None,
        order: ReplaceOrder::OldFirst,
        idempotency: Idempotency::UniqueName,
        after: &[],
        expected: Expected { create: 2, update: 2, delete: 2 },
        canonical: Spec::canonical_as::<Self>,
    };

    async fn list(glance: &Glance<'_>) -> Result<Vec<Found<Self>>, Fault> {
        let (aws, mut found, mut marker) = (glance.aws, Vec::new(), None);
        loop {
            let call = aws.cloudfront().list_cache_policies().r#type(CachePolicyType::Custom);
            let answer = call.set_marker(marker).send().await;
            let answer = answer.map_err(error::read("cloudfront:ListCachePolicies"))?;
            let Some(page) = answer.cache_policy_list else { return Ok(found) };
            found.extend(page.items().iter().filter_map(|summary| read(aws, summary)));
            marker = page.next_marker.filter(|marker| !marker.is_empty());
            if marker.is_none() {
                return Ok(found);
            }
        }
    }

    async fn create(aws: &Aws, wish: &Wish<'_, Self>) -> Result<(), Fault> {
        let call = aws.cloudfront().create_cache_policy();
        let call = call.cache_policy_config(config(aws, wish, &wish.order.tags)?).send().await;
        call.map_err(error::create("cloudfront:CreateCachePolicy"))?;
        Ok(())
    }

    async fn update(
        aws: &Aws,
        live: &Found<Self>,
        wish: &Wish<'_, Self>,
        _: Changed<'_>,
    ) -> Result<(), Fault> {
        let answer = aws.cloudfront().get_cache_policy_config().id(&live.id).send().await;
        let answer = answer.map_err(error::update("cloudfront:GetCachePolicyConfig"))?;
        let call = aws.cloudfront().update_cache_policy().id(&live.id).set_if_match(answer.e_tag);
        let call = call.cache_policy_config(config(aws, wish, &live.tags)?).send().await;
        call.map_err(error::update("cloudfront:UpdateCachePolicy"))?;
        Ok(())
    }

    async fn delete(aws: &Aws, live: &Found<Self>, _: &Farewell) -> Result<(), Fault> {
        let answer = aws.cloudfront().get_cache_policy_config().id(&live.id).send().await;
        let answer = answer.map_err(error::delete("cloudfront:GetCachePolicyConfig"))?;
        let call = aws.cloudfront().delete_cache_policy().id(&live.id).set_if_match(answer.e_tag);
        call.send().await.map_err(error::delete("cloudfront:DeleteCachePolicy"))?;
        Ok(())
    }

    /// Only what the comment has room for; the user's own tags have none.
    async fn tag(aws: &Aws, live: &Found<Self>, tags: &Tags) -> Result<(), Fault> {
        let mut all = live.tags.clone();
        all.extend(tags.clone());
        let comment = mark::write(&all, LONGEST)?;
        let answer = aws.cloudfront().get_cache_policy_config().id(&live.id).send().await;
        let answer = answer.map_err(error::update("cloudfront:GetCachePolicyConfig"))?;
        let config = answer.cache_policy_config.filter(|config| config.comment() != Some(comment.as_str()));
        let Some(mut config) = config else { return Ok(()) };
        config.comment = Some(comment);
        let call = aws.cloudfront().update_cache_policy().id(&live.id).set_if_match(answer.e_tag);
        let call = call.cache_policy_config(config).send().await;
        call.map_err(error::update("cloudfront:UpdateCachePolicy"))?;
        Ok(())
    }
}

fn read(aws: &Aws, summary: &CachePolicySummary) -> Option<Found<CachePolicy>> {
    let policy = summary.cache_policy()?;
    let config = policy.cache_policy_config()?;
    let key = config.parameters_in_cache_key_and_forwarded_to_origin();
    let cookies = key.and_then(|key| key.cookies_config());
    let headers = key.and_then(|key| key.headers_config()).and_then(|headers| headers.headers());
    let queries = key.and_then(|key| key.query_strings_config());
    let names = cookies.and_then(|cookies| cookies.cookies()).map(CookieNames::items).unwrap_or_default();
    let every = cookies.is_some_and(|c| c.cookie_behavior() == &CachePolicyCookieBehavior::All);
    let properties = CachePolicy {
        cookies: if every { ["*".to_owned()].into() } else { names.iter().cloned().collect() },
        headers: headers
            .map(Headers::items)
            .unwrap_or_default()
            .iter()
            .map(|header| header.to_lowercase())
            .collect(),
        query_strings: queries
            .is_some_and(|queries| queries.query_string_behavior() == &CachePolicyQueryStringBehavior::All),
        ttl: Ttl {
            min_seconds: config.min_ttl(),
            default_seconds: config.default_ttl().unwrap_or_default(),
            max_seconds: config.max_ttl().unwrap_or_default(),
        },
        compressed: key.is_some_and(|key| {
            key.enable_accept_encoding_gzip() && key.enable_accept_encoding_brotli() == Some(true)
        }),
    };
    Found::ours(aws, policy.id(), mark::read(config.comment().unwrap_or_default()), properties)
}

fn config(aws: &Aws, wish: &Wish<'_, CachePolicy>, tags: &Tags) -> Result<CachePolicyConfig, Fault> {
    let Ttl { min_seconds, default_seconds, max_seconds } = wish.want.ttl;
    let config = CachePolicyConfig::builder()
        .name(wish.name(aws, LONGEST))
        .comment(mark::write(tags, LONGEST)?)
        .min_ttl(min_seconds)
        .default_ttl(default_seconds)
        .max_ttl(max_seconds)
        .parameters_in_cache_key_and_forwarded_to_origin(key(&wish.want)?);
    config.build().map_err(error::incomplete("cloudfront:CreateCachePolicy"))
}

fn key(want: &CachePolicy) -> Result<ParametersInCacheKeyAndForwardedToOrigin, Fault> {
    let incomplete = || error::incomplete("cloudfront:CreateCachePolicy");
    let count = |set: &BTreeSet<String>| i32::try_from(set.len()).unwrap_or(i32::MAX);
    let list = |set: &BTreeSet<String>| Some(set.iter().cloned().collect::<Vec<_>>());
    let cookies = CachePolicyCookiesConfig::builder();
    let cookies = if want.cookies.is_empty() {
        cookies.cookie_behavior(CachePolicyCookieBehavior::None)
    } else if want.cookies.contains("*") {
        cookies.cookie_behavior(CachePolicyCookieBehavior::All)
    } else {
        let names = CookieNames::builder().quantity(count(&want.cookies)).set_items(list(&want.cookies));
        cookies
            .cookie_behavior(CachePolicyCookieBehavior::Whitelist)
            .cookies(names.build().map_err(incomplete())?)
    };
    let headers = CachePolicyHeadersConfig::builder();
    let headers = if want.headers.is_empty() {
        headers.header_behavior(CachePolicyHeaderBehavior::None)
    } else {
        let names = Headers::builder().quantity(count(&want.headers)).set_items(list(&want.headers));
        headers
            .header_behavior(CachePolicyHeaderBehavior::Whitelist)
            .headers(names.build().map_err(incomplete())?)
    };
    let queries = if want.query_strings {
        CachePolicyQueryStringBehavior::All
    } else {
        CachePolicyQueryStringBehavior::None
    };
    let queries = CachePolicyQueryStringsConfig::builder().query_string_behavior(queries);
    ParametersInCacheKeyAndForwardedToOrigin::builder()
        .enable_accept_encoding_gzip(want.compressed)
        .enable_accept_encoding_brotli(want.compressed)
        .cookies_config(cookies.build().map_err(incomplete())?)
        .headers_config(headers.build().map_err(incomplete())?)
        .query_strings_config(queries.build().map_err(incomplete())?)
        .build()
        .map_err(incomplete())
}
