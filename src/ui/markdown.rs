//! A plan as a comment on a pull request: what a reviewer has to know first, then everything, folded away.
//!
//! GitHub and GitLab limit a comment, so the page is made of pieces that are shortened or left out whole, the least
//! important first. What was left out is counted.

mod fit;
mod remarks;
mod safe;

use std::collections::BTreeMap;

use crate::model::bill::Bill;
use crate::model::plan::{Plan, Step};
use crate::model::preview::Preview;
use crate::model::schema::Effect;

use self::fit::{Chapter, Left, Piece, length};
use super::cost::{self, Total};
use super::patch;
use super::plan::Context;
use super::told::{self, Group};
use super::words;

/// The most characters of a comment that leave GitHub's limit of 65,536 some air.
pub const MAX_CHARS: usize = 60_000;
/// The fewest characters into which the headline, the note and the footer fit.
pub const MIN_CHARS: usize = 2_000;
/// Characters kept free for the note about what is missing.
const NOTE: usize = 500;
/// Columns of one foreign sentence.
const SENTENCE: usize = 300;
/// Columns of a command that is shown; a longer one is described.
const COMMAND: usize = 300;
/// Properties named in the line of a resource.
const NAMES: usize = 6;

/// How the page is written.
#[derive(Clone, Debug)]
pub struct Options {
    /// The most characters, at least [`MIN_CHARS`].
    pub max_chars: usize,
    /// The command that applies the plan.
    pub apply: String,
}

/// What a comment begins with that shows a plan of this environment: by it the next run finds the comment.
pub fn marker(context: &Context) -> String {
    let word = |text: &str| {
        text.chars().filter(|c| c.is_ascii_alphanumeric() || "-_.".contains(*c)).collect::<String>()
    };
    format!("<!-- drucloud:plan stack={} env={} -->", word(&context.stack), word(&context.env))
}

/// The page.
pub fn render_markdown(preview: &Preview<'_>, context: &Context, options: &Options) -> String {
    let head = head(preview, context);
    let foot = foot(preview.plan, options);
    let mut chapters = vec![first(preview)];
    chapters.push(overview(preview));
    chapters.extend(sections(preview.plan));
    chapters.extend(remarks::chapters(preview));
    chapters.push(left_out(preview.plan));
    let room = options.max_chars.saturating_sub(length(&head) + length(&foot) + NOTE);
    let (page, left) = fit::fit(&chapters, room);
    format!("{head}{page}{}{foot}", note(&left, options.max_chars))
}

/// The headline: what happens, where, how long it takes, what it costs, what was found out.
fn head(preview: &Preview<'_>, context: &Context) -> String {
    let plan = preview.plan;
    let name = safe::text(&context.name(), 120);
    let title = if plan.is_empty() {
        safe::text(&told::nothing(plan, &context.name()), 200)
    } else {
        format!("{name}: {}", told::counts(plan.summary()))
    };
    let mut facts = vec![safe::text(&context.place(), 120)];
    if !plan.steps.is_empty() {
        facts.push(words::about(told::expected_seconds(plan)));
    }
    if let Some(bill) = preview.bill.as_ref().filter(|bill| !bill.items.is_empty()) {
        let total = Total::of(&bill.items);
        facts.push(format!("**{} a month**, then {}", cost::signed(total.difference()), total.after.words()));
    }
    if !preview.findings.is_empty() {
        facts.push(words::count(preview.findings.len(), "finding"));
    }
    if let Some(checks) = preview.checks.as_ref().filter(|checks| !checks.is_empty()) {
        facts.push(format!("checks: {}", words::verdicts(checks)));
    }
    format!("{}\n## {title}\n\n{}\n\n", marker(context), facts.join(" · "))
}

/// How to go on.
fn foot(plan: &Plan, options: &Options) -> String {
    let command = if options.apply.chars().count() > COMMAND {
        "<code>drucloud up</code> with the same arguments".to_owned()
    } else {
        safe::code(&options.apply, COMMAND)
    };
    let next = if plan.is_empty() {
        "Nothing to apply.".to_owned()
    } else if plan.blocked.is_empty() {
        format!("Apply it with {command}")
    } else {
        format!("This plan cannot be applied: {} blocked.", told::blockers(plan))
    };
    let stays = match plan.kept.len() {
        _ if plan.is_empty() => String::new(),
        0 => String::new(),
        1 => " · 1 resource stays as it is".to_owned(),
        kept => format!(" · {kept} resources stay as they are"),
    };
    format!("---\n{next}{stays} · drucloud {}\n", env!("CARGO_PKG_VERSION"))
}

/// What is missing for want of room.
fn note(left: &Left, max_chars: usize) -> String {
    let mut missing: Vec<String> =
        left.missing.iter().map(|(what, count)| format!("{count} {what}")).collect();
    if left.shortened > 0 {
        missing.push(format!("the details of {}", words::count(left.shortened, "resource")));
    }
    if missing.is_empty() {
        return String::new();
    }
    format!(
        "**Not shown**, to stay within {max_chars} characters: {}. `drucloud plan --html FILE` shows all of it.\n\n",
        words::list(&missing)
    )
}

