//! The three ways in which a database comes into being: empty, from a snapshot, as a replica.

use std::collections::BTreeSet;

use crate::aws::kind::Wish;
use crate::aws::{Aws, error};
use crate::model::spec::Id;
use crate::run::fault::Fault;

use super::super::rds;
use super::super::security_group::SecurityGroup;
use super::{DbInstance, snapshot};

/// What RDS allows for an identifier.
const NAME: usize = 63;

/// One without data.
pub async fn empty(aws: &Aws, wish: &Wish<'_, DbInstance>) -> Result<(), Fault> {
    let want = &wish.want;
    let call = aws
        .rds()
        .create_db_instance()
        .db_instance_identifier(wish.name(aws, NAME))
        .engine(&want.engine)
        .engine_version(&want.version)
        .db_instance_class(&want.class)
        .db_name(&want.database)
        .master_username(&want.master_user)
        .manage_master_user_password(want.managed_password)
        .allocated_storage(signed(want.storage.gib))
        .set_max_allocated_storage(want.storage.max_gib.filter(|max| *max > want.storage.gib).map(signed))
        .storage_type(&want.storage.kind)
        .set_iops(want.storage.iops.map(signed))
        .set_storage_throughput(want.storage.throughput.map(signed))
        .storage_encrypted(want.encrypted)
        .multi_az(want.multi_az)
        .publicly_accessible(want.public)
        .db_subnet_group_name(want.subnet_group.as_str())
        .set_vpc_security_group_ids(Some(ids(&want.security_groups)))
        .db_parameter_group_name(want.parameter_group.as_str())
        .backup_retention_period(signed(want.backup_days))
        .set_preferred_backup_window(want.backup_window.clone())
        .set_preferred_maintenance_window(want.maintenance_window.clone())
        .auto_minor_version_upgrade(want.minor_upgrades)
        .set_enable_cloudwatch_logs_exports(logs(want))
        .set_enable_performance_insights(want.performance_insights.then_some(true))
        .copy_tags_to_snapshot(true)
        .deletion_protection(wish.order.protect)
        .set_tags(Some(rds::list(&wish.order.tags)));
    call.send().await.map_err(error::create("rds:CreateDBInstance"))?;
    Ok(())
}

/// One with the data of a snapshot. Version, backups, maintenance and the password's keeping come afterwards:
/// the call cannot set them.
pub async fn restored(aws: &Aws, wish: &Wish<'_, DbInstance>, name: &str) -> Result<(), Fault> {
    const OPERATION: &str = "rds:RestoreDBInstanceFromDBSnapshot";
    let want = &wish.want;
    let snapshot = snapshot::find(aws, name).await?;
    if let Some(why) = snapshot::obstacle(&snapshot, want) {
        return Err(Fault::fatal(OPERATION, why));
    }
    let fits = snapshot::is_same_release(&snapshot, want);
    // With a type RDS wants operations too; without both it takes gp3.
    let provisioned = want.storage.iops.is_some() || want.storage.kind != "gp3";
    let call = aws
        .rds()
        .restore_db_instance_from_db_snapshot()
        .db_instance_identifier(wish.name(aws, NAME))
        .db_snapshot_identifier(name)
        .db_instance_class(&want.class)
        .allocated_storage(signed(want.storage.gib))
        .set_storage_type(provisioned.then(|| want.storage.kind.clone()))
        .set_iops(want.storage.iops.map(signed))
        .set_storage_throughput(want.storage.throughput.map(signed))
        .multi_az(want.multi_az)
        .publicly_accessible(want.public)
        .db_subnet_group_name(want.subnet_group.as_str())
        .set_vpc_security_group_ids(Some(ids(&want.security_groups)))
        .set_db_parameter_group_name(fits.then(|| want.parameter_group.as_str().to_owned()))
        .auto_minor_version_upgrade(want.minor_upgrades)
        .set_enable_cloudwatch_logs_exports(logs(want))
        .copy_tags_to_snapshot(true)
        .deletion_protection(wish.order.protect)
        .set_tags(Some(rds::list(&wish.order.tags)));
    call.send().await.map_err(error::create("rds:RestoreDBInstanceFromDBSnapshot"))?;
    Ok(())
}

/// One that follows another in the same region. Subnet group and parameter group are its source's: RDS takes
/// neither for a replica in the same region.
pub async fn replica(aws: &Aws, wish: &Wish<'_, DbInstance>, source: &str) -> Result<(), Fault> {
    let want = &wish.want;
    let call = aws
        .rds()
        .create_db_instance_read_replica()
        .db_instance_identifier(wish.name(aws, NAME))
        .source_db_instance_identifier(source)
        .db_instance_class(&want.class)
        .storage_type(&want.storage.kind)
        .set_iops(want.storage.iops.map(signed))
        .set_storage_throughput(want.storage.throughput.map(signed))
        .set_max_allocated_storage(want.storage.max_gib.filter(|max| *max > want.storage.gib).map(signed))
        .multi_az(want.multi_az)
        .publicly_accessible(want.public)
        .set_vpc_security_group_ids(Some(ids(&want.security_groups)))
        .auto_minor_version_upgrade(want.minor_upgrades)
        .set_enable_cloudwatch_logs_exports(logs(want))
        .set_enable_performance_insights(want.performance_insights.then_some(true))
        .copy_tags_to_snapshot(true)
        .deletion_protection(wish.order.protect)
        .set_tags(Some(rds::list(&wish.order.tags)));
    call.send().await.map_err(error::create("rds:CreateDBInstanceReadReplica"))?;
    Ok(())
}

/// The security groups as the calls take them.
pub fn ids(groups: &BTreeSet<Id<SecurityGroup>>) -> Vec<String> {
    groups.iter().map(|id| id.as_str().to_owned()).collect()
}

fn logs(want: &DbInstance) -> Option<Vec<String>> {
    (!want.logs.is_empty()).then(|| want.logs.iter().cloned().collect())
}

/// A number as the calls take it.
pub fn signed(number: u32) -> i32 {
    i32::try_from(number).unwrap_or(i32::MAX)
}
