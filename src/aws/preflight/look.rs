//! One look at a plan and at the account: what the groups of checks share.

use std::collections::BTreeSet;

use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::aws::Aws;
use crate::aws::glance::Glance;
use crate::aws::kind::Resource;
use crate::model::address::Address;
use crate::model::check::{Check, Verdict};
use crate::model::plan::{Action, Plan, Step};
use crate::model::spec::{self, Kinded, Spec};
use crate::run::fault::{Class, Fault};
use crate::run::poll;

use super::{Rule, Secret, Wishes};

/// What is asked about, and what was answered.
pub struct Look<'a> {
    /// The clients.
    pub aws: &'a Aws,
    /// What is to be done.
    pub plan: &'a Plan,
    /// Answers that several checks need.
    pub glance: Glance<'a>,
    wishes: &'a Wishes<'a>,
}

/// What a check is about: a resource, and one of its properties.
#[derive(Clone, Copy, Debug)]
pub struct About<'a> {
    /// The resource.
    pub address: &'a Address,
    /// The property, in the words of its kind.
    pub property: Option<&'static str>,
}

impl<'a> Look<'a> {
    pub(super) fn new(aws: &'a Aws, plan: &'a Plan, wishes: &'a Wishes<'a>) -> Self {
        Self { aws, plan, glance: Glance::new(aws), wishes }
    }

