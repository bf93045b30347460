//! Origins of the web: who a page is, as a browser says it.

use std::fmt;
use std::str::FromStr;

use super::labels::checked_strings;
use super::{Domain, Text, Wrong};
use crate::stack::node::excerpt;

checked_strings! {
    /// An origin (RFC 6454) as a rule of S3 takes it: a scheme and a host, `*` for a part of the host or for all.
    WebOrigin, "origin", "the origin of a site", ["https://www.example.org", "https://*.example.org", "*"], origin;
}

fn origin(text: &str) -> Result<(), Wrong> {
    if text == "*" {
        return Ok(());
    }
    let Some((scheme, rest)) = text.split_once("://") else {
        let help = match text.parse::<Domain>() {
            Ok(domain) => format!("write `https://{domain}`"),
            Err(_) => WebOrigin::example(),
        };
        return Err(Wrong { help, ..Wrong::not::<WebOrigin>(text) });
    };
    if let Some((host, _)) = rest.split_once('/') {
        let message = format!("`{}` has a path, and an origin has none", excerpt(text));
        return Err(Wrong::new(message, format!("write `{scheme}://{host}`")));
    }
    let (host, port) = rest.split_once(':').map_or((rest, None), |(host, port)| (host, Some(port)));
    // S3 takes one asterisk in an origin (API reference, CORSRule).
    let name = host.replacen("*.", "any.", 1);
    let known = name == "localhost" || name.parse::<Domain>().is_ok();
    let numbered = port.is_none_or(|port| port.parse::<u16>().is_ok_and(|port| port > 0));
    if ["http", "https"].contains(&scheme) && known && numbered {
        return Ok(());
    }
    Err(Wrong::not::<WebOrigin>(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn origins_have_a_scheme_and_no_path() {
        for text in ["http://localhost:8080", "https://*.example.org", "https://example.org:8443"] {
            assert!(text.parse::<WebOrigin>().is_ok(), "{text}");
        }
        for (text, help) in [
            ("www.example.org", "write `https://www.example.org`"),
            ("https://example.org/", "write `https://example.org`"),
            ("ftp://example.org", "write `https://www.example.org`, `https://*.example.org` or `*`"),
            ("https://*.*.org", "write `https://www.example.org`, `https://*.example.org` or `*`"),
            ("https://example.org:0", "write `https://www.example.org`, `https://*.example.org` or `*`"),
        ] {
            assert_eq!(text.parse::<WebOrigin>().unwrap_err().help, help, "{text}");
        }
    }
}
