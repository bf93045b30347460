//! The preview: one place where everything is found out about a plan, for every command that shows one.

use crate::model::preview::Preview;

use super::context::Context;
use super::survey::Survey;

/// What is known about a plan of the stack.
pub fn preview<'a>(_context: &Context, survey: &'a Survey) -> Preview<'a> {
    Preview::of(&survey.plan)
}
