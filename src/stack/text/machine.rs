//! References to things that exist in AWS already: images, snapshots, certificates, security policies.
//!
//! Their form is checked here; whether they exist is known only with AWS.

use std::fmt;
use std::str::FromStr;

use super::labels::checked_strings;
use super::{Text, Wrong};
use crate::stack::{node::excerpt, suggest};

checked_strings! {
    /// A machine image: its id, or the SSM parameter that holds its id.
    Image, "image", "a machine image",
        ["ami-0123456789abcdef0", "/aws/service/debian/release/13/latest/arm64"], image;
    /// A snapshot of a database: its name or its ARN.
    Snapshot, "snapshot", "a database snapshot",
        ["before-upgrade", "rds:drucloud-prod-db-2026-11-20-03-07"], snapshot;
    /// The name of a TLS security policy of Elastic Load Balancing.
    SslPolicy, "ssl-policy", "a TLS security policy",
        ["ELBSecurityPolicy-TLS13-1-2-2021-06", "ELBSecurityPolicy-TLS13-1-2-Res-PQ-2025-09"], ssl_policy;
}

/// Policies without TLS 1.0 and 1.1 (Elastic Load Balancing user guide, "Security policies"), to mend misspellings.
const SSL_POLICIES: [&str; 14] = [
    "ELBSecurityPolicy-TLS13-1-2-2021-06",
    "ELBSecurityPolicy-TLS13-1-2-Res-2021-06",
    "ELBSecurityPolicy-TLS13-1-2-Ext1-2021-06",
    "ELBSecurityPolicy-TLS13-1-2-Ext2-2021-06",
    "ELBSecurityPolicy-TLS13-1-3-2021-06",
    "ELBSecurityPolicy-TLS13-1-2-FIPS-2023-04",
    "ELBSecurityPolicy-TLS13-1-3-FIPS-2023-04",
    "ELBSecurityPolicy-TLS13-1-2-PQ-2025-09",
    "ELBSecurityPolicy-TLS13-1-2-Res-PQ-2025-09",
    "ELBSecurityPolicy-TLS13-1-3-PQ-2025-09",
    "ELBSecurityPolicy-FS-1-2-Res-2020-10",
    "ELBSecurityPolicy-FS-1-2-2019-08",
    "ELBSecurityPolicy-TLS-1-2-2017-01",
    "ELBSecurityPolicy-TLS-1-2-Ext-2018-06",
];

impl SslPolicy {
    /// `ELBSecurityPolicy-TLS13-1-2-2021-06`: TLS 1.2 and 1.3.
    pub fn modern() -> Self {
        Self(SSL_POLICIES[0].to_owned())
    }

    /// Whether it is one of those known to refuse TLS 1.0 and 1.1.
    pub fn is_known(&self) -> bool {
        SSL_POLICIES.contains(&self.as_str())
    }

    /// The known policy that is nearest to it.
    pub fn nearest(&self) -> Option<&'static str> {
        suggest::nearest(&self.0, SSL_POLICIES)
    }
}

fn image(text: &str) -> Result<(), Wrong> {
    let id = text.strip_prefix("ami-").is_some_and(|id| {
        matches!(id.len(), 8 | 17) && id.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'a'..=b'f'))
    });
    let parameter = text.starts_with('/')
        && text.len() > 1
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"/_.-".contains(&b))
        && !text.ends_with('/')
        && !text.contains("//");
    if id || parameter {
        return Ok(());
    }
    Err(Wrong::not::<Image>(text))
}

fn snapshot(text: &str) -> Result<(), Wrong> {
    let name = text.strip_prefix("rds:").unwrap_or(text);
    let name = match text.strip_prefix("arn:") {
        Some(arn) if arn.contains(":rds:") && arn.contains(":snapshot:") => {
            arn.rsplit(':').next().unwrap_or_default()
        }
        _ => name,
    };
    let well_formed = (1..=255).contains(&name.len())
        && name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
        && !name.ends_with('-')
        && !name.contains("--");
    if well_formed { Ok(()) } else { Err(Wrong::not::<Snapshot>(text)) }
}

