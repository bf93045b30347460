//! Asks AWS about what is held and not shown ([`crate::model::lost`]): is it deleted, or has it only lost its tags?
//!
//! What lost its tags would be made a second time, and all that stands on it would be rebuilt. That is nobody's wish.

use futures::future::try_join_all;

use crate::model::graph::Graph;
use crate::model::live::LiveState;
use crate::model::lost::{self, Lost};
use crate::model::plan::{Action, Blocked, Plan};
use crate::run::fault::Fault;
use crate::run::poll;

use super::Aws;
use super::glance::Glance;
use super::kind::Kind;
use super::kinds;
use super::tags::{self, Tags};

mod ec2;

/// Why a plan must not be applied that makes anew what is still there. Asks nothing where nothing is lost.
pub async fn blocked(aws: &Aws, graph: &Graph, live: &LiveState, plan: &Plan) -> Result<Vec<Blocked>, Fault> {
    let made = |lost: &Lost| {
        plan.steps.iter().any(|step| step.address == lost.address && step.action == Action::Create)
    };
    let lost = lost::lost(graph, live).into_iter().filter(made);
    let asked = lost.map(async |lost| {
        let has = poll::ask(&lost.id, async || tags_of(aws, &lost).await).await?;
        Ok::<_, Fault>(has.map(|has| told(aws, &lost, &has)))
    });
    Ok(try_join_all(asked).await?.into_iter().flatten().collect())
}

fn told(aws: &Aws, lost: &Lost, has: &Tags) -> Blocked {
    let Lost { address, title, id, holder, kind } = lost;
    if tags::address(has, &aws.scope.stack, &aws.scope.env).as_ref() == Some(address) {
        let why =
            format!("{title} `{id}`, on which `{holder}` stands, is there, but AWS's lists do not show it");
        return Blocked { address: address.clone(), why, help: "run the same command again".to_owned() };
    }
    let why = format!(
        "{title} `{id}`, on which `{holder}` stands, is still there, but no longer carries the tags of this environment"
    );
    let command = if kinds::get(kind).is_some_and(Kind::is_adoptable) {
        format!("drucloud import {address} {id} --env {}", aws.scope.env)
    } else {
        let pairs = claim(aws, lost).into_iter().map(|(key, value)| format!("Key={key},Value={value}"));
        let pairs = pairs.collect::<Vec<_>>().join(" ");
        format!("aws ec2 create-tags --region {} --resources {id} --tags {pairs}", aws.region())
    };
    Blocked { address: address.clone(), why, help: format!("give them back: `{command}`") }
}

/// The tags by which it is found.
fn claim(aws: &Aws, lost: &Lost) -> Tags {
    let scope = &aws.scope;
    let pairs =
        [(tags::STACK, &scope.stack), (tags::ENV, &scope.env), (tags::ADDRESS, &lost.address.to_string())];
    pairs.map(|(key, value)| (key.to_owned(), value.clone())).into()
}

/// The tags of what is still there; `None`: it is not, or is of a kind whose name would refuse a second one.
async fn tags_of(aws: &Aws, lost: &Lost) -> Result<Option<Tags>, Fault> {
    if let Some(kind) = kinds::get(lost.kind).filter(|kind| kind.is_adoptable()) {
        let found = kind.inspect(&Glance::new(aws), &lost.id, &claim(aws, lost)).await?;
        return Ok(found.map(|(_, has)| has));
    }
    ec2::tags_of(aws, lost.kind, &lost.id).await
}
