//! Topic and its subscriptions.

use drucloud::aws::kinds::topic::Topic;
use drucloud::model::address::Address;
use drucloud::run::fault::Class;
use serde_json::{Value, json};

use crate::law::law;
use crate::world::{World, room};

fn subscription(topic: &Value, endpoint: &str) -> Value {
    json!({"topic": topic, "protocol": "email", "endpoint": endpoint})
}

/// What the topic's subscribers are, whoever subscribed them.
async fn subscribers(world: &World, topic: &str) -> Vec<String> {
    let answer = world.aws.sns().list_subscriptions_by_topic().topic_arn(topic).send().await;
    let answer = answer.expect("subscriptions");
    let mut all: Vec<String> =
        answer.subscriptions().iter().filter_map(|one| one.endpoint().map(str::to_owned)).collect();
    all.sort();
    all
}

/// The owner of an address follows the link in the mail; the sandbox takes the address as its token.
async fn confirm(world: &World, topic: &str, endpoint: &str) {
    let call = world.aws.sns().confirm_subscription().topic_arn(topic).token(endpoint);
    call.send().await.expect("confirmed");
}

#[tokio::test]
async fn laws() {
    law(&World::new().await, "topic", "monitoring.topic", json!({}), &[]).await;
}

#[tokio::test]
async fn a_topic_that_exists_with_other_tags_is_there_already() {
    let world = World::new().await;
    let order = world.order("topic", "monitoring.topic", &json!({}));
    world.make(&order).await;
    let mut again = order.clone();
    again.tags.insert("team".to_owned(), "web".to_owned());
    let fault = room("topic").create(&world.aws, &again).await.expect_err("it exists");
    assert_eq!(fault.class, Class::Exists, "{fault}");
}

#[tokio::test]
async fn laws_of_subscriptions() {
    let world = World::new().await;
    let topic = json!(world.id::<Topic>("monitoring.topic", json!({})).await);
    let updates = [("endpoint", json!("web@example.org")), ("protocol", json!("email-json"))];
    let properties = subscription(&topic, "ops@example.org");
    law(&world, "subscription", "monitoring.subscription", properties, &updates).await;
}

#[tokio::test]
async fn nobody_has_to_confirm_for_it_to_be_as_it_should_be() {
    let world = World::new().await;
    let topic = world.id::<Topic>("monitoring.topic", json!({})).await;
    let order = world.order(
        "subscription",
        "monitoring.subscription",
        &subscription(&json!(topic), "ops@example.org"),
    );
    let live = world.make(&order).await;
    assert_eq!(live.output("state").as_deref(), Some("pending confirmation"));
    confirm(&world, topic.as_str(), "ops@example.org").await;
    let (live, changes) = world.differences(&order).await;
    assert_eq!(changes, []);
    assert_eq!(live.output("state").as_deref(), Some("confirmed"));
    // The one who gets the mail can end it at any time.
    let arn = live.output("arn").expect("an ARN");
    world.aws.sns().unsubscribe().subscription_arn(arn).send().await.expect("unsubscribed");
    let (_, changes) = world.differences(&order).await;
    let seen: Vec<&str> = changes.iter().map(|change| change.property.as_str()).collect();
    assert_eq!(seen, ["protocol", "endpoint"]);
    world.converge(&order).await;
    assert_eq!(subscribers(&world, topic.as_str()).await, ["ops@example.org"]);
}

#[tokio::test]
async fn another_address_takes_the_place_of_the_old_one_and_others_are_left_alone() {
    let world = World::new().await;
    let topic = world.id::<Topic>("monitoring.topic", json!({})).await;
    let call = world.aws.sns().subscribe().topic_arn(topic.as_str()).protocol("email");
    call.endpoint("somebody@example.net").send().await.expect("subscribed by hand");
    let address: Address = "monitoring.subscription".parse().expect("an address");
    world.create("subscription", address.as_str(), subscription(&json!(topic), "old@example.org")).await;
    confirm(&world, topic.as_str(), "old@example.org").await;
    let order =
        world.order("subscription", address.as_str(), &subscription(&json!(topic), "new@example.org"));
    world.converge(&order).await;
    assert_eq!(subscribers(&world, topic.as_str()).await, ["new@example.org", "somebody@example.net"]);
    // Nobody has confirmed the new one: AWS cannot delete it yet, and it is gone for us all the same.
    let live = world.ready("subscription", &address).await;
    world.remove(&live).await;
    assert_eq!(world.at("subscription", &address).await, []);
}
