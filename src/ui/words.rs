//! The model's enums and numbers in words, said the same way everywhere.

use crate::model::address::Address;
use crate::model::check::{Check, Verdict};
use crate::model::diff::{Cause, Change};
use crate::model::lint::{Finding, Severity};
use crate::model::place::Place;
use crate::model::plan::{Action, Reason, Step};
use crate::model::schema::Effect;
use crate::run::event::{Class, Verb};

/// What a change does.
pub fn effect(effect: Effect) -> String {
    match effect {
        Effect::Initial => "only set on creation".to_owned(),
        Effect::NoInterruption => "no interruption".to_owned(),
        Effect::SomeInterruption => "some interruption".to_owned(),
        Effect::Replacement => "replacement".to_owned(),
        Effect::Refused(why) => format!("refused: {why}"),
    }
}

/// Where a difference comes from.
pub fn cause(cause: &Cause) -> String {
    match cause {
        Cause::Stack => "changed in the stack".to_owned(),
        Cause::Drift => "drifted in AWS".to_owned(),
        Cause::Follows(address) => format!("follows {address}"),
        Cause::Unrecorded => "differs: no record of what was applied".to_owned(),
    }
}

/// Why a step is in the plan.
pub fn reason(step: &Step) -> String {
    match &step.reason {
        Reason::Missing => "not there".to_owned(),
        Reason::Differs => causes(step.changes()),
        Reason::Failed(why) => format!("AWS reports: {why}"),
        Reason::NotInStack => "not in the stack any more".to_owned(),
        Reason::Duplicate => "second one at this address".to_owned(),
        Reason::Replaced => "another takes its place".to_owned(),
        Reason::Destroyed => "the environment is destroyed".to_owned(),
        Reason::Unfinished(what) if step.action == Action::Delete => format!("AWS is at it already: {what}"),
        Reason::Unfinished(what) => format!("AWS is still working on it: {what}"),
        Reason::Rebuilt(below) => format!("rebuilt because {below} below it is replaced"),
    }
}

/// The causes of several changes, once each: the stack, drift, what it follows, the rest.
fn causes(changes: &[Change]) -> String {
    let any = |wanted: &Cause| changes.iter().any(|change| change.cause == *wanted);
    let mut words: Vec<String> =
        [Cause::Stack, Cause::Drift].iter().filter(|wanted| any(wanted)).map(cause).collect();
    let mut followed: Vec<&Address> = Vec::new();
    for change in changes {
        if let Cause::Follows(address) = &change.cause
            && !followed.contains(&address)
        {
            followed.push(address);
        }
    }
    if !followed.is_empty() {
        words.push(format!("follows {}", list(&followed)));
    }
    if any(&Cause::Unrecorded) || words.is_empty() {
        words.push("differs".to_owned());
    }
    list(&words)
}

/// How much it matters.
pub fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Note => "note",
        Severity::Warning => "warning",
        Severity::Error => "error",
    }
}

/// The findings, the worst first, those that are accepted last; else as they came.
pub fn by_weight(findings: &[Finding]) -> Vec<&Finding> {
    let mut sorted: Vec<&Finding> = findings.iter().collect();
    sorted.sort_by_key(|finding| (finding.accepted.is_some(), std::cmp::Reverse(finding.severity)));
    sorted
}

/// How many checks ended how.
pub fn verdicts(checks: &[Check]) -> String {
    let count = |wanted: fn(&Verdict) -> bool| checks.iter().filter(|check| wanted(&check.verdict)).count();
    let passed = count(|verdict| *verdict == Verdict::Passed);
    let failed = count(|verdict| *verdict == Verdict::Failed);
    let unknown = checks.len() - passed - failed;
    let unknown = if unknown == 0 { String::new() } else { format!(", {unknown} could not be checked") };
    format!("{passed} passed, {failed} failed{unknown}")
}

/// A place as editors take it: `file:line:column`.
pub fn place(place: &Place) -> String {
    format!("{}:{}:{}", place.file, place.line, place.column)
}

/// `a`, `a and b`, `a, b and c`.
pub fn list<T: ToString>(items: &[T]) -> String {
    let words: Vec<String> = items.iter().map(ToString::to_string).collect();
    match words.split_last() {
        None => String::new(),
        Some((last, [])) => last.clone(),
        Some((last, rest)) => format!("{} and {last}", rest.join(", ")),
    }
}

/// `1 step`, `2 steps`.
pub fn count(number: usize, thing: &str) -> String {
    format!("{number} {thing}{}", if number == 1 { "" } else { "s" })
}

/// What is being done.
pub fn doing(verb: Verb) -> &'static str {
    match verb {
        Verb::Create => "creating",
        Verb::Update => "changing",
        Verb::Replace => "creating its successor",
        Verb::Delete => "deleting",
        Verb::Wait => "waiting for AWS",
    }
}

