//! AWS regions and their availability zones.
//!
//! A misspelt region shows otherwise only as a host name that does not resolve. The list is of the commercial
//! partition as of 2026; a region that is not in it but is well formed is accepted with a warning.

use std::fmt;
use std::str::FromStr;

use super::{Text, Wrong};
use crate::stack::{node::excerpt, suggest};

/// The regions of the commercial partition (AWS General Reference, "Regions and endpoints").
const REGIONS: [&str; 34] = [
    "af-south-1",
    "ap-east-1",
    "ap-east-2",
    "ap-northeast-1",
    "ap-northeast-2",
    "ap-northeast-3",
    "ap-south-1",
    "ap-south-2",
    "ap-southeast-1",
    "ap-southeast-2",
    "ap-southeast-3",
    "ap-southeast-4",
    "ap-southeast-5",
    "ap-southeast-6",
    "ap-southeast-7",
    "ca-central-1",
    "ca-west-1",
    "eu-central-1",
    "eu-central-2",
    "eu-north-1",
    "eu-south-1",
    "eu-south-2",
    "eu-west-1",
    "eu-west-2",
    "eu-west-3",
    "il-central-1",
    "me-central-1",
    "me-south-1",
    "mx-central-1",
    "sa-east-1",
    "us-east-1",
    "us-east-2",
    "us-west-1",
    "us-west-2",
];

/// The words between continent and number in the name of a region.
const QUARTERS: [&str; 9] =
    ["central", "east", "north", "northeast", "northwest", "south", "southeast", "southwest", "west"];

/// A region of AWS.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Region(String);

impl Region {
    /// Its name.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it is in the built-in list.
    pub fn is_known(&self) -> bool {
        REGIONS.contains(&self.as_str())
    }

    /// The region of the built-in list that is nearest to it.
    pub fn nearest(&self) -> Option<&'static str> {
        suggest::nearest(&self.0, REGIONS)
    }
}

impl FromStr for Region {
    type Err = Wrong;

    fn from_str(text: &str) -> Result<Self, Wrong> {
        if well_formed(text) {
            return Ok(Self(text.to_owned()));
        }
        // Of a zone, the region is what was meant.
        let zone = text.strip_suffix(|c: char| c.is_ascii_lowercase()).filter(|region| well_formed(region));
        let guess = zone.or_else(|| suggest::nearest(text, REGIONS));
        let message = format!("no region is named `{}`", excerpt(text));
        Err(match guess {
            Some(region) => {
                Wrong::new(format!("{message}; did you mean `{region}`?"), format!("write `{region}`"))
            }
            None => Wrong::new(message, Self::example()),
        })
    }
}

/// A continent, a quarter and a number.
fn well_formed(region: &str) -> bool {
    let parts: Vec<&str> = region.split('-').collect();
    match parts.as_slice() {
        [continent, quarter, number] => {
            continent.len() == 2
                && continent.bytes().all(|b| b.is_ascii_lowercase())
                && QUARTERS.contains(quarter)
                && matches!(number.as_bytes(), [b'1'..=b'9'])
        }
        _ => false,
    }
}

impl fmt::Display for Region {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Text for Region {
    const FORMAT: &'static str = "region";
    const WHAT: &'static str = "a region of AWS";
    const EXAMPLES: &'static [&'static str] = &["us-east-1", "eu-central-1"];
}

/// An availability zone: a region and a letter.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Zone {
    region: Region,
    letter: u8,
}

impl Zone {
    /// How many letters a zone can have, `a` to `h`: so many places every tier of subnets has.
    pub const LETTERS: u8 = 8;

    /// The region that it belongs to.
    pub fn region(&self) -> Region {
        self.region.clone()
    }

    /// The place of its letter in the alphabet: 0 for `a`.
    pub fn index(&self) -> u8 {
        self.letter - b'a'
    }
}

impl FromStr for Zone {
    type Err = Wrong;

    fn from_str(text: &str) -> Result<Self, Wrong> {
        if well_formed(text) {
            return Err(Wrong::new(
                format!("`{text}` is a region, not a zone of it"),
                format!("write `{text}a`, or a number of zones to let them be chosen"),
            ));
        }
        let last = text.bytes().next_back().filter(|letter| (b'a'..b'a' + Self::LETTERS).contains(letter));
        match last.zip(text.get(..text.len().saturating_sub(1))) {
            Some((letter, region)) if region.ends_with(|c: char| c.is_ascii_digit()) => {
                let region: Result<Region, Wrong> = region.parse();
                region
                    .map(|region| Self { region, letter })
                    .map_err(|wrong| Wrong { help: Self::example(), ..wrong })
            }
            _ => Err(Wrong::not::<Self>(text)),
        }
    }
}

impl fmt::Display for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.region, char::from(self.letter))
    }
}

impl Text for Zone {
    const FORMAT: &'static str = "zone";
    const WHAT: &'static str = "an availability zone";
    const EXAMPLES: &'static [&'static str] = &["us-east-1a", "eu-central-1b"];
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_listed_region_is_well_formed() {
        for name in REGIONS {
            assert_eq!(name.parse::<Region>().map(|region| region.is_known()), Ok(true), "{name}");
        }
        assert_eq!("eu-west-9".parse::<Region>().map(|region| region.is_known()), Ok(false));
    }

    #[test]
    fn a_misspelt_region_is_told_the_right_one() {
        for (text, message) in [
            ("us-esat-1", "no region is named `us-esat-1`; did you mean `us-east-1`?"),
            ("useast1", "no region is named `useast1`; did you mean `us-east-1`?"),
            ("us-east-1a", "no region is named `us-east-1a`; did you mean `us-east-1`?"),
            ("Frankfurt", "no region is named `Frankfurt`"),
        ] {
            assert_eq!(text.parse::<Region>().unwrap_err().message, message);
        }
    }

    #[test]
    fn a_zone_is_a_region_and_a_letter() {
        let zone: Zone = "us-east-1f".parse().unwrap();
        assert_eq!((zone.region().as_str(), zone.index()), ("us-east-1", 5));
        for text in ["us-east-1", "us-east-1z", "us-east-1-bos-1a", "a", "", "ä", "us-esat-1a"] {
            assert!(text.parse::<Zone>().is_err(), "{text}");
        }
    }
}
