//! Instance types of EC2 and RDS, and the processor architecture that follows from them.
//!
//! AWS adds families every quarter, so the form is checked and a family that is not listed here is accepted;
//! whether the region offers the type is known only with AWS.

use std::fmt;
use std::str::FromStr;

use super::{Text, Wrong};
use crate::stack::{node::excerpt, suggest};

/// Families for general use and for memory, compute and storage, as of 2026, and those of 2013 that AWS still
/// has; used to mend misspellings.
const FAMILIES: [&str; 64] = [
    "a1", "c5", "c5a", "c5d", "c5n", "c6a", "c6g", "c6gd", "c6gn", "c6i", "c6id", "c6in", "c7a", "c7g",
    "c7gd", "c7gn", "c7i", "c8g", "c8gd", "c8i", "i3", "i4g", "i4i", "i7i", "i8g", "m1", "m3", "m5", "m5a",
    "m5d", "m6a", "m6g", "m6gd", "m6i", "m6id", "m7a", "m7g", "m7gd", "m7i", "m8g", "m8gd", "m8i", "r5",
    "r5a", "r5b", "r6a", "r6g", "r6gd", "r6i", "r7a", "r7g", "r7gd", "r7i", "r8g", "r8gd", "r8i", "t2", "t3",
    "t3a", "t4g", "x2gd", "x2idn", "x2iedn", "z1d",
];

const SIZES: [&str; 20] = [
    "nano", "micro", "small", "medium", "large", "xlarge", "2xlarge", "3xlarge", "4xlarge", "6xlarge",
    "8xlarge", "9xlarge", "12xlarge", "16xlarge", "18xlarge", "24xlarge", "32xlarge", "48xlarge", "metal",
    "10xlarge",
];

/// The processor architecture of a machine, in EC2's words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Architecture {
    /// AWS Graviton.
    Arm64,
    /// Intel and AMD.
    X86_64,
}

impl Architecture {
    /// The name that EC2 gives it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Arm64 => "arm64",
            Self::X86_64 => "x86_64",
        }
    }
}

/// An EC2 instance type, such as `m7g.large`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct InstanceType(String);

/// An RDS instance class, such as `db.m7g.large`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct DbInstanceType(String);

impl InstanceType {
    /// `m7g.large`: two virtual processors, 8 GiB.
    pub fn web_default() -> Self {
        Self("m7g.large".to_owned())
    }

    /// `m7g.large`, too: an index that is searched is in memory.
    pub fn search_default() -> Self {
        Self::web_default()
    }

    /// `t4g.small`: two virtual processors, 2 GiB.
    pub fn small_default() -> Self {
        Self("t4g.small".to_owned())
    }

    /// Its name.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it is of a generation without hardware virtualisation ("Virtualization types", EC2 user guide),
    /// which takes no encrypted volumes either ("Amazon EBS encryption", EBS user guide).
    pub fn is_paravirtual(&self) -> bool {
        ["c1", "m1", "m2", "t1"].contains(&self.family())
    }

    /// Its family, such as `m7g`.
    pub fn family(&self) -> &str {
        self.0.split('.').next().unwrap_or_default()
    }

    /// Whether its family is in the built-in list.
    pub fn is_known(&self) -> bool {
        FAMILIES.contains(&self.family())
    }

    /// The architecture of its processors. A `g` after the generation's number stands for Graviton
    /// (EC2 user guide, "Instance type naming conventions"); `a1` is older than the convention.
    pub fn architecture(&self) -> Architecture {
        let family = self.family();
        let options = family.trim_start_matches(|c: char| !c.is_ascii_digit());
        let options = options.trim_start_matches(|c: char| c.is_ascii_digit());
        if options.contains('g') || family == "a1" { Architecture::Arm64 } else { Architecture::X86_64 }
    }
}

impl DbInstanceType {
    /// `db.m7g.large`: two virtual processors, 8 GiB.
    pub fn database_default() -> Self {
        Self("db.m7g.large".to_owned())
    }

    /// Its name.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Its memory in GiB, as far as it follows from its name: families have so much for a processor, and sizes
    /// so many processors ("DB instance class types", RDS user guide).
    pub fn memory_gib(&self) -> Option<u32> {
        let (family, size) = self.0.strip_prefix("db.")?.split_once('.')?;
        let of_large = match family.chars().next()? {
            't' | 'm' => 8,
            'r' => 16,
            'c' => 4,
            _ => return None,
        };
        match size {
            "micro" => Some(of_large / 8),
            "small" => Some(of_large / 4),
            "medium" => Some(of_large / 2),
            "large" => Some(of_large),
            "xlarge" => Some(of_large * 2),
            _ => size.strip_suffix("xlarge")?.parse::<u32>().ok()?.checked_mul(of_large * 2),
        }
    }

    /// Whether its processors are shared and its performance depends on credits.
    pub fn is_burstable(&self) -> bool {
        self.0.starts_with("db.t")
    }
}

impl FromStr for InstanceType {
    type Err = Wrong;

    fn from_str(text: &str) -> Result<Self, Wrong> {
        if let Some(plain) = text.strip_prefix("db.")
            && check(plain).is_ok()
        {
            return Err(Wrong::new(
                format!("`{text}` is a class of database instances"),
                format!("write `{plain}`: the prefix `db.` belongs to RDS"),
            ));
        }
        check(text).map(|()| Self(text.to_owned())).map_err(|guess| mismatch::<Self>(text, "", guess))
    }
}

