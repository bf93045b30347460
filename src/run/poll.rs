//! Looks at kinds: at most one list per kind and tick, however many wait for it.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use tokio::sync::Mutex;
use tokio::time::{Duration, Instant, sleep, sleep_until};

use crate::model::live::Live;

use super::cloud::Cloud;
use super::fault::{Class, Fault};
use super::pace;

/// What was seen of a kind, and when the look began.
#[derive(Clone, Debug)]
struct Seen {
    began: Instant,
    live: Rc<Vec<Live>>,
}

/// A glance at the cloud, and when it began.
type Glance<'a, C> = (Instant, Rc<<C as Cloud>::Glance<'a>>);

/// The one poller of a run.
pub struct Poller<'a, C: Cloud> {
    cloud: &'a C,
    started: Instant,
    /// The last glance: kinds that are looked at on the same tick share it, and with it what they have to ask.
    glance: RefCell<Option<Glance<'a, C>>>,
    seen: RefCell<HashMap<&'static str, Seen>>,
    locks: RefCell<HashMap<&'static str, Rc<Mutex<()>>>>,
}

impl<'a, C: Cloud> Poller<'a, C> {
    /// A poller that has seen nothing.
    pub fn new(cloud: &'a C) -> Self {
        Self {
            cloud,
            started: Instant::now(),
            glance: RefCell::default(),
            seen: RefCell::default(),
            locks: RefCell::default(),
        }
    }

    /// Everything of that kind as seen by a look that began no earlier than `wait` from now, on the next tick.
    pub async fn look(&self, kind: &'static str, wait: Duration) -> Result<Rc<Vec<Live>>, Fault> {
        let due = self.tick(Instant::now() + wait);
        sleep_until(due).await;
        let lock = Rc::clone(self.locks.borrow_mut().entry(kind).or_default());
        let _turn = lock.lock().await;
        if let Some(seen) = self.seen.borrow().get(kind).filter(|seen| seen.began >= due) {
            return Ok(Rc::clone(&seen.live));
        }
        let (began, glance) = self.glance(due);
        // In the middle of a run there is more to lose by giving up than before it.
        let live = ask_long(kind, 2, async || self.cloud.list(&glance, kind).await).await?;
        let live = Rc::new(live);
        self.seen.borrow_mut().insert(kind, Seen { began, live: Rc::clone(&live) });
        Ok(live)
    }

    /// A glance that began no earlier than `due`.
    fn glance(&self, due: Instant) -> Glance<'a, C> {
        let mut last = self.glance.borrow_mut();
        match &*last {
            Some((began, glance)) if *began >= due => (*began, Rc::clone(glance)),
            _ => {
                let fresh = (Instant::now(), Rc::new(self.cloud.glance()));
                *last = Some((fresh.0, Rc::clone(&fresh.1)));
                fresh
            }
        }
    }

    /// The next point of the grid at or after an instant.
    fn tick(&self, instant: Instant) -> Instant {
        let tick = pace::TICK.as_millis();
        let since = instant.duration_since(self.started).as_millis().div_ceil(tick) * tick;
        self.started + Duration::from_millis(u64::try_from(since).unwrap_or(u64::MAX))
    }
}

/// One list, repeated while AWS is only busy or the network only hiccups.
pub async fn list<C: Cloud>(cloud: &C, glance: &C::Glance<'_>, kind: &str) -> Result<Vec<Live>, Fault> {
    ask(kind, async || cloud.list(glance, kind).await).await
}

/// One question that changes nothing, repeated while AWS is only busy or the network only hiccups. Who asks
/// spreads the repetitions.
pub async fn ask<T>(who: &str, question: impl AsyncFnMut() -> Result<T, Fault>) -> Result<T, Fault> {
    ask_long(who, 1, question).await
}

/// The same, `times` as often before it is given up.
async fn ask_long<T>(
    who: &str,
    times: u32,
    mut question: impl AsyncFnMut() -> Result<T, Fault>,
) -> Result<T, Fault> {
    let mut attempt = 0;
    loop {
        let fault = match question().await {
            Ok(answer) => return Ok(answer),
            Err(fault) => fault,
        };
        let tries = match fault.class {
            Class::Throttled => 12,
            Class::Unclear | Class::Gone | Class::NotYet | Class::Busy => 8,
            Class::Unreachable => 2,
            Class::Exists | Class::InUse | Class::Denied | Class::Fatal => 0,
        };
        if attempt >= tries * times {
            return Err(fault);
        }
        sleep(pace::again(attempt, who)).await;
        attempt += 1;
    }
}
