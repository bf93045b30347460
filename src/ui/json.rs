//! A plan for programs, in the shape of Terraform's plan JSON, so that the tools made for it understand it.
//!
//! <https://developer.hashicorp.com/terraform/internals/json-format>: `format_version` and
//! `resource_changes[].change` are as there; what Terraform does not have (why a change is made, what it does,
//! what blocks it) stands beside them.

use serde_json::{Map, Value, json};

use crate::model::bill::Bill;
use crate::model::diff::Change;
use crate::model::plan::{Action, Plan, Reason, Step};
use crate::model::preview::Preview;
use crate::model::spec::Spec;

use super::cost::Total;
use super::plan::Context;
use super::told::{critical_path, expected_seconds, old_goes_first};
use super::{value, words};

/// The version of Terraform's plan format that this one follows.
pub const FORMAT_VERSION: &str = "1.2";
/// The version of what Terraform does not have. It grows when something is removed or gets another meaning.
pub const DRUCLOUD_FORMAT: u32 = 1;
/// Who provides the kinds, where Terraform names the registry of a provider.
const PROVIDER: &str = "drucloud";

/// The plan as one JSON object.
///
/// A replacement is one entry, as in Terraform. In `before` and `after` ids are plain text; what is not known
/// before the plan is applied is absent from `after` and `true` in `after_unknown`.
pub fn plan_json(preview: &Preview<'_>, context: &Context) -> Value {
    let plan = preview.plan;
    let changes: Vec<Value> = plan
        .steps
        .iter()
        .filter(|step| step.reason != Reason::Replaced)
        .map(|step| resource_change(plan, step))
        .collect();
    json!({
        "format_version": FORMAT_VERSION,
        "drucloud_format": DRUCLOUD_FORMAT,
        "drucloud_version": env!("CARGO_PKG_VERSION"),
        "stack": context.stack,
        "environment": context.env,
        "region": context.region,
        "account": context.account,
        "endpoint": context.endpoint,
        "resource_changes": changes,
        "unchanged": plan.kept.iter().map(|live| &live.address).collect::<Vec<_>>(),
        "left_out": left_out(plan),
        "blocked": plan.blocked,
        "findings": preview.findings,
        "checks": preview.checks,
        "price": preview.bill.as_ref().map(price),
        "summary": plan.summary(),
        "expected_seconds": expected_seconds(plan),
        "critical_path": critical_path(plan).iter().map(|step| &step.address).collect::<Vec<_>>(),
        "applyable": plan.blocked.is_empty() && !plan.steps.is_empty(),
    })
}

/// One entry of `resource_changes`.
fn resource_change(plan: &Plan, step: &Step) -> Value {
    let before = step.live.as_ref().map(|live| live.spec.to_value());
    let after = after(step);
    let (known, unknown) = match &after {
        Some(after) => (value::known(after), value::unknown(after).unwrap_or_else(|| json!({}))),
        None => (None, json!(false)),
    };
    json!({
        "address": step.address,
        "mode": "managed",
        "type": step.schema.kind,
        "name": step.address,
        "provider_name": PROVIDER,
        "section": step.address.section(),
        "id": step.live.as_ref().map(|live| live.id.as_str()),
        "change": {
            "actions": actions(plan, step),
            "before": before.as_ref().map(value::readable),
            "after": known,
            "after_unknown": unknown,
            "before_sensitive": false,
            "after_sensitive": false,
        },
        "reason": words::reason(step),
        "changes": step.changes().iter().map(change).collect::<Vec<_>>(),
        "data_at_stake": step.schema.data.filter(|_| matches!(step.action, Action::Delete | Action::Replace { .. })),
        "expected_seconds": step.expected(),
    })
}

/// The bill with its sums, in US dollars a month; `unknown` counts what is in no sum.
fn price(bill: &Bill) -> Value {
    let total = Total::of(&bill.items);
    json!({
        "as_of": bill.as_of,
        "region": bill.region,
        "currency": "USD",
        "budget": bill.budget,
        "before": { "monthly": total.before.known, "unknown": total.before.unknown },
        "after": { "monthly": total.after.known, "unknown": total.after.unknown },
        "difference": total.difference(),
        "items": bill.items,
    })
}

/// What `--only` and `--except` leave out, with what would be done.
fn left_out(plan: &Plan) -> Vec<Value> {
    let left = plan.left.iter().filter(|step| step.reason != Reason::Replaced);
    let entry = |step: &Step| json!({ "address": step.address, "type": step.schema.kind, "actions": actions(plan, step) });
    left.map(entry).collect()
}

/// Terraform's names of what is done; the order of a replacement is the order of its two names.
fn actions(plan: &Plan, step: &Step) -> &'static [&'static str] {
    match step.action {
        Action::Create => &["create"],
        Action::Update { .. } => &["update"],
        Action::Replace { .. } if old_goes_first(plan, step) => &["delete", "create"],
        Action::Replace { .. } => &["create", "delete"],
        Action::Delete => &["delete"],
        Action::Await => &["no-op"],
    }
}

/// One changed property, for programs.
pub fn change(change: &Change) -> Value {
    json!({
        "property": change.property,
        "from": value::readable(&change.from),
        "to": value::readable(&change.to),
        "effect": change.effect,
        "cause": change.cause,
    })
}

/// The properties after the step, with references that have no answer yet; nothing after a deletion.
///
/// The step's own spec is as the stack wrote it; what does not change is better known from what is there.
fn after(step: &Step) -> Option<Value> {
    let changed = |property: &str| step.changes().iter().find(|c| c.property == property).map(|c| &c.to);
    let live = step.live.as_ref().map(|live| &live.spec);
    match (&step.action, live, &step.desired) {
        (Action::Delete, ..) => None,
        (Action::Replace { .. }, Some(live), Some(desired)) => {
            let value = |(name, written): (&String, &Value)| {
                let same = live.get(name).filter(|_| !step.schema.is_initial(name));
                (name.clone(), changed(name).or(same).unwrap_or(written).clone())
            };
            Some(desired.iter().map(value).collect::<Map<_, _>>().into())
        }
        (_, Some(live), _) => {
            let mut spec = live.clone();
            for change in step.changes() {
                spec.set(&change.property, change.to.clone());
            }
            Some(spec.to_value())
        }
        (_, None, desired) => desired.as_ref().map(Spec::to_value),
    }
}
