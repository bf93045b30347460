//! File system and its mount targets.

use drucloud::aws::kinds::file_system::FileSystem;
use drucloud::aws::kinds::security_group::SecurityGroup;
use drucloud::run::cloud::Farewell;
use drucloud::run::fault::Class;
use serde_json::{Value, json};

use crate::law::law;
use crate::world::{World, room};

fn properties() -> Value {
    json!({"encrypted": true, "performance": "generalPurpose", "throughput": "elastic", "infrequent_days": 30,
        "back_on_access": true, "backups": true})
}

#[tokio::test]
async fn laws() {
    let world = World::new().await;
    let updates = [
        ("throughput", json!("bursting")),
        ("infrequent_days", json!(1)),
        ("back_on_access", json!(false)),
        ("infrequent_days", json!(0)),
        ("backups", json!(false)),
    ];
    law(&world, "file_system", "files.system", properties(), &updates).await;
}

#[tokio::test]
async fn it_is_protected_by_a_tag() {
    let world = World::new().await;
    let mut order = world.order("file_system", "files.system", &properties());
    let live = world.make(&order).await;
    for protect in [true, false] {
        order.protect = protect;
        let change = drucloud::model::verdict::protection(&live, true, room("file_system").schema());
        let mut change = change.expect("a change");
        change.to = protect.into();
        room("file_system").update(&world.aws, &live, &order, &[change]).await.expect("an update");
        assert_eq!(world.ready("file_system", &order.address).await.protected, protect);
    }
}

#[tokio::test]
async fn laws_of_mount_targets() {
    let world = World::new().await;
    let vpc = world.vpc().await;
    let subnet = world.subnet(&vpc, 1, 'a').await;
    let group = |name: &'static str| {
        let properties = json!({"vpc": vpc, "description": "law"});
        let world = &world;
        async move { world.id::<SecurityGroup>(name, properties).await }
    };
    let (one, two) = (group("security.one").await, group("security.two").await);
    let system = world.id::<FileSystem>("files.system", properties()).await;
    let mut both = [one.clone(), two];
    both.sort();
    let target = json!({"file_system": system, "subnet": subnet, "security_groups": [one]});
    let updates = [("security_groups", json!(both))];
    law(&world, "mount_target", "files.mount.a", target.clone(), &updates).await;

    let target = world.create("mount_target", "files.mount.a", target).await;
    let live = world.ready("file_system", &"files.system".parse().expect("an address")).await;
    let refused = room("file_system").delete(&world.aws, &live, &Farewell::default()).await;
    assert_eq!(refused.expect_err("it is in use").class, Class::InUse);
    let blockers = room("file_system").blockers(&world.aws, &live).await.expect("blockers");
    assert_eq!(blockers, [format!("mount target {} in subnet {subnet}", target.id)]);
}
