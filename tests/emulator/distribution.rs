//! Distribution.

use drucloud::aws::kinds::cache_policy::CachePolicy;
use drucloud::aws::kinds::origin_access_control::OriginAccessControl;
use drucloud::model::spec::Id;
use serde_json::{Value, json};

use crate::law::law;
use crate::world::World;

/// Managed by AWS: nothing is cached, everything is passed on.
const DISABLED: &str = "4135ea2d-6df8-44a3-9df3-4b5a84be39ad";
const ALL_VIEWER: &str = "216adef6-5c7f-47e4-b989-5492eafa07d3";

fn behaviour(path: &str, origin: &str, cache: &Id<CachePolicy>) -> Value {
    json!({"path": path, "origin": origin, "methods": ["GET", "HEAD", "OPTIONS"], "cache": cache.as_str(),
        "compress": true, "viewers": "redirect-to-https"})
}

#[tokio::test]
async fn laws() {
    let world = World::new().await;
    let access: Id<OriginAccessControl> =
        world.id("media.access", json!({"origin": "s3", "signing": "always"})).await;
    let pages: Id<CachePolicy> = world
        .id(
            "media.cache.pages",
            json!({"cookies": ["SESS*"], "headers": ["host"], "query_strings": true,
            "ttl": {"min_seconds": 0, "default_seconds": 0, "max_seconds": 60}, "compressed": true}),
        )
        .await;
    let bucket = json!({"domain": "files.s3.us-east-1.amazonaws.com", "access": access});
    let site = json!({"domain": "alb.example.org", "protocol": "http-only", "timeout_seconds": 60});
    let mut admin = behaviour("/admin*", "site", &Id::known(DISABLED));
    admin["request_policy"] = json!(ALL_VIEWER);
    admin["methods"] = json!(["DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"]);
    let default = behaviour("*", "site", &pages);
    let certificate = world.issued("www").await;
    let properties = json!({"enabled": true, "aliases": [], "http_version": "http2", "ipv6": false,
        "price_class": "PriceClass_100", "origins": {"bucket": bucket, "site": site},
        "behaviours": [behaviour("/s3fs-public/*", "bucket", &pages), default]});
    let updates = [
        ("http_version", json!("http2and3")),
        ("ipv6", json!(true)),
        ("price_class", json!("PriceClass_All")),
        ("behaviours", json!([admin, behaviour("/s3fs-public/*", "bucket", &pages), default])),
        (
            "origins",
            json!({"bucket": bucket,
            "site": {"domain": "www.example.org", "protocol": "https-only", "timeout_seconds": 30}}),
        ),
        ("certificate", json!(certificate)),
        ("aliases", json!([world.domain("www")])),
        ("enabled", json!(false)),
    ];
    law(&world, "distribution", "media.cdn", properties, &updates).await;
}
