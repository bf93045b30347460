//! What the kinds of SNS share: one look at the environment's topics.
//!
//! SNS filters by no tag and its list tells no tags, but the names of topics, and those tell whose they are.

use std::rc::Rc;

use aws_sdk_sns::types::Tag;

use crate::aws::glance::Glance;
use crate::aws::tags::{self, Tags};
use crate::aws::{Aws, error};
use crate::model::address::Address;
use crate::run::fault::{Class, Fault};

use super::named;

/// The environment's topics: where they stand and their ARNs.
pub struct Topics(pub Vec<(Address, String)>);

/// The topics, asked once a look.
pub async fn topics(glance: &Glance<'_>) -> Result<Rc<Topics>, Fault> {
    let ask = || async {
        let mut pages = glance.aws.sns().list_topics().into_paginator().items().send();
        let mut found = Vec::new();
        while let Some(topic) = pages.next().await {
            let topic = topic.map_err(error::read("sns:ListTopics"))?;
            let Some(arn) = topic.topic_arn else { continue };
            let address = named::address(glance.aws, arn.rsplit(':').next().unwrap_or_default());
            found.extend(address.map(|address| (address, arn)));
        }
        Ok(Topics(found))
    };
    glance.once(ask).await
}

/// The tags of a topic; none of one that is gone.
pub async fn tags_of(aws: &Aws, topic: &str) -> Result<Tags, Fault> {
    let answer = aws.sns().list_tags_for_resource().resource_arn(topic).send().await;
    match answer.map_err(error::read("sns:ListTagsForResource")) {
        Ok(answer) => {
            let tags = answer.tags().iter().map(|tag| (tag.key().to_owned(), tag.value().to_owned()));
            Ok(tags.collect())
        }
        Err(fault) if fault.class == Class::Gone => Ok(Tags::new()),
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
