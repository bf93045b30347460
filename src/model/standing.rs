//! What there is before a plan, and what there will be after it: what findings and prices are about.
//!
//! A plan has steps and what stays; a question about the whole environment wants one list of resources with their
//! properties, wherever they are known from.

use std::collections::BTreeSet;

use serde_json::Value;

use super::address::Address;
use super::live::Live;
use super::plan::{Action, Plan, Step};
use super::spec::{Spec, as_reference};

/// One resource at one of the two times.
#[derive(Clone, Debug)]
pub struct Standing<'a> {
    /// Where it stands.
    pub address: &'a Address,
    /// Its kind.
    pub kind: &'static str,
    /// Its physical id, if it has one already.
    pub id: Option<&'a str>,
    /// Its properties; after a plan they may contain references that have no answer yet.
    pub spec: Spec,
    /// Whether AWS refuses to delete it.
    pub protected: bool,
}

impl Standing<'_> {
    /// A property.
    pub fn get(&self, property: &str) -> Option<&Value> {
        self.spec.get(property)
    }

    /// A property that is text.
    pub fn text(&self, property: &str) -> Option<&str> {
        self.get(property)?.as_str()
    }

    /// A property that is a whole number.
    pub fn number(&self, property: &str) -> Option<u64> {
        self.get(property)?.as_u64()
    }

    /// Whether a property is `true`.
    pub fn is(&self, property: &str) -> bool {
        self.get(property) == Some(&Value::Bool(true))
    }

    /// Whether a property is `false`; one that is absent is neither.
    pub fn is_not(&self, property: &str) -> bool {
        self.get(property) == Some(&Value::Bool(false))
    }
}

/// Everything at one of the two times, in the order of the addresses.
#[derive(Clone, Debug, Default)]
pub struct Scene<'a>(Vec<Standing<'a>>);

impl<'a> Scene<'a> {
    /// What there is now.
    pub fn before(plan: &'a Plan) -> Self {
        let steps = plan.steps.iter().chain(&plan.left).filter_map(|step| step.live.as_ref());
        let all = steps.chain(&plan.kept).chain(&plan.refused);
        let mut seen = BTreeSet::new();
        let once = all.filter(|live| seen.insert((live.kind, live.id.as_str())));
        Self::sorted(once.map(|live| as_is(live)).collect())
    }

    /// What there will be. What a selection leaves out stays as it is.
    pub fn after(plan: &'a Plan) -> Self {
        let made = plan.steps.iter().filter(|step| step.action != Action::Delete).map(as_planned);
        let mut all: Vec<Standing<'_>> = made.collect();
        let mut seen: BTreeSet<(&Address, &str)> =
            all.iter().filter_map(|standing| Some((standing.address, standing.id?))).collect();
        for live in plan.standing() {
            if seen.insert((&live.address, &live.id)) {
                all.push(as_is(live));
            }
        }
        Self::sorted(all)
    }

    fn sorted(mut all: Vec<Standing<'a>>) -> Self {
        all.sort_by(|a, b| (a.address, a.id).cmp(&(b.address, b.id)));
        Self(all)
    }

    /// All of it.
    pub fn all(&self) -> impl Iterator<Item = &Standing<'a>> {
        self.0.iter()
    }

    /// Those of some kinds.
    pub fn of(&self, kinds: &[&str]) -> impl Iterator<Item = &Standing<'a>> {
        self.0.iter().filter(move |standing| kinds.contains(&standing.kind))
    }

    /// The resource that a value refers to, by reference or by id.
    pub fn target(&self, value: &Value) -> Option<&Standing<'a>> {
        if let Some(reference) = as_reference(value) {
            return self.0.iter().find(|standing| *standing.address == reference.address);
        }
        let (id, kind) = (value.get("$id")?.as_str()?, value.get("$kind")?.as_str()?);
        self.0.iter().find(|standing| standing.kind == kind && standing.id == Some(id))
    }

    /// The resources that a list of values refers to.
    pub fn targets<'s>(&'s self, list: Option<&'s Value>) -> impl Iterator<Item = &'s Standing<'a>> {
        list.and_then(Value::as_array).into_iter().flatten().filter_map(|value| self.target(value))
    }
}

