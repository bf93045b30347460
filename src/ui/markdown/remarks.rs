//! What was found out about a plan, as chapters of the comment: price, findings, checks.

use crate::model::bill::{Bill, Item};
use crate::model::check::{Check, Verdict};
use crate::model::lint::{Finding, Severity};
use crate::model::place::Place;
use crate::model::preview::Preview;

use super::super::cost::{self, Total};
use super::super::words;
use super::fit::{Chapter, Piece};
use super::{SENTENCE, safe};

/// What must be seen first: checks that fail the apply, findings that are errors, a budget that is exceeded.
pub fn urgent(preview: &Preview<'_>) -> Vec<Piece> {
    let mut lines: Vec<String> = Vec::new();
    if let Some(bill) = &preview.bill
        && let (Some(over), Some(budget)) = (bill.excess(), bill.budget)
    {
        let (over, budget) = (cost::money(over), cost::money(budget));
        lines.push(format!("- **Budget:** {over} a month above {budget}\n"));
    }
    let checks = preview.checks.iter().flatten();
    let failing =
        checks.filter(|check| check.verdict == Verdict::Failed && check.severity == Severity::Error);
    lines.extend(failing.map(|check| format!("- **The apply would fail:** {}\n", check_text(check))));
    let errors = preview.findings.iter();
    let errors = errors.filter(|finding| finding.severity == Severity::Error && finding.accepted.is_none());
    lines.extend(errors.map(|finding| format!("- **Finding:** {}\n", finding_text(finding))));
    let piece = |line: String| Piece { weight: 2, what: "urgent remarks", short: line.clone(), full: line };
    lines.into_iter().map(piece).collect()
}

/// The chapters after those of the resources.
pub fn chapters(preview: &Preview<'_>) -> Vec<Chapter> {
    let mut chapters: Vec<Chapter> = preview.bill.iter().flat_map(price).collect();
    chapters.push(findings(&preview.findings));
    chapters.extend(preview.checks.iter().map(|checks| unpassed(checks)));
    chapters
}

/// The prices that change, and what depends on use.
fn price(bill: &Bill) -> [Chapter; 2] {
    let total = Total::of(&bill.items);
    let head = format!(
        "### Price\n\nList prices of {} in {} for a month of 730 hours, in US dollars; what depends on use is not in them.\n\n\
         | resource | before | after | difference |\n|---|---:|---:|---:|\n",
        safe::text(&bill.as_of, 40),
        safe::text(&bill.region, 40)
    );
    let row = |item: &&Item| {
        let line = format!(
            "| `{}` | {} | {} | {} |\n",
            item.address,
            cost::price(item.before),
            cost::price(item.after),
            cost::difference(item)
        );
        Piece { weight: 8, what: "prices", short: line.clone(), full: line }
    };
    let mut pieces: Vec<Piece> = cost::changed(bill).iter().map(row).collect();
    let sum = format!(
        "| **all {}** | {} | {} | {} |\n",
        words::count(bill.items.len(), "resource"),
        total.before.words(),
        total.after.words(),
        cost::signed(total.difference())
    );
    pieces.push(Piece { weight: 3, what: "prices", short: sum.clone(), full: sum });
    let used = |item: &Item| {
        let uses: Vec<String> =
            item.usage.iter().map(|usage| safe::text(&cost::usage(usage), SENTENCE)).collect();
        let line = format!("- `{}`: {}\n", item.address, uses.join("; "));
        Piece { weight: 12, what: "prices by use", short: line.clone(), full: line }
    };
    let used = bill.items.iter().filter(|item| !item.usage.is_empty()).map(used).collect();
    let open = "<details><summary>Paid by use, beside that</summary>\n\n".to_owned();
    [
        Chapter { head, pieces, foot: "\n".into() },
        Chapter { head: open, pieces: used, foot: "\n</details>\n\n".into() },
    ]
}

fn findings(findings: &[Finding]) -> Chapter {
    let piece = |finding: &&Finding| {
        let line = format!("- {}: {}\n", words::severity(finding.severity), finding_text(finding));
        let weight = match (finding.severity, finding.accepted.is_some()) {
            (Severity::Error, false) => 3,
            (Severity::Warning, false) => 8,
            _ => 9,
        };
        Piece { weight, what: "findings", short: line.clone(), full: line }
    };
    let pieces = words::by_weight(findings).iter().map(piece).collect();
    Chapter { head: format!("### Findings ({})\n\n", findings.len()), pieces, foot: "\n".into() }
}

fn finding_text(finding: &Finding) -> String {
    let mut text = format!(
        "`{}`: {} <code>{}</code>",
        finding.address,
        safe::prose(&finding.message, SENTENCE),
        safe::text(finding.code, 60)
    );
    match (&finding.accepted, &finding.help) {
        (Some(why), _) => text.push_str(&format!(" Accepted: {}", safe::prose(why, SENTENCE))),
        (None, Some(help)) => text.push_str(&format!(" Help: {}", safe::prose(help, SENTENCE))),
        (None, None) => {}
    }
    text + &at(finding.place.as_ref())
}

/// The checks that did not pass.
fn unpassed(checks: &[Check]) -> Chapter {
    let piece = |check: &Check| {
        let (word, weight) = match (&check.verdict, check.severity) {
            (Verdict::Failed, Severity::Error) => ("failed", 3),
            (Verdict::Failed, _) => ("failed", 8),
            _ => ("not checked", 9),
        };
        let line = format!("- {word}: {}\n", check_text(check));
        Piece { weight, what: "checks", short: line.clone(), full: line }
    };
    let shown = checks.iter().filter(|check| check.verdict != Verdict::Passed);
    let head = format!("### Checks in AWS ({})\n\n", words::verdicts(checks));
    Chapter { head, pieces: shown.map(piece).collect(), foot: "\n".into() }
}

fn check_text(check: &Check) -> String {
    let subject = check.address.as_ref().map_or_else(String::new, |address| format!("`{address}`: "));
    let why = match &check.verdict {
        Verdict::Unknown { why } => format!(" ({})", safe::prose(why, SENTENCE)),
        _ => String::new(),
    };
    let help = check
        .remedy
        .as_ref()
        .map_or_else(String::new, |help| format!(" Help: {}", safe::prose(help, SENTENCE)));
    format!(
        "{subject}{}{why} <code>{}</code>{help}{}",
        safe::prose(&check.message, SENTENCE),
        safe::text(check.id, 60),
        at(check.place.as_ref())
    )
}

/// The line of the stack.
fn at(place: Option<&Place>) -> String {
    place.map_or_else(String::new, |place| {
        format!(" ({})", safe::text(&format!("{}:{}", place.file, place.line), 200))
    })
}
