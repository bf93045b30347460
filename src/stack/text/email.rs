//! Addresses of mail.

use std::fmt;
use std::str::FromStr;

use super::labels::checked_strings;
use super::{Domain, Text, Wrong};

checked_strings! {
    /// An address (RFC 5321) without quotes, its domain in lower case.
    EmailAddress, "email", "an e-mail address", ["ops@example.org", "noreply@example.org"], email;
}

impl EmailAddress {
    /// What follows the `@`.
    pub fn domain(&self) -> &str {
        self.as_str().rsplit('@').next().unwrap_or_default()
    }
}

fn email(text: &str) -> Result<(), Wrong> {
    let Some((local, domain)) = text.rsplit_once('@') else { return Err(Wrong::not::<EmailAddress>(text)) };
    let atom = |part: &str| {
        !part.is_empty()
            && part.bytes().all(|b| b.is_ascii_alphanumeric() || b"!#$%&'*+/=?^_`{|}~-".contains(&b))
    };
    let known = local.len() <= 64 && local.split('.').all(atom);
    match domain.parse::<Domain>() {
        Ok(_) if known => Ok(()),
        Err(_) if known && domain.to_ascii_lowercase().parse::<Domain>().is_ok() => {
            let wrong = Wrong::not::<EmailAddress>(text);
            Err(Wrong { help: format!("write `{local}@{}`", domain.to_ascii_lowercase()), ..wrong })
        }
        _ => Err(Wrong::not::<EmailAddress>(text)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_have_a_name_and_a_domain() {
        for text in ["a@example.org", "first.last+tag@mail.example.co.uk", "o'neill@example.org"] {
            assert!(text.parse::<EmailAddress>().is_ok(), "{text}");
        }
        for text in
            ["example.org", "@example.org", "a@localhost", "a b@example.org", "a..b@example.org", "a@b@c"]
        {
            assert!(text.parse::<EmailAddress>().is_err(), "{text}");
        }
        assert_eq!("Ops@Example.org".parse::<EmailAddress>().unwrap_err().help, "write `Ops@example.org`");
        assert_eq!(
            "a@example.org".parse::<EmailAddress>().map(|a| a.domain().to_owned()).as_deref(),
            Ok("example.org")
        );
    }
}
