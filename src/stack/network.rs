//! The section `network`: the VPC, its zones and its ways out.
//!
//! Subnets are carved by a fixed plan in which a zone's place follows from its letter alone, so that another
//! zone never moves a subnet that exists: a moved subnet is a replaced one, with all that lives in it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::rules::Findings;
use super::text::{Cidr, Region, VpcCidr, Zone};

/// The network that all else lives in.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Network {
    /// The private address range of the VPC, from a /16 to a /21.
    pub cidr: VpcCidr,
    /// In how many availability zones the platform lives, or in which. Load balancer and database need two.
    pub zones: Zones,
    /// How machines without a public address reach the internet.
    pub nat: Nat,
    /// Whether the network's connections are logged to CloudWatch, and for how many days they are kept.
    pub flow_logs: FlowLogs,
}

impl Default for Network {
    fn default() -> Self {
        Self {
            cidr: VpcCidr::DEFAULT,
            zones: Zones::Count(2),
            nat: Nat::PerZone,
            flow_logs: FlowLogs::Plain(false),
        }
    }
}

/// The availability zones: how many, or which.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Zones {
    /// So many, chosen when the network is made: the first that offer what the stack needs.
    Count(#[schemars(range(min = 1, max = 4))] u8),
    /// These zones of the region.
    Named(#[schemars(length(min = 1, max = 4), extend("uniqueItems" = true))] Vec<Zone>),
}

impl Zones {
    /// How many zones there are.
    pub fn count(&self) -> usize {
        match self {
            Self::Count(count) => usize::from(*count),
            Self::Named(zones) => zones.len(),
        }
    }
}

/// The way to the internet for machines without a public address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Nat {
    /// A NAT gateway in each zone: a zone that fails takes no other with it.
    PerZone,
    /// One NAT gateway: cheaper, and its zone's failure cuts all off.
    Single,
    /// No way out but the endpoint of S3.
    None,
}

/// The log of the network's connections.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum FlowLogs {
    /// `true` keeps them for 30 days.
    Plain(bool),
    /// Keeps them for a number of days.
    Kept(Retention),
}

/// How long a log is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Retention {
    /// The days that CloudWatch Logs keeps them: one of the numbers that it knows.
    #[schemars(extend("enum" = RETENTIONS))]
    pub days: u16,
}

/// The retentions of CloudWatch Logs (`PutRetentionPolicy` in its API reference).
pub const RETENTIONS: [u16; 22] =
    [1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653];

impl Default for Retention {
    fn default() -> Self {
        Self { days: 30 }
    }
}

impl FlowLogs {
    /// For how many days they are kept; `None` if there are none.
    pub fn days(self) -> Option<u16> {
        match self {
            Self::Plain(false) => None,
            Self::Plain(true) => Some(Retention::default().days),
            Self::Kept(retention) => Some(retention.days),
        }
    }
}

/// What a subnet is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Tier {
    /// The load balancer and the NAT gateways.
    Public,
    /// Machines without a public address.
    App,
    /// The database and what else holds data.
    Data,
}

impl Tier {
    /// Its name in names and tags.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Public => "public",
            Self::App => "app",
            Self::Data => "data",
        }
    }

    /// How many bits longer the subnets' prefix is than the VPC's, and the number of the first of them.
    ///
    /// Each tier has a place for every letter of zone: App takes the first half of the range, data the third
    /// quarter, public half of the fourth. The last eighth stays free for a tier to come.
    const fn place(self) -> (u8, u32) {
        match self {
            Self::App => (4, 0),
            Self::Data => (5, 16),
            Self::Public => (6, 48),
        }
    }
}

/// A subnet that is to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SubnetPlan {
    /// What it is for.
    pub tier: Tier,
    /// The zone that it is in.
    pub zone: Zone,
    /// Its address range.
    pub cidr: Cidr,
}

