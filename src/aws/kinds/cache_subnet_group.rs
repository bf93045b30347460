//! Cache subnet group: the subnets in which ElastiCache may place nodes.

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::aws::glance::Glance;
use crate::aws::kind::{Changed, Found, Resource, Wish};
use crate::aws::tags::Tags;
use crate::aws::{Aws, error};
use crate::model::schema::{Expected, IN_PLACE, Idempotency, ReplaceOrder, Schema};
use crate::model::spec::{Id, Kinded, Spec};
use crate::run::cloud::Farewell;
use crate::run::fault::Fault;

use super::elasticache;
use super::subnet::Subnet;

/// The subnets of caches.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CacheSubnetGroup {
    /// The subnets, all of one network.
    pub subnets: BTreeSet<Id<Subnet>>,
}

impl Kinded for CacheSubnetGroup {
    const KIND: &'static str = "cache_subnet_group";
}

impl Resource for CacheSubnetGroup {
    const SCHEMA: &'static Schema = &Schema {
        kind: "cache_subnet_group",
        title: "Cache subnet group",
        // As with databases: subnets of another network are replaced with it, and the group is rebuilt.
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
        let call = aws.elasticache().describe_cache_subnet_groups().into_paginator().page_size(100);
        let mut pages = call.items().send();
        let mut found = Vec::new();
        while let Some(group) = pages.next().await {
            let group = group.map_err(error::read("elasticache:DescribeCacheSubnetGroups"))?;
            let Some(address) = elasticache::address(aws, group.cache_subnet_group_description()) else {
                continue;
            };
            let subnets = group.subnets().iter().filter_map(|subnet| subnet.subnet_identifier());
            let properties = Self { subnets: subnets.map(Id::known).collect() };
            let name = group.cache_subnet_group_name().unwrap_or_default();
            let group_found = elasticache::group(address, name, group.arn(), properties);
            found.push(group_found.output("vpc", group.vpc_id()));
        }
        Ok(found)
    }

    async fn create(aws: &Aws, wish: &Wish<'_, Self>) -> Result<(), Fault> {
        let call = aws
            .elasticache()
            .create_cache_subnet_group()
            .cache_subnet_group_name(wish.name(aws, 63))
            .cache_subnet_group_description(elasticache::description(aws, &wish.order.address))
            .set_subnet_ids(Some(ids(&wish.want)))
            .set_tags(Some(elasticache::list(&wish.order.tags)));
        call.send().await.map_err(error::create("elasticache:CreateCacheSubnetGroup"))?;
        Ok(())
    }

    async fn update(
        aws: &Aws,
        live: &Found<Self>,
        wish: &Wish<'_, Self>,
        changed: Changed<'_>,
    ) -> Result<(), Fault> {
        if changed.has("subnets") {
            let call = aws.elasticache().modify_cache_subnet_group().cache_subnet_group_name(&live.id);
            let call = call.set_subnet_ids(Some(ids(&wish.want)));
            call.send().await.map_err(error::update("elasticache:ModifyCacheSubnetGroup"))?;
        }
        Ok(())
    }

    async fn delete(aws: &Aws, live: &Found<Self>, _: &Farewell) -> Result<(), Fault> {
        let call = aws.elasticache().delete_cache_subnet_group().cache_subnet_group_name(&live.id);
        call.send().await.map_err(error::delete("elasticache:DeleteCacheSubnetGroup"))?;
        Ok(())
    }

    async fn tag(aws: &Aws, live: &Found<Self>, tags: &Tags) -> Result<(), Fault> {
        elasticache::tag(aws, live, tags).await
    }

    async fn tags(aws: &Aws, live: &Found<Self>) -> Result<Tags, Fault> {
        elasticache::read_tags(aws, live).await
    }

    async fn blockers(aws: &Aws, live: &Found<Self>) -> Result<Vec<String>, Fault> {
        elasticache::users(aws, |cluster| cluster.cache_subnet_group_name() == Some(&*live.id)).await
    }
}

fn ids(group: &CacheSubnetGroup) -> Vec<String> {
    group.subnets.iter().map(|id| id.as_str().to_owned()).collect()
}
