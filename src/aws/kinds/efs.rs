//! What the kinds of EFS share: one look at the environment's file systems and their mount targets.

use std::rc::Rc;

use aws_sdk_efs::types::{FileSystemDescription, MountTargetDescription, Tag};

use crate::aws::glance::Glance;
use crate::aws::tags::{self, Tags};
use crate::aws::{Aws, error};
use crate::run::fault::{Class, Fault};

/// The environment's file systems, each with its tags.
pub struct Systems(pub Vec<(FileSystemDescription, Tags)>);

/// The file systems, asked once a look.
pub async fn systems(glance: &Glance<'_>) -> Result<Rc<Systems>, Fault> {
    let ask = || async {
        let scope = &glance.aws.scope;
        let mut pages = glance.aws.efs().describe_file_systems().into_paginator().items().send();
        let mut found = Vec::new();
        while let Some(system) = pages.next().await {
            let system = system.map_err(error::read("elasticfilesystem:DescribeFileSystems"))?;
            let pairs = system.tags().iter().map(|tag| (tag.key().to_owned(), tag.value().to_owned()));
            let tags: Tags = pairs.collect();
            if tags::address(&tags, &scope.stack, &scope.env).is_some() {
                found.push((system, tags));
            }
        }
        Ok(Systems(found))
    };
    glance.once(ask).await
}

/// The mount targets of a file system; none of one that is gone.
pub async fn targets(aws: &Aws, system: &str) -> Result<Vec<MountTargetDescription>, Fault> {
    let pages = aws.efs().describe_mount_targets().file_system_id(system).into_paginator().items().send();
    let targets: Result<_, _> = pages.collect().await;
    match targets.map_err(error::read("elasticfilesystem:DescribeMountTargets")) {
        Err(fault) if fault.class == Class::Gone => Ok(Vec::new()),
        answer => answer,
    }
}

/// Tags in the type of the service.
pub fn list(tags: &Tags) -> Result<Vec<Tag>, Fault> {
    tags::checked!(tags => Tag).map_err(error::incomplete("elasticfilesystem:TagResource"))
}

/// Writes tags onto a file system.
pub async fn tag(aws: &Aws, system: &str, tags: &Tags) -> Result<(), Fault> {
    let call = aws.efs().tag_resource().resource_id(system).set_tags(Some(list(tags)?));
    call.send().await.map_err(error::update("elasticfilesystem:TagResource"))?;
    Ok(())
}

/// Writes or takes off the tag that protects a file system.
pub async fn protect(aws: &Aws, system: &str, wanted: bool) -> Result<(), Fault> {
    if wanted {
        return tag(aws, system, &Tags::from([(tags::PROTECT.to_owned(), "true".to_owned())])).await;
    }
    let call = aws.efs().untag_resource().resource_id(system).tag_keys(tags::PROTECT);
    call.send().await.map_err(error::update("elasticfilesystem:UntagResource"))?;
    Ok(())
}
