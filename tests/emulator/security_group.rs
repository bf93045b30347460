//! Security group, and its rules.

use drucloud::aws::kinds::security_group::SecurityGroup;
use drucloud::model::spec::Id;
use serde_json::{Value, json};

use crate::law::law;
use crate::world::{World, room};

async fn group(world: &World, vpc: &Value, tier: &str) -> Id<SecurityGroup> {
    let properties = json!({"vpc": vpc, "description": format!("machines of the tier {tier}")});
    world.id(&format!("network.group.{tier}"), properties).await
}

fn rule(direction: &str, port: u16, peer: (&str, Value)) -> Value {
    let (key, peer) = peer;
    json!({"direction": direction, "protocol": "tcp", "from_port": port, "to_port": port, key: peer,
        "description": "a reason"})
}

#[tokio::test]
async fn laws() {
    let world = World::new().await;
    let vpc = world.vpc().await;
    let properties = json!({"vpc": vpc, "description": "the web tier"});
    law(&world, "security_group", "web.group", properties, &[]).await;
}

#[tokio::test]
async fn laws_of_rules() {
    let world = World::new().await;
    let vpc = json!(world.vpc().await);
    let web = group(&world, &vpc, "web").await;
    let lb = json!(group(&world, &vpc, "lb").await);
    let v4 = |port| rule("in", port, ("cidr", json!("10.0.0.0/8")));
    let all = json!({"direction": "out", "protocol": "all", "cidr": "0.0.0.0/0", "description": ""});
    let described =
        json!({"direction": "out", "protocol": "all", "cidr": "0.0.0.0/0", "description": "anywhere"});
    let v6 = json!({"direction": "in", "protocol": "udp", "from_port": 53, "to_port": 54, "cidr": "::/0",
        "description": ""});
    let ping = json!({"direction": "in", "protocol": "icmp", "from_port": 8, "cidr": "10.0.0.0/8", "description": ""});
    let own = rule("in", 11211, ("self", json!(true)));
    let updates = [
        // Two permissions with the same ports, which EC2 merges.
        ("rules", json!([v4(443), rule("in", 443, ("group", lb.clone())), v6])),
        ("rules", json!([v4(443), rule("out", 443, ("group", lb)), own, ping])),
        ("rules", json!([all])),
        ("rules", json!([described])),
        ("rules", json!([rule("out", 443, ("prefix_list", json!("pl-63a5400a")))])),
    ];
    let updates: Vec<(&str, Value)> = updates.into_iter().map(|(p, v)| (p, sorted(&web, &v))).collect();
    let properties = json!({"group": web, "rules": []});
    law(&world, "security_group_rules", "web.rules", properties, &updates).await;
}

/// The rules in the order in which the stack would write them.
fn sorted(group: &Id<SecurityGroup>, rules: &Value) -> Value {
    let spec = drucloud::model::spec::Spec::of(&json!({"group": group, "rules": rules})).expect("a spec");
    let canonical = (room("security_group_rules").schema().canonical)(&spec);
    canonical.get("rules").cloned().expect("rules")
}

#[tokio::test]
async fn groups_that_refer_to_each_other_can_be_deleted() {
    let world = World::new().await;
    let vpc = json!(world.vpc().await);
    let web = group(&world, &vpc, "web").await;
    let lb = group(&world, &vpc, "lb").await;
    let to_web = json!({"group": lb, "rules": [rule("out", 80, ("group", json!(web)))]});
    let from_lb = json!({"group": web, "rules": [rule("in", 80, ("group", json!(lb)))]});
    let of_lb = world.create("security_group_rules", "lb.rules", to_web).await;
    let of_web = world.create("security_group_rules", "web.rules", from_lb).await;
    assert!(of_web.spec.ids().contains(&("security_group".to_owned(), lb.to_string())));
    let address = "network.group.lb".parse().expect("an address");
    let live = world.ready("security_group", &address).await;
    let blockers = room("security_group").blockers(&world.aws, &live).await.expect("blockers");
    assert_eq!(blockers.len(), 1, "the rule of the other group stands in the way: {blockers:?}");
    world.remove(&of_lb).await;
    world.remove(&of_web).await;
    world.remove(&live).await;
}

#[tokio::test]
async fn a_rule_that_names_the_group_itself_is_one_to_itself() {
    let world = World::new().await;
    let vpc = json!(world.vpc().await);
    let web = group(&world, &vpc, "web").await;
    let rules = json!([rule("in", 11211, ("group", json!(web)))]);
    let live = world.create("security_group_rules", "web.rules", json!({"group": web, "rules": rules})).await;
    assert_eq!(live.spec.get("rules").and_then(|rules| rules[0].get("self")), Some(&json!(true)));
}
