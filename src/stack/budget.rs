//! The section `budget`: what a month may cost.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What the environment may cost.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Budget {
    /// The most that a month may cost, in US dollars by list price and without what depends on use. A plan that
    /// goes beyond it, and makes a month dearer than it is, is refused.
    #[schemars(range(min = 1, max = 10_000_000))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub monthly: Option<f64>,
}
