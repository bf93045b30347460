//! One `ModifyDBInstance` with all that changes: RDS takes the next one only when it is done with the last.

use aws_sdk_rds::operation::modify_db_instance::builders::ModifyDBInstanceFluentBuilder as Call;
use aws_sdk_rds::types::CloudwatchLogsExportConfiguration;

use crate::aws::Aws;
use crate::aws::kind::{Changed, Found, Wish};

use super::create::{ids, signed};
use super::{Apply, DbInstance, Storage, rules};

/// What this call changes.
const PROPERTIES: &[&str] = &[
    "version",
    "class",
    "storage",
    "multi_az",
    "security_groups",
    "public",
    "parameter_group",
    "backup_days",
    "backup_window",
    "maintenance_window",
    "minor_upgrades",
    "logs",
    "performance_insights",
    "managed_password",
    "protect",
];

/// The call that makes the changes; `None` if none of them is its business.
pub fn call(
    aws: &Aws,
    live: &Found<DbInstance>,
    wish: &Wish<'_, DbInstance>,
    changed: Changed<'_>,
) -> Option<Call> {
    if !changed.any(PROPERTIES) {
        return None;
    }
    let call = aws
        .rds()
        .modify_db_instance()
        .db_instance_identifier(&live.id)
        .apply_immediately(wish.want.apply == Apply::Immediately);
    let call = machine(call, &live.properties, &wish.want, changed);
    let call = upkeep(call, &live.properties, &wish.want, changed);
    let call =
        if changed.has("storage") { disk(call, &live.properties.storage, &wish.want.storage) } else { call };
    Some(call.set_deletion_protection(changed.has("protect").then_some(wish.order.protect)))
}

/// What it runs on and who reaches it.
fn machine(call: Call, live: &DbInstance, want: &DbInstance, changed: Changed<'_>) -> Call {
    let upgrade = changed.has("version");
    // A major upgrade needs a parameter group of the new family in the same call.
    let group = upgrade || changed.has("parameter_group");
    let major = upgrade && rules::is_major(&live.version, &want.version);
    call.set_engine_version(upgrade.then(|| want.version.clone()))
        .set_allow_major_version_upgrade(major.then_some(true))
        .set_db_parameter_group_name(group.then(|| want.parameter_group.as_str().to_owned()))
        .set_db_instance_class(changed.has("class").then(|| want.class.clone()))
        .set_multi_az(changed.has("multi_az").then_some(want.multi_az))
        .set_vpc_security_group_ids(changed.has("security_groups").then(|| ids(&want.security_groups)))
        .set_publicly_accessible(changed.has("public").then_some(want.public))
}

/// Backups, windows, logs, the password's keeping.
fn upkeep(call: Call, live: &DbInstance, want: &DbInstance, changed: Changed<'_>) -> Call {
    let window = |name, value: &Option<String>| value.clone().filter(|_| changed.has(name));
    let logs = changed.has("logs").then(|| {
        CloudwatchLogsExportConfiguration::builder()
            .set_enable_log_types(Some(want.logs.difference(&live.logs).cloned().collect()))
            .set_disable_log_types(Some(live.logs.difference(&want.logs).cloned().collect()))
            .build()
    });
    let keeps = changed.has("managed_password").then_some(want.managed_password);
    call.set_backup_retention_period(changed.has("backup_days").then(|| signed(want.backup_days)))
        .set_preferred_backup_window(window("backup_window", &want.backup_window))
        .set_preferred_maintenance_window(window("maintenance_window", &want.maintenance_window))
        .set_auto_minor_version_upgrade(changed.has("minor_upgrades").then_some(want.minor_upgrades))
        .set_enable_performance_insights(
            changed.has("performance_insights").then_some(want.performance_insights),
        )
        .set_cloudwatch_logs_export_configuration(logs)
        .set_manage_master_user_password(keeps)
}

