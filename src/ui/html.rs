//! A plan as one page that needs no network: headline, what could hurt, the picture, every difference, the price.
//!
//! No script and nothing from elsewhere, which the page itself forbids by its policy; light and dark as the reader's
//! system has it; what is long is folded away.

mod remarks;
mod resources;
mod safe;

use crate::model::preview::Preview;

use self::safe::{escaped, prose};
use super::cost::{self, Total};
use super::diagram::plan_diagram;
use super::plan::Context;
use super::told;
use super::words;

/// What the page may load: nothing. Its style stands in it.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; img-src data:";
/// How the page looks.
const STYLE: &str = include_str!("html/style.css");

/// The page; `apply` is the command that applies the plan.
pub fn render_html(preview: &Preview<'_>, context: &Context, apply: &str) -> String {
    let plan = preview.plan;
    let name = escaped(&context.name());
    let body = [
        header(preview, context),
        first(preview),
        format!(
            "<section class=\"picture\"><h2>Architecture</h2><figure>{}</figure></section>\n",
            plan_diagram(plan, context)
        ),
        resources::sections(preview),
        remarks::price(preview.bill.as_ref()),
        remarks::findings(&preview.findings),
        remarks::checks(preview.checks.as_deref()),
        resources::left_out(plan),
        footer(preview, apply),
    ];
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"{POLICY}\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n<link rel=\"icon\" href=\"data:,\">\n\
         <title>{name}: plan</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n<main>\n{}</main>\n</body>\n</html>\n",
        body.concat()
    )
}

/// What happens, and in numbers where, for how long and at which price.
fn header(preview: &Preview<'_>, context: &Context) -> String {
    let plan = preview.plan;
    let title = if plan.is_empty() {
        escaped(&told::nothing(plan, &context.name()))
    } else {
        format!("Plan for {}", escaped(&context.name()))
    };
    let mut html = format!(
        "<header><h1>{title}</h1><p class=\"dim\">{}</p>\n<ul class=\"tiles\">",
        escaped(&context.place())
    );
    let summary = plan.summary();
    let counts = [
        (summary.create, "to add", "new"),
        (summary.update, "to change", "changed"),
        (summary.replace, "to replace", "replaced"),
        (summary.delete, "to destroy", "removed"),
        (summary.wait, "to wait for", ""),
        (plan.kept.len(), "as they are", ""),
    ];
    for (number, what, class) in counts {
        if number > 0 || !class.is_empty() {
            let class = if number > 0 { class } else { "" };
            html.push_str(&format!("<li class=\"{class}\"><b>{number}</b> {what}</li>"));
        }
    }
    if !plan.steps.is_empty() {
        html.push_str(&format!("<li><b>{}</b> expected</li>", words::about(told::expected_seconds(plan))));
    }
    if let Some(bill) = preview.bill.as_ref().filter(|bill| !bill.items.is_empty()) {
        let total = Total::of(&bill.items);
        let difference = cost::signed(total.difference());
        html.push_str(&format!("<li><b>{difference}</b> a month, then {}</li>", total.after.words()));
    }
    html.push_str("</ul></header>\n");
    html
}

/// What has to be seen before everything else.
fn first(preview: &Preview<'_>) -> String {
    let plan = preview.plan;
    let mut items = Vec::new();
    for blocked in &plan.blocked {
        items.push(format!(
            "<b>Blocked:</b> <code>{}</code>: {}. <span class=\"dim\">Help: {}</span>",
            blocked.address,
            prose(&blocked.why),
            prose(&blocked.help)
        ));
    }
    for (step, group) in told::dangerous(plan) {
        let holds = told::at_stake(step)
            .map_or_else(String::new, |data| format!(" <b class=\"removed\">It holds {}.</b>", prose(data)));
        items.push(format!(
            "<b>{}:</b> <a href=\"#{}\"><code>{}</code></a>, {}: {}.{holds}",
            group.title(),
            step.address,
            step.address,
            escaped(step.schema.title),
            prose(&words::reason(step))
        ));
    }
    items.extend(remarks::urgent(preview));
    if items.is_empty() {
        return String::new();
    }
    let items: Vec<String> = items.iter().map(|item| format!("<li>{item}</li>\n")).collect();
    format!("<section class=\"first\"><h2>Look at this first</h2><ul>\n{}</ul></section>\n", items.concat())
}

/// How to go on.
fn footer(preview: &Preview<'_>, apply: &str) -> String {
    let plan = preview.plan;
    let next = if plan.is_empty() {
        "Nothing to apply.".to_owned()
    } else if plan.blocked.is_empty() {
        format!("Apply it with <code>{}</code>", escaped(apply))
    } else {
        format!("This plan cannot be applied: {} blocked.", told::blockers(plan))
    };
    format!("<footer><p>{next}</p><p class=\"dim\">drucloud {}</p></footer>\n", env!("CARGO_PKG_VERSION"))
}

#[cfg(test)]
#[path = "html/tests.rs"]
mod tests;
