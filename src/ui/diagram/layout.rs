//! Where everything stands: a column for each zone, a row for each tier, and in them what belongs there.
//!
//! What stands in one subnet is in its cell; what stands in several is a band across their columns, above the cells'
//! own. Lines run between two columns only, so they cross nothing.

use super::aside::{ASIDE, ROW, put_aside};
use super::cards::{card, fitting};
use super::scene::{Scene, State, Thing};
use super::tiers::{Standing, Tier};

/// Air around everything.
const MARGIN: f64 = 24.0;
/// Between two cells, two cards, a frame and what it holds.
pub const GAP: f64 = 12.0;
/// A zone's column.
const COLUMN: f64 = 284.0;
/// A card in a cell.
const CARD: (f64, f64) = (COLUMN - 2.0 * GAP, 56.0);
/// The width of a card in front of the network.
const FRONT: f64 = 200.0;
/// The line with a frame's name.
pub const TITLE: f64 = 22.0;

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
    /// A rectangle.
    pub fn new(x: f64, y: f64, w: f64, h: f64) -> Self {
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

/// The network's edges, the lane in which lines run, and where the last line ended.
struct Ground {
    vpc: Rect,
    lane: f64,
    from: (f64, f64),
}

impl Ground {
    /// The left edge of a column.
    fn column(&self, index: usize) -> f64 {
        self.vpc.x + GAP + as_number(index) * (COLUMN + GAP)
    }
}

/// The picture of a scene.
pub fn draw(scene: &Scene<'_>) -> Drawing {
    let standing = Standing::of(scene);
    let mut drawing =
        Drawing { told: scene.things.iter().any(|thing| thing.state != State::Plain), ..Drawing::default() };
    let columns = standing.zones.len().max(1);
    let inner = as_number(columns) * COLUMN + as_number(columns - 1) * GAP;
    let vpc = Rect::new(MARGIN, MARGIN + CARD.1 + 3.0 * GAP, inner + 2.0 * GAP, 0.0);
    // Lines run in the gap between the first two columns, or beside the cards of the only one.
    let lane = vpc.x + GAP + if columns > 1 { COLUMN + GAP / 2.0 } else { GAP / 2.0 };
    let from = put_front(&mut drawing, scene, &standing.outside, lane);
    let bottom = put_network(&mut drawing, scene, &standing, Ground { vpc, lane, from });
    // Beside the network, below what stands in front of it.
    let beside = vpc.x + vpc.w + 2.0 * GAP;
    let end = put_aside(&mut drawing, scene, beside, vpc.y);
    let right = drawing.cards.iter().map(|card| card.rect.x + card.rect.w).fold(beside + ASIDE, f64::max);
    let legend = if drawing.told { 2.0 * ROW } else { 0.0 };
    drawing.size = (right + MARGIN, bottom.max(end) + legend + MARGIN);
    drawing
}

/// What stands in front of the network, from the visitors on; where the line to it begins.
fn put_front(drawing: &mut Drawing, scene: &Scene<'_>, outside: &[&Thing<'_>], lane: f64) -> (f64, f64) {
    let visitors = Rect::new(MARGIN, MARGIN, 96.0, CARD.1);
    let lines = ["Visitors".to_owned(), String::new(), String::new()];
    drawing.cards.push(Card { rect: visitors, lines, state: State::Plain });
    let mut from = visitors;
    let mut x = MARGIN + visitors.w + 3.0 * GAP;
    for (index, thing) in outside.iter().enumerate() {
        let is_cdn = thing.kind == "distribution";
        // The first CDN stands above the lane, so that the line to the network is straight.
        if index == 0 && is_cdn {
            x = x.max(lane - FRONT / 2.0);
        }
        let rect = Rect::new(x, MARGIN, FRONT, CARD.1);
        drawing.cards.push(card(scene, thing, rect));
        // Only neighbours are joined: a longer line would cross what stands between.
        let feeds = || outside.first().is_some_and(|cdn| scene.feeds(thing, cdn));
        let joined = index == 0 && is_cdn || index == 1 && feeds();
        if joined {
            let y = MARGIN + CARD.1 / 2.0;
            drawing.arrows.push([(from.x + from.w, y), (rect.x, y)]);
        }
        if index == 0 && is_cdn {
            from = rect;
        }
        x = rect.x + rect.w + 3.0 * GAP;
    }
    (lane.clamp(from.x + GAP, from.x + from.w - GAP), MARGIN + CARD.1)
}

