//! Records of the forms that sections need.

use crate::aws::kinds::dns_record::{Alias, Answer, DnsRecord};
use crate::aws::kinds::hosted_zone::HostedZone;
use crate::model::spec::{Id, Text};

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

/// A name for something of AWS that has addresses.
pub(super) fn alias(zone: Id<HostedZone>, name: Text, alias: Alias) -> DnsRecord {
    DnsRecord { zone, name, r#type: "A".to_owned(), answer: Answer::Alias { alias } }
}
