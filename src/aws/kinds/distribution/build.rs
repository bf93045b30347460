//! A distribution in the form that CloudFront takes.

use std::collections::BTreeSet;

use aws_sdk_cloudfront::types::{
    Aliases, AllowedMethods, CacheBehavior, CacheBehaviors, CachedMethods, CustomOriginConfig,
    DefaultCacheBehavior, DistributionConfig, HttpVersion, Method, MinimumProtocolVersion,
    Origin as SdkOrigin, OriginProtocolPolicy, OriginSslProtocols, Origins, PriceClass, S3OriginConfig,
    SslProtocol, SslSupportMethod, ViewerCertificate, ViewerProtocolPolicy,
};
use aws_smithy_types::error::operation::BuildError;

use super::{Behaviour, Distribution, Origin};

/// A new configuration.
pub(super) fn config(
    want: &Distribution,
    comment: &str,
    reference: &str,
) -> Result<DistributionConfig, BuildError> {
    let (default, others) = behaviours(want)?;
    DistributionConfig::builder()
        .caller_reference(reference)
        .comment(comment)
        .enabled(want.enabled)
        .aliases(aliases(want)?)
        .viewer_certificate(certificate(want))
        .http_version(HttpVersion::from(want.http_version.as_str()))
        .is_ipv6_enabled(want.ipv6)
        .price_class(PriceClass::from(want.price_class.as_str()))
        .origins(origins(want)?)
        .default_cache_behavior(default)
        .cache_behaviors(others)
        .build()
}

/// The same over what is there: log, errors, restrictions and firewall stay as somebody set them.
pub(super) fn over(config: &mut DistributionConfig, want: &Distribution) -> Result<(), BuildError> {
    let fresh = self::config(want, &config.comment, &config.caller_reference)?;
    config.enabled = fresh.enabled;
    config.aliases = fresh.aliases;
    config.viewer_certificate = fresh.viewer_certificate;
    config.http_version = fresh.http_version;
    config.is_ipv6_enabled = fresh.is_ipv6_enabled;
    config.price_class = fresh.price_class;
    config.origins = fresh.origins;
    config.default_cache_behavior = fresh.default_cache_behavior;
    config.cache_behaviors = fresh.cache_behaviors;
    Ok(())
}

fn quantity(count: usize) -> i32 {
    i32::try_from(count).unwrap_or(i32::MAX)
}

fn aliases(want: &Distribution) -> Result<Aliases, BuildError> {
    let items: Vec<String> = want.aliases.iter().cloned().collect();
    Aliases::builder().quantity(quantity(items.len())).set_items(Some(items)).build()
}

fn certificate(want: &Distribution) -> ViewerCertificate {
    let builder = ViewerCertificate::builder();
    match &want.certificate {
        Some(certificate) => builder
            .acm_certificate_arn(certificate.as_str())
            // Addresses of its own would cost 600 dollars a month; every browser since 2010 can do without.
            .ssl_support_method(SslSupportMethod::SniOnly)
            .minimum_protocol_version(MinimumProtocolVersion::TlSv122021),
        None => builder.cloud_front_default_certificate(true),
    }
    .build()
}

fn origins(want: &Distribution) -> Result<Origins, BuildError> {
    let items: Result<Vec<_>, _> =
        want.origins.iter().map(|(name, origin)| self::origin(name, origin)).collect();
    let items = items?;
    Origins::builder().quantity(quantity(items.len())).set_items(Some(items)).build()
}

fn origin(name: &str, origin: &Origin) -> Result<SdkOrigin, BuildError> {
    let builder = SdkOrigin::builder().id(name).domain_name(origin.domain.known().unwrap_or_default());
    let Some(protocol) = &origin.protocol else {
        let access = origin.access.as_ref().map(|access| access.as_str().to_owned());
        // An access identity is the older way; empty says that there is none.
        let bucket = S3OriginConfig::builder().origin_access_identity("").build();
        return builder.set_origin_access_control_id(access).s3_origin_config(bucket).build();
    };
    let versions = OriginSslProtocols::builder().quantity(1).items(SslProtocol::TlSv12).build()?;
    let server = CustomOriginConfig::builder()
        .http_port(80)
        .https_port(443)
        .origin_protocol_policy(OriginProtocolPolicy::from(protocol.as_str()))
        .origin_ssl_protocols(versions)
        .set_origin_read_timeout(origin.timeout_seconds)
        .build()?;
    builder.custom_origin_config(server).build()
}

/// The one for all other paths, and those for some, in order.
fn behaviours(want: &Distribution) -> Result<(DefaultCacheBehavior, CacheBehaviors), BuildError> {
    let (some, rest): (Vec<_>, Vec<_>) = want.behaviours.iter().partition(|behaviour| behaviour.path != "*");
    let missing = || BuildError::missing_field("path", "one behaviour has to have the path `*`");
    let default = rest.first().copied().ok_or_else(missing)?;
    let items: Result<Vec<_>, _> = some.into_iter().map(behaviour).collect();
    let items = items?;
    let others = CacheBehaviors::builder().quantity(quantity(items.len())).set_items(Some(items)).build()?;
    let default = DefaultCacheBehavior::builder()
        .target_origin_id(&default.origin)
        .viewer_protocol_policy(ViewerProtocolPolicy::from(default.viewers.as_str()))
        .allowed_methods(methods(&default.methods)?)
        .compress(default.compress)
        .cache_policy_id(default.cache.known().unwrap_or_default())
        .set_origin_request_policy_id(default.request_policy.clone())
        .set_response_headers_policy_id(default.response_policy.clone())
        .build()?;
    Ok((default, others))
}

fn behaviour(behaviour: &Behaviour) -> Result<CacheBehavior, BuildError> {
    CacheBehavior::builder()
        .path_pattern(&behaviour.path)
        .target_origin_id(&behaviour.origin)
        .viewer_protocol_policy(ViewerProtocolPolicy::from(behaviour.viewers.as_str()))
        .allowed_methods(methods(&behaviour.methods)?)
        .compress(behaviour.compress)
        .cache_policy_id(behaviour.cache.known().unwrap_or_default())
        .set_origin_request_policy_id(behaviour.request_policy.clone())
        .set_response_headers_policy_id(behaviour.response_policy.clone())
        .build()
}

/// The methods, and which of their answers are remembered: OPTIONS too where it is a question of CORS only.
fn methods(methods: &BTreeSet<String>) -> Result<AllowedMethods, BuildError> {
    let all: Vec<Method> = methods.iter().map(|method| Method::from(method.as_str())).collect();
    let reading = |method: &Method| matches!(method, Method::Get | Method::Head | Method::Options);
    let cached = if all.iter().all(reading) { all.clone() } else { vec![Method::Get, Method::Head] };
    let cached = CachedMethods::builder().quantity(quantity(cached.len())).set_items(Some(cached)).build()?;
    AllowedMethods::builder()
        .quantity(quantity(all.len()))
        .set_items(Some(all))
        .cached_methods(cached)
        .build()
}
