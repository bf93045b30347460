//! Log group.

use serde_json::json;

use crate::law::law;
use crate::world::World;

#[tokio::test]
async fn laws() {
    let world = World::new().await;
    let updates = [("retention_days", json!(30)), ("retention_days", json!(0))];
    law(&world, "log_group", "network.log-group", json!({"retention_days": 14}), &updates).await;
}
