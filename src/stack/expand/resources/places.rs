//! Where the user's own resources stand: in a zone of the region, and subnets at addresses that are free.
//!
//! AWS would refuse them as well, but only in the middle of an apply.

use serde_json::Value;

use crate::model::graph::Node;
use crate::model::spec::as_reference;
use crate::stack::resources::SECTION;
use crate::stack::text::Cidr;
use crate::stack::{Environment, Problem};

/// The section's own network.
const NETWORK: &str = "network.vpc";

/// What is wrong with the zones and addresses of the environment's `resources`.
pub fn wrong(environment: &Environment, nodes: &[Node]) -> Vec<Problem> {
    let mut problems = Vec::new();
    for node in nodes {
        let Some(name) = node.address.as_str().strip_prefix(SECTION).and_then(|rest| rest.strip_prefix('.'))
        else {
            continue;
        };
        problems.extend(zone(environment, name, node));
        if node.schema.kind == "subnet" {
            problems.extend(subnet(environment, name, node, nodes));
        }
    }
    problems
}

/// A zone of another region.
fn zone(environment: &Environment, name: &str, node: &Node) -> Option<Problem> {
    if !["subnet", "volume"].contains(&node.schema.kind) {
        return None;
    }
    let (zone, region) = (node.spec.get("zone")?.as_str()?, environment.region());
    if zone.starts_with(region) {
        return None;
    }
    let message = format!("`{SECTION}.{name}`: `{zone}` is no zone of the region `{region}`");
    Some(environment.problem_in(name, zone, message, format!("write a zone such as `{region}a`")))
}

/// A subnet that is no range, is outside of the network, or lies where another is.
fn subnet(environment: &Environment, name: &str, node: &Node, nodes: &[Node]) -> Option<Problem> {
    let text = node.spec.get("cidr")?.as_str()?;
    let told = |message: String, help: String| {
        Some(environment.problem_in(name, text, format!("`{SECTION}.{name}`: {message}"), help))
    };
    let range = match text.parse::<Cidr>() {
        Ok(range) => range,
        Err(wrong) => return told(wrong.message, wrong.help),
    };
    let network = environment.network.cidr.range();
    let within = |node: &Node| node.spec.get("vpc").and_then(as_reference).map(|to| to.address.to_string());
    let vpc = within(node)?;
    if vpc == NETWORK && !network.contains(range) {
        return told(
            format!("`{text}` is no part of the network, `{network}`"),
            format!("take a part of `{network}` in which no other subnet lies"),
        );
    }
    let others = nodes.iter().filter(|other| {
        other.schema.kind == "subnet" && other.address != node.address && within(other).as_ref() == Some(&vpc)
    });
    // Of two that lie over each other the second is told, where both are the user's.
    let taken =
        others.filter(|other| !other.address.as_str().starts_with(SECTION) || other.address < node.address);
    let mut ranges = taken.filter_map(|other| Some((other, cidr(other.spec.get("cidr")?)?)));
    let (other, there) = ranges.find(|(_, there)| there.overlaps(range))?;
    told(
        format!("`{text}` overlaps with `{there}` of `{}`", other.address),
        format!("take a part of `{network}` in which no other subnet lies"),
    )
}

fn cidr(value: &Value) -> Option<Cidr> {
    value.as_str()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use crate::aws::kinds::catalog;
    use crate::stack::Stack;
    use crate::stack::expand::{ExpandError, expand};
    use crate::stack::facts::Facts;

    /// What is told of these resources, with its line and column.
    fn told(resources: &str) -> Vec<String> {
        let text =
            format!("stack: s\nregion: us-east-1\nnetwork: {{cidr: 10.20.0.0/16}}\nresources:\n{resources}");
        let stack = Stack::parse("s.yaml", &text).unwrap_or_else(|report| panic!("{:?}", report.problems()));
        let environment = &stack.environments()[0];
        match expand(environment, &Facts::assumed(environment), &catalog()) {
            Ok(_) => Vec::new(),
            Err(ExpandError::Report(report)) => report
                .located()
                .map(|(line, column, problem)| format!("{line}:{column} {}", problem.message()))
                .collect(),
            Err(other) => panic!("{other}"),
        }
    }

    fn subnet(name: &str, cidr: &str, zone: &str) -> String {
        format!(
            "  {name}: {{kind: subnet, vpc: '${{network.vpc.id}}', cidr: {cidr}, zone: {zone}, public_addresses: false}}\n"
        )
    }

    #[test]
    fn a_subnet_takes_addresses_that_are_free() {
        let one = |cidr: &str| told(&subnet("a", cidr, "us-east-1a"));
        assert_eq!(one("10.20.255.0/24"), [""; 0]);
        assert_eq!(one("nonsense"), ["5:53 `resources.a`: expected an address range, found `nonsense`"]);
        assert_eq!(
            one("10.20.255.1/24"),
            ["5:53 `resources.a`: `10.20.255.1/24` is an address inside a range, not the range"]
        );
        assert_eq!(
            one("192.168.0.0/24"),
            ["5:53 `resources.a`: `192.168.0.0/24` is no part of the network, `10.20.0.0/16`"]
        );
        assert_eq!(
            one("10.20.0.0/24"),
            ["5:53 `resources.a`: `10.20.0.0/24` overlaps with `10.20.0.0/20` of `network.subnet.app-a`"]
        );
        let two = subnet("a", "10.20.254.0/23", "us-east-1a") + &subnet("b", "10.20.255.0/24", "us-east-1b");
        assert_eq!(
            told(&two),
            ["6:53 `resources.b`: `10.20.255.0/24` overlaps with `10.20.254.0/23` of `resources.a`"]
        );
    }

    #[test]
    fn a_zone_belongs_to_the_region() {
        let volume = |zone: &str| {
            told(&format!("  a: {{kind: volume, gib: 1, type: gp3, encrypted: true, zone: {zone}}}\n"))
        };
        assert_eq!(volume("us-east-1a"), [""; 0]);
        assert_eq!(volume("\"${network.subnet.app-a.zone}\""), [""; 0]);
        assert_eq!(
            volume("eu-west-1a"),
            ["5:63 `resources.a`: `eu-west-1a` is no zone of the region `us-east-1`"]
        );
        let both = subnet("a", "10.0.0.0/24", "eu-west-1a");
        assert_eq!(told(&both).len(), 2, "everything is told at once");
    }
}
