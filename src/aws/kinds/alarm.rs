//! Alarm of `CloudWatch`: one metric against a threshold. Whose it is stands in the last line of its
//! description, so that one list by the prefix of the name tells everything.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_cloudwatch::operation::put_metric_alarm::builders::PutMetricAlarmFluentBuilder;
use aws_sdk_cloudwatch::types::{
    AlarmType, ComparisonOperator, Dimension, MetricAlarm, StateValue, Statistic, Tag,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::aws::glance::Glance;
use crate::aws::kind::{Changed, Found, Resource, Wish};
use crate::aws::tags::{self, Tags};
use crate::aws::{Aws, error};
use crate::model::address::Address;
use crate::model::schema::{Expected, IN_PLACE, Idempotency, ReplaceOrder, Schema};
use crate::model::spec::{Kinded, Spec, Text};
use crate::run::cloud::Farewell;
use crate::run::fault::Fault;

use super::rds;

/// Watches a metric and tells somebody, or has AWS act, when it leaves its bounds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Alarm {
    /// What it means and what to do about it, for the reader of its message.
    pub description: String,
    /// The namespace of the metric, such as `AWS/RDS`.
    pub namespace: String,
    /// The metric, such as `CPUUtilization`.
    pub metric: String,
    /// The dimensions of the metric: their names and values.
    pub dimensions: BTreeMap<String, Text>,
    /// What is made of the values of a period: `Average`, `Sum`, `Minimum`, `Maximum`, `SampleCount`, or a
    /// percentile such as `p99`.
    pub statistic: String,
    /// Seconds of a period.
    pub period_seconds: i32,
    /// How many of the last periods are looked at.
    pub periods: i32,
    /// How many of these have to be beyond the threshold.
    pub datapoints: i32,
    /// How a value has to compare with the threshold: `GreaterThanThreshold`, `GreaterThanOrEqualToThreshold`,
    /// `LessThanThreshold` or `LessThanOrEqualToThreshold`.
    pub comparison: String,
    /// The threshold, in the unit of the metric.
    pub threshold: f64,
    /// What a period without values counts as: `missing`, `ignore`, `breaching` or `notBreaching`.
    pub missing: String,
    /// What happens when it goes off: ARNs of topics and of actions such as `arn:aws:automate:…:ec2:recover`.
    pub actions: BTreeSet<Text>,
    /// What happens when all is well again: ARNs.
    pub ok_actions: BTreeSet<Text>,
}

impl Kinded for Alarm {
    const KIND: &'static str = "alarm";
}

/// The longest name (API reference, `PutMetricAlarm`).
const NAME: usize = 255;

impl Resource for Alarm {
    const SCHEMA: &'static Schema = &Schema {
        kind: "alarm",
        title: "CloudWatch alarm",
        rules: &[
            ("description", IN_PLACE),
            ("namespace", IN_PLACE),
            ("metric", IN_PLACE),
            ("dimensions", IN_PLACE),
            ("statistic", IN_PLACE),
            ("period_seconds", IN_PLACE),
            ("periods", IN_PLACE),
            ("datapoints", IN_PLACE),
            ("comparison", IN_PLACE),
            ("threshold", IN_PLACE),
            ("missing", IN_PLACE),
            ("actions", IN_PLACE),
            ("ok_actions", IN_PLACE),
        ],
        outputs: &["arn", "state"],
        changing_outputs: &[],
        data: None,
        order: ReplaceOrder::OldFirst,
        idempotency: Idempotency::Upsert,
        after: &[],
        expected: Expected { create: 2, update: 2, delete: 2 },
        canonical: Spec::canonical_as::<Self>,
    };

    async fn list(glance: &Glance<'_>) -> Result<Vec<Found<Self>>, Fault> {
        let aws = glance.aws;
        let call = aws.cloudwatch().describe_alarms().alarm_name_prefix(aws.prefix()).max_records(100);
        let mut pages = call.alarm_types(AlarmType::MetricAlarm).into_paginator().send();
        let mut found = Vec::new();
        while let Some(page) = pages.next().await {
            let page = page.map_err(error::read("cloudwatch:DescribeAlarms"))?;
            found.extend(page.metric_alarms().iter().filter_map(|alarm| read(aws, alarm)));
        }
        Ok(found)
    }

    async fn create(aws: &Aws, wish: &Wish<'_, Self>) -> Result<(), Fault> {
        let call = put(aws, wish, &wish.name(aws, NAME))?;
        // Tags count only where the alarm is made by this call.
        let call = call.set_tags(Some(tags::list!(wish.order.tags => Tag)));
        call.send().await.map_err(error::create("cloudwatch:PutMetricAlarm"))?;
        Ok(())
    }

    /// The call replaces all of an alarm but its tags and its state.
    async fn update(
        aws: &Aws,
        live: &Found<Self>,
        wish: &Wish<'_, Self>,
        _: Changed<'_>,
    ) -> Result<(), Fault> {
        let call = put(aws, wish, &live.id)?;
        call.send().await.map_err(error::update("cloudwatch:PutMetricAlarm"))?;
        Ok(())
    }

    async fn delete(aws: &Aws, live: &Found<Self>, _: &Farewell) -> Result<(), Fault> {
        let call = aws.cloudwatch().delete_alarms().alarm_names(&live.id);
        call.send().await.map_err(error::delete("cloudwatch:DeleteAlarms"))?;
        Ok(())
    }

    async fn tag(aws: &Aws, live: &Found<Self>, tags: &Tags) -> Result<(), Fault> {
        let call = aws.cloudwatch().tag_resource().resource_arn(arn(live));
        let call = call.set_tags(Some(tags::list!(tags => Tag)));
        call.send().await.map_err(error::update("cloudwatch:TagResource"))?;
        Ok(())
    }

    async fn tags(aws: &Aws, live: &Found<Self>) -> Result<Tags, Fault> {
        let call = aws.cloudwatch().list_tags_for_resource().resource_arn(arn(live));
        let answer = call.send().await.map_err(error::read("cloudwatch:ListTagsForResource"))?;
        Ok(tags::read!(answer.tags()))
    }
}

