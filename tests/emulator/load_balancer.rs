//! Load balancer.

use drucloud::aws::glance::Glance;
use drucloud::model::live::Status;
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
    let third = world.subnet(&place.vpc, 3, 'c').await;
    let other = world.security_group(&place.vpc, "other").await;
    let mut subnets = place.subnets.as_array().expect("subnets").clone();
    subnets.push(json!(third));
    subnets.sort_by_key(ToString::to_string);
    let updates = [
        ("subnets", json!(subnets)),
        ("security_groups", json!([other])),
        ("idle_timeout_seconds", json!(120)),
        ("keep_alive_seconds", json!(600)),
        ("http2", json!(false)),
        ("drop_invalid_headers", json!(true)),
        ("deletion_protection", json!(true)),
        ("deletion_protection", json!(false)),
    ];
    law(&world, "load_balancer", "web.balancer", tier::balancer(&place), &updates).await;
}

#[tokio::test]
async fn what_aws_protects_is_protected_and_says_so() {
    let world = World::new().await;
    let place = world.place().await;
    let mut properties = tier::balancer(&place);
    properties["deletion_protection"] = json!(true);
    let live = world.create("load_balancer", "web.balancer", properties).await;
    assert!(live.protected);
    let kind = room("load_balancer");
    let refused = kind.delete(&world.aws, &live, &Farewell::default()).await.expect_err("it is protected");
    assert_eq!(refused.class, Class::InUse);
    let blockers = kind.blockers(&world.aws, &live).await.expect("blockers");
    assert_eq!(blockers, ["its own deletion protection"]);
}

/// Eight calls for all kinds of Elastic Load Balancing together, where there is one of each: three a kind, and one
/// list of load balancers for two of them.
#[tokio::test]
async fn one_look_serves_all() {
    let world = World::new().await;
    let place = world.place().await;
    let balancer = world.balancer(&place).await;
    let targets = world.targets(&place, "a").await;
    let listener =
        json!({"load_balancer": balancer, "port": 80, "protocol": "http", "action": {"forward": targets}});
    world.create("listener", "web.listener", listener).await;
    let glance = Glance::new(&world.aws);
    let before = world.aws.calls();
    for kind in ["load_balancer", "target_group", "listener"] {
        let found = room(kind).list(&glance).await.expect("a list");
        assert_eq!(found.len(), 1, "{kind}");
        assert_eq!(found[0].status, Status::Ready);
    }
    assert_eq!(world.aws.calls() - before, 8);
}
