//! What there is, what there shall be, and the plan between them.

use std::rc::Rc;

use crate::aws::kinds::configuration;
use crate::aws::{Aws, lost};
use crate::model::bill::Bill;
use crate::model::graph::Graph;
use crate::model::live::LiveState;
use crate::model::plan::Plan;
use crate::model::planner::Consent;
use crate::model::select::Selection;
use crate::price;
use crate::run::cloud::Cloud as _;
use crate::run::fault::Fault;
use crate::run::lease::Lease;
use crate::run::read;
use crate::run::session::Goal;
use crate::stack::facts::Facts;
use crate::stack::{Environment, expand};

use super::{Consenting, Failure, books, selecting};

/// One reading and what follows from it.
pub struct Survey {
    /// What there is.
    pub live: LiveState,
    /// What there shall be.
    pub graph: Rc<Graph>,
    /// What to do.
    pub plan: Plan,
    /// What a month costs before and after; `None` where no prices are known.
    pub bill: Option<Bill>,
}

impl Survey {
    /// Reads the cloud and plans. Under a lease, what a dead run has left unclear is waited for, unless the plan
    /// makes that very resource and so looks for it itself.
    pub async fn make(
        aws: &Aws,
        environment: &Environment,
        consent: &Consent,
        selection: &Selection,
        lease: Option<&Lease<'_, Aws>>,
    ) -> Result<Self, Failure> {
        let mut live = read(aws, environment).await?;
        if let Some(lease) = lease {
            live = read::without_gone(live, lease);
        }
        let facts = Facts::gather(aws, environment, &live).await?;
        aws.forget();
        let graph = Rc::new(expand::expand(environment, &facts, aws.catalog())?);
        if let Some(lease) = lease
            && !read::is_clear(&live, lease, &graph)
        {
            live = read::read_clearly(aws, lease, Some(&graph)).await?;
        }
        // From here on it is known for certain what is wanted.
        aws.expect(Rc::clone(&graph));
        configuration::recall(aws, &graph, &mut live).await?;
        selecting::check(selection, &graph, &live)?;
        let goal = Goal::Up(&graph);
        let mut plan = goal.plan_part(aws, &live, consent, selection);
        if read::recall(aws, &plan, &mut live).await? {
            plan = goal.plan_part(aws, &live, consent, selection);
        }
        let bill = books::bill(environment, aws.region(), &plan)?;
        plan.blocked.extend(bill.as_ref().and_then(price::refusal));
        plan.blocked.extend(lost::blocked(aws, &graph, &live, &plan).await?);
        Ok(Self { live, graph, plan, bill })
    }
}

/// What there is of an environment.
///
/// Which kinds a stack uses hardly depends on the facts, and those depend on what there is. What cannot be expanded
/// from assumptions is read by the note of the kinds alone.
pub async fn read(aws: &Aws, environment: &Environment) -> Result<LiveState, Fault> {
    let assumed = expand::expand(environment, &Facts::outline(environment), aws.catalog());
    let assumed = Rc::new(assumed.unwrap_or_default());
    aws.expect(Rc::clone(&assumed));
    read::read_for(aws, &assumed).await
}

impl Consenting {
    /// The data that may be lost.
    pub fn consent(&self) -> Result<Consent, Failure> {
        if self.allow_data_loss.is_empty() {
            return Ok(Consent::Nothing);
        }
        if self.allow_data_loss.iter().any(|address| address == "all") {
            return Ok(Consent::Everything);
        }
        let addresses = self.allow_data_loss.iter().map(|address| {
            address.parse().map_err(|error: crate::model::address::BadAddress| {
                Failure::plain(
                    error.to_string(),
                    "the plan shows the addresses; `all` stands for all of them",
                )
            })
        });
        addresses.collect::<Result<_, _>>().map(Consent::Named)
    }
}
