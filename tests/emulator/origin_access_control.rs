//! Origin access control.

use serde_json::json;

use crate::law::law;
use crate::world::World;

#[tokio::test]
async fn laws() {
    let world = World::new().await;
    let properties = json!({"origin": "s3", "signing": "always"});
    let updates = [("signing", json!("no-override")), ("origin", json!("lambda"))];
    law(&world, "origin_access_control", "media.access", properties, &updates).await;
}
