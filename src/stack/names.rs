//! Names of AWS resources that derive from the stack's, the environment's and the resource's own.
//!
//! Where AWS keys by name, the name is how a resource is found again. So it must be the same on every run, fit
//! the limit of its kind, and never be that of another stack, environment or resource.

use sha2::{Digest, Sha256};

/// The limit for RDS instances, subnet groups and parameter groups.
pub const RDS: usize = 63;
/// The limit for load balancers and target groups.
pub const LOAD_BALANCER: usize = 32;
/// The limit for autoscaling groups.
pub const AUTO_SCALING_GROUP: usize = 255;
/// The limit for IAM roles.
pub const IAM_ROLE: usize = 64;

/// How many characters of the hash a name carries: 40 bits.
const HASH: usize = 8;
/// Crockford's base 32: no letter that is mistaken for a digit.
const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

/// `<stack>-<env>-<suffix>` in at most `max` characters (16 at least): lower-case letters, digits and single
/// hyphens, a letter first, no hyphen last, never beginning with `internal-`.
///
/// The readable form stands alone when it fits and can be taken apart in one way only, that is when neither
/// the environment nor the suffix has a hyphen of its own. Else it is cut and a hash of the three parts ends it.
pub fn fit(stack: &str, env: &str, suffix: &str, max: usize) -> String {
    let readable = [stack, env, suffix].join("-");
    let unambiguous = !env.contains('-') && !suffix.contains('-') && !could_be_hash(suffix);
    let empty_part = stack.is_empty() || env.is_empty() || suffix.is_empty();
    let clean = tidy(&readable);
    if clean == readable && unambiguous && !empty_part && readable.len() <= max {
        return readable;
    }
    let room = max.saturating_sub(HASH + 1).max(1);
    let head: String = clean.chars().take(room).collect();
    let head = match head.trim_end_matches('-') {
        "internal" => "interna", // cut from a longer word, it would read as the reserved prefix
        head => head,
    };
    format!("{head}-{}", hash(&[stack, env, suffix]))
}

/// Whether a suffix has the form of a hash, so that a readable name could be taken for a cut one.
fn could_be_hash(suffix: &str) -> bool {
    suffix.len() == HASH && suffix.bytes().all(|b| ALPHABET.contains(&b))
}

/// Only what AWS takes in every kind of name.
fn tidy(text: &str) -> String {
    let mut name = String::with_capacity(text.len());
    for c in text.chars().map(|c| c.to_ascii_lowercase()) {
        let c = if c.is_ascii_lowercase() || c.is_ascii_digit() { c } else { '-' };
        if c != '-' || !name.ends_with('-') {
            name.push(c);
        }
    }
    let name = name.trim_matches('-');
    let reserved = name == "internal" || name.starts_with("internal-");
    if reserved || !name.starts_with(|c: char| c.is_ascii_lowercase()) {
        return format!("x-{name}").trim_end_matches('-').to_owned();
    }
    name.to_owned()
}

/// A short hash of parts that cannot be shifted into each other.
fn hash(parts: &[&str]) -> String {
    let mut digest = Sha256::new();
    for part in parts {
        digest.update((part.len() as u64).to_be_bytes());
        digest.update(part.as_bytes());
    }
    // Eight bytes for eight characters: each gives five bits.
    digest.finalize().iter().take(HASH).map(|byte| char::from(ALPHABET[usize::from(byte & 31)])).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_short_name_is_read_as_it_is() {
        assert_eq!(fit("drucloud", "prod", "web", LOAD_BALANCER), "drucloud-prod-web");
        assert_eq!(fit("my-site", "dev", "db", RDS), "my-site-dev-db");
    }

    #[test]
    fn a_long_or_ambiguous_name_ends_with_a_hash() {
        let long = fit("a-very-long-name-of-a-web-site", "production", "web", LOAD_BALANCER);
        assert_eq!((long.len(), &long[..23]), (32, "a-very-long-name-of-a-w"));
        assert_ne!(fit("a-b", "c", "d", RDS), fit("a", "b-c", "d", RDS));
        assert_ne!(fit("a", "b-c", "d", RDS), fit("a", "b", "c-d", RDS));
        assert!(fit("internal", "x", "web", LOAD_BALANCER).starts_with("x-internal-x-web-"));
        assert!(fit("internals", "x", "website", 17).starts_with("interna-"));
    }

    fn part() -> impl Strategy<Value = String> {
        prop_oneof![
            "[a-z][a-z0-9]{0,3}",
            "[a-z][a-z0-9]{0,8}(-[a-z0-9]{1,8}){0,3}",
            "internal(-[a-z]{1,3})?",
            ".{0,12}"
        ]
    }

    proptest! {
        #[test]
        fn every_name_is_valid(stack in part(), env in part(), suffix in part(), max in 16_usize..70) {
            let name = fit(&stack, &env, &suffix, max);
            prop_assert!(name.len() <= max, "{name} is longer than {max}");
            prop_assert!(name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-'), "{name}");
            prop_assert!(name.starts_with(|c: char| c.is_ascii_lowercase()), "{name}");
            prop_assert!(!name.ends_with('-') && !name.contains("--"), "{name}");
            prop_assert!(!name.starts_with("internal-"), "{name}");
        }

        #[test]
        fn different_parts_have_different_names(parts in prop::collection::vec((part(), part(), part()), 2..40), max in 16_usize..70) {
            let mut seen = HashMap::new();
            for (stack, env, suffix) in parts {
                let name = fit(&stack, &env, &suffix, max);
                let parts = (stack, env, suffix);
                if let Some(other) = seen.insert(name.clone(), parts.clone()) {
                    prop_assert_eq!(other, parts, "both are {}", name);
                }
            }
        }

        /// All ways to put the same three words together, which is where a plain joining collides.
        #[test]
        fn the_same_words_split_differently_differ(words in prop::collection::vec("[a-z]{1,3}", 3..7), max in 16_usize..70) {
            let mut seen = HashMap::new();
            for first in 1..words.len() - 1 {
                for second in first + 1..words.len() {
                    let parts = (words[..first].join("-"), words[first..second].join("-"), words[second..].join("-"));
                    let name = fit(&parts.0, &parts.1, &parts.2, max);
                    prop_assert_eq!(seen.insert(name, parts), None);
                }
            }
        }
    }
}
