//! Listener.

use serde_json::json;

use crate::law::law;
use crate::world::World;

#[tokio::test]
async fn laws() {
    let world = World::new().await;
    let place = world.place().await;
    let balancer = world.balancer(&place).await;
    let (targets, others) = (world.targets(&place, "a").await, world.targets(&place, "b").await);
    let (first, second) = (world.issued("a").await, world.issued("b").await);
    let https = |certificate, policy| json!({"https": {"certificate": certificate, "ssl_policy": policy}});
    let properties =
        json!({"load_balancer": balancer, "port": 80, "protocol": "http", "action": "redirect_https"});
    let updates = [
        ("port", json!(8080)),
        ("action", json!({"forward": targets})),
        ("action", json!({"forward": others})),
        ("action", json!({"fixed": 503})),
        ("protocol", https(&first, "ELBSecurityPolicy-TLS13-1-2-2021-06")),
        ("protocol", https(&second, "ELBSecurityPolicy-TLS13-1-2-2021-06")),
        ("protocol", https(&second, "ELBSecurityPolicy-TLS13-1-3-2021-06")),
        ("protocol", json!("http")),
    ];
    law(&world, "listener", "web.listener", properties, &updates).await;
}
