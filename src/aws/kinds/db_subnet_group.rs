//! DB subnet group: the subnets in which RDS may place a database.

use std::collections::BTreeSet;

use aws_sdk_rds::types::DbSubnetGroup as Group;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::aws::glance::Glance;
use crate::aws::kind::{Changed, Found, Resource, Wish};
use crate::aws::tags::Tags;
use crate::aws::{Aws, error, index};
use crate::model::address::Address;
use crate::model::schema::{Expected, IN_PLACE, Idempotency, ReplaceOrder, Schema};
use crate::model::spec::{Id, Kinded, Spec};
use crate::run::cloud::Farewell;
use crate::run::fault::Fault;

use super::rds;
use super::subnet::Subnet;

/// The subnets of a database, in two zones at least.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DbSubnetGroup {
    /// The subnets, all of one network.
    pub subnets: BTreeSet<Id<Subnet>>,
}

impl Kinded for DbSubnetGroup {
    const KIND: &'static str = "db_subnet_group";
}

impl Resource for DbSubnetGroup {
    const SCHEMA: &'static Schema = &Schema {
        kind: "db_subnet_group",
        title: "DB subnet group",
        // Subnets of another network cannot come in place; they are replaced with their network, and what
        // stands on a subnet that is replaced is rebuilt by the planner.
        rules: &[("subnets", IN_PLACE)],
        outputs: &["arn", "vpc"],
        changing_outputs: &[],
        data: None,
        order: ReplaceOrder::OldFirst,
        idempotency: Idempotency::UniqueName,
        after: &[],
        expected: Expected { create: 3, update: 2, delete: 2 },
        canonical: Spec::canonical_as::<Self>,
    };

    async fn list(glance: &Glance<'_>) -> Result<Vec<Found<Self>>, Fault> {
        let aws = glance.aws;
        if let Some(found) = indexed(glance).await? {
            return Ok(found);
        }
        let mut pages = aws.rds().describe_db_subnet_groups().into_paginator().page_size(100).items().send();
        let mut found = Vec::new();
        while let Some(group) = pages.next().await {
            let group = group.map_err(error::read("rds:DescribeDBSubnetGroups"))?;
            let Some(address) = rds::address(aws, group.db_subnet_group_description()) else { continue };
            found.push(read(address, &group, group.db_subnet_group_arn()));
        }
        Ok(found)
    }

    async fn create(aws: &Aws, wish: &Wish<'_, Self>) -> Result<(), Fault> {
        let call = aws
            .rds()
            .create_db_subnet_group()
            .db_subnet_group_name(wish.name(aws, 63))
            .db_subnet_group_description(rds::description(aws, &wish.order.address))
            .set_subnet_ids(Some(ids(&wish.want)))
            .set_tags(Some(rds::list(&wish.order.tags)));
        call.send().await.map_err(error::create("rds:CreateDBSubnetGroup"))?;
        Ok(())
    }

    async fn update(
        aws: &Aws,
        live: &Found<Self>,
        wish: &Wish<'_, Self>,
        changed: Changed<'_>,
    ) -> Result<(), Fault> {
        if changed.has("subnets") {
            let call = aws.rds().modify_db_subnet_group().db_subnet_group_name(&live.id);
            let call = call.set_subnet_ids(Some(ids(&wish.want)));
            call.send().await.map_err(error::update("rds:ModifyDBSubnetGroup"))?;
        }
        Ok(())
    }

    async fn delete(aws: &Aws, live: &Found<Self>, _: &Farewell) -> Result<(), Fault> {
        let call = aws.rds().delete_db_subnet_group().db_subnet_group_name(&live.id);
        call.send().await.map_err(error::delete("rds:DeleteDBSubnetGroup"))?;
        Ok(())
    }

    async fn tag(aws: &Aws, live: &Found<Self>, tags: &Tags) -> Result<(), Fault> {
        rds::tag(aws, live, tags).await
    }

    async fn tags(aws: &Aws, live: &Found<Self>) -> Result<Tags, Fault> {
        rds::read_tags(aws, live).await
    }

    async fn blockers(aws: &Aws, live: &Found<Self>) -> Result<Vec<String>, Fault> {
        rds::users(aws, |instance| {
            instance.db_subnet_group().and_then(|group| group.db_subnet_group_name()) == Some(&*live.id)
        })
        .await
    }
}

/// The groups that the index confirms, as the databases in them tell of them: each has its whole group with it.
async fn indexed(glance: &Glance<'_>) -> Result<Option<Vec<Found<DbSubnetGroup>>>, Fault> {
    let index = index::index(glance).await?;
    let Some(confirmed) = index.all(DbSubnetGroup::KIND) else { return Ok(None) };
    let instances = rds::listed(glance).await?;
    let groups = || instances.0.iter().filter_map(|instance| instance.db_subnet_group());
    let found = confirmed.into_iter().map(|one| {
        let group = groups().find(|group| group.db_subnet_group_name() == Some(one.id()))?;
        Some(read(one.address.clone(), group, Some(&one.arn)))
    });
    Ok(found.collect())
}

fn read(address: Address, group: &Group, arn: Option<&str>) -> Found<DbSubnetGroup> {
    let subnets = group.subnets().iter().filter_map(|subnet| subnet.subnet_identifier());
    let properties = DbSubnetGroup { subnets: subnets.map(Id::known).collect() };
    let found = rds::group(address, group.db_subnet_group_name().unwrap_or_default(), arn, properties);
    found.output("vpc", group.vpc_id())
}

fn ids(group: &DbSubnetGroup) -> Vec<String> {
    group.subnets.iter().map(|id| id.as_str().to_owned()).collect()
}
