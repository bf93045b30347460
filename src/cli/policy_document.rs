//! `drucloud policy-document`: the least IAM policy for an environment.

use std::collections::BTreeSet;
use std::io::Write as _;

use clap::Args;

use crate::aws::lookup::PublicZone;
use crate::aws::permissions::{Breadth, LIMIT, Needs, documents, statements};
use crate::aws::{Scope, kinds};
use crate::stack::facts::Facts;
use crate::stack::{Environment, expand};

use super::{Failure, Target, context, plan};

/// Print the least IAM policy for an environment: what the identity that runs drucloud must be allowed to do.
///
/// Only the kinds of resources that the stack uses, limited to the environment's names and tags where AWS allows it.
/// Makes no call to AWS. A policy that IAM would find too long is printed as a list of several; attach all of them.
#[derive(Debug, Args)]
pub struct PolicyDocument {
    #[command(flatten)]
    target: Target,

    /// To make and change what the stack has, and to destroy it: the default
    #[arg(long)]
    apply: bool,

    /// Only what `plan`, `output` and `status` need: nothing can be changed with it
    #[arg(long, conflicts_with = "apply")]
    plan: bool,

    /// For every kind of resource and every command, whatever the stack uses now
    #[arg(long, conflicts_with_all = ["apply", "plan"])]
    all: bool,

    /// Only this of several policies, counted from 1
    #[arg(long, value_name = "NUMBER")]
    part: Option<usize>,
}

impl PolicyDocument {
    /// Runs the command.
    pub fn run(&self) -> Result<u8, Failure> {
        let stack = context::stack(self.target.file.as_deref())?;
        let environment = context::environment(&stack, self.target.env.as_deref())?;
        let needs = self.needs(&environment)?;
        let documents = documents(&statements(&needs), &needs.scope, LIMIT);
        let total = documents.len();
        let text = match (self.part, documents.as_slice()) {
            (Some(part), documents) => {
                let one = part.checked_sub(1).and_then(|index| documents.get(index));
                let one = one.ok_or_else(|| {
                    let parts =
                        if total == 1 { "one policy".to_owned() } else { format!("{total} policies") };
                    Failure::plain(
                        format!("there is no part {part}: it is {parts}"),
                        "leave `--part` out for all",
                    )
                })?;
                format!("{one:#}\n")
            }
            (None, [one]) => format!("{one:#}\n"),
            (None, several) => format!("{:#}\n", serde_json::Value::from(several)),
        };
        if self.part.is_none() && total > 1 {
            // A note that nobody can read is no reason to fail.
            let _: std::io::Result<()> = writeln!(
                anstream::stderr(),
                "{total} policies, because IAM takes {LIMIT} characters in one: attach all of them to the role; \
                 `--part 1` prints the first alone"
            );
        }
        plan::say(&text)?;
        Ok(0)
    }

    fn needs(&self, environment: &Environment) -> Result<Needs, Failure> {
        let region =
            self.target.region.clone().or_else(|| environment.region.as_ref().map(ToString::to_string));
        let breadth = match (self.plan, self.all) {
            (true, _) => Breadth::Plan,
            (_, true) => Breadth::All,
            _ => Breadth::Apply,
        };
        Ok(Needs {
            scope: Scope { stack: environment.stack.to_string(), env: environment.name.to_string() },
            region: region.unwrap_or_else(|| "*".to_owned()),
            kinds: used(environment)?,
            breadth,
        })
    }
}

/// The kinds that the stack uses, with and without a hosted zone of its domains in the account: the certificate and
/// its records are there only with one.
fn used(environment: &Environment) -> Result<BTreeSet<&'static str>, Failure> {
    let catalog = kinds::catalog();
    let without = Facts::assumed(environment);
    let mut with = Facts::assumed(environment);
    let zone = |name: &str| PublicZone { id: "Z".to_owned(), name: name.to_owned() };
    with.public_zone = environment.site.domain.as_ref().map(|domain| zone(domain.as_str()));
    let sends = environment.mail.as_ref().and_then(|mail| mail.domain(&environment.site));
    with.mail.zone = sends.as_deref().map(zone);
    let mut used = BTreeSet::new();
    for facts in [without, with] {
        let graph = expand::expand(environment, &facts, &catalog)?;
        used.extend(graph.in_order().map(|node| node.schema.kind));
    }
    Ok(used)
}
