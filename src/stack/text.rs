//! Values that are written as text with a grammar of their own: sizes, durations, address ranges, names.
//!
//! Each is one type with one parser. The checker, serde and the JSON Schema all use that parser, so that a
//! value is judged alike wherever it is met.

use std::fmt::Display;
use std::str::FromStr;

use thiserror::Error;

mod archive;
mod cache_node;
mod capacity;
mod cidr;
mod clock;
mod cron;
mod email;
mod finding;
mod git;
mod instance;
mod labels;
mod machine;
mod origin;
mod quantity;
mod region;
mod window;

pub use archive::{MirrorUrl, Sha512, SolrVersion};
pub use cache_node::CacheNodeType;
pub use capacity::Capacity;
pub use cidr::{Cidr, VpcCidr};
pub use clock::{Moment, TimeZone};
pub use cron::Cron;
pub use email::EmailAddress;
pub use finding::{AddressPattern, FindingId};
pub use git::{GitRef, GitUrl, HostKey, SecretName};
pub use instance::{Architecture, DbInstanceType, InstanceType};
pub use labels::{Domain, EnvironmentName, KindName, Label, ResourceName, StackName, TagKey, TagValue};
pub use machine::{CertificateChoice, Image, Snapshot, SslPolicy};
pub use origin::WebOrigin;
pub use quantity::{Duration, Size};
pub use region::{Region, Zone};
pub use window::{DailyWindow, WeeklyWindow};

use super::{algorithm::Algorithm, cache_engine::CacheEngine, engine::Engine};

/// Why a text is not what it should be, and what it should be.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{message}")]
pub struct Wrong {
    /// What is wrong, to follow the name of the key and a colon.
    pub message: String,
    /// What would be right.
    pub help: String,
}

impl Wrong {
    /// A refusal with its remedy.
    pub fn new(message: impl Into<String>, help: impl Into<String>) -> Self {
        Self { message: message.into(), help: help.into() }
    }

    /// The usual refusal: `expected <what>, found <text>`, with examples.
    pub(super) fn not<T: Text>(text: &str) -> Self {
        Self::new(format!("expected {}, found `{}`", T::WHAT, super::node::excerpt(text)), T::example())
    }
}

/// A type that is written as text.
pub trait Text: FromStr<Err = Wrong> + Display {
    /// The name of its grammar in the JSON Schema's `format`.
    const FORMAT: &'static str;
    /// What it is, with its article, to follow "expected".
    const WHAT: &'static str;
    /// Texts that are right.
    const EXAMPLES: &'static [&'static str];

    /// Its magnitude, for types that have a least and a greatest value.
    fn magnitude(&self) -> Option<u64> {
        None
    }

    /// "write ..." with the examples.
    fn example() -> String {
        format!("write {}", super::suggest::either(Self::EXAMPLES.iter().copied()))
    }
}

/// A grammar as the checker sees it.
pub struct Grammar {
    /// Its name in the schema.
    pub format: &'static str,
    /// What it is, with its article.
    pub what: &'static str,
    /// Judges a text and measures it.
    pub judge: fn(&str) -> Result<Option<u64>, Wrong>,
}

const fn grammar<T: Text>() -> Grammar {
    Grammar {
        format: T::FORMAT,
        what: T::WHAT,
        judge: |text| text.parse::<T>().map(|value| value.magnitude()),
    }
}

/// Every grammar there is.
pub static GRAMMARS: &[Grammar] = &[
    grammar::<AddressPattern>(),
    grammar::<Algorithm>(),
    grammar::<CacheEngine>(),
    grammar::<CacheNodeType>(),
    grammar::<CertificateChoice>(),
    grammar::<Cidr>(),
    grammar::<Cron>(),
    grammar::<DailyWindow>(),
    grammar::<DbInstanceType>(),
    grammar::<Domain>(),
    grammar::<Duration>(),
    grammar::<EmailAddress>(),
    grammar::<Engine>(),
    grammar::<EnvironmentName>(),
    grammar::<FindingId>(),
    grammar::<GitRef>(),
    grammar::<GitUrl>(),
    grammar::<HostKey>(),
    grammar::<Image>(),
    grammar::<InstanceType>(),
    grammar::<KindName>(),
    grammar::<Label>(),
    grammar::<Moment>(),
    grammar::<Region>(),
    grammar::<ResourceName>(),
    grammar::<SecretName>(),
    grammar::<Size>(),
    grammar::<Snapshot>(),
    grammar::<SslPolicy>(),
    grammar::<StackName>(),
    grammar::<TagKey>(),
    grammar::<TagValue>(),
    grammar::<TimeZone>(),
    grammar::<VpcCidr>(),
    grammar::<WebOrigin>(),
    grammar::<SolrVersion>(),
    grammar::<MirrorUrl>(),
    grammar::<Sha512>(),
    grammar::<WeeklyWindow>(),
    grammar::<Zone>(),
];

