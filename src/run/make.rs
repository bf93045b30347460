//! One step that makes or changes a resource, until it is as it should be and can be used.
//!
//! A create call is repeated only where that is safe. Where nothing but tags can find the resource again, an
//! intent is written into the lease before the call, and an unclear one is looked for until the horizon.

use std::collections::BTreeSet;
use std::rc::Rc;

use tokio::time::{Duration, Instant};

use crate::model::diff::{self, Change};
use crate::model::live::{Live, Status};
use crate::model::plan::{Action, Step};
use crate::model::schema::Idempotency;
use crate::model::spec::Spec;
use crate::model::verdict;

use super::cloud::{Cloud, Order};
use super::event::What;
use super::fault::{Class, Fault};
use super::pace::{self, HORIZON};
use super::step::{Ended, Shared, StepError, Tries};

/// Time for an accepted change to show before it is made again.
const PATIENCE: Duration = Duration::from_secs(20);
/// How often a change is made before it counts as having no effect.
const UPDATES: u32 = 6;
/// How often something is made again that does not show up.
const LIVES: u32 = 2;
/// How long something that "exists" may take to show up with our tags.
const SHOWING: Duration = Duration::from_secs(90);

/// One step under way.
pub(super) struct Making<'s, 'a, C: Cloud> {
    pub shared: &'s Shared<'a, C>,
    pub index: usize,
    pub step: &'s Step,
}

impl<C: Cloud> Making<'_, '_, C> {
    /// Runs the step.
    pub async fn run(&self, written: &Spec) -> Result<Ended, StepError> {
        let mut order = self.shared.order(self.step, written)?;
        if matches!(self.step.action, Action::Create | Action::Replace { .. })
            && !self.is_there(&order).await?
        {
            if self.step.schema.idempotency == Idempotency::TagsOnly {
                self.create_by_tags(&order).await?;
            } else {
                self.create(&order).await?;
            }
        }
        let mut life = 0;
        loop {
            if let Some(ended) = self.settle(&order, life).await? {
                return Ok(ended);
            }
            // A replayed token led to something that is no more: the next life gets another one.
            life += 1;
            order.token = self.shared.token(&order.address, &order.spec, life);
            self.create(&order).await?;
        }
    }

    /// Whether a run before this one has made it although the plan did not see it. Names and parents tell that
    /// by themselves: they refuse a second one.
    async fn is_there(&self, order: &Order) -> Result<bool, StepError> {
        let hidden = matches!(self.step.schema.idempotency, Idempotency::TagsOnly | Idempotency::Token);
        match self.shared.lease.lookout(&order.address).filter(|_| hidden) {
            Some(time) => {
                let most = time.as_secs();
                self.progress(&format!("looking whether an earlier run has made it, for {most} s at most"));
                // The question stays on record, so the next run can go on with it.
                tokio::select! {
                    biased;
                    why = self.shared.stop.wait() => {
                        Err(StepError::Stopped(Fault::fatal(self.step.schema.kind, why)))
                    }
                    found = self.appears(time, order) => found,
                }
            }
            None => Ok(false),
        }
    }

    /// Creates what can be created again: by token, by name, by parent, or because it is an upsert.
    async fn create(&self, order: &Order) -> Result<(), StepError> {
        let tries = self.tries();
        loop {
            match self.call(self.shared.cloud.create(order)).await {
                Ok(()) => {
                    if self.step.schema.idempotency == Idempotency::Token {
                        self.shared.lease.made(&order.address);
                    }
                    return Ok(());
                }
                Err(fault) if fault.class == Class::Exists => match self.appears(SHOWING, order).await? {
                    true => return Ok(()),
                    // A conflict with something that another step is about to delete resolves itself.
                    false if self.step.schema.idempotency == Idempotency::UniqueInParent => {
                        self.shared.take(self.index, &tries, fault.as_class(Class::InUse)).await?;
                    }
                    // A token that made something which is no more: settling finds that out and takes another.
                    false if self.step.schema.idempotency == Idempotency::Token => return Ok(()),
                    false => return Err(StepError::Taken(fault)),
                },
                Err(fault) => self.shared.take(self.index, &tries, fault).await?,
            }
        }
    }

