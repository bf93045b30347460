//! The section `search`: the machine that Solr runs on, with its index on a volume of its own.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::machine;
use super::rules::Findings;
use super::text::{Image, InstanceType, MirrorUrl, Sha512, Size, SolrVersion};

/// The search server.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Search {
    /// The search engine.
    pub engine: SearchEngine,
    /// The type of machine.
    pub instance: InstanceType,
    /// The size of the volume that holds the index. It can grow, never shrink.
    #[schemars(extend("formatMinimum" = "8 GiB", "formatMaximum" = "16 TiB"))]
    pub volume: Size,
    /// The machine image: an `ami-...`, or the SSM parameter that holds one. Debian if it is not given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub image: Option<Image>,
    /// The version of Solr, with `sha512`; the one that was tried with drucloud if it is not given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<SolrVersion>,
    /// Where Solr is fetched from: `MIRROR/VERSION/solr-VERSION.tgz`. Apache's archive if it is not given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mirror: Option<MirrorUrl>,
    /// The SHA-512 of that file; of another file nothing is installed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sha512: Option<Sha512>,
}

/// A search engine that Drupal's module Search API speaks with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum SearchEngine {
    /// Solr 9, the newest that `search_api_solr` supports.
    #[serde(rename = "solr-9")]
    Solr9,
}

impl Default for Search {
    fn default() -> Self {
        Self {
            engine: SearchEngine::Solr9,
            instance: InstanceType::search_default(),
            volume: Size::from_gib(50),
            image: None,
            version: None,
            mirror: None,
            sha512: None,
        }
    }
}

impl Search {
    pub(super) fn examine(&self, has_web: bool, findings: &mut Findings<'_>) {
        if !has_web {
            findings.error(
                &["search", "web"],
                "`search`: without web nodes nobody searches",
                "write `search: none` as well, or keep the web nodes",
            );
        }
        if let Some(version) = self.version.as_ref().filter(|_| self.sha512.is_none()) {
            findings.error(
                &["search.version"],
                format!("`search.version`: the SHA-512 of Solr {version} is not known"),
                "write `sha512` as well: Apache publishes it beside the archive",
            );
        }
        machine::examine(&self.instance, "search.instance", findings);
    }
}
