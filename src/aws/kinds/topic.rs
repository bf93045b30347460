//! Topic of SNS: where alarms are told, and from where those who subscribe to it learn of them.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::aws::glance::Glance;
use crate::aws::kind::{Changed, Found, Resource, Wish};
use crate::aws::tags::Tags;
use crate::aws::{Aws, error};
use crate::model::schema::{Expected, Idempotency, ReplaceOrder, Schema};
use crate::model::spec::{Kinded, Spec};
use crate::run::cloud::Farewell;
use crate::run::fault::{Class, Fault};

use super::{named, sns};

/// A place to publish messages to. There is nothing to choose about it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Topic {}

impl Kinded for Topic {
    const KIND: &'static str = "topic";
}

impl Resource for Topic {
    const SCHEMA: &'static Schema = &Schema {
        kind: "topic",
        title: "SNS topic",
        rules: &[],
        outputs: &["arn"],
        changing_outputs: &[],
        data: None,
        order: ReplaceOrder::OldFirst,
        idempotency: Idempotency::UniqueName,
        after: &[],
        expected: Expected { create: 2, update: 2, delete: 2 },
        canonical: Spec::canonical_as::<Self>,
    };

    async fn list(glance: &Glance<'_>) -> Result<Vec<Found<Self>>, Fault> {
        let topics = sns::topics(glance).await?;
        let found = |(address, arn): &(_, String)| {
            named::found(Clone::clone(address), arn, Self {}).output("arn", Some(arn))
        };
        Ok(topics.0.iter().map(found).collect())
    }

    async fn create(aws: &Aws, wish: &Wish<'_, Self>) -> Result<(), Fault> {
        let call = aws.sns().create_topic().name(named::name(aws, &wish.order.address));
        let call = call.set_tags(Some(sns::list(&wish.order.tags)?));
        let answer = call.send().await.map_err(error::create("sns:CreateTopic"));
        answer.map(drop).map_err(|fault| {
            // The same name with the same tags is no error; with others it is (API reference, CreateTopic).
            let there = fault.message.contains("already exists with different");
            if there { fault.as_class(Class::Exists) } else { fault }
        })
    }

    /// Nothing of it can change.
    async fn update(_: &Aws, _: &Found<Self>, _: &Wish<'_, Self>, _: Changed<'_>) -> Result<(), Fault> {
        Ok(())
    }

    async fn delete(aws: &Aws, live: &Found<Self>, _: &Farewell) -> Result<(), Fault> {
        let call = aws.sns().delete_topic().topic_arn(&live.id);
        call.send().await.map_err(error::delete("sns:DeleteTopic"))?;
        Ok(())
    }

    async fn tag(aws: &Aws, live: &Found<Self>, tags: &Tags) -> Result<(), Fault> {
        sns::tag(aws, &live.id, tags).await
    }

    async fn tags(aws: &Aws, live: &Found<Self>) -> Result<Tags, Fault> {
        sns::tags_of(aws, &live.id).await
    }
}
