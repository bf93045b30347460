//! The cache engines that ElastiCache runs and Drupal speaks.
//!
//! Memcached is a cluster of nodes that share nothing; Valkey and Redis are a primary with replicas.

use std::fmt;
use std::str::FromStr;

use super::node::excerpt;
use super::suggest;
use super::text::{Text, Wrong};

/// A cache engine with its version. Without one, the product's name stands for the current version.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CacheEngine {
    /// Memcached 1.6
    Memcached16,
    /// Valkey 8.0
    Valkey80,
    /// Valkey 8.1
    Valkey81,
    /// Redis OSS 7.1
    Redis71,
}

use CacheEngine::{Memcached16, Redis71, Valkey80, Valkey81};

/// All engines, the current version first of its product.
pub const CACHE_ENGINES: [CacheEngine; 4] = [Memcached16, Valkey81, Valkey80, Redis71];

impl CacheEngine {
    /// ElastiCache's name of the product: `memcached`, `valkey` or `redis`.
    pub const fn product(self) -> &'static str {
        match self {
            Memcached16 => "memcached",
            Valkey80 | Valkey81 => "valkey",
            Redis71 => "redis",
        }
    }

    /// The version as ElastiCache takes it: of Memcached it wants all numbers.
    pub const fn version(self) -> &'static str {
        match self {
            Memcached16 => "1.6.22",
            Valkey80 => "8.0",
            Valkey81 => "8.1",
            Redis71 => "7.1",
        }
    }

    /// The family of its parameter groups ("Engine versions", ElastiCache user guide).
    pub const fn family(self) -> &'static str {
        match self {
            Memcached16 => "memcached1.6",
            Valkey80 | Valkey81 => "valkey8",
            Redis71 => "redis7",
        }
    }

    /// Whether its nodes are a primary and replicas.
    pub const fn replicates(self) -> bool {
        !matches!(self, Memcached16)
    }

    /// The port that it listens on.
    pub const fn port(self) -> u16 {
        if self.replicates() { 6379 } else { 11211 }
    }

    /// How many nodes it can have: ElastiCache's quota of a Memcached cluster, and a primary with five replicas.
    pub const fn most_nodes(self) -> u32 {
        if self.replicates() { 6 } else { 40 }
    }

    const fn name(self) -> &'static str {
        match self {
            Memcached16 => "memcached-1.6",
            Valkey80 => "valkey-8.0",
            Valkey81 => "valkey-8.1",
            Redis71 => "redis-7.1",
        }
    }
}

impl FromStr for CacheEngine {
    type Err = Wrong;

    fn from_str(text: &str) -> Result<Self, Wrong> {
        let is = |engine: &Self| text == engine.name() || text == engine.product();
        if let Some(engine) = CACHE_ENGINES.into_iter().find(is) {
            return Ok(engine);
        }
        let names = CACHE_ENGINES.map(Self::name);
        let guess = suggest::did_you_mean(text, names);
        let message = format!("no cache engine is named `{}`{guess}", excerpt(text));
        Err(Wrong::new(message, format!("write {}", suggest::either(names))))
    }
}

impl fmt::Display for CacheEngine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl Text for CacheEngine {
    const FORMAT: &'static str = "cache-engine";
    const WHAT: &'static str = "a cache engine";
    const EXAMPLES: &'static [&'static str] =
        &["memcached", "valkey", "redis", "memcached-1.6", "valkey-8.0"];
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_product_stands_for_its_current_version() {
        for engine in CACHE_ENGINES {
            assert_eq!(engine.name().parse(), Ok(engine));
        }
        assert_eq!("memcached".parse(), Ok(Memcached16));
        assert_eq!("valkey".parse(), Ok(Valkey81));
        assert_eq!("redis".parse(), Ok(Redis71));
        for (text, message) in [
            ("memcache", "no cache engine is named `memcache`; did you mean `memcached-1.6`?"),
            ("valkey8.0", "no cache engine is named `valkey8.0`; did you mean `valkey-8.0`?"),
            ("varnish", "no cache engine is named `varnish`"),
        ] {
            assert_eq!(text.parse::<CacheEngine>().unwrap_err().message, message);
        }
    }
}
