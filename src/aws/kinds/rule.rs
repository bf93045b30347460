//! One rule of a security group, and its form in EC2's API.
//!
//! EC2 merges what shares protocol and ports into one permission with many peers; the stack writes one rule a
//! peer, so permissions are split when they are read.

use aws_sdk_ec2::types::{IpPermission, IpRange, Ipv6Range, PrefixListId, UserIdGroupPair};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::model::spec::Id;

use super::security_group::SecurityGroup;

/// What may pass.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct Rule {
    /// Whether it is about what comes in or what goes out.
    pub direction: Direction,
    /// `tcp`, `udp`, `icmp`, `icmpv6`, the number of another protocol, or `all`.
    pub protocol: String,
    /// The first port, or the type of ICMP; none means all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from_port: Option<u16>,
    /// The last port, or the code of ICMP; none means all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to_port: Option<u16>,
    /// The other side.
    #[serde(flatten)]
    pub peer: Peer,
    /// What it is for, at most 255 characters.
    #[serde(default)]
    pub description: String,
}

/// Which way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// Into the group.
    In,
    /// Out of the group.
    Out,
}

/// The other side of a rule.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Peer {
    /// A range of addresses, IPv4 or IPv6.
    Cidr(String),
    /// The machines of another group.
    Group(Id<SecurityGroup>),
    /// A managed list of ranges, such as that of S3, by its id.
    PrefixList(String),
    /// The machines of the group itself.
    #[serde(rename = "self")]
    Own(Yes),
}

/// `true`, the only value there is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "bool", into = "bool")]
#[schemars(with = "bool")]
pub struct Yes;

impl From<Yes> for bool {
    fn from(_: Yes) -> Self {
        true
    }
}

impl TryFrom<bool> for Yes {
    type Error = &'static str;
    fn try_from(value: bool) -> Result<Self, Self::Error> {
        if value { Ok(Self) } else { Err("expected `true`") }
    }
}

impl Peer {
    /// The group itself.
    pub fn own() -> Self {
        Self::Own(Yes)
    }
}

impl Rule {
    /// Whether EC2 takes them for the same rule: it does not look at descriptions.
    pub fn same_but_description(&self, other: &Self) -> bool {
        let Self { direction, protocol, from_port, to_port, peer, description: _ } = other;
        (&self.direction, &self.protocol, &self.from_port, &self.to_port, &self.peer)
            == (direction, protocol, from_port, to_port, peer)
    }

    /// As EC2 writes it; `own` is the id of the group itself.
    fn permission(&self, own: &str, with_description: bool) -> IpPermission {
        let description =
            Some(&self.description).filter(|text| with_description && !text.is_empty()).cloned();
        // -1 stands for all types and codes of ICMP; where the protocol is `all`, ports are left out.
        let all = self.protocol.starts_with("icmp").then_some(-1);
        let number = |port: Option<u16>| port.map(i32::from).or(all);
        let protocol = if self.protocol == "all" { "-1" } else { &self.protocol };
        let permission = IpPermission::builder().ip_protocol(protocol);
        let permission = permission.set_from_port(number(self.from_port)).set_to_port(number(self.to_port));
        let group =
            |id: &str| UserIdGroupPair::builder().group_id(id).set_description(description.clone()).build();
        match &self.peer {
            Peer::Cidr(cidr) if cidr.contains(':') => permission
                .ipv6_ranges(Ipv6Range::builder().cidr_ipv6(cidr).set_description(description).build()),
            Peer::Cidr(cidr) => {
                permission.ip_ranges(IpRange::builder().cidr_ip(cidr).set_description(description).build())
            }
            Peer::PrefixList(id) => permission.prefix_list_ids(
                PrefixListId::builder().prefix_list_id(id).set_description(description).build(),
            ),
            Peer::Group(id) => permission.user_id_group_pairs(group(id.as_str())),
            Peer::Own(_) => permission.user_id_group_pairs(group(own)),
        }
        .build()
    }
}

/// The permissions for those of the rules that go this way; `None` if there is none.
pub fn permissions(
    direction: Direction,
    rules: &[&Rule],
    own: &str,
    with_description: bool,
) -> Option<Vec<IpPermission>> {
    let ours = rules.iter().filter(|rule| rule.direction == direction);
    let permissions: Vec<_> = ours.map(|rule| rule.permission(own, with_description)).collect();
    (!permissions.is_empty()).then_some(permissions)
}

