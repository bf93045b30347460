//! Names that somebody else has: what the plan makes would collide with them.
//!
//! Only what carries the environment's tags is ours, so whatever has one of our names and is no part of the live
//! state was made by hand, by another tool, or by an environment whose tags were lost.

use std::rc::Rc;

use aws_sdk_elasticloadbalancingv2::types::LoadBalancer as Described;

use crate::aws::error;
use crate::run::fault::Fault;

use super::look::Look;

/// Every load balancer of the region.
pub struct Balancers(pub Vec<Described>);

/// Reads them, once.
pub async fn balancers(look: &Look<'_>) -> Result<Rc<Balancers>, Fault> {
    let read = async || {
        let pages = look.aws.elb().describe_load_balancers().into_paginator().items().send();
        let all: Result<Vec<_>, _> = pages.collect().await;
        all.map_err(error::read("elasticloadbalancing:DescribeLoadBalancers"))
    };
    look.glance.once(|| async { look.ask(read).await.map(Balancers) }).await
}
