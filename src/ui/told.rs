//! Which steps of a plan are told, in which group and order, and the plan in numbers: the same for every format.

use crate::model::path;
use crate::model::plan::{Action, Plan, Reason, Step, Summary};

use super::style::Role;
use super::words;

/// In which group a step is told, most dangerous first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Group {
    /// It goes.
    Destroy,
    /// Another takes its place.
    Replace,
    /// It is changed in place.
    Change,
    /// It is made.
    Add,
    /// AWS still works on it.
    Wait,
}

impl Group {
    /// Every group, in order.
    pub const ALL: [Self; 5] = [Self::Destroy, Self::Replace, Self::Change, Self::Add, Self::Wait];

    /// The heading of its steps.
    pub fn title(self) -> &'static str {
        match self {
            Self::Destroy => "Destroyed",
            Self::Replace => "Replaced",
            Self::Change => "Changed",
            Self::Add => "Added",
            Self::Wait => "Waited for",
        }
    }

    /// What would happen to a resource of it.
    pub fn would(self) -> &'static str {
        match self {
            Self::Destroy => "would be destroyed",
            Self::Replace => "would be replaced",
            Self::Change => "would be changed",
            Self::Add => "would be added",
            Self::Wait => "would be waited for",
        }
    }

    /// How it looks.
    pub fn role(self) -> Role {
        match self {
            Self::Destroy => Role::Remove,
            Self::Replace => Role::Replace,
            Self::Change => Role::Change,
            Self::Add => Role::Add,
            Self::Wait => Role::Dim,
        }
    }

    /// `None` for the deletion of what is replaced: it is told with its successor.
    pub fn of(step: &Step) -> Option<Self> {
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

/// The sign of what is done, at most three columns: `+`, `~`, `-`, `+/-`, `-/+`.
pub fn sign(plan: &Plan, step: &Step, group: Group) -> &'static str {
    match group {
        Group::Destroy => "-",
        Group::Replace if old_goes_first(plan, step) => "-/+",
        Group::Replace => "+/-",
        Group::Change => "~",
        Group::Add => "+",
        Group::Wait => "…",
    }
}

/// Which comes first when something is replaced; nothing for the other groups.
pub fn order(plan: &Plan, step: &Step, group: Group) -> &'static str {
    match group {
        Group::Replace if old_goes_first(plan, step) => "the old one goes first",
        Group::Replace => "the new one is made first",
        _ => "",
    }
}

/// The data that goes with the live resource of a step, if it holds any and does not stay.
pub fn at_stake(step: &Step) -> Option<&'static str> {
    let goes = matches!(Group::of(step), Some(Group::Destroy | Group::Replace));
    step.schema.data.filter(|_| goes)
}

/// What goes and what is replaced: what holds data first, then what takes longest to make again.
pub fn dangerous(plan: &Plan) -> Vec<(&Step, Group)> {
    let told = plan.steps.iter().filter_map(|step| Some((step, Group::of(step)?)));
    let mut found: Vec<(&Step, Group)> =
        told.filter(|(_, group)| matches!(group, Group::Destroy | Group::Replace)).collect();
    found.sort_by_key(|(step, group)| {
        (at_stake(step).is_none(), *group, std::cmp::Reverse(step.schema.expected.create))
    });
    found
}

/// The steps that a selection leaves out and that are told.
pub fn left_out(plan: &Plan) -> impl Iterator<Item = (&Step, Group)> {
    plan.left.iter().filter_map(|step| Some((step, Group::of(step)?)))
}

/// Seconds that the plan is expected to take: its critical path.
pub fn expected_seconds(plan: &Plan) -> u32 {
    path::remaining(&plan.steps).into_iter().max().unwrap_or(0)
}

/// The steps that the whole plan waits for, in order.
pub fn critical_path(plan: &Plan) -> Vec<&Step> {
    path::critical(&plan.steps).into_iter().filter_map(|index| plan.steps.get(index)).collect()
}

/// Whether the old one of a replacement goes before the new one is there.
pub fn old_goes_first(plan: &Plan, replace: &Step) -> bool {
    let old = |step: &Step| step.reason == Reason::Replaced && step.address == replace.address;
    replace.after.iter().filter_map(|&before| plan.steps.get(before)).any(old)
}

/// Whether nothing is left to do but to wait.
pub fn only_waits(plan: &Plan) -> bool {
    plan.blocked.is_empty() && plan.steps.iter().all(|step| step.action == Action::Await)
}

/// The numbers, as everyone knows them from other tools.
pub fn counts(summary: Summary) -> String {
    let Summary { create, update, replace, delete, wait } = summary;
    let waits = if wait > 0 { format!(", {wait} to wait for") } else { String::new() };
    format!("{create} to add, {update} to change, {replace} to replace, {delete} to destroy{waits}")
}

/// How many are left alone, if any, after a semicolon.
pub fn stay(plan: &Plan) -> String {
    match plan.kept.len() {
        0 => String::new(),
        1 => "; 1 stays as it is".to_owned(),
        kept => format!("; {kept} stay as they are"),
    }
}

/// Why nothing is done, for a plan without steps.
pub fn nothing(plan: &Plan, name: &str) -> String {
    match plan.kept.len() {
        _ if !plan.left.is_empty() => format!("No changes of what is selected in {name}."),
        0 => format!("No changes. {name} has no resources."),
        kept => format!("No changes. {name} is as the stack says ({}).", words::count(kept, "resource")),
    }
}

/// How many resources block the plan, with their verb.
pub fn blockers(plan: &Plan) -> String {
    let mut addresses: Vec<&str> = plan.blocked.iter().map(|blocked| blocked.address.as_str()).collect();
    addresses.sort_unstable();
    addresses.dedup();
    let number = addresses.len();
    format!("{} {}", words::count(number, "resource"), if number == 1 { "is" } else { "are" })
}
