//! Prices: what the resources of an environment cost a month by list price.
//!
//! Pure functions of a price book and of what there is before and after a plan. What the book does not know is unknown
//! and never nothing; what is paid by use is listed with its price and not guessed.

mod book;
mod budget;
mod compute;
mod data;
mod edge;
mod sheet;
#[cfg(test)]
mod tests;
mod watch;

use std::collections::{BTreeMap, BTreeSet};

use crate::model::address::Address;
use crate::model::bill::{Bill, Item, Price};
use crate::model::lint::Date;
use crate::model::plan::Plan;
use crate::model::standing::{Scene, Standing};

pub use book::{Book, BookError, Group, REGIONS, embedded};
pub use budget::refusal;
pub use sheet::Sheet;

/// Hours of a month, as AWS counts in its examples.
pub const HOURS: f64 = 730.0;

/// What the price of one resource is made of.
#[derive(Clone, Debug)]
pub struct Quote {
    /// The monthly price.
    pub price: Price,
    /// What it is made of, such as `2 × m7g.large`.
    pub basis: Vec<String>,
    /// What is paid by use.
    pub usage: Vec<crate::model::bill::Usage>,
    /// The day of the oldest price in it.
    pub as_of: Option<String>,
    /// The prices that the book lacks, such as `rds: db.m3.large`.
    pub missing: Vec<String>,
}

/// Says what one resource costs.
type Quoter = fn(&Ask<'_>, &mut Sheet<'_>);

/// What is asked about.
struct Ask<'a> {
    resource: &'a Standing<'a>,
    scene: &'a Scene<'a>,
    today: Date,
}

/// What each kind costs.
const KINDS: &[(&str, Quoter)] = &[
    ("autoscaling_group", compute::group),
    ("instance", compute::instance),
    ("volume", compute::volume),
    ("db_instance", data::database),
    ("db_replica", data::database),
    ("cache_cluster", data::memcached),
    ("replication_group", data::replicated),
    ("file_system", data::files),
    ("bucket", data::bucket),
    ("nat_gateway", edge::nat),
    ("elastic_ip", edge::address),
    ("load_balancer", edge::balancer),
    ("distribution", edge::cdn),
    ("hosted_zone", edge::zone),
    ("email_identity", edge::mail),
    ("alarm", watch::alarm),
    ("dashboard", watch::dashboard),
    ("log_group", watch::logs),
    ("secret", watch::secret),
];

/// Kinds that AWS charges nothing for, or only by what others of the list above are charged for.
const FREE: &[&str] = &[
    "bucket_policy",
    "cache_parameter_group",
    "cache_policy",
    "cache_subnet_group",
    "certificate",
    "certificate_validation",
    // An archive in a bucket, which is charged for what it holds.
    "configuration",
    "db_parameter_group",
    "db_subnet_group",
    "dns_record",
    "flow_log",
    "internet_gateway",
    "launch_template",
    "listener",
    "mount_target",
    "origin_access_control",
    "role",
    "route_table",
    "security_group",
    "security_group_rules",
    "subnet",
    "subscription",
    "target_group",
    "topic",
    "vpc",
    // Only gateway endpoints are made, and those are free.
    "vpc_endpoint",
];

/// The kinds that are known to cost something, and those that are known to cost nothing.
pub fn known_kinds() -> (Vec<&'static str>, &'static [&'static str]) {
    (KINDS.iter().map(|(kind, _)| *kind).collect(), FREE)
}

/// What one resource costs; `None` if its kind is free of charge.
pub fn quote(resource: &Standing<'_>, scene: &Scene<'_>, book: &Book, today: Date) -> Option<Quote> {
    if FREE.contains(&resource.kind) {
        return None;
    }
    let mut sheet = Sheet::new(book);
    match KINDS.iter().find(|(kind, _)| *kind == resource.kind) {
        Some((_, quoter)) => quoter(&Ask { resource, scene, today }, &mut sheet),
        None => sheet.lacks(resource.kind),
    }
    Some(sheet.finish())
}

/// The bill of a plan: what a month costs before it and after it.
pub fn bill(plan: &Plan, book: &Book, budget: Option<f64>, today: Date) -> Bill {
    let mut oldest: Option<String> = None;
    let mut items: BTreeMap<(&Address, &'static str), Item> = BTreeMap::new();
    for is_after in [false, true] {
        let scene = if is_after { Scene::after(plan) } else { Scene::before(plan) };
        for resource in scene.all() {
            let Some(quote) = quote(resource, &scene, book, today) else { continue };
            oldest = [oldest, quote.as_of].into_iter().flatten().min();
            let item = items.entry((resource.address, resource.kind)).or_insert_with(|| Item {
                address: resource.address.clone(),
                kind: resource.kind,
                before: None,
                after: None,
                usage: Vec::new(),
            });
            let side = if is_after { &mut item.after } else { &mut item.before };
            *side = Some(side.map_or(quote.price, |other| plus(other, quote.price)));
            if is_after {
                item.usage = quote.usage;
            }
        }
    }
    Bill {
        as_of: oldest.unwrap_or_else(|| book.oldest().to_owned()),
        region: book.region.clone(),
        items: items.into_values().collect(),
        budget,
    }
}

/// Two at one address, of which one is going.
fn plus(one: Price, other: Price) -> Price {
    match (one, other) {
        (Price::Monthly(one), Price::Monthly(other)) => Price::Monthly(one + other),
        _ => Price::Unknown,
    }
}

/// The types and other names that a plan asks the book for and does not find, by group.
pub fn missing(plan: &Plan, book: &Book, today: Date) -> BTreeSet<String> {
    let after = Scene::after(plan);
    let quotes = after.all().filter_map(|resource| quote(resource, &after, book, today));
    quotes.flat_map(|quote| quote.missing).collect()
}
