//! The loop: one owner of what is done, what runs and what may start next.
//!
//! Steps that are ready start at once, those on the longest remaining path first. A failed step stops only what
//! needs it. A wish to stop, or a lost lease, lets nothing new start.

use std::collections::{BTreeMap, BinaryHeap};
use std::rc::Rc;

use futures::stream::{FuturesUnordered, StreamExt};
use tokio::time::Instant;

use crate::model::address::Address;
use crate::model::live::Live;
use crate::model::path;
use crate::model::plan::{Action, Plan};

use super::cloud::Cloud;
use super::event::{self, Listener, What};
use super::lease::Lease;
use super::make::Making;
use super::remove::Removing;
use super::step::{Ended, Settings, Shared, StepError};
use super::stop::Stop;

/// How a run ended.
#[derive(Debug, Default)]
pub struct Outcome {
    /// The steps done.
    pub done: usize,
    /// The steps that failed, and why.
    pub failed: Vec<(Address, StepError)>,
    /// The steps not begun or not finished.
    pub left: usize,
    /// What stands at each address now.
    pub known: BTreeMap<Address, Rc<Live>>,
    /// Why it stopped early, if it did.
    pub stopped: Option<String>,
}

impl Outcome {
    /// Whether everything was done.
    pub fn complete(&self) -> bool {
        self.failed.is_empty() && self.left == 0
    }
}

/// Applies a plan.
pub async fn apply<'a, C: Cloud>(
    cloud: &'a C,
    plan: &Plan,
    lease: &'a Lease<'a, C>,
    settings: &'a Settings,
    stop: &'a Stop,
    listener: &'a dyn Listener,
) -> Outcome {
    let shared = Shared::new(cloud, plan, lease, settings, stop, listener);
    for live in plan.standing() {
        shared.known.borrow_mut().insert(live.address.clone(), Rc::clone(live));
    }
    // What is only changed in place can be referred to before its change is done.
    for step in &plan.steps {
        if let (Action::Update { .. }, Some(live)) = (&step.action, &step.live) {
            shared.known.borrow_mut().insert(step.address.clone(), Rc::clone(live));
        }
    }
    let bound = path::remaining(&plan.steps).into_iter().max().unwrap_or(0);
    shared.tell(What::ApplyStart { steps: event::steps(plan), bound });
    let mut run = Run::new(&shared, plan);
    run.go().await;
    let Run { done, failed, .. } = run;
    let left = plan.steps.len() - done - failed.len();
    let took = u64::try_from(shared.began.elapsed().as_millis()).unwrap_or(u64::MAX);
    shared.tell(What::ApplyEnd { done, failed: failed.len(), left, took, bound });
    let stopped = run.stopped;
    Outcome { done, failed, left, known: shared.known.into_inner(), stopped }
}

struct Run<'s, 'a, C: Cloud> {
    shared: &'s Shared<'a, C>,
    plan: &'s Plan,
    followers: Vec<Vec<usize>>,
    waits: Vec<usize>,
    /// Ready steps by the longest remaining time, then by index.
    ready: BinaryHeap<(u32, std::cmp::Reverse<usize>)>,
    remaining: Vec<u32>,
    done: usize,
    failed: Vec<(Address, StepError)>,
    stopped: Option<String>,
}

impl<'s, 'a, C: Cloud> Run<'s, 'a, C> {
    fn new(shared: &'s Shared<'a, C>, plan: &'s Plan) -> Self {
        let remaining = path::remaining(&plan.steps);
        let waits: Vec<usize> = plan.steps.iter().map(|step| step.after.len()).collect();
        let ready = (0..waits.len())
            .filter(|&i| waits[i] == 0)
            .map(|i| (remaining[i], std::cmp::Reverse(i)))
            .collect();
        let followers = path::followers(&plan.steps);
        Self { shared, plan, followers, waits, ready, remaining, done: 0, failed: Vec::new(), stopped: None }
    }

    async fn go(&mut self) {
        let shared = self.shared;
        let mut running = FuturesUnordered::new();
        let mut lease = std::pin::pin!(shared.lease.keep());
        let mut stop = std::pin::pin!(shared.stop.wait());
        let mut held = true;
        loop {
            while self.stopped.is_none()
                && let Some((_, std::cmp::Reverse(index))) = self.ready.pop()
            {
                running.push(self.start(index));
            }
            // The wish to stop is heard first: it may end all steps at once, and is why they end.
            tokio::select! {
                biased;
                why = &mut stop, if self.stopped.is_none() => self.halt(why),
                ended = running.next() => match ended {
                    Some((index, began, ended)) => self.ended(index, began, ended),
                    None => return,
                },
                // It is renewed to the last step's end, also while the run stops.
                why = &mut lease, if held => {
                    held = false;
                    shared.stop.ask(&why);
                    if self.stopped.is_none() {
                        self.halt(why);
                    }
                }
            }
        }
    }

    fn halt(&mut self, why: String) {
        self.shared.tell(What::Stopping { why: why.clone() });
        self.stopped = Some(why);
    }

    fn start(
        &self,
        index: usize,
    ) -> impl Future<Output = (usize, Instant, Result<Ended, StepError>)> + use<'s, 'a, C> {
        let (shared, step) = (self.shared, &self.plan.steps[index]);
        async move {
            let began = Instant::now();
            shared.tell(What::StepStart { step: index });
            let ended = match (&step.action, &step.desired, &step.live) {
                (Action::Delete, _, Some(live)) => Removing { shared, index, step, live }.run().await,
                (_, Some(written), _) => Making { shared, index, step }.run(written).await,
                (_, None, _) => Ok(Ended::Removed),
            };
            (index, began, ended)
        }
    }

    fn ended(&mut self, index: usize, began: Instant, ended: Result<Ended, StepError>) {
        let step = &self.plan.steps[index];
        let took = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
        match ended {
            Ok(Ended::Left) | Err(StepError::Stopped(_)) => {}
            Ok(ended) => {
                let id = match ended {
                    Ended::Made(live) => {
                        let id = live.id.clone();
                        self.shared.known.borrow_mut().insert(step.address.clone(), live);
                        Some(id)
                    }
                    _ => None,
                };
                self.done += 1;
                self.shared.tell(What::StepDone { step: index, took, id });
                for &next in &self.followers[index] {
                    self.waits[next] -= 1;
                    if self.waits[next] == 0 {
                        self.ready.push((self.remaining[next], std::cmp::Reverse(next)));
                    }
                }
            }
            Err(error) => {
                let blockers = match &error {
                    StepError::InUse { blockers, .. } => blockers.clone(),
                    _ => Vec::new(),
                };
                self.shared.tell(What::StepFailed { step: index, took, error: error.to_string(), blockers });
                self.failed.push((step.address.clone(), error));
                self.skip(index);
            }
        }
    }

    /// Tells of everything that cannot start any more.
    fn skip(&self, failed: usize) {
        let because = &self.plan.steps[failed].address;
        let mut open = vec![failed];
        let mut seen = vec![false; self.plan.steps.len()];
        while let Some(index) = open.pop() {
            for &next in &self.followers[index] {
                if !std::mem::replace(&mut seen[next], true) {
                    self.shared.tell(What::StepSkipped { step: next, because: because.clone() });
                    open.push(next);
                }
            }
        }
    }
}
