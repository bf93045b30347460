//! One step that deletes a resource, until it is gone. When AWS refuses, it says what stands in the way.

use tokio::time::{Duration, Instant};

use crate::model::live::{Live, Status};
use crate::model::plan::{Reason, Step};

use super::cloud::{Cloud, Farewell};
use super::event::What;
use super::fault::{Class, Fault};
use super::pace;
use super::step::{Ended, Shared, StepError, Tries};

/// A deletion that was accepted and shows no effect for so long is asked for again.
const PATIENCE: Duration = Duration::from_secs(120);
/// How long AWS refuses before it is asked what stands in the way.
const REFUSED: Duration = Duration::from_secs(20);

/// One step under way.
pub(super) struct Removing<'s, 'a, C: Cloud> {
    pub shared: &'s Shared<'a, C>,
    pub index: usize,
    pub step: &'s Step,
    pub live: &'s Live,
}

impl<C: Cloud> Removing<'_, '_, C> {
    /// Runs the step.
    pub async fn run(&self) -> Result<Ended, StepError> {
        let farewell = self.farewell();
        if self.live.status != Status::Deleting && self.ask(&farewell).await? == Asked::Stopped {
            return Ok(Ended::Left);
        }
        let expected = Duration::from_secs(u64::from(self.step.schema.expected.delete));
        let limit = pace::limit(self.step.schema.expected.delete);
        let began = Instant::now();
        let mut asked = began;
        let mut wait = Duration::ZERO;
        loop {
            let seen = self.shared.poller.look(self.step.schema.kind, wait).await?;
            let Some(live) = seen.iter().find(|live| live.id == self.live.id) else {
                self.shared.deleted.borrow_mut().insert((self.live.kind, self.live.id.clone()));
                self.shared.lease.gone(self.live);
                if self.step.reason != Reason::Replaced {
                    // Whoever reads the lease next need not wait for it to show up.
                    self.shared.lease.withdraw(&self.live.address);
                }
                return Ok(Ended::Removed);
            };
            if self.shared.stop.asked() {
                return Ok(Ended::Left);
            }
            if began.elapsed() >= limit {
                return Err(StepError::Late { limit, what: format!("`{}` is still there", self.live.id) });
            }
            if live.status != Status::Deleting && asked.elapsed() >= PATIENCE {
                self.ask(&farewell).await?;
                asked = Instant::now();
            }
            self.shared.tell(What::StepProgress { step: self.index, state: "deleting".to_owned() });
            wait = pace::look(began.elapsed(), expected);
        }
    }

    /// Asks AWS to delete it until AWS agrees.
    async fn ask(&self, farewell: &Farewell) -> Result<Asked, StepError> {
        let tries = Tries::new(&self.step.address, pace::limit(self.step.schema.expected.delete));
        let mut refused: Option<Instant> = None;
        let mut left = self.live.clone();
        loop {
            let fault = match self.delete(&left, farewell).await {
                Ok(()) => return Ok(Asked::Accepted),
                Err(fault) if fault.class == Class::Gone => return Ok(Asked::Accepted),
                // A repeated deletion whose first answer was lost: its snapshot is there, and that is what counts.
                Err(fault) if fault.class == Class::Exists => return Ok(Asked::Accepted),
                Err(fault) => fault,
            };
            if fault.class == Class::InUse {
                let since = *refused.get_or_insert_with(Instant::now);
                if since.elapsed() >= REFUSED {
                    self.name_blockers().await;
                    refused = Some(Instant::now() + PATIENCE);
                }
            }
            if self.shared.stop.asked() {
                return Ok(Asked::Stopped);
            }
            match self.shared.take(self.index, &tries, fault).await {
                Err(StepError::Fault(fault)) if fault.class == Class::InUse => {
                    let blockers = self.shared.cloud.blockers(self.live).await;
                    let blockers = blockers
                        .unwrap_or_else(|fault| vec![format!("something that cannot be read: {fault}")]);
                    return Err(StepError::InUse { fault, blockers });
                }
                taken => taken?,
            }
            // A deletion of many calls may be done in part; only what is left is asked for again.
            let seen = self.shared.poller.look(self.live.kind, Duration::ZERO).await?;
            if let Some(now) = seen.iter().find(|now| now.id == self.live.id) {
                left = now.clone();
            }
        }
    }

    async fn delete(&self, left: &Live, farewell: &Farewell) -> Result<(), Fault> {
        let _slot = self.shared.calls.acquire().await;
        self.shared.cloud.delete(left, farewell).await
    }

    /// Says what stands in the way. Not being able to find out is no reason to fail: the refusal is known.
    async fn name_blockers(&self) {
        let state = match self.shared.cloud.blockers(self.live).await {
            Ok(blockers) if blockers.is_empty() => "AWS says that it is still in use".to_owned(),
            Ok(blockers) => format!("held by {}", blockers.join(", ")),
            Err(fault) => format!("still in use; what holds it cannot be read: {fault}"),
        };
        self.shared.tell(What::StepProgress { step: self.index, state });
    }

    /// The last snapshot's name must be unique per deletion: a second one of the same name is refused.
    fn farewell(&self) -> Farewell {
        let keep = self.shared.settings.snapshots && self.step.schema.data.is_some();
        let name = || {
            let settings = self.shared.settings;
            format!(
                "{}-{}-{}-final-{}",
                settings.stack,
                settings.env,
                self.live.address.short(),
                self.shared.cloud.now() / 1000
            )
        };
        Farewell { snapshot: keep.then(name) }
    }
}

#[derive(Debug, PartialEq, Eq)]
enum Asked {
    Accepted,
    Stopped,
}
