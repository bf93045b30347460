//! AWS's clock, as its answers tell it.
//!
//! Leases and what is on record in them are compared by machines whose clocks differ: AWS takes signatures that are
//! five minutes off, and a lease lasts two. So moments are AWS's, not the machine's.

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use aws_smithy_types::DateTime;
use aws_smithy_types::date_time::Format;

/// Smaller differences are not followed: the header tells whole seconds, and answers travel.
const LEEWAY: i64 = 5_000;

/// How far AWS is ahead of this machine, in milliseconds.
#[derive(Debug, Default)]
pub(super) struct Clock(AtomicI64);

impl Clock {
    /// Milliseconds since 1970.
    pub fn now(&self) -> u64 {
        u64::try_from(machine() + self.0.load(Ordering::Relaxed)).unwrap_or_default()
    }

    /// Hears the `Date` of an answer. What cannot be read tells nothing.
    pub fn hear(&self, date: &str) {
        let Some(told) = DateTime::from_str(date, Format::HttpDate).ok().and_then(|at| at.to_millis().ok())
        else {
            return;
        };
        let ahead = told - machine();
        let before = self.0.load(Ordering::Relaxed);
        if ahead.abs() < LEEWAY {
            self.0.store(0, Ordering::Relaxed);
        } else if ahead.abs_diff(before) >= LEEWAY.unsigned_abs() {
            self.0.store(ahead, Ordering::Relaxed);
        }
    }
}

fn machine() -> i64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(now.as_millis()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn date(ahead: i64) -> String {
        let at = DateTime::from_millis(machine() + ahead);
        at.fmt(Format::HttpDate).expect("a date")
    }

    fn ahead(clock: &Clock) -> i64 {
        i64::try_from(clock.now()).expect("a moment") - machine()
    }

    #[test]
    fn another_clock_is_followed_and_a_small_difference_is_not() {
        let clock = Clock::default();
        clock.hear(&date(-2_000));
        assert!(ahead(&clock).abs() < 500, "{}", ahead(&clock));
        clock.hear(&date(-240_000));
        assert!((ahead(&clock) + 240_000).abs() < 2_000, "{}", ahead(&clock));
        let before = clock.0.load(Ordering::Relaxed);
        clock.hear(&date(-242_000));
        assert_eq!(clock.0.load(Ordering::Relaxed), before, "moments do not jump about");
        clock.hear("yesterday");
        assert_eq!(clock.0.load(Ordering::Relaxed), before);
        clock.hear(&date(0));
        assert!(ahead(&clock).abs() < 500, "the machine's clock was set right");
    }
}
