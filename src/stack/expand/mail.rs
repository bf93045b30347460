//! mail: the identity that the site's mail comes from, and the records that prove it where the zone is ours.

use serde_json::json;

use crate::aws::kinds::email_identity::EmailIdentity;
use crate::aws::policy::Policy;
use crate::model::spec::{Id, Text};
use crate::stack::mail::Mail;

use super::dns;
use super::{ExpandError, Plot};

/// For how many seconds the records may be remembered.
const TTL: u32 = 300;

pub(super) fn expand(plot: &mut Plot<'_>, section: &Mail) -> Result<(), ExpandError> {
    let (environment, facts) = (plot.environment, &plot.facts.mail);
    // An identity that another environment has made, with its records, is that one's to change.
    let Some(domain) = section.domain(&environment.site).filter(|_| !facts.shared) else { return Ok(()) };
    let identity = EmailIdentity {
        domain: domain.clone(),
        mail_from: Mail::bounce_domain(&domain, &environment.site),
        signing: true,
    };
    let identity = plot.add("mail.identity", &identity)?;
    let Some(zone) = &facts.zone else { return Ok(()) };
    for number in 1..=3 {
        let output = |part: &str| Text::Ref(identity.output(&format!("dkim_{part}_{number}")));
        let record = dns::cname(Id::known(zone.id.clone()), output("name"), output("value"), TTL);
        plot.add(&format!("mail.dkim.{number}"), &record)?;
    }
    let [mx, spf] = Mail::bounce_records(&domain, &environment.site, plot.region());
    let own = (!facts.has_dmarc).then(|| section.dmarc_record(&domain));
    let records = [("mail.bounce.mx", Some(mx)), ("mail.bounce.spf", Some(spf)), ("mail.dmarc", own)];
    for (address, record) in records {
        let Some(record) = record else { continue };
        plot.add(address, &dns::value(Id::known(zone.id.clone()), &record, TTL))?;
    }
    Ok(())
}

/// What a machine that sends the site's mail may do: send as the domain, whoever made its identity.
pub(super) fn access(plot: &Plot<'_>) -> Option<Policy> {
    let environment = plot.environment;
    let domain = environment.mail.as_ref()?.domain(&environment.site)?;
    Some(Policy::new(json!({
        "Version": "2012-10-17",
        "Statement": [{
            "Effect": "Allow",
            "Action": ["ses:SendEmail", "ses:SendRawEmail"],
            "Resource": format!("arn:*:ses:{}:*:identity/{domain}", plot.region()),
        }],
    })))
}

#[cfg(test)]
mod tests;
