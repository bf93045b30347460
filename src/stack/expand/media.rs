//! media: the bucket of the site's files, and the CDN in front of the files and of the site.
//!
//! What can be is done by policies that AWS manages: they cost no calls, and an account may have but 20 cache
//! policies of its own.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::json;

use crate::aws::kinds::bucket::{Bucket, Cors, Expiry};
use crate::aws::kinds::bucket_policy::BucketPolicy;
use crate::aws::kinds::cache_policy::{CachePolicy, Ttl};
use crate::aws::kinds::certificate::CDN_REGION;
use crate::aws::kinds::certificate_validation::CertificateValidation;
use crate::aws::kinds::distribution::{Behaviour, Distribution, Origin};
use crate::aws::kinds::origin_access_control::OriginAccessControl;
use crate::aws::policy::Policy;
use crate::model::graph::Handle;
use crate::model::spec::{Id, Text};
use crate::stack::media::Media;

use super::certificate;
use super::load_balancer::Balancer;
use super::{ExpandError, Plot};

/// The origins' names.
const SITE: &str = "site";
const MEDIA: &str = "media";

/// Managed policies ("Use managed cache policies", "... origin request policies", "... response headers
/// policies", CloudFront developer guide): nothing is cached.
const CACHING_DISABLED: &str = "4135ea2d-6df8-44a3-9df3-4b5a84be39ad";
/// Kept as long as the origin says, a day without a word; `Origin` is in the key, so that an answer to one site
/// is not given to another. Named after a service that it was made for.
const CACHED_BY_ORIGIN: &str = "08627262-05a9-4f76-9ded-b50ca2e3a84f";
/// All that the visitor sends, and what CloudFront knows of him: `CloudFront-Forwarded-Proto` among it.
const ALL_VIEWER: &str = "33f36d7e-f396-46d9-90e0-52428a34d9dc";
/// What a bucket needs to judge a question of CORS.
const CORS_OF_S3: &str = "88a5eaf4-2fd4-4709-b370-b4c650ea3fcf";
/// `nosniff` and its like; nginx adds them to what comes from the site.
const SECURITY_HEADERS: &str = "67f7725c-6f97-4210-82d7-5512b31e9d03";

/// Never cached: private files, and where people work.
const UNCACHED: [&str; 5] = ["/update.php", "/core/install.php", "/admin*", "/user*", "/system/files/*"];
/// Cached without cookies: files of the site's code and its public ones.
const STATIC: [&str; 13] = [
    "/sites/*/files/*",
    "/core/*",
    "/misc/*",
    "/themes/*",
    "/modules/*",
    "*.css",
    "*.js",
    "*.woff",
    "*.woff2",
    "*.ttf",
    "*.otf",
    "*.eot",
    "*.svg",
];
/// Where s3fs keeps public files in the bucket.
const IN_BUCKET: &str = "/s3fs-public/*";

const DAY: i64 = 86_400;
const YEAR: i64 = 365 * DAY;

/// The bucket.
pub(super) fn bucket(plot: &mut Plot<'_>, section: &Media) -> Result<Handle<Bucket>, ExpandError> {
    let days = i32::from(section.versions.days);
    let uploads = Expiry { uploads_days: Some(7), ..Expiry::default() };
    let mut lifecycle = BTreeMap::from([("unfinished-uploads".to_owned(), uploads)]);
    if days > 0 {
        let versions = Expiry { versions_days: Some(days), markers: true, ..Expiry::default() };
        lifecycle.insert("old-versions".to_owned(), versions);
    }
    let cors = Cors {
        origins: section.cors.iter().map(ToString::to_string).collect(),
        methods: words(&["GET", "HEAD"]),
        headers: words(&["*"]),
        exposed: words(&["ETag"]),
        max_age_seconds: 3000,
    };
    let bucket = Bucket {
        versioning: Some(days > 0),
        encryption: None,
        public_access_blocked: true,
        ownership: None,
        lifecycle: Some(lifecycle),
        cors: Some(if cors.origins.is_empty() { Vec::new() } else { vec![cors] }),
    };
    Ok(plot.add_data("media.bucket", &bucket)?)
}

