//! files: the machines of `GlusterFS`, one a zone. What is done to all of them is done to one after the other,
//! so that a copy of every file is always there.

use std::collections::BTreeMap;

use crate::aws::kinds::instance::Instance;
use crate::model::graph::Handle;
use crate::stack::configuration::Role as Machines;
use crate::stack::files::Files;
use crate::stack::network::Tier;

use super::configuration;
use super::machine::{self, Machine};
use super::network::Network;
use super::security::Security;
use super::{ExpandError, Plot};

pub(super) fn expand(
    plot: &mut Plot<'_>,
    section: &Files,
    network: &Network,
    security: &Security,
) -> Result<(), ExpandError> {
    let policies =
        BTreeMap::from([("configuration".to_owned(), configuration::access(plot, Machines::Files))]);
    let role = machine::role(plot, policies);
    let role = plot.add("files.role", &role)?;
    let mut before: Option<Handle<Instance>> = None;
    for (number, place) in (1..=section.nodes).zip(network.places(Tier::App)) {
        let server = Machine {
            role: Machines::Files,
            number,
            place,
            instance: &section.instance,
            image: section.image.as_ref(),
            profile: role.id(),
            group: security.files.as_ref(),
            volume: Some(section.volume),
            follows: before.as_ref(),
        };
        before = Some(server.add(plot, network)?);
    }
    Ok(())
}
