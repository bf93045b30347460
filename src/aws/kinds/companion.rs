//! The TXT record that stands beside a DNS record of ours and holds its tags.

use aws_sdk_route53::types::{ResourceRecord, ResourceRecordSet, RrType};

use crate::aws::tags::Tags;
use crate::aws::{Aws, error, names};
use crate::run::fault::Fault;

use super::route53;

/// What every companion's name begins with.
const LABEL: &str = "_drucloud-";
/// What every tag begins with that is kept.
const KEY: &str = "drucloud:";

/// A companion.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Companion {
    /// Its own name. The environment is in it, so that two of them can have the same record.
    own: String,
    /// The name of its record.
    pub name: String,
    /// The type of its record.
    pub r#type: String,
    /// The tags; empty for one that is still to be written.
    pub tags: Tags,
}

impl Companion {
    /// The companion of this environment for a record.
    pub fn of(aws: &Aws, name: &str, r#type: &str) -> Self {
        let scope = names::digest(&format!("{}/{}", aws.scope.stack, aws.scope.env), 8);
        // An asterisk is a wildcard only as the first label.
        let beside = name.strip_prefix('*').map_or_else(|| name.to_owned(), |rest| format!("_any{rest}"));
        let own = format!("{LABEL}{}-{scope}.{beside}", r#type.to_ascii_lowercase());
        Self { own, name: name.to_owned(), r#type: r#type.to_owned(), tags: Tags::new() }
    }

    /// The record to write with these tags: one value of many strings, `key=value` each.
    pub fn write(&self, tags: &Tags) -> Result<ResourceRecordSet, Fault> {
        let about =
            [("name", &self.name), ("type", &self.r#type)].map(|(key, value)| format!("{key}={value}"));
        let tags = tags.iter().filter(|(key, _)| key.starts_with(KEY));
        let tags = tags.map(|(key, value)| format!("{key}={value}"));
        let strings: Vec<String> = about.into_iter().chain(tags).map(|text| route53::quote(&text)).collect();
        let incomplete = || error::incomplete("route53:ChangeResourceRecordSets");
        let value = ResourceRecord::builder().value(strings.join(" ")).build().map_err(incomplete())?;
        let set = ResourceRecordSet::builder().name(&self.own).r#type(RrType::Txt).ttl(300);
        set.resource_records(value).build().map_err(incomplete())
    }

    /// Whether that record is this companion.
    pub fn is(&self, set: &ResourceRecordSet) -> bool {
        set.r#type() == &RrType::Txt && route53::plain_name(set.name()) == self.own
    }

    /// Whether the other one stands for the same record, in another environment.
    pub fn is_for_the_same(&self, other: &Self) -> bool {
        self.own != other.own && self.name == other.name && self.r#type == other.r#type
    }

    fn read(set: &ResourceRecordSet) -> Option<Self> {
        let own = route53::plain_name(set.name());
        if set.r#type() != &RrType::Txt || !own.starts_with(LABEL) {
            return None;
        }
        let value = set.resource_records().first()?.value();
        let strings = route53::unquote(value);
        let mut pairs: Tags = (strings.iter().filter_map(|string| string.split_once('=')))
            .map(|(key, value)| (key.to_owned(), value.to_owned()))
            .collect();
        let (name, r#type) = (pairs.remove("name")?, pairs.remove("type")?);
        Some(Self { own, name, r#type, tags: pairs })
    }
}

/// Every companion among these records, of whatever environment.
pub fn all(sets: &[ResourceRecordSet]) -> impl Iterator<Item = Companion> + '_ {
    sets.iter().filter_map(Companion::read)
}
