//! Names derived from stack, environment and address that fit what AWS allows and stay unique.

use sha2::{Digest, Sha256};

use crate::model::address::Address;

use super::client::Scope;

/// Lower-case letters and digits that stand for a text; `length` at most 32.
pub fn digest(text: &str, length: usize) -> String {
    const ALPHABET: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";
    Sha256::digest(text.as_bytes())
        .iter()
        .take(length)
        .map(|b| char::from(ALPHABET[usize::from(b % 32)]))
        .collect()
}

/// The parts joined by hyphens: only `[a-z0-9-]`, no double or outer hyphen, at most `max` characters.
///
/// What has to be cut keeps a readable head and ends in a digest of the whole, so that two names that differ
/// only beyond the cut stay different. A `tail` (a fingerprint) is never cut.
pub fn fit(parts: &[&str], tail: Option<&str>, max: usize) -> String {
    let whole = clean(&parts.join("-"));
    let room = max.saturating_sub(tail.map_or(0, |tail| tail.len() + 1));
    let head = if whole.len() <= room {
        whole
    } else {
        let digest = digest(&whole, 6);
        let cut = &whole[..room.saturating_sub(digest.len() + 1)];
        format!("{}-{digest}", cut.trim_end_matches('-'))
    };
    tail.map_or_else(|| head.clone(), |tail| format!("{head}-{tail}"))
}

/// The longest name of a bucket.
pub const BUCKET: usize = 63;
/// The characters that make a bucket's name unique in all of AWS.
pub const BUCKET_UNIQUE: usize = 10;

/// The name of the bucket at an address. Names of buckets are shared by all of AWS, so account and region are in
/// the unique part; the environment finds it again by tags.
pub fn bucket(scope: &Scope, region: &str, account: &str, address: &Address) -> String {
    let Scope { stack, env } = scope;
    let place = format!("{account}/{region}/{stack}/{env}/{address}");
    fit(&[stack, env, &address.short()], Some(&digest(&place, BUCKET_UNIQUE)), BUCKET)
}

fn clean(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        let c = if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' };
        if c != '-' || !out.ends_with('-') {
            out.push(c);
        }
    }
    out.trim_matches('-').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn short_names_are_left_alone() {
        assert_eq!(fit(&["drucloud", "prod", "web.asg"], None, 32), "drucloud-prod-web-asg");
        assert_eq!(fit(&["drucloud", "prod", "web"], Some("a1b2c3"), 32), "drucloud-prod-web-a1b2c3");
    }

    proptest! {
        #[test]
        fn names_are_valid_and_fit(stack in "[a-z][a-z0-9-]{0,30}", env in "[a-z][a-z0-9-]{0,15}", address in "[a-z]{1,9}(\\.[a-z0-9-]{1,20}){1,3}", max in 32_usize..64) {
            let name = fit(&[&stack, &env, &address], Some("abcdef"), max);
            prop_assert!(name.len() <= max);
            prop_assert!(name.starts_with(|c: char| c.is_ascii_lowercase()));
            prop_assert!(!name.contains("--") && !name.ends_with('-'));
            prop_assert!(name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-'));
        }

        #[test]
        fn what_differs_beyond_the_cut_stays_different(stack in "[a-z]{31}", a in "[a-z]{20}", b in "[a-z]{20}") {
            prop_assume!(a != b);
            prop_assert_ne!(fit(&[&stack, &a], None, 32), fit(&[&stack, &b], None, 32));
        }
    }
}
