//! What the kinds of SNS share: one look at the environment's topics and their tags.
//!
//! SNS filters by no tag and lists no tags. Names of ours begin alike, so that only the few topics that may be
//! ours are asked for their tags.

use std::rc::Rc;

use aws_sdk_sns::types::Tag;
use futures::future::try_join_all;

use crate::aws::glance::Glance;
use crate::aws::tags::{self, Tags};
use crate::aws::{Aws, error};
use crate::run::fault::{Class, Fault};

/// The environment's topics: their ARNs and tags.
pub struct Topics(pub Vec<(String, Tags)>);

/// The topics, asked once a look.
pub async fn topics(glance: &Glance<'_>) -> Result<Rc<Topics>, Fault> {
    let ask = || async {
        let (aws, prefix) = (glance.aws, glance.aws.prefix());
        let mut pages = aws.sns().list_topics().into_paginator().items().send();
        let mut arns = Vec::new();
        while let Some(topic) = pages.next().await {
            let topic = topic.map_err(error::read("sns:ListTopics"))?;
            arns.extend(topic.topic_arn.filter(|arn| name(arn).starts_with(&prefix)));
        }
        let found = try_join_all(arns.into_iter().map(|arn| tagged(aws, arn))).await?;
        let ours =
            |(_, tags): &(String, Tags)| tags::address(tags, &aws.scope.stack, &aws.scope.env).is_some();
        Ok(Topics(found.into_iter().flatten().filter(ours).collect()))
    };
    glance.once(ask).await
}

/// The last part of a topic's ARN.
fn name(arn: &str) -> &str {
    arn.rsplit(':').next().unwrap_or(arn)
}

/// The topic with its tags; none if it was deleted since it was listed.
async fn tagged(aws: &Aws, arn: String) -> Result<Option<(String, Tags)>, Fault> {
    let answer = aws.sns().list_tags_for_resource().resource_arn(&arn).send().await;
    match answer.map_err(error::read("sns:ListTagsForResource")) {
        Ok(answer) => {
            let tags = answer.tags().iter().map(|tag| (tag.key().to_owned(), tag.value().to_owned()));
            Ok(Some((arn, tags.collect())))
        }
        Err(fault) if fault.class == Class::Gone => Ok(None),
        Err(fault) => Err(fault),
    }
}

/// Writes tags onto a topic.
pub async fn tag(aws: &Aws, topic: &str, tags: &Tags) -> Result<(), Fault> {
    let call = aws.sns().tag_resource().resource_arn(topic).set_tags(Some(list(tags)?));
    call.send().await.map_err(error::update("sns:TagResource"))?;
    Ok(())
}

/// Tags in the type of the service.
pub fn list(tags: &Tags) -> Result<Vec<Tag>, Fault> {
    tags::checked!(tags => Tag).map_err(error::incomplete("sns:TagResource"))
}
