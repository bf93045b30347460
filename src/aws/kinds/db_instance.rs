//! Database instance of RDS, of the engine `mysql` or `mariadb`.
//!
//! RDS keeps the master password in Secrets Manager; it is never seen here. A change that waits for the
//! maintenance window reads as if it were made, so that a plan does not show it again and again.

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::aws::glance::Glance;
use crate::aws::kind::{Changed, Found, Resource, Wish};
use crate::aws::tags::{self, Tags};
use crate::aws::{Aws, error};
use crate::model::live::Status;
use crate::model::schema::{
    Effect, Expected, IN_PLACE, INITIAL, INTERRUPTS, Idempotency, REPLACES, ReplaceOrder, Rule, Schema,
};
use crate::model::spec::{Id, Kinded, Spec, Text};
use crate::run::cloud::Farewell;
use crate::run::fault::{Class, Fault};

use super::db_parameter_group::DbParameterGroup;
use super::db_subnet_group::DbSubnetGroup;
use super::rds;
use super::security_group::SecurityGroup;

mod create;
mod modify;
mod read;
mod rules;
mod snapshot;
mod status;

/// A database.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of its own in RDS")]
pub struct DbInstance {
    /// The engine: `mysql` or `mariadb`.
    pub engine: String,
    /// The engine's version, with as many numbers as matter: `8.4` or `8.4.3`.
    pub version: String,
    /// The class of the machine, such as `db.m7g.large`.
    pub class: String,
    /// The disk.
    pub storage: Storage,
    /// Whether the disk, its backups and snapshots are encrypted.
    pub encrypted: bool,
    /// Whether a standby in another zone takes over.
    pub multi_az: bool,
    /// The subnets that it may be placed in.
    pub subnet_group: Id<DbSubnetGroup>,
    /// Who may reach it.
    pub security_groups: BTreeSet<Id<SecurityGroup>>,
    /// Whether it gets an address outside of the network.
    pub public: bool,
    /// The engine's settings.
    pub parameter_group: Id<DbParameterGroup>,
    /// The output `applied` of the parameter group: static parameters that wait for a restart get one. Absent:
    /// they wait until somebody restarts it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parameters_applied: Option<Text>,
    /// For how many days backups are kept; 0 makes none.
    pub backup_days: u32,
    /// When backups are made, in UTC, such as `02:00-02:30`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub backup_window: Option<String>,
    /// When AWS may do maintenance, in UTC, such as `sun:03:00-sun:04:00`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub maintenance_window: Option<String>,
    /// Whether AWS upgrades the last number of the version in the maintenance window.
    pub minor_upgrades: bool,
    /// The logs that are sent to the log groups of AWS: `error`, `general`, `slowquery`, `audit`.
    pub logs: BTreeSet<String>,
    /// Whether Performance Insights records what the database does.
    pub performance_insights: bool,
    /// The name of the first database. One that is restored keeps what the snapshot has.
    pub database: String,
    /// The name of the master user. One that is restored keeps what the snapshot has.
    pub master_user: String,
    /// Whether RDS keeps the master password in Secrets Manager and rotates it; a replica has its source's.
    pub managed_password: bool,
    /// Whether it runs. That it is stopped cannot be wished: RDS starts it again after seven days.
    #[serde(default = "running")]
    pub running: bool,
    /// The snapshot that it is made from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub restore_from: Option<String>,
    /// The database whose changes it follows, by which it is a `db_replica`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replica_of: Option<Id<DbInstance>>,
    /// When changes that interrupt take effect.
    #[serde(default)]
    pub apply: Apply,
}

fn running() -> bool {
    true
}

/// The disk of a database.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Storage {
    /// Its size in GiB; it can only grow.
    pub gib: u32,
    /// The size in GiB up to which it grows by itself. Absent: it does not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_gib: Option<u32>,
    /// Its type: `gp3`, `gp2`, `io1` or `io2`.
    #[serde(rename = "type")]
    pub kind: String,
    /// Operations per second; for `gp3` from 400 GiB only. Absent: what AWS gives.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub iops: Option<u32>,
    /// MiB per second; for `gp3` from 400 GiB only. Absent: what AWS gives.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub throughput: Option<u32>,
}

/// When changes that interrupt take effect.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Apply {
    /// At once.
    #[default]
    Immediately,
    /// In the next maintenance window.
    MaintenanceWindow,
}

impl Kinded for DbInstance {
    const KIND: &'static str = "db_instance";
}

const ENCRYPTION: Effect = Effect::Refused(
    "RDS sets encryption when it makes a database: copy a snapshot of it with a KMS key, and let \
     `restore_from` of a database with another address name the copy",
);

/// The rules, which a replica has too.
pub const RULES: &[(&str, Rule)] = &[
    ("engine", REPLACES),
    ("version", Rule::When(rules::version)),
    ("class", INTERRUPTS),
    ("storage", Rule::When(rules::storage)),
    ("encrypted", Rule::Always(ENCRYPTION)),
    ("multi_az", IN_PLACE),
    ("subnet_group", REPLACES),
    ("security_groups", IN_PLACE),
    ("public", IN_PLACE),
    // The name changes at once, its static parameters only with a restart.
    ("parameter_group", INTERRUPTS),
    ("parameters_applied", Rule::When(rules::parameters_applied)),
    ("backup_days", Rule::When(rules::backup_days)),
    ("backup_window", Rule::When(rules::window)),
    ("maintenance_window", Rule::When(rules::window)),
    ("minor_upgrades", IN_PLACE),
    ("logs", IN_PLACE),
    ("performance_insights", IN_PLACE),
    ("database", INITIAL),
    ("master_user", INITIAL),
    ("managed_password", Rule::When(rules::managed_password)),
    ("running", Rule::When(rules::running)),
    ("restore_from", INITIAL),
    ("replica_of", REPLACES),
    ("apply", INITIAL),
];