    /// The steps that bring resources of a kind into being.
    pub fn made(&self, kind: &str) -> impl Iterator<Item = &'a Step> {
        self.touched(kind).filter(|step| is_making(step))
    }

    /// The steps that make or change resources of a kind.
    pub fn touched(&self, kind: &str) -> impl Iterator<Item = &'a Step> {
        let touches = |step: &&Step| {
            matches!(step.action, Action::Create | Action::Replace { .. } | Action::Update { .. })
        };
        self.plan.steps.iter().filter(move |step| step.schema.kind == kind).filter(touches)
    }

    /// The resources of a kind for which one of these properties is set anew, typed.
    pub fn set<K: Resource + DeserializeOwned>(&self, properties: &[&str]) -> Vec<(&'a Step, K)> {
        let sets = |step: &&Step| {
            let changes = step.changes();
            is_making(step) || changes.iter().any(|change| properties.contains(&change.property.as_str()))
        };
        let typed = |step: &'a Step| Some((step, step.desired.as_ref()?.typed().ok()?));
        self.touched(K::KIND).filter(sets).filter_map(typed).collect()
    }

    /// What a reference or an id stands for: as the plan wants it, else as it is.
    pub fn referred(&self, value: &Value) -> Option<&'a Spec> {
        if let Some(reference) = spec::as_reference(value) {
            return self.at(&reference.address);
        }
        let id = value.get("$id")?.as_str()?;
        let kind = value.get("$kind")?.as_str()?;
        let changed =
            self.plan.steps.iter().filter_map(|step| Some((step.live.as_ref()?, step.desired.as_ref()?)));
        let wanted =
            changed.filter(|(live, _)| live.kind == kind && live.id == id).map(|(_, desired)| desired).next();
        wanted.or_else(|| {
            self.plan.standing().find(|live| live.kind == kind && live.id == id).map(|live| &live.spec)
        })
    }

    /// Whether a reference or an id stands for what is at this address.
    pub fn refers_to(&self, value: &Value, address: &Address) -> bool {
        if let Some(reference) = spec::as_reference(value) {
            return reference.address == *address;
        }
        let lives = self.plan.steps.iter().filter_map(|step| step.live.as_ref());
        let at = |id: &str| {
            lives.chain(self.plan.standing()).any(|live| live.address == *address && live.id == id)
        };
        value.get("$id").and_then(Value::as_str).is_some_and(at)
    }

    /// What is at an address: as the plan wants it, else as it is.
    pub fn at(&self, address: &Address) -> Option<&'a Spec> {
        let mut steps = self.plan.steps.iter().chain(&self.plan.left).filter(|step| step.address == *address);
        let standing = || self.plan.standing().find(|live| live.address == *address).map(|live| &live.spec);
        steps.find_map(|step| step.desired.as_ref()).or_else(standing)
    }

    /// The secrets that the stack names.
    pub fn secrets(&self) -> &'a [Secret] {
        self.wishes.secrets
    }

    /// The availability zones of these subnets, as far as the plan knows them.
    pub fn zones(&self, subnets: &Value) -> BTreeSet<String> {
        let one = std::slice::from_ref(subnets);
        let all = subnets.as_array().map_or(one, Vec::as_slice);
        let zone = |subnet: &Value| Some(self.referred(subnet)?.get("zone")?.as_str()?.to_owned());
        all.iter().filter_map(zone).collect()
    }

    /// A question, repeated while AWS is only busy.
    pub async fn ask<T>(&self, question: impl AsyncFnMut() -> Result<T, Fault>) -> Result<T, Fault> {
        poll::ask("preflight", question).await
    }

    /// A question to which "it is not there" is an answer, and not a list that lags behind.
    pub async fn ask_once<T>(&self, mut question: impl AsyncFnMut() -> Result<T, Fault>) -> Result<T, Fault> {
        let answer = self.ask(async || match question().await {
            Err(fault) if fault.class == Class::Gone => Ok(Err(fault)),
            answer => answer.map(Ok),
        });
        answer.await?
    }

    /// Nothing stands in the way.
    pub fn passed(&self, rule: &Rule, message: impl Into<String>) -> Check {
        Check {
            id: rule.id,
            verdict: Verdict::Passed,
            severity: rule.severity,
            address: None,
            message: message.into(),
            remedy: None,
            place: None,
        }
    }

    /// It would fail.
    pub fn failed(&self, rule: &Rule, about: About<'_>, message: impl Into<String>) -> Check {
        Check {
            verdict: Verdict::Failed,
            address: Some(about.address.clone()),
            remedy: Some(rule.remedy.to_owned()),
            place: Some((self.wishes.place)(about.address, about.property)),
            ..self.passed(rule, message)
        }
    }

    /// It would fail, and no resource is to blame.
    pub fn failed_without(&self, rule: &Rule, message: impl Into<String>) -> Check {
        Check { verdict: Verdict::Failed, remedy: Some(rule.remedy.to_owned()), ..self.passed(rule, message) }
    }

    /// It could not be checked, for that reason.
    pub fn unknown(&self, rule: &Rule, about: Option<About<'_>>, why: impl Into<String>) -> Check {
        Check {
            verdict: Verdict::Unknown { why: why.into() },
            address: about.map(|about| about.address.clone()),
            place: about.map(|about| (self.wishes.place)(about.address, about.property)),
            ..self.passed(rule, rule.what.trim_end_matches('.'))
        }
    }

    /// It could not be checked, because AWS did not tell.
    pub fn untold(&self, rule: &Rule, about: Option<About<'_>>, fault: &Fault) -> Check {
        let why = match fault.class {
            Class::Denied => format!("not allowed to ask: {}", fault.operation),
            _ => fault.to_string(),
        };
        self.unknown(rule, about, why)
    }
}

/// Whether a step brings a resource into being.
pub fn is_making(step: &Step) -> bool {
    matches!(step.action, Action::Create | Action::Replace { .. })
}

/// A resource, and one of its properties.
pub fn about<'a>(step: &'a Step, property: &'static str) -> About<'a> {
    About { address: &step.address, property: Some(property) }
}

/// `1 VPC`, `2 VPCs`.
pub fn count(number: usize, noun: &str) -> String {
    if number == 1 { format!("{number} {noun}") } else { format!("{number} {noun}s") }
}

/// The steps of a kind by its type.
pub fn made<K: Kinded>(look: &Look<'_>) -> usize {
    look.made(K::KIND).count()
}

/// Names in a sentence.
pub fn listed<'t>(names: impl IntoIterator<Item = &'t str>) -> String {
    names.into_iter().collect::<Vec<_>>().join(", ")
}
