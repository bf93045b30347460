//! Makes a plan so: the executor, the poller, the lease. Knows a cloud only through [`cloud::Cloud`].

pub mod cloud;
pub mod event;
pub mod fault;
