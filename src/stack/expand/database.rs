//! database: the RDS instance, its groups, and its name in the private zone.

use crate::aws::kinds::db_instance::{Apply, DbInstance, Storage};
use crate::aws::kinds::db_parameter_group::DbParameterGroup;
use crate::aws::kinds::db_replica::DbReplica;
use crate::aws::kinds::db_subnet_group::DbSubnetGroup;
use crate::model::graph::Handle;
use crate::model::spec::{Id, Text};
use crate::stack::database::{self, Database};
use crate::stack::network::Tier;

use super::dns;
use super::network::Network;
use super::security::Security;
use super::{ExpandError, Plot};

/// For how many seconds a database's name may be remembered.
const TTL: u32 = 60;

pub(super) fn expand(
    plot: &mut Plot<'_>,
    section: &Database,
    network: &Network,
    security: &Security,
) -> Result<(), ExpandError> {
    let subnets = plot.add("database.subnets", &DbSubnetGroup { subnets: network.tier(Tier::Data) })?;
    let settings = section.settings();
    let parameters = DbParameterGroup {
        family: section.engine.family(),
        parameters: settings
            .iter()
            .map(|(name, setting)| ((*name).to_owned(), setting.value.clone()))
            .collect(),
    };
    let parameters = plot.add("database.parameters", &parameters)?;
    let mut instance = instance(section, security, subnets.id(), parameters.id());
    // A parameter that needs a restart gets it now, or with the next maintenance.
    instance.parameters_applied =
        (section.apply == database::Apply::Immediately).then(|| Text::Ref(parameters.output("applied")));
    let source = plot.add_data("database.instance", &instance)?;
    let name = Text::Known(plot.internal("db"));
    let record = dns::cname(network.zone.id(), name, Text::Ref(source.output("endpoint")), TTL);
    plot.add("database.dns", &record)?;
    let replica = replica(instance, source.id());
    for number in 1..=section.replicas {
        let replica = plot.add(&format!("database.replica.{number}"), &replica)?;
        let name = Text::Known(plot.internal(&format!("db-ro-{number}")));
        let record = dns::cname(network.zone.id(), name, Text::Ref(replica.output("endpoint")), TTL);
        plot.add(&format!("database.replica.dns.{number}"), &record)?;
    }
    Ok(())
}

/// A replica of that database: a single instance without backups and with the password of its source.
fn replica(source: DbInstance, id: Id<DbInstance>) -> DbReplica {
    DbReplica(DbInstance {
        multi_az: false,
        backup_days: 0,
        backup_window: None,
        managed_password: false,
        restore_from: None,
        replica_of: Some(id),
        ..source
    })
}

fn instance(
    section: &Database,
    security: &Security,
    subnet_group: Id<DbSubnetGroup>,
    parameter_group: Id<DbParameterGroup>,
) -> DbInstance {
    DbInstance {
        engine: section.engine.product().to_owned(),
        version: section.engine.version().to_owned(),
        class: section.instance.to_string(),
        storage: Storage {
            gib: section.storage.gib(),
            max_gib: section.max_storage.map(crate::stack::text::Size::gib),
            kind: section.storage_type.as_str().to_owned(),
            iops: section.iops,
            throughput: None,
        },
        encrypted: true,
        multi_az: section.multi_az,
        subnet_group,
        security_groups: security.database.iter().map(Handle::id).collect(),
        public: false,
        parameter_group,
        parameters_applied: None,
        backup_days: u32::from(section.backups.days),
        backup_window: Some(section.backups.window.to_string()),
        maintenance_window: Some(section.maintenance.to_string()),
        minor_upgrades: section.upgrade.minor,
        logs: section.logs.iter().map(|log| log.as_str().to_owned()).collect(),
        performance_insights: false,
        database: "drupal".to_owned(),
        // Not the user that Drupal has: that one is made on a machine, and may less.
        master_user: "admin".to_owned(),
        managed_password: true,
        running: true,
        restore_from: section.restore_from.as_ref().map(ToString::to_string),
        replica_of: None,
        apply: match section.apply {
            database::Apply::Immediately => Apply::Immediately,
            database::Apply::MaintenanceWindow => Apply::MaintenanceWindow,
        },
    }
}