    /// Creates what only its tags can find again.
    async fn create_by_tags(&self, order: &Order) -> Result<(), StepError> {
        let lease = self.shared.lease;
        let tries = self.tries();
        loop {
            // The slot comes first: between intent and call there is no wait, in which a run could be ended and
            // leave an intent of which nothing came.
            let slot = self.shared.calls.acquire().await;
            if let Err(fault) = lease.intend(&order.address).await {
                drop(slot);
                self.shared.take(self.index, &tries, fault).await?;
                continue;
            }
            let created = self.shared.cloud.create(order).await;
            drop(slot);
            match created {
                Ok(()) => return Ok(()),
                Err(fault) if fault.class == Class::Unclear => {
                    let most = HORIZON.as_secs();
                    self.progress(&format!(
                        "the answer was lost: looking whether it was made, for {most} s at most"
                    ));
                    if self.appears(HORIZON, order).await? {
                        return Ok(());
                    }
                    self.shared.take(self.index, &tries, fault).await?;
                }
                Err(fault) => {
                    if !matches!(fault.class, Class::Throttled | Class::NotYet | Class::Busy) {
                        lease.withdraw(&order.address);
                    }
                    self.shared.take(self.index, &tries, fault).await?;
                }
            }
        }
    }

    /// Looks for the resource until it shows up by its tags or the time is over.
    async fn appears(&self, time: Duration, order: &Order) -> Result<bool, StepError> {
        let began = Instant::now();
        let mut wait = Duration::ZERO;
        loop {
            let seen = self.shared.poller.look(self.step.schema.kind, wait).await?;
            if self.pick(&seen, order).is_some() {
                return Ok(true);
            }
            if began.elapsed() >= time {
                return Ok(false);
            }
            wait = pace::look(began.elapsed(), Duration::from_secs(10));
        }
    }

    /// Waits until the resource can be used, changing what still differs. `None`: it does not show up at all.
    async fn settle(&self, order: &Order, lives: u32) -> Result<Option<Ended>, StepError> {
        let expected = Duration::from_secs(u64::from(self.step.expected()));
        let limit = pace::limit(self.step.expected());
        let began = Instant::now();
        let mut updated: Option<Instant> = None;
        let mut asked = BTreeSet::new();
        let mut rounds = 0;
        let mut wait = Duration::ZERO;
        if let (0, Action::Update { .. }, Some(live)) = (lives, &self.step.action, &self.step.live) {
            // What the plan has read is recent enough for a first try; what is busy waits like all others. With
            // its references answered, a change may turn out to be none.
            let changes = differences(self.step, order, live);
            if live.status.takes_changes() && !changes.is_empty() {
                if !self.update(live, order, &changes).await? {
                    return Ok(None);
                }
                (updated, rounds, wait) = (Some(Instant::now()), 1, pace::TICK);
                asked.extend(changes.into_iter().map(|change| change.property));
            }
        }
        loop {
            let seen = self.shared.poller.look(self.step.schema.kind, wait).await?;
            let since = updated.unwrap_or(began);
            wait = pace::look(since.elapsed(), expected);
            let Some(live) = self.pick(&seen, order) else {
                if self.shared.stop.asked() {
                    return Ok(Some(Ended::Left));
                }
                if began.elapsed() >= HORIZON {
                    let again = lives < LIVES && self.step.schema.data.is_none();
                    return if again { Ok(None) } else { Err(self.late(HORIZON, "it does not show up")) };
                }
                continue;
            };
            self.shared.lease.settle(&order.address);
            let changes =
                if live.status.takes_changes() { differences(self.step, order, live) } else { Vec::new() };
            let what = match &live.status {
                Status::Failed(why) => return Err(StepError::Failed(why.clone())),
                Status::Deleting => "deleting".to_owned(),
                Status::Pending(what) => what.clone(),
                Status::Ready if changes.is_empty() => {
                    return Ok(Some(Ended::Made(Rc::new(self.remember(live, order).await?))));
                }
                Status::Short(what) if changes.is_empty() => what.clone(),
                Status::Ready | Status::Short(_) => {
                    // What was asked for may take a moment to show; what shows only now has not been asked for.
                    let new = |change: &Change| !asked.contains(&change.property);
                    if changes.iter().any(new) || updated.is_none_or(|at| at.elapsed() >= PATIENCE) {
                        if rounds >= UPDATES {
                            return Err(no_effect(&changes[0]));
                        }
                        if !self.update(live, order, &changes).await? {
                            return Ok(None);
                        }
                        (updated, rounds, wait) = (Some(Instant::now()), rounds + 1, pace::TICK);
                        asked.extend(changes.iter().map(|change| change.property.clone()));
                    }
                    format!("waiting for `{}` to change", changes[0].property)
                }
            };
            if self.shared.stop.asked() {
                return Ok(Some(Ended::Left));
            }
            if began.elapsed() >= limit {
                return Err(self.late(limit, &what));
            }
            self.progress(&what);
        }
    }

