//! Cache subnet group.

use serde_json::json;

use crate::law::law;
use crate::world::World;

#[tokio::test]
async fn laws() {
    let world = World::new().await;
    let vpc = world.vpc().await;
    let (a, b) = (world.subnet(&vpc, 1, 'a').await, world.subnet(&vpc, 2, 'b').await);
    let c = world.subnet(&vpc, 3, 'c').await;
    let updates = [("subnets", json!([b, c]))];
    law(&world, "cache_subnet_group", "cache.subnets", json!({"subnets": [a, b]}), &updates).await;
}
