//! Names that the user gives: of the stack, its environments, its tags and its domain.
//!
//! Names of resources derive from the first two, so their rules are the strictest that AWS has for any of them.

use std::fmt;
use std::str::FromStr;

use super::{Text, Wrong};
use crate::aws::kinds;
use crate::stack::node::excerpt;
use crate::stack::suggest;

/// Text types that are no more than a checked string.
macro_rules! checked_strings {
    ($($(#[$doc:meta])* $name:ident, $format:literal, $what:literal, $examples:expr, $check:path;)+) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(String);

        impl $name {
            /// The text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $name {
            type Err = Wrong;

            fn from_str(text: &str) -> Result<Self, Wrong> {
                $check(text).map(|()| Self(text.to_owned()))
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl Text for $name {
            const FORMAT: &'static str = $format;
            const WHAT: &'static str = $what;
            const EXAMPLES: &'static [&'static str] = &$examples;
        }
    )+};
}
pub(super) use checked_strings;

checked_strings! {
    /// The name of a stack: at most 31 lower-case letters, digits and single hyphens.
    StackName, "stack-name", "a stack's name", ["drucloud", "my-site"], stack_name;
    /// The name of an environment: at most 16 lower-case letters, digits and single hyphens.
    EnvironmentName, "environment-name", "an environment's name", ["dev", "prod-eu"], environment_name;
    /// The name of a thing inside a section: at most 32 lower-case letters, digits and single hyphens.
    Label, "label", "a name", ["morning", "black-friday"], label;
    /// The name of a resource under `resources`: labels joined by dots, at most 64 characters.
    ResourceName, "resource-name", "a resource's name", ["queue", "archive.logs"], resource_name;
    /// The name of a kind of resource.
    KindName, "kind", "a kind of resource", ["bucket", "log_group"], kind_name;
    /// A host name.
    Domain, "domain", "a domain", ["example.org", "www.example.org"], domain;
    /// The key of a tag, within the limits of AWS ("Tag naming limits and requirements").
    TagKey, "tag-key", "a tag's key", ["cost-center", "team:owner"], tag_key;
    /// The value of a tag, within the limits of AWS.
    TagValue, "tag-value", "a tag's value", ["web team", "1.10"], tag_value;
}

impl StackName {
    /// A name for what is thrown away because the file gives none.
    pub(in crate::stack) fn stand_in() -> Self {
        Self("stack".to_owned())
    }
}

fn stack_name(text: &str) -> Result<(), Wrong> {
    name(text, "a stack's name", 31)?;
    if text == "internal" || text.starts_with("internal-") {
        return Err(Wrong::new(
            format!("`{text}` begins with `internal`, which AWS keeps for load balancers of its own"),
            "begin the name with another word",
        ));
    }
    Ok(())
}

fn environment_name(text: &str) -> Result<(), Wrong> {
    name(text, "an environment's name", 16)
}

fn label(text: &str) -> Result<(), Wrong> {
    name(text, "a name", 32)
}

fn resource_name(text: &str) -> Result<(), Wrong> {
    if text.len() > 64 {
        let message = format!("a resource's name has at most 64 characters, `{}` has more", excerpt(text));
        return Err(Wrong::new(message, "its address and the names in AWS derive from it"));
    }
    text.split('.').try_for_each(|part| name(part, "a resource's name", 64))
}

fn kind_name(text: &str) -> Result<(), Wrong> {
    if kinds::get(text).is_some() {
        return Ok(());
    }
    let known = || kinds::ALL.iter().map(|kind| kind.schema().kind);
    let guess = suggest::nearest(text, known());
    let did_you_mean = guess.map(|guess| format!("; did you mean `{guess}`?")).unwrap_or_default();
    let help = guess.map_or_else(
        || format!("the kinds are {}; docs/kinds.md says what each is", suggest::all_of(known())),
        |guess| format!("write `{guess}`; docs/kinds.md lists the kinds"),
    );
    Err(Wrong::new(format!("there is no kind `{}`{did_you_mean}", excerpt(text)), help))
}

fn name(text: &str, what: &str, longest: usize) -> Result<(), Wrong> {
    let length = text.chars().count();
    if length > longest {
        let message = format!("{what} has at most {longest} characters, `{}` has {length}", excerpt(text));
        return Err(Wrong::new(message, "names of AWS resources derive from it and must fit their limits"));
    }
    let well_formed = text.starts_with(|c: char| c.is_ascii_lowercase())
        && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
        && !text.ends_with('-')
        && !text.contains("--");
    if well_formed {
        return Ok(());
    }
    let help = match slug(text, longest) {
        right if right.is_empty() => {
            "begin with a letter; lower-case letters, digits and single hyphens".to_owned()
        }
        right => format!("write `{right}`: lower-case letters, digits and single hyphens, a letter first"),
    };
    Err(Wrong::new(format!("`{}` cannot be {what}", excerpt(text)), help))
}

/// The nearest text that is a name.
fn slug(text: &str, longest: usize) -> String {
    let mut slug = String::new();
    for c in text.chars() {
        match c.to_ascii_lowercase() {
            c if c.is_ascii_lowercase() || (c.is_ascii_digit() && !slug.is_empty()) => slug.push(c),
            _ if slug.is_empty() || slug.ends_with('-') => {}
            _ => slug.push('-'),
        }
    }
    slug.truncate(longest);
    slug.trim_end_matches('-').to_owned()
}

fn domain(text: &str) -> Result<(), Wrong> {
    if let Some((_, rest)) = text.split_once("://") {
        let host = rest.split(['/', ':']).next().unwrap_or_default();
        return Err(Wrong::new(
            format!("`{}` is an address, not a domain", excerpt(text)),
            format!("write `{host}`"),
        ));
    }
    let labels: Vec<&str> = text.split('.').collect();
    let label = |label: &&str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    let numeric_end = labels.last().is_some_and(|last| last.bytes().all(|b| b.is_ascii_digit()));
    if labels.len() >= 2 && text.len() <= 253 && labels.iter().all(label) && !numeric_end {
        return Ok(());
    }
    let help = match text.to_ascii_lowercase() {
        lower if lower != text && domain(&lower).is_ok() => format!("write `{lower}`"),
        _ => "write a name such as `www.example.org`; an international name in its `xn--` form".to_owned(),
    };
    Err(Wrong { help, ..Wrong::not::<Domain>(text) })
}

const TAG_HELP: &str = "letters, digits, spaces and `_ . : / = + - @`";

fn tag_text(text: &str) -> bool {
    text.chars().all(|c| c.is_alphanumeric() || c == ' ' || "_.:/=+-@".contains(c))
}

fn tag_key(text: &str) -> Result<(), Wrong> {
    let shown = excerpt(text);
    if let Some(prefix) =
        ["aws:", "drucloud:"].iter().find(|prefix| text.to_ascii_lowercase().starts_with(**prefix))
    {
        let whose = if *prefix == "aws:" {
            "AWS's own tags"
        } else {
            "the tags that drucloud finds its resources by"
        };
        return Err(Wrong::new(
            format!("`{shown}` begins with `{prefix}`"),
            format!("that prefix is kept for {whose}"),
        ));
    }
    match text.chars().count() {
        0 => Err(Wrong::new("a tag's key cannot be empty", TAG_HELP)),
        length @ 129.. => {
            Err(Wrong::new(format!("a tag's key has at most 128 characters, this has {length}"), TAG_HELP))
        }
        _ if tag_text(text) => Ok(()),
        _ => Err(Wrong::new(format!("`{shown}` has a character that no tag's key may have"), TAG_HELP)),
    }
}

fn tag_value(text: &str) -> Result<(), Wrong> {
    match text.chars().count() {
        length @ 257.. => {
            Err(Wrong::new(format!("a tag's value has at most 256 characters, this has {length}"), TAG_HELP))
        }
        _ if tag_text(text) => Ok(()),
        _ => {
            let message = format!("`{}` has a character that no tag's value may have", excerpt(text));
            Err(Wrong::new(message, TAG_HELP))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_is_none_is_told_the_nearest_one() {
        for (text, help) in [
            ("My Site", "write `my-site`: lower-case letters, digits and single hyphens, a letter first"),
            ("a--b", "write `a-b`: lower-case letters, digits and single hyphens, a letter first"),
            ("site-", "write `site`: lower-case letters, digits and single hyphens, a letter first"),
            ("9lives", "write `lives`: lower-case letters, digits and single hyphens, a letter first"),
            ("---", "begin with a letter; lower-case letters, digits and single hyphens"),
            ("", "begin with a letter; lower-case letters, digits and single hyphens"),
            ("internal-site", "begin the name with another word"),
            (
                "a23456789012345678901234567890123",
                "names of AWS resources derive from it and must fit their limits",
            ),
        ] {
            assert_eq!(text.parse::<StackName>().unwrap_err().help, help, "{text}");
        }
        assert!("a".repeat(31).parse::<StackName>().is_ok());
        assert!("production-eu-west".parse::<EnvironmentName>().is_err());
    }

    #[test]
    fn domains_are_host_names() {
        for text in ["example.org", "a.b.c.example.co.uk", "xn--bcher-kva.example", "1.example"] {
            assert!(text.parse::<Domain>().is_ok(), "{text}");
        }
        for (text, help) in [
            ("https://example.org/path", "write `example.org`"),
            ("Example.org", "write `example.org`"),
            ("localhost", "write a name such as `www.example.org`; an international name in its `xn--` form"),
            ("10.0.0.1", "write a name such as `www.example.org`; an international name in its `xn--` form"),
            (
                "-a.example",
                "write a name such as `www.example.org`; an international name in its `xn--` form",
            ),
        ] {
            assert_eq!(text.parse::<Domain>().unwrap_err().help, help, "{text}");
        }
    }

    #[test]
    fn tags_keep_to_the_limits_of_aws() {
        for text in ["aws:x", "AWS:x", "drucloud:stack", "", "a,b", &"k".repeat(129)] {
            assert!(text.parse::<TagKey>().is_err(), "{text}");
        }
        assert!("awsome".parse::<TagKey>().is_ok());
        assert!("Straße 5".parse::<TagValue>().is_ok());
        assert!("v".repeat(257).parse::<TagValue>().is_err());
        assert!("a\nb".parse::<TagValue>().is_err());
    }
}
