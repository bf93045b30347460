//! What the sections' own rules find: relations between values that no schema can say.
//!
//! A rule sees typed values with their defaults and names paths; this turns the paths into places. It stays
//! silent about values that were refused before, because the default in their stead would be blamed.

use super::node::Node;
use super::path::Path;
use super::report::Problem;
use super::source::Span;

/// The tree of one environment and what was found in it.
pub struct Findings<'a> {
    tree: &'a Node,
    home: Span,
    refused: &'a [Path],
    problems: Vec<Problem>,
}

impl<'a> Findings<'a> {
    /// Nothing found yet. `home` is the place of the environment, `refused` leads to what was taken out of it.
    pub fn new(tree: &'a Node, home: Span, refused: &'a [Path]) -> Self {
        Self { tree, home, refused, problems: Vec::new() }
    }

    /// What was found.
    pub fn into_problems(self) -> Vec<Problem> {
        self.problems
    }

    /// An error about the values at these paths, the first of them the one to change.
    pub fn error(&mut self, paths: &[&str], message: impl Into<String>, help: impl Into<String>) {
        self.push(paths, |span, label| Problem::error(message, span, label).help(help));
    }

    /// A warning about the values at these paths.
    pub fn warn(&mut self, paths: &[&str], message: impl Into<String>, help: impl Into<String>) {
        self.push(paths, |span, label| Problem::warning(message, span, label).help(help));
    }

    fn push(&mut self, paths: &[&str], problem: impl FnOnce(Span, String) -> Problem) {
        let paths: Vec<Path> = paths.iter().map(|path| Path::from(*path)).collect();
        if paths.iter().any(|path| self.refused.iter().any(|refused| refused.touches(path))) {
            return;
        }
        let [first, others @ ..] = paths.as_slice() else { return };
        let found = first.find(self.tree, self.home);
        let mut problem = problem(found.span, found.label(first));
        for path in others {
            let found = path.find(self.tree, self.home);
            // Of a section that is nowhere in the file there is no second place to show.
            if found.exact || found.span != self.home {
                problem = problem.also(found.span, found.label(path));
            }
        }
        self.problems.push(problem);
    }

    /// A problem whose place is known.
    pub fn add(&mut self, problem: Problem) {
        self.problems.push(problem);
    }

    /// Whether a value was refused before.
    pub fn is_refused(&self, path: &Path) -> bool {
        self.refused.iter().any(|refused| refused.touches(path))
    }

    /// Whether a value is written in the file.
    pub fn is_written(&self, path: &str) -> bool {
        Path::from(path).find(self.tree, self.home).exact
    }
}
