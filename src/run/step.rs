//! What all steps of a run share: the cloud, what is known so far, and how a failed call is taken.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, HashSet};
use std::rc::Rc;

use sha2::{Digest, Sha256};
use tokio::sync::Semaphore;
use tokio::time::{Duration, Instant, sleep};

use crate::model::address::Address;
use crate::model::applied::{self, canonical};
use crate::model::live::Live;
use crate::model::plan::{Action, Plan, Step};
use crate::model::schema::{Effect, Rule, Schema};
use crate::model::spec::Spec;
use crate::model::verdict::APPLIED_TAG;

use super::cloud::{Cloud, Order};
use super::event::{Event, Listener, What};
use super::fault::{Class, Fault};
use super::lease::Lease;
use super::pace;
use super::poll::Poller;
use super::stop::Stop;

/// Mutating calls under way at once: what EC2's token buckets refill in two seconds.
const AT_ONCE: usize = 10;

/// What a run is given.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// The stack's name.
    pub stack: String,
    /// The environment's name.
    pub env: String,
    /// Tags of the user's for every resource.
    pub tags: BTreeMap<String, String>,
    /// Whether the data of what is deleted is kept in a last snapshot.
    pub snapshots: bool,
}

/// Why a step failed.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum StepError {
    /// AWS said no.
    #[error("{0}")]
    Fault(#[from] Fault),
    /// AWS reports that the resource failed.
    #[error("AWS reports that it failed: {0}; the next run replaces it")]
    Failed(String),
    /// A name is taken by something that is not ours.
    #[error("the name is taken by something that does not carry the tags of this environment: {0}")]
    Taken(Fault),
    /// An update was accepted and is not there.
    #[error("AWS accepted the change, but `{property}` still is {from} instead of {to}")]
    NoEffect {
        /// The property.
        property: String,
        /// What it is.
        from: String,
        /// What it should be.
        to: String,
    },
    /// It takes too long.
    #[error("gave up after {} min: {what}", .limit.as_secs() / 60)]
    Late {
        /// The limit.
        limit: Duration,
        /// What was waited for.
        what: String,
    },
    /// Others still need what shall be deleted.
    #[error("{fault}")]
    InUse {
        /// AWS's words.
        fault: Fault,
        /// What holds it, in words.
        blockers: Vec<String>,
    },
    /// A reference that has no answer although all that it needs is done.
    #[error("`{0}` has no value")]
    Unanswered(String),
    /// A failed call is not repeated, because somebody asked to stop. It ends the step and is no failure of it.
    #[error("{0}; not tried again, because the run stops")]
    Stopped(Fault),
}

/// How a step ended.
#[derive(Clone, Debug, PartialEq)]
pub enum Ended {
    /// Made or changed: what there is now.
    Made(Rc<Live>),
    /// Gone.
    Removed,
    /// Left while AWS still works on it, because somebody asked to stop.
    Left,
}