fn ssl_policy(text: &str) -> Result<(), Wrong> {
    let well_formed = text
        .strip_prefix("ELBSecurityPolicy-")
        .is_some_and(|rest| !rest.is_empty() && rest.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-'));
    if well_formed {
        return Ok(());
    }
    let guess = suggest::did_you_mean(text, SSL_POLICIES);
    let wrong = Wrong::not::<SslPolicy>(text);
    Err(Wrong { message: format!("{}{guess}", wrong.message), ..wrong })
}

/// Which certificate the load balancer shows.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum CertificateChoice {
    /// One is made and validated when the site's domain is in a hosted zone of the account.
    Auto,
    /// None: the site is served over HTTP.
    Off,
    /// A certificate of ACM in the stack's region.
    Arn(String),
}

impl CertificateChoice {
    /// The region of a certificate that is named.
    pub fn region(&self) -> Option<&str> {
        match self {
            Self::Arn(arn) => arn.split(':').nth(3),
            Self::Auto | Self::Off => None,
        }
    }
}

impl FromStr for CertificateChoice {
    type Err = Wrong;

    fn from_str(text: &str) -> Result<Self, Wrong> {
        match text {
            "auto" => return Ok(Self::Auto),
            "off" => return Ok(Self::Off),
            "false" => return Err(Wrong::new("`false` is not one of the choices", "write `off`")),
            "true" | "on" => {
                return Err(Wrong::new(format!("`{text}` is not one of the choices"), "write `auto`"));
            }
            _ => {}
        }
        let parts: Vec<&str> = text.split(':').collect();
        match parts.as_slice() {
            ["arn", partition, "acm", region, account, resource]
                if partition.starts_with("aws")
                    && region.parse::<super::Region>().is_ok()
                    && account.len() == 12
                    && account.bytes().all(|b| b.is_ascii_digit())
                    && resource.strip_prefix("certificate/").is_some_and(|id| !id.is_empty()) =>
            {
                Ok(Self::Arn(text.to_owned()))
            }
            _ => {
                let guess = suggest::did_you_mean(text, ["auto", "off"]);
                let shown = excerpt(text);
                Err(Wrong::new(
                    format!(
                        "expected `auto`, `off` or the ARN of an ACM certificate, found `{shown}`{guess}"
                    ),
                    "an ARN looks like `arn:aws:acm:us-east-1:123456789012:certificate/0a1b2c3d`",
                ))
            }
        }
    }
}

impl fmt::Display for CertificateChoice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Auto => f.write_str("auto"),
            Self::Off => f.write_str("off"),
            Self::Arn(arn) => f.write_str(arn),
        }
    }
}

impl Text for CertificateChoice {
    const FORMAT: &'static str = "certificate";
    const WHAT: &'static str = "a certificate";
    const EXAMPLES: &'static [&'static str] =
        &["auto", "off", "arn:aws:acm:us-east-1:123456789012:certificate/0a1b2c3d"];
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_have_a_form() {
        for text in ["ami-01234567", "ami-0123456789abcdef0", "/my/image"] {
            assert!(text.parse::<Image>().is_ok(), "{text}");
        }
        for text in ["ami-xyz", "debian-13", "/", "/a//b", "/a/", "ami-0123456789ABCDEF0"] {
            assert!(text.parse::<Image>().is_err(), "{text}");
        }
        for text in ["snap", "rds:x-1", "arn:aws:rds:us-east-1:123456789012:snapshot:before"] {
            assert!(text.parse::<Snapshot>().is_ok(), "{text}");
        }
        for text in ["-x", "x--y", "x-", "arn:aws:rds:us-east-1:123456789012:cluster:x", "1x"] {
            assert!(text.parse::<Snapshot>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_certificate_is_chosen_or_named() {
        let arn = "arn:aws:acm:eu-west-1:123456789012:certificate/x";
        assert_eq!(arn.parse::<CertificateChoice>().unwrap().region(), Some("eu-west-1"));
        assert!("atuo".parse::<CertificateChoice>().unwrap_err().message.ends_with("did you mean `auto`?"));
        assert_eq!("true".parse::<CertificateChoice>().unwrap_err().help, "write `auto`");
        assert!("arn:aws:iam::123456789012:server-certificate/x".parse::<CertificateChoice>().is_err());
    }

    #[test]
    fn the_default_policy_is_known() {
        assert!(SslPolicy::modern().is_known());
        let unknown: SslPolicy = "ELBSecurityPolicy-TLS13-1-2-2021-60".parse().unwrap();
        assert_eq!(
            (unknown.is_known(), unknown.nearest()),
            (false, Some("ELBSecurityPolicy-TLS13-1-2-2021-06"))
        );
    }
}
