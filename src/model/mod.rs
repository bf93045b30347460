//! The model: resources, live state, differences and plans as plain data.
//!
//! Pure, so that every decision can be tested as a table: no I/O, no async, no clock, no SDK.

pub mod address;
pub mod applied;
pub mod bill;
pub mod check;
pub mod diff;
pub mod graph;
pub mod health;
pub mod lint;
pub mod live;
pub mod lost;
pub mod machine;
pub mod path;
pub mod place;
pub mod plan;
pub mod planner;
pub mod preview;
pub mod release;
pub mod saved;
pub mod schema;
pub mod select;
pub mod spec;
pub mod standing;
#[cfg(test)]
pub(crate) mod testing;
pub mod verdict;
