//! What people and other programs see: the plan, the live progress, the outputs, as text and as JSON.
//!
//! Functions of the model's data and of events, nothing else: they decide nothing, call nothing and can be
//! shown any plan or any run in a test.

pub mod board;
mod change;
pub mod deploy;
pub mod json;
mod lines;
pub mod ndjson;
mod notes;
pub mod outputs;
pub mod plan;
pub mod progress;
mod rows;
pub mod status;
pub mod style;
#[cfg(test)]
mod testing;
mod text;
mod value;
mod words;
