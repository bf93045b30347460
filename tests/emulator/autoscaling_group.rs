//! Autoscaling group.

use aws_sdk_autoscaling::types::LifecycleState;
use drucloud::aws::glance::Glance;
use drucloud::model::diff::diff;
use drucloud::model::live::Status;
use drucloud::model::spec::Id;
use serde_json::{Value, json};

use crate::law::law;
use crate::tier::{self, Place};
use crate::world::{World, eventually, insist, room};

/// A group's properties; its template is at version 1.
async fn group(world: &World, place: &Place) -> Value {
    let role = world.role().await;
    let template = world.template("web.template", tier::template(&role, &place.group)).await;
    json!({"template": template, "version": "1", "subnets": [place.subnets[0]], "target_groups": [], "min": 1,
        "max": 3, "desired": 1, "health_check": "EC2", "grace_seconds": 300, "warmup_seconds": 60,
        "policies": {"cpu": {"cpu": 60.0}}, "schedules": {}, "instance_tags": {"Name": "web"},
        "rolled_out": true})
}

/// A second version of a template.
async fn second_version(world: &World, address: &str, place: &Place) {
    let mut properties = tier::template(&world.role_again(), &place.group);
    properties["metadata_hops"] = json!(2);
    world.converge(&world.order("launch_template", address, &properties)).await;
}

impl World {
    /// The role that [`group`] made, by its name.
    fn role_again(&self) -> Id<drucloud::aws::kinds::role::Role> {
        Id::known(self.aws.name(&"web.role".parse().expect("an address"), 64))
    }
}

#[tokio::test]
async fn laws() {
    let world = World::new().await;
    let place = world.place().await;
    let properties = group(&world, &place).await;
    let other = world.template("web.other", tier::template(&world.role_again(), &place.group)).await;
    second_version(&world, "web.other", &place).await;
    let (balancer, targets) = (world.balancer(&place).await, world.targets(&place, "a").await);
    let listener =
        json!({"load_balancer": balancer, "port": 80, "protocol": "http", "action": {"forward": targets}});
    world.create("listener", "web.listener", listener).await;
    let suffix =
        |arn: &str| arn.rsplit_once(':').map(|(_, s)| s.trim_start_matches("loadbalancer/").to_owned());
    let requests = json!({"requests": {"target": 500.0, "load_balancer": suffix(balancer.as_str()),
        "target_group": suffix(targets.as_str())}});
    let night = json!({"cron": "0 22 * * *", "min": 2, "max": 5, "time_zone": "Europe/Berlin"});
    let once = json!({"at": "2099-12-24T18:00:00Z", "desired": 3});
    let updates = [
        ("template", json!(other)),
        ("version", json!("2")),
        ("subnets", place.subnets.clone()),
        ("target_groups", json!([targets])),
        ("min", json!(2)),
        ("max", json!(4)),
        ("health_check", json!("ELB")),
        ("grace_seconds", json!(120)),
        ("warmup_seconds", json!(30)),
        ("policies", json!({"cpu": {"cpu": 70.0}, "requests": requests})),
        ("policies", json!({})),
        ("schedules", json!({"night": night, "party": once})),
        ("schedules", json!({"night": {"cron": "0 23 * * *", "max": 5}})),
        ("schedules", json!({})),
        ("metrics", json!(true)),
        ("suspended", json!(["AZRebalance", "HealthCheck"])),
        ("suspended", json!(["HealthCheck"])),
        ("instance_tags", json!({"tier": "front"})),
    ];
    law(&world, "autoscaling_group", "web.group", properties, &updates).await;
}

#[tokio::test]
async fn a_new_version_reaches_the_instances() {
    let world = World::new().await;
    let place = world.place().await;
    let mut properties = group(&world, &place).await;
    properties["min"] = json!(2);
    properties["desired"] = json!(2);
    world.create("autoscaling_group", "web.group", properties.clone()).await;
    second_version(&world, "web.template", &place).await;
    properties["version"] = json!("2");
    let order = world.order("autoscaling_group", "web.group", &properties);
    let kind = room("autoscaling_group");
    let (live, changes) = world.differences(&order).await;
    insist("update", &[], async || kind.update(&world.aws, &live, &order, &changes).await).await;
    let (live, changes) = world.differences(&order).await;
    let seen: Vec<&str> = changes.iter().map(|change| change.property.as_str()).collect();
    assert_eq!(seen, ["rolled_out"], "the instances still run version 1");
    for _ in 0..2 {
        let again = kind.update(&world.aws, &live, &order, &changes).await;
        again.expect("a second time is as good as the first");
    }
    let at = || async { world.at("autoscaling_group", &order.address).await };
    let during = at().await;
    assert!(matches!(&during[0].status, Status::Short(state) if state.starts_with("instance refresh")));
    assert_eq!(diff(&order.spec, &during[0].spec, kind.schema()), [], "what is under way is no difference");
    let (_, changes) = world.differences(&order).await;
    assert_eq!(changes, []);
    let call = world.aws.autoscaling().describe_auto_scaling_groups();
    let groups = call.auto_scaling_group_names(live.id).send().await.expect("groups");
    let versions = groups.auto_scaling_groups()[0].instances().iter();
    let versions = versions.filter(|i| i.lifecycle_state() == Some(&LifecycleState::InService));
    let versions: Vec<_> = versions.filter_map(|i| i.launch_template()?.version()).collect();
    assert_eq!(versions, ["2", "2"]);
}

#[tokio::test]
async fn a_group_that_cannot_start_instances_says_why() {
    let world = World::new().await;
    let place = world.place().await;
    let mut properties = group(&world, &place).await;
    let mut template = tier::template(&world.role_again(), &place.group);
    template["image"] = json!("ami-00000000000000000");
    properties["template"] = json!(world.template("web.broken", template).await);
    (properties["min"], properties["desired"]) = (json!(0), json!(0));
    world.create("autoscaling_group", "web.group", properties.clone()).await;
    properties["min"] = json!(1);
    let order = world.order("autoscaling_group", "web.group", &properties);
    let kind = room("autoscaling_group");
    let (live, changes) = world.differences(&order).await;
    kind.update(&world.aws, &live, &order, &changes).await.expect("a new minimum");
    eventually("it says why", async || {
        let found = kind.list(&Glance::new(&world.aws)).await.expect("a list");
        match found.first().map(|live| &live.status) {
            Some(Status::Short(words)) if words.starts_with("0 of 1 instances in service: ") => Ok(()),
            other => Err(format!("{other:?}")),
        }
    })
    .await;
}
