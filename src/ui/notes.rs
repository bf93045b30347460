//! What is said of an event once and for all: the lines that scroll up on a terminal and fill a CI log.

use crate::run::event::{Event, What};

use super::board::{Board, Entry, State};
use super::style::{Role, Style};
use super::text::{Span, plain, span};
use super::words;

/// A line: how far it is indented, and its pieces.
pub type Note = (usize, Vec<Span>);

/// What is said of an event; `board` is as it was before the event. Where the board itself is shown, what can be
/// seen there is not said (`quiet`).
pub fn notes(board: &Board, event: &Event, style: Style, quiet: bool) -> Vec<Note> {
    let entry = |step: &usize| board.entry(*step);
    match &event.what {
        What::LeaseAwaited { holder } if board.lease().is_none_or(|(known, _)| known != holder) => {
            vec![line(Role::Warn, format!("waiting for the lease: {holder}"))]
        }
        What::LeaseTaken { id, healed } => lease_taken(id, healed.as_deref()),
        What::ApplyStart { steps, bound } => {
            let steps = words::count(steps.len(), "step");
            let bound = words::clock(u64::from(*bound) * 1000);
            vec![line(Role::Plain, format!("{steps} to do; the critical path is {bound}"))]
        }
        What::StepStart { step } if !quiet => entry(step).map(started).into_iter().collect(),
        What::StepProgress { step, state } if !quiet => {
            entry(step).and_then(|entry| progressed(entry, state)).into_iter().collect()
        }
        What::StepRetry { step, class, fault, .. } if !quiet => {
            let again = |entry: &Entry| retried(entry, words::class(*class), fault);
            entry(step).and_then(again).into_iter().collect()
        }
        What::StepDone { step, took, id } => {
            entry(step).map(|entry| done(entry, *took, id.as_deref(), style)).into_iter().collect()
        }
        What::StepFailed { step, took, error, blockers } => {
            let head = |entry: &Entry| failed(entry, Some(*took), error, blockers, style);
            entry(step).map(head).unwrap_or_default()
        }
        What::StepSkipped { step, because } => entry(step)
            .map(|entry| {
                let mark = span(Role::Dim, format!("{} ", style.symbols().skipped));
                let why = format!("  not begun, because {because} failed");
                (0, vec![mark, name(entry), span(Role::Dim, why)])
            })
            .into_iter()
            .collect(),
        What::Stopping { why } => {
            vec![line(
                Role::Warn,
                format!("stopping: {why}; finishing what is under way, starting nothing new"),
            )]
        }
        What::ApplyEnd { done, failed, left, took, bound } => {
            ended(board, [*done, *failed, *left], *took, *bound, style)
        }
        What::LeaseAwaited { .. }
        | What::StepStart { .. }
        | What::StepProgress { .. }
        | What::StepRetry { .. } => Vec::new(),
    }
}

fn line(role: Role, text: String) -> Note {
    (0, vec![span(role, text)])
}

fn name(entry: &Entry) -> Span {
    span(Role::Strong, entry.info.address.as_str())
}

fn lease_taken(id: &str, healed: Option<&str>) -> Vec<Note> {
    let healed = healed.map(|healed| line(Role::Warn, format!("an earlier run had ended early: {healed}")));
    let taken = line(Role::Dim, format!("lease taken ({id})"));
    healed.into_iter().chain([taken]).collect()
}

fn started(entry: &Entry) -> Note {
    let expected = words::clock(u64::from(entry.info.expected) * 1000);
    let text = format!("  {} (usually {expected})", words::doing(entry.info.verb));
    (0, vec![name(entry), plain(text)])
}

/// Only what is new: a state that was told already is not repeated.
fn progressed(entry: &Entry, state: &str) -> Option<Note> {
    match &entry.state {
        State::Running { doing, .. } if doing != state && state != words::doing(entry.info.verb) => {
            Some((0, vec![name(entry), plain(format!("  {state}"))]))
        }
        _ => None,
    }
}

/// The first retry of its kind in a row; the others are counted.
fn retried(entry: &Entry, why: &str, fault: &str) -> Option<Note> {
    let State::Running { retry, .. } = &entry.state else { return None };
    let told = retry.is_some_and(|(class, _)| words::class(class) == why);
    (!told).then(|| (0, vec![name(entry), plain(format!("  {why}, trying again: {fault}"))]))
}

fn done(entry: &Entry, took: u64, id: Option<&str>, style: Style) -> Note {
    let what = if entry.info.replaced { "deleted the old one" } else { words::done(entry.info.verb) };
    let retries = match entry.retries {
        0 => String::new(),
        1 => " after 1 retry".to_owned(),
        more => format!(" after {more} retries"),
    };
    let id = id.map_or_else(String::new, |id| format!("  {id}"));
    let mark = span(Role::Add, format!("{} ", style.symbols().good));
    (
        0,
        vec![
            mark,
            name(entry),
            plain(format!("  {what} in {}{retries}", words::took(took))),
            span(Role::Dim, id),
        ],
    )
}

fn failed(entry: &Entry, took: Option<u64>, error: &str, blockers: &[String], style: Style) -> Vec<Note> {
    let mark = span(Role::Remove, format!("{} ", style.symbols().bad));
    let took = took.map_or_else(String::new, |took| format!(" after {}", words::took(took)));
    let what = span(Role::Remove, format!("  {} failed{took}", words::doing(entry.info.verb)));
    let mut notes = vec![(0, vec![mark, name(entry), what]), (4, vec![plain(error)])];
    if !blockers.is_empty() {
        notes.push((4, vec![plain("in the way:")]));
        notes.extend(blockers.iter().map(|blocker| (6, vec![plain(blocker)])));
    }
    let advice = words::advice(error, !blockers.is_empty());
    notes.push((4, vec![span(Role::Dim, format!("help: {advice}, then run the same command again"))]));
    notes
}

/// The end: what failed, once more; how long it took against what was possible; how to go on.
fn ended(board: &Board, [done, fails, left]: [usize; 3], took: u64, bound: u32, style: Style) -> Vec<Note> {
    let mut notes = Vec::new();
    if fails > 0 {
        notes.push(line(Role::Remove, "what failed:".to_owned()));
        for entry in board.entries() {
            if let State::Failed { error, blockers } = &entry.state {
                notes.extend(failed(entry, None, error, blockers, style));
            }
        }
    }
    let bound = words::clock(u64::from(bound) * 1000);
    let all = words::count(done + fails + left, "step");
    let others = [(fails, "failed"), (left, "left")];
    let others = others.iter().filter(|(n, _)| *n > 0).map(|(n, what)| format!(", {n} {what}"));
    let others: String = others.collect();
    let text =
        format!("{done} of {all} done{others}; took {}; the critical path is {bound}", words::took(took));
    let whole = fails == 0 && left == 0;
    notes.push(line(if whole { Role::Add } else { Role::Warn }, text));
    if !whole {
        notes.push(line(
            Role::Strong,
            "run the same command again: it continues where this one stopped".to_owned(),
        ));
    }
    notes
}
