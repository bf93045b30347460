//! What people and other programs see: the plan, the live progress, the outputs, as text and as JSON.
//!
//! Functions of the model's data and of events, nothing else: they decide nothing, call nothing and can be
//! shown any plan or any run in a test.

pub mod annotations;
pub mod board;
mod change;
pub mod cost;
pub mod deploy;
pub mod diagram;
pub mod gitlab;
pub mod html;
pub mod json;
mod lines;
pub mod markdown;
pub mod ndjson;
mod notes;
pub mod outputs;
mod patch;
pub mod plan;
pub mod progress;
mod remarks;
mod rows;
#[cfg(test)]
mod samples;
pub mod sarif;
pub mod status;
mod steps;
pub mod style;
#[cfg(test)]
mod testing;
mod text;
mod told;
mod value;
mod words;