fn as_is(live: &Live) -> Standing<'_> {
    Standing {
        address: &live.address,
        kind: live.kind,
        id: Some(&live.id),
        spec: live.spec.clone(),
        protected: live.protected,
    }
}

/// An update says only what changes, and what the stack does not care about is best known from what is there.
fn as_planned(step: &Step) -> Standing<'_> {
    let replaced = matches!(step.action, Action::Replace { .. });
    let spec = match (&step.live, &step.desired) {
        (Some(live), desired) if !replaced => {
            let mut spec = desired.clone().unwrap_or_default();
            for (name, value) in &live.spec {
                spec.set(name, value.clone());
            }
            for change in step.changes() {
                spec.set(&change.property, change.to.clone());
            }
            spec
        }
        (_, Some(desired)) => desired.clone(),
        (_, None) => Spec::default(),
    };
    Standing {
        address: &step.address,
        kind: step.schema.kind,
        id: step.live.as_ref().filter(|_| !replaced).map(|live| live.id.as_str()),
        spec,
        protected: step.protect,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::planner::{self, Consent};
    use super::super::testing::{catalog, graph, id, live};
    use super::*;

    type Nodes = Vec<(&'static str, &'static str, Value)>;

    fn nodes(class: &str) -> Nodes {
        vec![
            ("net.vpc", "vpc", json!({"cidr": "10.0.0.0/16", "dns": true})),
            ("net.a", "subnet", json!({"vpc": id("net.vpc", "vpc"), "cidr": "10.0.0.0/24", "zone": "a"})),
            (
                "db.main",
                "database",
                json!({"subnets": [id("net.a", "subnet")], "storage": 100, "class": class}),
            ),
        ]
    }

    fn shown(scene: &Scene<'_>) -> Vec<String> {
        let line = |standing: &Standing<'_>| {
            format!("{} {} {:?}", standing.address, standing.kind, standing.text("class"))
        };
        scene.all().map(line).collect()
    }

    #[test]
    fn both_times_are_told_apart() {
        let (before, mut after) = (nodes("small"), nodes("large"));
        after.push(("db.cname", "record", json!({"value": "x"})));
        let plan = planner::plan(&graph(&after), &live(&before), &catalog(), &Consent::default());
        let was = ["db.main database Some(\"small\")", "net.a subnet None", "net.vpc vpc None"];
        assert_eq!(shown(&Scene::before(&plan)), was);
        let will = [
            "db.cname record None",
            "db.main database Some(\"large\")",
            "net.a subnet None",
            "net.vpc vpc None",
        ];
        assert_eq!(shown(&Scene::after(&plan)), will);
    }

    #[test]
    fn who_is_meant_is_found_by_reference_and_by_id() {
        let nodes = nodes("small");
        let fresh = planner::plan(&graph(&nodes), &live(&[]), &catalog(), &Consent::default());
        let there = planner::plan(&graph(&nodes), &live(&nodes), &catalog(), &Consent::default());
        for plan in [&fresh, &there] {
            let scene = Scene::after(plan);
            let database = scene.of(&["database"]).next().unwrap();
            let subnet = scene.targets(database.get("subnets")).next().unwrap();
            assert_eq!(subnet.address.as_str(), "net.a");
            assert_eq!(scene.target(subnet.get("vpc").unwrap()).unwrap().kind, "vpc");
        }
    }

    #[test]
    fn nothing_is_left_of_what_is_destroyed() {
        let nodes = nodes("small");
        let plan = planner::plan(&graph(&[]), &live(&nodes), &catalog(), &Consent::Everything);
        assert_eq!(Scene::before(&plan).all().count(), 3);
        assert_eq!(Scene::after(&plan).all().count(), 0);
    }
}
