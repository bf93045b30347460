//! One look at the account: what several kinds need to know of the same moment is asked once.

use std::any::{Any, TypeId};
use std::cell::RefCell;
use std::collections::HashMap;
use std::future::Future;
use std::rc::Rc;

use tokio::sync::OnceCell;

use crate::model::live::Status;
use crate::run::fault::Fault;

use super::Aws;

/// A look; lives for one round of lists.
pub struct Glance<'a> {
    /// The clients.
    pub aws: &'a Aws,
    /// Whether it is a look at everything, for which an index may stand in ([`super::index`]).
    pub is_wide: bool,
    seen: RefCell<HashMap<TypeId, Rc<dyn Any>>>,
}

impl<'a> Glance<'a> {
    /// A fresh look.
    pub fn new(aws: &'a Aws) -> Self {
        Self { aws, is_wide: false, seen: RefCell::default() }
    }

    /// A fresh look at everything.
    pub fn wide(aws: &'a Aws) -> Self {
        Self { is_wide: true, ..Self::new(aws) }
    }

    /// Whether more than its state is of interest of something in that state. Who waits for it looks at nothing else.
    pub fn is_of_interest(&self, status: &Status) -> bool {
        self.is_wide || status.takes_changes()
    }

    /// The answer of that type: asked by the first who needs it, shared by all. A failure is not kept.
    pub async fn once<T, F>(&self, ask: impl FnOnce() -> F) -> Result<Rc<T>, Fault>
    where
        T: 'static,
        F: Future<Output = Result<T, Fault>>,
    {
        let cell = {
            let mut seen = self.seen.borrow_mut();
            let any = seen.entry(TypeId::of::<T>()).or_insert_with(|| Rc::new(OnceCell::<Rc<T>>::new()));
            Rc::clone(any).downcast::<OnceCell<Rc<T>>>()
        };
        match cell {
            Ok(cell) => cell.get_or_try_init(|| async { ask().await.map(Rc::new) }).await.cloned(),
            Err(_) => Err(Fault::fatal("glance", "two answers share a type")),
        }
    }
}
