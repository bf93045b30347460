//! What an environment costs a month, before and after a plan.

use serde::Serialize;

use super::address::Address;

/// List price of one resource for a month of 730 hours, in US dollars. What depends on use is not in it.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Price {
    /// So much.
    Monthly(f64),
    /// The price book does not know it; never to be counted as nothing.
    Unknown,
}

/// What is paid by use, beside the monthly price.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Usage {
    /// What is counted, such as `data processed`.
    pub what: String,
    /// By which unit, such as `GB`.
    pub unit: String,
    /// US dollars for one unit; `None`: the price book does not know it.
    pub price: Option<f64>,
}

/// The price of one resource.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Item {
    /// The resource.
    pub address: Address,
    /// Its kind.
    pub kind: &'static str,
    /// Before the plan; `None`: it is not there.
    pub before: Option<Price>,
    /// After the plan; `None`: it is not there any more.
    pub after: Option<Price>,
    /// What is paid by use after the plan.
    pub usage: Vec<Usage>,
}

/// The prices of all resources that cost something, or whose price is not known.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Bill {
    /// The day of the price book, such as `2026-11-01`.
    pub as_of: String,
    /// The region of the prices.
    pub region: String,
    /// One entry a resource.
    pub items: Vec<Item>,
    /// The most that a month may cost, in US dollars, if the stack says so.
    pub budget: Option<f64>,
}
