//! `drucloud import`: adopts a resource that was made elsewhere.

use std::rc::Rc;

use clap::Args;

use crate::aws::kind::Kind;
use crate::aws::kinds::{self, ALL};
use crate::aws::tags::{self, Tags};
use crate::aws::{Aws, glance::Glance};
use crate::model::address::Address;
use crate::model::graph::{Graph, Node};
use crate::model::live::Live;
use crate::model::plan::{Action, Plan, Step};
use crate::model::planner::{self, Consent};
use crate::model::preview::Preview;
use crate::model::schema::Effect;
use crate::model::select::Selection;
use crate::run::cloud::Cloud as _;
use crate::run::poll;
use crate::run::read;
use crate::stack::{all_of, nearest};

use super::context::Context;
use super::listeners::Listeners;
use super::survey::Survey;
use super::up::{release, take};
use super::{Applying, Failure, Target, plan, prompt};

/// Adopt a resource that was made elsewhere, so that the stack looks after it.
///
/// Shows what `up` would change of it, asks, and writes the tags that make it the environment's. Nothing else of it
/// changes until the next `up`.
#[derive(Debug, Args)]
pub struct Import {
    /// Where it shall stand in the stack, such as database.instance
    #[arg(value_name = "ADDRESS")]
    address: String,

    /// Its id: of a VPC or hosted zone, the name of a database or bucket, the ARN of a certificate
    #[arg(value_name = "ID")]
    id: String,

    #[command(flatten)]
    target: Target,

    #[command(flatten)]
    applying: Applying,
}

/// What is to be adopted, and as what.
struct Adoption {
    kind: &'static dyn Kind,
    live: Live,
    claim: Tags,
    after: Plan,
}

impl Import {
    /// Runs the command.
    pub async fn run(&self) -> Result<u8, Failure> {
        let context = Context::open(&self.target).await?;
        plan::warn(&context);
        let listeners = Listeners::open(self.applying.json_events.as_deref())?;
        if !self.applying.yes {
            let (found, identity) = futures::try_join!(self.find(&context), async {
                Ok(poll::ask("identity", async || context.aws.identity().await).await?)
            })?;
            self.show(&found, &context)?;
            let question =
                format!("\nThis tags it in account {} in {}.", identity.account, context.aws.region());
            if !prompt::confirm(&question, context.environment.name.as_str())? {
                let help = "run it again and type the environment's name";
                return Err(Failure::plain("not confirmed; nothing was changed", help));
            }
        }
        let lease = take(&context.aws, "import", &self.applying, &listeners).await?;
        let adopted = self.adopt(&context).await;
        release(lease, false).await?;
        listeners.finish()?;
        adopted?;
        let told =
            format!("\n{} is {} now. `drucloud up` makes it as the stack says.\n", self.id, self.address);
        plan::say(&told)?;
        Ok(0)
    }

    /// Under the lease: looked at again, because the question may have stood for long.
    async fn adopt(&self, context: &Context) -> Result<(), Failure> {
        let found = self.find(context).await?;
        if self.applying.yes {
            self.show(&found, context)?;
        }
        let Adoption { kind, live, claim, .. } = found;
        let aws = &context.aws;
        read::note_one(aws, live.kind).await?;
        poll::ask("adopt", async || kind.adopt(aws, &live, &claim).await).await?;
        Ok(())
    }

    async fn find(&self, context: &Context) -> Result<Adoption, Failure> {
        let (aws, environment) = (&context.aws, &context.environment);
        let Survey { mut live, graph, .. } =
            Survey::make(aws, environment, &Consent::Nothing, &Selection::default(), None).await?;
        let node = self.wanted(&graph)?;
        if let Some(there) = live.at(&node.address).next() {
            let message = format!("`{}` is there already: {}", node.address, there.id);
            return Err(Failure::plain(message, "delete that one first, or give the other another address"));
        }
        let kind = kinds::get(node.schema.kind).filter(|kind| kind.is_adoptable()).ok_or_else(|| {
            let known = ALL.iter().filter(|kind| kind.is_adoptable()).map(|kind| kind.schema().kind);
            let message = format!("`{}` is a {}, which cannot be adopted", node.address, node.schema.title);
            Failure::plain(message, format!("what can be adopted: {}", all_of(known)))
        })?;
        let mut claim = claim(aws, node);
        let glance = Glance::new(aws);
        let inspected = poll::ask("inspect", async || kind.inspect(&glance, &self.id, &claim).await).await?;
        let Some((found, has)) = inspected else {
            let message = format!("there is no {} `{}` in {}", node.schema.title, self.id, aws.region());
            return Err(Failure::plain(message, "look whether account, region and id are right"));
        };
        ours(aws, &has, node.schema.title, &self.id)?;
        if has.contains_key("Name") {
            claim.remove("Name");
        }
        live.resources.push(Rc::new(found.clone()));
        let after = planner::plan(&graph, &live, aws.catalog(), &Consent::Nothing);
        let after = about(after, &node.address);
        replaced(&after)?;
        Ok(Adoption { kind, live: found, claim, after })
    }

