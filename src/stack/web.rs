//! The section `web`: the machines that serve pages, and how many of them.
//!
//! Their number follows the load between `min` and `max`, and the clock where a schedule says so.

use std::collections::HashMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::machine;
use super::rules::Findings;
use super::text::{Cidr, Cron, Duration, Image, InstanceType, Label, Moment, Size, TimeZone};

/// The web nodes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Web {
    /// The type of machine. Graviton types (`m7g`, `t4g`, ...) give the most for their price.
    pub instance: InstanceType,
    /// How many there are, and when.
    pub scale: Scale,
    /// The size of a node's disk; the site's files are not on it.
    #[schemars(extend("formatMinimum" = "8 GiB", "formatMaximum" = "16 TiB"))]
    pub volume: Size,
    /// The machine image: an `ami-...`, or the SSM parameter that holds one. Debian if it is not given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub image: Option<Image>,
    /// How long a new node takes until its load counts for scaling.
    #[schemars(extend("formatMinimum" = "0s", "formatMaximum" = "1h"))]
    pub warmup: Duration,
    /// Whether nginx keeps pages for visitors without a session, for 15 seconds.
    pub microcache: bool,
    /// Whether requests that are not answered from that cache are judged by `ModSecurity` with the OWASP core rule
    /// set. It costs most of the speed of uncached pages.
    pub modsecurity: bool,
    /// The address ranges from which `update.php` and `install.php` can be called; from nowhere if none is given.
    #[schemars(length(max = 100), extend("uniqueItems" = true))]
    pub allow_update_from: Vec<Cidr>,
}

/// The number of nodes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Scale {
    /// The fewest nodes.
    #[schemars(range(min = 0, max = 500))]
    pub min: u32,
    /// The most nodes.
    #[schemars(range(min = 0, max = 500))]
    pub max: u32,
    /// The mean processor load, in percent, that scaling holds.
    #[schemars(range(min = 10, max = 95))]
    pub cpu: u8,
    /// The requests per minute to a node that scaling holds, beside the processor load.
    #[schemars(range(min = 1, max = 1_000_000))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub requests_per_target: Option<u32>,
    /// Other numbers at known times.
    // EC2 Auto Scaling takes 125 scheduled actions a group ("Quotas for Amazon EC2 Auto Scaling").
    #[schemars(length(max = 125))]
    pub schedule: Vec<Scheduled>,
}

/// Other numbers of nodes from a moment on, once or again and again.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Scheduled {
    /// The entry's name, which no other has.
    pub name: Label,
    /// When, again and again: minute, hour, day of month, month, day of week.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cron: Option<Cron>,
    /// When, once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<Moment>,
    /// The fewest nodes from then on.
    #[schemars(range(min = 0, max = 500))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min: Option<u32>,
    /// The most nodes from then on.
    #[schemars(range(min = 0, max = 500))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max: Option<u32>,
    /// The number of nodes at that moment.
    #[schemars(range(min = 0, max = 500))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub desired: Option<u32>,
    /// The time zone of `cron`; UTC if it is not given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time_zone: Option<TimeZone>,
}

impl Default for Web {
    fn default() -> Self {
        Self {
            instance: InstanceType::web_default(),
            scale: Scale::default(),
            volume: Size::from_gib(20),
            image: None,
            warmup: Duration::from_seconds(120),
            microcache: true,
            modsecurity: false,
            allow_update_from: Vec::new(),
        }
    }
}

impl Default for Scale {
    fn default() -> Self {
        Self { min: 2, max: 8, cpu: 60, requests_per_target: None, schedule: Vec::new() }
    }
}

impl Web {
    pub(super) fn examine(&self, findings: &mut Findings<'_>) {
        machine::examine(&self.instance, "web.instance", findings);
        self.scale.examine(findings);
    }
}

impl Scale {
    fn examine(&self, findings: &mut Findings<'_>) {
        let (min, max) = (self.min, self.max);
        if min > max {
            findings.error(
                &["web.scale.min", "web.scale.max"],
                format!("`web.scale`: the fewest nodes, {min}, are more than the most, {max}"),
                format!("raise `max` to {min} at least, or lower `min` to {max} at most"),
            );
        }
        if max == 0 {
            findings.error(
                &["web.scale.max"],
                "`web.scale.max`: with no node at all nothing is served",
                "write 1 at least; `web: none` together with `load_balancer: none` leaves the web tier out",
            );
        }
        let mut names: HashMap<&str, usize> = HashMap::new();
        for (index, scheduled) in self.schedule.iter().enumerate() {
            let at = |field: &str| format!("web.scale.schedule[{index}]{field}");
            if let Some(first) = names.insert(scheduled.name.as_str(), index) {
                findings.error(
                    &[&at(".name"), &format!("web.scale.schedule[{first}].name")],
                    format!("`web.scale.schedule`: two entries are named `{}`", scheduled.name),
                    "give each entry a name of its own",
                );
            }
            scheduled.examine(&at, (min, max), findings);
        }
    }
}

impl Scheduled {
    fn examine(&self, at: &dyn Fn(&str) -> String, scale: (u32, u32), findings: &mut Findings<'_>) {
        let name = &self.name;
        match (&self.cron, &self.at) {
            (None, None) => findings.error(
                &[&at(".name"), &at(".cron"), &at(".at")],
                format!("`web.scale.schedule`: `{name}` does not say when"),
                "add `cron: \"0 8 * * mon-fri\"` for every so often, or `at: 2027-11-26T06:00:00Z` for once",
            ),
            (Some(_), Some(_)) => findings.error(
                &[&at(".at"), &at(".cron")],
                format!("`web.scale.schedule`: `{name}` has both `cron` and `at`"),
                "keep `cron` for every so often, or `at` for once",
            ),
            (None, Some(_)) if self.time_zone.is_some() => findings.error(
                &[&at(".time_zone"), &at(".at")],
                format!("`web.scale.schedule`: `{name}` has a time zone, but `at` carries its own offset"),
                "leave `time_zone` out; it belongs to `cron`",
            ),
            _ => {}
        }
        if self.min.or(self.max).or(self.desired).is_none() {
            findings.error(
                &[&at(".name")],
                format!("`web.scale.schedule`: `{name}` changes nothing"),
                "give it `min`, `max` or `desired`",
            );
        }
        let (min, max) = (self.min.unwrap_or(scale.0), self.max.unwrap_or(scale.1));
        let source = |own: Option<u32>, field: &str| match own {
            Some(_) => at(&format!(".{field}")),
            None => format!("web.scale.{field}"),
        };
        let (min_path, max_path) = (source(self.min, "min"), source(self.max, "max"));
        // Where neither is its own, the scale's own finding says it.
        if min > max && self.min.or(self.max).is_some() {
            let (first, second) =
                if self.min.is_some() { (&min_path, &max_path) } else { (&max_path, &min_path) };
            findings.error(
                &[first, second],
                format!(
                    "`web.scale.schedule`: in `{name}` the fewest nodes, {min}, are more than the most, {max}"
                ),
                "give the entry both `min` and `max`",
            );
        } else if let Some(desired) = self.desired.filter(|desired| !(min..=max).contains(desired)) {
            findings.error(
                &[&at(".desired"), &min_path, &max_path],
                format!("`web.scale.schedule`: in `{name}` the wanted {desired} nodes are not between {min} and {max}"),
                "choose a number between them, or move `min` or `max` in the same entry",
            );
        }
    }
}
