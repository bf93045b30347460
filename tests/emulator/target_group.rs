//! Target group.

use drucloud::run::cloud::Farewell;
use drucloud::run::fault::Class;
use serde_json::json;

use crate::law::law;
use crate::tier;
use crate::world::{World, room};

#[tokio::test]
async fn laws() {
    let world = World::new().await;
    let place = world.place().await;
    let check = json!({"path": "/up", "interval_seconds": 30, "timeout_seconds": 10, "healthy": 3,
        "unhealthy": 4, "matcher": "200-399"});
    let updates = [
        ("health_check", check),
        ("deregistration_delay_seconds", json!(60)),
        ("slow_start_seconds", json!(30)),
        ("slow_start_seconds", json!(0)),
        ("algorithm", json!("least_outstanding_requests")),
        ("algorithm", json!("weighted_random")),
        ("stickiness_seconds", json!(600)),
        ("stickiness_seconds", json!(900)),
        ("stickiness_seconds", json!(0)),
    ];
    law(&world, "target_group", "web.targets", tier::targets(&place), &updates).await;
}

#[tokio::test]
async fn what_a_listener_forwards_to_stays() {
    let world = World::new().await;
    let place = world.place().await;
    let balancer = world.balancer(&place).await;
    let targets = world.targets(&place, "a").await;
    let listener =
        json!({"load_balancer": balancer, "port": 80, "protocol": "http", "action": {"forward": targets}});
    world.create("listener", "web.listener", listener).await;
    let live = world.ready("target_group", &"web.targets.a".parse().expect("an address")).await;
    let kind = room("target_group");
    let refused = kind.delete(&world.aws, &live, &Farewell::default()).await.expect_err("it is in use");
    assert_eq!(refused.class, Class::InUse);
    let blockers = kind.blockers(&world.aws, &live).await.expect("blockers");
    assert_eq!(blockers, [format!("a listener of load balancer {balancer} forwards to it")]);
}
