//! Subnet.

use serde_json::json;

use crate::law::law;
use crate::world::World;

#[tokio::test]
async fn laws() {
    let world = World::new().await;
    let vpc = world.vpc().await;
    let properties =
        json!({"vpc": vpc, "cidr": "10.1.0.0/24", "zone": "us-east-1a", "public_addresses": false});
    law(&world, "subnet", "network.subnet.a", properties, &[("public_addresses", json!(true))]).await;
}
