//! Cache parameter group: the settings of Memcached, Valkey or Redis.

use std::collections::BTreeMap;

use aws_sdk_elasticache::types::ParameterNameValue;
use futures::future::try_join_all;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::aws::glance::Glance;
use crate::aws::kind::{Changed, Found, Resource, Wish};
use crate::aws::tags::Tags;
use crate::aws::{Aws, error, index};
use crate::model::address::Address;
use crate::model::schema::{Expected, IN_PLACE, Idempotency, REPLACES, ReplaceOrder, Schema};
use crate::model::spec::{Kinded, Spec};
use crate::run::cloud::Farewell;
use crate::run::fault::{Class, Fault};

use super::elasticache;

/// The most parameters that one call changes (API reference, `ModifyCacheParameterGroup`).
const BATCH: usize = 20;

/// The parameters of a cache.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CacheParameterGroup {
    /// The engine and its major version, such as `memcached1.6`, `valkey8` or `redis7`.
    pub family: String,
    /// The parameters that are set, by name. Those of Memcached take effect when its nodes restart.
    pub parameters: BTreeMap<String, String>,
}

impl Kinded for CacheParameterGroup {
    const KIND: &'static str = "cache_parameter_group";
}

impl Resource for CacheParameterGroup {
    const SCHEMA: &'static Schema = &Schema {
        kind: "cache_parameter_group",
        title: "Cache parameter group",
        rules: &[("family", REPLACES), ("parameters", IN_PLACE)],
        // `applied` is always `yes`: a cluster that refers to it is looked at again after each update of the
        // group, and its nodes restarted if parameters wait for that.
        outputs: &["arn", "applied"],
        changing_outputs: &["applied"],
        data: None,
        order: ReplaceOrder::NewFirst,
        idempotency: Idempotency::UniqueName,
        after: &[],
        expected: Expected { create: 2, update: 3, delete: 2 },
        canonical: Spec::canonical_as::<Self>,
    };

    async fn list(glance: &Glance<'_>) -> Result<Vec<Found<Self>>, Fault> {
        let aws = glance.aws;
        if let Some(found) = indexed(glance).await? {
            return Ok(found);
        }
        let pages = aws.elasticache().describe_cache_parameter_groups().into_paginator().page_size(100);
        let groups: Result<Vec<_>, _> = pages.items().send().collect().await;
        let groups = groups.map_err(error::read("elasticache:DescribeCacheParameterGroups"))?;
        let ours =
            groups.iter().filter_map(|group| Some((elasticache::address(aws, group.description())?, group)));
        let found = try_join_all(ours.map(|(address, group)| {
            let family = group.cache_parameter_group_family().unwrap_or_default();
            read(aws, address, group.cache_parameter_group_name().unwrap_or_default(), family, group.arn())
        }));
        Ok(found.await?.into_iter().flatten().collect())
    }

    async fn create(aws: &Aws, wish: &Wish<'_, Self>) -> Result<(), Fault> {
        let call = aws
            .elasticache()
            .create_cache_parameter_group()
            .cache_parameter_group_name(wish.unique_name(aws, 63))
            .cache_parameter_group_family(&wish.want.family)
            .description(elasticache::description(aws, &wish.order.address))
            .set_tags(Some(elasticache::list(&wish.order.tags)));
        call.send().await.map_err(error::create("elasticache:CreateCacheParameterGroup"))?;
        Ok(())
    }

    async fn update(
        aws: &Aws,
        live: &Found<Self>,
        wish: &Wish<'_, Self>,
        changed: Changed<'_>,
    ) -> Result<(), Fault> {
        if !changed.has("parameters") {
            return Ok(());
        }
        let (live_ones, want) = (&live.properties.parameters, &wish.want.parameters);
        let set: Vec<_> = want.iter().filter(|(name, value)| live_ones.get(*name) != Some(value)).collect();
        for batch in set.chunks(BATCH) {
            let call = aws.elasticache().modify_cache_parameter_group().cache_parameter_group_name(&live.id);
            let answer = call.set_parameter_name_values(Some(in_calls_form(batch))).send().await;
            answer.map_err(error::update("elasticache:ModifyCacheParameterGroup")).map_err(busy)?;
        }
        let reset: Vec<_> = live_ones.iter().filter(|(name, _)| !want.contains_key(*name)).collect();
        for batch in reset.chunks(BATCH) {
            let call = aws.elasticache().reset_cache_parameter_group().cache_parameter_group_name(&live.id);
            let answer = call.set_parameter_name_values(Some(in_calls_form(batch))).send().await;
            answer.map_err(error::update("elasticache:ResetCacheParameterGroup")).map_err(busy)?;
        }
        Ok(())
    }

    async fn delete(aws: &Aws, live: &Found<Self>, _: &Farewell) -> Result<(), Fault> {
        let call = aws.elasticache().delete_cache_parameter_group().cache_parameter_group_name(&live.id);
        call.send().await.map_err(error::delete("elasticache:DeleteCacheParameterGroup"))?;
        Ok(())
    }

    async fn tag(aws: &Aws, live: &Found<Self>, tags: &Tags) -> Result<(), Fault> {
        elasticache::tag(aws, live, tags).await
    }

    async fn tags(aws: &Aws, live: &Found<Self>) -> Result<Tags, Fault> {
        elasticache::read_tags(aws, live).await
    }

    async fn blockers(aws: &Aws, live: &Found<Self>) -> Result<Vec<String>, Fault> {
        elasticache::users(aws, |cluster| {
            let group = cluster.cache_parameter_group().and_then(|group| group.cache_parameter_group_name());
            group == Some(&*live.id)
        })
        .await
    }
}

