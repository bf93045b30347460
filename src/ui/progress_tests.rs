//! A whole run, on a terminal and in a log.

use std::cell::Cell;
use std::rc::Rc;

use super::super::testing::{Full, Sink, screen, story};
use super::*;

/// Plays the run with a tick every second until a moment; what was sent.
fn play(tty: bool, style: Style, size: &Rc<Cell<(usize, usize)>>, until: u64, finish: bool) -> String {
    let sink = Sink::default();
    let size = Rc::clone(size);
    let progress = Progress::with_size(sink.clone(), style, tty, Box::new(move || size.get()));
    let story = story();
    let mut events = story.iter().peekable();
    for now in (0..=until).step_by(1_000) {
        while let Some(event) = events.next_if(|event| event.at <= now) {
            progress.tell(event);
        }
        progress.tick(now);
    }
    if finish {
        progress.finish().expect("written");
    }
    sink.text()
}

fn size(columns: usize, rows: usize) -> Rc<Cell<(usize, usize)>> {
    Rc::new(Cell::new((columns, rows)))
}

#[test]
fn on_a_terminal_the_board_stands_below_what_is_done() {
    insta::assert_snapshot!(screen(&play(true, Style::plain(100), &size(100, 30), 60_000, false)));
}

#[test]
fn on_a_terminal_only_what_happened_is_left() {
    let sent = play(true, Style::plain(100), &size(100, 30), 842_000, true);
    insta::assert_snapshot!(screen(&sent));
}

#[test]
fn in_a_log_every_change_is_a_line_and_silence_is_a_sign_of_life() {
    let sent = play(false, Style::plain(100), &size(100, 30), 842_000, true);
    assert!(!sent.contains('\u{1b}'));
    insta::assert_snapshot!(sent);
}

#[test]
fn in_a_log_silence_is_never_longer_than_the_heartbeat() {
    let sent = play(false, Style::plain(100), &size(100, 30), 400_000, true);
    let still = sent.lines().filter(|line| line.contains("still at it")).count();
    assert!((8..=14).contains(&still), "{still} signs of life in 400 seconds\n{sent}");
}

#[test]
fn a_narrower_terminal_leaves_no_remains() {
    let sink = Sink::default();
    let size = size(100, 30);
    let inner = Rc::clone(&size);
    let progress = Progress::with_size(sink.clone(), Style::plain(100), true, Box::new(move || inner.get()));
    story().iter().take_while(|event| event.at <= 60_000).for_each(|event| progress.tell(event));
    progress.tick(60_000);
    let wide = progress.inner.borrow().drawn.clone();
    assert!(wide.iter().any(|columns| *columns > 50), "a line that wraps after the resize");
    size.set((50, 30));
    let before = sink.text().len();
    progress.tick(61_000);
    let rows: usize = wide.iter().map(|columns| columns.div_ceil(50)).sum();
    assert!(sink.text()[before..].starts_with(&format!("\u{1b}[{rows}A\r")), "{:?}", &sink.text()[before..]);
    assert!(progress.inner.borrow().drawn.iter().all(|columns| *columns < 50));
}

#[test]
fn nothing_is_drawn_before_anything_happens() {
    let sink = Sink::default();
    let progress = Progress::new(sink.clone(), Style::plain(80), true);
    progress.tick(1_000);
    progress.finish().expect("written");
    assert_eq!(sink.text(), "");
}

#[test]
fn a_write_that_fails_is_told_at_the_end() {
    let progress = Progress::new(Full(1), Style::plain(80), false);
    for event in story() {
        progress.tell(&event);
    }
    assert_eq!(progress.finish().expect_err("the disk is full").to_string(), "disk full");
}

#[test]
fn a_whole_run_needs_no_further_words() {
    use crate::run::event::{Event, Verb, What};
    let sink = Sink::default();
    let progress = Progress::new(sink.clone(), Style::plain(80), false);
    let steps = vec![super::super::testing::info("network.vpc", Verb::Create, 12, &[])];
    let events = [
        (0, What::ApplyStart { steps, bound: 830 }),
        (0, What::StepStart { step: 0 }),
        (842_000, What::StepDone { step: 0, took: 842_000, id: None }),
        (842_000, What::ApplyEnd { done: 1, failed: 0, left: 0, took: 842_000, bound: 830 }),
    ];
    for (at, what) in events {
        progress.tell(&Event { at, calls: 1, what });
    }
    insta::assert_snapshot!(sink.text(), @r"
    [    0s] 1 step to do; the critical path is 13m50s
    [    0s] network.vpc  creating (usually 12s)
    [14m02s] ✓ network.vpc  created in 14m02s
    [14m02s] 1 of 1 step done; took 14m02s; the critical path is 13m50s
    ");
}
