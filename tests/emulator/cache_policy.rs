//! Cache policy.

use serde_json::json;

use crate::law::law;
use crate::world::World;

#[tokio::test]
async fn laws() {
    let world = World::new().await;
    let properties = json!({"cookies": ["SESS*", "SSESS*"], "headers": ["host"], "query_strings": true,
        "ttl": {"min_seconds": 0, "default_seconds": 0, "max_seconds": 31_536_000}, "compressed": true});
    let updates = [
        ("cookies", json!(["*"])),
        ("cookies", json!([])),
        ("headers", json!(["host", "origin"])),
        ("headers", json!([])),
        ("ttl", json!({"min_seconds": 1, "default_seconds": 60, "max_seconds": 3600})),
        ("query_strings", json!(false)),
        ("compressed", json!(false)),
    ];
    law(&world, "cache_policy", "media.cache.pages", properties, &updates).await;
}