    /// Changes it in place. `false`: AWS does not know it and no list shows it any more. What the plan had seen
    /// was the past; it can be made anew unless it held data or could not be told from a second one.
    async fn update(&self, live: &Live, order: &Order, changes: &[Change]) -> Result<bool, StepError> {
        let schema = self.step.schema;
        let tries = self.tries();
        let mut left = (live.clone(), changes.to_vec());
        loop {
            let (live, changes) = &left;
            let fault = match self.call(self.shared.cloud.update(live, order, changes)).await {
                Ok(()) => return Ok(true),
                Err(fault) => fault,
            };
            if matches!(fault.class, Class::NotYet | Class::Gone) {
                let seen = self.shared.poller.look(schema.kind, PATIENCE).await?;
                let renewable = schema.data.is_none() && schema.idempotency != Idempotency::TagsOnly;
                if renewable && !seen.iter().any(|other| other.id == live.id) {
                    return Ok(false);
                }
            }
            self.shared.take(self.index, &tries, fault).await?;
            // A change of many calls may be done in part. Only what is left is asked for again: else, under steady
            // throttling, its last call would never come.
            let seen = self.shared.poller.look(schema.kind, Duration::ZERO).await?;
            if let Some(now) = self.pick(&seen, order).filter(|now| now.id == live.id) {
                let changes = differences(self.step, order, now);
                if changes.is_empty() {
                    return Ok(true);
                }
                if changes.len() < left.1.len() {
                    tries.progressed();
                }
                left = (now.clone(), changes);
            }
        }
    }

    /// Writes the record of what was applied, and the user's tags, where they are not there yet.
    async fn remember(&self, live: &Live, order: &Order) -> Result<Live, StepError> {
        let made = matches!(self.step.action, Action::Create | Action::Replace { .. });
        let wanted = order.tags.iter().filter(|(key, value)| {
            let ours = key.as_str() == "drucloud:born" || key.as_str() == "Name";
            !ours && if live.tags.is_empty() { !made } else { live.tags.get(*key) != Some(*value) }
        });
        let missing: std::collections::BTreeMap<_, _> = wanted.map(|(k, v)| (k.clone(), v.clone())).collect();
        if missing.is_empty() {
            return Ok(live.clone());
        }
        let tries = self.tries();
        loop {
            match self.call(self.shared.cloud.tag(live, &missing)).await {
                Ok(()) => break,
                Err(fault) => self.shared.take(self.index, &tries, fault).await?,
            }
        }
        let mut live = live.clone();
        live.tags.extend(missing);
        Ok(live)
    }

    /// Of what was seen, the resource of this step: not what this run deletes or has deleted, which includes the
    /// old one that it replaces. Of two the one that the plan chose, else the older, so that all runs choose the
    /// same.
    fn pick<'l>(&self, seen: &'l [Live], order: &Order) -> Option<&'l Live> {
        let chosen = self.step.live.as_ref().map(|live| live.id.as_str());
        seen.iter().filter(|live| live.address == order.address && !self.is_doomed(live)).min_by_key(|live| {
            let other = Some(live.id.as_str()) != chosen;
            (live.status == Status::Deleting, other, live.born.unwrap_or(u64::MAX), live.id.clone())
        })
    }

    /// Whether it is what this run deletes, or one before it has deleted. Where a kind does not tell when it was made,
    /// what has the name of something whose deletion is done is the successor.
    fn is_doomed(&self, live: &Live) -> bool {
        let successor =
            live.born.is_none() && self.shared.deleted.borrow().contains(&(live.kind, live.id.clone()));
        let doomed = self.shared.doomed.contains(&(live.kind, live.id.clone(), live.born));
        doomed && !successor || self.shared.lease.is_gone(live)
    }

    /// One mutating call, as one of a bounded number at once.
    async fn call<T>(&self, call: impl Future<Output = Result<T, Fault>>) -> Result<T, Fault> {
        let _slot = self.shared.calls.acquire().await;
        call.await
    }

    fn tries(&self) -> Tries {
        Tries::new(&self.step.address, pace::limit(self.step.expected()))
    }

    fn progress(&self, state: &str) {
        self.shared.tell(What::StepProgress { step: self.index, state: state.to_owned() });
    }

    fn late(&self, limit: Duration, what: &str) -> StepError {
        StepError::Late { limit, what: format!("{}: {what}", self.step.address) }
    }
}

/// What still differs, protection included.
fn differences(step: &Step, order: &Order, live: &Live) -> Vec<Change> {
    let mut changes = diff::diff(&order.spec, &live.spec, step.schema);
    changes.extend(verdict::protection(live, step.protect, step.schema));
    changes
}

fn no_effect(change: &Change) -> StepError {
    StepError::NoEffect {
        property: change.property.clone(),
        from: change.from.to_string(),
        to: change.to.to_string(),
    }
}
