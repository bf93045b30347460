//! The section `mail`: who the site's mail comes from, and what proves that to those who get it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::rules::Findings;
use super::site::Site;
use super::text::{Domain, EmailAddress};

/// The mail that the site sends.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Mail {
    /// Whether it goes out by SES, for which the domain of `from` is made an identity.
    pub ses: bool,
    /// The address that it comes from; `noreply@` the site's domain if it is not given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<EmailAddress>,
    /// What others shall do with mail that says it comes from the domain and cannot prove it.
    pub dmarc: Dmarc,
}

/// What is done with mail that proves to be nobody's (RFC 7489).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Dmarc {
    /// Nothing: what a domain begins with that others send from too.
    None,
    /// It is put aside as spam.
    Quarantine,
    /// It is not taken.
    Reject,
}

impl Dmarc {
    const fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Quarantine => "quarantine",
            Self::Reject => "reject",
        }
    }
}

impl Default for Mail {
    fn default() -> Self {
        Self { ses: true, from: None, dmarc: Dmarc::None }
    }
}

/// A record of DNS as it is entered anywhere.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Record {
    /// The whole name.
    pub name: String,
    /// The type.
    pub r#type: &'static str,
    /// The value.
    pub value: String,
}

impl Record {
    /// A record.
    pub fn new(name: impl Into<String>, r#type: &'static str, value: impl Into<String>) -> Self {
        Self { name: name.into(), r#type, value: value.into() }
    }
}

impl Mail {
    /// The address that mail comes from.
    pub fn sender(&self, site: &Site) -> Option<EmailAddress> {
        let own = |domain: &Domain| {
            let domain = domain.as_str();
            let domain = domain.strip_prefix("www.").filter(|rest| rest.contains('.')).unwrap_or(domain);
            format!("noreply@{domain}").parse().ok()
        };
        self.from.clone().or_else(|| site.domain.as_ref().and_then(own))
    }

    /// The domain that SES sends from; `None` if mail does not go out by SES.
    pub fn domain(&self, site: &Site) -> Option<String> {
        self.sender(site).filter(|_| self.ses).map(|sender| sender.domain().to_owned())
    }

    /// The name to which bounces go. A domain of its own leaves the domain's own SPF record alone, which may be
    /// somebody else's and of which there may be but one (RFC 7208, section 3.2).
    pub fn bounce_domain(domain: &str, site: &Site) -> String {
        let usual = format!("mail.{domain}");
        let taken = site.domain.as_ref().is_some_and(|site| site.as_str() == usual);
        if taken { format!("bounce.{domain}") } else { usual }
    }

    /// What takes bounces and names SES as the sender ("Using a custom MAIL FROM domain", SES developer guide).
    pub fn bounce_records(domain: &str, site: &Site, region: &str) -> [Record; 2] {
        let bounce = Self::bounce_domain(domain, site);
        [
            Record::new(&bounce, "MX", format!("10 feedback-smtp.{region}.amazonses.com")),
            Record::new(&bounce, "TXT", "v=spf1 include:amazonses.com ~all"),
        ]
    }

    /// What the domain says about mail in its name.
    pub fn dmarc_record(&self, domain: &str) -> Record {
        Record::new(dmarc_name(domain), "TXT", format!("v=DMARC1; p={};", self.dmarc.as_str()))
    }

    pub(super) fn examine(&self, site: &Site, findings: &mut Findings<'_>) {
        if self.ses && self.sender(site).is_none() {
            findings.error(
                &["mail.from", "site.domain"],
                "`mail.from`: who the site's mail comes from is not known",
                "write `from: noreply@example.org` with a domain of yours, or name the `site`'s domain",
            );
        }
        if !self.ses && findings.is_written("mail.dmarc") {
            findings.warn(
                &["mail.dmarc", "mail.ses"],
                "`mail.dmarc`: no record is made for mail that does not go out by SES",
                "it does nothing until `mail.ses` is `true`",
            );
        }
    }
}

/// Where a domain's word on mail in its name stands (RFC 7489, section 6.1).
pub fn dmarc_name(domain: &str) -> String {
    format!("_dmarc.{domain}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn site(domain: &str) -> Site {
        Site { domain: domain.parse().ok(), ..Site::default() }
    }

    #[test]
    fn mail_comes_from_the_sites_domain_unless_it_is_said() {
        let sender = |mail: &Mail, domain| mail.sender(&site(domain)).map(|sender| sender.to_string());
        assert_eq!(sender(&Mail::default(), "www.example.org").as_deref(), Some("noreply@example.org"));
        assert_eq!(sender(&Mail::default(), "www.org").as_deref(), Some("noreply@www.org"));
        let said = Mail { from: "a@example.net".parse().ok(), ..Mail::default() };
        assert_eq!(sender(&said, "www.example.org").as_deref(), Some("a@example.net"));
        assert_eq!(Mail::default().domain(&Site::default()), None);
    }

    #[test]
    fn the_domains_own_records_are_left_alone() {
        let records = Mail::bounce_records("example.org", &site("mail.example.org"), "eu-west-1");
        assert!(records.iter().all(|record| record.name == "bounce.example.org"), "{records:?}");
        assert_eq!(records[0].value, "10 feedback-smtp.eu-west-1.amazonses.com");
        assert_eq!(Mail::bounce_domain("example.org", &site("www.example.org")), "mail.example.org");
    }
}
