//! What most laws need to stand on, made through the same kinds.

use drucloud::aws::kinds::subnet::Subnet;
use drucloud::aws::kinds::vpc::Vpc;
use drucloud::model::spec::Id;
use serde_json::json;

use crate::world::World;

impl World {
    /// A network, 10.1.0.0/16, with DNS.
    pub async fn vpc(&self) -> Id<Vpc> {
        let properties = json!({"cidr": "10.1.0.0/16", "dns_support": true, "dns_hostnames": true,
            "default_group_closed": false});
        self.id("network.vpc", properties).await
    }

    /// A subnet of it, 10.1.`number`.0/24, in zone `a`, `b` or `c` of us-east-1.
    pub async fn subnet(&self, vpc: &Id<Vpc>, number: u8, zone: char) -> Id<Subnet> {
        let properties = json!({"vpc": vpc, "cidr": format!("10.1.{number}.0/24"),
            "zone": format!("us-east-1{zone}"), "public_addresses": false});
        self.id(&format!("network.subnet.{number}"), properties).await
    }
}
