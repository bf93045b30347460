//! A deployment as it happens, a line for every change, and its end in a few.

use crate::model::release::{Pointer, Progress, Release, Stage, Told};

use super::style::{Role, Style};
use super::text::{plain, row, span};
use super::words;

/// What a part is called while it goes on, and when it is done.
fn verbs(stage: Stage) -> (&'static str, &'static str) {
    match stage {
        Stage::Settle => ("waiting for what a run that died has left", "over"),
        Stage::Build => ("building", "built"),
        Stage::Snapshot => ("taking a snapshot of the database", "snapshot available"),
        Stage::Fetch => ("fetching the release", "has the release"),
        Stage::Update => ("the database and the configuration follow", "the database has followed"),
        Stage::Activate => ("switching", "serves the release"),
        Stage::GoBack => ("going back to the release before", "is back"),
        Stage::Point => ("becomes current", "is current: new nodes take it"),
        Stage::Prune => ("deleting", "deleted"),
    }
}

/// One line, with the milliseconds since the beginning in front.
pub fn line(told: &Told, at: u64, style: Style) -> String {
    let (doing, done) = verbs(told.stage);
    let symbols = style.symbols();
    let (role, mark, words) = match &told.progress {
        Progress::Begun => (Role::Plain, " ", doing.to_owned()),
        Progress::Waits(state) => (Role::Dim, symbols.ellipsis, state.clone()),
        Progress::Done => (Role::Add, symbols.good, done.to_owned()),
        Progress::Skipped(why) => (Role::Dim, symbols.skipped, why.clone()),
        Progress::Failed(why) => (Role::Remove, symbols.bad, why.clone()),
    };
    let clock = format!("[{:>6}] ", words::clock(at));
    // Lines are not wrapped: a log is searched line by line.
    let spans = [
        plain(clock),
        span(role, format!("{mark} ")),
        span(Role::Strong, told.what.as_str()),
        plain("  "),
        span(role, words),
    ];
    row(style, usize::MAX, &spans)
}

/// What has become of it.
pub fn summary(
    pointer: &Pointer,
    before: Option<&Release>,
    snapshot: Option<&str>,
    behind: &[(String, String)],
) -> String {
    let before = before.map_or_else(String::new, |before| format!("; it was {} before", before.short()));
    let mut lines = vec![format!("\nThe release {} is current{before}.\n", pointer.current)];
    lines.extend(snapshot.map(|name| format!("The database as it was before is in the snapshot {name}.\n")));
    let late = |(node, why): &(String, String)| {
        format!("The node {node} came meanwhile and does not serve it: {why}\n")
    };
    lines.extend(behind.iter().map(late));
    lines.concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn release(c: char) -> Release {
        c.to_string().repeat(40).parse().expect("a commit")
    }

    #[test]
    fn every_change_is_a_line() {
        let told = |stage, progress| {
            line(&Told { stage, what: "i-1".to_owned(), progress }, 62_000, Style::plain(80))
        };
        assert_eq!(told(Stage::Activate, Progress::Begun), "[ 1m02s]   i-1  switching");
        assert_eq!(told(Stage::Activate, Progress::Done), "[ 1m02s] ✓ i-1  serves the release");
        let failed = told(Stage::Build, Progress::Failed("no such ref".to_owned()));
        assert!(failed.ends_with(" i-1  no such ref"), "{failed}");
    }

    #[test]
    fn the_end_says_where_one_can_go_back_to() {
        let pointer = Pointer { current: release('b'), earlier: vec![release('a')] };
        let behind = [("i-9".to_owned(), "no room".to_owned())];
        let text = summary(&pointer, Some(&release('a')), Some("s-1"), &behind);
        let expected = format!(
            "\nThe release {} is current; it was aaaaaaaaaaaa before.\nThe database as it was before is in the snapshot \
             s-1.\nThe node i-9 came meanwhile and does not serve it: no room\n",
            release('b')
        );
        assert_eq!(text, expected);
    }
}
