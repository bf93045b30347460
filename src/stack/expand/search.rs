//! search: the machine that Solr runs on.

use std::collections::BTreeMap;

use crate::stack::configuration::Role as Machines;
use crate::stack::network::Tier;
use crate::stack::search::Search;

use super::configuration;
use super::machine::{self, Machine};
use super::network::Network;
use super::security::Security;
use super::{ExpandError, Plot};

pub(super) fn expand(
    plot: &mut Plot<'_>,
    section: &Search,
    network: &Network,
    security: &Security,
) -> Result<(), ExpandError> {
    let Some(place) = network.places(Tier::App).into_iter().next() else { return Ok(()) };
    let policies =
        BTreeMap::from([("configuration".to_owned(), configuration::access(plot, Machines::Search))]);
    let role = machine::role(plot, policies);
    let role = plot.add("search.role", &role)?;
    let server = Machine {
        role: Machines::Search,
        number: 0,
        place,
        instance: &section.instance,
        image: section.image.as_ref(),
        profile: role.id(),
        group: security.search.as_ref(),
        volume: Some(section.volume),
        follows: None,
    };
    server.add(plot, network)?;
    Ok(())
}
