//! Flow log.

use drucloud::aws::kinds::log_group::LogGroup;
use serde_json::json;

use crate::law::law;
use crate::world::World;

#[tokio::test]
async fn laws() {
    let world = World::new().await;
    let vpc = world.vpc().await;
    let group = world.id::<LogGroup>("network.log-group", json!({"retention_days": 14})).await;
    let properties = json!({"vpc": vpc, "log_group": group, "role": "arn:aws:iam::123456789012:role/flow",
        "traffic": "ALL"});
    law(&world, "flow_log", "network.flow-log", properties, &[]).await;
}
