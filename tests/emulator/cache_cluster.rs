//! Cache cluster.

use drucloud::aws::kinds::cache_parameter_group::CacheParameterGroup;
use drucloud::aws::kinds::cache_subnet_group::CacheSubnetGroup;
use drucloud::model::spec::Id;
use serde_json::{Value, json};

use crate::law::law;
use crate::world::World;

const KIND: &str = "cache_cluster";

/// Where caches can stand: subnets, security groups, parameters.
pub struct Place {
    pub world: World,
    pub subnets: Id<CacheSubnetGroup>,
    pub groups: [Value; 2],
    pub parameters: [Id<CacheParameterGroup>; 2],
}

impl Place {
    /// The second parameter group has this parameter set.
    pub async fn new(family: &str, parameter: (&str, &str)) -> Self {
        let world = World::new().await;
        let vpc = world.vpc().await;
        let (a, b) = (world.subnet(&vpc, 1, 'a').await, world.subnet(&vpc, 2, 'b').await);
        let subnets = world.id("cache.subnets", json!({"subnets": [a, b]})).await;
        let one = world.id("cache.parameters", json!({"family": family, "parameters": {}})).await;
        let parameters = json!({parameter.0: parameter.1});
        let other = world.id("cache.others", json!({"family": family, "parameters": parameters})).await;
        let group = async |name: &str| {
            let properties = json!({"vpc": vpc, "description": name});
            let live = world.create("security_group", &format!("security.{name}"), properties).await;
            json!({"$id": live.id, "$kind": "security_group"})
        };
        let groups = [group("one").await, group("two").await];
        Self { subnets, groups, parameters: [one, other], world }
    }

    async fn for_memcached() -> Self {
        Self::new("memcached1.6", ("max_item_size", "4194304")).await
    }

    fn memcached(&self) -> Value {
        json!({
            "version": "1.6.17", "node_type": "cache.t4g.small", "nodes": 2, "across_zones": true,
            "subnet_group": self.subnets, "security_groups": [self.groups[0]],
            "parameter_group": self.parameters[0], "parameters_applied": "yes",
            "maintenance_window": "sun:03:00-sun:04:00",
        })
    }
}

#[tokio::test]
async fn laws() {
    let place = Place::for_memcached().await;
    let mut start = place.memcached();
    start["parameters_applied"] = Value::Null;
    let updates = [
        ("nodes", json!(3)),
        ("security_groups", json!(place.groups)),
        ("parameter_group", json!(place.parameters[1])),
        ("maintenance_window", json!("mon:05:00-mon:06:00")),
        ("version", json!("1.6.22")),
        ("parameters_applied", json!("yes")),
    ];
    law(&place.world, KIND, "cache.cluster", start, &updates).await;
}

#[tokio::test]
async fn each_node_has_a_name_and_the_last_ones_leave_first() {
    let place = Place::for_memcached().await;
    let mut properties = place.memcached();
    properties["nodes"] = json!(3);
    let three = place.world.create(KIND, "cache.cluster", properties.clone()).await;
    assert!(three.output("configuration").is_some_and(|host| host.contains(".cfg.")), "{three:?}");
    assert_eq!(three.output("port").as_deref(), Some("11211"));
    let host = |number: u8| three.output(&format!("node_{number}"));
    assert!(host(3).is_some_and(|host| host.contains(".0003.")) && host(4).is_none(), "{three:?}");
    properties["nodes"] = json!(1);
    let one = place.world.converge(&place.world.order(KIND, "cache.cluster", &properties)).await;
    assert_eq!((one.output("node_1"), one.output("node_2")), (host(1), None));
}

#[tokio::test]
async fn a_single_node_is_no_matter_of_zones() {
    let place = Place::for_memcached().await;
    let mut properties = place.memcached();
    properties["nodes"] = json!(1);
    let live = place.world.create(KIND, "cache.cluster", properties).await;
    assert!(live.output("node_1").is_some());
}

#[tokio::test]
async fn parameters_get_the_restart_of_their_nodes() {
    let place = Place::for_memcached().await;
    let order = place.world.order(KIND, "cache.cluster", &place.memcached());
    let made = place.world.make(&order).await;
    let parameters = json!({"family": "memcached1.6", "parameters": {"max_item_size": "8388608"}});
    let group = place.world.order("cache_parameter_group", "cache.parameters", &parameters);
    place.world.converge(&group).await;
    let (_, changes) = place.world.differences(&order).await;
    let seen: Vec<&str> = changes.iter().map(|change| change.property.as_str()).collect();
    assert_eq!(seen, ["parameters_applied"]);
    assert_eq!(place.world.converge(&order).await.id, made.id);
}
