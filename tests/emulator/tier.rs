//! What the laws of the web tier stand on.

use drucloud::aws::kinds::launch_template::LaunchTemplate;
use drucloud::aws::kinds::load_balancer::LoadBalancer;
use drucloud::aws::kinds::role::Role;
use drucloud::aws::kinds::security_group::SecurityGroup;
use drucloud::aws::kinds::target_group::TargetGroup;
use drucloud::aws::kinds::vpc::Vpc;
use drucloud::model::spec::Id;
use serde_json::{Value, json};

use crate::world::World;

/// Two subnets in two zones of one network with an internet gateway, and a security group.
pub struct Place {
    pub vpc: Id<Vpc>,
    pub subnets: Value,
    pub group: Id<SecurityGroup>,
}

impl World {
    /// Such a place.
    pub async fn place(&self) -> Place {
        let (vpc, first) = self.public_subnet().await;
        let second = self.subnet(&vpc, 2, 'b').await;
        let group = self.security_group(&vpc, "web").await;
        Place { vpc, subnets: json!([first, second]), group }
    }

    /// A security group.
    pub async fn security_group(&self, vpc: &Id<Vpc>, tier: &str) -> Id<SecurityGroup> {
        self.id(&format!("network.group.{tier}"), json!({"vpc": vpc, "description": tier})).await
    }

    /// A role with an instance profile.
    pub async fn role(&self) -> Id<Role> {
        let properties = json!({"service": "ec2.amazonaws.com", "policies": {}, "managed": [],
            "instance_profile": true});
        self.id("web.role", properties).await
    }

    /// A launch template.
    pub async fn template(&self, address: &str, properties: Value) -> Id<LaunchTemplate> {
        self.id(address, properties).await
    }

    /// A load balancer.
    pub async fn balancer(&self, place: &Place) -> Id<LoadBalancer> {
        self.id("web.balancer", balancer(place)).await
    }

    /// A target group.
    pub async fn targets(&self, place: &Place, name: &str) -> Id<TargetGroup> {
        self.id(&format!("web.targets.{name}"), targets(place)).await
    }
}

/// A load balancer's properties.
pub fn balancer(place: &Place) -> Value {
    json!({"subnets": place.subnets, "security_groups": [place.group], "internet_facing": true,
        "idle_timeout_seconds": 60, "keep_alive_seconds": 3600, "http2": true, "drop_invalid_headers": false,
        "deletion_protection": false})
}

/// A target group's properties.
pub fn targets(place: &Place) -> Value {
    json!({"vpc": place.vpc, "port": 80, "protocol": "HTTP", "target_type": "instance",
        "health_check": {"path": "/.healthz", "interval_seconds": 15, "timeout_seconds": 5, "healthy": 2,
            "unhealthy": 3, "matcher": "200"},
        "deregistration_delay_seconds": 30, "algorithm": "round_robin", "stickiness_seconds": 0,
        "slow_start_seconds": 0})
}

/// A launch template's properties.
pub fn template(role: &Id<Role>, group: &Id<SecurityGroup>) -> Value {
    json!({"image": "resolve:ssm:/aws/service/debian/release/13/latest/arm64", "instance_type": "m7g.large",
        "profile": role, "security_groups": [group],
        "volume": {"device": "/dev/xvda", "size_gib": 20, "type": "gp3", "encrypted": true},
        "user_data": "#!/bin/sh\necho grüße\n", "instance_tags": {"Name": "web"}, "metadata_tokens": true,
        "metadata_hops": 1, "detailed_monitoring": true})
}
