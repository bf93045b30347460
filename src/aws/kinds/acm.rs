//! What the kinds of Certificate Manager share: one look at the certificates that are ours.
//!
//! ACM filters by no tag and lists no tags, and a certificate's name is its domain, which may well have other
//! certificates. So drucloud asks for P-256 keys only, and `ListCertificates` for that key type: accounts have
//! few of these (RSA is the default), one call a region tells that there are none, and each one that there is costs
//! one `ListTagsForCertificate`. Only what the tags call ours is described. Certificates can be in two regions: the
//! stack's own, and the one from which `CloudFront` takes them.

use std::collections::BTreeSet;
use std::rc::Rc;

use aws_sdk_acm::Client;
use aws_sdk_acm::types::{CertificateDetail, Filters, KeyAlgorithm, Tag};
use futures::future::try_join_all;

use crate::aws::glance::Glance;
use crate::aws::tags::{self, Tags};
use crate::aws::{Aws, error};
use crate::run::fault::{Class, Fault};

use super::certificate::CDN_REGION;

/// The key type of every certificate of ours: as strong as RSA 3072 and much faster to shake hands with.
pub const KEY: KeyAlgorithm = KeyAlgorithm::EcPrime256v1;

/// The environment's certificates, each with its tags.
pub struct Certificates(pub Vec<(CertificateDetail, Tags)>);

/// Reads them, once a look.
pub async fn certificates(glance: &Glance<'_>) -> Result<Rc<Certificates>, Fault> {
    let ask = || async {
        let regions = BTreeSet::from([glance.aws.region(), CDN_REGION]);
        let found = try_join_all(regions.into_iter().map(|region| all_in(glance.aws, region))).await?;
        Ok(Certificates(found.into_iter().flatten().collect()))
    };
    glance.once(ask).await
}

async fn all_in(aws: &Aws, region: &str) -> Result<Vec<(CertificateDetail, Tags)>, Fault> {
    let filter = Filters::builder().key_types(KEY).build();
    let client = aws.acm_in(region);
    let call = client.list_certificates().includes(filter).max_items(1000);
    let all: Result<Vec<_>, _> = call.into_paginator().items().send().collect().await;
    let all = all.map_err(error::read("acm:ListCertificates"))?;
    let arns = all.iter().filter_map(|summary| summary.certificate_arn());
    let found = try_join_all(arns.map(|arn| ours(aws, arn))).await?;
    Ok(found.into_iter().flatten().collect())
}

/// The client of the region that a certificate's ARN names.
pub fn of(aws: &Aws, arn: &str) -> Client {
    aws.acm_in(region_of(arn))
}

/// The region in an ARN: `arn:aws:acm:us-east-1:…`.
pub fn region_of(arn: &str) -> &str {
    arn.split(':').nth(3).unwrap_or_default()
}

/// The certificate, if it carries the environment's tags; one that was deleted since it was listed is none.
async fn ours(aws: &Aws, arn: &str) -> Result<Option<(CertificateDetail, Tags)>, Fault> {
    match described(aws, arn).await {
        Err(fault) if fault.class == Class::Gone => Ok(None),
        answer => answer,
    }
}

async fn described(aws: &Aws, arn: &str) -> Result<Option<(CertificateDetail, Tags)>, Fault> {
    let found = tags_of(aws, arn).await?;
    if tags::address(&found, &aws.scope.stack, &aws.scope.env).is_none() {
        return Ok(None);
    }
    let answer = of(aws, arn).describe_certificate().certificate_arn(arn).send().await;
    let answer = answer.map_err(error::read("acm:DescribeCertificate"))?;
    Ok(answer.certificate.map(|detail| (detail, found)))
}

/// The certificate with that ARN, whoever's it is.
pub async fn any(aws: &Aws, arn: &str) -> Result<Option<(CertificateDetail, Tags)>, Fault> {
    let call = of(aws, arn).describe_certificate().certificate_arn(arn).send().await;
    let answer = match call.map_err(error::read("acm:DescribeCertificate")) {
        Err(fault) if fault.class == Class::Gone => return Ok(None),
        answer => answer?,
    };
    let found = tags_of(aws, arn).await?;
    Ok(answer.certificate.map(|detail| (detail, found)))
}

async fn tags_of(aws: &Aws, arn: &str) -> Result<Tags, Fault> {
    let answer = of(aws, arn).list_tags_for_certificate().certificate_arn(arn).send().await;
    let answer = answer.map_err(error::read("acm:ListTagsForCertificate"))?;
    let pairs = answer.tags().iter();
    Ok(pairs.map(|tag| (tag.key().to_owned(), tag.value().unwrap_or_default().to_owned())).collect())
}

/// Tags in the type of the service.
pub fn tag_list(tags: &Tags) -> Result<Vec<Tag>, Fault> {
    let tag = |(key, value): (&String, &String)| Tag::builder().key(key).value(value).build();
    tags.iter().map(tag).collect::<Result<_, _>>().map_err(error::incomplete("acm:Tag"))
}

/// Writes tags.
pub async fn tag(aws: &Aws, arn: &str, tags: &Tags) -> Result<(), Fault> {
    let call = of(aws, arn).add_tags_to_certificate().certificate_arn(arn).set_tags(Some(tag_list(tags)?));
    call.send().await.map_err(error::update("acm:AddTagsToCertificate"))?;
    Ok(())
}
