//! DNS record.

use drucloud::aws::glance::Glance;
use drucloud::model::diff::diff;
use drucloud::run::cloud::Order;
use drucloud::run::fault::Class;
use serde_json::{Value, json};

use aws_sdk_route53::types::{Change, ChangeAction, ChangeBatch, ResourceRecord, ResourceRecordSet, RrType};

use crate::law::law;
use crate::world::{World, room};

/// A private zone; the id of a public one is noted in it.
async fn zone(world: &World, public: Option<&str>) -> Value {
    let vpc = world.vpc().await;
    let public: Vec<&str> = public.into_iter().collect();
    let properties =
        json!({"name": "law.internal", "vpcs": [vpc], "comment": "names", "public_zones": public});
    json!({"$id": world.create("hosted_zone", "network.zone", properties).await.id, "$kind": "hosted_zone"})
}

/// A public zone that somebody else made.
async fn public_zone(world: &World) -> String {
    let call = world.aws.route53().create_hosted_zone().name("example.org");
    let made = call.caller_reference(&world.aws.scope.stack).send().await.expect("a zone");
    let id = made.hosted_zone().expect("a zone").id().to_owned();
    id.trim_start_matches("/hostedzone/").to_owned()
}

/// A change by hand.
async fn by_hand(world: &World, zone: &str, action: ChangeAction, name: &str, value: &str) {
    let record = ResourceRecord::builder().value(value).build().expect("a value");
    let set = ResourceRecordSet::builder().name(name).r#type(RrType::A).ttl(60).resource_records(record);
    let change = Change::builder().action(action).resource_record_set(set.build().expect("a record"));
    let batch = ChangeBatch::builder().changes(change.build().expect("a change")).build().expect("a batch");
    let call = world.aws.route53().change_resource_record_sets().hosted_zone_id(zone);
    call.change_batch(batch).send().await.expect("changed by hand");
}

#[tokio::test]
async fn laws() {
    let world = World::new().await;
    let zone = zone(&world, None).await;
    let id = zone["$id"].as_str().expect("an id");
    by_hand(&world, id, ChangeAction::Create, "lb.law.internal", "10.1.0.9").await;
    let alias = |target: &str| json!({"alias": {"target": target, "zone": id, "evaluate_health": true}});
    let properties = json!({"zone": zone, "name": "web.law.internal.", "type": "A",
        "answer": {"ttl": 60, "values": ["10.1.0.5", "10.1.0.4"]}});
    let updates = [
        ("answer", json!({"ttl": 300, "values": ["10.1.0.4", "10.1.0.5"]})),
        ("answer", alias("lb.law.internal")),
        ("answer", json!({"ttl": 60, "values": ["10.1.0.6"]})),
    ];
    law(&world, "dns_record", "web.dns", properties.clone(), &updates).await;
    let mut written_otherwise = properties;
    written_otherwise["answer"] = alias("LB.law.internal.");
    let live = world.create("dns_record", "web.dns", written_otherwise).await;
    assert_eq!(live.output("name").as_deref(), Some("web.law.internal"));
}

#[tokio::test]
async fn every_form_of_value_reads_back() {
    let world = World::new().await;
    let zone = zone(&world, None).await;
    let long = "v=DKIM1; p=\"".to_owned() + &"x".repeat(300);
    let forms = [
        ("CNAME", "a.law.internal", "Target.example.org."),
        ("TXT", "b.law.internal", long.as_str()),
        ("MX", "c.law.internal", "10 mail.example.org."),
        ("A", "*.law.internal", "10.1.0.4"),
    ];
    for (number, (kind, name, value)) in forms.into_iter().enumerate() {
        let properties =
            json!({"zone": zone, "name": name, "type": kind, "answer": {"ttl": 60, "values": [value]}});
        let live = world.create("dns_record", &format!("web.dns.{number}"), properties).await;
        world.remove(&live).await;
    }
}

