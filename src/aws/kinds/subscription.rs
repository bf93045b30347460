//! Subscription to a topic. A person has to confirm it; until then it is there, works for nobody and is as it
//! should be.
//!
//! A subscription takes no tags, and one that waits for its confirmation has no name and cannot be deleted: AWS
//! forgets it after some days ("Deleting an SNS subscription and topic", developer guide). So what the stack
//! subscribes is noted in a tag of the topic, `drucloud:subscription:<address>`, and exists as long as that tag
//! does. What others subscribe to the topic is theirs.

use aws_sdk_sns::types::Subscription as Listed;
use futures::future::{try_join, try_join_all};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::aws::glance::Glance;
use crate::aws::kind::{Changed, Found, Resource, Wish};
use crate::aws::tags::{self, Tags};
use crate::aws::{Aws, error, names};
use crate::model::schema::{Expected, IN_PLACE, Idempotency, REPLACES, ReplaceOrder, Schema};
use crate::model::spec::{Id, Kinded, Spec};
use crate::model::verdict::APPLIED_TAG;
use crate::run::cloud::Farewell;
use crate::run::fault::{Class, Fault, Forgive};

use super::sns;
use super::topic::Topic;

/// Who is told what is published.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Subscription {
    /// The topic.
    pub topic: Id<Topic>,
    /// How to tell: `email`, or another protocol of SNS.
    pub protocol: String,
    /// Where to: for `email` an address, whose owner has to confirm.
    pub endpoint: String,
}

impl Kinded for Subscription {
    const KIND: &'static str = "subscription";
}

/// What the topic's tag for a subscription begins with; its address follows.
const KEY: &str = "drucloud:subscription:";
/// What stands in a list in place of the ARN of one that nobody has confirmed.
const PENDING: &str = "PendingConfirmation";

impl Resource for Subscription {
    const SCHEMA: &'static Schema = &Schema {
        kind: "subscription",
        title: "SNS subscription",
        rules: &[("topic", REPLACES), ("protocol", IN_PLACE), ("endpoint", IN_PLACE)],
        outputs: &["arn", "state"],
        changing_outputs: &[],
        data: None,
        order: ReplaceOrder::NewFirst,
        idempotency: Idempotency::Upsert,
        after: &[],
        expected: Expected { create: 3, update: 2, delete: 2 },
        canonical: Spec::canonical_as::<Self>,
    };

    async fn list(glance: &Glance<'_>) -> Result<Vec<Found<Self>>, Fault> {
        let topics = sns::topics(glance).await?;
        let found = try_join_all(topics.0.iter().map(|(_, arn)| of_topic(glance.aws, arn))).await?;
        Ok(found.into_iter().flatten().collect())
    }

    /// Notes it; that nobody is subscribed yet is a difference.
    async fn create(aws: &Aws, wish: &Wish<'_, Self>) -> Result<(), Fault> {
        let note = note(&wish.want, &wish.order.tags);
        let key = format!("{KEY}{}", wish.order.address);
        sns::tag(aws, wish.want.topic.as_str(), &Tags::from([(key, note)])).await
    }

    async fn update(
        aws: &Aws,
        live: &Found<Self>,
        wish: &Wish<'_, Self>,
        _: Changed<'_>,
    ) -> Result<(), Fault> {
        let Self { topic, protocol, endpoint } = &wish.want;
        unsubscribe(aws, live).await?;
        // The note comes first: a subscription that it does not name would be nobody's.
        let key = format!("{KEY}{}", live.address);
        sns::tag(aws, topic.as_str(), &Tags::from([(key, note(&wish.want, &live.tags))])).await?;
        let call = aws.sns().subscribe().topic_arn(topic.as_str()).protocol(protocol).endpoint(endpoint);
        call.send().await.map_err(error::update("sns:Subscribe"))?;
        Ok(())
    }

    async fn delete(aws: &Aws, live: &Found<Self>, _: &Farewell) -> Result<(), Fault> {
        unsubscribe(aws, live).await?;
        let call = aws.sns().untag_resource().resource_arn(live.properties.topic.as_str());
        let call = call.tag_keys(format!("{KEY}{}", live.address));
        call.send().await.map_err(error::delete("sns:UntagResource"))?;
        Ok(())
    }

    async fn tag(aws: &Aws, live: &Found<Self>, tags: &Tags) -> Result<(), Fault> {
        let mut all = live.tags.clone();
        all.extend(tags.clone());
        let (key, note) = (format!("{KEY}{}", live.address), note(&live.properties, &all));
        sns::tag(aws, live.properties.topic.as_str(), &Tags::from([(key, note)])).await
    }
}

