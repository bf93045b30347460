//! What is wrong with a stack file: problems with their places, gathered into one report.
//!
//! A file's problems are told in one go; each is a diagnostic that a renderer can show with the text around it.

use std::fmt;
use std::iter;

use miette::{Diagnostic, LabeledSpan, Severity, SourceCode};
use thiserror::Error;

use super::source::{Source, Span};
use super::suggest;

/// How many problems are told before the rest is only counted: a file of noise must not flood a log.
const TOLD: usize = 100;

/// One finding: what is wrong, where, and what would be right.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{message}")]
pub struct Problem {
    message: String,
    labels: Vec<(Span, String)>,
    help: Option<String>,
    severity: Severity,
}

impl Problem {
    /// An error at a place, labelled in a few words.
    pub fn error(message: impl Into<String>, span: Span, label: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            labels: vec![(span, label.into())],
            help: None,
            severity: Severity::Error,
        }
    }

    /// A warning at a place: the file is accepted, the user should know.
    pub fn warning(message: impl Into<String>, span: Span, label: impl Into<String>) -> Self {
        Self { severity: Severity::Warning, ..Self::error(message, span, label) }
    }

    /// Says what would be right.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// Points to a second place.
    #[must_use]
    pub fn also(mut self, span: Span, label: impl Into<String>) -> Self {
        self.labels.push((span, label.into()));
        self
    }

    /// Says that only some environments have it.
    #[must_use]
    pub(super) fn only_in(mut self, names: &[String]) -> Self {
        let noun = if names.len() == 1 { "environment" } else { "environments" };
        let names = suggest::all_of(names.iter().map(String::as_str));
        self.message = format!("{} (in the {noun} {names})", self.message);
        self
    }

    /// What is wrong.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// What would be right.
    pub fn help_text(&self) -> Option<&str> {
        self.help.as_deref()
    }

    /// The places, the first of them the main one.
    pub fn places(&self) -> impl Iterator<Item = (Span, &str)> {
        self.labels.iter().map(|(span, label)| (*span, label.as_str()))
    }

    /// Whether the file is refused for it.
    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }

    fn start(&self) -> usize {
        self.labels.first().map_or(0, |(span, _)| span.start)
    }
}

impl Diagnostic for Problem {
    fn severity(&self) -> Option<Severity> {
        Some(self.severity)
    }

    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        self.help.as_ref().map(|help| Box::new(help) as Box<dyn fmt::Display>)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        let labels = self.labels.iter().enumerate().map(|(index, (span, text))| match index {
            0 => LabeledSpan::new_primary_with_span(Some(text.clone()), *span),
            _ => LabeledSpan::new_with_span(Some(text.clone()), *span),
        });
        Some(Box::new(labels))
    }
}

/// All that was found in one file, in the file's order.
#[derive(Clone, Debug)]
pub struct Report(Box<Contents>);

/// In a box, because a report is the error side of many results.
#[derive(Clone, Debug)]
struct Contents {
    message: String,
    help: Option<String>,
    file: Option<(Source, miette::NamedSource<std::sync::Arc<str>>)>,
    problems: Vec<Problem>,
}

impl Report {
    /// Gathers problems: in the file's order, the same finding once.
    pub fn new(source: &Source, mut problems: Vec<Problem>) -> Self {
        problems.sort_by(|a, b| (a.start(), &a.message).cmp(&(b.start(), &b.message)));
        problems.dedup();
        for (span, _) in problems.iter_mut().flat_map(|problem| &mut problem.labels) {
            *span = source.clip(*span);
        }
        let message = format!("{}: {}", source.name(), tally(&problems));
        let untold = problems.len().saturating_sub(TOLD);
        problems.truncate(TOLD);
        let help = (untold > 0)
            .then(|| format!("the first {TOLD} are shown; {untold} more follow once these are mended"));
        let file = Some((source.clone(), source.named()));
        Self(Box::new(Contents { message, help, file, problems }))
    }

    /// A report about a file that could not be read, or that has no place to point to.
    pub fn plain(message: impl Into<String>, help: impl Into<String>) -> Self {
        let (message, help) = (message.into(), Some(help.into()));
        Self(Box::new(Contents { message, help, file: None, problems: Vec::new() }))
    }

    /// The findings, at most the first hundred.
    pub fn problems(&self) -> &[Problem] {
        &self.0.problems
    }

    /// Each finding with its line and column, both counted from 1: for annotations and logs.
    pub fn located(&self) -> impl Iterator<Item = (usize, usize, &Problem)> {
        self.0.file.iter().flat_map(|(source, _)| {
            self.0.problems.iter().map(|problem| {
                let (line, column) = source.line_column(problem.start());
                (line, column, problem)
            })
        })
    }

    /// Whether nothing was found.
    pub fn is_empty(&self) -> bool {
        self.0.problems.is_empty()
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.message)
    }
}

impl std::error::Error for Report {}

impl Diagnostic for Report {
    fn severity(&self) -> Option<Severity> {
        let all_warnings = !self.is_empty() && !self.0.problems.iter().any(Problem::is_error);
        Some(if all_warnings { Severity::Warning } else { Severity::Error })
    }

    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        self.0.help.as_ref().map(|help| Box::new(help) as Box<dyn fmt::Display>)
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        self.0.file.as_ref().map(|(_, named)| named as &dyn SourceCode)
    }

    fn related<'a>(&'a self) -> Option<Box<dyn Iterator<Item = &'a dyn Diagnostic> + 'a>> {
        match self.0.problems.as_slice() {
            [] => Some(Box::new(iter::empty())),
            problems => Some(Box::new(problems.iter().map(|problem| problem as &dyn Diagnostic))),
        }
    }
}

fn tally(problems: &[Problem]) -> String {
    let errors = problems.iter().filter(|problem| problem.is_error()).count();
    let count = |n: usize, noun: &str| match n {
        1 => format!("1 {noun}"),
        n => format!("{n} {noun}s"),
    };
    match (errors, problems.len() - errors) {
        (errors, 0) => count(errors, "problem"),
        (0, warnings) => count(warnings, "warning"),
        (errors, warnings) => format!("{}, {}", count(errors, "problem"), count(warnings, "warning")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn problems_come_in_the_order_of_the_file_and_once() {
        let source = Source::new("x.yaml", "one\ntwo\n");
        let at = |start, message: &str| Problem::error(message, Span::new(start, start + 3), "here");
        let report = Report::new(&source, vec![at(4, "b"), at(0, "a"), at(4, "b")]);
        let found: Vec<_> =
            report.located().map(|(line, column, problem)| (line, column, problem.message())).collect();
        assert_eq!(found, [(1, 1, "a"), (2, 1, "b")]);
        assert_eq!(report.to_string(), "x.yaml: 2 problems");
    }

    #[test]
    fn a_flood_is_cut_and_counted() {
        let source = Source::new("x.yaml", "text");
        let problems = (0..250).map(|n| Problem::error(format!("{n:03}"), Span::new(0, 1), "")).collect();
        let report = Report::new(&source, problems);
        assert_eq!(report.problems().len(), TOLD);
        assert_eq!(report.to_string(), "x.yaml: 250 problems");
        assert!(Diagnostic::help(&report).is_some_and(|help| help.to_string().contains("150 more")));
    }
}
