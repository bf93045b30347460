//! database: the RDS instance, its groups, and its name in the private zone.

use crate::aws::kinds::db_instance::{Apply, DbInstance, Storage};
use crate::aws::kinds::db_parameter_group::DbParameterGroup;
use crate::aws::kinds::db_subnet_group::DbSubnetGroup;
use crate::model::graph::Handle;
use crate::model::spec::{Id, Text};
use crate::stack::database::{self, Database};
use crate::stack::network::Tier;

use super::dns;
use super::network::Network;
use super::security::Security;
use super::{ExpandError, Plot};

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
    let instance = plot.add_data("database.instance", &instance)?;
    let name = Text::Known(plot.internal("db"));
    let record = dns::cname(network.zone.id(), name, Text::Ref(instance.output("endpoint")), 60);
    plot.add("database.dns", &record)?;
    Ok(())
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
        master_user: "drupal".to_owned(),
        managed_password: true,
        restore_from: section.restore_from.as_ref().map(ToString::to_string),
        replica_of: None,
        apply: match section.apply {
            database::Apply::Immediately => Apply::Immediately,
            database::Apply::MaintenanceWindow => Apply::MaintenanceWindow,
        },
    }
}
