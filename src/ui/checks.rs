//! What was checked before the apply, for the person who reads the plan.

use crate::model::check::{Check, Verdict};
use crate::model::lint::Severity;

use super::style::Role;
use super::text::{Sheet, plain, span};
use super::words;

/// Where the text of a check begins.
const TEXT: usize = 6;

/// What failed and what could not be checked, each with what to do; what passed is only counted.
pub fn put(sheet: &mut Sheet, checks: &[Check]) {
    if checks.is_empty() {
        return;
    }
    let failed = |severity: Option<Severity>| {
        let of = move |check: &&Check| {
            check.verdict == Verdict::Failed && (check.severity == Severity::Error) == severity.is_some()
        };
        checks.iter().filter(of).collect::<Vec<_>>()
    };
    put_failed(sheet, Role::Remove, "Preflight: the apply would fail:", &failed(Some(Severity::Error)));
    put_failed(sheet, Role::Warn, "Preflight: look at this first:", &failed(None));
    put_unknown(sheet, checks);
    let passed = checks.iter().filter(|check| check.verdict == Verdict::Passed).count();
    sheet.gap();
    sheet.put(0, 2, &[span(Role::Dim, format!("Preflight: {} passed.", words::count(passed, "check")))]);
}

fn put_failed(sheet: &mut Sheet, role: Role, title: &str, checks: &[&Check]) {
    if checks.is_empty() {
        return;
    }
    sheet.gap();
    sheet.put(0, 2, &[span(role, title)]);
    for check in checks {
        let address = check.address.iter().map(|address| format!("{address}: ")).collect::<String>();
        let line = [
            span(role, "  ! "),
            span(Role::Strong, address),
            plain(format!("{} ", check.message)),
            span(Role::Dim, format!("[{}]", check.id)),
        ];
        sheet.put(0, TEXT, &line);
        if let Some(remedy) = &check.remedy {
            for line in format!("help: {remedy}").lines() {
                sheet.put(TEXT, TEXT + 2, &[plain(line)]);
            }
        }
        if let Some(place) = &check.place {
            sheet.put(TEXT, TEXT + 2, &[span(Role::Dim, format!("{}:{}", place.file, place.line))]);
        }
    }
}

fn put_unknown(sheet: &mut Sheet, checks: &[Check]) {
    let mut unknown = checks
        .iter()
        .filter_map(|check| match &check.verdict {
            Verdict::Unknown { why } => Some((check, why)),
            Verdict::Passed | Verdict::Failed => None,
        })
        .peekable();
    if unknown.peek().is_none() {
        return;
    }
    sheet.gap();
    sheet.put(0, 2, &[span(Role::Warn, "Preflight: could not be checked:")]);
    for (check, why) in unknown {
        let line =
            [span(Role::Warn, "  ? "), plain(format!("{why} ")), span(Role::Dim, format!("[{}]", check.id))];
        sheet.put(0, TEXT, &line);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::place::Place;
    use crate::ui::style::Style;

    fn check(id: &'static str, verdict: Verdict, severity: Severity) -> Check {
        Check {
            id,
            verdict,
            severity,
            address: Some("network.vpc".parse().expect("an address")),
            message: format!("what {id} found"),
            remedy: Some("ask for more\n- `iam:CreateRole`".to_owned()),
            place: Some(Place { file: "stack.yaml".to_owned(), line: 7, column: 3 }),
        }
    }

    #[test]
    fn failures_come_first_and_passes_are_counted() {
        let unknown = Verdict::Unknown { why: "not allowed to ask: iam:SimulatePrincipalPolicy".to_owned() };
        let checks = [
            check("quota-vpcs", Verdict::Failed, Severity::Error),
            check("network-overlap", Verdict::Failed, Severity::Warning),
            check("permission", unknown, Severity::Error),
            check("image-exists", Verdict::Passed, Severity::Error),
        ];
        let mut sheet = Sheet::new(Style::plain(80));
        put(&mut sheet, &checks);
        insta::assert_snapshot!(sheet.finish());
    }

    #[test]
    fn nothing_checked_is_nothing_said() {
        let mut sheet = Sheet::new(Style::plain(80));
        put(&mut sheet, &[]);
        assert_eq!(sheet.finish(), "");
    }
}
