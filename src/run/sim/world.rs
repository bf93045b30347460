//! What exists in the simulated cloud, with its past: lists show it as it was a moment ago.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::address::Address;
use crate::model::live::{Live, Status};
use crate::model::schema::{Effect, Idempotency, Schema};
use crate::model::spec::Spec;
use crate::run::cloud::{Farewell, Order};
use crate::run::fault::{Class, Fault};

/// A resource and its past; times in milliseconds.
#[derive(Clone, Debug)]
pub struct Thing {
    /// Where it stands.
    pub address: Address,
    /// Its kind.
    pub schema: &'static Schema,
    /// Its id.
    pub id: String,
    /// Properties, tags and protection since when, oldest first.
    pub past: Vec<(u64, Spec, BTreeMap<String, String>, bool)>,
    /// When it was made.
    pub made: u64,
    /// When it can be used.
    pub ready: u64,
    /// When its deletion was asked for.
    pub asked: Option<u64>,
    /// When it will be gone.
    pub gone: Option<u64>,
    token: String,
    fingerprint: String,
}

impl Thing {
    /// Whether it exists, be it on its way out.
    pub fn exists(&self, at: u64) -> bool {
        self.made <= at && self.gone.is_none_or(|gone| at < gone)
    }

    /// Its properties now.
    pub fn spec(&self) -> &Spec {
        &self.past[self.past.len() - 1].1
    }

    /// What AWS tells of the properties: what matters only when something is made is not kept.
    fn told(&self, spec: &Spec) -> Spec {
        let kept = spec.iter().filter(|(name, _)| !self.schema.is_initial(name));
        kept.map(|(name, value)| (name.clone(), value.clone())).collect()
    }

    /// As a list shows it that sees the state of `at`.
    pub fn seen(&self, at: u64) -> Option<Live> {
        if !self.exists(at) {
            return None;
        }
        let (_, spec, tags, protected) = self.past.iter().rev().find(|(since, ..)| *since <= at)?;
        let versions = self.past.iter().filter(|(since, ..)| *since <= at).count();
        let output = |name: &&'static str| {
            let changing = self.schema.changing_outputs.contains(name);
            let value = if changing { versions.to_string() } else { format!("{name}-of-{}", self.id) };
            ((*name).to_owned(), value)
        };
        let status = match self.gone {
            Some(_) if self.asked.is_some_and(|asked| asked <= at) => Status::Deleting,
            _ if at < self.ready => Status::Pending("pending".to_owned()),
            _ => Status::Ready,
        };
        Some(Live {
            address: self.address.clone(),
            kind: self.schema.kind,
            id: self.id.clone(),
            born: tags.get("drucloud:born").and_then(|born| born.parse().ok()),
            status,
            spec: self.told(spec),
            outputs: self.schema.outputs.iter().map(output).collect(),
            tags: tags.clone(),
            protected: *protected,
        })
    }
}

/// Everything there is.
#[derive(Debug, Default)]
pub struct World {
    /// All resources that ever were.
    pub things: Vec<Thing>,
    /// The kinds that are noted.
    pub kinds: Option<BTreeSet<String>>,
    /// The versions of the lease's record, the first first.
    pub lease: Vec<String>,
    /// The snapshots taken of what was deleted.
    pub snapshots: Vec<String>,
    /// What was deleted although it holds data or is protected, for tests to look at.
    pub lost: Vec<Address>,
}

impl World {
    /// Makes a resource. With `partial` its first property that could be changed later is left out.
    pub fn create(
        &mut self,
        schema: &'static Schema,
        order: &Order,
        now: u64,
        partial: bool,
    ) -> Result<(), Fault> {
        for (kind, id) in order.spec.ids() {
            let there = self
                .things
                .iter()
                .any(|t| t.schema.kind == kind && t.id == id && t.exists(now) && t.gone.is_none());
            if !there {
                return Err(refuse(Class::NotYet, "create", &format!("{kind} {id} is not there")));
            }
        }
        let twin = self.things.iter().position(|thing| {
            thing.schema.kind == schema.kind
                && thing.exists(now)
                && thing.address == order.address
                && thing.fingerprint == order.fingerprint
        });
        match (schema.idempotency, twin) {
            // Tokens outlive what they made.
            (Idempotency::Token, _) if self.things.iter().any(|t| t.token == order.token) => return Ok(()),
            (Idempotency::UniqueName | Idempotency::UniqueInParent, Some(_)) => {
                return Err(refuse(Class::Exists, "create", "it exists"));
            }
            (Idempotency::Upsert, Some(twin)) => {
                self.things[twin].past.push((now, order.spec.clone(), order.tags.clone(), order.protect));
                return Ok(());
            }
            _ => {}
        }
        let mut spec = order.spec.clone();
        if partial {
            let later = |(name, value): &(&String, &serde_json::Value)| {
                schema.rules.iter().any(|(rule, effect)| {
                    rule == name
                        && !matches!(
                            effect.effect(&serde_json::Value::Null, value),
                            Effect::Replacement | Effect::Refused(_) | Effect::Initial
                        )
                })
            };
            if let Some(name) = order.spec.iter().find(later).map(|(name, _)| name) {
                spec.remove(name);
            }
        }
        self.things.push(Thing {
            address: order.address.clone(),
            schema,
            id: format!("{}-{:04}", schema.kind, self.things.len() + 1),
            past: vec![(now, spec, order.tags.clone(), order.protect)],
            made: now,
            ready: now + u64::from(schema.expected.create) * 1000,
            asked: None,
            gone: None,
            token: order.token.clone(),
            fingerprint: order.fingerprint.clone(),
        });
        Ok(())
    }

