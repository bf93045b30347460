//! Elastic IP address.

use serde_json::json;

use crate::law::law;
use crate::world::World;

#[tokio::test]
async fn laws() {
    let world = World::new().await;
    law(&world, "elastic_ip", "network.address.a", json!({}), &[]).await;
    let made = world.create("elastic_ip", "network.address.a", json!({})).await;
    assert!(made.output("public_ip").is_some_and(|ip| ip.contains('.')), "{made:?}");
}
