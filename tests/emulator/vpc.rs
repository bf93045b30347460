//! VPC.

use serde_json::json;

use crate::law::law;
use crate::world::World;

#[tokio::test]
async fn laws() {
    let world = World::new().await;
    let properties = json!({"cidr": "10.1.0.0/16", "dns_support": true, "dns_hostnames": true,
        "default_group_closed": false});
    let updates = [
        ("dns_hostnames", json!(false)),
        ("dns_support", json!(false)),
        ("default_group_closed", json!(true)),
    ];
    law(&world, "vpc", "network.vpc", properties, &updates).await;
}
