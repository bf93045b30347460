//! files with EFS: the file system, a mount target in each zone, and its name in the private zone.

use crate::aws::kinds::file_system::FileSystem;
use crate::aws::kinds::mount_target::MountTarget;
use crate::model::graph::Handle;
use crate::model::spec::Text;
use crate::stack::network::Tier;

use super::dns;
use super::network::{Network, letter};
use super::security::Security;
use super::{ExpandError, Plot};

/// For how many seconds the name may be remembered.
const TTL: u32 = 60;
/// After how many days without access a file moves to storage at a fifth of the price.
const INFREQUENT_DAYS: u32 = 30;

pub(super) fn expand(plot: &mut Plot<'_>, network: &Network, security: &Security) -> Result<(), ExpandError> {
    let system = FileSystem {
        encrypted: true,
        performance: "generalPurpose".to_owned(),
        throughput: "elastic".to_owned(),
        infrequent_days: INFREQUENT_DAYS,
        back_on_access: true,
        backups: true,
    };
    let system = plot.add_data("files.system", &system)?;
    for (zone, subnet) in network.places(Tier::App) {
        let security_groups = security.files.iter().map(Handle::id).collect();
        let target = MountTarget { file_system: system.id(), subnet, security_groups };
        plot.add(&format!("files.mount.{}", letter(&zone)), &target)?;
    }
    let name = Text::Known(plot.internal("files"));
    let record = dns::cname(network.zone.id(), name, Text::Ref(system.output("dns_name")), TTL);
    plot.add("files.dns", &record)?;
    Ok(())
}

#[cfg(test)]
mod tests;
