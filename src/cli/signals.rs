//! Ctrl-C and SIGTERM: once, nothing new is started; twice, the program ends at once.

use std::io::Write as _;

use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::run::stop::Stop;

use super::Failure;

/// Interrupted (128 + SIGINT, as shells have it).
pub const INTERRUPTED: u8 = 130;

/// The signals that end a program politely.
pub struct Signals {
    interrupt: Signal,
    terminate: Signal,
}

impl Signals {
    /// Listens from now on.
    pub fn listen() -> Result<Self, Failure> {
        let listen = |kind| {
            signal(kind)
                .map_err(|error| Failure::plain(format!("cannot listen to signals: {error}"), "try again"))
        };
        Ok(Self { interrupt: listen(SignalKind::interrupt())?, terminate: listen(SignalKind::terminate())? })
    }

    async fn next(&mut self) -> &'static str {
        tokio::select! {
            _ = self.interrupt.recv() => "Ctrl-C",
            _ = self.terminate.recv() => "SIGTERM",
        }
    }

    /// Asks to stop at the first signal and ends the program at the second.
    pub async fn watch(&mut self, stop: &Stop) -> std::convert::Infallible {
        let which = self.next().await;
        stop.ask(&format!(
            "{which}: starting nothing new, finishing the calls under way; once more ends at once"
        ));
        self.next().await;
        // Nobody is left to tell if standard error is gone.
        let _: std::io::Result<()> = writeln!(
            anstream::stderr(),
            "\nended at once. Nothing is lost: what AWS was asked for goes on there, and the same command, run again, \
             finds it and continues. The lease frees itself."
        );
        std::process::exit(i32::from(INTERRUPTED));
    }
}
