//! Certificate, proven by DNS records. It counts as ready once these records are known, because they are made
//! from its outputs; that it is issued is what a `certificate_validation` waits for.

use std::collections::BTreeSet;

use aws_sdk_acm::types::{CertificateDetail, CertificateStatus, ResourceRecord, ValidationMethod};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::aws::glance::Glance;
use crate::aws::kind::{Changed, Found, Resource, Wish};
use crate::aws::tags::{self, Tags};
use crate::aws::{Aws, error};
use crate::model::live::Status;
use crate::model::schema::{Expected, Idempotency, REPLACES, ReplaceOrder, Schema};
use crate::model::spec::{Kinded, Spec};
use crate::run::cloud::Farewell;
use crate::run::fault::{Class, Fault};

use super::acm;

/// The only region from which `CloudFront` takes certificates (developer guide, "Requirements for using SSL/TLS
/// certificates with CloudFront").
pub const CDN_REGION: &str = "us-east-1";

/// Proves to browsers that a load balancer or a CDN answers for a domain. Its key is a P-256 one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Certificate {
    /// The region of what shows it: for a load balancer the stack's, for a CDN `us-east-1`.
    pub region: String,
    /// The domain, in lower case.
    pub domain: String,
    /// Further names that it covers, in lower case; `*.` stands for any one label.
    pub alternatives: BTreeSet<String>,
}

impl Certificate {
    /// The names that have a validation record of their own, in the order in which outputs number them:
    /// `validation_name` and `validation_value` are the record of the first, `validation_name_1` and
    /// `validation_value_1` that of the second, and so on. A name and its wildcard share one.
    pub fn validated(&self) -> Vec<&str> {
        let mut names: Vec<&str> = Vec::new();
        for name in std::iter::once(&self.domain).chain(&self.alternatives) {
            let name = base(name);
            if !names.contains(&name) {
                names.push(name);
            }
        }
        names
    }
}

impl Kinded for Certificate {
    const KIND: &'static str = "certificate";
}

impl Resource for Certificate {
    const SCHEMA: &'static Schema = &Schema {
        kind: "certificate",
        title: "Certificate",
        rules: &[("region", REPLACES), ("domain", REPLACES), ("alternatives", REPLACES)],
        outputs: &[
            "validation_name",
            "validation_value",
            "validation_name_1",
            "validation_value_1",
            "validation_name_2",
            "validation_value_2",
            "validation_name_3",
            "validation_value_3",
            "validation_name_4",
            "validation_value_4",
            "validation_name_5",
            "validation_value_5",
        ],
        changing_outputs: &[],
        data: None,
        order: ReplaceOrder::NewFirst,
        // The token holds for an hour (API reference, RequestCertificate); after that, tags tell.
        idempotency: Idempotency::Token,
        after: &[],
        expected: Expected { create: 5, update: 2, delete: 3 },
        canonical: Spec::canonical_as::<Self>,
    };

    async fn list(glance: &Glance<'_>) -> Result<Vec<Found<Self>>, Fault> {
        let all = acm::certificates(glance).await?;
        let found = all.0.iter().filter_map(|(detail, tags)| found(glance.aws, detail, tags.clone()));
        Ok(found.collect())
    }

    async fn create(aws: &Aws, wish: &Wish<'_, Self>) -> Result<(), Fault> {
        let alternatives = &wish.want.alternatives;
        let client = aws.acm_in(&wish.want.region);
        let call = client.request_certificate().domain_name(&wish.want.domain).key_algorithm(acm::KEY);
        let call = call.validation_method(ValidationMethod::Dns);
        let call = call.idempotency_token(token(&wish.order.token));
        let call = call.set_subject_alternative_names(
            (!alternatives.is_empty()).then(|| alternatives.iter().cloned().collect()),
        );
        let call = call.set_tags(Some(acm::tag_list(&wish.order.tags)?));
        call.send().await.map_err(error::create("acm:RequestCertificate"))?;
        Ok(())
    }

    /// Nothing of it can be changed in place.
    async fn update(_: &Aws, _: &Found<Self>, _: &Wish<'_, Self>, _: Changed<'_>) -> Result<(), Fault> {
        Ok(())
    }

    async fn delete(aws: &Aws, live: &Found<Self>, _: &Farewell) -> Result<(), Fault> {
        let call = acm::of(aws, &live.id).delete_certificate().certificate_arn(&live.id).send().await;
        call.map_err(error::delete("acm:DeleteCertificate"))?;
        Ok(())
    }

    async fn tag(aws: &Aws, live: &Found<Self>, tags: &Tags) -> Result<(), Fault> {
        acm::tag(aws, &live.id, tags).await
    }

    async fn blockers(aws: &Aws, live: &Found<Self>) -> Result<Vec<String>, Fault> {
        let call = acm::of(aws, &live.id).describe_certificate().certificate_arn(&live.id).send().await;
        let answer = match call.map_err(error::read("acm:DescribeCertificate")) {
            Err(fault) if fault.class == Class::Gone => return Ok(Vec::new()),
            answer => answer?,
        };
        let users = answer.certificate().map(CertificateDetail::in_use_by).unwrap_or_default();
        Ok(users.iter().map(|arn| format!("{arn} uses it")).collect())
    }

    const ADOPTABLE: bool = true;

    async fn inspect(
        glance: &Glance<'_>,
        id: &str,
        claim: &Tags,
    ) -> Result<Option<(Found<Self>, Tags)>, Fault> {
        let Some((detail, has)) = acm::any(glance.aws, id).await? else { return Ok(None) };
        if detail.key_algorithm() != Some(&acm::KEY) {
            let key = detail.key_algorithm().map_or("another", aws_sdk_acm::types::KeyAlgorithm::as_str);
            let why = format!(
                "its key is {key}, and drucloud looks for certificates with keys of {} only: let the stack name its \
                 ARN instead",
                acm::KEY
            );
            return Err(Fault::fatal("acm:DescribeCertificate", why));
        }
        let found = found(glance.aws, &detail, tags::claimed(&has, claim));
        Ok(found.map(|found| (found, has)))
    }
}

