//! DNS record.

use crate::model::spec::Kinded;

/// A DNS record.
#[derive(Clone, Debug, PartialEq)]
pub struct DnsRecord;

impl Kinded for DnsRecord {
    const KIND: &'static str = "dns_record";
}