/// What blocks the plan, what is lost and what goes: before everything else.
fn first(preview: &Preview<'_>) -> Chapter {
    let plan = preview.plan;
    let mut pieces = Vec::new();
    for blocked in &plan.blocked {
        let line = format!(
            "- **Blocked:** `{}`: {}. Help: {}\n",
            blocked.address,
            safe::prose(&blocked.why, SENTENCE),
            safe::prose(&blocked.help, SENTENCE)
        );
        pieces.push(Piece { weight: 0, what: "reasons why it is blocked", short: line.clone(), full: line });
    }
    for (step, group) in told::dangerous(plan) {
        let data = told::at_stake(step);
        let holds =
            data.map_or_else(String::new, |data| format!(" **It holds {}.**", safe::prose(data, SENTENCE)));
        let line = format!(
            "- **{}:** `{}`, {}: {}.{holds}\n",
            group.title(),
            step.address,
            safe::text(step.schema.title, 80),
            safe::prose(&words::reason(step), SENTENCE)
        );
        let weight = if data.is_some() { 1 } else { 2 };
        pieces.push(Piece { weight, what: "deletions and replacements", short: line.clone(), full: line });
    }
    pieces.extend(remarks::urgent(preview));
    Chapter { head: "### Look at this first\n\n".into(), pieces, foot: "\n".into() }
}

/// A row for every section of the stack that changes.
fn overview(preview: &Preview<'_>) -> Chapter {
    let plan = preview.plan;
    let prices = preview.bill.as_ref().map(Bill::sections).unwrap_or_default();
    let mut rows: BTreeMap<&str, [usize; 5]> = BTreeMap::new();
    for (step, group) in plan.steps.iter().filter_map(|step| Some((step, Group::of(step)?))) {
        rows.entry(step.address.section()).or_default()[group as usize] += 1;
    }
    let waits = rows.values().any(|row| row[Group::Wait as usize] > 0);
    let row = |(section, counts): (&&str, &[usize; 5])| {
        let number = |group: Group| match counts[group as usize] {
            0 => String::new(),
            number => number.to_string(),
        };
        let price = prices.get(*section).map_or_else(String::new, |total| total.words());
        let wait = if waits { format!(" {} |", number(Group::Wait)) } else { String::new() };
        let line = format!(
            "| `{section}` | {} | {} | {} | {} |{wait} {price} |\n",
            number(Group::Add),
            number(Group::Change),
            number(Group::Replace),
            number(Group::Destroy)
        );
        Piece { weight: 3, what: "rows of sections", short: line.clone(), full: line }
    };
    let wait = if waits { (" wait for |", "---:|") } else { ("", "") };
    let head = format!(
        "### Sections\n\n| section | add | change | replace | destroy |{} a month |\n|---|---:|---:|---:|---:|{}---:|\n",
        wait.0, wait.1
    );
    Chapter { head, pieces: rows.iter().map(row).collect(), foot: "\n".into() }
}

/// A chapter for every section of the stack, its steps in it, the most dangerous first.
fn sections(plan: &Plan) -> Vec<Chapter> {
    let mut sections: BTreeMap<&str, Vec<(Group, &Step)>> = BTreeMap::new();
    for (step, group) in plan.steps.iter().filter_map(|step| Some((step, Group::of(step)?))) {
        sections.entry(step.address.section()).or_default().push((group, step));
    }
    let chapter = |(section, mut steps): (&str, Vec<(Group, &Step)>)| {
        steps.sort_by_key(|(group, _)| *group);
        let head = format!("### {section} ({})\n\n", words::count(steps.len(), "resource"));
        let pieces = steps.into_iter().map(|(group, step)| resource(plan, step, group)).collect();
        Chapter { head, pieces, foot: "\n".into() }
    };
    sections.into_iter().map(chapter).collect()
}

/// One resource: a line, and what differs folded below it.
fn resource(plan: &Plan, step: &Step, group: Group) -> Piece {
    let line = resource_line(plan, step, group);
    let lines = patch::lines(step);
    let short = format!("- {line}\n");
    let full = if lines.is_empty() {
        short.clone()
    } else {
        format!("<details><summary>{line}</summary>\n\n{}\n</details>\n\n", safe::fence(&lines))
    };
    let loud = step.changes().iter().any(|change| change.effect == Effect::SomeInterruption);
    let (weight, what) = match group {
        Group::Destroy => (4, "resources to destroy"),
        Group::Replace => (5, "resources to replace"),
        Group::Change if loud => (6, "resources to change"),
        Group::Change => (7, "resources to change"),
        Group::Add => (10, "resources to add"),
        Group::Wait => (11, "resources to wait for"),
    };
    Piece { weight, what, full, short }
}

fn resource_line(plan: &Plan, step: &Step, group: Group) -> String {
    let names: Vec<&str> = step.changes().iter().map(|change| change.property.as_str()).collect();
    let more = names.len().saturating_sub(NAMES);
    let more = if more == 0 { String::new() } else { format!(" and {more} more") };
    let shown: Vec<String> = names.iter().take(NAMES).map(|name| safe::text(name, 60)).collect();
    let names = if shown.is_empty() { String::new() } else { format!(" ({}{more})", shown.join(", ")) };
    let order = match told::order(plan, step, group) {
        "" => String::new(),
        order => format!("; {order}"),
    };
    let loud = step.changes().iter().any(|change| change.effect == Effect::SomeInterruption);
    let loud = if loud { "; <b>some interruption</b>" } else { "" };
    format!(
        "<code>{} {}</code> {}: {}{names}{order}{loud}",
        told::sign(plan, step, group),
        step.address,
        safe::text(step.schema.title, 80),
        safe::prose(&words::reason(step), SENTENCE)
    )
}

/// What `--only` and `--except` leave out.
fn left_out(plan: &Plan) -> Chapter {
    let line = |(step, group): (&Step, Group)| {
        let title = safe::text(step.schema.title, 80);
        let line = format!("- `{}`, {title}: {}\n", step.address, group.would());
        Piece { weight: 12, what: "resources that are left out", short: line.clone(), full: line }
    };
    let pieces = told::left_out(plan).map(line).collect();
    Chapter { head: "### Left out by the selection\n\n".into(), pieces, foot: "\n".into() }
}

#[cfg(test)]
#[path = "markdown/tests.rs"]
mod tests;
