//! The security groups: one a tier, least privilege by reference, inbound and outbound.
//!
//! Port 22 is open to nobody (Session Manager needs no open port), and the database's to the web tier alone.

use std::collections::BTreeSet;

use crate::aws::kinds::rule::{Direction, Peer, Rule};
use crate::aws::kinds::security_group::SecurityGroup;
use crate::aws::kinds::security_group_rules::SecurityGroupRules;
use crate::model::graph::Handle;

use super::network::Network;
use super::{ExpandError, Plot};

/// The groups.
pub struct Security {
    /// Of the load balancer.
    pub load_balancer: Option<Handle<SecurityGroup>>,
    /// Of the web nodes.
    pub web: Option<Handle<SecurityGroup>>,
    /// Of the database.
    pub database: Option<Handle<SecurityGroup>>,
    /// Of the cache.
    pub cache: Option<Handle<SecurityGroup>>,
}

const HTTP: u16 = 80;
const HTTPS: u16 = 443;
const MYSQL: u16 = 3306;
const EVERYWHERE: &str = "0.0.0.0/0";

/// Where the load balancer's rules stand.
pub const LOAD_BALANCER_RULES: &str = "security.load-balancer.rules";

pub(super) fn expand(plot: &mut Plot<'_>, network: &Network) -> Result<Security, ExpandError> {
    let environment = plot.environment;
    let mut group = |present: bool, tier: &str, description: &str| {
        let group = SecurityGroup { vpc: network.vpc.id(), description: description.to_owned() };
        present.then(|| plot.add(&format!("security.{tier}"), &group)).transpose()
    };
    let security = Security {
        load_balancer: group(
            environment.load_balancer.is_some(),
            "load-balancer",
            "visitors to the load balancer",
        )?,
        web: group(environment.web.is_some(), "web", "load balancer to web nodes")?,
        database: group(environment.database.is_some(), "database", "web nodes to the database")?,
        cache: group(environment.cache.is_some(), "cache", "web nodes to the cache")?,
    };
    rules(plot, &security)?;
    Ok(security)
}

fn rules(plot: &mut Plot<'_>, security: &Security) -> Result<(), ExpandError> {
    let Security { load_balancer, web, database, cache } = security;
    let cache = cache.as_ref().zip(plot.environment.cache.as_ref().map(|section| section.engine.port()));
    let peer = |group: &Handle<SecurityGroup>| Peer::Group(group.id());
    if let (Some(group), Some(section)) = (load_balancer, &plot.environment.load_balancer) {
        let mut rules = BTreeSet::new();
        if let Some(list) = &plot.facts.cdn_addresses {
            // The list counts as 55 of the 60 rules that a group may have: only the port that the CDN uses.
            let port = if plot.encrypted() { HTTPS } else { HTTP };
            rules.insert(inbound(port, Peer::PrefixList(list.clone()), "CloudFront"));
        } else {
            for range in &section.allow {
                rules.insert(inbound(HTTP, Peer::Cidr(range.to_string()), "visitors"));
                rules.insert(inbound(HTTPS, Peer::Cidr(range.to_string()), "visitors"));
            }
        }
        rules.extend(web.as_ref().map(|web| outbound(HTTP, peer(web), "web nodes")));
        own(plot, "load-balancer", group, rules)?;
    }
    if let Some(group) = web {
        let mut rules = BTreeSet::new();
        rules.extend(load_balancer.as_ref().map(|group| inbound(HTTP, peer(group), "load balancer")));
        rules.extend(database.as_ref().map(|group| outbound(MYSQL, peer(group), "database")));
        rules.extend(cache.map(|(group, port)| outbound(port, peer(group), "cache")));
        // Packages, the services of AWS, and what Drupal's modules fetch.
        rules.insert(outbound(HTTP, Peer::Cidr(EVERYWHERE.to_owned()), "packages"));
        rules.insert(outbound(HTTPS, Peer::Cidr(EVERYWHERE.to_owned()), "packages and services of AWS"));
        own(plot, "web", group, rules)?;
    }
    if let Some(group) = database {
        let rules = web.iter().map(|web| inbound(MYSQL, peer(web), "web nodes")).collect();
        own(plot, "database", group, rules)?;
    }
    if let Some((group, port)) = cache {
        let rules = web.iter().map(|web| inbound(port, peer(web), "web nodes")).collect();
        own(plot, "cache", group, rules)?;
    }
    Ok(())
}

fn own(
    plot: &mut Plot<'_>,
    tier: &str,
    group: &Handle<SecurityGroup>,
    rules: BTreeSet<Rule>,
) -> Result<(), ExpandError> {
    plot.add(&format!("security.{tier}.rules"), &SecurityGroupRules { group: group.id(), rules })?;
    Ok(())
}

fn inbound(port: u16, peer: Peer, description: &str) -> Rule {
    rule(Direction::In, port, peer, description)
}

fn outbound(port: u16, peer: Peer, description: &str) -> Rule {
    rule(Direction::Out, port, peer, description)
}

fn rule(direction: Direction, port: u16, peer: Peer, description: &str) -> Rule {
    Rule {
        direction,
        protocol: "tcp".to_owned(),
        from_port: Some(port),
        to_port: Some(port),
        peer,
        description: description.to_owned(),
    }
}
