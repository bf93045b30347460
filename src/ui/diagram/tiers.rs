//! What stands in which tier and zone, from the subnets to which the resources refer.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::address::Address;

use super::cards::CARDS;
use super::scene::{Scene, Thing};

/// One tier.
#[derive(Default)]
pub struct Tier<'a> {
    /// Its subnets, by zone.
    pub cells: BTreeMap<String, &'a Thing<'a>>,
    /// What stands in one zone, by zone.
    pub single: BTreeMap<String, Vec<&'a Thing<'a>>>,
    /// What stands in several zones, with the first and the last column.
    pub bands: Vec<(&'a Thing<'a>, usize, usize)>,
}

/// Everything that has a card, by where it stands.
pub struct Standing<'a> {
    /// The zones in order: a column each.
    pub zones: Vec<String>,
    /// The tiers by rank and name: a row each.
    pub tiers: BTreeMap<(usize, String), Tier<'a>>,
    /// What stands in no subnet: CDN, buckets, the rest.
    pub outside: Vec<&'a Thing<'a>>,
}

impl<'a> Standing<'a> {
    /// Where the things of a scene stand.
    pub fn of(scene: &'a Scene<'a>) -> Self {
        let zones: BTreeSet<String> = scene.of_kind("subnet").map(zone).collect();
        let mut standing =
            Self { zones: zones.into_iter().collect(), tiers: BTreeMap::new(), outside: Vec::new() };
        let mut subnets: BTreeMap<&Address, (String, usize)> = BTreeMap::new();
        for subnet in scene.of_kind("subnet") {
            let column = standing.zones.iter().position(|known| *known == zone(subnet)).unwrap_or_default();
            subnets.insert(subnet.address, (tier(subnet.address), column));
            let cells = &mut standing.tiers.entry(rank(&tier(subnet.address))).or_default().cells;
            // Of an old subnet and its successor the one that stays is shown.
            cells.entry(zone(subnet)).or_insert(subnet);
        }
        for thing in &scene.things {
            if let Some((_, front)) = CARDS.iter().find(|(kind, _)| *kind == thing.kind) {
                let stands = if *front { Vec::new() } else { scene.subnets(thing) };
                let known: Vec<_> = stands.iter().filter_map(|address| subnets.get(address)).collect();
                standing.put(thing, &known);
            }
        }
        standing.outside.retain(|thing| thing.kind != "internet_gateway");
        let cdn = scene.of_kind("distribution").next();
        let feeds = |thing: &Thing<'_>| cdn.is_some_and(|cdn| scene.feeds(thing, cdn));
        standing.outside.sort_by_key(|thing| {
            (thing.kind != "distribution", !feeds(thing), thing.kind != "bucket", thing.address.clone())
        });
        standing
    }

    fn put(&mut self, thing: &'a Thing<'a>, known: &[&(String, usize)]) {
        let columns: BTreeSet<usize> = known.iter().map(|(_, column)| *column).collect();
        let (Some((name, _)), Some(first), Some(last)) = (known.first(), columns.first(), columns.last())
        else {
            return self.outside.push(thing);
        };
        let tier = self.tiers.entry(rank(name)).or_default();
        if first == last {
            tier.single.entry(self.zones[*first].clone()).or_default().push(thing);
        } else {
            tier.bands.push((thing, *first, *last));
        }
    }
}

fn zone(subnet: &Thing<'_>) -> String {
    match subnet.word("zone") {
        "" => "a zone".to_owned(),
        zone => zone.to_owned(),
    }
}

/// The tier of a subnet: its name without the zone's letter.
fn tier(address: &Address) -> String {
    let name = address.as_str().rsplit('.').next().unwrap_or_default();
    match name.rsplit_once('-') {
        Some((tier, letter)) if letter.len() == 1 => tier.to_owned(),
        _ => name.to_owned(),
    }
}

/// The public tier is on top, the data below all.
fn rank(tier: &str) -> (usize, String) {
    let known = ["public", "app", "data"].iter().position(|known| *known == tier);
    (known.unwrap_or(1), tier.to_owned())
}