/// A certificate as the stack would have written it, if these tags make it ours.
fn found(aws: &Aws, detail: &CertificateDetail, tags: Tags) -> Option<Found<Certificate>> {
    let properties = read(detail);
    let mut found = Found::ours(aws, detail.certificate_arn()?, tags, properties)?.status(status(detail));
    let names: Vec<String> = found.properties.validated().into_iter().map(str::to_owned).collect();
    for (index, name) in names.iter().enumerate() {
        if let Some(record) = record(detail, name) {
            let number = if index == 0 { String::new() } else { format!("_{index}") };
            found = found
                .output(&format!("validation_name{number}"), Some(absolute(record.name())))
                .output(&format!("validation_value{number}"), Some(absolute(record.value())));
        }
    }
    Some(found)
}

/// The token in the form that ACM takes: at most 32 letters, digits and underscores.
fn token(order: &str) -> String {
    order.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '_').take(32).collect()
}

/// The name under which the validation record of a name stands.
fn base(name: &str) -> &str {
    name.strip_prefix("*.").unwrap_or(name)
}

/// A DNS name without the dot that ACM writes at its end.
fn absolute(name: &str) -> &str {
    name.trim_end_matches('.')
}

fn read(detail: &CertificateDetail) -> Certificate {
    let domain = detail.domain_name().unwrap_or_default();
    // ACM counts the domain itself among the alternatives.
    let others = detail.subject_alternative_names().iter().filter(|name| *name != domain);
    Certificate {
        region: acm::region_of(detail.certificate_arn().unwrap_or_default()).to_owned(),
        domain: domain.to_owned(),
        alternatives: others.cloned().collect(),
    }
}

fn record<'a>(detail: &'a CertificateDetail, name: &str) -> Option<&'a ResourceRecord> {
    let options = detail.domain_validation_options().iter();
    options.filter(|option| base(option.domain_name()) == name).find_map(|option| option.resource_record())
}

fn status(detail: &CertificateDetail) -> Status {
    match detail.status() {
        Some(CertificateStatus::Issued) => Status::Ready,
        Some(CertificateStatus::PendingValidation) | None => {
            let known = read(detail).validated().iter().all(|name| record(detail, name).is_some());
            if known { Status::Ready } else { Status::Pending("no validation records yet".to_owned()) }
        }
        Some(other) => Status::Failed(failure(detail, other)),
    }
}

/// Why a certificate is of no use, in AWS's words.
pub fn failure(detail: &CertificateDetail, status: &CertificateStatus) -> String {
    match detail.failure_reason() {
        Some(reason) => format!("AWS reports the state `{status}`: {reason}"),
        None => format!("AWS reports the state `{status}`"),
    }
}

#[cfg(test)]
mod tests {
    use aws_sdk_acm::types::{DomainValidation, RecordType};

    use super::*;

    fn detail(status: CertificateStatus, names: &[&str], known: bool) -> CertificateDetail {
        let option = |name: &&str| {
            let record = ResourceRecord::builder()
                .name(format!("_x.{}.", base(name)))
                .r#type(RecordType::Cname)
                .value("_y.acm-validations.aws.")
                .build()
                .expect("a record");
            let option = DomainValidation::builder().domain_name(*name);
            option.set_resource_record(known.then_some(record)).build().expect("an option")
        };
        CertificateDetail::builder()
            .domain_name(names[0])
            .set_subject_alternative_names(Some(names.iter().rev().map(|name| (*name).to_owned()).collect()))
            .set_domain_validation_options(Some(names.iter().map(option).collect()))
            .status(status)
            .build()
    }

    #[test]
    fn a_name_and_its_wildcard_share_a_record_and_the_domain_comes_first() {
        let names = ["shop.example", "*.shop.example", "a.example", "www.a.example"];
        let certificate = read(&detail(CertificateStatus::Issued, &names, true));
        assert_eq!(certificate.alternatives.len(), 3);
        assert_eq!(certificate.validated(), ["shop.example", "a.example", "www.a.example"]);
    }

    #[test]
    fn it_is_ready_once_its_records_are_known() {
        let names = ["shop.example", "*.shop.example"];
        let pending = |known| status(&detail(CertificateStatus::PendingValidation, &names, known));
        assert_eq!(pending(true), Status::Ready);
        assert!(matches!(pending(false), Status::Pending(_)));
        let failed = status(&detail(CertificateStatus::ValidationTimedOut, &names, true));
        assert_eq!(failed, Status::Failed("AWS reports the state `VALIDATION_TIMED_OUT`".to_owned()));
    }

    #[test]
    fn tokens_fit() {
        assert_eq!(token("ab-c_1"), "abc_1");
        assert_eq!(token(&"0123456789".repeat(6)).len(), 32);
    }
}
