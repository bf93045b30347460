//! AWS: the only module that names the SDK.
//!
//! [`Aws`] holds the clients of one account, region and environment and is a [`Cloud`](crate::run::cloud::Cloud);
//! what differs from kind to kind stands in [`kinds`], one file a kind.

pub mod bundle;
pub mod client;
mod clock;
pub mod cloud;
pub mod command;
pub mod error;
pub mod glance;
pub mod health;
mod index;
pub mod kind;
pub mod kinds;
pub mod lookup;
pub mod lost;
pub mod names;
pub mod notes;
mod patience;
pub mod permissions;
pub mod platform;
pub mod policy;
pub mod preflight;
pub mod price_list;
pub mod snapshots;
pub mod store;
pub mod tags;
mod transport;

pub use client::{Aws, Scope};