impl FromStr for DbInstanceType {
    type Err = Wrong;

    fn from_str(text: &str) -> Result<Self, Wrong> {
        let Some(plain) = text.strip_prefix("db.") else {
            return Err(match check(text) {
                Ok(()) => Wrong::new(
                    format!("`{text}` is a type of EC2 instances"),
                    format!("write `db.{text}`: the classes of RDS have the prefix `db.`"),
                ),
                Err(guess) => mismatch::<Self>(text, "db.", guess),
            });
        };
        check(plain).map(|()| Self(text.to_owned())).map_err(|guess| mismatch::<Self>(text, "db.", guess))
    }
}

pub(super) fn mismatch<T: Text>(text: &str, prefix: &str, guess: Option<String>) -> Wrong {
    let message = format!("expected {}, found `{}`", T::WHAT, excerpt(text));
    match guess {
        Some(guess) => Wrong::new(
            format!("{message}; did you mean `{prefix}{guess}`?"),
            format!("write `{prefix}{guess}`"),
        ),
        None => Wrong::new(message, T::example()),
    }
}

/// Checks `family.size`; a misspelling gives the type that is probably meant.
pub(super) fn check(text: &str) -> Result<(), Option<String>> {
    let Some((family, size)) = text.split_once('.') else { return Err(None) };
    let known_size = SIZES.contains(&size) || well_formed_size(size);
    let plausible = well_formed_family(family);
    if known_size && plausible {
        return Ok(());
    }
    let family = if plausible { Some(family) } else { suggest::nearest(family, FAMILIES) };
    let size = if known_size { Some(size) } else { suggest::nearest(size, SIZES) };
    Err(family.zip(size).map(|(family, size)| format!("{family}.{size}")))
}

/// Letters, the number of the generation, options: `m7g`, `x2iedn`, `u7i-12tb`.
fn well_formed_family(family: &str) -> bool {
    let rest = family.trim_start_matches(|c: char| c.is_ascii_lowercase());
    let letters = family.len() - rest.len();
    (1..=5).contains(&letters)
        && family.len() <= 16
        && rest.starts_with(|c: char| c.is_ascii_digit())
        && rest.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
        && !rest.ends_with('-')
}

/// `48xlarge`, `metal-24xl` and their like.
fn well_formed_size(size: &str) -> bool {
    let count = |text: &str, unit: &str| {
        text.strip_suffix(unit)
            .is_some_and(|n| (1..=3).contains(&n.len()) && n.bytes().all(|b| b.is_ascii_digit()))
    };
    count(size, "xlarge") || size.strip_prefix("metal-").is_some_and(|rest| count(rest, "xl"))
}

impl fmt::Display for InstanceType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for DbInstanceType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Text for InstanceType {
    const FORMAT: &'static str = "instance-type";
    const WHAT: &'static str = "an EC2 instance type";
    const EXAMPLES: &'static [&'static str] = &["m7g.large", "t4g.medium"];
}

impl Text for DbInstanceType {
    const FORMAT: &'static str = "db-instance-class";
    const WHAT: &'static str = "an RDS instance class";
    const EXAMPLES: &'static [&'static str] = &["db.m7g.large", "db.t4g.medium"];
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn graviton_is_told_by_its_letter() {
        for (name, architecture) in [
            ("m7g.large", Architecture::Arm64),
            ("t4g.nano", Architecture::Arm64),
            ("c7gn.16xlarge", Architecture::Arm64),
            ("a1.medium", Architecture::Arm64),
            ("is4gen.large", Architecture::Arm64),
            ("g5g.xlarge", Architecture::Arm64),
            ("m7i.large", Architecture::X86_64),
            ("m3.large", Architecture::X86_64),
            ("m1.small", Architecture::X86_64),
            ("g5.xlarge", Architecture::X86_64),
            ("g4dn.metal", Architecture::X86_64),
            ("m9z.48xlarge", Architecture::X86_64),
        ] {
            let instance: InstanceType = name.parse().unwrap();
            assert_eq!(instance.architecture(), architecture, "{name}");
        }
    }

    #[test]
    fn misspelt_types_are_told_the_right_one() {
        let message = |text: &str| text.parse::<InstanceType>().unwrap_err().message;
        assert_eq!(
            message("m7g.larg"),
            "expected an EC2 instance type, found `m7g.larg`; did you mean `m7g.large`?"
        );
        assert_eq!(
            message("m-7g.large"),
            "expected an EC2 instance type, found `m-7g.large`; did you mean `m7g.large`?"
        );
        assert_eq!(message("large"), "expected an EC2 instance type, found `large`");
        assert_eq!(
            "db.m7g.large".parse::<InstanceType>().unwrap_err().help,
            "write `m7g.large`: the prefix `db.` belongs to RDS"
        );
        assert_eq!(
            "m7g.large".parse::<DbInstanceType>().unwrap_err().help,
            "write `db.m7g.large`: the classes of RDS have the prefix `db.`"
        );
        assert!(
            "db.r6g.lrage"
                .parse::<DbInstanceType>()
                .unwrap_err()
                .message
                .ends_with("did you mean `db.r6g.large`?")
        );
        assert!("m7g.metal-24xl".parse::<InstanceType>().is_ok());
        assert!("u7i-12tb.224xlarge".parse::<InstanceType>().is_ok());
    }
}
