//! A handful of kinds for the model's own tests: one for each way in which a kind can behave.

use std::rc::Rc;

use super::graph::{Draft, Graph};
use super::live::{Live, LiveState, Status};
use super::schema::{
    Catalog, Effect, Expected, IN_PLACE, INITIAL, Idempotency, REPLACES, ReplaceOrder, Rule, Schema,
};
use super::spec::Spec;

const fn base(kind: &'static str, rules: &'static [(&'static str, Rule)]) -> Schema {
    Schema {
        kind,
        title: kind,
        rules,
        outputs: &[],
        changing_outputs: &[],
        data: None,
        order: ReplaceOrder::NewFirst,
        idempotency: Idempotency::Token,
        after: &[],
        expected: Expected { create: 10, update: 5, delete: 3 },
        canonical: Spec::clone,
    }
}

static VPC: Schema =
    Schema { idempotency: Idempotency::TagsOnly, ..base("vpc", &[("cidr", REPLACES), ("dns", IN_PLACE)]) };
static SUBNET: Schema = Schema {
    order: ReplaceOrder::OldFirst,
    idempotency: Idempotency::UniqueInParent,
    ..base("subnet", &[("vpc", REPLACES), ("cidr", REPLACES), ("zone", REPLACES)])
};
static GROUP: Schema = base("security_group", &[("vpc", REPLACES), ("rules", IN_PLACE)]);
static BALANCER: Schema = Schema {
    expected: Expected { create: 120, update: 5, delete: 20 },
    ..base("load_balancer", &[("subnets", IN_PLACE), ("groups", IN_PLACE)])
};
static TEMPLATE: Schema = Schema {
    outputs: &["version"],
    changing_outputs: &["version"],
    ..base("launch_template", &[("image", IN_PLACE), ("groups", IN_PLACE)])
};
static ASG: Schema = base(
    "asg",
    &[("template", REPLACES), ("version", IN_PLACE), ("subnets", IN_PLACE), ("desired", INITIAL)],
);
fn storage(from: &serde_json::Value, to: &serde_json::Value) -> Effect {
    if to.as_u64() < from.as_u64() {
        Effect::Refused("storage can only grow")
    } else {
        Effect::NoInterruption
    }
}
static DATABASE: Schema = Schema {
    outputs: &["endpoint"],
    data: Some("the databases of all sites"),
    order: ReplaceOrder::OldFirst,
    idempotency: Idempotency::UniqueName,
    expected: Expected { create: 820, update: 60, delete: 200 },
    ..base("database", &[("subnets", REPLACES), ("storage", Rule::When(storage)), ("class", IN_PLACE)])
};
static RECORD: Schema = Schema { idempotency: Idempotency::Upsert, ..base("record", &[("value", IN_PLACE)]) };
static GATEWAY: Schema = Schema { after: &["subnet"], ..base("gateway", &[("vpc", REPLACES)]) };

/// All of them.
pub fn catalog() -> Catalog {
    Catalog::new([&VPC, &SUBNET, &GROUP, &BALANCER, &TEMPLATE, &ASG, &DATABASE, &RECORD, &GATEWAY])
}

/// One of them.
pub fn schema(kind: &str) -> &'static Schema {
    catalog().get(kind).expect("a kind of the tests")
}

/// A graph of (address, kind, properties).
pub fn graph(nodes: &[(&str, &str, serde_json::Value)]) -> Graph {
    let catalog = catalog();
    let mut draft = Draft::new(&catalog);
    for (address, kind, properties) in nodes {
        let spec = Spec::of(properties).expect("properties");
        draft.add_spec(&address.parse().expect("an address"), kind, spec, false);
    }
    draft.finish().expect("a graph")
}

/// A live resource at an address, as if the spec had been applied; references are answered by `ADDRESS#OUTPUT`.
pub fn applied(address: &str, kind: &str, written: &serde_json::Value) -> Live {
    let schema = schema(kind);
    let spec = Spec::of(written).expect("properties");
    let record = super::applied::record(&spec, schema);
    Live {
        address: address.parse().expect("an address"),
        kind: schema.kind,
        id: format!("{address}#id"),
        born: Some(1000),
        status: Status::Ready,
        spec: spec.resolve(&|reference| Some(format!("{}#{}", reference.address, reference.output))),
        outputs: schema.outputs.iter().map(|o| ((*o).to_owned(), format!("{address}#{o}"))).collect(),
        tags: [(super::verdict::APPLIED_TAG.to_owned(), record)].into(),
        protected: false,
    }
}

/// The live state after these had been applied.
pub fn live(nodes: &[(&str, &str, serde_json::Value)]) -> LiveState {
    nodes.iter().map(|(address, kind, written)| applied(address, kind, written)).collect()
}

/// Its resources, to change them by hand.
pub fn all(state: &mut LiveState) -> impl Iterator<Item = &mut Live> {
    state.resources.iter_mut().map(Rc::make_mut)
}

/// A reference to the id of a resource of that kind.
pub fn id(address: &str, kind: &str) -> serde_json::Value {
    serde_json::json!({"$ref": format!("{address}.id"), "$kind": kind})
}
