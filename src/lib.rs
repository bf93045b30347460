//! drucloud: creates a production Drupal platform in your own AWS account from one YAML stack.
//!
//! The data flows one way: YAML -> [`stack`] -> a graph of resources; AWS -> one bulk list per kind -> live
//! state; both -> the planner in [`model`] -> a plan (data) -> the executor in [`run`] -> events -> [`ui`].
//! [`aws`] is the only module that names the AWS SDK; [`cli`] has one file a command.

pub mod aws;
pub mod cli;
pub mod deploy;
pub mod model;
pub mod price;
pub mod run;
pub mod stack;
pub mod ui;
