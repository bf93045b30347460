//! What of EC2 is still there, by its id. Its names are tags, so nothing there refuses a second one.

use aws_sdk_ec2::types::{Filter, Reservation};

use crate::aws::tags::{self, Tags};
use crate::aws::{Aws, error};
use crate::run::fault::Fault;

/// The tags of the first in an answer.
macro_rules! first {
    ($call:expr, $fault:expr, $list:ident) => {
        $call.send().await.map_err($fault)?.$list().first().map(|one| tags::read!(one.tags()))
    };
}

/// The tags of what has that id; `None`: it is not there, or on its way out, or of another kind.
pub async fn tags_of(aws: &Aws, kind: &str, id: &str) -> Result<Option<Tags>, Fault> {
    let ec2 = aws.ec2();
    Ok(match kind {
        "subnet" => {
            let call = ec2.describe_subnets().filters(filter("subnet-id", &[id]));
            first!(call, error::read("ec2:DescribeSubnets"), subnets)
        }
        "security_group" => {
            let call = ec2.describe_security_groups().filters(filter("group-id", &[id]));
            first!(call, error::read("ec2:DescribeSecurityGroups"), security_groups)
        }
        "internet_gateway" => {
            let call = ec2.describe_internet_gateways().filters(filter("internet-gateway-id", &[id]));
            first!(call, error::read("ec2:DescribeInternetGateways"), internet_gateways)
        }
        "nat_gateway" => {
            let stays = filter("state", &["pending", "available"]);
            let call = ec2.describe_nat_gateways().filter(filter("nat-gateway-id", &[id])).filter(stays);
            first!(call, error::read("ec2:DescribeNatGateways"), nat_gateways)
        }
        "elastic_ip" => {
            let call = ec2.describe_addresses().filters(filter("allocation-id", &[id]));
            first!(call, error::read("ec2:DescribeAddresses"), addresses)
        }
        "route_table" => {
            let call = ec2.describe_route_tables().filters(filter("route-table-id", &[id]));
            first!(call, error::read("ec2:DescribeRouteTables"), route_tables)
        }
        "volume" => {
            let stays = filter("status", &["creating", "available", "in-use"]);
            let call = ec2.describe_volumes().filters(filter("volume-id", &[id])).filters(stays);
            first!(call, error::read("ec2:DescribeVolumes"), volumes)
        }
        "instance" => {
            let stays = filter("instance-state-name", &["pending", "running", "stopping", "stopped"]);
            let call = ec2.describe_instances().filters(filter("instance-id", &[id])).filters(stays);
            let answer = call.send().await.map_err(error::read("ec2:DescribeInstances"))?;
            let first = answer.reservations().iter().flat_map(Reservation::instances).next();
            first.map(|one| tags::read!(one.tags()))
        }
        _ => None,
    })
}

fn filter(name: &str, values: &[&str]) -> Filter {
    let values = values.iter().map(|value| (*value).to_owned()).collect();
    Filter::builder().name(name).set_values(Some(values)).build()
}
