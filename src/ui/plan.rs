//! A plan for the person who has to decide about it, perhaps at three in the morning.
//!
//! The headline first, then what could hurt (blocked, destroyed, replaced), then the rest; every difference
//! with what it does and where it comes from.

use crate::model::lint::Finding;
use crate::model::path;
use crate::model::plan::{Action, Blocked, Plan, Reason, Step, Summary};
use crate::model::preview::Preview;
use crate::model::spec::Spec;

use super::style::{Role, Style};
use super::text::{Sheet, Span, columns, plain, span};
use super::{change, checks, words};

/// Where a resource's line begins, after its symbol of up to three columns.
const PROPERTY: usize = 6;
/// Columns of one value of something that is created.
const BRIEF: usize = 48;

/// Which environment of whose account a plan is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Context {
    /// The stack's name.
    pub stack: String,
    /// The environment's name.
    pub env: String,
    /// The account id, where it is known.
    pub account: Option<String>,
    /// The region.
    pub region: String,
    /// The endpoint, where it is not AWS's own.
    pub endpoint: Option<String>,
}

impl Context {
    /// `stack/env`.
    pub fn name(&self) -> String {
        format!("{}/{}", self.stack, self.env)
    }

    /// Region, account and endpoint, as far as known.
    fn place(&self) -> String {
        let account = self.account.iter().map(|account| format!("account {account}"));
        let endpoint = self.endpoint.iter().map(|endpoint| format!("endpoint {endpoint}"));
        let known: Vec<String> = account.chain(endpoint).collect();
        if known.is_empty() { self.region.clone() } else { format!("{} ({})", self.region, known.join(", ")) }
    }
}

/// In which section a step is shown, most dangerous first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Section {
    Destroy,
    Replace,
    Change,
    Add,
    Wait,
}

impl Section {
    const ALL: [Self; 5] = [Self::Destroy, Self::Replace, Self::Change, Self::Add, Self::Wait];

    fn title(self) -> &'static str {
        match self {
            Self::Destroy => "Destroyed:",
            Self::Replace => "Replaced:",
            Self::Change => "Changed:",
            Self::Add => "Added:",
            Self::Wait => "Waited for:",
        }
    }

    fn role(self) -> Role {
        match self {
            Self::Destroy => Role::Remove,
            Self::Replace => Role::Replace,
            Self::Change => Role::Change,
            Self::Add => Role::Add,
            Self::Wait => Role::Dim,
        }
    }

    /// `None` for the deletion of what is replaced: it is told with its successor.
    fn of(step: &Step) -> Option<Self> {
        match (&step.action, &step.reason) {
            (Action::Delete, Reason::Replaced) => None,
            (Action::Delete, _) => Some(Self::Destroy),
            (Action::Replace { .. }, _) => Some(Self::Replace),
            (Action::Update { .. }, _) => Some(Self::Change),
            (Action::Create, _) => Some(Self::Add),
            (Action::Await, _) => Some(Self::Wait),
        }
    }
}

/// The plan as text, each line with its end; never wider than the style and without trailing spaces.
pub fn render_plan(preview: &Preview<'_>, context: &Context, style: Style) -> String {
    let plan = preview.plan;
    let mut sheet = Sheet::new(style);
    put_headline(&mut sheet, plan, context);
    put_blocked(&mut sheet, &plan.blocked);
    checks::put(&mut sheet, preview.checks.as_deref().unwrap_or_default());
    for section in Section::ALL {
        put_section(&mut sheet, plan, section);
    }
    put_left(&mut sheet, plan);
    put_findings(&mut sheet, &preview.findings);
    if !plan.is_empty() {
        sheet.gap();
        put_summary(&mut sheet, plan);
    }
    sheet.finish()
}

/// Seconds that the plan is expected to take: its critical path.
pub fn expected_seconds(plan: &Plan) -> u32 {
    path::remaining(&plan.steps).into_iter().max().unwrap_or(0)
}

