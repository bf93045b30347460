//! The values of the site: its names, its version of Drupal, where its code comes from.

use serde_json::{Value, json};

use crate::stack::Environment;
use crate::stack::facts::Facts;
use crate::stack::site::{Drupal, Source};

/// Where the release that is served lies.
const CURRENT: &str = "/srv/site/current";

/// The values.
pub fn values(environment: &Environment, facts: &Facts) -> Value {
    let site = &environment.site;
    let docroot = match site.drupal {
        Drupal::Seven => "",
        Drupal::Ten | Drupal::Eleven => "web",
    };
    let root = format!("{CURRENT}/{docroot}");
    json!({
        "name": site.name.as_deref().unwrap_or(environment.stack.as_str()),
        "domain": site.domain.as_ref().map(ToString::to_string),
        "drupal": u8::from(site.drupal),
        "is_7": site.drupal == Drupal::Seven,
        "is_10": site.drupal == Drupal::Ten,
        "is_11": site.drupal == Drupal::Eleven,
        "modern": site.drupal != Drupal::Seven,
        "docroot": docroot,
        "root": root.trim_end_matches('/'),
        "https": environment.is_encrypted(facts) || cdn(environment),
        "cdn": cdn(environment),
        "trusted_hosts": trusted_hosts(environment, facts),
        "config": site.config,
        "git": site.source.as_ref().and_then(git),
    })
}

/// Whether visitors come through the CDN, which always speaks TLS.
fn cdn(environment: &Environment) -> bool {
    environment.load_balancer.is_some() && environment.media.as_ref().is_some_and(|media| media.cdn)
}

/// The names under which the site answers, as patterns: its domain, and as long as that leads nowhere, the names
/// that AWS gives.
fn trusted_hosts(environment: &Environment, facts: &Facts) -> Vec<String> {
    let own = environment.site.domain.as_ref().map(|domain| domain.as_str().replace('.', "\\."));
    let mut hosts: Vec<String> = own.iter().map(|domain| format!("^{domain}$")).collect();
    if own.is_none() || !environment.is_encrypted(facts) {
        let region = environment.region();
        hosts.push(format!("^[a-z0-9-]+\\.{region}\\.elb\\.amazonaws\\.com$"));
        if cdn(environment) {
            hosts.push("^[a-z0-9]+\\.cloudfront\\.net$".to_owned());
        }
    }
    hosts
}

fn git(source: &Source) -> Option<Value> {
    let url = source.git.as_ref()?;
    let known = source.known_hosts();
    Some(json!({"url": url.as_str(), "ref": source.r#ref.as_str(), "host": url.host(), "known_hosts": known}))
}
