//! Where everything stands: a column for each zone, a row for each tier, and in them what belongs there.
//!
//! What stands in one subnet is in its cell; what stands in several is a band across their columns, above the cells'
//! own. Lines run between two columns only, so they cross nothing.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::address::Address;

use super::scene::{Scene, State, Thing, facts};

/// Columns of text that fit into so many pixels.
const PIXELS_A_COLUMN: f64 = 6.6;
/// Air around everything.
const MARGIN: f64 = 24.0;
/// Between two cells, two cards, a frame and what it holds.
const GAP: f64 = 12.0;
/// A zone's column.
const COLUMN: f64 = 264.0;
/// A card.
const CARD: (f64, f64) = (COLUMN - 2.0 * GAP, 56.0);
/// The line with a frame's name.
const TITLE: f64 = 22.0;
/// The list beside the network.
const ASIDE: f64 = 300.0;
/// One line of that list.
const ROW: f64 = 20.0;
/// Lines of that list; the rest is counted.
const MOST_ROWS: usize = 40;

/// A rectangle in pixels.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rect {
    /// The left edge.
    pub x: f64,
    /// The upper edge.
    pub y: f64,
    /// The width.
    pub w: f64,
    /// The height.
    pub h: f64,
}

impl Rect {
    fn new(x: f64, y: f64, w: f64, h: f64) -> Self {
        Self { x, y, w, h }
    }
}

/// Something that holds others.
#[derive(Clone, Debug)]
pub struct Frame {
    /// Where.
    pub rect: Rect,
    /// Its name.
    pub label: String,
    /// What happens to it.
    pub state: State,
    /// What it is: `vpc`, `zone`, `subnet` or `aside`.
    pub class: &'static str,
}

/// One resource.
#[derive(Clone, Debug)]
pub struct Card {
    /// Where.
    pub rect: Rect,
    /// What it is, its address, what to know.
    pub lines: [String; 3],
    /// What happens to it.
    pub state: State,
}

/// A line of the list of everything else.
#[derive(Clone, Debug)]
pub struct Entry {
    /// Where the text begins: its base line.
    pub at: (f64, f64),
    /// What it says.
    pub text: String,
    /// The state that stands out.
    pub state: State,
}

/// The picture as data.
#[derive(Debug, Default)]
pub struct Drawing {
    /// Width and height.
    pub size: (f64, f64),
    /// Outer ones first.
    pub frames: Vec<Frame>,
    /// No two overlap.
    pub cards: Vec<Card>,
    /// Straight lines with a head at their second end.
    pub arrows: Vec<[(f64, f64); 2]>,
    /// The list of everything else.
    pub entries: Vec<Entry>,
    /// Whether states are told at all.
    pub told: bool,
}

/// The kinds that get a card, and whether they stand in front of the network.
const CARDS: [(&str, bool); 12] = [
    ("distribution", true),
    ("bucket", true),
    ("load_balancer", false),
    ("nat_gateway", false),
    ("autoscaling_group", false),
    ("instance", false),
    ("db_instance", false),
    ("db_replica", false),
    ("cache_cluster", false),
    ("replication_group", false),
    ("file_system", false),
    ("internet_gateway", true),
];

/// Every tier's cards: in one cell, by zone, and across several zones.
#[derive(Default)]
struct Tier<'a> {
    cells: BTreeMap<String, &'a Thing<'a>>,
    single: BTreeMap<String, Vec<&'a Thing<'a>>>,
    bands: Vec<(&'a Thing<'a>, usize, usize)>,
}

