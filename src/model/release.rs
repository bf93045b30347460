//! Releases of the site: which one is current, which came before, and what is told of a deployment.
//!
//! Pure data. The pointer is the one fact that says which release the platform has; everything else can be made
//! anew from it.

use std::fmt;
use std::str::FromStr;

use serde::Serialize;

/// How many releases stay: the current one and those that one can go back to.
pub const KEPT: usize = 5;

/// A release: the commit that it was built from.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Release(String);

impl Release {
    /// The commit.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// As people write it.
    pub fn short(&self) -> &str {
        &self.0[..12]
    }
}

impl fmt::Display for Release {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for Release {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let hex = |c: char| c.is_ascii_digit() || ('a'..='f').contains(&c);
        // SHA-1, or SHA-256 where a repository has it.
        if [40, 64].contains(&text.len()) && text.chars().all(hex) {
            Ok(Self(text.to_owned()))
        } else {
            Err(format!("`{}` is not the id of a commit", text.chars().take(80).collect::<String>()))
        }
    }
}

/// Which release the platform has.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Pointer {
    /// The current one.
    pub current: Release,
    /// Those that were current before it, the newest first.
    pub earlier: Vec<Release>,
}

impl Pointer {
    /// The pointer once this release is current: the one that was is the first to go back to.
    pub fn forward(before: Option<&Self>, release: &Release) -> Self {
        let mut earlier: Vec<Release> = Vec::new();
        for known in before.iter().flat_map(|pointer| [&pointer.current].into_iter().chain(&pointer.earlier))
        {
            if known != release && !earlier.contains(known) {
                earlier.push(known.clone());
            }
        }
        earlier.truncate(KEPT - 1);
        Self { current: release.clone(), earlier }
    }

    /// The pointer once the release before is current again. What one went back from is not gone back to.
    pub fn back(&self) -> Option<Self> {
        let (first, rest) = self.earlier.split_first()?;
        Some(Self { current: first.clone(), earlier: rest.to_vec() })
    }

    /// Whether the release is the current one, or one that one can go back to.
    pub fn keeps(&self, release: &Release) -> bool {
        self.current == *release || self.earlier.contains(release)
    }
}

/// A part of a deployment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// What a run that died had left under way is waited for.
    Settle,
    /// The release is built, once, on control.
    Build,
    /// The database is kept as it was before.
    Snapshot,
    /// The release is brought onto a node.
    Fetch,
    /// The database and Drupal's configuration follow the release.
    Update,
    /// A node serves it.
    Activate,
    /// A node serves the one before again.
    GoBack,
    /// It is the one that new nodes take.
    Point,
    /// What is not needed any more goes.
    Prune,
}

/// How far a part is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "state", content = "detail", rename_all = "snake_case")]
pub enum Progress {
    /// It began.
    Begun,
    /// What it waits for right now.
    Waits(String),
    /// It is done.
    Done,
    /// It was not needed; why.
    Skipped(String),
    /// It failed; why.
    Failed(String),
}

/// Something that happened in a deployment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Told {
    /// The part.
    pub stage: Stage,
    /// What it is done to: a node, a release, a snapshot.
    pub what: String,
    /// How far it is.
    #[serde(flatten)]
    pub progress: Progress,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn release(c: char) -> Release {
        c.to_string().repeat(40).parse().expect("a commit")
    }

    #[test]
    fn a_commit_is_hexadecimal_and_whole() {
        assert_eq!(release('a').short(), "aaaaaaaaaaaa");
        for text in ["", "main", &"a".repeat(39), &"A".repeat(40), &"g".repeat(40)] {
            assert!(text.parse::<Release>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_pointer_knows_where_one_can_go_back_to() {
        let one = Pointer::forward(None, &release('a'));
        assert_eq!(one.back(), None);
        let two = Pointer::forward(Some(&one), &release('b'));
        assert_eq!(two.earlier, [release('a')]);
        // A release that is deployed again is there once.
        let again = Pointer::forward(Some(&two), &release('a'));
        assert_eq!(again.earlier, [release('b')]);
        assert_eq!(Pointer::forward(Some(&again), &release('a')), again);
        let back = again.back().expect("one before");
        assert_eq!((back.current.clone(), back.earlier.len()), (release('b'), 0));
        assert!(again.keeps(&release('b')) && !back.keeps(&release('a')));
    }

    #[test]
    fn no_more_than_five_are_kept() {
        let pointer = "abcdef0"
            .chars()
            .fold(None, |before: Option<Pointer>, c| Some(Pointer::forward(before.as_ref(), &release(c))));
        let pointer = pointer.expect("a pointer");
        assert_eq!(pointer.earlier, ['f', 'e', 'd', 'c'].map(release));
    }
}