    /// Changes a resource to what is ordered.
    pub fn update(&mut self, id: &str, order: &Order, now: u64) -> Result<(), Fault> {
        let thing = self.find(id, now, "update", Class::NotYet)?;
        if now < thing.ready || thing.gone.is_some() {
            return Err(refuse(Class::Busy, "update", "it is busy"));
        }
        let (_, before, tags, protected) = thing.past[thing.past.len() - 1].clone();
        let mut spec = before.clone();
        for (name, value) in order.spec.iter().filter(|(name, _)| !thing.schema.is_initial(name)) {
            spec.set(name, value.clone());
        }
        if spec != before || protected != order.protect {
            thing.past.push((now, spec, tags, order.protect));
            thing.ready = now + u64::from(thing.schema.expected.update) * 1000;
        }
        Ok(())
    }

    /// Writes tags.
    pub fn tag(&mut self, id: &str, tags: &BTreeMap<String, String>, now: u64) -> Result<(), Fault> {
        let thing = self.find(id, now, "tag", Class::NotYet)?;
        let last = thing.past.len() - 1;
        thing.past[last].2.extend(tags.clone());
        Ok(())
    }

    /// Deletes a resource, unless somebody holds it.
    pub fn delete(&mut self, id: &str, farewell: &Farewell, now: u64) -> Result<(), Fault> {
        let holders = self.holders(id, now);
        let thing = self.find(id, now, "delete", Class::Gone)?;
        if thing.gone.is_some() {
            return Ok(());
        }
        if !holders.is_empty() {
            return Err(refuse(Class::InUse, "delete", &format!("held by {}", holders.join(", "))));
        }
        if now < thing.made {
            return Err(refuse(Class::Busy, "delete", "it is being made"));
        }
        if thing.past[thing.past.len() - 1].3 {
            return Err(refuse(Class::Fatal, "delete", "it is protected"));
        }
        thing.asked = Some(now);
        thing.gone = Some(now + u64::from(thing.schema.expected.delete) * 1000);
        let address = thing.address.clone();
        if thing.schema.data.is_some() {
            match &farewell.snapshot {
                Some(name) => self.snapshots.push(name.clone()),
                None => self.lost.push(address),
            }
        }
        Ok(())
    }

    /// What holds a resource: by id, or because its kind comes after.
    pub fn holders(&self, id: &str, now: u64) -> Vec<String> {
        let Some(held) = self.things.iter().find(|t| t.id == id) else { return Vec::new() };
        let others = || self.things.iter().filter(|other| other.exists(now) && other.id != id);
        let last = !others().any(|other| other.schema.kind == held.schema.kind);
        let holds = |other: &&Thing| {
            other.spec().ids().contains(&(held.schema.kind.to_owned(), id.to_owned()))
                || last && other.schema.after.contains(&held.schema.kind)
        };
        others().filter(holds).map(|other| format!("{} {}", other.schema.kind, other.id)).collect()
    }

    /// Writes the lease's record.
    pub fn lease_write(&mut self, record: &str, fresh: bool) -> Result<i64, Fault> {
        if fresh && !self.lease.is_empty() {
            return Err(refuse(Class::Exists, "lease", "there is one"));
        }
        self.lease.push(record.to_owned());
        Ok(i64::try_from(self.lease.len()).unwrap_or(i64::MAX))
    }

    /// The lease's record and its version.
    pub fn lease(&self) -> Option<(String, i64)> {
        let version = i64::try_from(self.lease.len()).unwrap_or(i64::MAX);
        self.lease.last().map(|record| (record.clone(), version))
    }

    /// The lease's record as it was.
    pub fn lease_version(&self, version: i64) -> Option<String> {
        let index = usize::try_from(version).ok()?.checked_sub(1)?;
        self.lease.get(index).cloned()
    }

    fn find(&mut self, id: &str, now: u64, operation: &str, absent: Class) -> Result<&mut Thing, Fault> {
        let thing = self.things.iter_mut().find(|t| t.id == id && t.exists(now));
        thing.ok_or_else(|| refuse(absent, operation, &format!("{id} is not there")))
    }
}

fn refuse(class: Class, operation: &str, message: &str) -> Fault {
    Fault {
        class,
        operation: operation.to_owned(),
        code: "Simulated".to_owned(),
        message: message.to_owned(),
    }
}