/// Whether the old one of a replacement goes before the new one is there.
pub fn old_goes_first(plan: &Plan, replace: &Step) -> bool {
    let old = |step: &Step| step.reason == Reason::Replaced && step.address == replace.address;
    replace.after.iter().filter_map(|&before| plan.steps.get(before)).any(old)
}

fn only_waits(plan: &Plan) -> bool {
    plan.blocked.is_empty() && plan.steps.iter().all(|step| step.action == Action::Await)
}

fn put_headline(sheet: &mut Sheet, plan: &Plan, context: &Context) {
    let kept = plan.kept.len();
    let text = if plan.is_empty() && !plan.left.is_empty() {
        format!("No changes of what is selected in {}.", context.name())
    } else if plan.is_empty() && kept == 0 {
        format!("No changes. {} has no resources.", context.name())
    } else if plan.is_empty() {
        format!("No changes. {} is as the stack says ({}).", context.name(), words::count(kept, "resource"))
    } else if only_waits(plan) {
        let all = words::count(kept + plan.steps.len(), "resource");
        format!("No changes. AWS still works on {} of the {all} of {}.", plan.steps.len(), context.name())
    } else {
        let counts = counts(plan.summary());
        format!("Plan for {} in {}: {counts}", context.name(), context.place())
    };
    sheet.put(0, 2, &[span(Role::Strong, text)]);
}

/// The numbers, as everyone knows them from other tools.
fn counts(summary: Summary) -> String {
    let Summary { create, update, replace, delete, wait } = summary;
    let waits = if wait > 0 { format!(", {wait} to wait for") } else { String::new() };
    format!("{create} to add, {update} to change, {replace} to replace, {delete} to destroy{waits}")
}

fn put_blocked(sheet: &mut Sheet, blocked: &[Blocked]) {
    if blocked.is_empty() {
        return;
    }
    sheet.gap();
    sheet.put(0, 2, &[span(Role::Remove, "Blocked, so nothing of this can be applied:")]);
    for Blocked { address, why, help } in blocked {
        let head =
            [span(Role::Remove, "  ! "), span(Role::Strong, address.as_str()), plain(format!(": {why}"))];
        sheet.put(0, PROPERTY, &head);
        sheet.put(PROPERTY, PROPERTY + 2, &[plain(format!("help: {help}"))]);
    }
}

fn put_section(sheet: &mut Sheet, plan: &Plan, section: Section) {
    let mut steps = plan.steps.iter().filter(|step| Section::of(step) == Some(section)).peekable();
    if steps.peek().is_none() {
        return;
    }
    sheet.gap();
    sheet.put(0, 2, &[span(section.role(), section.title())]);
    for step in steps {
        put_step(sheet, plan, step, section);
    }
}

fn put_step(sheet: &mut Sheet, plan: &Plan, step: &Step, section: Section) {
    let symbol = match section {
        Section::Destroy => "-",
        Section::Replace if old_goes_first(plan, step) => "-/+",
        Section::Replace => "+/-",
        Section::Change => "~",
        Section::Add => "+",
        Section::Wait => "…",
    };
    let head = [
        span(section.role(), format!("{symbol:>4} ")),
        span(Role::Strong, step.address.as_str()),
        plain(format!("  {}", step.schema.title)),
        span(Role::Dim, format!(": {}{}", words::reason(step), order(plan, step, section))),
    ];
    sheet.put(0, PROPERTY + 2, &head);
    if let (Section::Destroy | Section::Replace, Some(data)) = (section, step.schema.data) {
        let text = format!("holds {data}{}", physical(step));
        sheet.put(PROPERTY, PROPERTY + 2, &[span(Role::Remove, text)]);
    }
    step.changes().iter().for_each(|change| change::put(sheet, PROPERTY, change));
    if let (Section::Add, Some(desired)) = (section, &step.desired) {
        put_properties(sheet, desired);
    }
}

/// Which comes first when something is replaced.
fn order(plan: &Plan, step: &Step, section: Section) -> &'static str {
    match section {
        Section::Replace if old_goes_first(plan, step) => "; the old one goes first",
        Section::Replace => "; the new one is made first",
        _ => "",
    }
}

