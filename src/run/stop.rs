//! The wish to stop: heard by the executor, which starts nothing new, and by those who only wait.

use tokio::sync::watch;

/// Set once, heard by all.
#[derive(Debug)]
pub struct Stop(watch::Sender<Option<String>>);

impl Default for Stop {
    fn default() -> Self {
        Self(watch::Sender::new(None))
    }
}

impl Stop {
    /// Asks all to stop. The first reason counts.
    pub fn ask(&self, why: &str) {
        self.0.send_if_modified(|reason| {
            let first = reason.is_none();
            if first {
                *reason = Some(why.to_owned());
            }
            first
        });
    }

    /// Whether somebody asked.
    pub fn asked(&self) -> bool {
        self.0.borrow().is_some()
    }

    /// Waits until somebody asks; the reason.
    pub async fn wait(&self) -> String {
        let mut heard = self.0.subscribe();
        match heard.wait_for(Option::is_some).await {
            Ok(reason) => reason.clone().unwrap_or_default(),
            Err(_) => std::future::pending().await,
        }
    }
}
