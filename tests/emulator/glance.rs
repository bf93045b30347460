//! What kinds share is asked once: on one tick for all that wait, and only where it can matter.

use std::rc::Rc;
use std::time::Duration;

use drucloud::run::poll::Poller;
use futures::future::try_join_all;
use serde_json::json;

use crate::world::World;

#[tokio::test]
async fn kinds_that_are_looked_at_together_share_what_they_ask() {
    let world = World::new().await;
    let poller = Poller::new(&world.aws);
    let before = world.aws.calls();
    let kinds = ["load_balancer", "target_group", "listener"];
    try_join_all(kinds.map(|kind| poller.look(kind, Duration::ZERO))).await.expect("what there is");
    assert_eq!(
        world.aws.calls() - before,
        2,
        "one list of load balancers and one of target groups for all three"
    );
    poller.look("listener", Duration::ZERO).await.expect("what there is");
    assert_eq!(world.aws.calls() - before, 3, "a later look asks anew, and for nothing else");
}

#[tokio::test]
async fn settings_of_what_is_not_wanted_are_not_asked_for() {
    let world = World::new().await;
    let live = world.create("bucket", "media.bucket", json!({"public_access_blocked": true})).await;
    let calls = async || {
        let before = world.aws.calls();
        assert_eq!(world.at("bucket", &live.address).await.len(), 1);
        world.aws.calls() - before
    };
    assert_eq!(calls().await, 8, "the list, the tags, and six settings");
    world.aws.expect(Rc::default());
    assert_eq!(calls().await, 2, "the list and the tags");
    world.remove(&live).await;
}