/// The picture of a scene.
pub fn draw(scene: &Scene<'_>) -> Drawing {
    let zones = zones(scene);
    let (tiers, outside) = tiers(scene, &zones);
    let mut drawing =
        Drawing { told: scene.things.iter().any(|thing| thing.state != State::Plain), ..Drawing::default() };
    let columns = zones.len().max(1);
    let inner = as_number(columns) * COLUMN + as_number(columns - 1) * GAP;
    let vpc = Rect::new(MARGIN, MARGIN + CARD.1 + 3.0 * GAP, inner + 2.0 * GAP, 0.0);
    // Lines run in the gap between the first two columns, or beside the cards of the only one.
    let lane = vpc.x + GAP + if columns > 1 { COLUMN + GAP / 2.0 } else { GAP / 2.0 };
    let front = put_front(&mut drawing, scene, outside, lane);
    let bottom = put_network(&mut drawing, scene, &zones, &tiers, (vpc, lane, front));
    let right = drawing.cards.iter().map(|card| card.rect.x + card.rect.w).fold(vpc.x + vpc.w, f64::max);
    let end = put_aside(&mut drawing, scene, right + 2.0 * GAP, vpc.y);
    let legend = if drawing.told { 2.0 * ROW } else { 0.0 };
    drawing.size = (right + 2.0 * GAP + ASIDE + MARGIN, bottom.max(end) + legend + MARGIN);
    drawing
}

fn zones(scene: &Scene<'_>) -> Vec<String> {
    let zones: BTreeSet<String> = scene.of_kind("subnet").map(zone).collect();
    zones.into_iter().collect()
}

fn zone(subnet: &Thing<'_>) -> String {
    subnet.spec.get("zone").and_then(serde_json::Value::as_str).unwrap_or("a zone").to_owned()
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

/// Every tier with what stands in it, and the cards that stand in none.
fn tiers<'a>(
    scene: &'a Scene<'a>,
    zones: &[String],
) -> (BTreeMap<(usize, String), Tier<'a>>, Vec<&'a Thing<'a>>) {
    let mut tiers: BTreeMap<(usize, String), Tier<'a>> = BTreeMap::new();
    let mut subnets: BTreeMap<&Address, (String, usize)> = BTreeMap::new();
    for subnet in scene.of_kind("subnet") {
        let column = zones.iter().position(|known| *known == zone(subnet)).unwrap_or_default();
        subnets.insert(subnet.address, (tier(subnet.address), column));
        let cells = &mut tiers.entry(rank(&tier(subnet.address))).or_default().cells;
        // Of an old subnet and its successor the one that stays is shown.
        cells.entry(zone(subnet)).or_insert(subnet);
    }
    let mut outside = Vec::new();
    for thing in &scene.things {
        let Some((_, front)) = CARDS.iter().find(|(kind, _)| *kind == thing.kind) else { continue };
        let stands = scene.subnets(thing);
        let known: Vec<&(String, usize)> = stands.iter().filter_map(|address| subnets.get(address)).collect();
        let Some((name, column)) = known.first().filter(|_| !front) else {
            outside.push(thing);
            continue;
        };
        let tier = tiers.entry(rank(name)).or_default();
        let last = known.iter().map(|(_, column)| *column).max().unwrap_or(*column);
        let first = known.iter().map(|(_, column)| *column).min().unwrap_or(*column);
        if first == last {
            tier.single.entry(zones[first].clone()).or_default().push(thing);
        } else {
            tier.bands.push((thing, first, last));
        }
    }
    (tiers, outside)
}

