//! Deployments: a new release of the site onto a running platform, one node at a time.
//!
//! The sequence stands in [`engine`], which knows the platform only as [`Platform`]; AWS implements it
//! (`aws/platform.rs`), and so does the simulation in the tests. docs/deploy.md is the same for people.

pub mod engine;
pub mod platform;

pub use engine::{Deployment, Goal, Report};
pub use platform::{DeployError, Hitch, Platform, Snapshot};
