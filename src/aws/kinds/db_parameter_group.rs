//! DB parameter group: the settings of a database engine.
//!
//! RDS keeps no record of a parameter that is set to the value which RDS presets itself: such a one is not
//! listed as the user's (`Source=user`). Where a wished parameter is missing there, the presets are read too, and
//! stand in one entry, [`PRESETS`], of the live parameters; a parameter that has its value from there is as it
//! should be.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_rds::types::{ApplyMethod, Filter, Parameter};
use futures::future::try_join_all;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::aws::glance::Glance;
use crate::aws::kind::{Changed, Found, Resource, Wish};
use crate::aws::tags::Tags;
use crate::aws::{Aws, error, index};
use crate::model::address::Address;
use crate::model::schema::{Effect, Expected, Idempotency, REPLACES, ReplaceOrder, Rule, Schema};
use crate::model::spec::{Kinded, Spec};
use crate::run::cloud::Farewell;
use crate::run::fault::{Class, Fault};

use super::rds;

/// The most parameters that one call changes (API reference, `ModifyDBParameterGroup`).
const BATCH: usize = 20;
/// The entry of the live parameters that holds what RDS presets, as `name=value; name=value`.
const PRESETS: &str = "(preset by RDS)";

/// The parameters of a database engine.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DbParameterGroup {
    /// The engine and its major version, such as `mysql8.4` or `mariadb11.4`.
    pub family: String,
    /// The parameters that differ from the engine's defaults, by name. Switches are `1` and `0`, as RDS has
    /// them.
    pub parameters: BTreeMap<String, String>,
}

impl Kinded for DbParameterGroup {
    const KIND: &'static str = "db_parameter_group";
}

impl Resource for DbParameterGroup {
    const SCHEMA: &'static Schema = &Schema {
        kind: "db_parameter_group",
        title: "DB parameter group",
        rules: &[("family", REPLACES), ("parameters", Rule::When(parameters))],
        // `applied` is always `yes`: a database that refers to it is looked at again after each update of the
        // group, and restarted if static parameters wait for that.
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
        let pages = aws.rds().describe_db_parameter_groups().into_paginator().page_size(100).items().send();
        let groups: Result<Vec<_>, _> = pages.collect().await;
        let groups = groups.map_err(error::read("rds:DescribeDBParameterGroups"))?;
        let ours = groups.iter().filter_map(|group| Some((rds::address(aws, group.description())?, group)));
        let found = try_join_all(ours.map(|(address, group)| {
            let (name, family) = (group.db_parameter_group_name(), group.db_parameter_group_family());
            let (name, family) = (name.unwrap_or_default(), family.unwrap_or_default());
            read(aws, address, name, family, group.db_parameter_group_arn())
        }));
        Ok(found.await?.into_iter().flatten().collect())
    }

    async fn create(aws: &Aws, wish: &Wish<'_, Self>) -> Result<(), Fault> {
        let call = aws
            .rds()
            .create_db_parameter_group()
            .db_parameter_group_name(wish.unique_name(aws, 255))
            .db_parameter_group_family(&wish.want.family)
            .description(rds::description(aws, &wish.order.address))
            .set_tags(Some(rds::list(&wish.order.tags)));
        call.send().await.map_err(error::create("rds:CreateDBParameterGroup"))?;
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
        let steps = difference(&live.properties.parameters, &wish.want.parameters);
        for batch in steps.set.chunks(BATCH) {
            let parameters = in_calls_form(aws, &live.id, batch).await?;
            let call = aws.rds().modify_db_parameter_group().db_parameter_group_name(&live.id);
            let answer = call.set_parameters(Some(parameters)).send().await;
            answer.map_err(error::update("rds:ModifyDBParameterGroup")).map_err(busy)?;
        }
        for batch in steps.reset.chunks(BATCH) {
            let parameters = in_calls_form(aws, &live.id, batch).await?;
            let call = aws.rds().reset_db_parameter_group().db_parameter_group_name(&live.id);
            let answer = call.set_parameters(Some(parameters)).send().await;
            answer.map_err(error::update("rds:ResetDBParameterGroup")).map_err(busy)?;
        }
        Ok(())
    }

    async fn delete(aws: &Aws, live: &Found<Self>, _: &Farewell) -> Result<(), Fault> {
        let call = aws.rds().delete_db_parameter_group().db_parameter_group_name(&live.id);
        call.send().await.map_err(error::delete("rds:DeleteDBParameterGroup"))?;
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
            let mut groups = instance.db_parameter_groups().iter();
            groups.any(|group| group.db_parameter_group_name() == Some(&*live.id))
        })
        .await
    }
}