/// What stands in front of the network, from the visitors on; where the line to it begins.
fn put_front<'a>(
    drawing: &mut Drawing,
    scene: &Scene<'_>,
    mut outside: Vec<&Thing<'a>>,
    lane: f64,
) -> (f64, f64) {
    let order =
        |thing: &&Thing<'_>| (thing.kind != "distribution", thing.kind != "bucket", thing.address.clone());
    outside.retain(|thing| thing.kind != "internet_gateway");
    outside.sort_by_key(order);
    let width = 200.0;
    let mut x = MARGIN;
    let visitors = Rect::new(x, MARGIN, 96.0, CARD.1);
    let lines = ["Visitors".to_owned(), String::new(), String::new()];
    drawing.cards.push(Card { rect: visitors, lines, state: State::Plain });
    x += visitors.w + 3.0 * GAP;
    let mut from = visitors;
    for (index, thing) in outside.iter().enumerate() {
        // The first one stands above the lane, so that the line to the network is straight.
        if index == 0 && thing.kind == "distribution" {
            x = x.max(lane - width / 2.0);
        }
        let rect = Rect::new(x, MARGIN, width, CARD.1);
        drawing.cards.push(card(scene, thing, rect));
        let linked = thing.kind == "distribution" || (thing.kind == "bucket" && index > 0);
        if linked {
            let y = MARGIN + CARD.1 / 2.0;
            drawing.arrows.push([(from.x + from.w, y), (rect.x, y)]);
            from = if thing.kind == "distribution" { rect } else { from };
        }
        x = rect.x + rect.w + 3.0 * GAP;
    }
    let in_lane = lane.clamp(from.x + GAP, from.x + from.w - GAP);
    (in_lane, MARGIN + CARD.1)
}

/// The network with its cells; its lower edge.
fn put_network(
    drawing: &mut Drawing,
    scene: &Scene<'_>,
    zones: &[String],
    tiers: &BTreeMap<(usize, String), Tier<'_>>,
    (mut vpc, lane, front): (Rect, f64, (f64, f64)),
) -> f64 {
    let network = scene.of_kind("vpc").next();
    if zones.is_empty() && network.is_none() {
        return vpc.y;
    }
    let mut y = vpc.y + TITLE + GAP;
    let mut frames: Vec<Frame> = Vec::new();
    let mut from = front;
    for ((_, name), tier) in tiers {
        let top = y;
        let mut below = y + TITLE + GAP;
        for (thing, first, last) in &tier.bands {
            let x = vpc.x + GAP + as_number(*first) * (COLUMN + GAP) + GAP;
            let width = as_number(last - first) * (COLUMN + GAP) + CARD.0;
            let rect = Rect::new(x, below, width, CARD.1);
            drawing.cards.push(card(scene, thing, rect));
            // The first band of a tier is what the tier above asks.
            if below <= top + TITLE + GAP && lane > rect.x && lane < rect.x + rect.w {
                let x = if from == front { from.0.clamp(rect.x + GAP, rect.x + rect.w - GAP) } else { lane };
                drawing.arrows.push([(x, from.1), (x, rect.y)]);
                from = (lane, rect.y + rect.h);
            } else if lane > rect.x && lane < rect.x + rect.w && from.1 < rect.y {
                from = (lane, rect.y + rect.h);
            }
            below += CARD.1 + GAP;
        }
        let mut bottom = below;
        for (index, zone) in zones.iter().enumerate() {
            let x = vpc.x + GAP + as_number(index) * (COLUMN + GAP);
            let mut at = below;
            for thing in tier.single.get(zone).into_iter().flatten() {
                drawing.cards.push(card(scene, thing, Rect::new(x + GAP, at, CARD.0, CARD.1)));
                at += CARD.1 + GAP;
            }
            bottom = bottom.max(at);
        }
        for (index, zone) in zones.iter().enumerate() {
            let Some(subnet) = tier.cells.get(zone) else { continue };
            let x = vpc.x + GAP + as_number(index) * (COLUMN + GAP);
            let cidr = subnet.spec.get("cidr").and_then(serde_json::Value::as_str).unwrap_or_default();
            let label = fitting(&format!("{name} · {zone} · {cidr}"), COLUMN - 2.0 * GAP);
            frames.push(Frame {
                rect: Rect::new(x, top, COLUMN, bottom - top),
                label,
                state: subnet.state,
                class: "subnet",
            });
        }
        y = bottom + GAP;
    }
    vpc.h = y - vpc.y;
    let cidr =
        network.and_then(|vpc| vpc.spec.get("cidr")).and_then(serde_json::Value::as_str).unwrap_or_default();
    let state = network.map_or(State::Plain, |vpc| vpc.state);
    drawing.frames.push(Frame {
        rect: vpc,
        label: fitting(&format!("VPC · {cidr}"), vpc.w / 2.0),
        state,
        class: "vpc",
    });
    drawing.frames.extend(frames);
    y
}