/// The CDN, if there is one, and who may read the bucket.
pub(super) fn expand(
    plot: &mut Plot<'_>,
    section: &Media,
    bucket: &Handle<Bucket>,
    balancer: Option<&Balancer>,
) -> Result<Option<Handle<Distribution>>, ExpandError> {
    let cdn = section.cdn.then(|| cdn(plot, section, bucket, balancer)).transpose()?;
    let policy = BucketPolicy { bucket: bucket.id(), document: document(bucket, cdn.as_ref()) };
    plot.add("media.policy", &policy)?;
    Ok(cdn)
}

/// What the web nodes may do with the bucket.
pub(super) fn access(bucket: &Handle<Bucket>) -> Policy {
    let (arn, files) = arns(bucket);
    Policy::new(json!({
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Action": ["s3:GetBucketLocation", "s3:ListBucket", "s3:ListBucketVersions"],
                "Resource": arn,
            },
            {
                "Effect": "Allow",
                "Action": [
                    "s3:AbortMultipartUpload", "s3:DeleteObject", "s3:GetObject", "s3:GetObjectVersion",
                    "s3:ListMultipartUploadParts", "s3:PutObject",
                ],
                "Resource": files,
            },
        ],
    }))
}

/// Nothing without TLS; and of the distributions of AWS, this one reads.
pub(super) fn document(bucket: &Handle<Bucket>, cdn: Option<&Handle<Distribution>>) -> Policy {
    let (arn, files) = arns(bucket);
    let mut statements = vec![json!({
        "Sid": "TlsOnly",
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": [arn, files],
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    })];
    statements.extend(cdn.map(|cdn| {
        json!({
            "Sid": "Cdn",
            "Effect": "Allow",
            "Principal": {"Service": "cloudfront.amazonaws.com"},
            "Action": "s3:GetObject",
            "Resource": files,
            "Condition": {"StringEquals": {"AWS:SourceArn": Text::Ref(cdn.output("arn"))}},
        })
    }));
    Policy::new(json!({"Version": "2012-10-17", "Statement": statements}))
}

/// The bucket, and all that is in it.
fn arns(bucket: &Handle<Bucket>) -> (Text, Text) {
    let arn = Text::Ref(bucket.output("arn"));
    (arn.clone(), Text::Join(vec![arn, "/*".into()]))
}

fn cdn(
    plot: &mut Plot<'_>,
    section: &Media,
    bucket: &Handle<Bucket>,
    balancer: Option<&Balancer>,
) -> Result<Handle<Distribution>, ExpandError> {
    let access = OriginAccessControl { origin: "s3".to_owned(), signing: "always".to_owned() };
    let access = plot.add("media.access", &access)?;
    let files = Origin {
        domain: Text::Ref(bucket.output("domain_name")),
        access: Some(access.id()),
        protocol: None,
        timeout_seconds: None,
    };
    let mut origins = BTreeMap::from([(MEDIA.to_owned(), files)]);
    let mut behaviours = Vec::new();
    let certificate = shown(plot, balancer)?;
    if let Some(balancer) = balancer {
        let protocol = if plot.encrypted() { "https-only" } else { "http-only" };
        let site = Origin {
            domain: Text::Ref(balancer.alb.output("dns_name")),
            access: None,
            protocol: Some(protocol.to_owned()),
            // As long as the load balancer waits by default, and as AWS allows without asking.
            timeout_seconds: Some(60),
        };
        origins.insert(SITE.to_owned(), site);
        behaviours.extend(site_behaviours(plot)?);
    }
    let all = behaviours.is_empty();
    behaviours.insert(0, media_behaviour(if all { "*" } else { IN_BUCKET }));
    let domain = plot.environment.site.domain.as_ref().filter(|_| certificate.is_some());
    let distribution = Distribution {
        enabled: true,
        aliases: domain.iter().map(ToString::to_string).collect(),
        certificate,
        http_version: "http2and3".to_owned(),
        ipv6: true,
        price_class: section.price_class.as_str().to_owned(),
        origins,
        behaviours,
    };
    Ok(plot.add("media.cdn", &distribution)?)
}

