//! `--annotations`: what is wrong with a stack or a plan, at its line in a pull request.

use std::io::Write as _;

use clap::ValueEnum;
use miette::{Diagnostic, SourceCode};

use crate::model::lint::Severity;
use crate::model::place::Place;
use crate::ui::annotations::{Annotation, github};

/// For whom annotations are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Annotations {
    /// GitHub Actions: commands on standard error
    Github,
    /// Nobody
    None,
}

/// Whether GitHub is to be told: because it was asked for, or because it runs this.
pub fn wanted(asked: Option<Annotations>) -> bool {
    match asked {
        Some(asked) => asked == Annotations::Github,
        None => std::env::var("GITHUB_ACTIONS").is_ok_and(|value| value == "true"),
    }
}

/// Writes them to standard error: what is on standard output may be read by a program.
pub fn write(annotations: &[Annotation]) {
    // A log that nobody can read is no reason to fail.
    let _: std::io::Result<()> = std::io::stderr().write_all(github(annotations).as_bytes());
}

/// Every finding of a report, at its first place; the report itself where it has none.
pub fn of_report(report: &dyn Diagnostic) -> Vec<Annotation> {
    let mut found = Vec::new();
    collect(report, report.source_code(), &mut found);
    if found.is_empty() {
        found.push(annotation(report, None));
    }
    found
}

fn collect(report: &dyn Diagnostic, source: Option<&dyn SourceCode>, found: &mut Vec<Annotation>) {
    let source = report.source_code().or(source);
    if let Some(place) = place(report, source) {
        found.push(annotation(report, Some(place)));
    }
    for below in report.related().into_iter().flatten() {
        collect(below, source, found);
    }
}

fn place(report: &dyn Diagnostic, source: Option<&dyn SourceCode>) -> Option<Place> {
    let label = report.labels()?.next()?;
    let contents = source?.read_span(label.inner(), 0, 0).ok()?;
    let file = contents.name()?.to_owned();
    Some(Place { file, line: contents.line() + 1, column: contents.column() + 1 })
}

fn annotation(report: &dyn Diagnostic, place: Option<Place>) -> Annotation {
    let severity = match report.severity() {
        Some(miette::Severity::Advice) => Severity::Note,
        Some(miette::Severity::Warning) => Severity::Warning,
        Some(miette::Severity::Error) | None => Severity::Error,
    };
    let help = report.help().map_or_else(String::new, |help| format!(". Help: {help}"));
    Annotation { severity, place, title: "drucloud".to_owned(), text: format!("{report}{help}") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stack::Stack;

    #[test]
    fn a_stack_that_is_wrong_is_told_line_by_line() {
        let text = "stack: x\nregion: us-east-1\nwebb: {}\nnetwork: { zonse: 2 }\n";
        let report = Stack::parse("stacks/x.yaml", text).expect_err("two typos");
        let found = of_report(&report);
        let places: Vec<(usize, usize)> = found
            .iter()
            .filter_map(|one| one.place.as_ref())
            .map(|place| (place.line, place.column))
            .collect();
        assert_eq!(places, [(3, 1), (4, 12)], "{found:?}");
        assert!(found.iter().all(|one| one.severity == Severity::Error && one.text.contains("did you mean")));
        assert_eq!(found[0].place.as_ref().map(|place| place.file.as_str()), Some("stacks/x.yaml"));
    }

    #[test]
    fn a_failure_without_a_place_is_told_once() {
        let report = miette::MietteDiagnostic::new("no credentials").with_help("sign in");
        let found = of_report(&report);
        assert_eq!((found.len(), found[0].text.as_str()), (1, "no credentials. Help: sign in"));
    }
}
