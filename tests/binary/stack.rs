//! The stack that everybody begins with, and changed copies of it.

use std::fs;

use crate::sandbox::{Sandbox, root};

/// The stack as it is shipped, from the project's root.
pub const STACK: &str = "stacks/drucloud.yaml";
/// What lets a destroy go on that loses data.
pub const FAREWELL: [&str; 4] = ["--yes", "--allow-data-loss", "all", "--skip-final-snapshot"];

/// A copy of the shipped stack in which each text of `changes` is replaced by another; its path.
pub fn changed(sandbox: &Sandbox, name: &str, changes: &[(&str, &str)]) -> String {
    let mut text = fs::read_to_string(root().join(STACK)).expect("the shipped stack");
    for (from, to) in changes {
        assert_eq!(text.matches(from).count(), 1, "`{from}` stands once in {STACK}");
        text = text.replace(from, to);
    }
    let path = sandbox.path(name);
    fs::write(&path, text).expect("the copy");
    path.to_str().expect("a plain path").to_owned()
}

impl Sandbox {
    /// `up` in an environment, which has to succeed.
    #[track_caller]
    pub fn up(&self, stack: &str, env: &str) -> crate::program::Ended {
        self.run(&["up", stack, "--env", env, "--yes"]).with(0)
    }

    /// `plan`, which has to find nothing to do.
    #[track_caller]
    pub fn settled(&self, stack: &str, env: &str) {
        self.run(&["plan", stack, "--env", env]).with(0).says("No changes.");
    }

    /// `destroy`, with consent to lose everything, which has to succeed.
    #[track_caller]
    pub fn destroy(&self, stack: &str, env: &str) -> crate::program::Ended {
        self.run(&[&["destroy", stack, "--env", env][..], &FAREWELL].concat())
            .with(0)
            .says("Nothing is left of")
    }
}
