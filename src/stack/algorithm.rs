//! How the load balancer chooses a target: the names of AWS, of Linux Virtual Server, and what becomes of them.
//!
//! LVS schedulers are what many operators know; each has an equal in AWS or is refused with the nearest named.

use std::fmt;
use std::str::FromStr;

use super::node::excerpt;
use super::suggest;
use super::text::{Duration, Text, Wrong};

/// How the load balancer chooses the target of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Algorithm {
    /// Each target in turn: `round-robin`, `rr`.
    RoundRobin,
    /// The target with the fewest requests in flight: `least-connections`, `least-outstanding-requests`, `lc`,
    /// `wlc`, `sed`, `nq`.
    LeastOutstandingRequests,
    /// A random target, those that answer with errors less often: `weighted-random`, `wrr`.
    WeightedRandom,
    /// Each target in turn, and a visitor stays with the first by a cookie: `source-hash`, `sh`.
    SourceHash,
}

use Algorithm::{LeastOutstandingRequests, RoundRobin, SourceHash, WeightedRandom};

/// Every name with what it stands for. Hyphens are also accepted as underscores.
const NAMES: [(&str, Algorithm); 12] = [
    ("round-robin", RoundRobin),
    ("least-connections", LeastOutstandingRequests),
    ("least-outstanding-requests", LeastOutstandingRequests),
    ("weighted-random", WeightedRandom),
    ("source-hash", SourceHash),
    ("rr", RoundRobin),
    ("wrr", WeightedRandom),
    ("lc", LeastOutstandingRequests),
    ("wlc", LeastOutstandingRequests),
    ("sed", LeastOutstandingRequests),
    ("nq", LeastOutstandingRequests),
    ("sh", SourceHash),
];

/// Schedulers of LVS that choose by the destination address, which is what caching proxies need.
const REFUSED: [&str; 3] = ["dh", "lblc", "lblcr"];

impl Algorithm {
    /// The value of the target group's attribute `load_balancing.algorithm.type`.
    pub const fn aws_name(self) -> &'static str {
        match self {
            RoundRobin | SourceHash => "round_robin",
            LeastOutstandingRequests => "least_outstanding_requests",
            WeightedRandom => "weighted_random",
        }
    }

    /// How long a visitor stays with one target, for the algorithm that is made of it: one day, the default of
    /// the attribute `stickiness.lb_cookie.duration_seconds`.
    pub const fn stickiness(self) -> Option<Duration> {
        match self {
            SourceHash => Some(Duration::from_seconds(86_400)),
            RoundRobin | LeastOutstandingRequests | WeightedRandom => None,
        }
    }
}

impl FromStr for Algorithm {
    type Err = Wrong;

    fn from_str(text: &str) -> Result<Self, Wrong> {
        let name = text.replace('_', "-");
        if let Some((_, algorithm)) = NAMES.iter().find(|(known, _)| *known == name) {
            return Ok(*algorithm);
        }
        if REFUSED.contains(&text) {
            return Err(Wrong::new(
                format!(
                    "`{text}` chooses by the destination address, which is the same for every visitor here"
                ),
                "the nearest is `sh`, which keeps a visitor on one target; `lc` spreads the load best",
            ));
        }
        let names = NAMES.iter().map(|(name, _)| *name);
        let guess = suggest::did_you_mean(text, names.clone().filter(|name| name.len() > 3));
        let known = suggest::either(names);
        Err(Wrong::new(format!("no algorithm is named `{}`{guess}", excerpt(text)), format!("write {known}")))
    }
}

impl fmt::Display for Algorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            RoundRobin => "round-robin",
            LeastOutstandingRequests => "least-connections",
            WeightedRandom => "weighted-random",
            SourceHash => "source-hash",
        })
    }
}

impl Text for Algorithm {
    const FORMAT: &'static str = "algorithm";
    const WHAT: &'static str = "a load balancing algorithm";
    const EXAMPLES: &'static [&'static str] = &[
        "round-robin",
        "least-connections",
        "weighted-random",
        "source-hash",
        "rr",
        "wrr",
        "lc",
        "wlc",
        "sed",
        "nq",
        "sh",
    ];
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_scheduler_of_lvs_has_its_equal_or_is_refused() {
        for (name, aws, sticky) in [
            ("rr", "round_robin", false),
            ("wrr", "weighted_random", false),
            ("lc", "least_outstanding_requests", false),
            ("wlc", "least_outstanding_requests", false),
            ("sed", "least_outstanding_requests", false),
            ("nq", "least_outstanding_requests", false),
            ("sh", "round_robin", true),
            ("least-connections", "least_outstanding_requests", false),
            ("least_outstanding_requests", "least_outstanding_requests", false),
            ("weighted_random", "weighted_random", false),
            ("round-robin", "round_robin", false),
        ] {
            let algorithm: Algorithm = name.parse().unwrap();
            assert_eq!((algorithm.aws_name(), algorithm.stickiness().is_some()), (aws, sticky), "{name}");
        }
        for name in REFUSED {
            let wrong = name.parse::<Algorithm>().unwrap_err();
            assert!(wrong.help.starts_with("the nearest is `sh`"), "{name}: {}", wrong.help);
        }
        let message = "leest-connections".parse::<Algorithm>().unwrap_err().message;
        assert_eq!(message, "no algorithm is named `leest-connections`; did you mean `least-connections`?");
    }
}