/// What all steps share.
pub struct Shared<'a, C: Cloud> {
    pub(super) cloud: &'a C,
    pub(super) poller: Poller<'a, C>,
    pub(super) lease: &'a Lease<'a, C>,
    pub(super) settings: &'a Settings,
    pub(super) stop: &'a Stop,
    pub(super) listener: &'a dyn Listener,
    pub(super) began: Instant,
    pub(super) calls: Semaphore,
    /// What stands at each address that is done or was kept.
    pub(super) known: RefCell<BTreeMap<Address, Rc<Live>>>,
    /// What this run deletes or has deleted, by kind, id and birth: a list may still show it. An id that is a
    /// name comes back with the successor, whose birth is another.
    pub(super) doomed: HashSet<(&'static str, String, Option<u64>)>,
    /// What this run has deleted, by kind and id.
    pub(super) deleted: RefCell<HashSet<(&'static str, String)>>,
}

impl<'a, C: Cloud> Shared<'a, C> {
    /// The beginning of a run of that plan.
    pub fn new(
        cloud: &'a C,
        plan: &Plan,
        lease: &'a Lease<'a, C>,
        settings: &'a Settings,
        stop: &'a Stop,
        listener: &'a dyn Listener,
    ) -> Self {
        let deleted = plan.steps.iter().filter(|step| step.action == Action::Delete);
        let doomed = deleted.filter_map(|step| step.live.as_ref());
        Self {
            cloud,
            poller: Poller::new(cloud),
            lease,
            settings,
            stop,
            listener,
            began: Instant::now(),
            calls: Semaphore::new(AT_ONCE),
            known: RefCell::default(),
            doomed: doomed.map(|live| (live.kind, live.id.clone(), live.born)).collect(),
            deleted: RefCell::default(),
        }
    }

    pub(super) fn tell(&self, what: What) {
        let at = u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.listener.tell(&Event { at, calls: self.cloud.calls(), what });
    }

    /// The order of a step, with every reference answered.
    pub(super) fn order(&self, step: &Step, written: &Spec) -> Result<Order, StepError> {
        let known = self.known.borrow();
        let answered = written.resolve(&|r| known.get(&r.address).and_then(|live| live.output(&r.output)));
        if let Some(open) = answered.references().first() {
            return Err(StepError::Unanswered(open.to_string()));
        }
        let spec = (step.schema.canonical)(&answered);
        let fingerprint = fingerprint(&spec, step.schema);
        Ok(Order {
            tags: self.tags(step, written),
            address: step.address.clone(),
            kind: step.schema.kind,
            protect: step.protect,
            token: self.token(&step.address, &spec, 0),
            fingerprint,
            spec,
        })
    }

    fn tags(&self, step: &Step, written: &Spec) -> BTreeMap<String, String> {
        let mut tags = self.settings.tags.clone();
        let mut set = |key: &str, value: String| tags.insert(key.to_owned(), value);
        set("Name", format!("{}-{}-{}", self.settings.stack, self.settings.env, step.address.short()));
        set("drucloud:stack", self.settings.stack.clone());
        set("drucloud:env", self.settings.env.clone());
        set("drucloud:address", step.address.to_string());
        set("drucloud:born", self.cloud.now().to_string());
        let record = applied::record(written, step.schema) + &applied::record_tags(&self.settings.tags);
        set(APPLIED_TAG, record);
        if step.protect && step.schema.data.is_some() {
            set("drucloud:protect", "true".to_owned());
        }
        tags
    }

    /// The client token: the same in a rerun after a crash (the lease hands its nonce on), another one in
    /// another life of the environment, and another one when `life` says that the last one led nowhere.
    pub(super) fn token(&self, address: &Address, spec: &Spec, life: u32) -> String {
        let spec = canonical(&spec.to_value());
        let text = format!(
            "{}|{}|{}|{address}|{spec}|{life}",
            self.lease.nonce(),
            self.settings.stack,
            self.settings.env
        );
        Sha256::digest(text.as_bytes())
            .iter()
            .take(20)
            .fold(String::new(), |hex, byte| format!("{hex}{byte:02x}"))
    }

    /// Takes a failed call: waits and returns when it is to be repeated, else hands the fault back. Whoever asks
    /// to stop does not wait for what AWS may refuse for many minutes more; the next run asks again. What may have
    /// been done is an exception: the lease that is given back takes this run's client tokens with it, so only this run
    /// can repeat the call.
    pub(super) async fn take(&self, step: usize, tries: &Tries, fault: Fault) -> Result<(), StepError> {
        let patience = match fault.class {
            Class::Throttled | Class::Busy | Class::InUse => tries.limit,
            Class::Unclear => tries.limit.min(Duration::from_secs(900)),
            Class::NotYet => Duration::from_secs(240),
            Class::Unreachable => Duration::from_secs(30),
            Class::Exists | Class::Gone | Class::Denied | Class::Fatal => return Err(fault.into()),
        };
        if tries.since(fault.class) >= patience {
            return Err(fault.into());
        }
        let wait = pace::again(tries.count(), &tries.who);
        self.tell(What::StepRetry {
            step,
            class: fault.class,
            fault: fault.to_string(),
            wait: u64::try_from(wait.as_millis()).unwrap_or(u64::MAX),
        });
        tries.unclear.set(tries.unclear.get() || fault.class == Class::Unclear);
        tokio::select! {
            biased;
            _ = self.stop.wait(), if !tries.unclear.get() => Err(StepError::Stopped(fault)),
            () = sleep(wait) => Ok(()),
        }
    }
}

/// Six characters that change with every property that needs a new resource.
pub fn fingerprint(spec: &Spec, schema: &Schema) -> String {
    let names = spec.iter().filter(|(name, _)| {
        matches!(
            schema.rules.iter().find(|(rule, _)| rule == name),
            Some((_, Rule::Always(Effect::Replacement)))
        )
    });
    let text: Vec<String> = names.map(|(name, value)| format!("{name}={}", canonical(value))).collect();
    let hash = Sha256::digest(text.join("|").as_bytes());
    hash.iter().take(3).fold(String::new(), |hex, byte| format!("{hex}{byte:02x}"))
}

/// The tries of one call.
#[derive(Debug)]
pub struct Tries {
    who: String,
    limit: Duration,
    count: Cell<u32>,
    class: Cell<Option<(Class, Instant)>>,
    unclear: Cell<bool>,
}

impl Tries {
    /// No try yet, in a step of that kind.
    pub fn new(who: &Address, limit: Duration) -> Self {
        let (count, class, unclear) = (Cell::new(0), Cell::new(None), Cell::new(false));
        Self { who: who.to_string(), limit, count, class, unclear }
    }

    /// How often it was tried before.
    fn count(&self) -> u32 {
        let count = self.count.get();
        self.count.set(count + 1);
        count
    }

    /// Something of it was done: what failed before says nothing of what is left.
    pub fn progressed(&self) {
        self.count.set(0);
        self.class.set(None);
    }

    /// How long it has been failing in this way.
    fn since(&self, class: Class) -> Duration {
        match self.class.get() {
            Some((same, since)) if same == class => since.elapsed(),
            _ => {
                self.class.set(Some((class, Instant::now())));
                Duration::ZERO
            }
        }
    }
}
