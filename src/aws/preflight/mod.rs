//! Preflight: what would fail in the apply fails in the plan.
//!
//! Each file here is a group of checks. A group asks AWS only about what the plan makes or changes, and nothing
//! if that is nothing; all groups ask at once, and what two of them need is asked once ([`Look`]). Nothing is
//! changed. What cannot be found out is told as such, never passed over.

use futures::future::{FutureExt as _, LocalBoxFuture, join_all};

use crate::model::address::Address;
use crate::model::check::{Check, Verdict};
use crate::model::lint::Severity;
use crate::model::place::Place;
use crate::model::plan::Plan;

use super::Aws;

mod bucket;
mod cache;
mod certificate;
mod database;
mod image;
mod look;
mod machine;
mod mail;
mod name;
mod network;
mod offer;
mod parameter;
mod permission;
mod quota;
mod secret;
mod zone;

pub use look::Look;
pub use secret::Secret;

/// What is checked, and what to do if it fails.
#[derive(Debug)]
pub struct Rule {
    /// A stable id, such as `quota-vpcs`.
    pub id: &'static str,
    /// What is found out: one sentence, for the reference.
    pub what: &'static str,
    /// How bad it is if it fails: after an error the apply would fail.
    pub severity: Severity,
    /// What to do about it.
    pub remedy: &'static str,
    /// The operations that are asked, such as `ec2:DescribeVpcs`.
    pub calls: &'static [&'static str],
}

/// One group of checks: its rules, and the function that asks.
struct Group {
    rules: &'static [&'static Rule],
    ask: for<'a> fn(&'a Look<'_>) -> LocalBoxFuture<'a, Vec<Check>>,
}

macro_rules! groups {
    ($($(#[$doc:meta])* $module:ident),* $(,)?) => {
        const GROUPS: &[Group] = &[
            $(Group { rules: $module::RULES, ask: |look| $module::check(look).boxed_local() }),*
        ];
    };
}

groups!(
    permission,
    quota,
    offer,
    image,
    database,
    cache,
    zone,
    name,
    network,
    certificate,
    bucket,
    secret,
    mail,
);

/// Every rule, in the order in which checks are told.
pub fn rules() -> impl Iterator<Item = &'static Rule> {
    GROUPS.iter().flat_map(|group| group.rules.iter().copied())
}

/// What a plan does not say and a check needs to know.
pub struct Wishes<'a> {
    /// The line of the stack that asks for a resource, and for this property of it.
    pub place: &'a dyn Fn(&Address, Option<&str>) -> Place,
    /// The secrets that the stack names.
    pub secrets: &'a [Secret],
}

/// Checks a plan: failed checks first, errors before warnings, then what could not be checked, then the rest.
///
/// A plan without steps is not asked about at all.
pub async fn run(aws: &Aws, plan: &Plan, wishes: &Wishes<'_>) -> Vec<Check> {
    if plan.steps.is_empty() {
        return Vec::new();
    }
    let look = Look::new(aws, plan, wishes);
    let answers = join_all(GROUPS.iter().map(|group| (group.ask)(&look))).await;
    let mut checks: Vec<Check> = answers.into_iter().flatten().collect();
    checks.sort_by_key(|check| match check.verdict {
        Verdict::Failed => (0, std::cmp::Reverse(Some(check.severity))),
        Verdict::Unknown { .. } => (1, std::cmp::Reverse(None)),
        Verdict::Passed => (2, std::cmp::Reverse(None)),
    });
    checks
}

/// The checks that the apply would fail after.
pub fn errors(checks: &[Check]) -> impl Iterator<Item = &Check> {
    checks.iter().filter(|check| check.is_error())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn rules_have_ids_of_their_own_and_say_what_they_are() {
        let ids: BTreeSet<&str> = rules().map(|rule| rule.id).collect();
        assert_eq!(ids.len(), rules().count());
        for rule in rules() {
            let well = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
            assert!(rule.id.chars().all(well), "{}", rule.id);
            assert!(rule.what.ends_with('.'), "{}: {}", rule.id, rule.what);
            assert!(!rule.remedy.is_empty() && !rule.remedy.ends_with('.'), "{}", rule.id);
            assert!(rule.calls.iter().all(|call| call.contains(':')), "{}", rule.id);
        }
    }
}
