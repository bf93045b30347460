//! `load_balancer`: the ALB, its target group, its listeners, and the certificate where the domain's zone is ours.

use crate::aws::kinds::certificate_validation::CertificateValidation;
use crate::aws::kinds::distribution::Distribution;
use crate::aws::kinds::dns_record::Alias;
use crate::aws::kinds::listener::{Action, Listener, Protocol};
use crate::aws::kinds::load_balancer::LoadBalancer;
use crate::aws::kinds::target_group::{HealthCheck, TargetGroup};
use crate::model::graph::Handle;
use crate::model::spec::{Id, Text};
use crate::stack::load_balancer::LoadBalancer as Section;
use crate::stack::network::Tier;
use crate::stack::text::CertificateChoice;

use super::certificate;
use super::dns;
use super::network::Network;
use super::security::Security;
use super::{ExpandError, Plot};

/// What other sections build on.
pub struct Balancer {
    /// The load balancer.
    pub alb: Handle<LoadBalancer>,
    /// Where the web nodes register.
    pub targets: Handle<TargetGroup>,
    /// The certificate that it shows.
    pub certificate: Option<Id<CertificateValidation>>,
}

pub(super) fn expand(
    plot: &mut Plot<'_>,
    section: &Section,
    network: &Network,
    security: &Security,
) -> Result<Balancer, ExpandError> {
    let alb = plot.add("load_balancer.alb", &alb(plot, section, network, security))?;
    let targets = plot.add("load_balancer.targets", &targets(section, network))?;
    let certificate = match (&section.https, plot.facts.public_zone.clone()) {
        (CertificateChoice::Arn(arn), _) => Some(Id::known(arn.clone())),
        (CertificateChoice::Auto, Some(zone)) => {
            certificate::expand(plot, "load_balancer.certificate", plot.region(), &zone)?
        }
        (CertificateChoice::Auto, None) | (CertificateChoice::Off, _) => None,
    };
    let forward = Action::Forward(targets.id());
    let mut listener = |name: &str, port, protocol, action| {
        let listener = Listener { load_balancer: alb.id(), port, protocol, action };
        plot.add(&format!("load_balancer.{name}"), &listener)
    };
    if let Some(certificate) = certificate.clone() {
        let protocol = Protocol::Https { certificate, ssl_policy: section.ssl_policy.to_string() };
        listener("https", 443, protocol, forward)?;
        listener("http", 80, Protocol::Http, Action::RedirectHttps)?;
    } else {
        listener("http", 80, Protocol::Http, forward)?;
    }
    Ok(Balancer { alb, targets, certificate })
}

fn alb(plot: &Plot<'_>, section: &Section, network: &Network, security: &Security) -> LoadBalancer {
    LoadBalancer {
        subnets: network.tier(Tier::Public),
        security_groups: security.load_balancer.iter().map(Handle::id).collect(),
        internet_facing: true,
        idle_timeout_seconds: seconds(section.idle_timeout.seconds()),
        keep_alive_seconds: 3600,
        http2: true,
        drop_invalid_headers: true,
        deletion_protection: plot.environment.protect,
    }
}

fn targets(section: &Section, network: &Network) -> TargetGroup {
    TargetGroup {
        vpc: network.vpc.id(),
        port: 80,
        protocol: "HTTP".to_owned(),
        target_type: "instance".to_owned(),
        health_check: HealthCheck {
            path: "/.healthz".to_owned(),
            interval_seconds: 10,
            timeout_seconds: 5,
            healthy: 2,
            unhealthy: 3,
            matcher: "200".to_owned(),
        },
        deregistration_delay_seconds: seconds(section.deregistration_delay.seconds()),
        algorithm: section.algorithm.aws_name().to_owned(),
        stickiness_seconds: section.sticky_for().map_or(0, |duration| seconds(duration.seconds())),
        slow_start_seconds: 0,
    }
}

/// The site's name, where its zone is ours: for the CDN if there is one, else for the load balancer.
pub(super) fn dns(
    plot: &mut Plot<'_>,
    balancer: &Balancer,
    cdn: Option<&Handle<Distribution>>,
) -> Result<(), ExpandError> {
    let (Some(domain), Some(zone)) = (&plot.environment.site.domain, &plot.facts.public_zone) else {
        return Ok(());
    };
    let (target, zone_of_target) = match cdn {
        Some(cdn) => (cdn.output("domain_name"), cdn.output("zone_id")),
        None => (balancer.alb.output("dns_name"), balancer.alb.output("zone_id")),
    };
    let alias = Alias {
        target: Text::Ref(target),
        zone: Text::Ref(zone_of_target),
        // Route 53 cannot evaluate the health of a distribution.
        evaluate_health: cdn.is_none(),
    };
    let (zone, name) = (Id::known(zone.id.clone()), Text::Known(domain.to_string()));
    if cdn.is_some() {
        // The load balancer itself has addresses of IP version 4 only.
        let record = dns::alias(zone.clone(), name.clone(), "AAAA", alias.clone());
        plot.add("load_balancer.dns6", &record)?;
    }
    plot.add("load_balancer.dns", &dns::alias(zone, name, "A", alias))?;
    Ok(())
}

fn seconds(seconds: u32) -> i32 {
    i32::try_from(seconds).unwrap_or(i32::MAX)
}
