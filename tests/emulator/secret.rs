//! Secret.

use drucloud::model::live::Live;
use serde_json::{Value, json};

use crate::law::law;
use crate::world::World;

const KIND: &str = "secret";
const ADDRESS: &str = "site.hash-salt";

fn properties() -> Value {
    json!({"description": "what Drupal salts its hashes with", "length": 48})
}

async fn value(world: &World, live: &Live) -> String {
    let answer = world.aws.secrets().get_secret_value().secret_id(&live.id).send().await;
    answer.expect("the value").secret_string().expect("a text").to_owned()
}

#[tokio::test]
async fn laws() {
    let world = World::new().await;
    law(&world, KIND, ADDRESS, properties(), &[("description", json!("something else"))]).await;
}

#[tokio::test]
async fn its_value_is_made_by_aws_and_told_to_nobody() {
    let world = World::new().await;
    let live = world.create(KIND, ADDRESS, properties()).await;
    let password = value(&world, &live).await;
    assert!(password.len() == 48 && password.bytes().all(|b| b.is_ascii_alphanumeric()));
    assert!(!format!("{live:?}").contains(&password));
    let other = world.create(KIND, "site.database-password", properties()).await;
    assert_ne!(value(&world, &other).await, password);
}

#[tokio::test]
async fn a_name_is_free_as_soon_as_it_is_deleted() {
    let world = World::new().await;
    let first = world.create(KIND, ADDRESS, properties()).await;
    world.remove(&first).await;
    let second = world.create(KIND, ADDRESS, properties()).await;
    assert_eq!(first.outputs["name"], second.outputs["name"]);
}

#[tokio::test]
async fn what_somebody_has_deleted_for_later_is_taken_back() {
    let world = World::new().await;
    let live = world.create(KIND, ADDRESS, properties()).await;
    let password = value(&world, &live).await;
    let call = world.aws.secrets().delete_secret().secret_id(&live.id).recovery_window_in_days(7);
    call.send().await.expect("it is scheduled for deletion");
    assert_eq!(world.at(KIND, &live.address).await, [], "it is on its way out");
    let again = world.create(KIND, ADDRESS, properties()).await;
    assert_eq!(again.id, live.id);
    assert_eq!(value(&world, &again).await, password);
}
