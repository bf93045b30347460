//! Route table.

use serde_json::json;

use crate::law::law;
use crate::world::World;

#[tokio::test]
async fn laws() {
    let world = World::new().await;
    let (vpc, public) = world.public_subnet().await;
    let app = world.subnet(&vpc, 2, 'b').await;
    let gateway = world.at("internet_gateway", &"network.gateway".parse().expect("an address")).await;
    let gateway = json!({"gateway": {"$id": gateway[0].id, "$kind": "internet_gateway"}});
    let nat = world.nat(&public).await;
    let nat = json!({"nat": nat});
    let properties =
        json!({"vpc": vpc, "routes": [{"destination": "0.0.0.0/0", "via": gateway}], "subnets": []});
    let updates = [
        ("routes", json!([{"destination": "0.0.0.0/0", "via": nat}])),
        (
            "routes",
            json!([{"destination": "192.168.0.0/16", "via": nat}, {"destination": "198.51.100.0/24", "via": gateway}]),
        ),
        ("routes", json!([])),
        ("subnets", json!([app])),
        ("subnets", json!([public, app])),
        ("subnets", json!([public])),
    ];
    law(&world, "route_table", "network.routes.app-a", properties, &updates).await;
}

#[tokio::test]
async fn a_subnet_moves_from_one_table_to_another() {
    let world = World::new().await;
    let vpc = world.vpc().await;
    let subnet = world.subnet(&vpc, 1, 'a').await;
    let properties = json!({"vpc": vpc, "routes": [], "subnets": [subnet]});
    let one = world.create("route_table", "network.routes.one", properties.clone()).await;
    let other = world.create("route_table", "network.routes.other", properties).await;
    let (left, _) = world
        .differences(&world.order(
            "route_table",
            "network.routes.one",
            &json!({"vpc": vpc, "routes": [], "subnets": []}),
        ))
        .await;
    assert_eq!(left.spec.get("subnets"), Some(&json!([])));
    world.remove(&one).await;
    world.remove(&other).await;
}