fn physical(step: &Step) -> String {
    step.live.as_ref().map_or_else(String::new, |live| format!(" ({})", live.id))
}

/// What is created, several properties a line.
fn put_properties(sheet: &mut Sheet, spec: &Spec) {
    let room = sheet.style().width.saturating_sub(PROPERTY);
    let mut line: Vec<Span> = Vec::new();
    let mut used = 0;
    let last = spec.0.len().saturating_sub(1);
    for (index, (name, value)) in spec.0.iter().enumerate() {
        let comma = if index == last { "" } else { "," };
        let value = format!("{}{comma}", change::brief(value, BRIEF));
        let wide = columns(name) + 2 + columns(&value);
        if used > 0 && used + 1 + wide > room {
            sheet.put(PROPERTY, PROPERTY + 4, &line);
            line.clear();
            used = 0;
        }
        if used > 0 {
            line.push(plain(" "));
            used += 1;
        }
        line.extend([span(Role::Dim, format!("{name}: ")), plain(value)]);
        used += wide;
    }
    if !line.is_empty() {
        sheet.put(PROPERTY, PROPERTY + 4, &line);
    }
}

/// What would be done, if it were not left out.
fn put_left(sheet: &mut Sheet, plan: &Plan) {
    let told = |step: &&Step| Section::of(step).is_some();
    let count = plan.left.iter().filter(told).count();
    if count == 0 {
        return;
    }
    sheet.gap();
    sheet.put(0, 2, &[span(Role::Dim, format!("Left out ({count}):"))]);
    for step in plan.left.iter().filter(told) {
        let does = match step.action {
            Action::Create => "would be added",
            Action::Update { .. } => "would be changed",
            Action::Replace { .. } => "would be replaced",
            Action::Delete => "would be destroyed",
            Action::Await => "would be waited for",
        };
        let head = [
            span(Role::Dim, "     "),
            plain(step.address.as_str()),
            span(Role::Dim, format!("  {}: {does}", step.schema.title)),
        ];
        sheet.put(0, PROPERTY + 2, &head);
    }
}

fn put_findings(sheet: &mut Sheet, findings: &[Finding]) {
    if findings.is_empty() {
        return;
    }
    sheet.gap();
    sheet.put(0, 2, &[span(Role::Warn, "Worth knowing:")]);
    for Finding { code, address, message, .. } in findings {
        let line = [
            span(Role::Warn, "  ! "),
            span(Role::Strong, address.as_str()),
            plain(format!(": {message} ")),
            span(Role::Dim, format!("[{code}]")),
        ];
        sheet.put(0, PROPERTY, &line);
    }
}

fn put_summary(sheet: &mut Sheet, plan: &Plan) {
    let time = words::about(expected_seconds(plan));
    if !plan.blocked.is_empty() {
        let mut blockers: Vec<&str> = plan.blocked.iter().map(|blocked| blocked.address.as_str()).collect();
        blockers.sort_unstable();
        blockers.dedup();
        let text = format!("This plan cannot be applied: {} blocked.", are(blockers.len()));
        sheet.put(0, 2, &[span(Role::Remove, text)]);
    } else if only_waits(plan) {
        sheet.put(0, 2, &[plain(format!("It takes {time} at most until all of it can be used."))]);
    } else {
        let left = plan.left.iter().filter(|step| Section::of(step).is_some()).count();
        let left = if left == 0 { String::new() } else { format!("; {left} left out") };
        let text = format!("{}{}{left}; expected time: {time}.", counts(plan.summary()), stay(plan));
        sheet.put(0, 2, &[span(Role::Strong, text)]);
    }
}

fn are(number: usize) -> String {
    format!("{} {}", words::count(number, "resource"), if number == 1 { "is" } else { "are" })
}

/// How many are left alone, if any.
fn stay(plan: &Plan) -> String {
    match plan.kept.len() {
        0 => String::new(),
        1 => "; 1 stays as it is".to_owned(),
        kept => format!("; {kept} stay as they are"),
    }
}

#[cfg(test)]
#[path = "plan_tests.rs"]
mod tests;
