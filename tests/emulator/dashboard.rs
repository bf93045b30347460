//! Dashboard.

use serde_json::{Value, json};

use crate::law::law;
use crate::world::World;

fn widget(title: &str, y: u32) -> Value {
    json!({"type": "metric", "x": 0, "y": y, "width": 12, "height": 6, "properties": {
        "title": title, "region": "us-east-1", "view": "timeSeries", "stat": "Average", "period": 300,
        "metrics": [["AWS/RDS", "CPUUtilization", "DBInstanceIdentifier", "drucloud-prod"]]}})
}

#[tokio::test]
async fn laws() {
    let world = World::new().await;
    let properties = json!({"widgets": [widget("Database", 0)]});
    let updates = [("widgets", json!([widget("Database", 0), widget("Cache", 6)])), ("widgets", json!([]))];
    law(&world, "dashboard", "monitoring.dashboard", properties, &updates).await;
}

#[tokio::test]
async fn a_dashboard_that_was_written_anew_by_hand_is_still_ours() {
    let world = World::new().await;
    let properties = json!({"widgets": [widget("Database", 0)]});
    let order = world.order("dashboard", "load_balancer.pages.a-b", &properties);
    let live = world.make(&order).await;
    let call = world.aws.cloudwatch().put_dashboard().dashboard_name(&live.id);
    call.dashboard_body(r#"{"widgets": []}"#).send().await.expect("written by hand");
    let (_, changes) = world.differences(&order).await;
    assert_eq!(changes.len(), 1, "{changes:?}");
    world.converge(&order).await;
}
