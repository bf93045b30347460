//! What is fetched from elsewhere: which version, from where, and how it is known to be the right thing.

use std::fmt;
use std::str::FromStr;

use super::labels::checked_strings;
use super::{Text, Wrong};

/// The SHA-512 of an empty file, as an example of its form (FIPS 180-4).
const EMPTY: &str = "cf83e1357eefb8bdf1542850d66d8007d620e4050b5715dc83f4a921d36ce9ce\
    47d0d13c5d85f2b0ff8318d2877eec2f63b931bd47417a81a538327af927da3e";

checked_strings! {
    /// A released version of Solr 9.
    SolrVersion, "solr-version", "a version of Solr 9", ["9.10.0", "9.9.0"], solr_version;
    /// The address under which a mirror has its files.
    MirrorUrl, "mirror-url", "the address of a mirror", ["https://archive.apache.org/dist/solr/solr"], mirror_url;
    /// The SHA-512 of a file.
    Sha512, "sha512", "a SHA-512: 128 hexadecimal digits", [EMPTY], sha512;
}

fn solr_version(text: &str) -> Result<(), Wrong> {
    let parts: Vec<&str> = text.split('.').collect();
    let number = |part: &&str| {
        (1..=3).contains(&part.len())
            && part.bytes().all(|b| b.is_ascii_digit())
            && (*part == "0" || !part.starts_with('0'))
    };
    if parts.len() == 3 && parts[0] == "9" && parts.iter().all(number) {
        return Ok(());
    }
    Err(Wrong::not::<SolrVersion>(text))
}

fn mirror_url(text: &str) -> Result<(), Wrong> {
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"-._~/:%".contains(&b);
    match rest {
        Some(rest) if rest.ends_with('/') => {
            Err(Wrong::new("it ends with a slash", format!("write `{}`", text.trim_end_matches('/'))))
        }
        Some(rest) if !rest.is_empty() && !rest.starts_with(['/', ':']) && rest.bytes().all(plain) => Ok(()),
        _ => Err(Wrong::not::<MirrorUrl>(text)),
    }
}

fn sha512(text: &str) -> Result<(), Wrong> {
    let known = text.len() == 128 && text.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
    if known {
        return Ok(());
    }
    Err(Wrong::new(
        format!("expected {}, found `{}`", Sha512::WHAT, crate::stack::node::excerpt(text)),
        "write what `sha512sum` prints for the archive, in lower case",
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_those_of_solr_9() {
        assert!("9.10.0".parse::<SolrVersion>().is_ok());
        for text in ["9", "9.10", "8.11.3", "10.0.0", "9.01.0", "9.10.0-rc1", "9.10.0/../x", ""] {
            assert!(text.parse::<SolrVersion>().is_err(), "{text}");
        }
    }

    #[test]
    fn mirrors_are_addresses_without_a_slash_at_the_end() {
        for text in [
            "https://archive.apache.org/dist/solr/solr",
            "http://10.0.0.1:8000",
            "https://mirror.example.org",
        ] {
            assert!(text.parse::<MirrorUrl>().is_ok(), "{text}");
        }
        for text in
            ["ftp://example.org", "example.org", "https://", "https:///x", "https://a b", "https://a/?x=1"]
        {
            assert!(text.parse::<MirrorUrl>().is_err(), "{text}");
        }
        let wrong = "https://example.org/solr/".parse::<MirrorUrl>().unwrap_err();
        assert_eq!(wrong.help, "write `https://example.org/solr`");
    }

    #[test]
    fn digests_have_their_length() {
        assert!("0a".repeat(64).parse::<Sha512>().is_ok());
        for text in ["0a".repeat(63), "0A".repeat(64), "xy".repeat(64)] {
            assert!(text.parse::<Sha512>().is_err(), "{text}");
        }
    }
}
