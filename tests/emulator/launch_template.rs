//! Launch template.

use aws_sdk_ec2::types::LaunchTemplateVersion;
use serde_json::json;

use crate::law::law;
use crate::tier;
use crate::world::{World, room};

#[tokio::test]
async fn laws() {
    let world = World::new().await;
    let vpc = world.vpc().await;
    let group = world.security_group(&vpc, "web").await;
    let other = world.security_group(&vpc, "other").await;
    let role = world.role().await;
    let properties = tier::template(&role, &group);
    let updates = [
        ("image", json!("ami-0123456789abcdef0")),
        ("instance_type", json!("t4g.medium")),
        ("profile", json!({"$id": "somebody", "$kind": "role"})),
        ("security_groups", sorted(&[&group.to_string(), &other.to_string()])),
        ("volume", json!({"device": "/dev/sda1", "size_gib": 30, "type": "gp2", "encrypted": false})),
        ("user_data", json!("")),
        ("user_data", json!("#!/bin/sh\n")),
        ("instance_tags", json!({})),
        ("instance_tags", json!({"Name": "web", "tier": "front"})),
        ("metadata_tokens", json!(false)),
        ("metadata_hops", json!(2)),
        ("detailed_monitoring", json!(false)),
    ];
    law(&world, "launch_template", "web.template", properties, &updates).await;
}

fn sorted(ids: &[&str]) -> serde_json::Value {
    let mut ids = ids.to_vec();
    ids.sort_unstable();
    ids.into_iter().map(|id| json!({"$id": id, "$kind": "security_group"})).collect()
}

#[tokio::test]
async fn a_change_is_one_version_however_often_it_is_made() {
    let world = World::new().await;
    let vpc = world.vpc().await;
    let group = world.security_group(&vpc, "web").await;
    let mut properties = tier::template(&world.role().await, &group);
    let before = world.create("launch_template", "web.template", properties.clone()).await;
    assert_eq!(before.output("version").as_deref(), Some("1"));
    properties["instance_type"] = json!("m7g.xlarge");
    let order = world.order("launch_template", "web.template", &properties);
    let changes = world.differences(&order).await.1;
    for _ in 0..3 {
        let again = room("launch_template").update(&world.aws, &before, &order, &changes).await;
        again.expect("an update with a live state of yesterday is safe");
    }
    let after = world.ready("launch_template", &order.address).await;
    assert_eq!((after.id, after.outputs["version"].as_str()), (before.id.clone(), "2"));
}

#[tokio::test]
async fn ten_versions_are_kept() {
    let world = World::new().await;
    let vpc = world.vpc().await;
    let group = world.security_group(&vpc, "web").await;
    let mut properties = tier::template(&world.role().await, &group);
    let id = world.template("web.template", properties.clone()).await.to_string();
    for hops in 2..=13 {
        properties["metadata_hops"] = json!(hops);
        world.converge(&world.order("launch_template", "web.template", &properties)).await;
    }
    let call = world.aws.ec2().describe_launch_template_versions().launch_template_id(&id);
    let kept = call.send().await.expect("versions");
    let mut numbers: Vec<i64> =
        kept.launch_template_versions().iter().filter_map(LaunchTemplateVersion::version_number).collect();
    numbers.sort_unstable();
    assert_eq!(numbers, (4..=13).collect::<Vec<i64>>());
}
