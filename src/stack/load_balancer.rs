//! The section `load_balancer`: who may come in, over which protocol, and to which node.
//!
//! Its limits are those of Application Load Balancers, so that nothing is refused in the middle of an apply.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::algorithm::Algorithm;
use super::rules::Findings;
use super::text::{CertificateChoice, Cidr, Duration, Region, SslPolicy};

/// The load balancer in front of the web nodes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct LoadBalancer {
    /// How it chooses the node for a request: by AWS's names or those of Linux Virtual Server.
    pub algorithm: Algorithm,
    /// Which certificate it shows: `auto` makes one for the site's domain, `off` serves HTTP only, an ARN names
    /// one of ACM.
    pub https: CertificateChoice,
    /// How long a visitor stays with one node, by a cookie. Drupal needs none: sessions are in the database.
    #[schemars(extend("formatMinimum" = "1s", "formatMaximum" = "7d"))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stickiness: Option<Duration>,
    /// After how much silence a connection is closed.
    #[schemars(extend("formatMinimum" = "1s", "formatMaximum" = "4000s"))]
    pub idle_timeout: Duration,
    /// How long a node that leaves may finish its requests.
    #[schemars(extend("formatMinimum" = "0s", "formatMaximum" = "1h"))]
    pub deregistration_delay: Duration,
    /// The versions of TLS and the ciphers that it speaks.
    pub ssl_policy: SslPolicy,
    /// The address ranges that may reach it.
    // A security group takes 60 inbound rules by default; a range is two, for HTTP and HTTPS.
    #[schemars(length(min = 1, max = 30), extend("uniqueItems" = true))]
    pub allow: Vec<Cidr>,
}

impl Default for LoadBalancer {
    fn default() -> Self {
        Self {
            algorithm: Algorithm::LeastOutstandingRequests,
            https: CertificateChoice::Auto,
            stickiness: None,
            idle_timeout: Duration::from_seconds(60),
            deregistration_delay: Duration::from_seconds(30),
            ssl_policy: SslPolicy::modern(),
            allow: vec![Cidr::EVERYWHERE],
        }
    }
}

impl LoadBalancer {
    /// How long a visitor stays with one node: as written, or as the algorithm has it.
    pub fn sticky_for(&self) -> Option<Duration> {
        self.stickiness.or(self.algorithm.stickiness())
    }

    /// The certificate's region, the policy's name, ranges that say the same twice.
    pub(super) fn examine(&self, region: Option<&Region>, findings: &mut Findings<'_>) {
        if let (Some(found), Some(region)) = (self.https.region(), region)
            && found != region.as_str()
        {
            findings.error(
                &["load_balancer.https", "region"],
                format!(
                    "`load_balancer.https`: the certificate is in `{found}`, the load balancer in `{region}`"
                ),
                format!("name a certificate of `{region}`; ACM's certificates serve only their own region"),
            );
        }
        if !self.ssl_policy.is_known() {
            let guess =
                self.ssl_policy.nearest().map(|name| format!("; did you mean `{name}`?")).unwrap_or_default();
            findings.warn(
                &["load_balancer.ssl_policy"],
                format!(
                    "`load_balancer.ssl_policy`: `{}` is not a policy known to be safe{guess}",
                    self.ssl_policy
                ),
                "AWS decides whether it exists; older ones allow TLS 1.0 and 1.1",
            );
        }
        for (index, range) in self.allow.iter().enumerate() {
            let Some(wider) = self.allow.iter().position(|other| other != range && other.contains(*range))
            else {
                continue;
            };
            findings.error(
                &[&format!("load_balancer.allow[{index}]"), &format!("load_balancer.allow[{wider}]")],
                format!("`load_balancer.allow`: `{range}` is already in `{}`", self.allow[wider]),
                "leave one of the two out, so that it is plain who may come in",
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stickiness_is_written_or_follows_from_the_algorithm() {
        let balancer =
            |algorithm, stickiness| LoadBalancer { algorithm, stickiness, ..LoadBalancer::default() };
        let hour = Duration::from_seconds(3600);
        assert_eq!(balancer(Algorithm::RoundRobin, None).sticky_for(), None);
        assert_eq!(balancer(Algorithm::RoundRobin, Some(hour)).sticky_for(), Some(hour));
        assert_eq!(balancer(Algorithm::SourceHash, None).sticky_for(), Some(Duration::from_seconds(86_400)));
        assert_eq!(balancer(Algorithm::SourceHash, Some(hour)).sticky_for(), Some(hour));
    }
}
