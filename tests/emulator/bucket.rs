//! Bucket.

use aws_sdk_s3::primitives::ByteStream;
use drucloud::aws::tags;
use serde_json::{Value, json};

use crate::law::law;
use crate::world::{World, insist, room};

fn properties() -> Value {
    json!({"versioning": true, "encryption": "AES256", "public_access_blocked": true,
        "ownership": "BucketOwnerEnforced",
        "lifecycle": {"old-versions": {"versions_days": 30, "markers": true},
            "unfinished-uploads": {"uploads_days": 7, "markers": false}},
        "cors": [{"origins": ["https://www.example.org"], "methods": ["GET", "HEAD"], "headers": ["*"],
            "exposed": ["ETag"], "max_age_seconds": 3000}]})
}

#[tokio::test]
async fn laws() {
    let world = World::new().await;
    let updates = [
        ("versioning", json!(false)),
        ("encryption", json!("aws:kms")),
        ("public_access_blocked", json!(false)),
        ("ownership", json!("BucketOwnerPreferred")),
        ("lifecycle", json!({"old-versions": {"versions_days": 90, "markers": true}})),
        ("lifecycle", json!({})),
        ("cors", json!([])),
    ];
    law(&world, "bucket", "media.bucket", properties(), &updates).await;
}

#[tokio::test]
async fn protection_is_kept_in_a_tag() {
    let world = World::new().await;
    let mut order = world.order("bucket", "media.bucket", &properties());
    let mut live = world.make(&order).await;
    for protect in [true, false] {
        order.protect = protect;
        let schema = room("bucket").schema();
        let change: Vec<_> =
            drucloud::model::verdict::protection(&live, protect, schema).into_iter().collect();
        assert_eq!(change.len(), 1, "protect: {protect}");
        insist("protect", &[], async || room("bucket").update(&world.aws, &live, &order, &change).await)
            .await;
        live = world.ready("bucket", &order.address).await;
        assert_eq!(live.protected, protect);
        assert!(live.tags.contains_key(tags::BORN), "the other tags stay: {:?}", live.tags);
    }
    world.remove(&live).await;
}

#[tokio::test]
async fn every_version_goes_with_it() {
    let world = World::new().await;
    let live = world.create("bucket", "media.bucket", properties()).await;
    let s3 = world.aws.s3();
    for (key, text) in [("a.css", "1"), ("a.css", "2"), ("b/c.png", "3")] {
        let body = ByteStream::from_static(text.as_bytes());
        s3.put_object().bucket(&live.id).key(key).body(body).send().await.expect("a file is put");
    }
    s3.delete_object().bucket(&live.id).key("b/c.png").send().await.expect("a file is deleted");
    let refused = s3.delete_bucket().bucket(&live.id).send().await;
    assert!(refused.is_err(), "S3 keeps a bucket with something in it");
    world.remove(&live).await;
    assert!(s3.head_bucket().bucket(&live.id).send().await.is_err(), "it is gone");
}
