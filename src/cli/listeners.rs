//! Who is told of a run: the terminal, and a file of JSON lines if one is named.

use std::cell::Cell;
use std::fs::File;
use std::io::{self, IsTerminal as _, Stderr};
use std::path::Path;
use std::time::Instant;

use crate::run::event::{Event, Listener};
use crate::ui::ndjson::Ndjson;
use crate::ui::progress::Progress;
use crate::ui::style::Style;

use super::Failure;

/// The terminal and the file.
pub struct Listeners {
    progress: Progress<Stderr>,
    /// The file of events.
    pub events: Option<Ndjson<File>>,
    began: Cell<Instant>,
}

impl Listeners {
    /// Opens the file, if one is named.
    pub fn open(events: Option<&Path>) -> Result<Self, Failure> {
        let open = |path: &Path| {
            File::create(path).map(Ndjson::new).map_err(|error| {
                Failure::plain(
                    format!("cannot write events to `{}`: {error}", path.display()),
                    "name another file",
                )
            })
        };
        let (err, style) = (io::stderr(), Style::detect(&io::stderr()));
        let tty = Style::is_live(&err) && err.is_terminal();
        Ok(Self {
            progress: Progress::new(err, style, tty),
            events: events.map(open).transpose()?,
            began: Cell::new(Instant::now()),
        })
    }

    /// Redraws.
    pub fn tick(&self) {
        self.progress.tick(u64::try_from(self.began.get().elapsed().as_millis()).unwrap_or(u64::MAX));
    }

    /// The last words; what could not be written.
    pub fn finish(&self) -> Result<(), Failure> {
        let lost = |error: io::Error| {
            Failure::plain(
                format!("the run is over, but its events could not all be written: {error}"),
                "look at the disk",
            )
        };
        // When the terminal is gone there is nobody left to tell; what was done is not less done for that.
        let _: io::Result<()> = self.progress.finish();
        self.events.as_ref().map_or(Ok(()), Ndjson::finish).map_err(lost)
    }
}

impl Listener for Listeners {
    fn tell(&self, event: &Event) {
        // Events count from the beginning of their run; ticks have to count from there too.
        if event.at == 0 {
            self.began.set(Instant::now());
        }
        self.progress.tell(event);
        if let Some(events) = &self.events {
            events.tell(event);
        }
    }
}