/// The network with its tiers; its lower edge.
fn put_network(drawing: &mut Drawing, scene: &Scene<'_>, standing: &Standing<'_>, mut ground: Ground) -> f64 {
    let network = scene.of_kind("vpc").next();
    if standing.zones.is_empty() && network.is_none() {
        return ground.vpc.y;
    }
    let mut y = ground.vpc.y + TITLE + GAP;
    let mut frames = Vec::new();
    for ((_, name), tier) in &standing.tiers {
        let below = put_bands(drawing, scene, tier, &mut ground, y + TITLE + GAP);
        let bottom = put_cells(drawing, scene, (tier, &standing.zones), &ground, below);
        for (index, zone) in standing.zones.iter().enumerate() {
            let Some(subnet) = tier.cells.get(zone) else { continue };
            let rect = Rect::new(ground.column(index), y, COLUMN, bottom - y);
            let text = signed(subnet.state, &format!("{name} · {zone} · {}", subnet.word("cidr")));
            let label = fitting(&text, COLUMN - 2.0 * GAP);
            frames.push(Frame { rect, label, state: subnet.state, class: "subnet" });
        }
        y = bottom + GAP;
    }
    let rect = Rect { h: y - ground.vpc.y, ..ground.vpc };
    let state = network.map_or(State::Plain, |vpc| vpc.state);
    let text = signed(state, &format!("VPC · {}", network.map_or("", |vpc| vpc.word("cidr"))));
    let label = fitting(&text, rect.w / 2.0);
    drawing.frames.push(Frame { rect, label, state, class: "vpc" });
    drawing.frames.extend(frames);
    y
}

/// What stands in several zones, and the line from the tier above to the first of it; its lower edge.
fn put_bands(
    drawing: &mut Drawing,
    scene: &Scene<'_>,
    tier: &Tier<'_>,
    ground: &mut Ground,
    top: f64,
) -> f64 {
    let mut y = top;
    for (thing, first, last) in &tier.bands {
        let width = as_number(last - first) * (COLUMN + GAP) + CARD.0;
        let rect = Rect::new(ground.column(*first) + GAP, y, width, CARD.1);
        drawing.cards.push(card(scene, thing, rect));
        if ground.lane > rect.x && ground.lane < rect.x + rect.w {
            if y <= top {
                let x = ground.from.0.clamp(rect.x + GAP, rect.x + rect.w - GAP);
                drawing.arrows.push([(x, ground.from.1), (x, rect.y)]);
            }
            ground.from = (ground.lane, rect.y + rect.h);
        }
        y += CARD.1 + GAP;
    }
    y
}

/// What stands in one zone each; its lower edge.
fn put_cells(
    drawing: &mut Drawing,
    scene: &Scene<'_>,
    (tier, zones): (&Tier<'_>, &[String]),
    ground: &Ground,
    top: f64,
) -> f64 {
    let mut bottom = top;
    for (index, zone) in zones.iter().enumerate() {
        let mut y = top;
        for thing in tier.single.get(zone).into_iter().flatten() {
            let rect = Rect::new(ground.column(index) + GAP, y, CARD.0, CARD.1);
            drawing.cards.push(card(scene, thing, rect));
            y += CARD.1 + GAP;
        }
        bottom = bottom.max(y);
    }
    bottom
}

/// A frame's name behind the sign of what happens to it: what is cut is the end.
fn signed(state: State, name: &str) -> String {
    format!("{} {name}", state.sign()).trim_start().to_owned()
}

/// A small number of columns.
fn as_number(count: usize) -> f64 {
    f64::from(u32::try_from(count).unwrap_or(u32::MAX))
}
