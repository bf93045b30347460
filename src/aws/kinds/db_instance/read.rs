//! A database as RDS describes it, in the shape in which the stack would have written it.

use std::collections::BTreeSet;

use aws_sdk_rds::types::{DbInstance as Described, Endpoint, PendingModifiedValues};

use crate::aws::Aws;
use crate::aws::kind::Found;
use crate::aws::tags;
use crate::model::live::Status;
use crate::model::spec::{Id, Text};

use super::{Apply, DbInstance, Storage, status};

/// The value of `parameters_applied` when no parameter waits for a restart.
pub fn applied() -> Text {
    "yes".into()
}

/// The database, if it is this environment's.
pub fn found(aws: &Aws, instance: &Described) -> Option<Found<DbInstance>> {
    found_with(aws, instance, tags::read!(instance.tag_list()))
}

/// The database, if these tags make it this environment's.
pub fn found_with(aws: &Aws, instance: &Described, tags: tags::Tags) -> Option<Found<DbInstance>> {
    let id = instance.db_instance_identifier().unwrap_or_default();
    let mut found = Found::ours(aws, id, tags, properties(instance))?;
    found.status = status::status(instance.db_instance_status().unwrap_or("unknown"));
    if found.properties.running {
        found.status = status::with_parameters(found.status, parameters(instance).1);
        if instance.endpoint().is_none() && found.status == Status::Ready {
            // Between `creating` and `available` it may have none for a moment, and dependents need it.
            found.status = Status::Pending("waiting for its endpoint".to_owned());
        }
    }
    found.protected |= instance.deletion_protection().unwrap_or(false);
    found.born = instance
        .instance_create_time()
        .and_then(|time| time.to_millis().ok()?.try_into().ok())
        .or(found.born);
    let endpoint = instance.endpoint();
    let found = found
        .output("endpoint", endpoint.and_then(|endpoint| endpoint.address()))
        .output("port", endpoint.and_then(Endpoint::port).map(|port| port.to_string()))
        .output("secret_arn", instance.master_user_secret().and_then(|secret| secret.secret_arn()))
        .output("arn", instance.db_instance_arn())
        .output("resource_id", instance.dbi_resource_id());
    Some(found)
}

/// The parameter group's name and how far it is applied.
fn parameters(instance: &Described) -> (&str, &str) {
    let group = instance.db_parameter_groups().first();
    let name = group.and_then(|group| group.db_parameter_group_name()).unwrap_or_default();
    (name, group.and_then(|group| group.parameter_apply_status()).unwrap_or("in-sync"))
}

/// What is pending counts as made: it needs no other order, only time.
fn properties(instance: &Described) -> DbInstance {
    let pending = instance.pending_modified_values();
    let class = pending.and_then(PendingModifiedValues::db_instance_class).or(instance.db_instance_class());
    let version = pending.and_then(PendingModifiedValues::engine_version).or(instance.engine_version());
    let subnets = instance.db_subnet_group().and_then(|group| group.db_subnet_group_name());
    let days = pending
        .and_then(PendingModifiedValues::backup_retention_period)
        .or(instance.backup_retention_period());
    let text = |value: Option<&str>| value.unwrap_or_default().to_owned();
    let (group, apply_status) = parameters(instance);
    DbInstance {
        engine: text(instance.engine()),
        version: text(version),
        class: text(class),
        storage: storage(instance, pending),
        encrypted: instance.storage_encrypted().unwrap_or(false),
        multi_az: pending.and_then(PendingModifiedValues::multi_az).or(instance.multi_az()).unwrap_or(false),
        subnet_group: Id::known(text(
            pending.and_then(PendingModifiedValues::db_subnet_group_name).or(subnets),
        )),
        security_groups: (instance.vpc_security_groups().iter())
            .filter(|group| group.status() != Some("removing"))
            .filter_map(|group| group.vpc_security_group_id().map(Id::known))
            .collect(),
        public: instance.publicly_accessible().unwrap_or(false),
        parameter_group: Id::known(group),
        parameters_applied: Some(if apply_status == "pending-reboot" { "no".into() } else { applied() }),
        backup_days: number(days).unwrap_or(0),
        backup_window: instance.preferred_backup_window().map(str::to_owned),
        maintenance_window: instance.preferred_maintenance_window().map(str::to_owned),
        minor_upgrades: instance.auto_minor_version_upgrade().unwrap_or(false),
        logs: logs(instance, pending),
        performance_insights: instance.performance_insights_enabled().unwrap_or(false),
        database: text(instance.db_name()),
        master_user: text(instance.master_username()),
        managed_password: instance.master_user_secret().is_some(),
        running: !matches!(instance.db_instance_status(), Some("stopping" | "stopped")),
        restore_from: None,
        replica_of: instance.read_replica_source_db_instance_identifier().map(Id::known),
        apply: Apply::default(),
    }
}