/// The groups that the index confirms, with their parameters; a group's family never changes.
async fn indexed(glance: &Glance<'_>) -> Result<Option<Vec<Found<DbParameterGroup>>>, Fault> {
    let index = index::index(glance).await?;
    let Some(confirmed) = index.all(DbParameterGroup::KIND) else { return Ok(None) };
    let found = try_join_all(
        confirmed
            .into_iter()
            .map(|one| read(glance.aws, one.address.clone(), one.id(), one.fixed("family"), Some(&one.arn))),
    );
    Ok(found.await?.into_iter().collect())
}

/// A group with its parameters; `None` if it is not there any more. Of one that nobody wants they are not read.
async fn read(
    aws: &Aws,
    address: Address,
    name: &str,
    family: &str,
    arn: Option<&str>,
) -> Result<Option<Found<DbParameterGroup>>, Fault> {
    let parameters = if aws.matters(&address, "parameters") {
        match parameters_of(aws, &address, name).await {
            Err(fault) if fault.class == Class::Gone => return Ok(None),
            answer => answer?,
        }
    } else {
        BTreeMap::new()
    };
    let properties = DbParameterGroup { family: family.to_owned(), parameters };
    let found = rds::group(address, name, arn, properties);
    Ok(Some(found.output("applied", Some("yes"))))
}

/// The parameters that somebody has set, and what RDS presets where that can make a difference.
async fn parameters_of(aws: &Aws, address: &Address, name: &str) -> Result<BTreeMap<String, String>, Fault> {
    let user = listed(aws, name, "user").await?;
    let mut parameters: BTreeMap<String, String> = user.iter().filter_map(pair).collect();
    let complete = aws.expected(address).is_some_and(|wish| covers(&parameters, &wish));
    let system = if complete { Vec::new() } else { listed(aws, name, "system").await? };
    let modifiable = system.iter().filter(|parameter| parameter.is_modifiable() == Some(true));
    let presets: Vec<String> =
        modifiable.filter_map(pair).map(|(name, value)| format!("{name}={value}")).collect();
    if !presets.is_empty() {
        parameters.insert(PRESETS.to_owned(), presets.join("; "));
    }
    Ok(parameters)
}

/// Whether every wished parameter is among these, whatever its value.
fn covers(parameters: &BTreeMap<String, String>, wish: &Spec) -> bool {
    let wished = wish.get("parameters").and_then(Value::as_object);
    wished.is_some_and(|wished| wished.keys().all(|name| parameters.contains_key(name)))
}

async fn listed(aws: &Aws, group: &str, source: &str) -> Result<Vec<Parameter>, Fault> {
    let call = aws.rds().describe_db_parameters().db_parameter_group_name(group).source(source);
    let pages: Result<_, _> = call.into_paginator().page_size(100).items().send().collect().await;
    pages.map_err(error::read("rds:DescribeDBParameters"))
}

fn pair(parameter: &Parameter) -> Option<(String, String)> {
    Some((parameter.parameter_name()?.to_owned(), parameter.parameter_value()?.to_owned()))
}

/// What has to be done to bring the live parameters to those that are wished.
#[derive(Debug, Default, PartialEq)]
struct Difference {
    /// Names and values to set.
    set: Vec<(String, Option<String>)>,
    /// Names to give back to the engine's defaults.
    reset: Vec<(String, Option<String>)>,
}

