//! A run as it happens: on a terminal a board that is redrawn in place under lines that stay, elsewhere one plain
//! line for every change of state and a sign of life when nothing changes.

use std::cell::RefCell;
use std::io::{self, Write};

use crate::run::event::{Event, Listener};

use super::board::{self, Board};
use super::notes::{self, Note};
use super::style::Style;
use super::text::{columns, plain, wrap};
use super::words;

/// Milliseconds without a line after which a sign of life is written, where there is no board.
const HEARTBEAT: u64 = 30_000;
/// Running steps named in a sign of life.
const MOST_NAMED: usize = 3;
/// Columns and rows where the terminal does not say.
const DEFAULT_SIZE: (usize, usize) = (80, 24);

/// Columns and rows of the terminal right now.
pub type Size = Box<dyn Fn() -> (usize, usize)>;

/// Shows a run. Times are milliseconds since the run began, as in [`Event::at`].
pub struct Progress<W> {
    inner: RefCell<Inner<W>>,
}

impl<W: Write> Progress<W> {
    /// Shows a run on `out`; with `tty` in place, asking the terminal for its size whenever it draws.
    pub fn new(out: W, style: Style, tty: bool) -> Self {
        let size = || {
            terminal_size::terminal_size()
                .map_or(DEFAULT_SIZE, |(columns, rows)| (columns.0.into(), rows.0.into()))
        };
        Self::with_size(out, style, tty, Box::new(size))
    }

    /// The same with another source of the terminal's size.
    pub fn with_size(out: W, style: Style, tty: bool, size: Size) -> Self {
        let inner = Inner {
            out,
            style,
            tty,
            size,
            board: Board::default(),
            drawn: Vec::new(),
            spoke: 0,
            now: 0,
            failed: None,
        };
        Self { inner: RefCell::new(inner) }
    }

    /// Time passes: redraws the board, or writes a sign of life. The caller decides how often.
    pub fn tick(&self, now_ms: u64) {
        let mut inner = self.inner.borrow_mut();
        inner.now = inner.now.max(now_ms);
        if inner.tty {
            inner.draw(&[]);
        } else if inner.now.saturating_sub(inner.spoke) >= HEARTBEAT {
            inner.heartbeat();
        }
    }

    /// Takes the board away; the lines that stay are all that is left. Returns the first error of a write.
    pub fn finish(&self) -> io::Result<()> {
        let mut inner = self.inner.borrow_mut();
        if inner.tty {
            inner.board = Board::default();
            inner.draw(&[]);
        }
        match inner.failed.take() {
            Some(error) => Err(error),
            None => inner.out.flush(),
        }
    }
}

impl<W: Write> Listener for Progress<W> {
    fn tell(&self, event: &Event) {
        let mut inner = self.inner.borrow_mut();
        inner.now = inner.now.max(event.at);
        let notes = notes::notes(&inner.board, event, inner.style, inner.tty);
        inner.board.tell(event);
        match (notes.is_empty(), inner.tty) {
            (true, _) => {}
            (false, true) => inner.draw(&notes),
            (false, false) => inner.say(&notes),
        }
    }
}

struct Inner<W> {
    out: W,
    style: Style,
    tty: bool,
    size: Size,
    board: Board,
    /// The columns of each line of the board as it stands on the terminal.
    drawn: Vec<usize>,
    /// When the last plain line was written.
    spoke: u64,
    now: u64,
    failed: Option<io::Error>,
}

impl<W: Write> Inner<W> {
    /// Writes over the old board: first what stays, then the new board; in one piece, so that nothing flickers.
    fn draw(&mut self, notes: &[Note]) {
        let (columns_now, rows) = (self.size)();
        // One column stays free: a line that fills the last one wraps on some terminals.
        let style = self.style.at(columns_now.saturating_sub(1).max(1));
        let stay = notes.iter().flat_map(|(indent, spans)| wrap(style, *indent, indent + 2, spans));
        let plain_style = Style { colour: false, ..style };
        let height = rows.saturating_sub(1);
        let board = self.board.lines(self.now, style, height);
        let drawn =
            self.board.lines(self.now, plain_style, height).iter().map(|line| columns(line)).collect();
        if notes.is_empty() && board.is_empty() && self.drawn.is_empty() {
            return;
        }
        // After a resize a line of the old board may stand on several rows.
        let above: usize = self.drawn.iter().map(|wide| wide.div_ceil(columns_now.max(1)).max(1)).sum();
        let mut frame = if above > 0 { format!("\u{1b}[{above}A\r") } else { String::new() };
        for line in stay.chain(board) {
            frame.push_str(&line);
            frame.push_str("\u{1b}[K\n");
        }
        if above > 0 {
            frame.push_str("\u{1b}[J");
        }
        self.drawn = drawn;
        self.write(&frame);
    }

    /// One line each, with the time elapsed before it. Lines are not wrapped: a log is searched line by line.
    fn say(&mut self, notes: &[Note]) {
        let style = self.style.at(usize::MAX);
        let clock = format!("[{:>6}] ", words::clock(self.now));
        let mut lines = String::new();
        for (indent, spans) in notes {
            let mut spans = spans.clone();
            spans.insert(0, plain(format!("{clock}{}", " ".repeat(*indent))));
            for line in wrap(style, 0, 0, &spans) {
                lines.push_str(&line);
                lines.push('\n');
            }
        }
        self.spoke = self.now;
        self.write(&lines);
    }

    fn heartbeat(&mut self) {
        let running = self.board.running();
        let mut named: Vec<String> = Vec::new();
        for (entry, since) in running.iter().take(MOST_NAMED) {
            let elapsed = words::clock(self.now.saturating_sub(*since));
            let expected = words::clock(u64::from(entry.info.expected) * 1000);
            let doing = board::doing(entry, self.now);
            named.push(format!("{} {elapsed} of usually {expected} ({doing})", entry.info.address));
        }
        if running.len() > MOST_NAMED {
            named.push(format!("{} more", running.len() - MOST_NAMED));
        }
        let text = match (self.board.lease(), named.is_empty()) {
            (Some((holder, _)), _) => format!("still waiting for the lease: {holder}"),
            (None, true) => "still at it".to_owned(),
            (None, false) => format!("still at it: {}", named.join(", ")),
        };
        let totals = match self.board.entries() {
            [] => String::new(),
            _ => format!("; {}", self.board.totals_text(self.now)),
        };
        self.say(&[(0, vec![plain(text + &totals)])]);
    }

    /// The first error ends the showing, never the run; [`Progress::finish`] returns it.
    fn write(&mut self, text: &str) {
        if self.failed.is_none() {
            self.failed = self.out.write_all(text.as_bytes()).and_then(|()| self.out.flush()).err();
        }
    }
}

#[cfg(test)]
#[path = "progress_tests.rs"]
mod tests;
