//! The section `cache`: the nodes of one ElastiCache engine and their parameters.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::cache_engine::CacheEngine;
use super::cache_parameters::{self, CacheParameters};
use super::rules::Findings;
use super::text::CacheNodeType;

/// The cache that all web nodes share.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Cache {
    /// The engine, with its version or in the current one. Valkey and Redis replicate; Memcached does not.
    pub engine: CacheEngine,
    /// The type of each node.
    pub node: CacheNodeType,
    /// How many nodes there are, across the zones. Of Valkey and Redis one is the primary, the others stand by.
    #[schemars(range(min = 1, max = 40))]
    pub nodes: u32,
    /// Parameters of the engine over those that Drupal wants.
    pub parameters: CacheParameters,
}

impl Default for Cache {
    fn default() -> Self {
        Self {
            engine: CacheEngine::Memcached16,
            node: CacheNodeType::cache_default(),
            nodes: 2,
            parameters: CacheParameters::default(),
        }
    }
}

impl Cache {
    /// The settings of its parameter group: what Drupal wants, and over it what the stack says.
    pub fn settings(&self) -> BTreeMap<String, String> {
        cache_parameters::settings(self.engine, &self.parameters)
    }

    pub(super) fn examine(&self, has_web: bool, findings: &mut Findings<'_>) {
        if !has_web {
            findings.error(
                &["cache", "web"],
                "`cache`: without web nodes nobody uses it",
                "write `cache: none` as well, or keep the web nodes",
            );
        }
        let (engine, most) = (self.engine, self.engine.most_nodes());
        if self.nodes > most {
            findings.error(
                &["cache.nodes", "cache.engine"],
                format!("`cache.nodes`: {engine} has {most} nodes at most, found {}", self.nodes),
                "a primary has up to five replicas; take a larger node type instead",
            );
        }
        for (name, value) in &self.parameters.0 {
            let Err(wrong) = cache_parameters::canonical(name, value, engine) else { continue };
            let path = format!("cache.parameters.{name}");
            let mut paths = vec![path.as_str()];
            if wrong.message.contains(engine.product()) {
                paths.push("cache.engine");
            }
            findings.error(&paths, format!("`cache.parameters.{name}`: {wrong}"), wrong.help);
        }
    }
}
