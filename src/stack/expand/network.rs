//! network: the VPC, its subnets in each zone, the ways out, and the private names.

use std::collections::{BTreeMap, BTreeSet};

use crate::aws::kinds::elastic_ip::ElasticIp;
use crate::aws::kinds::flow_log::FlowLog;
use crate::aws::kinds::hosted_zone::HostedZone;
use crate::aws::kinds::internet_gateway::InternetGateway;
use crate::aws::kinds::log_group::LogGroup;
use crate::aws::kinds::nat_gateway::NatGateway;
use crate::aws::kinds::role::Role;
use crate::aws::kinds::route_table::{Route, RouteTable, Via};
use crate::aws::kinds::subnet::Subnet;
use crate::aws::kinds::vpc::Vpc;
use crate::aws::kinds::vpc_endpoint::{VpcEndpoint, full_access};
use crate::aws::policy::Policy;
use crate::model::graph::Handle;
use crate::model::spec::{Id, Text};
use crate::stack::network::{Nat, Tier};
use crate::stack::text::Zone;

use super::{ExpandError, Plot};

/// What other sections build on.
pub struct Network {
    /// The VPC.
    pub vpc: Handle<Vpc>,
    /// The private zone.
    pub zone: Handle<HostedZone>,
    subnets: Vec<(Tier, Zone, Id<Subnet>)>,
}

impl Network {
    /// The subnets of a tier.
    pub fn tier(&self, tier: Tier) -> BTreeSet<Id<Subnet>> {
        self.subnets.iter().filter(|(of, ..)| *of == tier).map(|(.., id)| id.clone()).collect()
    }

    /// The zones and subnets of a tier, the first zone first.
    pub fn places(&self, tier: Tier) -> Vec<(Zone, Id<Subnet>)> {
        let of_tier = self.subnets.iter().filter(|(of, ..)| *of == tier);
        of_tier.map(|(_, zone, id)| (zone.clone(), id.clone())).collect()
    }

    fn at(&self, tier: Tier, zone: &Zone) -> Option<Id<Subnet>> {
        self.subnets.iter().find(|(of, at, _)| *of == tier && at == zone).map(|(.., id)| id.clone())
    }
}

/// The letter of a zone: short names for what is in it.
pub fn letter(zone: &Zone) -> String {
    zone.to_string().chars().last().map(String::from).unwrap_or_default()
}

pub(super) fn expand(plot: &mut Plot<'_>) -> Result<Network, ExpandError> {
    let section = &plot.environment.network;
    let vpc = plot.add(
        "network.vpc",
        &Vpc {
            cidr: section.cidr.range().to_string(),
            dns_support: true,
            dns_hostnames: true,
            default_group_closed: true,
        },
    )?;
    let zone = plot.add(
        "network.zone",
        &HostedZone {
            name: plot.zone_name(),
            vpcs: [vpc.id()].into(),
            comment: format!("private names of {}/{}", plot.environment.stack, plot.environment.name),
            public_zones: public_zones(plot),
        },
    )?;
    let gateway = plot.add("network.gateway", &InternetGateway { vpc: Some(vpc.id()) })?;
    let mut network = Network { vpc, zone, subnets: Vec::new() };
    for subnet in section.subnets(&plot.facts.zones) {
        let address = format!("network.subnet.{}-{}", subnet.tier.as_str(), letter(&subnet.zone));
        let properties = Subnet {
            vpc: network.vpc.id(),
            cidr: subnet.cidr.to_string(),
            zone: subnet.zone.to_string(),
            // Only load balancers and NAT gateways live there, and they bring their own addresses.
            public_addresses: false,
        };
        let handle = plot.add(&address, &properties)?;
        network.subnets.push((subnet.tier, subnet.zone, handle.id()));
    }
    let nats = nats(plot, &network)?;
    routes(plot, &network, &gateway, &nats)?;
    flow_logs(plot, &network)?;
    Ok(network)
}

