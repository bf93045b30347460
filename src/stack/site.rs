//! The section `site`: what the platform serves.
//!
//! The machines' configuration and the certificate derive from it.

use std::borrow::Cow;

use indexmap::IndexMap;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::rules::Findings;
use super::text::{Domain, GitRef, GitUrl, HostKey, SecretName};

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
    /// The public keys by which the repository's host is known; those of Bitbucket, GitHub and GitLab are known.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub host_keys: Vec<HostKey>,
}

/// Public keys of hosts of repositories, as each of them publishes them.
const KNOWN_HOSTS: [(&str, &str); 3] = [
    ("bitbucket.org", "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIIazEu89wgQZ4bqs3d63QSMzYVa0MuJ2e2gKTKqu+UUO"),
    ("github.com", "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl"),
    ("gitlab.com", "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAfuCHKVTjquxvt6CM6tdG4SLp1Btn/nOeHHE5UOzRdf"),
];

impl Source {
    /// The lines of `known_hosts` for the repository's host: the keys that the stack gives, else those known here.
    pub fn known_hosts(&self) -> Vec<String> {
        let Some(git) = self.git.as_ref().filter(|git| git.is_ssh()) else { return Vec::new() };
        let known = KNOWN_HOSTS.iter().filter(|(host, _)| *host == git.host()).map(|(_, key)| *key);
        let given: Vec<&str> = self.host_keys.iter().map(HostKey::as_str).collect();
        let keys = if given.is_empty() { known.collect() } else { given };
        keys.iter().map(|key| format!("{} {key}", git.known_as())).collect()
    }
}

impl Default for Source {
    fn default() -> Self {
        Self { git: None, r#ref: GitRef::main(), deploy_key: None, host_keys: Vec::new() }
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
        if git.is_ssh() && source.known_hosts().is_empty() {
            findings.error(
                &["site.source.host_keys", "site.source.git"],
                format!("`site.source.host_keys`: nothing says by which key `{}` is known", git.host()),
                format!(
                    "add `host_keys: [...]` with the key that its administrators publish, or that \
                     `ssh-keyscan -t ed25519 {}` prints from a network that you trust",
                    git.host()
                ),
            );
        }
        if !git.is_ssh() && !source.host_keys.is_empty() {
            findings.error(
                &["site.source.host_keys", "site.source.git"],
                "`site.source.host_keys`: HTTPS knows its hosts by certificates",
                "leave it out, or write the repository as `git@host:path.git`",
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
