//! The policy of a bucket.

use drucloud::aws::kinds::bucket::Bucket;
use drucloud::model::spec::Id;
use serde_json::{Value, json};

use crate::law::law;
use crate::world::World;

fn tls_only(bucket: &str) -> Value {
    let arn = format!("arn:aws:s3:::{bucket}");
    json!({"Version": "2012-10-17", "Statement": [{"Sid": "TlsOnly", "Effect": "Deny", "Principal": "*",
        "Action": "s3:*", "Resource": [arn, format!("{arn}/*")],
        "Condition": {"Bool": {"aws:SecureTransport": "false"}}}]})
}

#[tokio::test]
async fn laws() {
    let world = World::new().await;
    let bucket = json!({"versioning": false, "encryption": "AES256", "public_access_blocked": true,
        "ownership": "BucketOwnerEnforced", "lifecycle": {}, "cors": []});
    let bucket: Id<Bucket> = world.id("media.bucket", bucket).await;
    let mut open = tls_only(bucket.as_str());
    open["Statement"][0]["Condition"] = json!({"NumericLessThan": {"s3:TlsVersion": "1.2"}});
    let properties = json!({"bucket": bucket, "document": tls_only(bucket.as_str())});
    law(&world, "bucket_policy", "media.policy", properties, &[("document", open)]).await;
}
