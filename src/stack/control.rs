//! The section `control`: the one machine that cron runs on and that playbooks are run from.
//!
//! The web nodes come and go, so none of them is the one that does what shall be done once.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::machine;
use super::rules::Findings;
use super::text::{Image, InstanceType};

/// The control server.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Control {
    /// The type of machine.
    pub instance: InstanceType,
    /// The machine image: an `ami-...`, or the SSM parameter that holds one. Debian if it is not given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub image: Option<Image>,
}

impl Default for Control {
    fn default() -> Self {
        Self { instance: InstanceType::small_default(), image: None }
    }
}

impl Control {
    pub(super) fn examine(&self, findings: &mut Findings<'_>) {
        machine::examine(&self.instance, "control.instance", findings);
    }
}
