//! The ways out of a network, which tell of more than themselves: a route of its internet gateway, a NAT gateway of its
//! address.

use std::rc::Rc;

use aws_sdk_ec2::types::{NatGateway, RouteTable};

use crate::aws::error;
use crate::aws::glance::Glance;
use crate::run::fault::Fault;

/// The tables with the environment's tags.
pub struct Tables(pub Vec<RouteTable>);

/// Reads them, once a look.
pub async fn tables(glance: &Glance<'_>) -> Result<Rc<Tables>, Fault> {
    let ask = || async {
        let call = glance.aws.ec2().describe_route_tables().set_filters(glance.aws.tag_filters());
        let all: Result<Vec<_>, _> = call.into_paginator().items().send().collect().await;
        all.map(Tables).map_err(error::read("ec2:DescribeRouteTables"))
    };
    glance.once(ask).await
}

/// The gateways with the environment's tags, those that are gone for an hour as well.
pub struct Gateways(pub Vec<NatGateway>);

/// Reads them, once a look.
pub async fn gateways(glance: &Glance<'_>) -> Result<Rc<Gateways>, Fault> {
    let ask = || async {
        let call = glance.aws.ec2().describe_nat_gateways().set_filter(glance.aws.tag_filters());
        let all: Result<Vec<_>, _> = call.into_paginator().items().send().collect().await;
        all.map(Gateways).map_err(error::read("ec2:DescribeNatGateways"))
    };
    glance.once(ask).await
}
