//! The security groups: one a tier, least privilege by reference, inbound and outbound.
//!
//! Port 22 is open to nobody (Session Manager needs no open port). Each way from one tier to another is said
//! once and makes a rule at both ends.

use std::collections::BTreeSet;

use crate::aws::kinds::rule::{Direction, Peer, Rule};
use crate::aws::kinds::security_group::SecurityGroup;
use crate::aws::kinds::security_group_rules::SecurityGroupRules;
use crate::model::graph::Handle;
use crate::stack::files::{Files, FilesEngine};

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
    /// Of the search server.
    pub search: Option<Handle<SecurityGroup>>,
    /// Of the file servers, or of the file system.
    pub files: Option<Handle<SecurityGroup>>,
    /// Of the control server.
    pub control: Option<Handle<SecurityGroup>>,
}

/// From the first port to the last.
type Ports = (u16, u16);

const HTTP: Ports = (80, 80);
const HTTPS: Ports = (443, 443);
const MYSQL: Ports = (3306, 3306);
const SOLR: Ports = (8983, 8983);
const NFS: Ports = (2049, 2049);
/// The management daemon of `GlusterFS`.
const GLUSTERD: Ports = (24007, 24008);
/// Its bricks, which take any port of this range since release 10 (`base-port` and `max-port` of glusterd.vol).
const BRICKS: Ports = (49152, 60999);
const EVERYWHERE: &str = "0.0.0.0/0";

/// Where the load balancer's rules stand.
pub const LOAD_BALANCER_RULES: &str = "security.load-balancer.rules";

pub(super) fn expand(plot: &mut Plot<'_>, network: &Network) -> Result<Security, ExpandError> {
    let environment = plot.environment;
    let glusterfs = environment.files.as_ref().is_some_and(|files| files.engine == FilesEngine::GlusterFs);
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
        search: group(environment.search.is_some(), "search", "web nodes to the search server")?,
        files: group(
            environment.files.is_some(),
            "files",
            if glusterfs { "web nodes to the file servers" } else { "web nodes to the file system" },
        )?,
        control: group(environment.control.is_some(), "control", "the control server to all others")?,
    };
    rules(plot, &security)?;
    Ok(security)
}

fn rules(plot: &mut Plot<'_>, security: &Security) -> Result<(), ExpandError> {
    let mut sides = Sides::of(security);
    sides.add("load-balancer", visitors(plot));
    sides.way("load-balancer", "web", &[HTTP]);
    let cache = plot.environment.cache.as_ref().map(|section| section.engine.port());
    let cache: Vec<Ports> = cache.map(|port| (port, port)).into_iter().collect();
    let files: &[Ports] = match plot.environment.files.as_ref().map(|section| section.engine) {
        Some(FilesEngine::GlusterFs) => &[GLUSTERD, BRICKS],
        Some(FilesEngine::Efs) => &[NFS],
        None => &[],
    };
    // Cron and Drupal's own commands run on the control server, so it reaches what a web node reaches.
    for from in ["web", "control"] {
        sides.way(from, "database", &[MYSQL]);
        sides.way(from, "cache", &cache);
        sides.way(from, "search", &[SOLR]);
        sides.way(from, "files", files);
    }
    // An arbiter is one of the servers whom the visitors of the files talk to.
    if plot.environment.files.as_ref().is_some_and(Files::has_arbiter) {
        for from in ["web", "files"] {
            sides.way(from, "control", files);
        }
    }
    // It fills the cache of each web node.
    sides.way("control", "web", &[HTTP]);
    let machines: &[&str] = match plot.environment.files.as_ref().map(|section| section.engine) {
        Some(FilesEngine::GlusterFs) => {
            sides.add("files", files.iter().flat_map(|ports| among("file servers", *ports)).collect());
            &["web", "search", "files", "control"]
        }
        Some(FilesEngine::Efs) | None => &["web", "search", "control"],
    };
    for tier in machines {
        sides.add(tier, outside());
    }
    for side in sides.0 {
        let address = format!("security.{}.rules", side.tier);
        plot.add(&address, &SecurityGroupRules { group: side.group.id(), rules: side.rules })?;
    }
    Ok(())
}