/// The subscriptions of a topic that its tags note.
async fn of_topic(aws: &Aws, topic: &str) -> Result<Vec<Found<Subscription>>, Fault> {
    let (tags, all) = try_join(sns::tags_of(aws, topic), subscribed(aws, topic)).await?;
    let notes = tags.iter().filter_map(|(key, note)| Some((key.strip_prefix(KEY)?, note)));
    Ok(notes.filter_map(|(address, note)| read(aws, topic, address, note, &all)).collect())
}

/// Everybody who is subscribed to a topic; nobody to one that is gone.
async fn subscribed(aws: &Aws, topic: &str) -> Result<Vec<Listed>, Fault> {
    let pages = aws.sns().list_subscriptions_by_topic().topic_arn(topic).into_paginator().items().send();
    let all: Result<Vec<Listed>, _> = pages.collect().await;
    match all.map_err(error::read("sns:ListSubscriptionsByTopic")) {
        Err(fault) if fault.class == Class::Gone => Ok(Vec::new()),
        all => all,
    }
}

fn read(aws: &Aws, topic: &str, address: &str, note: &str, all: &[Listed]) -> Option<Found<Subscription>> {
    let mut words = note.split(' ');
    let who = words.next().unwrap_or_default();
    let own = [
        (tags::STACK, Some(aws.scope.stack.as_str())),
        (tags::ENV, Some(aws.scope.env.as_str())),
        (tags::ADDRESS, Some(address)),
        (tags::BORN, words.next()),
        (APPLIED_TAG, words.next()),
    ];
    let tags = own.into_iter().filter_map(|(key, value)| Some((key.to_owned(), value?.to_owned())));
    let subscribed = all
        .iter()
        .find(|one| digest(one.protocol().unwrap_or_default(), one.endpoint().unwrap_or_default()) == who);
    let text = |text: Option<&str>| text.unwrap_or_default().to_owned();
    let properties = Subscription {
        topic: Id::known(topic),
        protocol: text(subscribed.and_then(Listed::protocol)),
        endpoint: text(subscribed.and_then(Listed::endpoint)),
    };
    let arn = subscribed.and_then(Listed::subscription_arn);
    let confirmed = arn.filter(|arn| *arn != PENDING);
    let state = arn.map(|_| if confirmed.is_some() { "confirmed" } else { "pending confirmation" });
    let found = Found::ours(aws, format!("{topic}/{address}"), tags.collect(), properties)?;
    Some(found.output("arn", confirmed).output("state", state))
}

/// What is noted of a subscription: who is subscribed, as a digest because a tag takes few characters, when it
/// was made and what was applied.
fn note(want: &Subscription, tags: &Tags) -> String {
    let part = |key: &str| tags.get(key).map_or("", String::as_str);
    let note =
        format!("{} {} {}", digest(&want.protocol, &want.endpoint), part(tags::BORN), part(APPLIED_TAG));
    note.trim_end().to_owned()
}

fn digest(protocol: &str, endpoint: &str) -> String {
    names::digest(&format!("{protocol} {endpoint}"), 16)
}

/// Ends it, if it was confirmed.
async fn unsubscribe(aws: &Aws, live: &Found<Subscription>) -> Result<(), Fault> {
    let Some(arn) = live.outputs.get("arn") else { return Ok(()) };
    let call = aws.sns().unsubscribe().subscription_arn(arn);
    call.send().await.map_err(error::delete("sns:Unsubscribe")).or_gone()
}
