//! The board as a few lines for the bottom of a terminal: what runs, what comes next, how far it all is.

use std::collections::BTreeSet;

use super::board::{Board, Entry, State, doing};
use super::style::{Role, Style};
use super::text::{Span, columns, cut, plain, row, span};
use super::words;

/// Cells of a bar.
const BAR: u64 = 10;
/// Lines about what comes next.
const MOST_NEXT: usize = 3;

impl Board {
    /// The lines to show at a moment: at most `height` lines of at most `style.width` columns.
    pub fn lines(&self, now: u64, style: Style, height: usize) -> Vec<String> {
        if height == 0 || self.is_over() {
            return Vec::new();
        }
        let row = |spans: &Vec<Span>| row(style, style.width, spans);
        if let Some((holder, since)) = self.lease() {
            let waited = words::clock(now.saturating_sub(since));
            return vec![row(&vec![plain(format!("waiting for the lease, {waited} so far: {holder}"))])];
        }
        if self.entries().is_empty() {
            return Vec::new();
        }
        let mut next = self.next(now, style);
        let mut running = self.running_rows(now, style);
        let room = height - 1;
        if running.len() > room {
            let kept = room.saturating_sub(1);
            let more = format!("   … {} more running", running.len() - kept);
            running.truncate(kept);
            running.extend((room > 0).then(|| vec![span(Role::Dim, more)]));
        }
        next.truncate(MOST_NEXT.min(room - running.len()));
        let last = vec![span(Role::Strong, self.totals_text(now))];
        running.iter().chain(&next).chain([&last]).map(row).collect()
    }

    fn running_rows(&self, now: u64, style: Style) -> Vec<Vec<Span>> {
        let running = self.running();
        let widest = running.iter().map(|(entry, _)| columns(entry.info.address.as_str())).max().unwrap_or(0);
        let widest = widest.min(style.width / 3);
        running.iter().map(|(entry, since)| running_row(entry, now, *since, widest, style)).collect()
    }

    /// What begins next, most urgent first, and what it waits for.
    fn next(&self, now: u64, style: Style) -> Vec<Vec<Span>> {
        if let Some(why) = self.stopping() {
            let text = format!("stopping: {why}; nothing new is started");
            return vec![vec![span(Role::Warn, text)]];
        }
        let unfinished = |index: usize| {
            let entry = &self.entries()[index];
            let open = |before: &&usize| {
                let before = self.entries().get(**before);
                before.is_some_and(|entry| matches!(entry.state, State::Waiting | State::Running { .. }))
            };
            (entry.state == State::Waiting).then(|| entry.info.after.iter().filter(open).collect::<Vec<_>>())
        };
        let remaining = self.remaining(now);
        let mut waiting: Vec<(usize, Vec<&usize>)> =
            (0..self.entries().len()).filter_map(|index| Some((index, unfinished(index)?))).collect();
        let running = |before: &&usize| matches!(self.entries()[**before].state, State::Running { .. });
        // What waits only for running steps comes before what waits for others that wait.
        waiting.retain(|(_, before)| before.iter().all(running));
        waiting.sort_by_key(|(index, _)| (std::cmp::Reverse(remaining[*index]), *index));
        let line = |(index, before): (usize, Vec<&usize>)| {
            let names: BTreeSet<&str> =
                before.iter().map(|before| self.entries()[**before].info.address.as_str()).collect();
            let names = cut(&names.into_iter().collect::<Vec<_>>().join(", "), style.width);
            let waits = if names.is_empty() { String::new() } else { format!(" waits for {names}") };
            let entry = &self.entries()[index].info;
            let verb = format!("next: {:>3} ", words::symbol(entry.verb));
            vec![span(Role::Dim, verb), plain(entry.address.as_str()), span(Role::Dim, waits)]
        };
        waiting.into_iter().map(line).collect()
    }
}

fn running_row(entry: &Entry, now: u64, since: u64, widest: usize, style: Style) -> Vec<Span> {
    let elapsed = now.saturating_sub(since);
    let expected = u64::from(entry.info.expected) * 1000;
    let late = elapsed > expected;
    let address = cut(entry.info.address.as_str(), widest);
    let padding = " ".repeat(widest.saturating_sub(columns(&address)) + 2);
    let times = format!("{:>6} / {:<6} ", words::clock(elapsed), words::clock(expected));
    let symbols = style.symbols();
    let filled = (elapsed * BAR).checked_div(expected).map_or(BAR, |filled| filled.min(BAR));
    let bar: String = (0..BAR).map(|cell| if cell < filled { symbols.full } else { symbols.empty }).collect();
    vec![
        plain(format!("{:>4} ", words::symbol(entry.info.verb))),
        span(Role::Strong, address),
        plain(padding),
        span(if late { Role::Warn } else { Role::Plain }, times),
        span(Role::Dim, bar),
        plain("  "),
        span(Role::Dim, doing(entry, now)),
    ]
}
