//! Findings as annotations of GitHub: lines of a job's log that show up at the line of the stack in a pull request.
//!
//! <https://docs.github.com/en/actions/reference/workflow-commands-for-github-actions>: what a command says and names
//! is escaped, so that nothing foreign can be another command.

use crate::model::check::Verdict;
use crate::model::lint::Severity;
use crate::model::place::Place;
use crate::model::preview::Preview;

use super::text::clean;

/// GitHub shows the first ten of each severity of a step; more only fill the log.
const MOST: usize = 50;

/// One annotation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Annotation {
    /// How much it matters.
    pub severity: Severity,
    /// Where; nothing for what is at no line of the stack.
    pub place: Option<Place>,
    /// A few words.
    pub title: String,
    /// What is wrong, and what would be right.
    pub text: String,
}

/// What is to be said about a plan: what blocks it, checks that failed, findings that nobody has accepted.
pub fn of_preview(preview: &Preview<'_>) -> Vec<Annotation> {
    let text = |message: &str, help: Option<&str>| match help {
        Some(help) => format!("{message}. Help: {help}"),
        None => message.to_owned(),
    };
    let mut found: Vec<Annotation> = Vec::new();
    for blocked in &preview.plan.blocked {
        found.push(Annotation {
            severity: Severity::Error,
            place: None,
            title: format!("{}: blocked", blocked.address),
            text: text(&blocked.why, Some(&blocked.help)),
        });
    }
    let checks = preview.checks.iter().flatten().filter(|check| check.verdict == Verdict::Failed);
    found.extend(checks.map(|check| Annotation {
        severity: check.severity,
        place: check.place.clone(),
        title: check.address.as_ref().map_or_else(|| check.id.to_owned(), |at| format!("{at}: {}", check.id)),
        text: text(&check.message, check.remedy.as_deref()),
    }));
    let findings = preview.findings.iter().filter(|finding| finding.accepted.is_none());
    found.extend(findings.map(|finding| Annotation {
        severity: finding.severity,
        place: finding.place.clone(),
        title: format!("{}: {}", finding.address, finding.code),
        text: text(&finding.message, finding.help.as_deref()),
    }));
    found.sort_by_key(|one| std::cmp::Reverse(one.severity));
    found
}

/// As commands of GitHub, a line each, the first ones if there are many.
pub fn github(annotations: &[Annotation]) -> String {
    let line = |one: &Annotation| {
        let command = match one.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Note => "notice",
        };
        let place = one.place.as_ref().map_or_else(String::new, |place| {
            format!("file={},line={},col={},", property(&place.file), place.line, place.column)
        });
        format!("::{command} {place}title={}::{}\n", property(&one.title), data(&one.text))
    };
    annotations.iter().take(MOST).map(line).collect()
}

/// What a command says.
fn data(text: &str) -> String {
    clean(text).replace('%', "%25")
}

/// The value of a property of a command.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::super::samples::remarked;
    use super::super::testing::everything;
    use super::*;

    #[test]
    fn every_remark_is_a_line_and_the_worst_comes_first() {
        let plan = everything();
        let text = github(&of_preview(&remarked(&plan)));
        let lines: Vec<&str> = text.lines().collect();
        assert!(lines[0].starts_with("::error title=search.server%3A blocked::deleting"), "{text}");
        assert!(lines.contains(
            &"::error file=stacks/drucloud.yaml,line=5,col=3,title=network.vpc%3A quota-vpcs::5 of 5 VPCs are used; \
              the plan needs 1 more. Help: ask for more in Service Quotas (L-F678F1CE)"
        ), "{text}");
        assert!(
            lines.iter().any(|line| line.starts_with("::notice title=web.template%3A old-type::")),
            "{text}"
        );
        assert!(!text.contains("the office"), "what is accepted is no annotation: {text}");
        assert!(lines.iter().all(|line| line.starts_with("::")), "{text}");
    }

    #[test]
    fn nothing_foreign_is_a_command() {
        let place = Some(Place { file: "a,b:c\n::error::x".into(), line: 1, column: 1 });
        let (title, text) = ("t,::".into(), "100%\r\n::set-output name=x::y".into());
        let line = github(&[Annotation { severity: Severity::Note, place, title, text }]);
        assert_eq!(
            line,
            "::notice file=a%2Cb%3Ac\\n%3A%3Aerror%3A%3Ax,line=1,col=1,title=t%2C%3A%3A::100%25\\r\\n::set-output name=x::y\n"
        );
    }
}
