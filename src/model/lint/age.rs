//! What grows old: versions whose support ends, and types of machines that AWS has left behind.

use super::registry::{Rule, Subject};
use super::{Notes, Severity, View};

/// A day, in the Gregorian calendar.
pub type Date = jiff::civil::Date;

pub(super) const END_OF_SUPPORT: Rule = Rule {
    id: "end-of-support",
    title: "a version is past its support",
    why: "Nobody mends its holes any more, or AWS charges for doing so (extended support), by virtual processor.",
    remedy: "go to a supported version; docs/findings.md has the dates and their sources",
    severity: Severity::Warning,
    unprotected: Severity::Warning,
    subject: Subject::Stack,
    find: ended,
};

pub(super) const SUPPORT_ENDS_SOON: Rule = Rule {
    id: "support-ends-soon",
    title: "the support of a version ends within half a year",
    why: "An upgrade that is planned takes an evening; one that AWS begins by itself takes the evening it likes.",
    remedy: "plan the upgrade; docs/findings.md has the dates and their sources",
    severity: Severity::Note,
    unprotected: Severity::Note,
    subject: Subject::Stack,
    find: ends_soon,
};

pub(super) const PREVIOUS_GENERATION: Rule = Rule {
    id: "previous-generation",
    title: "a type of machine is of a previous generation",
    why: "Its successors do more for less, and AWS stops offering old types zone by zone.",
    remedy: "take a current type, such as one of the families m7g, r7g and t4g",
    severity: Severity::Warning,
    unprotected: Severity::Note,
    subject: Subject::Stack,
    find: previous,
};

/// Days before the end of support from which on it is said.
const SOON: i32 = 183;

/// When the support of a version ends.
#[derive(Debug)]
pub struct End {
    /// The product.
    pub product: &'static str,
    /// The beginning of its version, up to a dot.
    pub version: &'static str,
    /// The last day of (standard) support.
    pub day: Date,
    /// Who says so.
    pub source: &'static str,
}

const fn end(product: &'static str, version: &'static str, day: (i16, i8, i8), source: &'static str) -> End {
    End { product, version, day: jiff::civil::date(day.0, day.1, day.2), source }
}

const RDS_MYSQL: &str =
    "https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/MySQL.Concepts.VersionMgmt.html";
const MARIADB: &str = "https://mariadb.org/about/#maintenance-policy";
const ELASTICACHE: &str = "https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/engine-versions.html";
const DRUPAL_7: &str = "https://www.drupal.org/about/drupal-7/d7eol";
const DRUPAL: &str = "https://www.drupal.org/about/core/policies/core-release-cycles/schedule";

/// The ends of support that are known. RDS follows the dates of MariaDB's community.
pub const SUPPORT: &[End] = &[
    end("mysql", "5.7", (2024, 2, 29), RDS_MYSQL),
    end("mysql", "8.0", (2026, 7, 31), RDS_MYSQL),
    end("mysql", "8.4", (2029, 7, 31), RDS_MYSQL),
    end("mariadb", "10.6", (2026, 7, 6), MARIADB),
    end("mariadb", "10.11", (2028, 2, 16), MARIADB),
    end("mariadb", "11.4", (2029, 5, 29), MARIADB),
    end("mariadb", "11.8", (2028, 6, 4), MARIADB),
    end("redis", "4", (2026, 1, 31), ELASTICACHE),
    end("redis", "5", (2026, 1, 31), ELASTICACHE),
    end("redis", "6", (2027, 1, 31), ELASTICACHE),
    end("drupal", "7", (2025, 1, 5), DRUPAL_7),
    end("drupal", "10", (2026, 12, 9), DRUPAL),
];

fn known_end(product: &str, version: &str) -> Option<&'static End> {
    SUPPORT.iter().find(|end| {
        let rest = version.strip_prefix(end.version);
        end.product == product && rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    })
}

fn ended(view: &View<'_>, notes: &mut Notes) {
    each_end(view, |today, end, tell| {
        if end.day < today {
            tell(notes, format!("the support of {} {} ended on {}", end.product, end.version, end.day));
        }
    });
}

fn ends_soon(view: &View<'_>, notes: &mut Notes) {
    each_end(view, |today, end, tell| {
        let left = today.until(end.day).map_or(i32::MAX, |span| span.get_days());
        if (0..=SOON).contains(&left) {
            tell(notes, format!("the support of {} {} ends on {}", end.product, end.version, end.day));
        }
    });
}

/// Everything that has a version with a known end of support, with what tells a finding about it.
fn each_end(view: &View<'_>, mut judge: impl FnMut(Date, &End, &dyn Fn(&mut Notes, String))) {
    let Some(today) = view.about.today else { return };
    for resource in view.after.of(&["db_instance", "db_replica", "cache_cluster", "replication_group"]) {
        let product = resource.text("engine").unwrap_or("memcached");
        if let Some(end) = resource.text("version").and_then(|version| known_end(product, version)) {
            judge(today, end, &|notes, message| notes.add(resource.address, Some("version"), message));
        }
    }
    if let (Some(version), Ok(address)) = (view.about.drupal, "site.drupal".parse())
        && let Some(end) = known_end("drupal", &version.to_string())
    {
        judge(today, end, &|notes, message| notes.add(&address, None, message));
    }
}

/// Families of EC2 that AWS lists as previous generations ("Amazon EC2 instance types", EC2 user guide).
const EC2: [&str; 16] =
    ["a1", "c1", "c3", "c4", "cr1", "g2", "g3", "hs1", "i2", "m1", "m2", "m3", "m4", "r3", "r4", "t1"];
/// The same of RDS ("DB instance class types", RDS user guide).
const RDS: [&str; 8] = ["m1", "m2", "m3", "m4", "r3", "r4", "t1", "t2"];
/// The same of ElastiCache ("Supported node types", ElastiCache user guide).
const CACHE: [&str; 7] = ["c1", "m1", "m2", "m3", "r3", "t1", "m4"];

fn previous(view: &View<'_>, notes: &mut Notes) {
    let properties: [(&[&str], &str, &str, &[&str]); 3] = [
        (&["launch_template", "instance"], "instance_type", "", &EC2),
        (&["db_instance", "db_replica"], "class", "db.", &RDS),
        (&["cache_cluster", "replication_group"], "node_type", "cache.", &CACHE),
    ];
    for (kinds, property, prefix, old) in properties {
        for machine in view.after.of(kinds) {
            let Some(name) = machine.text(property) else { continue };
            let family = name.strip_prefix(prefix).unwrap_or(name).split('.').next().unwrap_or_default();
            if old.contains(&family) {
                let message = format!("`{name}` is of a previous generation");
                notes.add(machine.address, Some(property), message);
            }
        }
    }
}