/// Who reaches the load balancer: those that the stack allows, or the CDN alone.
fn visitors(plot: &Plot<'_>) -> Vec<Rule> {
    let Some(section) = &plot.environment.load_balancer else { return Vec::new() };
    if let Some(list) = &plot.facts.cdn_addresses {
        // The list counts as 55 of the 60 rules that a group may have: only the port that the CDN uses.
        let port = if plot.encrypted() { HTTPS } else { HTTP };
        return vec![rule(Direction::In, port, Peer::PrefixList(list.clone()), "CloudFront")];
    }
    let ranges = section.allow.iter().flat_map(|range| [HTTP, HTTPS].map(|ports| (ports, range.to_string())));
    ranges.map(|(ports, range)| rule(Direction::In, ports, Peer::Cidr(range), "visitors")).collect()
}

/// Packages, the services of AWS, and what Drupal's modules fetch.
fn outside() -> Vec<Rule> {
    let everywhere = || Peer::Cidr(EVERYWHERE.to_owned());
    vec![
        rule(Direction::Out, HTTP, everywhere(), "packages"),
        rule(Direction::Out, HTTPS, everywhere(), "packages and services of AWS"),
    ]
}

/// From each machine of a group to the others.
fn among(words: &str, ports: Ports) -> [Rule; 2] {
    [Direction::In, Direction::Out].map(|direction| rule(direction, ports, Peer::own(), words))
}

/// The groups that there are, with the rules collected so far.
struct Sides<'a>(Vec<Side<'a>>);

struct Side<'a> {
    tier: &'static str,
    words: &'static str,
    group: &'a Handle<SecurityGroup>,
    rules: BTreeSet<Rule>,
}

impl<'a> Sides<'a> {
    fn of(security: &'a Security) -> Self {
        let all = [
            ("load-balancer", "load balancer", &security.load_balancer),
            ("web", "web nodes", &security.web),
            ("database", "database", &security.database),
            ("cache", "cache", &security.cache),
            ("search", "search server", &security.search),
            ("files", "shared files", &security.files),
            ("control", "control server", &security.control),
        ];
        let side = |(tier, words, group): (&'static str, &'static str, &'a Option<Handle<SecurityGroup>>)| {
            Some(Side { tier, words, group: group.as_ref()?, rules: BTreeSet::new() })
        };
        Self(all.into_iter().filter_map(side).collect())
    }

    fn at(&self, tier: &str) -> Option<usize> {
        self.0.iter().position(|side| side.tier == tier)
    }

    /// Adds rules to a group, if it is there.
    fn add(&mut self, tier: &str, rules: Vec<Rule>) {
        if let Some(at) = self.at(tier) {
            self.0[at].rules.extend(rules);
        }
    }

    /// Opens the way from one group to another, if both are there.
    fn way(&mut self, from: &str, to: &str, ports: &[Ports]) {
        let (Some(from), Some(to)) = (self.at(from), self.at(to)) else { return };
        for ports in ports {
            let out = rule(Direction::Out, *ports, Peer::Group(self.0[to].group.id()), self.0[to].words);
            let into = rule(Direction::In, *ports, Peer::Group(self.0[from].group.id()), self.0[from].words);
            self.0[from].rules.insert(out);
            self.0[to].rules.insert(into);
        }
    }
}

fn rule(direction: Direction, (first, last): Ports, peer: Peer, description: &str) -> Rule {
    Rule {
        direction,
        protocol: "tcp".to_owned(),
        from_port: Some(first),
        to_port: Some(last),
        peer,
        description: description.to_owned(),
    }
}
