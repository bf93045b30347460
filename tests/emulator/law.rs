//! The whole way of one kind: create, list gives back equal properties, a plan keeps it, each updatable
//! property updates and drifts visibly, a repeated create makes no second one, delete, gone.

use drucloud::aws::glance::Glance;
use drucloud::aws::tags;
use drucloud::model::applied::Applied;
use drucloud::model::diff::{self, Cause};
use drucloud::model::live::Live;
use drucloud::model::schema::{Effect, Idempotency, Rule, Schema};
use drucloud::model::spec::Spec;
use drucloud::model::verdict::APPLIED_TAG;
use drucloud::run::cloud::{Farewell, Order};
use drucloud::run::fault::Class;
use serde_json::Value;

use crate::world::{World, insist, room};

/// Kinds whose create call takes no tags; the executor writes them afterwards.
const TAGGED_AFTERWARDS: &[&str] = &["hosted_zone"];

/// Properties that a stack always wants the same: another value cannot be tried.
const ALWAYS_THE_SAME: &[(&str, &str)] =
    &[("autoscaling_group", "rolled_out"), ("db_instance", "running"), ("db_replica", "running")];
/// Properties whose every change is a replacement, although a rule has to look at the values to say so.
const NEVER_IN_PLACE: &[(&str, &str)] = &[];
/// Properties that change only together with others, which the kind's own tests do, or with those of another
/// resource.
const TOGETHER: &[(&str, &str)] = &[("replication_group", "engine"), ("db_replica", "managed_password")];

/// Holds a kind to the laws. `updates` has at least one new value for every property that can change in place;
/// they are made one after the other.
pub async fn law(world: &World, kind: &str, address: &str, properties: Value, updates: &[(&str, Value)]) {
    let schema = room(kind).schema();
    none_forgotten(schema, updates);
    let mut order = world.order(kind, address, &properties);
    let made = world.make(&order).await;
    tags_are_readable(world, &made, &order).await;
    nobody_else_sees_it(world, kind).await;
    a_second_create_makes_no_second_one(world, &made, &order).await;
    for (property, value) in updates {
        order = updated(world, &order, property, value).await;
        let (live, _) = world.differences(&order).await;
        assert_eq!(live.id, made.id, "the update of `{property}` made another one");
    }
    let last = world.ready(kind, &order.address).await;
    world.remove(&last).await;
    let again = room(kind).delete(&world.aws, &last, &Farewell::default()).await;
    if let Err(fault) = again {
        assert_eq!(fault.class, Class::Gone, "deleting {address} a second time: {fault}");
    }
    assert_eq!(world.at(kind, &order.address).await, [], "something is left at {address}");
}

/// Every property that a change can update in place has a new value to try.
fn none_forgotten(schema: &Schema, updates: &[(&str, Value)]) {
    let forgotten: Vec<&str> = (schema.rules.iter())
        .filter(|(_, rule)| {
            matches!(rule, Rule::Always(Effect::NoInterruption | Effect::SomeInterruption) | Rule::When(_))
        })
        .map(|(name, _)| *name)
        .filter(|name| !ALWAYS_THE_SAME.contains(&(schema.kind, *name)))
        .filter(|name| !updates.iter().any(|(property, _)| property == name))
        .filter(|name| !NEVER_IN_PLACE.contains(&(schema.kind, *name)))
        .filter(|name| !TOGETHER.contains(&(schema.kind, *name)))
        .collect();
    assert!(forgotten.is_empty(), "the law of `{}` tries no update of {forgotten:?}", schema.kind);
}

/// Updates one property; then changes it back as somebody else would and sees that the difference shows.
async fn updated(world: &World, before: &Order, property: &str, value: &Value) -> Order {
    let room = room(before.kind);
    let schema = room.schema();
    let (old, none) = world.differences(before).await;
    assert_eq!(none, [], "nothing was changed yet");
    let mut spec = before.spec.clone();
    spec.set(property, value.clone());
    let after =
        world.order(before.kind, before.address.as_str(), &serde_json::to_value(&spec).expect("JSON"));
    let (_, changes) = world.differences(&after).await;
    let seen: Vec<&str> = changes.iter().map(|change| change.property.as_str()).collect();
    assert_eq!(seen, [property], "a new value of `{property}` is a difference in it alone: {changes:?}");
    world.converge(&after).await;

    let mut applied = after.tags.clone();
    applied.remove(tags::BORN);
    let live = world.ready(after.kind, &after.address).await;
    insist("tag", &[], async || room.tag(&world.aws, &live, &applied).await).await;
    let Some(original) = old.spec.get(property) else { return after };
    let mut back = after.clone();
    back.spec.set(property, original.clone());
    if may_return(schema, &back.spec, &after.spec, property) {
        world.converge(&back).await;
        let (drifted, mut changes) = world.differences(&after).await;
        let tags = all_tags(world, &drifted).await;
        let record = tags.get(APPLIED_TAG).and_then(|tag| Applied::read(tag));
        diff::explain(&mut changes, &after.spec, record.as_ref());
        let seen: Vec<(&str, &Cause)> = changes.iter().map(|c| (c.property.as_str(), &c.cause)).collect();
        assert_eq!(seen, [(property, &Cause::Drift)], "drift of `{property}` shows: {changes:?}");
        world.converge(&after).await;
    }
    after
}

/// Whether the property can be set back: storage, for instance, only grows.
fn may_return(schema: &Schema, to: &Spec, from: &Spec, property: &str) -> bool {
    let value = |spec: &Spec| spec.get(property).cloned().unwrap_or(Value::Null);
    let effect = schema.rule(property).effect(&value(from), &value(to));
    matches!(effect, Effect::NoInterruption | Effect::SomeInterruption)
}

async fn all_tags(world: &World, live: &Live) -> tags::Tags {
    if live.tags.is_empty() {
        insist("tags", &[], async || room(live.kind).tags(&world.aws, live).await).await
    } else {
        live.tags.clone()
    }
}

async fn tags_are_readable(world: &World, live: &Live, order: &Order) {
    let mut tags = all_tags(world, live).await;
    if TAGGED_AFTERWARDS.contains(&order.kind) {
        insist("tag", &[], async || room(order.kind).tag(&world.aws, live, &order.tags).await).await;
        tags = all_tags(world, &world.at(order.kind, &order.address).await[0]).await;
    }
    for (key, value) in &order.tags {
        assert_eq!(tags.get(key), Some(value), "the tag `{key}` of {}: {tags:?}", order.address);
    }
}

async fn nobody_else_sees_it(world: &World, kind: &str) {
    let stranger = world.stranger().await;
    let seen = room(kind).list(&Glance::new(&stranger)).await;
    let seen = seen.unwrap_or_else(|fault| panic!("list {kind} in an empty environment: {fault}"));
    assert_eq!(seen, [], "another environment lists it");
}

async fn a_second_create_makes_no_second_one(world: &World, live: &Live, order: &Order) {
    if room(order.kind).schema().idempotency == Idempotency::TagsOnly {
        return;
    }
    let again = async || match room(order.kind).create(&world.aws, order).await {
        Err(fault) if fault.class == Class::Exists => Ok(()),
        answer => answer,
    };
    insist("create again", &[], again).await;
    let (same, changes) = world.differences(order).await;
    assert_eq!(same.id, live.id, "a repeated create made another one");
    assert_eq!(changes, [], "a repeated create changed it");
}