fn difference(live: &BTreeMap<String, String>, wish: &BTreeMap<String, String>) -> Difference {
    let presets: BTreeMap<&str, &str> = live
        .get(PRESETS)
        .map(|text| text.split("; ").filter_map(|one| one.split_once('=')).collect())
        .unwrap_or_default();
    let has =
        |name: &String| live.get(name).map(String::as_str).or_else(|| presets.get(name.as_str()).copied());
    let set = wish.iter().filter(|(name, value)| *name != PRESETS && has(name) != Some(value.as_str()));
    let reset = live.keys().filter(|name| *name != PRESETS && !wish.contains_key(*name));
    Difference {
        set: set.map(|(name, value)| (name.clone(), Some(value.clone()))).collect(),
        reset: reset.map(|name| (name.clone(), None)).collect(),
    }
}

/// The rule of `parameters`: dynamic ones take effect at once, static ones wait for the database's restart,
/// which is the database's own change.
fn parameters(from: &Value, to: &Value) -> Effect {
    let read = |value: &Value| serde_json::from_value(value.clone()).unwrap_or_default();
    if difference(&read(from), &read(to)) == Difference::default() {
        Effect::Initial
    } else {
        Effect::NoInterruption
    }
}

/// The parameters as the calls take them. Only dynamic ones may be applied at once; RDS refuses a call that
/// says so of a static one.
async fn in_calls_form(
    aws: &Aws,
    group: &str,
    batch: &[(String, Option<String>)],
) -> Result<Vec<Parameter>, Fault> {
    let names = batch.iter().map(|(name, _)| name.clone()).collect();
    let filter = Filter::builder().name("parameter-name").set_values(Some(names)).build();
    let call = aws.rds().describe_db_parameters().db_parameter_group_name(group).filters(filter);
    let known: Result<Vec<Parameter>, _> = call.into_paginator().items().send().collect().await;
    let known = known.map_err(error::update("rds:DescribeDBParameters"))?;
    let dynamic: BTreeSet<&str> = (known.iter())
        .filter(|parameter| parameter.apply_type() == Some("dynamic"))
        .filter_map(|parameter| parameter.parameter_name())
        .collect();
    let parameter = |(name, value): &(String, Option<String>)| {
        let at_once = dynamic.contains(name.as_str());
        let method = if at_once { ApplyMethod::Immediate } else { ApplyMethod::PendingReboot };
        Parameter::builder()
            .parameter_name(name)
            .set_parameter_value(value.clone())
            .apply_method(method)
            .build()
    };
    Ok(batch.iter().map(parameter).collect())
}

/// A group that is just being applied to a database takes no change for a moment.
fn busy(fault: Fault) -> Fault {
    if fault.class == Class::InUse { fault.as_class(Class::Busy) } else { fault }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn only_what_differs_is_set_and_what_is_not_wished_is_reset() {
        let live = BTreeMap::from([
            ("long_query_time".to_owned(), "2".to_owned()),
            ("wait_timeout".to_owned(), "300".to_owned()),
            (PRESETS.to_owned(), "local_infile=1; log_output=FILE".to_owned()),
        ]);
        let wish = BTreeMap::from([
            ("long_query_time".to_owned(), "5".to_owned()),
            ("local_infile".to_owned(), "0".to_owned()),
            ("log_output".to_owned(), "FILE".to_owned()),
        ]);
        let set = |name: &str, value: &str| (name.to_owned(), Some(value.to_owned()));
        assert_eq!(
            difference(&live, &wish),
            Difference {
                set: vec![set("local_infile", "0"), set("long_query_time", "5")],
                reset: vec![("wait_timeout".to_owned(), None)],
            }
        );
    }

    #[test]
    fn a_value_that_rds_presets_is_no_change() {
        let live = json!({"wait_timeout": "300", PRESETS: "log_output=FILE; sync_binlog=1"});
        let rule = |to: Value| parameters(&live, &to);
        assert_eq!(rule(json!({"wait_timeout": "300"})), Effect::Initial);
        assert_eq!(rule(json!({"wait_timeout": "300", "log_output": "FILE"})), Effect::Initial);
        assert_eq!(rule(json!({"wait_timeout": "300", "log_output": "TABLE"})), Effect::NoInterruption);
        assert_eq!(rule(json!({})), Effect::NoInterruption);
    }
}
