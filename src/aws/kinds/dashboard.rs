//! Dashboard of `CloudWatch`. It takes no tags: its name tells whose it is, and a line of text at its end holds
//! what was applied.

use aws_sdk_cloudwatch::types::DashboardEntry;
use futures::future::try_join_all;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::aws::glance::Glance;
use crate::aws::kind::{Changed, Found, Resource, Wish};
use crate::aws::tags::{self, Tags};
use crate::aws::{Aws, error};
use crate::model::address::Address;
use crate::model::schema::{Expected, IN_PLACE, Idempotency, ReplaceOrder, Schema};
use crate::model::spec::{Kinded, Spec};
use crate::run::cloud::Farewell;
use crate::run::fault::{Class, Fault};

use super::{mark, named};

/// A page of graphs and texts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Dashboard {
    /// Its widgets, in the form of CloudWatch's "Dashboard body structure and syntax".
    pub widgets: Vec<Value>,
}

impl Kinded for Dashboard {
    const KIND: &'static str = "dashboard";
}

/// The longest text of the last line.
const MARK: usize = 512;
/// The columns of a dashboard.
const COLUMNS: u32 = 24;

impl Resource for Dashboard {
    const SCHEMA: &'static Schema = &Schema {
        kind: "dashboard",
        title: "CloudWatch dashboard",
        rules: &[("widgets", IN_PLACE)],
        outputs: &["arn"],
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
        let call = aws.cloudwatch().list_dashboards().dashboard_name_prefix(named::prefix(aws));
        let entries: Result<Vec<DashboardEntry>, _> = call.into_paginator().items().send().collect().await;
        let entries = entries.map_err(error::read("cloudwatch:ListDashboards"))?;
        let named = entries.iter().filter_map(|entry| {
            let name = entry.dashboard_name()?;
            Some((name, named::address(aws, name)?))
        });
        let found = try_join_all(named.map(|(name, address)| read(aws, name, address))).await?;
        Ok(found.into_iter().flatten().collect())
    }

    async fn create(aws: &Aws, wish: &Wish<'_, Self>) -> Result<(), Fault> {
        let name = named::name(aws, &wish.order.address);
        let call = aws.cloudwatch().put_dashboard().dashboard_name(name);
        let call = call.dashboard_body(body(&wish.want, &wish.order.tags)?);
        call.send().await.map_err(error::create("cloudwatch:PutDashboard"))?;
        Ok(())
    }

    async fn update(
        aws: &Aws,
        live: &Found<Self>,
        wish: &Wish<'_, Self>,
        _: Changed<'_>,
    ) -> Result<(), Fault> {
        write(aws, &live.id, &wish.want, &live.tags).await
    }

    async fn delete(aws: &Aws, live: &Found<Self>, _: &Farewell) -> Result<(), Fault> {
        let call = aws.cloudwatch().delete_dashboards().dashboard_names(&live.id);
        call.send().await.map_err(error::delete("cloudwatch:DeleteDashboards"))?;
        Ok(())
    }

    /// Only what its last line has room for; the user's own tags have none.
    async fn tag(aws: &Aws, live: &Found<Self>, tags: &Tags) -> Result<(), Fault> {
        let mut all = live.tags.clone();
        all.extend(tags.clone());
        write(aws, &live.id, &live.properties, &all).await
    }
}

async fn read(aws: &Aws, name: &str, address: Address) -> Result<Option<Found<Dashboard>>, Fault> {
    let answer = aws.cloudwatch().get_dashboard().dashboard_name(name).send().await;
    let answer = match answer.map_err(error::read("cloudwatch:GetDashboard")) {
        Err(fault) if fault.class == Class::Gone => return Ok(None),
        answer => answer?,
    };
    let body: Value = serde_json::from_str(answer.dashboard_body().unwrap_or_default()).unwrap_or_default();
    let mut widgets = body.get("widgets").and_then(Value::as_array).cloned().unwrap_or_default();
    let marked = widgets.last().map(|last| mark::read(text(last))).unwrap_or_default();
    if !marked.is_empty() {
        widgets.pop();
    }
    // What was written there by hand counts for nothing: the name tells whose it is and where it stands.
    let own = [
        (tags::STACK, aws.scope.stack.clone()),
        (tags::ENV, aws.scope.env.clone()),
        (tags::ADDRESS, address.to_string()),
    ];
    let tags = marked.into_iter().chain(own.map(|(key, value)| (key.to_owned(), value))).collect();
    let found = Found::ours(aws, name, tags, Dashboard { widgets });
    Ok(found.map(|found| found.output("arn", answer.dashboard_arn())))
}

async fn write(aws: &Aws, name: &str, dashboard: &Dashboard, tags: &Tags) -> Result<(), Fault> {
    let call = aws.cloudwatch().put_dashboard().dashboard_name(name);
    let call = call.dashboard_body(body(dashboard, tags)?);
    call.send().await.map_err(error::update("cloudwatch:PutDashboard"))?;
    Ok(())
}

/// The body, with a last line of text below all other widgets.
fn body(dashboard: &Dashboard, tags: &Tags) -> Result<String, Fault> {
    let end = |widget: &Value| {
        let number = |name: &str| widget.get(name).and_then(Value::as_u64).unwrap_or(0);
        number("y") + number("height")
    };
    let mut widgets = dashboard.widgets.clone();
    widgets.push(json!({
        "type": "text",
        "x": 0,
        "y": dashboard.widgets.iter().map(end).max().unwrap_or(0),
        "width": COLUMNS,
        "height": 1,
        "properties": {"markdown": mark::write(tags, MARK)?},
    }));
    Ok(json!({ "widgets": widgets }).to_string())
}

fn text(widget: &Value) -> &str {
    widget.pointer("/properties/markdown").and_then(Value::as_str).unwrap_or_default()
}
