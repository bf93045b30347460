//! The one question. Without a terminal and without an answer on the command line the command refuses.

use std::io::{self, BufRead as _, IsTerminal as _, Write as _};

use super::Failure;

/// Asks for a word; whether it was given.
pub fn confirm(question: &str, word: &str) -> Result<bool, Failure> {
    if !io::stdin().is_terminal() {
        return Err(Failure::plain(
            "there is no terminal to ask on",
            "add `--yes` (with make: `YES=1`) if the plan is what you want",
        ));
    }
    let lost = |error: io::Error| Failure::plain(format!("cannot ask: {error}"), "add `--yes`");
    let mut out = anstream::stderr();
    write!(out, "{question} Type `{word}` to go on: ").map_err(lost)?;
    out.flush().map_err(lost)?;
    let mut answer = String::new();
    io::stdin().lock().read_line(&mut answer).map_err(lost)?;
    Ok(answer.trim() == word)
}
