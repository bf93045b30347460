//! The steps of a plan on a terminal: one line each, with every difference, what it does and where it comes from.

use crate::model::plan::{Plan, Step};
use crate::model::spec::Spec;

use super::style::Role;
use super::text::{Sheet, Span, columns, plain, span};
use super::told::{self, Group};
use super::{change, words};

/// Where a resource's line begins, after its symbol of up to three columns.
pub const PROPERTY: usize = 6;
/// Columns of one value of something that is created.
const BRIEF: usize = 48;

/// The steps of one group.
pub fn put_group(sheet: &mut Sheet, plan: &Plan, group: Group) {
    let mut steps = plan.steps.iter().filter(|step| Group::of(step) == Some(group)).peekable();
    if steps.peek().is_none() {
        return;
    }
    sheet.gap();
    sheet.put(0, 2, &[span(group.role(), format!("{}:", group.title()))]);
    for step in steps {
        put_step(sheet, plan, step, group);
    }
}

fn put_step(sheet: &mut Sheet, plan: &Plan, step: &Step, group: Group) {
    let order = match told::order(plan, step, group) {
        "" => String::new(),
        order => format!("; {order}"),
    };
    let head = [
        span(group.role(), format!("{:>4} ", told::sign(plan, step, group))),
        span(Role::Strong, step.address.as_str()),
        plain(format!("  {}", step.schema.title)),
        span(Role::Dim, format!(": {}{order}", words::reason(step))),
    ];
    sheet.put(0, PROPERTY + 2, &head);
    if let Some(data) = told::at_stake(step) {
        let text = format!("holds {data}{}", physical(step));
        sheet.put(PROPERTY, PROPERTY + 2, &[span(Role::Remove, text)]);
    }
    step.changes().iter().for_each(|change| change::put(sheet, PROPERTY, change));
    if let (Group::Add, Some(desired)) = (group, &step.desired) {
        put_properties(sheet, desired);
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
    let last = spec.iter().len().saturating_sub(1);
    for (index, (name, value)) in spec.iter().enumerate() {
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
pub fn put_left(sheet: &mut Sheet, plan: &Plan) {
    let count = told::left_out(plan).count();
    if count == 0 {
        return;
    }
    sheet.gap();
    sheet.put(0, 2, &[span(Role::Dim, format!("Left out ({count}):"))]);
    for (step, group) in told::left_out(plan) {
        let head = [
            span(Role::Dim, "     "),
            plain(step.address.as_str()),
            span(Role::Dim, format!("  {}: {}", step.schema.title, group.would())),
        ];
        sheet.put(0, PROPERTY + 2, &head);
    }
}
