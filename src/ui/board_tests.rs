//! The board at several moments of one run.

use proptest::prelude::*;

use crate::run::event::Verb;

use super::super::style::Style;
use super::super::testing::{event, info, story};
use super::super::text::columns;
use super::*;

/// The board after all that happened up to a moment.
fn at(now: u64) -> Board {
    let mut board = Board::default();
    story().iter().filter(|event| event.at <= now).for_each(|event| board.tell(event));
    board
}

fn lines(now: u64, width: usize, height: usize) -> String {
    at(now).lines(now, Style::plain(width), height).join("\n")
}

#[test]
fn waiting_for_the_lease() {
    assert_eq!(
        lines(3_000, 100, 20),
        "waiting for the lease, 3s so far: anna on ci-7, since 10:02, until 10:07"
    );
}

#[test]
fn at_the_beginning_with_retries() {
    insta::assert_snapshot!(lines(8_000, 100, 20));
}

#[test]
fn in_the_middle() {
    insta::assert_snapshot!(lines(60_000, 100, 20));
    insta::assert_snapshot!(lines(60_000, 60, 20));
}

#[test]
fn later_than_usual() {
    insta::assert_snapshot!(lines(129_000, 100, 20));
}

#[test]
fn stopping() {
    insta::assert_snapshot!(lines(500_000, 100, 20));
}

#[test]
fn nothing_after_the_end() {
    assert_eq!(lines(842_000, 100, 20), "");
}

#[test]
fn a_low_terminal_keeps_the_totals_and_what_runs() {
    for height in 0..8 {
        let lines = at(60_000).lines(60_000, Style::plain(100), height);
        assert!(lines.len() <= height);
        assert_eq!(lines.last().map(|last| last.contains("of 8 done")), (height > 0).then_some(true));
    }
    insta::assert_snapshot!(lines(60_000, 100, 3));
}

#[test]
fn ascii() {
    let style = Style { unicode: false, ..Style::plain(100) };
    let lines = at(60_000).lines(60_000, style, 20);
    assert!(lines.iter().all(|line| line.is_ascii()));
    assert!(lines[0].contains("##########"), "{}", lines[0]);
}

#[test]
fn the_time_left_is_that_of_the_longest_way() {
    let mut board = Board::default();
    let steps = vec![
        info("a.one", Verb::Create, 10, &[2]),
        info("a.two", Verb::Create, 5, &[]),
        info("a.three", Verb::Delete, 20, &[]),
    ];
    board.tell(&event(0, 0, What::ApplyStart { steps, bound: 30 }));
    assert_eq!(board.left(0), 30_000);
    board.tell(&event(0, 0, What::StepStart { step: 2 }));
    assert_eq!(board.left(15_000), 15_000);
    assert_eq!(board.left(25_000), 10_000);
    board.tell(&event(25_000, 0, What::StepDone { step: 2, took: 25_000, id: None }));
    assert_eq!(board.left(25_000), 10_000);
    board.tell(&event(25_000, 0, What::Stopping { why: "interrupted".into() }));
    assert_eq!(board.left(25_000), 0, "nothing new is started");
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_events_at_any_size(
        order in prop::collection::vec(0..26_usize, 0..40),
        (width, height) in (0..200_usize, 0..30_usize),
        now in 0..2_000_000_u64,
    ) {
        let story = story();
        let mut board = Board::default();
        for index in order {
            board.tell(&story[index % story.len()]);
            let lines = board.lines(now, Style::plain(width.max(1)), height);
            prop_assert!(lines.len() <= height);
            prop_assert!(lines.iter().all(|line| columns(line) <= width.max(1)));
        }
    }
}
