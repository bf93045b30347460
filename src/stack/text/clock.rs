//! Moments and time zones of scheduled scaling.
//!
//! EC2 Auto Scaling takes a moment in UTC and a zone by its IANA name.

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;

use super::{Text, Wrong};
use crate::stack::suggest;

/// A moment, to the second.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Moment(Timestamp);

impl Moment {
    /// Seconds since 1970 in UTC.
    pub fn unix_seconds(self) -> i64 {
        self.0.as_second()
    }
}

impl FromStr for Moment {
    type Err = Wrong;

    fn from_str(text: &str) -> Result<Self, Wrong> {
        text.parse().map(Self).map_err(|_| Wrong::not::<Self>(text))
    }
}

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.0}", self.0)
    }
}

impl Text for Moment {
    const FORMAT: &'static str = "moment";
    const WHAT: &'static str = "a moment with its offset from UTC";
    const EXAMPLES: &'static [&'static str] = &["2027-11-26T06:00:00Z", "2027-11-26T08:00:00+02:00"];
}

/// The IANA name of a time zone.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct TimeZone(String);

impl FromStr for TimeZone {
    type Err = Wrong;

    /// The name is looked up where this machine has the zone database; elsewhere its form must do.
    fn from_str(text: &str) -> Result<Self, Wrong> {
        let formed = text.len() <= 64
            && text.starts_with(|c: char| c.is_ascii_alphabetic())
            && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"/_+-".contains(&b));
        if !formed {
            return Err(Wrong::not::<Self>(text));
        }
        let mut known = jiff::tz::db().available().map(|name| name.to_string()).peekable();
        if known.peek().is_none() {
            return Ok(Self(text.to_owned()));
        }
        let known: Vec<String> = known.collect();
        if known.iter().any(|name| name == text) {
            return Ok(Self(text.to_owned()));
        }
        let guess = suggest::did_you_mean(text, known.iter().map(String::as_str));
        Err(Wrong::new(format!("no time zone is named `{text}`{guess}"), Self::example()))
    }
}

impl fmt::Display for TimeZone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Text for TimeZone {
    const FORMAT: &'static str = "time-zone";
    const WHAT: &'static str = "a time zone by its IANA name";
    const EXAMPLES: &'static [&'static str] = &["Europe/Berlin", "America/New_York"];
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_needs_its_offset() {
        assert_eq!(
            "2027-11-26T08:00:00+02:00".parse::<Moment>().unwrap().to_string(),
            "2027-11-26T06:00:00Z"
        );
        for text in ["2027-11-26", "2027-11-26T08:00:00", "tomorrow", "2027-13-01T00:00:00Z"] {
            assert!(text.parse::<Moment>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_time_zone_has_a_name() {
        for text in ["", "Europe/Berlin; rm", "../etc/passwd", "+02:00", "Mars/Olympus\u{0}"] {
            assert!(text.parse::<TimeZone>().is_err(), "{text:?}");
        }
        assert!("UTC".parse::<TimeZone>().is_ok());
    }
}
