//! The windows in which RDS makes backups and does maintenance, in UTC.
//!
//! RDS refuses windows that are shorter than half an hour or that overlap ("Working with backups" and
//! "Maintaining a DB instance" in the RDS user guide); here that is known before anything is called.

use std::fmt;
use std::str::FromStr;

use super::{Text, Wrong};

const DAY: u16 = 24 * 60;
const WEEK: u16 = 7 * DAY;
const SHORTEST: u16 = 30;
const DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

/// A time of each day from a start to an end, in minutes; it may run past midnight.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct DailyWindow {
    start: u16,
    minutes: u16,
}

/// A time of each week from a start to an end, in minutes; it may run past Sunday.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct WeeklyWindow {
    start: u16,
    minutes: u16,
}

impl DailyWindow {
    /// `03:00-04:00`
    pub const NIGHT: Self = Self { start: 3 * 60, minutes: 60 };
}

impl WeeklyWindow {
    /// `sun:04:30-sun:05:30`
    pub const SUNDAY: Self = Self { start: 6 * DAY + 4 * 60 + 30, minutes: 60 };

    /// Whether it shares a minute with the daily window on any day.
    pub fn overlaps(self, daily: DailyWindow) -> bool {
        (0..7).map(|day| day * DAY + daily.start).any(|start| {
            let into = (start + WEEK - self.start) % WEEK;
            into < self.minutes || (self.start + WEEK - start) % WEEK < daily.minutes
        })
    }
}

impl FromStr for DailyWindow {
    type Err = Wrong;

    fn from_str(text: &str) -> Result<Self, Wrong> {
        let ends = text.split_once('-').and_then(|(from, to)| Some((time(from)?, time(to)?)));
        let Some((start, end)) = ends else { return Err(Wrong::not::<Self>(text)) };
        let minutes = (end + DAY - start) % DAY;
        long_enough(minutes, text)?;
        Ok(Self { start, minutes })
    }
}

impl FromStr for WeeklyWindow {
    type Err = Wrong;

    fn from_str(text: &str) -> Result<Self, Wrong> {
        let ends = text.split_once('-').and_then(|(from, to)| Some((day_time(from)?, day_time(to)?)));
        let Some((start, end)) = ends else {
            return Err(match text.parse::<DailyWindow>() {
                Ok(daily) => Wrong::new(
                    format!("`{text}` does not say which day of the week"),
                    format!("write `{}`", Self { start: 6 * DAY + daily.start, ..Self::from(daily) }),
                ),
                Err(_) => Wrong::not::<Self>(text),
            });
        };
        let minutes = (end + WEEK - start) % WEEK;
        long_enough(minutes, text)?;
        if minutes > DAY {
            return Err(Wrong::new(
                format!("`{text}` is longer than a day"),
                "RDS takes a maintenance window of 30 minutes to 24 hours",
            ));
        }
        Ok(Self { start, minutes })
    }
}

impl From<DailyWindow> for WeeklyWindow {
    fn from(daily: DailyWindow) -> Self {
        Self { start: daily.start, minutes: daily.minutes }
    }
}

fn long_enough(minutes: u16, text: &str) -> Result<(), Wrong> {
    if minutes >= SHORTEST {
        return Ok(());
    }
    let message = format!("`{text}` is shorter than {SHORTEST} minutes");
    Err(Wrong::new(message, format!("RDS needs a window of at least {SHORTEST} minutes")))
}

/// Minutes since midnight of `hh:mm`.
fn time(text: &str) -> Option<u16> {
    let (hours, minutes) = text.trim().split_once(':')?;
    let number = |digits: &str, limit: u16| {
        let well_formed = digits.len() == 2 && digits.bytes().all(|b| b.is_ascii_digit());
        digits.parse::<u16>().ok().filter(|number| well_formed && *number < limit)
    };
    Some(number(hours, 24)? * 60 + number(minutes, 60)?)
}

/// Minutes since Monday's midnight of `ddd:hh:mm`.
fn day_time(text: &str) -> Option<u16> {
    let (day, clock) = text.trim().split_once(':')?;
    let day = DAYS.iter().position(|name| day.eq_ignore_ascii_case(name))?;
    Some(u16::try_from(day).ok()? * DAY + time(clock)?)
}

impl fmt::Display for DailyWindow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let end = (self.start + self.minutes) % DAY;
        write!(f, "{:02}:{:02}-{:02}:{:02}", self.start / 60, self.start % 60, end / 60, end % 60)
    }
}

impl fmt::Display for WeeklyWindow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let point = |at: u16| {
            let day = DAYS[usize::from(at / DAY) % DAYS.len()];
            format!("{day}:{:02}:{:02}", at % DAY / 60, at % 60)
        };
        write!(f, "{}-{}", point(self.start), point((self.start + self.minutes) % WEEK))
    }
}

impl Text for DailyWindow {
    const FORMAT: &'static str = "daily-window";
    const WHAT: &'static str = "a time of day from-to, in UTC";
    const EXAMPLES: &'static [&'static str] = &["03:00-04:00", "23:30-00:30"];
}

impl Text for WeeklyWindow {
    const FORMAT: &'static str = "weekly-window";
    const WHAT: &'static str = "a time of the week from-to, in UTC";
    const EXAMPLES: &'static [&'static str] = &["sun:04:30-sun:05:30", "sun:23:30-mon:00:30"];
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn overlap_is_seen_on_every_day_and_round_the_week() {
        let cases = [
            ("sun:04:30-sun:05:30", "03:00-04:00", false),
            ("sun:04:00-sun:05:00", "03:00-04:00", false),
            ("sun:03:59-sun:05:00", "03:00-04:00", true),
            ("sun:02:00-sun:03:00", "03:00-04:00", false),
            ("sun:02:00-sun:03:01", "03:00-04:00", true),
            ("sun:23:30-mon:00:30", "00:00-01:00", true),
            ("sun:23:30-mon:00:30", "23:00-23:30", false),
            ("mon:00:00-mon:00:30", "23:45-00:15", true),
            ("wed:03:15-wed:03:45", "03:00-04:00", true),
            ("tue:00:00-wed:00:00", "12:00-13:00", true),
        ];
        for (weekly, daily, expected) in cases {
            let overlap = weekly.parse::<WeeklyWindow>().unwrap().overlaps(daily.parse().unwrap());
            assert_eq!(overlap, expected, "{weekly} {daily}");
        }
    }

    #[test]
    fn windows_that_rds_refuses_are_refused() {
        for text in
            ["3:00-4:00", "03:00", "03:00-03:29", "24:00-01:00", "03:60-04:30", "03:00-03:00", "ab:cd-ef:gh"]
        {
            assert!(text.parse::<DailyWindow>().is_err(), "{text}");
        }
        for text in ["sun:04:30", "son:04:30-sun:05:30", "sun:04:30-sun:04:45", "mon:00:00-wed:00:00"] {
            assert!(text.parse::<WeeklyWindow>().is_err(), "{text}");
        }
        let wrong = "04:30-05:30".parse::<WeeklyWindow>().unwrap_err();
        assert_eq!(wrong.help, "write `sun:04:30-sun:05:30`");
        assert_eq!(WeeklyWindow::SUNDAY.to_string(), "sun:04:30-sun:05:30");
        assert_eq!(DailyWindow::NIGHT.to_string(), "03:00-04:00");
    }
}
