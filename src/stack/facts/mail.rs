//! What is known of the domain that the site's mail comes from.

use futures::future::try_join;

use crate::aws::kinds::email_identity;
use crate::aws::lookup::{self, PublicZone};
use crate::aws::{Aws, kinds};
use crate::model::live::LiveState;
use crate::model::spec::Kinded;
use crate::run::fault::Fault;
use crate::run::poll;
use crate::stack::mail;

/// The domain of the mail.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct MailFacts {
    /// The account's hosted zone of the domain.
    pub zone: Option<PublicZone>,
    /// Whether the domain is already an identity of SES that another environment, or somebody, has made. An
    /// account has each but once: it is used as it is.
    pub shared: bool,
    /// Whether the zone already has somebody's word on mail in the domain's name.
    pub has_dmarc: bool,
}

/// Asks for what the live state does not tell: nothing, once all of it is ours.
pub async fn gather(
    aws: &Aws,
    domain: &str,
    zone: Option<PublicZone>,
    live: &LiveState,
) -> Result<MailFacts, Fault> {
    let ours = |address: &str| live.resources.iter().any(|live| live.address.as_str() == address);
    let identity = live.resources.iter().any(|live| {
        live.kind == kinds::email_identity::EmailIdentity::KIND
            && live.spec.get("domain").and_then(|value| value.as_str()) == Some(domain)
    });
    let shared = async {
        if identity {
            return Ok(false);
        }
        poll::ask("mail identity", async || email_identity::exists(aws, domain).await).await
    };
    let has_dmarc = async {
        match zone.as_ref().filter(|_| !ours("mail.dmarc")) {
            Some(zone) => {
                let name = mail::dmarc_name(domain);
                let ask = async || lookup::has_record(aws, &zone.id, &name, "TXT").await;
                poll::ask("mail record", ask).await
            }
            None => Ok(false),
        }
    };
    let (shared, has_dmarc) = try_join(shared, has_dmarc).await?;
    Ok(MailFacts { zone, shared, has_dmarc })
}
