//! The cache's parameters that may be set, by engine, and what Drupal wants of them.
//!
//! ElastiCache refuses a parameter or a value only when the group is changed, in the middle of an apply; here
//! before. Values are those of the ElastiCache user guide, "Memcached specific parameters" and "Valkey and Redis
//! OSS parameters"; of the latter only those that need no restart, which a replication group cannot do.

use std::borrow::Cow;
use std::collections::BTreeMap;

use indexmap::IndexMap;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};

use super::cache_engine::CacheEngine;
use super::node::excerpt;
use super::parameters::Kind;
use super::suggest;
use super::text::Wrong;

/// Parameters of the cache as the user wrote them, in the order of the file.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CacheParameters(pub IndexMap<String, String>);

impl JsonSchema for CacheParameters {
    fn schema_name() -> Cow<'static, str> {
        "CacheParameters".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let names = MEMCACHED.iter().chain(REPLICATED).map(|(name, _)| *name);
        json_schema!({
            "type": "object",
            "propertyNames": { "enum": names.collect::<Vec<_>>() },
            "additionalProperties": { "type": ["string", "integer", "number", "boolean"] },
        })
    }
}

type Known = (&'static str, Kind);

const GIB: i64 = 1 << 30;
const SWITCH: Kind = Kind::Choice(&["yes", "no"]);
const POLICIES: Kind = Kind::Choice(&[
    "allkeys-lru",
    "allkeys-lfu",
    "allkeys-random",
    "volatile-lru",
    "volatile-lfu",
    "volatile-random",
    "volatile-ttl",
    "noeviction",
]);

/// Of Memcached; they take effect when the nodes restart.
const MEMCACHED: &[Known] = &[
    ("binding_protocol", Kind::Choice(&["auto", "ascii", "binary"])),
    ("cas_disabled", Kind::Flag),
    ("chunk_size", Kind::Integer(1, 1_024)),
    ("chunk_size_growth_factor", Kind::Number(1.0, 1_024.0)),
    ("disable_flush_all", Kind::Flag),
    ("error_on_memory_exhausted", Kind::Flag),
    ("hash_algorithm", Kind::Choice(&["jenkins", "murmur3"])),
    ("idle_timeout", Kind::Integer(0, 86_400)),
    ("lru_crawler", Kind::Flag),
    ("lru_maintainer", Kind::Flag),
    ("max_item_size", Kind::Integer(1_024, GIB)),
    ("maxconns_fast", Kind::Flag),
    ("memcached_connections_overhead", Kind::Integer(0, 65_536)),
    ("slab_automove", Kind::Integer(0, 2)),
    ("slab_reassign", Kind::Flag),
];

/// Of Valkey and Redis.
const REPLICATED: &[Known] = &[
    ("activedefrag", SWITCH),
    ("close-on-replica-write", SWITCH),
    ("lazyfree-lazy-eviction", SWITCH),
    ("lazyfree-lazy-expire", SWITCH),
    ("lazyfree-lazy-server-del", SWITCH),
    ("lazyfree-lazy-user-del", SWITCH),
    ("lfu-decay-time", Kind::Integer(0, 2_147_483_647)),
    ("lfu-log-factor", Kind::Integer(1, 2_147_483_647)),
    ("maxmemory-policy", POLICIES),
    ("maxmemory-samples", Kind::Integer(1, i64::MAX)),
    ("notify-keyspace-events", Kind::Text),
    ("reserved-memory-percent", Kind::Integer(0, 100)),
    ("slowlog-log-slower-than", Kind::Integer(-1, i64::MAX)),
    ("slowlog-max-len", Kind::Integer(0, i64::MAX)),
    ("tcp-keepalive", Kind::Integer(0, 2_147_483_647)),
];

const fn of(engine: CacheEngine) -> &'static [Known] {
    if engine.replicates() { REPLICATED } else { MEMCACHED }
}

/// What Drupal wants: items of 4 MiB fit, and what is full gives way to what is new although Drupal's items
/// mostly have no time to live.
const fn of_drupal(engine: CacheEngine) -> (&'static str, &'static str) {
    if engine.replicates() { ("maxmemory-policy", "allkeys-lru") } else { ("max_item_size", "4194304") }
}

/// A value as ElastiCache writes it.
pub fn canonical(name: &str, value: &str, engine: CacheEngine) -> Result<(&'static str, String), Wrong> {
    let product = engine.product();
    if let Some((name, kind)) = of(engine).iter().find(|(known, _)| *known == name) {
        return Ok((name, kind.canonical(value)?));
    }
    if MEMCACHED.iter().chain(REPLICATED).any(|(known, _)| *known == name) {
        let others = if engine.replicates() { "Memcached" } else { "Valkey and Redis" };
        return Err(Wrong::new(
            format!("`{name}` does not exist in {product}"),
            format!("leave it out; it is a parameter of {others}"),
        ));
    }
    let guess = suggest::did_you_mean(name, of(engine).iter().map(|(known, _)| *known));
    Err(Wrong::new(
        format!("no parameter of {product} is named `{}`{guess}", excerpt(name)),
        "the reference lists the parameters that may be set",
    ))
}

/// The settings of an engine's parameter group: Drupal's, and over them the user's.
///
/// What is not valid is left out: the stack's rules have refused it before.
pub fn settings(engine: CacheEngine, user: &CacheParameters) -> BTreeMap<String, String> {
    let user = user.0.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    let settings = [of_drupal(engine)].into_iter().chain(user);
    let settings = settings.filter_map(|(name, value)| canonical(name, value, engine).ok());
    settings.map(|(name, value)| (name.to_owned(), value)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stack::cache_engine::CACHE_ENGINES;

    #[test]
    fn what_drupal_wants_exists_and_gives_way_to_the_user() {
        for engine in CACHE_ENGINES {
            let (name, value) = of_drupal(engine);
            assert_eq!(canonical(name, value, engine), Ok((name, value.to_owned())));
        }
        let user = CacheParameters(IndexMap::from([("max_item_size".to_owned(), "8388608".to_owned())]));
        let settings = settings(CacheEngine::Memcached16, &user);
        assert_eq!(settings, BTreeMap::from([("max_item_size".to_owned(), "8388608".to_owned())]));
    }

    #[test]
    fn values_are_written_as_elasticache_has_them() {
        let value = |name, value, engine| canonical(name, value, engine).map(|(_, value)| value);
        assert_eq!(value("lru_crawler", "true", CacheEngine::Memcached16), Ok("1".to_owned()));
        assert_eq!(value("activedefrag", "true", CacheEngine::Valkey81), Ok("yes".to_owned()));
        assert_eq!(
            value("activedefrag", "off", CacheEngine::Valkey81).unwrap_err().message,
            "must be one of `yes` or `no`, found `off`"
        );
        let formula = value("max_item_size", "{DBInstanceClassMemory/2}", CacheEngine::Memcached16);
        assert!(formula.unwrap_err().message.starts_with("expected a whole number"));
    }
}
