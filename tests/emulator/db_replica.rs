//! Read replica of a database.

use drucloud::run::cloud::Farewell;
use serde_json::json;

use crate::db_instance::Place;
use crate::law::law;
use crate::world::{insist, room};

const KIND: &str = "db_replica";

/// What a replica does not share with its source.
fn of(source: &str) -> serde_json::Value {
    json!({"replica_of": {"$id": source, "$kind": "db_instance"}, "managed_password": false, "multi_az": false,
        "backup_days": 0, "backup_window": null, "storage": {"gib": 20, "type": "gp3"},
        "performance_insights": false, "parameters_applied": null})
}

#[tokio::test]
async fn laws() {
    let place = Place::new().await;
    let source = place.world.create("db_instance", "database.instance", place.with(&json!({}))).await;
    let updates = [
        ("class", json!("db.m7g.xlarge")),
        ("multi_az", json!(true)),
        ("security_groups", json!(place.groups)),
        ("public", json!(true)),
        ("backup_days", json!(1)),
        ("backup_window", json!("01:00-01:30")),
        ("maintenance_window", json!("Mon:05:00-Mon:06:00")),
        ("minor_upgrades", json!(false)),
        ("logs", json!(["error", "general"])),
        ("performance_insights", json!(true)),
        ("storage", json!({"gib": 30, "max_gib": 200, "type": "gp3"})),
        ("version", json!("8.4.5")),
        ("parameter_group", json!(place.parameters[1])),
        ("parameters_applied", json!("yes")),
    ];
    law(&place.world, KIND, "database.replica.1", place.with(&of(&source.id)), &updates).await;
}

#[tokio::test]
async fn a_replica_is_no_database_and_goes_without_a_snapshot() {
    let place = Place::new().await;
    let source = place.world.create("db_instance", "database.instance", place.with(&json!({}))).await;
    let replica = place.world.create(KIND, "database.replica.1", place.with(&of(&source.id))).await;
    assert_eq!(place.world.at("db_instance", &replica.address).await, []);
    let farewell = Farewell { snapshot: Some(format!("{}-last", place.world.aws.scope.stack)) };
    let delete = async || room(KIND).delete(&place.world.aws, &replica, &farewell).await;
    insist("delete", &[], delete).await;
    place.world.remove(&replica).await;
}
