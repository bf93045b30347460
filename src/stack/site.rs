//! The section `site`: what the platform serves.
//!
//! The machines' configuration and the certificate derive from it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::text::Domain;

/// The site that the platform serves.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Site {
    /// The site's name as Drupal shows it; the stack's name if it is not given.
    #[schemars(length(min = 1, max = 128))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The domain under which visitors reach the site. With its hosted zone in the account, the record and the
    /// certificate are made.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub domain: Option<Domain>,
}
