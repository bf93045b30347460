//! What most laws need to stand on, made through the same kinds.

use drucloud::aws::kinds::elastic_ip::ElasticIp;
use drucloud::aws::kinds::nat_gateway::NatGateway;
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

    /// A network with an internet gateway, and subnet 1 in zone `a`.
    pub async fn public_subnet(&self) -> (Id<Vpc>, Id<Subnet>) {
        let vpc = self.vpc().await;
        self.create("internet_gateway", "network.gateway", json!({"vpc": vpc})).await;
        let subnet = self.subnet(&vpc, 1, 'a').await;
        (vpc, subnet)
    }

    /// A NAT gateway in that subnet.
    pub async fn nat(&self, subnet: &Id<Subnet>) -> Id<NatGateway> {
        let address = self.id::<ElasticIp>("network.address", json!({})).await;
        self.id("network.nat", json!({"subnet": subnet, "address": address})).await
    }
}
