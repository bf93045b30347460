//! The real binary against the sandbox: what a user sees, and what is in the account afterwards.
//!
//! Every test starts a server of its own, because faults strike all that ask one server.

mod account;
mod bad;
mod configure;
mod deploy;
mod drift;
mod drush;
mod events;
mod generated;
mod hands;
mod import;
mod init;
mod kill;
mod lease;
mod lost;
mod machines;
mod machines_status;
mod platform;
mod policy;
mod preflight;
mod previews;
mod program;
mod resources;
mod sandbox;
mod saved;
mod selecting;
mod signals;
mod ssh;
mod stack;
mod stacks;
mod status;
mod watched;
mod whole;