impl Network {
    /// The subnets of these zones. A subnet's range depends on the VPC's, its tier and its zone, on nothing else.
    pub fn subnets(&self, zones: &[Zone]) -> Vec<SubnetPlan> {
        let range = self.cidr.range();
        let plan = |tier: Tier, zone: &Zone| {
            let (bits, first) = tier.place();
            // There always is such a part: a VPC is a /21 at least, which leaves room for six bits.
            let cidr = range.subnet(bits, first + u32::from(zone.index()))?;
            Some(SubnetPlan { tier, zone: zone.clone(), cidr })
        };
        let tiers = [Tier::Public, Tier::App, Tier::Data];
        tiers.into_iter().flat_map(|tier| zones.iter().filter_map(move |zone| plan(tier, zone))).collect()
    }

    /// Zones that are named must belong to the region.
    pub(super) fn examine(&self, region: Option<&Region>, findings: &mut Findings<'_>) {
        let Zones::Named(zones) = &self.zones else { return };
        let expected = region.cloned().or_else(|| zones.first().map(Zone::region));
        for (index, zone) in zones.iter().enumerate() {
            let Some(expected) = expected.as_ref().filter(|expected| **expected != zone.region()) else {
                continue;
            };
            let path = format!("network.zones[{index}]");
            let mut paths = vec![path.as_str()];
            if region.is_some() && findings.is_written("region") {
                paths.push("region");
            }
            findings.error(
                &paths,
                format!("`network.zones`: `{zone}` is not a zone of the region `{expected}`"),
                format!("write a zone such as `{expected}a`, or a number of zones to let them be chosen"),
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    fn zones(letters: &str) -> Vec<Zone> {
        letters.chars().map(|letter| format!("us-east-1{letter}").parse().unwrap()).collect()
    }

    fn network(cidr: &str) -> Network {
        Network { cidr: cidr.parse().unwrap(), ..Network::default() }
    }

    #[test]
    fn the_plan_of_two_zones_reads_as_follows() {
        let shown: Vec<String> = network("10.20.0.0/16")
            .subnets(&zones("ab"))
            .iter()
            .map(|subnet| format!("{} {} {}", subnet.tier.as_str(), subnet.zone, subnet.cidr))
            .collect();
        assert_eq!(
            shown,
            [
                "public us-east-1a 10.20.192.0/22",
                "public us-east-1b 10.20.196.0/22",
                "app us-east-1a 10.20.0.0/20",
                "app us-east-1b 10.20.16.0/20",
                "data us-east-1a 10.20.128.0/21",
                "data us-east-1b 10.20.136.0/21",
            ]
        );
    }

    #[test]
    fn subnets_lie_in_the_vpc_apart_from_each_other_and_large_enough() {
        for cidr in ["10.0.0.0/16", "10.0.0.0/17", "172.16.8.0/21", "192.168.128.0/20", "100.64.0.0/19"] {
            let network = network(cidr);
            let subnets = network.subnets(&zones("abcdefgh"));
            assert_eq!(subnets.len(), 24);
            for (index, subnet) in subnets.iter().enumerate() {
                assert!(network.cidr.range().contains(subnet.cidr), "{cidr} {subnet:?}");
                assert!(subnet.cidr.prefix() <= 27, "{cidr} {subnet:?}");
                for other in &subnets[..index] {
                    assert!(!subnet.cidr.overlaps(other.cidr), "{cidr} {subnet:?} {other:?}");
                }
            }
        }
    }

    #[test]
    fn another_zone_moves_no_subnet() {
        let network = network("10.20.0.0/16");
        let plan = |letters| -> HashSet<_> {
            network.subnets(&zones(letters)).into_iter().map(|s| (s.tier, s.zone, s.cidr)).collect()
        };
        assert!(plan("ac").is_subset(&plan("abc")));
        assert!(plan("bd").is_subset(&plan("dcba")));
        assert_eq!(plan("fa"), plan("af"));
    }

    #[test]
    fn flow_logs_have_a_retention() {
        assert_eq!(FlowLogs::Plain(false).days(), None);
        assert_eq!(FlowLogs::Plain(true).days(), Some(30));
        assert_eq!(FlowLogs::Kept(Retention { days: 7 }).days(), Some(7));
    }
}
