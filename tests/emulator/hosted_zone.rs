//! Private hosted zone.

use drucloud::aws::kinds::vpc::Vpc;
use drucloud::model::spec::Id;
use serde_json::json;

use crate::law::law;
use crate::world::World;

#[tokio::test]
async fn laws() {
    let world = World::new().await;
    let one = world.vpc().await;
    let other = json!({"cidr": "10.2.0.0/16", "dns_support": true, "dns_hostnames": true,
        "default_group_closed": false});
    let other: Id<Vpc> = world.id("network.other", other).await;
    let mut both = [one.clone(), other.clone()];
    both.sort();
    let properties = json!({"name": "law.internal", "vpcs": [one], "comment": "names"});
    let updates = [
        ("comment", json!("names of the law")),
        ("public_zones", json!(["Z0000000000000000001"])),
        ("vpcs", json!(both)),
        ("vpcs", json!([other])),
    ];
    law(&world, "hosted_zone", "network.zone", properties, &updates).await;
}
