//! The section `monitoring`: who is told what goes wrong, from where on, and how long logs are kept.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::network::RETENTIONS;
use super::text::EmailAddress;

/// Alarms, logs and a dashboard.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Monitoring {
    /// Who is told; AWS asks this address to confirm. Without it, alarms are published to a topic that anybody
    /// can be subscribed to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<EmailAddress>,
    /// From where on something is an alarm.
    pub alarms: Thresholds,
    /// The logs of the machines.
    pub logs: Logs,
    /// Whether there is a dashboard of the whole stack; three of an account are free of charge.
    pub dashboard: bool,
}

/// Where alarms begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Thresholds {
    /// Answers with a status of 500 and above, of the load balancer or of the web nodes, in five minutes.
    #[schemars(range(min = 1, max = 1_000_000))]
    pub errors: u32,
    /// Answers with a status of 500 and above, in percent of all that the CDN gives.
    #[schemars(range(min = 1, max = 100))]
    pub cdn_errors: u8,
    /// The processor load of the database, in percent, over a quarter of an hour.
    #[schemars(range(min = 1, max = 99))]
    pub database_cpu: u8,
    /// What is left of the database's storage, in percent.
    #[schemars(range(min = 1, max = 90))]
    pub database_storage: u8,
    /// The connections to the database; 80 percent of what its class allows if it is not given.
    #[schemars(range(min = 1, max = 100_000))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub database_connections: Option<u32>,
    /// What a node of the cache drops for lack of memory, in five minutes.
    #[schemars(range(min = 1, max = 1_000_000_000))]
    pub cache_evictions: u32,
    /// What is used of a machine's disk, in percent.
    #[schemars(range(min = 1, max = 99))]
    pub disk: u8,
}

/// The logs of the machines in CloudWatch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Logs {
    /// For how many days they are kept: one of the numbers that CloudWatch Logs knows.
    #[schemars(extend("enum" = RETENTIONS))]
    pub days: u16,
}

impl Default for Logs {
    fn default() -> Self {
        Self { days: 30 }
    }
}

impl Default for Thresholds {
    fn default() -> Self {
        Self {
            errors: 25,
            cdn_errors: 5,
            database_cpu: 80,
            database_storage: 10,
            database_connections: None,
            cache_evictions: 1000,
            disk: 85,
        }
    }
}

impl Default for Monitoring {
    fn default() -> Self {
        Self { email: None, alarms: Thresholds::default(), logs: Logs::default(), dashboard: true }
    }
}