/// What was done.
pub fn done(verb: Verb) -> &'static str {
    match verb {
        Verb::Create => "created",
        Verb::Update => "changed",
        Verb::Replace => "replaced",
        Verb::Delete => "deleted",
        Verb::Wait => "ready",
    }
}

/// The symbol of what is done, at most three columns.
pub fn symbol(verb: Verb) -> &'static str {
    match verb {
        Verb::Create => "+",
        Verb::Update => "~",
        Verb::Replace => "-/+",
        Verb::Delete => "-",
        Verb::Wait => "…",
    }
}

/// Why a call is repeated.
pub fn class(class: Class) -> &'static str {
    match class {
        Class::Throttled => "throttled",
        Class::NotYet => "not visible everywhere yet",
        Class::Busy => "busy",
        Class::Unclear => "the answer was lost",
        Class::Unreachable => "endpoint not reached",
        Class::Exists => "already there",
        Class::InUse => "still in use",
        Class::Gone => "gone",
        Class::Denied => "not allowed",
        Class::Fatal => "refused",
    }
}

/// What to do about a failed step; AWS's error code is in the text of the error.
pub fn advice(error: &str, blocked: bool) -> &'static str {
    let table = [
        (
            ["LimitExceeded", "QuotaExceeded", "TooMany"],
            "ask for a higher limit in Service Quotas, or free some of what is used",
        ),
        (
            ["AccessDenied", "UnauthorizedOperation", "NotAuthorized"],
            "allow this operation to the identity that runs drucloud",
        ),
        (["ExpiredToken", "RequestExpired", "TokenRefreshRequired"], "log in again"),
        (
            [
                "InsufficientInstanceCapacity",
                "InsufficientDBInstanceCapacity",
                "InsufficientCacheClusterCapacity",
            ],
            "AWS has no such machine left there now: take another type, or try again later",
        ),
    ];
    if blocked {
        return "remove what stands in the way";
    }
    let known = table.iter().find(|(codes, _)| codes.iter().any(|code| error.contains(code)));
    known.map_or("mend what the error names", |(_, advice)| advice)
}

/// A span of time as a clock shows it: `45s`, `2m10s`, `1h02m`.
pub fn clock(millis: u64) -> String {
    let seconds = millis / 1000;
    match seconds {
        0..60 => format!("{seconds}s"),
        60..3600 => format!("{}m{:02}s", seconds / 60, seconds % 60),
        _ => format!("{}h{:02}m", seconds / 3600, seconds / 60 % 60),
    }
}

/// How long something took: like [`clock`], with tenths below ten seconds.
pub fn took(millis: u64) -> String {
    if millis < 10_000 { format!("{}.{}s", millis / 1000, millis % 1000 / 100) } else { clock(millis) }
}

/// Roughly how long something will take, in minutes.
pub fn about(seconds: u32) -> String {
    match seconds {
        0..60 => "less than a minute".to_owned(),
        60..3600 => format!("about {} min", seconds.div_ceil(60)),
        _ => format!("about {} h {} min", seconds / 3600, seconds % 3600 / 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_read_like_a_clock() {
        assert_eq!([0, 59_999, 130_000, 3_720_000].map(clock), ["0s", "59s", "2m10s", "1h02m"]);
        assert_eq!([0, 340, 9_999, 10_000].map(took), ["0.0s", "0.3s", "9.9s", "10s"]);
        assert_eq!([59, 60, 61, 836, 3660].map(about)[1..4], ["about 1 min", "about 2 min", "about 14 min"]);
    }

    #[test]
    fn lists_end_with_and() {
        assert_eq!(list::<&str>(&[]), "");
        assert_eq!(list(&["a"]), "a");
        assert_eq!(list(&["a", "b", "c"]), "a, b and c");
    }

    #[test]
    fn advice_follows_the_error_code() {
        assert!(advice("ec2:CreateVpc: VpcLimitExceeded: no", false).contains("Service Quotas"));
        assert!(advice("ec2:DeleteVpc: DependencyViolation", true).contains("in the way"));
        assert!(advice("iam:CreateRole: AccessDenied: no", false).contains("allow"));
        assert_eq!(advice("something else", false), "mend what the error names");
    }

    #[test]
    fn several_causes_are_said_once_each() {
        let change = |cause| Change {
            property: "x".into(),
            from: 1.into(),
            to: 2.into(),
            effect: Effect::NoInterruption,
            cause,
        };
        let follows = || Cause::Follows("a.b".parse().expect("an address"));
        assert_eq!(
            causes(&[change(follows()), change(Cause::Drift), change(follows()), change(Cause::Stack)]),
            "changed in the stack, drifted in AWS and follows a.b"
        );
        assert_eq!(causes(&[change(Cause::Unrecorded)]), "differs");
        assert_eq!(causes(&[]), "differs");
    }
}
