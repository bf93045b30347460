//! A resource as a card: what it is, where it stands in the stack, what to know about it.

use super::layout::{Card, GAP, Rect};
use super::scene::{Scene, Thing, facts};

/// Pixels of one column of text, at twelve pixels a line.
const PIXELS_A_COLUMN: f64 = 6.6;

/// The kinds that get a card, and whether they stand in front of the network.
pub const CARDS: [(&str, bool); 12] = [
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

/// The card of a resource in that place.
pub fn card(scene: &Scene<'_>, thing: &Thing<'_>, rect: Rect) -> Card {
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
pub fn fitting(text: &str, width: f64) -> String {
    let columns = (1..400).take_while(|columns| f64::from(*columns) * PIXELS_A_COLUMN <= width).count();
    super::super::text::cut(&super::super::text::clean(text), columns)
}
