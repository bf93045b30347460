//! Replication group.

use serde_json::{Value, json};

use crate::cache_cluster::Place;
use crate::law::law;

const KIND: &str = "replication_group";
const POLICY: (&str, &str) = ("maxmemory-policy", "allkeys-lru");

fn valkey(place: &Place) -> Value {
    json!({
        "engine": "valkey", "version": "8.0", "node_type": "cache.t4g.small", "nodes": 2,
        "failover": true, "multi_az": true, "subnet_group": place.subnets,
        "security_groups": [place.groups[0]], "parameter_group": place.parameters[0],
        "encrypted_at_rest": true, "encrypted_in_transit": true,
        "maintenance_window": "sun:03:00-sun:04:00",
    })
}

#[tokio::test]
async fn laws() {
    let place = Place::new("valkey8", POLICY).await;
    let updates = [
        ("nodes", json!(3)),
        ("multi_az", json!(false)),
        ("failover", json!(false)),
        ("node_type", json!("cache.m7g.large")),
        ("security_groups", json!(place.groups)),
        ("parameter_group", json!(place.parameters[1])),
        ("maintenance_window", json!("mon:05:00-mon:06:00")),
        ("version", json!("8.1")),
    ];
    law(&place.world, KIND, "cache.group", valkey(&place), &updates).await;
}

#[tokio::test]
async fn replicas_come_before_failover_and_go_after_it() {
    let place = Place::new("valkey8", POLICY).await;
    let mut properties = valkey(&place);
    let two = place.world.create(KIND, "cache.group", properties.clone()).await;
    let (primary, reader) = (two.output("primary"), two.output("reader"));
    assert!(primary.is_some() && reader.is_some() && primary != reader, "{two:?}");
    assert_eq!(two.output("port").as_deref(), Some("6379"));
    for (nodes, failover) in [(1, false), (2, true)] {
        properties["nodes"] = json!(nodes);
        properties["failover"] = json!(failover);
        properties["multi_az"] = json!(failover);
        let live = place.world.converge(&place.world.order(KIND, "cache.group", &properties)).await;
        assert_eq!((live.id, live.outputs.get("primary").cloned()), (two.id.clone(), primary.clone()));
    }
}

#[tokio::test]
async fn redis_becomes_valkey_in_place() {
    let place = Place::new("redis7", POLICY).await;
    let mut properties = valkey(&place);
    properties["engine"] = json!("redis");
    properties["version"] = json!("7.1");
    let redis = place.world.create(KIND, "cache.group", properties).await;
    let group = json!({"family": "valkey8", "parameters": {}});
    let live = place.world.create("cache_parameter_group", "cache.valkey", group).await;
    let mut properties = valkey(&place);
    properties["parameter_group"] = json!({"$id": live.id, "$kind": "cache_parameter_group"});
    let valkey = place.world.converge(&place.world.order(KIND, "cache.group", &properties)).await;
    assert_eq!(valkey.id, redis.id);
}
