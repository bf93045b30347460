//! Everything that has no card: counted by kind, in a list beside the network.

use std::collections::BTreeMap;

use super::cards::{CARDS, fitting};
use super::layout::{Drawing, Entry, Frame, GAP, Rect, TITLE};
use super::scene::{Scene, State};

/// The width of the list.
pub const ASIDE: f64 = 340.0;
/// One line of it.
pub const ROW: f64 = 20.0;
/// Lines of it; the rest is counted.
const MOST_ROWS: usize = 40;

/// Everything that has no card, counted by kind; its lower edge.
pub fn put_aside(drawing: &mut Drawing, scene: &Scene<'_>, x: f64, top: f64) -> f64 {
    let drawn = |kind: &str| {
        kind == "vpc"
            || kind == "subnet"
            || CARDS.iter().any(|(card, _)| *card == kind && kind != "internet_gateway")
    };
    let mut kinds: BTreeMap<&str, (&str, BTreeMap<State, usize>)> = BTreeMap::new();
    for thing in scene.things.iter().filter(|thing| !drawn(thing.kind)) {
        let entry = kinds.entry(thing.kind).or_default();
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
        let name = if title.is_empty() { readable(kind) } else { (*title).to_owned() };
        let told = match (told.as_slice(), states.len()) {
            ([], _) => String::new(),
            // All of them.
            ([_], 1) => format!(", {}", states.keys().map(|state| state.word()).collect::<String>()),
            (told, _) => format!(": {}", told.join(", ")),
        };
        let state = states.keys().next_back().copied().unwrap_or(State::Plain);
        let text = fitting(&format!("{count} × {name}{told}"), ASIDE - 2.0 * GAP);
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

/// A kind's name for people, where the plan has no title of it.
fn readable(kind: &str) -> String {
    let mut words = kind.replace('_', " ");
    words.get_mut(..1).map(str::make_ascii_uppercase);
    words
}