/// Everything that has no card, counted by kind; its lower edge.
fn put_aside(drawing: &mut Drawing, scene: &Scene<'_>, x: f64, top: f64) -> f64 {
    let drawn = |kind: &str| {
        kind == "vpc"
            || kind == "subnet"
            || CARDS.iter().any(|(card, _)| *card == kind && kind != "internet_gateway")
    };
    let mut kinds: BTreeMap<&str, (&str, BTreeMap<State, usize>)> = BTreeMap::new();
    for thing in scene.things.iter().filter(|thing| !drawn(thing.kind)) {
        let entry = kinds.entry(thing.kind).or_default();
        // What stays has no title of its own in a plan.
        entry.0 = if thing.title.is_empty() { entry.0 } else { thing.title };
        *entry.1.entry(thing.state).or_default() += 1;
    }
    if kinds.is_empty() {
        return top;
    }
    let mut y = top + TITLE + GAP;
    for (kind, (title, states)) in kinds.iter().take(MOST_ROWS) {
        let count: usize = states.values().sum();
        let told: Vec<String> = states
            .iter()
            .filter(|(state, _)| !matches!(state, State::Plain | State::Same))
            .map(|(state, number)| format!("{number} {}", state.word()))
            .collect();
        let name = if title.is_empty() { kind.replace('_', " ") } else { (*title).to_owned() };
        let told = match (told.as_slice(), states.len()) {
            ([], _) => String::new(),
            // All of them.
            ([_], 1) => format!(", {}", states.keys().map(|state| state.word()).collect::<String>()),
            (told, _) => format!(": {}", told.join(", ")),
        };
        let state = states.keys().next_back().copied().unwrap_or(State::Plain);
        let text = fitting(&format!("{count} × {name}{told}"), ASIDE - 4.0 * GAP);
        drawing.entries.push(Entry { at: (x + GAP, y + ROW / 2.0), text, state });
        y += ROW;
    }
    if kinds.len() > MOST_ROWS {
        let text = format!("… {} more kinds", kinds.len() - MOST_ROWS);
        drawing.entries.push(Entry { at: (x + GAP, y + ROW / 2.0), text, state: State::Plain });
        y += ROW;
    }
    let rect = Rect::new(x, top, ASIDE, y + GAP - top);
    drawing.frames.push(Frame { rect, label: "Beside it".into(), state: State::Plain, class: "aside" });
    y + GAP
}

fn card(scene: &Scene<'_>, thing: &Thing<'_>, rect: Rect) -> Card {
    let room = rect.w - 2.0 * GAP;
    let title = match thing.kind {
        "distribution" => "CDN",
        "bucket" => "Bucket",
        "load_balancer" => "Load balancer",
        "nat_gateway" => "NAT gateway",
        "autoscaling_group" => "Autoscaling group",
        "instance" => "Instance",
        "db_instance" => "Database",
        "db_replica" => "Database replica",
        "cache_cluster" | "replication_group" => "Cache",
        "file_system" => "File system",
        other => other,
    };
    let state = match thing.state.sign() {
        "" => String::new(),
        sign => format!(" · {sign} {}", thing.state.word()),
    };
    let lines = [format!("{title}{state}"), thing.address.to_string(), facts(scene, thing)];
    Card { rect, lines: lines.map(|line| fitting(&line, room)), state: thing.state }
}

/// The text cut to a width in pixels.
fn fitting(text: &str, width: f64) -> String {
    let columns = (1..400).take_while(|columns| f64::from(*columns) * PIXELS_A_COLUMN <= width).count();
    super::super::text::cut(&super::super::text::clean(text), columns)
}

/// A small number of columns.
fn as_number(count: usize) -> f64 {
    f64::from(u32::try_from(count).unwrap_or(u32::MAX))
}
