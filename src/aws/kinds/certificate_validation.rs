//! Certificate validation: the wait until a certificate is issued, as a resource that others can refer to.
//!
//! There is no such thing in AWS, so it lives in tags of the certificate: it is made by one call that writes
//! them, it is ready when the certificate is issued, and the list of certificates tells of it for free.

use std::collections::BTreeSet;

use aws_sdk_acm::types::{CertificateDetail, CertificateStatus, Tag};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::aws::glance::Glance;
use crate::aws::kind::{Changed, Found, Resource, Wish};
use crate::aws::tags::{self, Tags};
use crate::aws::{Aws, error};
use crate::model::live::Status;
use crate::model::schema::{Expected, INITIAL, Idempotency, REPLACES, ReplaceOrder, Schema};
use crate::model::spec::{Id, Kinded, Spec};
use crate::run::cloud::Farewell;
use crate::run::fault::Fault;

use super::acm;
use super::certificate::{self, Certificate};
use super::dns_record::DnsRecord;

/// A certificate that is issued. Its id is the certificate's.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CertificateValidation {
    /// The certificate.
    pub certificate: Id<Certificate>,
    /// The records that prove it: they are made first, and that is all that this is for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub records: Option<BTreeSet<Id<DnsRecord>>>,
}

impl Kinded for CertificateValidation {
    const KIND: &'static str = "certificate_validation";
}

/// What all of drucloud's tags begin with, and those of a validation on its certificate.
const OWN: &str = "drucloud:";
const VALIDATION: &str = "drucloud:validation:";

impl Resource for CertificateValidation {
    const SCHEMA: &'static Schema = &Schema {
        kind: "certificate_validation",
        title: "Issued certificate",
        rules: &[("certificate", REPLACES), ("records", INITIAL)],
        outputs: &[],
        changing_outputs: &[],
        data: None,
        order: ReplaceOrder::NewFirst,
        idempotency: Idempotency::Upsert,
        after: &[],
        expected: Expected { create: 150, update: 2, delete: 2 },
        canonical: Spec::canonical_as::<Self>,
    };

    async fn list(glance: &Glance<'_>) -> Result<Vec<Found<Self>>, Fault> {
        let all = acm::certificates(glance).await?;
        let found = all.0.iter().filter_map(|(detail, tags)| {
            let arn = detail.certificate_arn()?;
            let properties = Self { certificate: Id::known(arn), records: None };
            Some(Found::ours(glance.aws, arn, read(tags), properties)?.status(status(detail)))
        });
        Ok(found.collect())
    }

    async fn create(aws: &Aws, wish: &Wish<'_, Self>) -> Result<(), Fault> {
        acm::tag(aws, wish.want.certificate.as_str(), &write(&wish.order.tags)).await
    }

    /// Nothing of it can be changed in place.
    async fn update(_: &Aws, _: &Found<Self>, _: &Wish<'_, Self>, _: Changed<'_>) -> Result<(), Fault> {
        Ok(())
    }

    async fn delete(aws: &Aws, live: &Found<Self>, _: &Farewell) -> Result<(), Fault> {
        // A tag without a value is removed whatever its value is (API reference, RemoveTagsFromCertificate).
        let keys = write(&live.tags).into_keys().map(|key| Tag::builder().key(key).build());
        let keys = keys.collect::<Result<_, _>>().map_err(error::incomplete("acm:Tag"))?;
        let call = acm::of(aws, &live.id)
            .remove_tags_from_certificate()
            .certificate_arn(&live.id)
            .set_tags(Some(keys));
        call.send().await.map_err(error::delete("acm:RemoveTagsFromCertificate"))?;
        Ok(())
    }

    async fn tag(aws: &Aws, live: &Found<Self>, tags: &Tags) -> Result<(), Fault> {
        acm::tag(aws, &live.id, &write(tags)).await
    }
}

/// The certificate's own tags say which stack and environment it belongs to, and carry the user's.
fn is_shared(key: &str) -> bool {
    key == tags::STACK || key == tags::ENV
}

/// The tags of a validation as they stand on its certificate.
fn write(own: &Tags) -> Tags {
    own.iter()
        .filter(|(key, _)| !is_shared(key))
        .filter_map(|(key, value)| Some((format!("{VALIDATION}{}", key.strip_prefix(OWN)?), value.clone())))
        .collect()
}

/// The tags of the validation, from those of its certificate.
fn read(certificate: &Tags) -> Tags {
    certificate
        .iter()
        .filter_map(|(key, value)| {
            let own = key.strip_prefix(VALIDATION).map(|key| format!("{OWN}{key}"));
            Some((own.or_else(|| is_shared(key).then(|| key.clone()))?, value.clone()))
        })
        .collect()
}

fn status(detail: &CertificateDetail) -> Status {
    match detail.status() {
        Some(CertificateStatus::Issued) => Status::Ready,
        Some(CertificateStatus::PendingValidation) | None => Status::Pending("pending validation".to_owned()),
        Some(other) => Status::Failed(certificate::failure(detail, other)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tags(pairs: &[(&str, &str)]) -> Tags {
        pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn its_tags_stand_beside_those_of_the_certificate() {
        let own = tags(&[(tags::STACK, "shop"), (tags::ENV, "prod"), (tags::ADDRESS, "web.issued")]);
        let mut certificate =
            tags(&[(tags::STACK, "shop"), (tags::ENV, "prod"), (tags::ADDRESS, "web.cert")]);
        assert_eq!(tags::address(&read(&certificate), "shop", "prod"), None);
        certificate.extend(write(&own));
        assert_eq!(read(&certificate), own);
        assert_eq!(certificate[tags::ADDRESS], "web.cert");
    }

    #[test]
    fn it_is_ready_when_the_certificate_is_issued() {
        let at = |state| status(&CertificateDetail::builder().status(state).build());
        assert_eq!(at(CertificateStatus::Issued), Status::Ready);
        assert_eq!(
            at(CertificateStatus::PendingValidation),
            Status::Pending("pending validation".to_owned())
        );
        assert!(matches!(at(CertificateStatus::Failed), Status::Failed(_)));
    }
}
