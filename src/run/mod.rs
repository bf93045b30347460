//! Makes a plan so: the executor, the poller, the lease. Knows a cloud only through [`cloud::Cloud`].
//!
//! One thread, no locks: futures borrow the plan, time is tokio's, so the simulator runs on virtual time.

pub mod cloud;
pub mod event;
pub mod execute;
pub mod fault;
pub mod lease;
pub mod make;
pub mod pace;
pub mod poll;
pub mod read;
pub mod record;
pub mod remove;
pub mod session;
pub mod sim;
pub mod step;
pub mod stop;