#[tokio::test]
async fn records_in_public_zones_are_found_and_those_of_others_left_alone() {
    let world = World::new().await;
    let public = public_zone(&world).await;
    zone(&world, Some(&public)).await;
    by_hand(&world, &public, ChangeAction::Create, "example.org", "192.0.2.1").await;
    let record = |name: &str| {
        json!({"zone": {"$id": public, "$kind": "hosted_zone"}, "name": name, "type": "A",
            "answer": {"ttl": 60, "values": ["192.0.2.9"]}})
    };
    let live = world.create("dns_record", "site.dns", record("www.example.org")).await;
    let seen = room("dns_record").list(&Glance::new(&world.aws)).await.expect("a list");
    assert_eq!(seen.len(), 1, "{seen:?}");
    let taken = world.order("dns_record", "site.apex", &record("example.org"));
    let fault = room("dns_record").create(&world.aws, &taken).await.expect_err("somebody else's record");
    assert_eq!(fault.class, Class::Exists, "{fault}");
    world.remove(&live).await;
    let left = world.aws.route53().list_resource_record_sets().hosted_zone_id(&public).send().await;
    let left = left.expect("records");
    let left: Vec<&str> = left.resource_record_sets().iter().map(|set| set.r#type().as_str()).collect();
    assert_eq!(left, ["A", "NS", "SOA"], "only what somebody else made is left");
}

#[tokio::test]
async fn a_record_deleted_by_hand_is_made_again_or_forgotten() {
    let world = World::new().await;
    let zone = zone(&world, None).await;
    let properties = json!({"zone": zone, "name": "db.law.internal", "type": "A",
        "answer": {"ttl": 60, "values": ["10.1.0.4"]}});
    let order = world.order("dns_record", "database.dns", &properties);
    world.make(&order).await;
    let id = zone["$id"].as_str().expect("an id");
    by_hand(&world, id, ChangeAction::Delete, "db.law.internal", "10.1.0.4").await;
    let (live, changes) = world.differences(&order).await;
    assert_eq!(changes.len(), 1, "{changes:?}");
    assert_eq!(diff(&order.spec, &world.converge(&order).await.spec, room("dns_record").schema()), []);
    by_hand(&world, id, ChangeAction::Delete, "db.law.internal", "10.1.0.4").await;
    world.remove(&live).await;
    let zone = world.at("hosted_zone", &"network.zone".parse().expect("an address")).await;
    assert_eq!(room("hosted_zone").blockers(&world.aws, &zone[0]).await, Ok(Vec::new()));
}

#[tokio::test]
async fn two_environments_can_share_a_record_until_the_last_one_leaves() {
    let (one, other) = (World::new().await, World::new().await);
    let public = public_zone(&one).await;
    let properties = json!({"zone": {"$id": public, "$kind": "hosted_zone"}, "name": "_proof.example.org",
        "type": "CNAME", "answer": {"ttl": 300, "values": ["_x.acm-validations.aws."]}});
    let mut made = Vec::new();
    for world in [&one, &other] {
        zone(world, Some(&public)).await;
        let order: Order = world.order("dns_record", "site.proof", &properties);
        made.push((world.make(&order).await, order));
    }
    one.remove(&made[0].0).await;
    let (_, changes) = other.differences(&made[1].1).await;
    assert_eq!(changes, [], "the record is still there for the other one");
    other.remove(&made[1].0).await;
    let left = one.aws.route53().list_resource_record_sets().hosted_zone_id(&public).send().await;
    assert_eq!(left.expect("records").resource_record_sets().len(), 2, "only NS and SOA are left");
}

#[tokio::test]
async fn a_public_zone_is_not_forgotten_while_records_are_in_it() {
    let world = World::new().await;
    let public = public_zone(&world).await;
    zone(&world, Some(&public)).await;
    let properties = json!({"zone": {"$id": public, "$kind": "hosted_zone"}, "name": "www.example.org",
        "type": "A", "answer": {"ttl": 60, "values": ["192.0.2.9"]}});
    world.create("dns_record", "site.dns", properties).await;
    let live = world.at("hosted_zone", &"network.zone".parse().expect("an address")).await.remove(0);
    let mut properties = live.spec.clone();
    properties.set("public_zones", json!([]));
    let order = world.order("hosted_zone", "network.zone", &json!(properties));
    let changes = diff(&order.spec, &live.spec, room("hosted_zone").schema());
    let fault = room("hosted_zone").update(&world.aws, &live, &order, &changes).await.expect_err("too early");
    assert_eq!(fault.class, Class::Busy, "{fault}");
}

#[tokio::test]
async fn what_others_put_into_the_private_zone_is_named() {
    let world = World::new().await;
    let zone = zone(&world, None).await;
    let name = "theirs.law.internal";
    by_hand(&world, zone["$id"].as_str().expect("an id"), ChangeAction::Create, name, "10.1.0.9").await;
    let live = world.at("hosted_zone", &"network.zone".parse().expect("an address")).await.remove(0);
    let blockers = room("hosted_zone").blockers(&world.aws, &live).await.expect("blockers");
    assert_eq!(blockers, [format!("record A {name}")]);
}
