//! Where a resource stands in the stack (`web.asg`) and a reference to one of its outputs (`web.asg.id`).
//!
//! Addresses are what users read, what tags carry and what flags name, so their form is narrow.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// The place of a resource in the stack: two or more dot-separated parts, such as `network.subnet.app-a`. Copies
/// share the text.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Address(Arc<str>);

/// Why a text is no address or reference.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("`{0}` is no address: expected lower-case parts joined by dots, such as `database.instance`")]
pub struct BadAddress(String);

impl Address {
    /// The address as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The first part: the section of the stack file that it belongs to.
    pub fn section(&self) -> &str {
        self.0.split('.').next().unwrap_or(&self.0)
    }

    /// The address without its section, dots as hyphens: the readable part of a derived name.
    pub fn short(&self) -> String {
        self.0.replace('.', "-")
    }

    /// A reference to one output of the resource at this address.
    #[must_use]
    pub fn output(&self, output: &str) -> Reference {
        Reference { address: self.clone(), output: output.to_owned() }
    }
}

impl FromStr for Address {
    type Err = BadAddress;

    fn from_str(text: &str) -> Result<Self, BadAddress> {
        let part = |p: &str| {
            p.starts_with(|c: char| c.is_ascii_lowercase() || c.is_ascii_digit())
                && p.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '_')
        };
        let parts: Vec<&str> = text.split('.').collect();
        if parts.len() >= 2 && text.len() <= 120 && parts.iter().all(|p| part(p)) {
            Ok(Self(text.into()))
        } else {
            Err(BadAddress(text.to_owned()))
        }
    }
}

impl TryFrom<String> for Address {
    type Error = BadAddress;
    fn try_from(text: String) -> Result<Self, BadAddress> {
        text.parse()
    }
}

impl From<Address> for String {
    fn from(address: Address) -> Self {
        address.0.as_ref().to_owned()
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// One output of a resource, written `address.output`. Outputs have no dots in their names.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Reference {
    /// The resource referred to.
    pub address: Address,
    /// The output, `id` for the physical id.
    pub output: String,
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.address, self.output)
    }
}

impl FromStr for Reference {
    type Err = BadAddress;

    fn from_str(text: &str) -> Result<Self, BadAddress> {
        let (address, output) = text.rsplit_once('.').ok_or_else(|| BadAddress(text.to_owned()))?;
        if output.is_empty() {
            return Err(BadAddress(text.to_owned()));
        }
        Ok(Self { address: address.parse()?, output: output.to_owned() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_narrow() {
        for good in ["web.asg", "network.subnet.app-a", "database.instance", "files.volume.1"] {
            assert_eq!(good.parse::<Address>().map(|a| a.to_string()).as_deref(), Ok(good));
        }
        for bad in ["", "web", "web.", ".web", "Web.asg", "web asg.x", "web..asg", "web.-a"] {
            assert!(bad.parse::<Address>().is_err(), "{bad}");
        }
    }

    #[test]
    fn references_end_in_the_output() {
        let reference: Reference = "network.subnet.app-a.id".parse().expect("a reference");
        assert_eq!(reference.address.as_str(), "network.subnet.app-a");
        assert_eq!(reference.output, "id");
        assert_eq!(reference.to_string(), "network.subnet.app-a.id");
    }
}
