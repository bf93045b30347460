//! The preview: one place where everything is found out about a plan, for every command that shows one.

use crate::model::lint::Circumstances;
use crate::model::preview::Preview;

use super::books::today;
use super::context::Context;
use super::survey::Survey;

/// What is known about a plan of the stack.
pub fn preview<'a>(context: &Context, survey: &'a Survey) -> Preview<'a> {
    let environment = &context.environment;
    let settings = environment.finding_settings();
    let about = Circumstances {
        protect: environment.protect,
        today: Some(today()),
        drupal: Some(environment.site.drupal.into()),
        bill: survey.bill.as_ref(),
        budget: environment.budget.monthly,
        settings: &settings,
        places: &|address, property| environment.place(address, property),
    };
    Preview::within(&survey.plan, &about)
}
