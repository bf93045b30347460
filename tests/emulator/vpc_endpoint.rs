//! Gateway endpoint.

use drucloud::aws::kinds::route_table::RouteTable;
use serde_json::json;

use crate::law::law;
use crate::world::World;

#[tokio::test]
async fn laws() {
    let world = World::new().await;
    let vpc = world.vpc().await;
    let table = json!({"vpc": vpc, "routes": [], "subnets": []});
    let a = world.id::<RouteTable>("network.routes.a", table.clone()).await;
    let b = world.id::<RouteTable>("network.routes.b", table).await;
    let policy = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": "*",
        "Action": ["s3:GetObject"], "Resource": ["arn:aws:s3:::example/*"]}]});
    let properties = json!({"vpc": vpc, "service": "s3", "route_tables": [a]});
    let updates = [("route_tables", json!([a, b])), ("route_tables", json!([b])), ("policy", policy)];
    law(&world, "vpc_endpoint", "network.endpoint.s3", properties, &updates).await;
}
