//! What a change of a database's property does, where that depends on the values.

use std::cmp::Ordering;

use serde_json::Value;

use crate::model::schema::Effect;

use super::Storage;

const DOWNGRADE: Effect = Effect::Refused(
    "RDS cannot go back to an older version: restore a snapshot of that version into a new database instead",
);
const SHRINK: Effect = Effect::Refused(
    "storage can only grow: write the size that it has now, or move the data to a new, smaller database",
);
const STOPPED: Effect = Effect::Refused(
    "RDS starts a stopped database again after seven days: stop it by hand where that is enough, and run `up` to start it",
);

const UNMANAGED: Effect = Effect::Refused(
    "RDS would need another password in its place, and drucloud never holds one: leave it with RDS",
);

/// The numbers of a version: `8.4.3` is 8, 4, 3 and `5.7.44-rds.20240408` is 5, 7, 44, 20240408.
fn numbers(version: &str) -> Vec<u64> {
    let parts = version.split(['.', '-']);
    parts.filter_map(|part| part.parse().ok()).collect()
}

/// What a user calls the release: the `8.4` of `8.4.3`, the `10.11` of `10.11.14`.
fn release(numbers: &[u64]) -> &[u64] {
    &numbers[..numbers.len().min(2)]
}

/// Whether going from one version to the other needs `AllowMajorVersionUpgrade`.
pub fn is_major(from: &str, to: &str) -> bool {
    release(&numbers(from)) != release(&numbers(to))
}

/// The rule of `version`. A version that says less is the same as one that says more, and a lower last number
/// is no change either: AWS upgrades that by itself.
pub fn version(from: &Value, to: &Value) -> Effect {
    let (Some(from), Some(to)) = (from.as_str(), to.as_str()) else { return Effect::SomeInterruption };
    let (from, to) = (numbers(from), numbers(to));
    if from.starts_with(&to) || to.starts_with(&from) {
        return Effect::Initial;
    }
    match (from.cmp(&to), release(&from) == release(&to)) {
        (Ordering::Greater, true) => Effect::Initial,
        (Ordering::Greater, false) => DOWNGRADE,
        _ => Effect::SomeInterruption,
    }
}

/// The rule of `storage`.
pub fn storage(from: &Value, to: &Value) -> Effect {
    let read = |value: &Value| serde_json::from_value::<Storage>(value.clone()).ok();
    let (Some(live), Some(wish)) = (read(from), read(to)) else { return Effect::NoInterruption };
    if wish.gib < live.gib && !has_grown(&live, &wish) {
        SHRINK
    } else if differs(&live, &wish) {
        Effect::NoInterruption
    } else {
        Effect::Initial
    }
}

/// Whether a larger disk than wished is RDS's doing: it lets a disk grow up to its maximum, and rounds growth
/// up to a tenth of the size (API reference, `ModifyDBInstance`).
fn has_grown(live: &Storage, wish: &Storage) -> bool {
    wish.max_gib.is_some() || live.gib <= wish.gib + wish.gib.div_ceil(10)
}

fn differs(live: &Storage, wish: &Storage) -> bool {
    let other = |wish: Option<u32>, live: Option<u32>| wish.is_some() && wish != live;
    wish.gib > live.gib
        || wish.kind != live.kind
        || limit(wish, live.gib) != limit(live, live.gib)
        || other(wish.iops, live.iops)
        || other(wish.throughput, live.throughput)
}

/// The size up to which it grows by itself, if it does at that size.
pub fn limit(storage: &Storage, gib: u32) -> Option<u32> {
    storage.max_gib.filter(|max| *max > gib.max(storage.gib))
}

/// The rule of `backup_days`: switching backups on or off stops the disk for some seconds.
pub fn backup_days(from: &Value, to: &Value) -> Effect {
    let none = |value: &Value| value.as_u64().unwrap_or(0) == 0;
    if none(from) == none(to) { Effect::NoInterruption } else { Effect::SomeInterruption }
}

/// The rule of `parameters_applied`: RDS's own `no` is nothing that anyone wishes.
pub fn parameters_applied(_: &Value, to: &Value) -> Effect {
    if to == "no" { Effect::Initial } else { Effect::SomeInterruption }
}

/// The rule of `managed_password`.
pub fn managed_password(_: &Value, to: &Value) -> Effect {
    if to == false { UNMANAGED } else { Effect::NoInterruption }
}

/// The rule of `running`: starting what is stopped interrupts nothing.
pub fn running(_: &Value, to: &Value) -> Effect {
    if to == false { STOPPED } else { Effect::NoInterruption }
}

/// The rule of the windows: RDS writes days in small letters.
pub fn window(from: &Value, to: &Value) -> Effect {
    match (from.as_str(), to.as_str()) {
        (Some(from), Some(to)) if from.eq_ignore_ascii_case(to) => Effect::Initial,
        _ => Effect::NoInterruption,
    }
}

#[cfg(test)]
mod tests {
    use super::super::DbInstance;
    use super::*;
    use crate::aws::kind::Resource as _;
    use crate::model::diff::diff;
    use serde_json::json;

