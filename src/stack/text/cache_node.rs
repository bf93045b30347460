//! Node types of ElastiCache, which follow the instance types of EC2.

use std::fmt;
use std::str::FromStr;

use super::instance::{check, mismatch};
use super::{Text, Wrong};

/// A node type of ElastiCache, such as `cache.m7g.large`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct CacheNodeType(String);

impl CacheNodeType {
    /// `cache.m7g.large`: two virtual processors, 6.38 GiB for the cache.
    pub fn cache_default() -> Self {
        Self("cache.m7g.large".to_owned())
    }
}

impl FromStr for CacheNodeType {
    type Err = Wrong;

    fn from_str(text: &str) -> Result<Self, Wrong> {
        if let Some(plain) = text.strip_prefix("cache.") {
            return match check(plain) {
                Ok(()) => Ok(Self(text.to_owned())),
                Err(guess) => Err(mismatch::<Self>(text, "cache.", guess)),
            };
        }
        let plain = text.strip_prefix("db.").unwrap_or(text);
        Err(match check(plain) {
            Ok(()) => Wrong::new(
                format!("`{text}` is no node type of ElastiCache"),
                format!("write `cache.{plain}`: the node types of ElastiCache have the prefix `cache.`"),
            ),
            Err(guess) => mismatch::<Self>(text, "cache.", guess),
        })
    }
}

impl fmt::Display for CacheNodeType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Text for CacheNodeType {
    const FORMAT: &'static str = "cache-node-type";
    const WHAT: &'static str = "a node type of ElastiCache";
    const EXAMPLES: &'static [&'static str] = &["cache.m7g.large", "cache.t4g.small"];
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn misspelt_types_are_told_the_right_one() {
        let wrong = |text: &str| text.parse::<CacheNodeType>().unwrap_err();
        assert_eq!(
            wrong("cache.m7g.larg").message,
            "expected a node type of ElastiCache, found `cache.m7g.larg`; did you mean `cache.m7g.large`?"
        );
        for text in ["m7g.large", "db.m7g.large"] {
            assert_eq!(
                wrong(text).help,
                "write `cache.m7g.large`: the node types of ElastiCache have the prefix `cache.`"
            );
        }
        assert!("cache.m1.medium".parse::<CacheNodeType>().is_ok());
    }
}
