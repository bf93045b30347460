//! A distribution as the stack would have written it.

use std::collections::BTreeSet;

use aws_sdk_cloudfront::types::{
    Aliases, AllowedMethods, CacheBehavior, CacheBehaviors, CustomOriginConfig, DefaultCacheBehavior,
    DistributionSummary, Method, Origin as SdkOrigin, Origins,
};

use indexmap::IndexMap;

use crate::aws::Aws;
use crate::aws::kind::Found;
use crate::aws::kinds::mark;
use crate::aws::tags::{self, Tags};
use crate::model::live::Status;
use crate::model::spec::{Id, Text};

use super::{Behaviour, Distribution, Origin};

/// The hosted zone of every distribution (Route 53 API reference, `AliasTarget`).
const ZONE: &str = "Z2FDTNDATAQYW2";
/// The same in the regions of China.
const ZONE_IN_CHINA: &str = "Z3RFFRIM2A3IF5";

/// The distribution, if its comment says that it is ours.
pub(super) fn found(aws: &Aws, summary: &DistributionSummary) -> Option<Found<Distribution>> {
    let mark = mark::read(summary.comment());
    let address = tags::address(&mark, &aws.scope.stack, &aws.scope.env)?;
    let status = match summary.status() {
        "Deployed" => Status::Ready,
        other => Status::Pending(other.to_owned()),
    };
    let zone = if summary.arn().starts_with("arn:aws-cn:") { ZONE_IN_CHINA } else { ZONE };
    let found = Found {
        address,
        id: summary.id().to_owned(),
        // In milliseconds, and only of the last change: there is no other time.
        born: None,
        status,
        properties: properties(summary),
        outputs: IndexMap::new(),
        tags: Tags::new(),
        protected: false,
    };
    let found = found.output("arn", Some(summary.arn())).output("domain_name", Some(summary.domain_name()));
    Some(found.output("zone_id", Some(zone)))
}

fn properties(summary: &DistributionSummary) -> Distribution {
    let origins = summary.origins().map(Origins::items).unwrap_or_default();
    let some = summary.cache_behaviors().map(CacheBehaviors::items).unwrap_or_default();
    let certificate = summary.viewer_certificate().and_then(|viewer| viewer.acm_certificate_arn());
    Distribution {
        enabled: summary.enabled(),
        aliases: summary.aliases().map(Aliases::items).unwrap_or_default().iter().cloned().collect(),
        certificate: certificate.map(Id::known),
        http_version: summary.http_version().as_str().to_lowercase(),
        ipv6: summary.is_ipv6_enabled(),
        price_class: summary.price_class().as_str().to_owned(),
        origins: origins.iter().map(|one| (one.id().to_owned(), origin(one))).collect(),
        behaviours: (some.iter().map(behaviour))
            .chain(summary.default_cache_behavior().map(default))
            .collect(),
    }
}

fn origin(origin: &SdkOrigin) -> Origin {
    let server = origin.custom_origin_config();
    let access = origin.origin_access_control_id().filter(|access| !access.is_empty());
    Origin {
        domain: Text::Known(origin.domain_name().to_owned()),
        access: access.map(Id::known),
        protocol: server.map(|server| server.origin_protocol_policy().as_str().to_owned()),
        timeout_seconds: server.and_then(CustomOriginConfig::origin_read_timeout),
    }
}

fn behaviour(read: &CacheBehavior) -> Behaviour {
    Behaviour {
        path: read.path_pattern().to_owned(),
        origin: read.target_origin_id().to_owned(),
        methods: methods(read.allowed_methods()),
        cache: Text::Known(read.cache_policy_id().unwrap_or_default().to_owned()),
        request_policy: filled(read.origin_request_policy_id()),
        response_policy: filled(read.response_headers_policy_id()),
        compress: read.compress().unwrap_or_default(),
        viewers: read.viewer_protocol_policy().as_str().to_owned(),
    }
}

fn default(read: &DefaultCacheBehavior) -> Behaviour {
    Behaviour {
        path: "*".to_owned(),
        origin: read.target_origin_id().to_owned(),
        methods: methods(read.allowed_methods()),
        cache: Text::Known(read.cache_policy_id().unwrap_or_default().to_owned()),
        request_policy: filled(read.origin_request_policy_id()),
        response_policy: filled(read.response_headers_policy_id()),
        compress: read.compress().unwrap_or_default(),
        viewers: read.viewer_protocol_policy().as_str().to_owned(),
    }
}

fn filled(id: Option<&str>) -> Option<String> {
    id.filter(|id| !id.is_empty()).map(str::to_owned)
}

fn methods(methods: Option<&AllowedMethods>) -> BTreeSet<String> {
    let items = methods.map(AllowedMethods::items).unwrap_or_default();
    items.iter().map(Method::as_str).map(str::to_owned).collect()
}
