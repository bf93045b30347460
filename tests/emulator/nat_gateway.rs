//! NAT gateway.

use serde_json::json;

use crate::law::law;
use crate::world::{World, eventually, room};

#[tokio::test]
async fn laws() {
    let world = World::new().await;
    let (_, subnet) = world.public_subnet().await;
    let address = world.create("elastic_ip", "network.address.a", json!({})).await;
    let properties = json!({"subnet": subnet, "address": {"$id": address.id, "$kind": "elastic_ip"}});
    law(&world, "nat_gateway", "network.nat.a", properties.clone(), &[]).await;

    let nat = world.create("nat_gateway", "network.nat.a", properties).await;
    assert_eq!(nat.output("public_ip"), address.output("public_ip"));
    eventually("the address names what uses it", async || {
        let blockers = room("elastic_ip").blockers(&world.aws, &address).await.expect("blockers");
        if blockers.len() == 1 { Ok(()) } else { Err(format!("{blockers:?}")) }
    })
    .await;
    world.remove(&nat).await;
    world.remove(&address).await;
}
