//! What the kinds of RDS share: tags by ARN, groups that are known by their description, and who uses them.
//!
//! `DescribeDBSubnetGroups` and `DescribeDBParameterGroups` tell no tags, and reading them costs a call for
//! each group. A group's description is told and can never change, so that is what tells whose it is.

use std::rc::Rc;

use aws_sdk_rds::types::{DbInstance, Tag};
use indexmap::IndexMap;

use crate::aws::glance::Glance;
use crate::aws::kind::Found;
use crate::aws::tags::{self, Tags};
use crate::aws::{Aws, error};
use crate::model::address::Address;
use crate::model::live::Status;
use crate::run::fault::Fault;

/// The description of a group at that address.
pub fn description(aws: &Aws, address: &Address) -> String {
    format!("{}{address}", owner(aws))
}

fn owner(aws: &Aws) -> String {
    format!("drucloud {}/{} ", aws.scope.stack, aws.scope.env)
}

/// The address of the group with that description, if it is this environment's.
pub fn address(aws: &Aws, description: Option<&str>) -> Option<Address> {
    description?.strip_prefix(&owner(aws))?.parse().ok()
}

/// A group, with its ARN as an output; its tags are read on demand.
pub fn group<R>(address: Address, name: &str, arn: Option<&str>, properties: R) -> Found<R> {
    let found = Found {
        address,
        id: name.to_owned(),
        born: None,
        status: Status::Ready,
        properties,
        outputs: IndexMap::new(),
        tags: Tags::new(),
        protected: false,
    };
    found.output("arn", arn)
}

fn arn<R>(live: &Found<R>) -> Result<&str, Fault> {
    let arn = live.outputs.get("arn").map(String::as_str);
    arn.ok_or_else(|| Fault::fatal("rds", format!("RDS tells no ARN of `{}`", live.id)))
}

/// Writes tags onto a resource of RDS.
pub async fn tag<R>(aws: &Aws, live: &Found<R>, tags: &Tags) -> Result<(), Fault> {
    let call = aws.rds().add_tags_to_resource().resource_name(arn(live)?);
    let call = call.set_tags(Some(list(tags)));
    call.send().await.map_err(error::update("rds:AddTagsToResource"))?;
    Ok(())
}

/// Takes a tag off a resource of RDS; one that it does not carry is no error.
pub async fn untag<R>(aws: &Aws, live: &Found<R>, key: &str) -> Result<(), Fault> {
    let call = aws.rds().remove_tags_from_resource().resource_name(arn(live)?).tag_keys(key);
    call.send().await.map_err(error::update("rds:RemoveTagsFromResource"))?;
    Ok(())
}

/// The tags of a resource of RDS.
pub async fn read_tags<R>(aws: &Aws, live: &Found<R>) -> Result<Tags, Fault> {
    let call = aws.rds().list_tags_for_resource().resource_name(arn(live)?);
    let answer = call.send().await.map_err(error::read("rds:ListTagsForResource"))?;
    Ok(tags::read!(answer.tag_list()))
}

/// Tags in RDS's type.
pub fn list(tags: &Tags) -> Vec<Tag> {
    tags::list!(tags => Tag)
}

/// Every database instance of the region, read once a look.
pub struct Listed(pub Vec<DbInstance>);

/// Reads them.
pub async fn listed(glance: &Glance<'_>) -> Result<Rc<Listed>, Fault> {
    glance.once(|| async { instances(glance.aws).await.map(Listed) }).await
}

/// Every database instance of the region.
pub async fn instances(aws: &Aws) -> Result<Vec<DbInstance>, Fault> {
    let pages = aws.rds().describe_db_instances().into_paginator().page_size(100).items().send();
    pages.collect::<Result<_, _>>().await.map_err(error::read("rds:DescribeDBInstances"))
}

/// The database instances that keep a group from being deleted, in words.
pub async fn users(aws: &Aws, uses: impl Fn(&DbInstance) -> bool) -> Result<Vec<String>, Fault> {
    let instances = instances(aws).await?;
    let words = instances.iter().filter(|instance| uses(instance)).map(|instance| {
        let id = instance.db_instance_identifier().unwrap_or("a database instance");
        let status = instance.db_instance_status().unwrap_or("in no known state");
        format!("database instance {id} ({status})")
    });
    Ok(words.collect())
}
