//! Internet gateway.

use serde_json::json;

use crate::law::law;
use crate::world::{World, room};

#[tokio::test]
async fn laws() {
    let world = World::new().await;
    let vpc = world.vpc().await;
    law(&world, "internet_gateway", "network.gateway", json!({}), &[("vpc", json!(vpc))]).await;
}

#[tokio::test]
async fn a_detached_gateway_is_attached_again() {
    let world = World::new().await;
    let vpc = world.vpc().await;
    let order = world.order("internet_gateway", "network.gateway", &json!({"vpc": vpc}));
    let made = world.make(&order).await;
    let call = world.aws.ec2().detach_internet_gateway().internet_gateway_id(&made.id).vpc_id(vpc.as_str());
    call.send().await.expect("detached by hand");
    let (_, changes) = world.differences(&order).await;
    assert_eq!(changes.len(), 1, "{changes:?}");
    let again = world.converge(&order).await;
    assert_eq!(again.id, made.id);
    assert_eq!(room("internet_gateway").blockers(&world.aws, &again).await, Ok(Vec::new()));
}
