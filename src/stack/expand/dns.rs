//! Records of the forms that sections need.

use crate::aws::kinds::dns_record::{Alias, Answer, DnsRecord};
use crate::aws::kinds::hosted_zone::HostedZone;
use crate::model::spec::{Id, Text};
use crate::stack::mail::Record;

/// A name for another name.
pub(super) fn cname(zone: Id<HostedZone>, name: Text, value: Text, ttl: u32) -> DnsRecord {
    DnsRecord {
        zone,
        name,
        r#type: "CNAME".to_owned(),
        answer: Answer::Values { ttl, values: [value].into() },
    }
}

/// A name for an address.
pub(super) fn address(zone: Id<HostedZone>, name: Text, value: Text, ttl: u32) -> DnsRecord {
    DnsRecord { zone, name, r#type: "A".to_owned(), answer: Answer::Values { ttl, values: [value].into() } }
}

/// A name with one value of any type.
pub(super) fn value(zone: Id<HostedZone>, record: &Record, ttl: u32) -> DnsRecord {
    DnsRecord {
        zone,
        name: record.name.as_str().into(),
        r#type: record.r#type.to_owned(),
        answer: Answer::Values { ttl, values: [record.value.as_str().into()].into() },
    }
}

/// A name for something of AWS that has addresses: `A` for those of IP version 4, `AAAA` for those of 6.
pub(super) fn alias(zone: Id<HostedZone>, name: Text, r#type: &str, alias: Alias) -> DnsRecord {
    DnsRecord { zone, name, r#type: r#type.to_owned(), answer: Answer::Alias { alias } }
}
