//! Volume.

use aws_sdk_ec2::types::{Filter, SnapshotState};
use drucloud::model::diff::{Cause, Change};
use drucloud::model::schema::Effect;
use drucloud::run::cloud::Farewell;
use serde_json::{Value, json};

use crate::law::law;
use crate::world::{World, insist, room};

const KIND: &str = "volume";

fn volume() -> Value {
    json!({"zone": "us-east-1a", "gib": 50, "type": "gp2", "encrypted": true})
}

#[tokio::test]
async fn laws() {
    let world = World::new().await;
    let updates =
        [("type", json!("gp3")), ("iops", json!(4000)), ("throughput", json!(250)), ("gib", json!(60))];
    law(&world, KIND, "search.volume", volume(), &updates).await;
}

#[tokio::test]
async fn a_faster_one_is_made_at_once() {
    let world = World::new().await;
    let fast = json!({"zone": "us-east-1b", "gib": 20, "type": "gp3", "iops": 6000, "throughput": 300,
        "encrypted": true});
    let order = world.order(KIND, "files.volume.1", &fast);
    insist("create", &[], async || room(KIND).create(&world.aws, &order).await).await;
    assert_eq!(world.differences(&order).await.1, []);
}

#[tokio::test]
async fn its_last_snapshot_is_complete_before_it_goes() {
    let world = World::new().await;
    let live = world.create(KIND, "files.volume.1", volume()).await;
    let name = format!("{}-last", world.aws.scope.stack);
    let farewell = Farewell { snapshot: Some(name.clone()) };
    insist("delete", &[], async || room(KIND).delete(&world.aws, &live, &farewell).await).await;
    world.remove(&live).await;
    let filter = Filter::builder().name("tag:Name").values(&name).build();
    let call = world.aws.ec2().describe_snapshots().owner_ids("self").filters(filter);
    let answer = call.send().await.expect("snapshots");
    let [snapshot] = answer.snapshots() else { panic!("one snapshot: {answer:?}") };
    assert_eq!(snapshot.state().map(SnapshotState::as_str), Some("completed"));
    assert_eq!((snapshot.volume_size(), snapshot.encrypted()), (Some(50), Some(true)));
    let addressed = snapshot.tags().iter().any(|tag| tag.key() == Some("drucloud:address"));
    assert!(!addressed, "a snapshot stands at no address: {snapshot:?}");
}

#[tokio::test]
async fn protection_is_a_tag_that_comes_and_goes() {
    let world = World::new().await;
    let mut order = world.order(KIND, "files.volume.1", &volume());
    let mut live = world.make(&order).await;
    for protect in [true, true, false, false] {
        order.protect = protect;
        let change = Change {
            property: "protect".to_owned(),
            from: (!protect).into(),
            to: protect.into(),
            effect: Effect::NoInterruption,
            cause: Cause::Unrecorded,
        };
        let update =
            async || room(KIND).update(&world.aws, &live, &order, std::slice::from_ref(&change)).await;
        insist("protect", &[], update).await;
        live = world.ready(KIND, &order.address).await;
        assert_eq!(live.protected, protect);
    }
}
