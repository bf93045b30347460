//! Simulated permissions: what the policies of the caller say to a call that is not made.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_iam::types::{ContextEntry, ContextKeyTypeEnum, PolicyEvaluationDecisionType};
use futures::future::try_join_all;

use crate::aws::client::Identity;
use crate::aws::error;
use crate::aws::permissions::{Reach, partition, reach};
use crate::aws::preflight::Look;
use crate::aws::tags;
use crate::run::fault::Fault;

/// How many actions are simulated in one call. IAM names no limit; its answers come in pages of a thousand.
const BATCH: usize = 100;

/// Who calls, as IAM simulates it.
pub enum Caller {
    /// The policies of this user or role.
    Policies(String),
    /// The account's own user, whom no policy limits.
    Root,
    /// Somebody whose policies IAM does not simulate.
    Other(String),
}

/// IAM simulates users and roles, not sessions, and a session's ARN does not tell the path of its role.
pub async fn caller(look: &Look<'_>, identity: &Identity) -> Caller {
    let Identity { account, arn } = identity;
    let kind = arn.rsplit(':').next().unwrap_or_default();
    if kind == "root" {
        return Caller::Root;
    }
    if let Some(role) = kind.strip_prefix("assumed-role/").and_then(|rest| rest.split('/').next()) {
        let read = async || {
            look.aws.iam().get_role().role_name(role).send().await.map_err(error::read("iam:GetRole"))
        };
        let told = look.ask_once(read).await.ok().and_then(|answer| answer.role).map(|role| role.arn);
        let plain = || format!("arn:{}:iam::{account}:role/{role}", partition(look.aws.region()));
        return Caller::Policies(told.unwrap_or_else(plain));
    }
    if kind.starts_with("user/") {
        // The call that tells who calls may answer in the name of STS.
        return Caller::Policies(arn.replace(":sts:", ":iam:"));
    }
    Caller::Other(arn.clone())
}

/// The actions that the caller's policies do not allow.
///
/// First all of them on every resource; what is refused there may be allowed on the environment's own resources,
/// which is asked for each set of them.
pub async fn missing(
    look: &Look<'_>,
    source: &str,
    identity: &Identity,
    actions: &BTreeSet<&'static str>,
) -> Result<BTreeSet<&'static str>, Fault> {
    let denied = simulate(look, source, actions, &[]).await?;
    let mut rest = BTreeSet::new();
    let mut sets: BTreeMap<Vec<String>, BTreeSet<&'static str>> = BTreeMap::new();
    for action in denied {
        match reach(action, &look.aws.scope, look.aws.region()) {
            Reach::Named(arns) => {
                // A real name in place of each wildcard, and the account in its place.
                let arns = arns.iter().map(|arn| concrete(arn, &identity.account)).collect();
                sets.entry(arns).or_default().insert(action);
            }
            Reach::Everything | Reach::Tagged => drop(rest.insert(action)),
        }
    }
    let asked = sets.iter().map(|(arns, actions)| simulate(look, source, actions, arns));
    rest.extend(try_join_all(asked).await?.into_iter().flatten());
    Ok(rest)
}

/// An ARN such as resources of the environment have.
fn concrete(pattern: &str, account: &str) -> String {
    let mut parts: Vec<String> = pattern.splitn(6, ':').map(str::to_owned).collect();
    if let Some(place) = parts.get_mut(4).filter(|place| *place == "*") {
        account.clone_into(place);
    }
    if let Some(name) = parts.get_mut(5) {
        *name = name.replace('*', "preflight");
    }
    parts.join(":")
}

/// The actions that are allowed on none of these resources (on every resource, if none is named).
async fn simulate(
    look: &Look<'_>,
    source: &str,
    actions: &BTreeSet<&'static str>,
    resources: &[String],
) -> Result<BTreeSet<&'static str>, Fault> {
    let actions: Vec<&'static str> = actions.iter().copied().collect();
    let asked = actions.chunks(BATCH).map(async |batch| {
        look.ask_once(async || {
            let call = look.aws.iam().simulate_principal_policy().policy_source_arn(source).max_items(1000);
            let call = call.set_action_names(Some(batch.iter().map(|action| (*action).to_owned()).collect()));
            let call = call.set_context_entries(Some(context(look)));
            let call = call.set_resource_arns((!resources.is_empty()).then(|| resources.to_vec()));
            let pages = call.into_paginator().items().send();
            let results: Result<Vec<_>, _> = pages.collect().await;
            results.map_err(error::read("iam:SimulatePrincipalPolicy"))
        })
        .await
    });
    let results = try_join_all(asked).await?;
    let allowed: BTreeSet<String> = results
        .into_iter()
        .flatten()
        .filter(|result| *result.eval_decision() == PolicyEvaluationDecisionType::Allowed)
        .map(|result| result.eval_action_name().to_owned())
        .collect();
    Ok(actions.into_iter().filter(|action| !allowed.contains(*action)).collect())
}

/// What policies may ask about: the environment's tags, and its region.
fn context(look: &Look<'_>) -> Vec<ContextEntry> {
    let entry = |key: String, value: &str| {
        ContextEntry::builder()
            .context_key_name(key)
            .context_key_values(value)
            .context_key_type(ContextKeyTypeEnum::String)
            .build()
    };
    let scope = &look.aws.scope;
    let mut entries = vec![entry("aws:RequestedRegion".to_owned(), look.aws.region())];
    for (tag, value) in [(tags::STACK, &scope.stack), (tags::ENV, &scope.env)] {
        entries.push(entry(format!("aws:ResourceTag/{tag}"), value));
        entries.push(entry(format!("aws:RequestTag/{tag}"), value));
    }
    entries
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_become_arns_of_the_account() {
        assert_eq!(
            concrete("arn:aws:rds:us-east-1:*:db:site-*", "12"),
            "arn:aws:rds:us-east-1:12:db:site-preflight"
        );
        assert_eq!(concrete("arn:aws:s3:::site-*", "12"), "arn:aws:s3:::site-preflight");
        assert_eq!(
            concrete("arn:aws:iam::*:role/drucloud/a/b/*", "12"),
            "arn:aws:iam::12:role/drucloud/a/b/preflight"
        );
    }
}