/// The groups that the index confirms, with their parameters; a group's family never changes.
async fn indexed(glance: &Glance<'_>) -> Result<Option<Vec<Found<CacheParameterGroup>>>, Fault> {
    let index = index::index(glance).await?;
    let Some(confirmed) = index.all(CacheParameterGroup::KIND) else { return Ok(None) };
    let found = try_join_all(
        confirmed
            .into_iter()
            .map(|one| read(glance.aws, one.address.clone(), one.id(), one.fixed("family"), Some(&one.arn))),
    );
    Ok(found.await?.into_iter().collect())
}

/// A group with the parameters that were set; `None` if it is not there any more.
async fn read(
    aws: &Aws,
    address: Address,
    name: &str,
    family: &str,
    arn: Option<&str>,
) -> Result<Option<Found<CacheParameterGroup>>, Fault> {
    let call = aws.elasticache().describe_cache_parameters().cache_parameter_group_name(name).source("user");
    let pages: Result<Vec<_>, _> = call.into_paginator().page_size(100).send().collect().await;
    let pages = match pages.map_err(error::read("elasticache:DescribeCacheParameters")) {
        Err(fault) if fault.class == Class::Gone => return Ok(None),
        pages => pages?,
    };
    let set = pages.iter().flat_map(
        aws_sdk_elasticache::operation::describe_cache_parameters::DescribeCacheParametersOutput::parameters,
    );
    let pair = |name: Option<&str>, value: Option<&str>| Some((name?.to_owned(), value?.to_owned()));
    let properties = CacheParameterGroup {
        family: family.to_owned(),
        parameters: set.filter_map(|one| pair(one.parameter_name(), one.parameter_value())).collect(),
    };
    let found = elasticache::group(address, name, arn, properties);
    Ok(Some(found.output("applied", Some("yes"))))
}

fn in_calls_form(batch: &[(&String, &String)]) -> Vec<ParameterNameValue> {
    let one = |(name, value): &(&String, &String)| {
        ParameterNameValue::builder().parameter_name(*name).parameter_value(*value).build()
    };
    batch.iter().map(one).collect()
}

/// A group that is just being applied to a cluster takes no change for a moment.
fn busy(fault: Fault) -> Fault {
    if fault.class == Class::InUse { fault.as_class(Class::Busy) } else { fault }
}
