//! What was found out about a plan on the page: price, findings, checks.

use crate::model::bill::Bill;
use crate::model::check::{Check, Verdict};
use crate::model::lint::{Finding, Severity};
use crate::model::place::Place;
use crate::model::preview::Preview;

use super::super::cost::{self, Total};
use super::super::words;
use super::safe::{escaped, prose};

/// What must be seen first: a budget that is exceeded, checks that fail the apply, findings that are errors.
pub fn urgent(preview: &Preview<'_>) -> Vec<String> {
    let mut items = Vec::new();
    if let Some(bill) = &preview.bill
        && let (Some(over), Some(budget)) = (bill.excess(), bill.budget)
    {
        items.push(format!("<b>Budget:</b> {} a month above {}", cost::money(over), cost::money(budget)));
    }
    let checks = preview.checks.iter().flatten();
    let failing =
        checks.filter(|check| check.verdict == Verdict::Failed && check.severity == Severity::Error);
    items.extend(failing.map(|check| format!("<b>The apply would fail:</b> {}", check_text(check))));
    let errors = preview.findings.iter();
    let errors = errors.filter(|finding| finding.severity == Severity::Error && finding.accepted.is_none());
    items.extend(errors.map(|finding| format!("<b>Finding:</b> {}", finding_text(finding))));
    items
}

/// The prices that change, the sum, and what depends on use.
pub fn price(bill: Option<&Bill>) -> String {
    let Some(bill) = bill.filter(|bill| !bill.items.is_empty()) else { return String::new() };
    let total = Total::of(&bill.items);
    let mut html = format!(
        "<section><h2>Price</h2><p class=\"dim\">List prices of {} in {} for a month of 730 hours, in US dollars; \
         what depends on use is not in them.</p><div class=\"wide\"><table><thead><tr><th>resource</th><th>before</th>\
         <th>after</th><th>difference</th></tr></thead><tbody>\n",
        escaped(&bill.as_of),
        escaped(&bill.region)
    );
    for item in cost::changed(bill) {
        html.push_str(&format!(
            "<tr><td><code>{}</code></td><td>{}</td><td>{}</td><td>{}</td></tr>\n",
            item.address,
            cost::price(item.before),
            cost::price(item.after),
            cost::difference(item)
        ));
    }
    html.push_str(&format!(
        "<tr class=\"sum\"><td>all {}</td><td>{}</td><td>{}</td><td>{}</td></tr></tbody></table></div>\n",
        words::count(bill.items.len(), "resource"),
        total.before.words(),
        total.after.words(),
        total.words()
    ));
    let used: Vec<String> = bill
        .items
        .iter()
        .filter(|item| !item.usage.is_empty())
        .map(|item| {
            let uses: Vec<String> = item.usage.iter().map(|usage| escaped(&cost::usage(usage))).collect();
            format!("<li><code>{}</code>: {}</li>\n", item.address, uses.join("; "))
        })
        .collect();
    if !used.is_empty() {
        html.push_str(&format!(
            "<details><summary>Paid by use, beside that</summary><ul>\n{}</ul></details>\n",
            used.concat()
        ));
    }
    html.push_str("</section>\n");
    html
}

/// The findings, the worst first.
pub fn findings(findings: &[Finding]) -> String {
    let item = |finding: &&Finding| {
        let class = if finding.accepted.is_some() { "dim" } else { weight(finding.severity) };
        let word = words::severity(finding.severity);
        format!("<li><b class=\"{class}\">{word}</b> {}</li>\n", finding_text(finding))
    };
    list(
        "Findings",
        &words::by_weight(findings).iter().map(item).collect::<Vec<_>>(),
        &findings.len().to_string(),
    )
}

/// The checks that did not pass.
pub fn checks(checks: Option<&[Check]>) -> String {
    let checks = checks.unwrap_or_default();
    let item = |check: &Check| {
        let (word, class) = match check.verdict {
            Verdict::Failed => ("failed", weight(check.severity)),
            _ => ("not checked", "dim"),
        };
        format!("<li><b class=\"{class}\">{word}</b> {}</li>\n", check_text(check))
    };
    let items: Vec<String> =
        checks.iter().filter(|check| check.verdict != Verdict::Passed).map(item).collect();
    if items.is_empty() && !checks.is_empty() {
        return format!("<section><h2>Checks in AWS</h2><p>{}</p></section>\n", words::verdicts(checks));
    }
    list("Checks in AWS", &items, &words::verdicts(checks))
}

fn list(title: &str, items: &[String], note: &str) -> String {
    if items.is_empty() {
        return String::new();
    }
    format!(
        "<section><h2>{title} <span class=\"dim\">{note}</span></h2><ul>\n{}</ul></section>\n",
        items.concat()
    )
}

fn weight(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "removed",
        Severity::Warning => "changed",
        Severity::Note => "dim",
    }
}

fn finding_text(finding: &Finding) -> String {
    let after = match (&finding.accepted, &finding.help) {
        (Some(why), _) => format!(" <span class=\"dim\">Accepted: {}</span>", prose(why)),
        (None, Some(help)) => format!(" <span class=\"dim\">Help: {}</span>", prose(help)),
        (None, None) => String::new(),
    };
    format!(
        "<code>{}</code>: {} <code>{}</code>{after}{}",
        finding.address,
        prose(&finding.message),
        escaped(finding.code),
        at(finding.place.as_ref())
    )
}

fn check_text(check: &Check) -> String {
    let subject =
        check.address.as_ref().map_or_else(String::new, |address| format!("<code>{address}</code>: "));
    let why = match &check.verdict {
        Verdict::Unknown { why } => format!(" ({})", prose(why)),
        _ => String::new(),
    };
    let help = check.remedy.as_ref();
    let help =
        help.map_or_else(String::new, |help| format!(" <span class=\"dim\">Help: {}</span>", prose(help)));
    format!(
        "{subject}{}{why} <code>{}</code>{help}{}",
        prose(&check.message),
        escaped(check.id),
        at(check.place.as_ref())
    )
}

fn at(place: Option<&Place>) -> String {
    let place = place.map(|place| escaped(&format!("{}:{}", place.file, place.line)));
    place.map_or_else(String::new, |place| format!(" <span class=\"dim\">{place}</span>"))
}