/// The public zones in which there will be records: of the site and of its mail.
fn public_zones(plot: &Plot<'_>) -> BTreeSet<String> {
    let mail = plot.facts.mail.zone.iter().filter(|_| !plot.facts.mail.shared);
    plot.facts.public_zone.iter().chain(mail).map(|zone| zone.id.clone()).collect()
}

/// One NAT gateway in each zone, in the first, or nowhere; by the zone that uses it.
fn nats(plot: &mut Plot<'_>, network: &Network) -> Result<BTreeMap<Zone, Id<NatGateway>>, ExpandError> {
    let zones = plot.facts.zones.clone();
    let mut nats: BTreeMap<Zone, Id<NatGateway>> = BTreeMap::new();
    let own = match plot.environment.network.nat {
        Nat::PerZone => zones.len(),
        Nat::Single => 1,
        Nat::None => 0,
    };
    for zone in zones.iter().take(own) {
        let address = plot.add(&format!("network.address.{}", letter(zone)), &ElasticIp {})?;
        let Some(subnet) = network.at(Tier::Public, zone) else { continue };
        let nat = NatGateway { subnet, address: address.id() };
        nats.insert(zone.clone(), plot.add(&format!("network.nat.{}", letter(zone)), &nat)?.id());
    }
    if let Some(first) = nats.values().next().cloned() {
        for zone in &zones {
            nats.entry(zone.clone()).or_insert_with(|| first.clone());
        }
    }
    Ok(nats)
}

fn routes(
    plot: &mut Plot<'_>,
    network: &Network,
    gateway: &Handle<InternetGateway>,
    nats: &BTreeMap<Zone, Id<NatGateway>>,
) -> Result<(), ExpandError> {
    let everywhere = |via| BTreeSet::from([Route { destination: "0.0.0.0/0".to_owned(), via }]);
    let table = |routes, subnets| RouteTable { vpc: network.vpc.id(), routes, subnets };
    let public = table(everywhere(Via::Gateway(gateway.id())), network.tier(Tier::Public));
    let mut tables = BTreeSet::from([plot.add("network.routes.public", &public)?.id()]);
    for zone in &plot.facts.zones.clone() {
        let routes = nats.get(zone).map(|nat| everywhere(Via::Nat(nat.clone()))).unwrap_or_default();
        let app = table(routes, network.at(Tier::App, zone).into_iter().collect());
        tables.insert(plot.add(&format!("network.routes.app-{}", letter(zone)), &app)?.id());
    }
    // What holds data has no way to the internet, and no way from there.
    let data = table(BTreeSet::new(), network.tier(Tier::Data));
    tables.insert(plot.add("network.routes.data", &data)?.id());
    let endpoint = VpcEndpoint {
        vpc: network.vpc.id(),
        service: "s3".to_owned(),
        route_tables: tables,
        policy: full_access(),
    };
    plot.add("network.s3", &endpoint)?;
    Ok(())
}

/// The log of the network's connections, and the role that writes it ("Publish flow logs to CloudWatch Logs",
/// VPC user guide).
fn flow_logs(plot: &mut Plot<'_>, network: &Network) -> Result<(), ExpandError> {
    let Some(days) = plot.environment.network.flow_logs.days() else { return Ok(()) };
    let group = plot.add("network.flow-log-group", &LogGroup { retention_days: days })?;
    let policy = serde_json::json!({
        "Version": "2012-10-17",
        "Statement": [{
            "Effect": "Allow",
            "Action": ["logs:CreateLogStream", "logs:DescribeLogGroups", "logs:DescribeLogStreams", "logs:PutLogEvents"],
            "Resource": "*",
        }],
    });
    let role = Role {
        service: "vpc-flow-logs.amazonaws.com".to_owned(),
        policies: BTreeMap::from([("write".to_owned(), Policy::new(policy))]),
        managed: BTreeSet::new(),
        instance_profile: false,
    };
    let role = plot.add("network.flow-log-role", &role)?;
    let log = FlowLog {
        vpc: network.vpc.id(),
        log_group: group.id(),
        role: Text::Ref(role.output("arn")),
        traffic: "ALL".to_owned(),
    };
    plot.add("network.flow-log", &log)?;
    Ok(())
}
