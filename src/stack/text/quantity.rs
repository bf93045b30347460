//! Sizes and durations: numbers that are written with their unit.
//!
//! AWS counts storage in GiB and most times in seconds, and says so only in its documentation. A unit in the
//! file leaves no doubt.

use std::fmt;
use std::str::FromStr;

use super::{Text, Wrong};

/// A size of storage, in whole GiB as AWS counts it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Size {
    gib: u32,
}

impl Size {
    /// A size of so many GiB.
    pub const fn from_gib(gib: u32) -> Self {
        Self { gib }
    }

    /// How many GiB it is.
    pub const fn gib(self) -> u32 {
        self.gib
    }
}

impl FromStr for Size {
    type Err = Wrong;

    fn from_str(text: &str) -> Result<Self, Wrong> {
        let (number, unit) = split(text);
        let Some(number) = number else { return Err(Wrong::not::<Self>(text)) };
        let factor = match unit {
            "GiB" => 1,
            "TiB" => 1024,
            "" => {
                return Err(Wrong::new(
                    format!("expected {}, found `{text}` without a unit", Self::WHAT),
                    format!("write `{number} GiB`"),
                ));
            }
            "GB" | "G" | "Gi" | "gb" | "gib" | "GIB" | "TB" | "T" | "Ti" | "tb" | "tib" | "TIB" => {
                let right = if unit.starts_with(['T', 't']) { "TiB" } else { "GiB" };
                return Err(Wrong::new(
                    format!("`{unit}` is not the unit that AWS counts storage in"),
                    format!("write `{number} {right}`"),
                ));
            }
            _ => return Err(Wrong::not::<Self>(text)),
        };
        let gib = number.checked_mul(factor).and_then(|gib| u32::try_from(gib).ok());
        gib.map(Self::from_gib).ok_or_else(|| Wrong::not::<Self>(text))
    }
}

impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.gib {
            gib if gib >= 1024 && gib % 1024 == 0 => write!(f, "{} TiB", gib / 1024),
            gib => write!(f, "{gib} GiB"),
        }
    }
}

impl Text for Size {
    const FORMAT: &'static str = "size";
    const WHAT: &'static str = "a size";
    const EXAMPLES: &'static [&'static str] = &["100 GiB", "2 TiB"];

    fn magnitude(&self) -> Option<u64> {
        Some(u64::from(self.gib))
    }
}

/// A length of time, in whole seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Duration {
    seconds: u32,
}

impl Duration {
    /// A duration of so many seconds.
    pub const fn from_seconds(seconds: u32) -> Self {
        Self { seconds }
    }

    /// How many seconds it is.
    pub const fn seconds(self) -> u32 {
        self.seconds
    }
}

const UNITS: [(&str, u32); 4] = [("d", 86_400), ("h", 3_600), ("m", 60), ("s", 1)];

impl FromStr for Duration {
    type Err = Wrong;

    fn from_str(text: &str) -> Result<Self, Wrong> {
        let (number, unit) = split(text);
        let Some(number) = number else { return Err(Wrong::not::<Self>(text)) };
        if unit.is_empty() {
            return Err(Wrong::new(
                format!("expected {}, found `{text}` without a unit", Self::WHAT),
                format!("write `{number}s` for seconds; `m`, `h` and `d` are minutes, hours and days"),
            ));
        }
        let Some((_, seconds)) = UNITS.iter().find(|(name, _)| *name == unit) else {
            let word =
                ["s", "m", "h", "d"].into_iter().find(|short| unit.to_ascii_lowercase().starts_with(short));
            return Err(match word {
                Some(short) if unit.bytes().all(|b| b.is_ascii_alphabetic()) => Wrong::new(
                    format!("`{unit}` is not a unit of time here"),
                    format!("write `{number}{short}`; the units are `s`, `m`, `h` and `d`"),
                ),
                _ => Wrong::not::<Self>(text),
            });
        };
        let total = number.checked_mul(u64::from(*seconds)).and_then(|total| u32::try_from(total).ok());
        total.map(Self::from_seconds).ok_or_else(|| Wrong::not::<Self>(text))
    }
}

impl fmt::Display for Duration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let whole =
            UNITS.iter().find(|(_, seconds)| self.seconds != 0 && self.seconds.is_multiple_of(*seconds));
        let (unit, seconds) = whole.unwrap_or(&("s", 1));
        write!(f, "{}{unit}", self.seconds / seconds)
    }
}

impl Text for Duration {
    const FORMAT: &'static str = "duration";
    const WHAT: &'static str = "a duration";
    const EXAMPLES: &'static [&'static str] = &["30s", "5m", "2h", "14d"];

    fn magnitude(&self) -> Option<u64> {
        Some(u64::from(self.seconds))
    }
}

/// The whole number that a text starts with, and what follows it.
fn split(text: &str) -> (Option<u64>, &str) {
    let digits = text.len() - text.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    (text[..digits].parse().ok(), text[digits..].trim())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_counted_in_gib() {
        assert_eq!("100 GiB".parse(), Ok(Size::from_gib(100)));
        assert_eq!("100GiB".parse(), Ok(Size::from_gib(100)));
        assert_eq!("2 TiB".parse(), Ok(Size::from_gib(2048)));
        assert_eq!(Size::from_gib(2048).to_string(), "2 TiB");
        assert_eq!(Size::from_gib(1500).to_string(), "1500 GiB");
    }

    #[test]
    fn a_wrong_size_is_told_its_right_spelling() {
        for (text, help) in [
            ("100 GB", "write `100 GiB`"),
            ("2TB", "write `2 TiB`"),
            ("100", "write `100 GiB`"),
            ("1.5 TiB", "write `100 GiB` or `2 TiB`"),
            ("big", "write `100 GiB` or `2 TiB`"),
            ("99999999999 TiB", "write `100 GiB` or `2 TiB`"),
            ("18446744073709551615 TiB", "write `100 GiB` or `2 TiB`"),
        ] {
            assert_eq!(text.parse::<Size>().unwrap_err().help, help, "{text}");
        }
    }

    #[test]
    fn durations_are_counted_in_seconds() {
        for (text, seconds) in
            [("30s", 30), ("5m", 300), ("2h", 7_200), ("14d", 1_209_600), ("0s", 0), ("90 s", 90)]
        {
            assert_eq!(text.parse(), Ok(Duration::from_seconds(seconds)), "{text}");
        }
        for (seconds, text) in [(0, "0s"), (90, "90s"), (120, "2m"), (86_400, "1d")] {
            assert_eq!(Duration::from_seconds(seconds).to_string(), text);
        }
        for (text, help) in [
            ("30", "write `30s` for seconds; `m`, `h` and `d` are minutes, hours and days"),
            ("5 minutes", "write `5m`; the units are `s`, `m`, `h` and `d`"),
            ("1h30m", "write `30s`, `5m`, `2h` or `14d`"),
            ("soon", "write `30s`, `5m`, `2h` or `14d`"),
            ("99999999999d", "write `30s`, `5m`, `2h` or `14d`"),
        ] {
            assert_eq!(text.parse::<Duration>().unwrap_err().help, help, "{text}");
        }
    }
}
