//! The resources of a plan on the page: a table of the sections, then each resource with its difference folded away.

use std::collections::BTreeMap;

use crate::model::bill::Bill;
use crate::model::plan::{Plan, Step};
use crate::model::preview::Preview;

use super::super::cost::Total;
use super::super::patch::{self, Kind, Line};
use super::super::told::{self, Group};
use super::super::words;
use super::safe::{escaped, prose};

/// The table of the sections and the resources of each.
pub fn sections(preview: &Preview<'_>) -> String {
    let plan = preview.plan;
    let mut sections: BTreeMap<&str, Vec<(Group, &Step)>> = BTreeMap::new();
    for (step, group) in plan.steps.iter().filter_map(|step| Some((step, Group::of(step)?))) {
        sections.entry(step.address.section()).or_default().push((group, step));
    }
    if sections.is_empty() {
        return String::new();
    }
    let mut html = table(preview, &sections);
    for (section, steps) in &mut sections {
        steps.sort_by_key(|(group, _)| *group);
        html.push_str(&format!(
            "<section id=\"section-{section}\"><h2>{section} <span class=\"dim\">{}</span></h2>\n",
            words::count(steps.len(), "resource")
        ));
        html.extend(steps.iter().map(|(group, step)| resource(plan, step, *group)));
        html.push_str("</section>\n");
    }
    html
}

fn table(preview: &Preview<'_>, sections: &BTreeMap<&str, Vec<(Group, &Step)>>) -> String {
    let prices = preview.bill.as_ref().map(Bill::sections);
    let mut html =
        String::from("<section><h2>Sections</h2><div class=\"wide\"><table><thead><tr><th>section</th>");
    html.extend(Group::ALL.iter().map(|group| format!("<th>{}</th>", group.title().to_lowercase())));
    html.push_str(if prices.is_some() {
        "<th>a month</th></tr></thead><tbody>\n"
    } else {
        "</tr></thead><tbody>\n"
    });
    for (section, steps) in sections {
        html.push_str(&format!("<tr><td><a href=\"#section-{section}\">{section}</a></td>"));
        for group in Group::ALL {
            let number = steps.iter().filter(|(other, _)| *other == group).count();
            let text = if number == 0 { String::new() } else { number.to_string() };
            html.push_str(&format!("<td>{text}</td>"));
        }
        if let Some(prices) = &prices {
            let price = prices.get(section).copied().map_or_else(String::new, Total::words);
            html.push_str(&format!("<td>{price}</td>"));
        }
        html.push_str("</tr>\n");
    }
    html.push_str("</tbody></table></div></section>\n");
    html
}

fn resource(plan: &Plan, step: &Step, group: Group) -> String {
    let class = match group {
        Group::Destroy => "removed",
        Group::Replace => "replaced",
        Group::Change => "changed",
        Group::Add => "new",
        Group::Wait => "",
    };
    let order = match told::order(plan, step, group) {
        "" => String::new(),
        order => format!("; {order}"),
    };
    let names: Vec<String> = step.changes().iter().map(|change| escaped(&change.property)).collect();
    let names = if names.is_empty() { String::new() } else { format!(" <i>{}</i>", names.join(", ")) };
    let head = format!(
        "<code class=\"{class}\">{} {}</code> {}: {}{order}{names}",
        told::sign(plan, step, group),
        step.address,
        escaped(step.schema.title),
        prose(&words::reason(step))
    );
    let lines = patch::lines(step);
    let id = step.address.as_str();
    if lines.is_empty() {
        return format!("<p class=\"one\" id=\"{id}\">{head}</p>\n");
    }
    format!("<details id=\"{id}\"><summary>{head}</summary>\n<pre>{}</pre></details>\n", diff(&lines))
}

/// The lines of a difference, each in an element that colours it. What ends a line is inside of its element, which is a
/// block: between two blocks it would be an empty line.
fn diff(lines: &[Line]) -> String {
    let line = |line: &Line| {
        let class = match line.kind {
            Kind::Added => "a",
            Kind::Removed => "d",
            Kind::Same => "s",
            Kind::Note => "n",
            Kind::Loud => "l",
        };
        format!("<span class=\"{class}\">{} {}\n</span>", line.sign(), escaped(&line.text))
    };
    lines.iter().map(line).collect()
}

/// What `--only` and `--except` leave out.
pub fn left_out(plan: &Plan) -> String {
    let items: Vec<String> = told::left_out(plan)
        .map(|(step, group)| {
            format!(
                "<li><code>{}</code>, {}: {}</li>\n",
                step.address,
                escaped(step.schema.title),
                group.would()
            )
        })
        .collect();
    if items.is_empty() {
        return String::new();
    }
    format!("<section><h2>Left out by the selection</h2><ul>\n{}</ul></section>\n", items.concat())
}
