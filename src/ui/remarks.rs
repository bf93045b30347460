//! What was found out about a plan, on a terminal: findings, checks that did not pass, and the price.

use crate::model::bill::Bill;
use crate::model::check::{Check, Verdict};
use crate::model::lint::{Finding, Severity};
use crate::model::place::Place;

use super::cost::{self, Total};
use super::steps::PROPERTY;
use super::style::Role;
use super::text::{Sheet, plain, span};
use super::words;

/// Resources whose price is told one by one.
const MOST_PRICES: usize = 12;

/// The findings, the worst first; those that are accepted at the end, with why.
pub fn put_findings(sheet: &mut Sheet, findings: &[Finding]) {
    if findings.is_empty() {
        return;
    }
    sheet.gap();
    sheet.put(0, 2, &[span(Role::Warn, "Worth knowing:")]);
    for finding in words::by_weight(findings) {
        let role = match finding.severity {
            _ if finding.accepted.is_some() => Role::Dim,
            Severity::Error => Role::Remove,
            Severity::Warning => Role::Warn,
            Severity::Note => Role::Dim,
        };
        let line = [
            span(role, "  ! "),
            span(Role::Strong, finding.address.as_str()),
            plain(format!(": {} ", finding.message)),
            span(Role::Dim, format!("[{}: {}]", words::severity(finding.severity), finding.code)),
        ];
        sheet.put(0, PROPERTY, &line);
        if let Some(why) = &finding.accepted {
            sheet.put(PROPERTY, PROPERTY + 2, &[span(Role::Dim, format!("accepted: {why}"))]);
        } else {
            put_help(sheet, finding.help.as_deref(), finding.place.as_ref());
        }
    }
}

/// What did not pass or could not be checked; of the rest only how many they are.
pub fn put_checks(sheet: &mut Sheet, checks: Option<&[Check]>) {
    let Some(checks) = checks.filter(|checks| !checks.is_empty()) else { return };
    sheet.gap();
    let failed = checks.iter().any(|check| check.verdict == Verdict::Failed);
    let role = if failed { Role::Remove } else { Role::Strong };
    sheet.put(0, 2, &[span(role, format!("Checked in AWS: {}.", words::verdicts(checks)))]);
    for check in checks {
        let (role, sign, text) = match &check.verdict {
            Verdict::Passed => continue,
            Verdict::Failed if check.severity == Severity::Error => {
                (Role::Remove, "!", check.message.clone())
            }
            Verdict::Failed => (Role::Warn, "!", check.message.clone()),
            Verdict::Unknown { why } => (Role::Dim, "?", format!("{} ({why})", check.message)),
        };
        let subject = check.address.as_ref().map_or("", |address| address.as_str());
        let colon = if subject.is_empty() { "" } else { ": " };
        let weight = match check.verdict {
            Verdict::Failed => format!("{}: ", words::severity(check.severity)),
            _ => String::new(),
        };
        let line = [
            span(role, format!("  {sign} ")),
            span(Role::Strong, subject),
            plain(format!("{colon}{text} ")),
            span(Role::Dim, format!("[{weight}{}]", check.id)),
        ];
        sheet.put(0, PROPERTY, &line);
        put_help(sheet, check.remedy.as_deref(), check.place.as_ref());
    }
}

fn put_help(sheet: &mut Sheet, help: Option<&str>, place: Option<&Place>) {
    if let Some(help) = help {
        sheet.put(PROPERTY, PROPERTY + 2, &[plain(format!("help: {help}"))]);
    }
    if let Some(place) = place {
        sheet.put(PROPERTY, PROPERTY + 2, &[span(Role::Dim, words::place(place))]);
    }
}

/// What a plan makes of the price of a month.
fn changed_by(total: Total) -> String {
    match cost::signed(total.difference()) {
        zero if zero == cost::signed(0.0) && total.before.unknown == total.after.unknown => {
            "as before".to_owned()
        }
        difference => format!("{difference} by this plan"),
    }
}

/// The price of a month and what the plan changes of it.
pub fn put_bill(sheet: &mut Sheet, bill: Option<&Bill>) {
    let Some(bill) = bill.filter(|bill| !bill.items.is_empty()) else { return };
    let total = Total::of(&bill.items);
    sheet.gap();
    let head = format!("Price: {} a month, {}", total.after.words(), changed_by(total));
    let basis = format!("  (list prices of {} in {}; use not included)", bill.as_of, bill.region);
    sheet.put(0, 2, &[span(Role::Strong, head), span(Role::Dim, basis)]);
    if let (Some(over), Some(budget)) = (bill.excess(), bill.budget) {
        let text = format!("  ! {} above the budget of {} a month", cost::money(over), cost::money(budget));
        sheet.put(0, PROPERTY, &[span(Role::Remove, text)]);
    }
    let changed = cost::changed(bill);
    let arrow = sheet.style().symbols().arrow;
    for item in changed.iter().take(MOST_PRICES) {
        let line = [
            plain(format!("{:>12}  ", cost::difference(item))),
            span(Role::Strong, item.address.as_str()),
            span(Role::Dim, format!("  {} {arrow} {}", cost::price(item.before), cost::price(item.after))),
        ];
        sheet.put(0, PROPERTY + 8, &line);
    }
    if let Some(rest) = changed.get(MOST_PRICES..).filter(|rest| !rest.is_empty()) {
        let sum = Total::of(rest.iter().copied()).words();
        let text = format!("{sum:>12}  {}", words::count(rest.len(), "more resource"));
        sheet.put(0, PROPERTY + 8, &[span(Role::Dim, text)]);
    }
}