/// The load balancer's certificate, or where that is in another region than `CloudFront` takes it from, one more.
fn shown(
    plot: &mut Plot<'_>,
    balancer: Option<&Balancer>,
) -> Result<Option<Id<CertificateValidation>>, ExpandError> {
    let Some(shared) = balancer.and_then(|balancer| balancer.certificate.clone()) else { return Ok(None) };
    if plot.region() == CDN_REGION {
        return Ok(Some(shared));
    }
    if let Some(zone) = plot.facts.public_zone.clone() {
        return certificate::expand(plot, "media.certificate", CDN_REGION, &zone);
    }
    let message = format!(
        "`media.cdn`: CloudFront needs a certificate in `{CDN_REGION}`, and the site's domain has no hosted \
         zone in this account with which one could be made"
    );
    let help = format!("write `region: {CDN_REGION}`, or `cdn: false`, or make the hosted zone");
    let problem = plot.environment.problem_at("media.cdn", message, help);
    Err(plot.environment.report(vec![problem]).into())
}

/// What is done with the site's paths: first what is never cached, then what always is, then the pages.
fn site_behaviours(plot: &mut Plot<'_>) -> Result<Vec<Behaviour>, ExpandError> {
    // What is in the key is all that the site is told of a visitor, so one's page is never another's. The
    // site's name is in it, because several sites can share the load balancer.
    let pages = CachePolicy {
        cookies: set(&["SESS*", "SSESS*"]),
        headers: set(&["cloudfront-forwarded-proto", "host"]),
        query_strings: true,
        ttl: Ttl { min_seconds: 0, default_seconds: 0, max_seconds: YEAR },
        compressed: true,
    };
    let pages = plot.add("media.cache.pages", &pages)?;
    let files = CachePolicy {
        cookies: BTreeSet::new(),
        headers: set(&["host", "origin"]),
        query_strings: true,
        ttl: Ttl { min_seconds: 0, default_seconds: DAY, max_seconds: YEAR },
        compressed: true,
    };
    let files = plot.add("media.cache.files", &files)?;
    let page = Behaviour {
        path: "*".to_owned(),
        origin: SITE.to_owned(),
        methods: set(&["DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"]),
        cache: Text::Ref(pages.output("id")),
        request_policy: None,
        response_policy: None,
        compress: true,
        viewers: "redirect-to-https".to_owned(),
    };
    let uncached = Behaviour {
        cache: CACHING_DISABLED.into(),
        request_policy: Some(ALL_VIEWER.to_owned()),
        ..page.clone()
    };
    let file = Behaviour {
        methods: set(&["GET", "HEAD", "OPTIONS"]),
        cache: Text::Ref(files.output("id")),
        ..page.clone()
    };
    let at = |path: &str, behaviour: &Behaviour| Behaviour { path: path.to_owned(), ..behaviour.clone() };
    let uncached = UNCACHED.iter().map(|path| at(path, &uncached));
    let files = STATIC.iter().map(|path| at(path, &file));
    Ok(uncached.chain(files).chain([page]).collect())
}

fn media_behaviour(path: &str) -> Behaviour {
    Behaviour {
        path: path.to_owned(),
        origin: MEDIA.to_owned(),
        methods: set(&["GET", "HEAD", "OPTIONS"]),
        cache: CACHED_BY_ORIGIN.into(),
        request_policy: Some(CORS_OF_S3.to_owned()),
        response_policy: Some(SECURITY_HEADERS.to_owned()),
        compress: true,
        viewers: "redirect-to-https".to_owned(),
    }
}

fn words(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

fn set(words: &[&str]) -> BTreeSet<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

#[cfg(test)]
mod tests;
