//! The section `site`: what the platform serves.
//!
//! The machines' configuration and the certificate derive from it.

use std::borrow::Cow;

use indexmap::IndexMap;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::rules::Findings;
use super::text::{Domain, GitRef, GitUrl, SecretName};

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
    /// The major version of Drupal.
    pub drupal: Drupal,
    /// Where the site's code is; without it, Drupal itself is installed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<Source>,
    /// Drupal's configuration that is the same wherever the site runs, by the names that Drupal has for it: keys of
    /// maps, accounts of social networks. It lies over the site's own.
    pub config: Config,
}

/// Configuration of Drupal by name, handed through as it is written.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Config(pub IndexMap<String, Value>);

impl JsonSchema for Config {
    fn schema_name() -> Cow<'static, str> {
        "Config".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": "object", "additionalProperties": {}})
    }
}

/// The site's code.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Source {
    /// The repository, by SSH or HTTPS; always given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub git: Option<GitUrl>,
    /// The branch, tag or commit that is deployed.
    pub r#ref: GitRef,
    /// The secret that holds the private key to a repository that is reached by SSH.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deploy_key: Option<SecretName>,
}

impl Default for Source {
    fn default() -> Self {
        Self { git: None, r#ref: GitRef::main(), deploy_key: None }
    }
}

/// A major version of Drupal.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "u8", into = "u8")]
pub enum Drupal {
    /// Drupal 7, past its end of life.
    Seven,
    /// Drupal 10.
    Ten,
    /// Drupal 11, the current one.
    #[default]
    Eleven,
}

impl Drupal {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Seven, Self::Ten, Self::Eleven];
}

impl From<Drupal> for u8 {
    fn from(version: Drupal) -> Self {
        match version {
            Drupal::Seven => 7,
            Drupal::Ten => 10,
            Drupal::Eleven => 11,
        }
    }
}

impl TryFrom<u8> for Drupal {
    type Error = String;

    fn try_from(number: u8) -> Result<Self, String> {
        let found = Self::ALL.into_iter().find(|version| u8::from(*version) == number);
        found.ok_or_else(|| format!("expected 7, 10 or 11, found {number}"))
    }
}

impl JsonSchema for Drupal {
    fn schema_name() -> Cow<'static, str> {
        "Drupal".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": "integer", "enum": Self::ALL.map(u8::from)})
    }
}

impl Site {
    /// That the repository can be reached with what is given.
    pub(super) fn examine(&self, findings: &mut Findings<'_>) {
        if self.drupal == Drupal::Seven {
            findings.warn(
                &["site.drupal"],
                "`site.drupal`: Drupal 7 gets no security updates of the project since January 2025",
                "plan the way to `drupal: 11`, or have the site supported by somebody else",
            );
        }
        let Some(source) = &self.source else { return };
        let Some(git) = &source.git else {
            findings.error(
                &["site.source.git"],
                "`site.source.git`: the repository is missing",
                "write `git: https://git.example.org/site.git`, or `git@host:path.git` with a `deploy_key`",
            );
            return;
        };
        if git.is_ssh() && source.deploy_key.is_none() {
            findings.error(
                &["site.source.deploy_key", "site.source.git"],
                "`site.source`: a repository that is reached by SSH asks for a key, and there is none",
                "add `deploy_key: secret:deploy-key`, or write the repository's `https://` URL",
            );
        }
        if !git.is_ssh() && source.deploy_key.is_some() {
            findings.error(
                &["site.source.deploy_key", "site.source.git"],
                "`site.source.deploy_key`: HTTPS takes no key",
                "leave it out, or write the repository as `git@host:path.git`",
            );
        }
    }
}