fn arn(live: &Found<Alarm>) -> &str {
    live.outputs.get("arn").map_or("", String::as_str)
}

/// The description and whose it is, in lines.
fn describe(aws: &Aws, address: &Address, description: &str) -> String {
    format!("{description}\n{}", rds::description(aws, address))
}

fn put(aws: &Aws, wish: &Wish<'_, Alarm>, name: &str) -> Result<PutMetricAlarmFluentBuilder, Fault> {
    let want = &wish.want;
    let known = |text: &Text| {
        let unknown = || Fault::fatal("cloudwatch:PutMetricAlarm", format!("no answer yet: {text:?}"));
        text.known().map(str::to_owned).ok_or_else(unknown)
    };
    let all = |texts: &BTreeSet<Text>| texts.iter().map(known).collect::<Result<Vec<_>, _>>();
    let dimension = |(name, value): (&String, &Text)| {
        Ok::<_, Fault>(Dimension::builder().name(name).value(known(value)?).build())
    };
    let call = aws.cloudwatch().put_metric_alarm().alarm_name(name);
    let call = call.alarm_description(describe(aws, &wish.order.address, &want.description));
    let call = call.namespace(&want.namespace).metric_name(&want.metric).period(want.period_seconds);
    let call = call.set_dimensions(Some(want.dimensions.iter().map(dimension).collect::<Result<_, _>>()?));
    let call = match Statistic::try_parse(&want.statistic) {
        Ok(statistic) => call.statistic(statistic),
        Err(_) => call.extended_statistic(&want.statistic),
    };
    let call = call.evaluation_periods(want.periods).datapoints_to_alarm(want.datapoints);
    let call = call.comparison_operator(ComparisonOperator::from(want.comparison.as_str()));
    let call = call.threshold(want.threshold).treat_missing_data(&want.missing).actions_enabled(true);
    let call = call.set_alarm_actions(Some(all(&want.actions)?));
    Ok(call.set_ok_actions(Some(all(&want.ok_actions)?)))
}

fn read(aws: &Aws, alarm: &MetricAlarm) -> Option<Found<Alarm>> {
    let (description, owner) = alarm.alarm_description()?.rsplit_once('\n')?;
    let address = rds::address(aws, Some(owner))?;
    let texts = |arns: &[String]| arns.iter().map(|arn| Text::from(arn.as_str())).collect();
    let dimension = |dimension: &Dimension| {
        Some((dimension.name()?.to_owned(), Text::from(dimension.value().unwrap_or_default())))
    };
    let statistic = alarm.statistic().map(Statistic::as_str).or(alarm.extended_statistic());
    let periods = alarm.evaluation_periods().unwrap_or_default();
    // An alarm with its actions switched off does nothing, and that is a difference.
    let enabled = |arns| if alarm.actions_enabled() == Some(false) { BTreeSet::new() } else { texts(arns) };
    let properties = Alarm {
        description: description.to_owned(),
        namespace: alarm.namespace().unwrap_or_default().to_owned(),
        metric: alarm.metric_name().unwrap_or_default().to_owned(),
        dimensions: alarm.dimensions().iter().filter_map(dimension).collect(),
        statistic: statistic.unwrap_or_default().to_owned(),
        period_seconds: alarm.period().unwrap_or_default(),
        periods,
        datapoints: alarm.datapoints_to_alarm().unwrap_or(periods),
        comparison: alarm.comparison_operator().map_or_else(String::new, |word| word.as_str().to_owned()),
        threshold: alarm.threshold().unwrap_or_default(),
        missing: alarm.treat_missing_data().unwrap_or("missing").to_owned(),
        actions: enabled(alarm.alarm_actions()),
        ok_actions: enabled(alarm.ok_actions()),
    };
    let found = rds::group(address, alarm.alarm_name()?, alarm.alarm_arn(), properties);
    Some(found.output("state", alarm.state_value().map(StateValue::as_str)))
}