fn storage(instance: &Described, pending: Option<&PendingModifiedValues>) -> Storage {
    let gib = pending.and_then(PendingModifiedValues::allocated_storage).or(instance.allocated_storage());
    let gib = number(gib).unwrap_or(0);
    let kind = pending.and_then(PendingModifiedValues::storage_type).or(instance.storage_type());
    Storage {
        gib,
        max_gib: number(instance.max_allocated_storage()).filter(|max| *max > gib),
        kind: kind.unwrap_or_default().to_owned(),
        iops: number(pending.and_then(PendingModifiedValues::iops).or(instance.iops())),
        throughput: number(
            pending.and_then(PendingModifiedValues::storage_throughput).or(instance.storage_throughput()),
        ),
    }
}

fn logs(instance: &Described, pending: Option<&PendingModifiedValues>) -> BTreeSet<String> {
    let mut logs: BTreeSet<String> = instance.enabled_cloudwatch_logs_exports().iter().cloned().collect();
    if let Some(pending) = pending.and_then(PendingModifiedValues::pending_cloudwatch_logs_exports) {
        logs.extend(pending.log_types_to_enable().iter().cloned());
        for leaving in pending.log_types_to_disable() {
            logs.remove(leaving);
        }
    }
    logs
}

fn number(value: Option<i32>) -> Option<u32> {
    value.and_then(|value| u32::try_from(value).ok())
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_sdk_rds::types::{
        DbParameterGroupStatus, PendingCloudwatchLogsExports, VpcSecurityGroupMembership,
    };

    #[test]
    fn what_waits_for_the_maintenance_window_reads_as_made() {
        let exports = PendingCloudwatchLogsExports::builder()
            .log_types_to_enable("slowquery")
            .log_types_to_disable("general")
            .build();
        let pending = PendingModifiedValues::builder()
            .db_instance_class("db.m7g.xlarge")
            .engine_version("8.4.5")
            .allocated_storage(200)
            .multi_az(true)
            .pending_cloudwatch_logs_exports(exports)
            .build();
        let instance = Described::builder()
            .db_instance_class("db.m7g.large")
            .engine_version("8.4.3")
            .allocated_storage(100)
            .max_allocated_storage(300)
            .multi_az(false)
            .enabled_cloudwatch_logs_exports("error")
            .enabled_cloudwatch_logs_exports("general")
            .pending_modified_values(pending)
            .build();
        let read = properties(&instance);
        assert_eq!((read.class.as_str(), read.version.as_str()), ("db.m7g.xlarge", "8.4.5"));
        assert_eq!((read.storage.gib, read.storage.max_gib), (200, Some(300)));
        assert!(read.multi_az);
        assert_eq!(read.logs, BTreeSet::from(["error".to_owned(), "slowquery".to_owned()]));
    }

    #[test]
    fn parameters_that_wait_for_a_restart_are_seen() {
        let in_state = |state: &str| {
            let group = DbParameterGroupStatus::builder()
                .db_parameter_group_name("settings")
                .parameter_apply_status(state)
                .build();
            properties(&Described::builder().db_parameter_groups(group).build())
        };
        assert_eq!(in_state("in-sync").parameters_applied, Some(applied()));
        assert_eq!(in_state("applying").parameters_applied, Some(applied()));
        assert_eq!(in_state("pending-reboot").parameters_applied, Some("no".into()));
        assert_eq!(in_state("in-sync").parameter_group, Id::known("settings"));
    }

    #[test]
    fn a_security_group_on_its_way_out_does_not_count() {
        let group = |id: &str, status: &str| {
            VpcSecurityGroupMembership::builder().vpc_security_group_id(id).status(status).build()
        };
        let instance = Described::builder()
            .vpc_security_groups(group("sg-new", "adding"))
            .vpc_security_groups(group("sg-old", "removing"))
            .build();
        assert_eq!(properties(&instance).security_groups, BTreeSet::from([Id::known("sg-new")]));
    }
}