/// The rules that a permission stands for, one a peer.
pub fn split(direction: Direction, permission: &IpPermission, own: &str) -> Vec<Rule> {
    let protocol = match permission.ip_protocol().unwrap_or("-1") {
        "-1" => "all",
        "1" => "icmp",
        "6" => "tcp",
        "17" => "udp",
        "58" => "icmpv6",
        other => other,
    };
    let port = |number: Option<i32>| {
        number.filter(|_| protocol != "all").and_then(|number| u16::try_from(number).ok())
    };
    let rule = |peer: Peer, description: Option<&str>| Rule {
        direction,
        protocol: protocol.to_owned(),
        from_port: port(permission.from_port()),
        to_port: port(permission.to_port()),
        peer,
        description: description.unwrap_or_default().to_owned(),
    };
    let mut rules = Vec::new();
    for range in permission.ip_ranges() {
        let cidr = range.cidr_ip().unwrap_or_default().to_owned();
        rules.push(rule(Peer::Cidr(cidr), range.description()));
    }
    for range in permission.ipv6_ranges() {
        let cidr = range.cidr_ipv6().unwrap_or_default().to_owned();
        rules.push(rule(Peer::Cidr(cidr), range.description()));
    }
    for list in permission.prefix_list_ids() {
        let id = list.prefix_list_id().unwrap_or_default().to_owned();
        rules.push(rule(Peer::PrefixList(id), list.description()));
    }
    for pair in permission.user_id_group_pairs() {
        let id = pair.group_id().unwrap_or_default();
        let peer = if id == own { Peer::own() } else { Peer::Group(Id::known(id)) };
        rules.push(rule(peer, pair.description()));
    }
    rules
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn rule(peer: Peer) -> Rule {
        Rule {
            direction: Direction::In,
            protocol: "tcp".to_owned(),
            from_port: Some(443),
            to_port: Some(443),
            peer,
            description: "from the internet".to_owned(),
        }
    }

    #[test]
    fn a_rule_names_its_peer_beside_its_ports() {
        let written = serde_json::to_value(rule(Peer::own())).expect("JSON");
        let expected = json!({"direction": "in", "protocol": "tcp", "from_port": 443, "to_port": 443,
            "self": true, "description": "from the internet"});
        assert_eq!(written, expected);
        let group = serde_json::to_value(rule(Peer::Group(Id::known("sg-1")))).expect("JSON");
        assert_eq!(group.get("group"), Some(&json!({"$id": "sg-1", "$kind": "security_group"})));
        assert!(
            serde_json::from_value::<Rule>(json!({"direction": "in", "protocol": "all", "self": false}))
                .is_err()
        );
    }

    #[test]
    fn what_is_written_is_read_back() {
        let ports = [
            ("tcp", Some(80), Some(81)),
            ("icmp", Some(8), None),
            ("icmp", None, None),
            ("all", None, None),
            ("50", None, None),
        ];
        let peers = [
            Peer::Cidr("10.0.0.0/8".to_owned()),
            Peer::Cidr("::/0".to_owned()),
            Peer::PrefixList("pl-1".to_owned()),
            Peer::Group(Id::known("sg-2")),
            Peer::own(),
        ];
        for (protocol, from_port, to_port) in ports {
            for peer in &peers {
                let rule = Rule { protocol: protocol.to_owned(), from_port, to_port, ..rule(peer.clone()) };
                assert_eq!(split(Direction::In, &rule.permission("sg-1", true), "sg-1"), [rule]);
            }
        }
    }

    #[test]
    fn a_merged_permission_is_one_rule_a_peer() {
        let one = rule(Peer::Cidr("10.0.0.0/8".to_owned())).permission("sg-1", true);
        let merged = IpPermission::builder()
            .ip_protocol("6")
            .from_port(443)
            .to_port(443)
            .set_ip_ranges(Some(one.ip_ranges().to_vec()))
            .user_id_group_pairs(UserIdGroupPair::builder().group_id("sg-2").build())
            .build();
        let rules = split(Direction::In, &merged, "sg-1");
        assert_eq!(rules.len(), 2);
        assert_eq!(rules[0], rule(Peer::Cidr("10.0.0.0/8".to_owned())));
        assert_eq!((rules[1].protocol.as_str(), rules[1].description.as_str()), ("tcp", ""));
    }
}