    /// The resource of the stack that it shall be.
    fn wanted<'g>(&self, graph: &'g Graph) -> Result<&'g Node, Failure> {
        let known = || graph.in_order().map(|node| node.address.as_str());
        let node = self.address.parse().ok().and_then(|address: Address| graph.get(&address));
        node.ok_or_else(|| {
            let guess = nearest(&self.address, known());
            let did_you_mean = guess.map(|guess| format!("; did you mean `{guess}`?")).unwrap_or_default();
            let message = format!("the stack has nothing at `{}`{did_you_mean}", self.address);
            Failure::plain(message, "write it into the stack first: `drucloud plan` shows the addresses")
        })
    }

    fn show(&self, found: &Adoption, context: &Context) -> Result<(), Failure> {
        let pairs: Vec<String> = found.claim.iter().map(|(key, value)| format!("{key}={value}")).collect();
        plan::say(&format!(
            "Adopts {} as {}, by these tags: {}.\nAfter that, `up` would do this to it:\n\n",
            self.id,
            self.address,
            pairs.join(", ")
        ))?;
        plan::show(&Preview::of(&found.after), &context.heading(None))
    }
}

/// The tags that make something the environment's. What was applied is not known, so none of them says so.
fn claim(aws: &Aws, node: &Node) -> Tags {
    let scope = &aws.scope;
    let name = format!("{}-{}-{}", scope.stack, scope.env, node.address.short());
    let pairs = [
        ("Name", name),
        (tags::STACK, scope.stack.clone()),
        (tags::ENV, scope.env.clone()),
        (tags::ADDRESS, node.address.to_string()),
        (tags::BORN, aws.now().to_string()),
    ];
    pairs.map(|(key, value)| (key.to_owned(), value)).into()
}

/// What belongs to an environment stays with it.
fn ours(aws: &Aws, has: &Tags, title: &str, id: &str) -> Result<(), Failure> {
    let (Some(stack), Some(env)) = (has.get(tags::STACK), has.get(tags::ENV)) else { return Ok(()) };
    let address = has.get(tags::ADDRESS).map_or("", String::as_str);
    if (stack, env) == (&aws.scope.stack, &aws.scope.env) {
        let message = format!("{title} `{id}` is this environment's already, as `{address}`");
        return Err(Failure::plain(message, "an address is for good: the stack has to name it there"));
    }
    let message = format!("{title} `{id}` belongs to {stack}/{env}, as `{address}`");
    Err(Failure::plain(message, format!("take it out of that one first: remove its `{}` tags", tags::STACK)))
}

/// What the plan does at one address.
fn about(plan: Plan, address: &Address) -> Plan {
    let here = |live: &Rc<Live>| live.address == *address;
    let mut steps: Vec<_> = plan.steps.into_iter().filter(|step| step.address == *address).collect();
    for step in &mut steps {
        step.after.clear();
    }
    Plan {
        steps,
        kept: plan.kept.into_iter().filter(here).collect(),
        blocked: plan.blocked.into_iter().filter(|blocked| blocked.address == *address).collect(),
        refused: plan.refused.into_iter().filter(here).collect(),
        left: Vec::new(),
        titles: plan.titles,
    }
}

/// What the next `up` would replace or could not change is not worth adopting.
fn replaced(after: &Plan) -> Result<(), Failure> {
    let steps = after.steps.iter().filter(|step| matches!(step.action, Action::Replace { .. }));
    let changes: Vec<String> = steps
        .flat_map(Step::changes)
        .filter(|change| change.effect >= Effect::Replacement)
        .map(|change| format!("`{}` is {}, the stack says {}", change.property, change.from, change.to))
        .collect();
    if changes.is_empty() && after.blocked.is_empty() {
        return Ok(());
    }
    if changes.is_empty() {
        return plan::refuse(after);
    }
    let message = format!("the next `up` would replace it: {}; nothing was changed", changes.join("; "));
    Err(Failure::plain(message, "let the stack say what is there, then adopt it").code(3))
}