/// Gives text types what serde and schemars ask of them, all by way of their parser.
macro_rules! text_types {
    ($($name:ty),+ $(,)?) => {$(
        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = <String as serde::Deserialize>::deserialize(deserializer)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }

        impl schemars::JsonSchema for $name {
            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
                schemars::json_schema!({
                    "type": "string",
                    "format": <$name as Text>::FORMAT,
                    "examples": <$name as Text>::EXAMPLES,
                })
            }
        }
    )+};
}

text_types!(
    AddressPattern,
    Algorithm,
    CacheEngine,
    CacheNodeType,
    CertificateChoice,
    Cidr,
    Cron,
    DailyWindow,
    DbInstanceType,
    Domain,
    Duration,
    EmailAddress,
    Engine,
    EnvironmentName,
    FindingId,
    GitRef,
    GitUrl,
    HostKey,
    Image,
    InstanceType,
    KindName,
    Label,
    Moment,
    Region,
    ResourceName,
    SecretName,
    Size,
    Snapshot,
    SslPolicy,
    StackName,
    TagKey,
    TagValue,
    TimeZone,
    VpcCidr,
    WebOrigin,
    SolrVersion,
    MirrorUrl,
    Sha512,
    WeeklyWindow,
    Zone,
);

#[cfg(test)]
mod tests {
    use super::*;

    /// Examples are accepted, and written back as a text that is read as the same value.
    fn holds<T: Text + PartialEq + std::fmt::Debug>() {
        for example in T::EXAMPLES {
            let value: T =
                example.parse().unwrap_or_else(|wrong| panic!("{}: {example}: {wrong}", T::FORMAT));
            assert_eq!(value.to_string().parse::<T>().as_ref(), Ok(&value), "{}: {example}", T::FORMAT);
        }
        assert!(!T::EXAMPLES.is_empty() && T::WHAT.starts_with(['a', 'o', 't']), "{}", T::FORMAT);
        for hostile in ["", " ", "\u{0}", "ä", "9999999999999999999999", "-", "a:b:c:d:e:f", "{", "a/", "/"]
        {
            if let Err(wrong) = hostile.parse::<T>() {
                assert!(!wrong.message.is_empty() && !wrong.help.is_empty(), "{}: {hostile:?}", T::FORMAT);
            }
        }
    }

    #[test]
    fn every_example_is_accepted_and_survives_the_round_trip() {
        holds::<AddressPattern>();
        holds::<Algorithm>();
        holds::<CacheEngine>();
        holds::<CacheNodeType>();
        holds::<CertificateChoice>();
        holds::<Cidr>();
        holds::<Cron>();
        holds::<DailyWindow>();
        holds::<DbInstanceType>();
        holds::<Domain>();
        holds::<Duration>();
        holds::<EmailAddress>();
        holds::<Engine>();
        holds::<EnvironmentName>();
        holds::<FindingId>();
        holds::<GitRef>();
        holds::<GitUrl>();
        holds::<HostKey>();
        holds::<Image>();
        holds::<InstanceType>();
        holds::<KindName>();
        holds::<Label>();
        holds::<Moment>();
        holds::<Region>();
        holds::<ResourceName>();
        holds::<SecretName>();
        holds::<Size>();
        holds::<Snapshot>();
        holds::<SslPolicy>();
        holds::<StackName>();
        holds::<TagKey>();
        holds::<TagValue>();
        holds::<TimeZone>();
        holds::<VpcCidr>();
        holds::<WebOrigin>();
        holds::<SolrVersion>();
        holds::<MirrorUrl>();
        holds::<Sha512>();
        holds::<WeeklyWindow>();
        holds::<Zone>();
    }

    #[test]
    fn formats_are_unique() {
        let mut names: Vec<_> = GRAMMARS.iter().map(|grammar| grammar.format).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), GRAMMARS.len());
    }
}
