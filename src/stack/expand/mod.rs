//! From the sections of an environment to its resources, one file a section.
//!
//! Sections are expanded in the order in which they build on each other; what one makes and the next needs is
//! handed on as typed handles, so a reference to something that is not there does not compile.

mod cache;
mod certificate;
mod configuration;
mod control;
mod database;
mod dns;
mod efs;
mod files;
mod load_balancer;
mod machine;
mod mail;
mod media;
mod monitoring;
mod network;
mod resources;
mod search;
mod security;
#[cfg(test)]
mod testing;
mod web;

use std::collections::BTreeMap;

use serde::Serialize;

use crate::aws::kinds::dns_record::DnsRecord;
use crate::model::address::{Address, BadAddress};
use crate::model::graph::{Draft, Graph, GraphError, Handle};
use crate::model::schema::Catalog;
use crate::model::spec::{Id, Kinded};

use super::configuration::{ConfigurationError, Role};
use super::facts::Facts;
use super::files::FilesEngine;
use super::{Environment, Report};

pub use security::LOAD_BALANCER_RULES;

use configuration::Configured;

/// Why an environment has no graph: faults of the program, because the stack was checked before.
#[derive(Debug, thiserror::Error)]
pub enum ExpandError {
    /// The resources do not hang together.
    #[error("the stack does not hang together: {}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
    Graph(Vec<GraphError>),
    /// An address is not well formed.
    #[error(transparent)]
    Address(#[from] BadAddress),
    /// The configuration of a machine cannot be made.
    #[error(transparent)]
    Configuration(#[from] ConfigurationError),
    /// What the stack says cannot be made in this account.
    #[error("{0}")]
    Report(#[from] Report),
}

/// The resources of an environment.
pub fn expand(environment: &Environment, facts: &Facts, catalog: &Catalog) -> Result<Graph, ExpandError> {
    let mut plot =
        Plot { environment, facts, draft: Draft::new(catalog), proof: None, configured: BTreeMap::new() };
    plot.configured = configuration::expand(&mut plot)?;
    let network = network::expand(&mut plot)?;
    let security = security::expand(&mut plot, &network)?;
    let bucket = environment.media.as_ref().map(|section| media::bucket(&mut plot, section)).transpose()?;
    let mut balancer = None;
    if let Some(load_balancer) = &environment.load_balancer {
        let made = load_balancer::expand(&mut plot, load_balancer, &network, &security)?;
        if let Some(section) = &environment.web {
            web::expand(&mut plot, section, &network, &security, &made, bucket.as_ref())?;
        }
        balancer = Some(made);
    }
    let mut cdn = None;
    if let (Some(section), Some(bucket)) = (&environment.media, &bucket) {
        cdn = media::expand(&mut plot, section, bucket, balancer.as_ref())?;
    }
    if let Some(balancer) = &balancer {
        load_balancer::dns(&mut plot, balancer, cdn.as_ref())?;
    }
    if let Some(section) = &environment.database {
        database::expand(&mut plot, section, &network, &security)?;
    }
    if let Some(section) = &environment.cache {
        cache::expand(&mut plot, section, &network, &security)?;
    }
    if let Some(section) = &environment.search {
        search::expand(&mut plot, section, &network, &security)?;
    }
    if let Some(section) = &environment.files {
        match section.engine {
            FilesEngine::GlusterFs => files::expand(&mut plot, section, &network, &security)?,
            FilesEngine::Efs => efs::expand(&mut plot, &network, &security)?,
        }
    }
    if let Some(section) = &environment.control {
        control::expand(&mut plot, section, &network, &security, bucket.as_ref())?;
    }
    if let Some(section) = &environment.mail {
        mail::expand(&mut plot, section)?;
    }
    // Last, because it watches what the others have made.
    if let Some(section) = &environment.monitoring {
        monitoring::expand(&mut plot, section)?;
    }
    let tags = environment.tags.0.iter().map(|(key, value)| (key.to_string(), value.to_string())).collect();
    resources::expand(&mut plot)?;
    let known = plot.draft.kinds();
    let graph = plot.draft.finish().map_err(|errors| resources::explain(environment, &known, errors))?;
    Ok(graph.tagged(tags))
}

/// Where the resources are drafted.
struct Plot<'a> {
    environment: &'a Environment,
    facts: &'a Facts,
    draft: Draft<'a>,
    /// The record that proves that the site's domain is ours, once a certificate needed it.
    proof: Option<Id<DnsRecord>>,
    /// What the machines are configured with.
    configured: BTreeMap<(Role, u8), Configured>,
}

impl<'a> Plot<'a> {
    fn add<K: Kinded + Serialize>(&mut self, address: &str, properties: &K) -> Result<Handle<K>, BadAddress> {
        let address: Address = address.parse()?;
        Ok(self.draft.add(&address, properties, false))
    }

    /// Adds what holds data: protected where the environment is.
    fn add_data<K: Kinded + Serialize>(
        &mut self,
        address: &str,
        properties: &K,
    ) -> Result<Handle<K>, BadAddress> {
        let address: Address = address.parse()?;
        Ok(self.draft.add(&address, properties, self.environment.protect))
    }

    /// A name in the private zone, such as `db.drucloud-prod.internal`.
    fn internal(&self, host: &str) -> String {
        let zone = self.zone_name();
        if host.is_empty() { zone } else { format!("{host}.{zone}") }
    }

    fn zone_name(&self) -> String {
        self.environment.zone_name()
    }

    /// Whether the load balancer has a certificate.
    fn encrypted(&self) -> bool {
        self.environment.is_encrypted(self.facts)
    }

    fn region(&self) -> &'a str {
        self.environment.region()
    }
}