/// The outputs, which a replica has too.
pub const OUTPUTS: &[&str] = &["endpoint", "port", "secret_arn", "arn", "resource_id"];

const STOPPED: &str = "it is stopped, and starts for its last snapshot";

async fn start(aws: &Aws, id: &str) -> Result<(), Fault> {
    let call = aws.rds().start_db_instance().db_instance_identifier(id);
    call.send().await.map_err(error::update("rds:StartDBInstance"))?;
    Ok(())
}

/// Every database of this environment, replicas included.
pub async fn all(glance: &Glance<'_>) -> Result<Vec<Found<DbInstance>>, Fault> {
    let instances = rds::listed(glance).await?;
    Ok(instances.0.iter().filter_map(|instance| read::found(glance.aws, instance)).collect())
}

impl Resource for DbInstance {
    const SCHEMA: &'static Schema = &Schema {
        kind: "db_instance",
        title: "RDS database",
        rules: RULES,
        outputs: OUTPUTS,
        changing_outputs: &[],
        data: Some("the databases of all sites"),
        order: ReplaceOrder::OldFirst,
        idempotency: Idempotency::UniqueName,
        after: &[],
        expected: Expected { create: 820, update: 300, delete: 300 },
        canonical: Spec::canonical_as::<Self>,
    };

    async fn list(glance: &Glance<'_>) -> Result<Vec<Found<Self>>, Fault> {
        let all = all(glance).await?;
        Ok(all.into_iter().filter(|found| found.properties.replica_of.is_none()).collect())
    }

    async fn create(aws: &Aws, wish: &Wish<'_, Self>) -> Result<(), Fault> {
        match (&wish.want.replica_of, &wish.want.restore_from) {
            (Some(source), _) => create::replica(aws, wish, source.as_str()).await,
            (None, Some(snapshot)) => create::restored(aws, wish, snapshot).await,
            (None, None) => create::empty(aws, wish).await,
        }
    }

    async fn update(
        aws: &Aws,
        live: &Found<Self>,
        wish: &Wish<'_, Self>,
        changed: Changed<'_>,
    ) -> Result<(), Fault> {
        if changed.has("running") && !live.properties.running {
            // One that is stopped takes no other change.
            return start(aws, &live.id).await;
        }
        if let Some(call) = modify::call(aws, live, wish, changed) {
            call.send().await.map_err(error::update("rds:ModifyDBInstance"))?;
        } else if changed.has("parameters_applied")
            && live.properties.parameters_applied != Some(read::applied())
        {
            // After a failover static parameters would still wait (API reference, ModifyDBInstance).
            let call = aws.rds().reboot_db_instance().db_instance_identifier(&live.id).force_failover(false);
            call.send().await.map_err(error::update("rds:RebootDBInstance"))?;
        }
        if changed.has("protect") && !wish.order.protect {
            rds::untag(aws, live, crate::aws::tags::PROTECT).await?;
        }
        Ok(())
    }

    async fn delete(aws: &Aws, live: &Found<Self>, farewell: &Farewell) -> Result<(), Fault> {
        let failed = matches!(live.status, Status::Failed(_));
        // Neither a replica nor what failed can leave a snapshot (API reference, DeleteDBInstance); the
        // backups of what failed are kept, since they are all that is left of its data.
        let snapshot = farewell.snapshot.as_ref().filter(|_| !failed && live.properties.replica_of.is_none());
        if snapshot.is_some() && !live.properties.running {
            // RDS makes a snapshot only of one that runs.
            start(aws, &live.id).await?;
            return Err(Fault::fatal("rds:DeleteDBInstance", STOPPED).as_class(Class::Busy));
        }
        let keep_backups = failed && farewell.snapshot.is_some();
        let call = aws
            .rds()
            .delete_db_instance()
            .db_instance_identifier(&live.id)
            .skip_final_snapshot(snapshot.is_none())
            .set_final_db_snapshot_identifier(snapshot.cloned())
            .delete_automated_backups(!keep_backups);
        match call.send().await.map_err(error::delete("rds:DeleteDBInstance")) {
            Err(fault) if fault.class == Class::Busy && fault.message.contains("already being deleted") => {
                Ok(())
            }
            Err(fault) => Err(fault),
            Ok(_) => Ok(()),
        }
    }

    async fn tag(aws: &Aws, live: &Found<Self>, tags: &Tags) -> Result<(), Fault> {
        rds::tag(aws, live, tags).await
    }

    const ADOPTABLE: bool = true;

    async fn inspect(
        glance: &Glance<'_>,
        id: &str,
        claim: &Tags,
    ) -> Result<Option<(Found<Self>, Tags)>, Fault> {
        let call = glance.aws.rds().describe_db_instances().db_instance_identifier(id).send().await;
        let answer = match call.map_err(error::read("rds:DescribeDBInstances")) {
            Err(fault) if fault.class == Class::Gone => return Ok(None),
            answer => answer?,
        };
        let Some(instance) = answer.db_instances().first() else { return Ok(None) };
        let has = tags::read!(instance.tag_list());
        let found = read::found_with(glance.aws, instance, tags::claimed(&has, claim));
        Ok(found.map(|found| (found, has)))
    }
}
