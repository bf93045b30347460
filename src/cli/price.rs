//! `drucloud price`: what a month costs, without AWS.

use std::path::PathBuf;

use clap::Args;

use crate::aws::kinds;
use crate::model::bill::{Total, dollars};
use crate::model::live::LiveState;
use crate::model::plan::Plan;
use crate::model::planner::{self, Consent};
use crate::model::standing::Scene;
use crate::price::{self, Book, Quote};
use crate::stack::facts::Facts;
use crate::stack::{Environment, expand};
use crate::ui::cost;

use super::books::{self, today};
use super::{Failure, context, plan};

/// Show what a month of an environment costs by list price, without any call to AWS.
///
/// What depends on use is listed with its unit price and is not in the sums.
#[derive(Debug, Args)]
pub struct Price {
    /// The stack file [default: stacks/drucloud.yaml, or drucloud.yaml in this folder]
    #[arg(value_name = "STACK")]
    file: Option<PathBuf>,

    /// The environment of the stack; may be left out when the stack has only one
    #[arg(long, value_name = "ENV")]
    env: Option<String>,

    /// The AWS region, instead of the one that the stack names
    #[arg(long, value_name = "REGION")]
    region: Option<String>,
}

impl Price {
    /// Runs the command.
    pub fn run(&self) -> Result<u8, Failure> {
        let stack = context::stack(self.file.as_deref())?;
        let mut environment = context::environment(&stack, self.env.as_deref())?;
        if let Some(region) = &self.region {
            environment =
                environment.in_region(region.parse().map_err(|wrong: crate::stack::text::Wrong| {
                    Failure::plain(format!("`{region}` is no region: {wrong}"), wrong.help)
                })?)?;
        }
        let region = environment.region.as_ref().map(ToString::to_string).ok_or_else(|| {
            Failure::plain("no region is given", "write `region:` into the stack, or use --region")
        })?;
        let book = books::book(&environment, &region)?.ok_or_else(|| {
            Failure::plain(
                format!("there are no prices of `{region}`"),
                format!("`drucloud prices refresh --region {region}` asks AWS for them"),
            )
        })?;
        let catalog = kinds::catalog();
        let graph = expand::expand(&environment, &Facts::assumed(&environment), &catalog)?;
        let plan = planner::plan(&graph, &LiveState::default(), &catalog, &Consent::Nothing);
        plan::say(&text(&environment, &plan, &book))?;
        Ok(0)
    }
}

/// The bill by section: what it is made of, what depends on use, and the sums.
fn text(environment: &Environment, plan: &Plan, book: &Book) -> String {
    let scene = Scene::after(plan);
    let bill = price::bill(plan, book, environment.budget.monthly, today());
    let mut text = format!(
        "A month of {}/{} in {}: list prices of {}, {} hours.\n",
        environment.stack,
        environment.name,
        book.region,
        bill.as_of,
        price::HOURS
    );
    for (section, total) in bill.sections() {
        put(&mut text, &format!("\n{:<52}{:>14}", section, amount(&total)));
        for resource in scene.all().filter(|resource| resource.address.section() == section) {
            if let Some(quote) = price::quote(resource, &scene, book, today()) {
                put_quote(&mut text, resource.address.as_str(), &quote);
            }
        }
    }
    let total = bill.total();
    put(&mut text, &format!("\n{:<52}{:>14}", "in all, without what depends on use", amount(&total)));
    if let Some(budget) = bill.budget {
        let verdict = match bill.excess() {
            Some(excess) => format!("{} beyond it", dollars(excess)),
            None => format!("{} below it", dollars(budget - total.after.known)),
        };
        put(&mut text, &format!("{:<52}{:>14}  {verdict}", "budget", dollars(budget)));
    }
    let missing = price::missing(plan, book, today());
    if !missing.is_empty() {
        put(&mut text, "\nNot known, and not in the sums:");
        for name in &missing {
            put(&mut text, &format!("  {name}"));
        }
        put(&mut text, "`drucloud prices refresh` asks AWS for what its price list has.");
    }
    text
}

fn put_quote(text: &mut String, address: &str, quote: &Quote) {
    let price = cost::price(Some(quote.price));
    put(text, &format!("  {address:<50}{price:>14}  {}", quote.basis.join(", ")));
    for usage in &quote.usage {
        put(text, &format!("  {:<50}{:>14}  {}", "", "by use", cost::usage(usage)));
    }
}

fn amount(total: &Total) -> String {
    match total.after.unknown {
        0 => dollars(total.after.known),
        unknown => format!("{} + {unknown} n/a", dollars(total.after.known)),
    }
}

/// A line without spaces at its end; an empty line before it, if it begins with one.
fn put(text: &mut String, line: &str) {
    text.push_str(line.trim_end());
    text.push('\n');
}