    #[test]
    fn versions_are_compared_as_far_as_they_say() {
        let cases = [
            ("8.4.3", "8.4", Effect::Initial),
            ("8.4.3", "8.4.3", Effect::Initial),
            ("8.4", "8.4.3", Effect::Initial),
            ("8.4.5", "8.4.3", Effect::Initial),
            ("8.4.3", "8.4.10", Effect::SomeInterruption),
            ("8.0.40", "8.4", Effect::SomeInterruption),
            ("10.6.21", "10.11", Effect::SomeInterruption),
            ("10.11.10", "10.6", DOWNGRADE),
            ("8.4.3", "8.0.40", DOWNGRADE),
            ("5.7.44-rds.20240408", "5.7", Effect::Initial),
            ("5.7.44-rds.20240408", "5.7.44-rds.20250103", Effect::SomeInterruption),
        ];
        for (from, to, effect) in cases {
            assert_eq!(version(&json!(from), &json!(to)), effect, "{from} -> {to}");
        }
        assert!(is_major("8.0.40", "8.4") && is_major("10.6.21", "10.11"));
        assert!(!is_major("8.4.3", "8.4.10"));
    }

    #[test]
    fn storage_grows_and_what_rds_let_grow_is_no_drift() {
        let live = json!({"gib": 120, "max_gib": 200, "type": "gp3", "iops": 3000, "throughput": 125});
        let rule = |to: Value| storage(&live, &to);
        assert_eq!(rule(json!({"gib": 120, "max_gib": 200, "type": "gp3"})), Effect::Initial);
        assert_eq!(rule(json!({"gib": 100, "max_gib": 200, "type": "gp3"})), Effect::Initial, "it has grown");
        assert_eq!(rule(json!({"gib": 100, "max_gib": 300, "type": "gp3"})), Effect::NoInterruption);
        assert_eq!(rule(json!({"gib": 100, "type": "gp3"})), SHRINK);
        assert_eq!(
            rule(json!({"gib": 110, "max_gib": 200, "type": "gp3"})),
            Effect::Initial,
            "it was rounded"
        );
        assert_eq!(rule(json!({"gib": 130, "max_gib": 200, "type": "gp3"})), Effect::NoInterruption);
        assert_eq!(rule(json!({"gib": 120, "type": "gp3"})), Effect::NoInterruption, "it shall not grow");
        assert_eq!(
            rule(json!({"gib": 120, "max_gib": 200, "type": "io1", "iops": 3000})),
            Effect::NoInterruption
        );
        assert_eq!(
            rule(json!({"gib": 120, "max_gib": 200, "type": "gp3", "iops": 4000})),
            Effect::NoInterruption
        );
    }

    #[test]
    fn the_speed_that_rds_sets_by_itself_is_not_taken_away() {
        let of = |storage: Value| serde_json::from_value(json!({ "storage": storage })).expect("properties");
        let live = json!({"gib": 100, "max_gib": 200, "type": "gp3", "iops": 3000, "throughput": 125});
        let to = |wish: Value| diff(&of(wish), &of(live.clone()), DbInstance::SCHEMA).remove(0).from;
        assert_eq!(
            to(json!({"gib": 120, "type": "gp3"})),
            json!({"gib": 100, "max_gib": 200, "type": "gp3"})
        );
        let provisioned = to(json!({"gib": 100, "max_gib": 200, "type": "gp3", "iops": 4000}));
        assert_eq!(provisioned, json!({"gib": 100, "max_gib": 200, "type": "gp3", "iops": 3000}));
    }

    #[test]
    fn a_limit_that_is_reached_is_none() {
        let live = json!({"gib": 200, "type": "gp3"});
        assert_eq!(storage(&live, &json!({"gib": 100, "max_gib": 200, "type": "gp3"})), Effect::Initial);
    }

    #[test]
    fn only_switching_backups_interrupts() {
        assert_eq!(backup_days(&json!(7), &json!(14)), Effect::NoInterruption);
        assert_eq!(backup_days(&json!(0), &json!(14)), Effect::SomeInterruption);
        assert_eq!(backup_days(&json!(7), &json!(0)), Effect::SomeInterruption);
    }

    #[test]
    fn only_a_wish_for_applied_parameters_restarts() {
        assert_eq!(parameters_applied(&json!("no"), &json!("yes")), Effect::SomeInterruption);
        assert_eq!(
            parameters_applied(&json!("yes"), &json!({"$ref": "database.parameters.applied"})),
            Effect::SomeInterruption
        );
        assert_eq!(parameters_applied(&json!("yes"), &json!("no")), Effect::Initial);
    }

    #[test]
    fn a_managed_password_stays_managed() {
        assert_eq!(managed_password(&json!(false), &json!(true)), Effect::NoInterruption);
        assert_eq!(managed_password(&json!(true), &json!(false)), UNMANAGED);
    }

    #[test]
    fn days_are_the_same_in_any_case() {
        assert_eq!(window(&json!("sun:03:00-sun:04:00"), &json!("Sun:03:00-Sun:04:00")), Effect::Initial);
        assert_eq!(
            window(&json!("sun:03:00-sun:04:00"), &json!("mon:03:00-mon:04:00")),
            Effect::NoInterruption
        );
    }
}
