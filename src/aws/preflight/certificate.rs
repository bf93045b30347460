//! Certificates that the stack names: issued, in the right region, and for these domains.

use futures::future::join_all;

use crate::aws::error;
use crate::aws::kinds::distribution::Distribution;
use crate::aws::kinds::listener::{Listener, Protocol};
use crate::model::check::Check;
use crate::model::lint::Severity;
use crate::model::plan::Step;
use crate::run::fault::{Class, Fault};

use super::Rule;
use super::look::{Look, about};

/// The rules of this group.
pub const RULES: &[&Rule] = &[&USABLE];

const USABLE: Rule = Rule {
    id: "certificate-usable",
    what: "Every certificate that the stack names is there, issued, in the right region, and for these domains.",
    severity: Severity::Error,
    remedy: "name a certificate that ACM has issued, or write `https: auto` to have one made",
    calls: &["acm:DescribeCertificate"],
};

/// Where CloudFront takes certificates from (developer guide, "Requirements for using SSL/TLS certificates").
const CDN_REGION: &str = "us-east-1";

/// A certificate that something made elsewhere is to show.
struct Shown<'a> {
    step: &'a Step,
    property: &'static str,
    arn: String,
    region: String,
    domains: Vec<String>,
}

pub async fn check(look: &Look<'_>) -> Vec<Check> {
    let listeners = look.set::<Listener>(&["protocol"]).into_iter().filter_map(|(step, want)| {
        let Protocol::Https { certificate, .. } = want.protocol else { return None };
        let arn = certificate.as_str().to_owned();
        Some(Shown {
            step,
            property: "protocol",
            arn,
            region: look.aws.region().to_owned(),
            domains: Vec::new(),
        })
    });
    let distributions =
        look.set::<Distribution>(&["certificate", "aliases"]).into_iter().filter_map(|(step, want)| {
            let arn = want.certificate?.as_str().to_owned();
            let domains = want.aliases.into_iter().collect();
            Some(Shown { step, property: "certificate", arn, region: CDN_REGION.to_owned(), domains })
        });
    // One that the plan makes has no ARN yet, and one of ours that is there was issued for this.
    let ours = |arn: &str| look.plan.standing().any(|live| live.id == arn);
    let shown: Vec<Shown<'_>> =
        listeners.chain(distributions).filter(|shown| !shown.arn.is_empty() && !ours(&shown.arn)).collect();
    join_all(shown.iter().map(|shown| judge(look, shown))).await
}

async fn judge(look: &Look<'_>, shown: &Shown<'_>) -> Check {
    let about = about(shown.step, shown.property);
    let parts: Vec<&str> = shown.arn.split(':').collect();
    let (Some(service), Some(region)) = (parts.get(2), parts.get(3)) else {
        return look.failed(&USABLE, about, format!("`{}` is no ARN of a certificate", shown.arn));
    };
    if *service != "acm" {
        let why = format!("`{}` is not a certificate of ACM", shown.arn);
        return look.unknown(&USABLE, Some(about), why);
    }
    if *region != shown.region {
        let message = format!("`{}` is in {region}, it has to be in {}", shown.arn, shown.region);
        return look.failed(&USABLE, about, message);
    }
    match look.ask_once(async || wrong(look, shown).await).await {
        Ok(None) => look.passed(&USABLE, format!("`{}` is issued", shown.arn)),
        Ok(Some(message)) => look.failed(&USABLE, about, message),
        Err(fault) if fault.class == Class::Gone => {
            look.failed(&USABLE, about, format!("there is no certificate `{}`", shown.arn))
        }
        Err(fault) => look.untold(&USABLE, Some(about), &fault),
    }
}

async fn wrong(look: &Look<'_>, shown: &Shown<'_>) -> Result<Option<String>, Fault> {
    let call = look.aws.acm_in(&shown.region).describe_certificate().certificate_arn(&shown.arn);
    let answer = call.send().await.map_err(error::read("acm:DescribeCertificate"))?;
    let Some(certificate) = answer.certificate() else {
        return Ok(Some("ACM tells nothing of it".to_owned()));
    };
    let status = certificate.status().map_or("unknown", |status| status.as_str());
    if status != "ISSUED" {
        return Ok(Some(format!("the certificate `{}` is {status}, not ISSUED", shown.arn)));
    }
    let names = certificate.subject_alternative_names();
    let lacking = shown.domains.iter().find(|domain| !names.iter().any(|name| covers(name, domain)));
    Ok(lacking.map(|domain| format!("the certificate `{}` is not for `{domain}`", shown.arn)))
}

/// Whether a certificate's name is for a domain; a wildcard stands for exactly one label (RFC 6125).
fn covers(name: &str, domain: &str) -> bool {
    name.eq_ignore_ascii_case(domain)
        || name
            .strip_prefix("*.")
            .zip(domain.split_once('.'))
            .is_some_and(|(of, (_, rest))| of.eq_ignore_ascii_case(rest))
}

#[cfg(test)]
mod tests {
    use super::covers;

    #[test]
    fn a_wildcard_stands_for_one_label() {
        assert!(covers("www.example.org", "WWW.example.org"));
        assert!(covers("*.example.org", "www.example.org"));
        assert!(!covers("*.example.org", "example.org"));
        assert!(!covers("*.example.org", "a.b.example.org"));
    }
}
