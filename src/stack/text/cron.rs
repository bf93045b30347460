//! Cron expressions as EC2 Auto Scaling takes them: minute, hour, day of month, month, day of week.
//!
//! AWS checks them only when the scheduled action is created, in the middle of an apply; here before.

use std::fmt;
use std::str::FromStr;

use super::{Text, Wrong};

/// A recurrence in the five fields of cron.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Cron(String);

struct Field {
    name: &'static str,
    least: u8,
    greatest: u8,
    words: &'static [&'static str],
}

const MONTHS: [&str; 12] =
    ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const WEEKDAYS: [&str; 7] = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

const FIELDS: [Field; 5] = [
    Field { name: "minute", least: 0, greatest: 59, words: &[] },
    Field { name: "hour", least: 0, greatest: 23, words: &[] },
    Field { name: "day of month", least: 1, greatest: 31, words: &[] },
    Field { name: "month", least: 1, greatest: 12, words: &MONTHS },
    Field { name: "day of week", least: 0, greatest: 7, words: &WEEKDAYS },
];

impl Field {
    fn accepts(&self, text: &str) -> bool {
        text.split(',').all(|part| self.accepts_part(part))
    }

    fn accepts_part(&self, part: &str) -> bool {
        let (range, step) = part.split_once('/').map_or((part, None), |(range, step)| (range, Some(step)));
        let good_step =
            step.is_none_or(|step| number(step).is_some_and(|step| step > 0 && step <= self.greatest));
        let good_range = match range.split_once('-') {
            Some((from, to)) => self.value(from).zip(self.value(to)).is_some_and(|(from, to)| from <= to),
            None => range == "*" || self.value(range).is_some(),
        };
        good_step && good_range
    }

    fn value(&self, text: &str) -> Option<u8> {
        let word = self.words.iter().position(|word| text.eq_ignore_ascii_case(word));
        match word {
            Some(at) => u8::try_from(at).ok().map(|at| at + self.least),
            None => number(text).filter(|value| (self.least..=self.greatest).contains(value)),
        }
    }
}

fn number(text: &str) -> Option<u8> {
    text.parse().ok().filter(|_| text.bytes().all(|b| b.is_ascii_digit()))
}

impl FromStr for Cron {
    type Err = Wrong;

    fn from_str(text: &str) -> Result<Self, Wrong> {
        let fields: Vec<&str> = text.split_whitespace().collect();
        if fields.len() != FIELDS.len() {
            let help = "the fields are minute, hour, day of month, month and day of week: `0 8 * * mon-fri`";
            return Err(Wrong::new(
                format!("a cron expression has five fields, found {}", fields.len()),
                help,
            ));
        }
        for (field, value) in FIELDS.iter().zip(&fields) {
            if !field.accepts(value) {
                let words = match field.words {
                    [first, .., last] => format!(", a name from `{first}` to `{last}`"),
                    _ => String::new(),
                };
                return Err(Wrong::new(
                    format!(
                        "`{}` is no {} in a cron expression",
                        super::super::node::excerpt(value),
                        field.name
                    ),
                    format!(
                        "the {} is `*`, a number from {} to {}{words}, a range `a-b`, a step `*/n` or a list `a,b`",
                        field.name, field.least, field.greatest
                    ),
                ));
            }
        }
        Ok(Self(fields.join(" ")))
    }
}

impl fmt::Display for Cron {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Text for Cron {
    const FORMAT: &'static str = "cron";
    const WHAT: &'static str = "a cron expression";
    const EXAMPLES: &'static [&'static str] = &["0 8 * * mon-fri", "*/15 0-5,22 1 jan,jul *"];
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_checked_one_by_one() {
        for good in
            ["* * * * *", "0 0 1 1 0", "59 23 31 12 7", "0 8 * * MON-FRI", "0  8 *  * 1,2,3", "*/5 * * * *"]
        {
            assert!(good.parse::<Cron>().is_ok(), "{good}");
        }
        for (bad, message) in [
            ("0 8 * *", "a cron expression has five fields, found 4"),
            ("60 8 * * *", "`60` is no minute in a cron expression"),
            ("0 24 * * *", "`24` is no hour in a cron expression"),
            ("0 8 0 * *", "`0` is no day of month in a cron expression"),
            ("0 8 * foo *", "`foo` is no month in a cron expression"),
            ("0 8 * * fri-mon", "`fri-mon` is no day of week in a cron expression"),
            ("*/0 8 * * *", "`*/0` is no minute in a cron expression"),
            ("+5 8 * * *", "`+5` is no minute in a cron expression"),
            ("1, 8 * * *", "`1,` is no minute in a cron expression"),
        ] {
            assert_eq!(bad.parse::<Cron>().unwrap_err().message, message, "{bad}");
        }
    }
}