/// The disk. Size, operations and throughput go together: RDS wants the others, unchanged, when one changes.
fn disk(call: Call, live: &Storage, want: &Storage) -> Call {
    let gib = want.gib.max(live.gib);
    // A limit of its own size is RDS's way to say that it does not grow.
    let limit = rules::limit(want, gib).unwrap_or(gib);
    let call = call.set_max_allocated_storage(
        (rules::limit(want, live.gib) != rules::limit(live, live.gib)).then(|| signed(limit)),
    );
    let speed = |want: Option<u32>, live: Option<u32>| want.is_some() && want != live;
    if gib == live.gib
        && want.kind == live.kind
        && !speed(want.iops, live.iops)
        && !speed(want.throughput, live.throughput)
    {
        return call;
    }
    let kept = |value: Option<u32>| value.filter(|_| keeps_speed(live, want));
    let throughput = want.throughput.or(kept(live.throughput)).filter(|_| want.kind == "gp3");
    call.allocated_storage(signed(gib))
        .set_storage_type((want.kind != live.kind).then(|| want.kind.clone()))
        .set_iops(want.iops.or(kept(live.iops)).map(signed))
        .set_storage_throughput(throughput.map(signed))
}

/// Whether the disk's speed was and stays provisioned: `gp3` has a fixed one below 400 GiB ("Amazon RDS DB
/// instance storage", RDS user guide), and a larger one starts at another.
fn keeps_speed(live: &Storage, want: &Storage) -> bool {
    const PROVISIONED_FROM: u32 = 400;
    live.kind == want.kind
        && match want.kind.as_str() {
            "gp3" => live.gib >= PROVISIONED_FROM,
            kind => kind.starts_with("io"),
        }
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_sdk_rds::config::BehaviorVersion;
    use aws_sdk_rds::{Client, Config};

    fn storage(kind: &str, gib: u32, max_gib: Option<u32>, speed: Option<(u32, u32)>) -> Storage {
        let (iops, throughput) = speed.unzip();
        Storage { gib, max_gib, kind: kind.to_owned(), iops, throughput }
    }

    /// What the call says of limit, size, type, operations and throughput.
    type Said = (Option<i32>, Option<i32>, Option<String>, Option<i32>, Option<i32>);

    fn said(live: &Storage, want: &Storage) -> Said {
        let config = Config::builder().behavior_version(BehaviorVersion::latest()).build();
        let call = disk(Client::from_conf(config).modify_db_instance(), live, want);
        (
            *call.get_max_allocated_storage(),
            *call.get_allocated_storage(),
            call.get_storage_type().clone(),
            *call.get_iops(),
            *call.get_storage_throughput(),
        )
    }

    #[test]
    fn growth_says_what_rds_wants_to_hear_of_the_speed() {
        let small = storage("gp3", 100, None, Some((3000, 125)));
        assert_eq!(said(&small, &storage("gp3", 200, None, None)), (None, Some(200), None, None, None));
        // From 400 GiB on the least is 12,000: what it had below would be refused.
        assert_eq!(said(&small, &storage("gp3", 500, None, None)), (None, Some(500), None, None, None));
        let large = storage("gp3", 500, None, Some((12_000, 500)));
        assert_eq!(
            said(&large, &storage("gp3", 600, None, None)),
            (None, Some(600), None, Some(12_000), Some(500))
        );
        assert_eq!(
            said(&large, &storage("gp3", 500, None, Some((16_000, 500)))),
            (None, Some(500), None, Some(16_000), Some(500))
        );
    }

    #[test]
    fn another_type_takes_no_speed_along() {
        let provisioned = storage("io1", 500, None, Some((20_000, 0)));
        let want = storage("gp3", 500, None, None);
        assert_eq!(said(&provisioned, &want), (None, Some(500), Some("gp3".to_owned()), None, None));
    }

    #[test]
    fn a_limit_alone_leaves_the_disk_alone() {
        let live = storage("gp3", 120, Some(200), Some((3000, 125)));
        let want = |max| storage("gp3", 100, max, None);
        assert_eq!(said(&live, &want(Some(300))), (Some(300), None, None, None, None));
        assert_eq!(said(&live, &want(Some(110))), (Some(120), None, None, None, None), "it grows no more");
        assert_eq!(said(&live, &want(Some(200))), (None, None, None, None, None));
    }
}
