//! A certificate for the site's domain, the record that proves that the domain is ours, and the wait for it.

use crate::aws::kinds::certificate::Certificate;
use crate::aws::kinds::certificate_validation::CertificateValidation;
use crate::aws::kinds::dns_record::DnsRecord;
use crate::aws::lookup::PublicZone;
use crate::model::graph::Handle;
use crate::model::spec::{Id, Text};

use super::dns;
use super::{ExpandError, Plot};

/// A certificate in a region, under an address; none without a domain.
///
/// ACM has one validation record a domain and account, whatever the region ("DNS validation", user guide), so a
/// second certificate shares the record of the first.
pub(super) fn expand(
    plot: &mut Plot<'_>,
    address: &str,
    region: &str,
    zone: &PublicZone,
) -> Result<Option<Id<CertificateValidation>>, ExpandError> {
    let Some(domain) = &plot.environment.site.domain else { return Ok(None) };
    let certificate =
        Certificate { region: region.to_owned(), domain: domain.to_string(), alternatives: [].into() };
    let certificate = plot.add(address, &certificate)?;
    let record = if let Some(record) = plot.proof.clone() {
        record
    } else {
        let record = proof(plot, address, &certificate, zone)?;
        plot.proof.insert(record).clone()
    };
    let validation = CertificateValidation { certificate: certificate.id(), records: Some([record].into()) };
    Ok(Some(plot.add(&format!("{address}.validation"), &validation)?.id()))
}

fn proof(
    plot: &mut Plot<'_>,
    address: &str,
    certificate: &Handle<Certificate>,
    zone: &PublicZone,
) -> Result<Id<DnsRecord>, ExpandError> {
    let answer = |output| Text::Ref(certificate.output(output));
    let zone = Id::known(zone.id.clone());
    let record = dns::cname(zone, answer("validation_name"), answer("validation_value"), 300);
    Ok(plot.add(&format!("{address}.record"), &record)?.id())
}
