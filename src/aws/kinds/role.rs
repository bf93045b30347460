//! IAM role: what a machine may do, with the instance profile of the same name through which it gets the role.
//!
//! One call lists every role with its policies, tags and profiles (`GetAccountAuthorizationDetails`); asking
//! each role for its parts would cost five calls a role.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use aws_sdk_iam::types::{EntityType, RoleDetail, Tag};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::aws::glance::Glance;
use crate::aws::kind::{Changed, Found, Resource, Wish};
use crate::aws::policy::Policy;
use crate::aws::tags::Tags;
use crate::aws::{Aws, error};
use crate::model::schema::{Expected, IN_PLACE, Idempotency, ReplaceOrder, Schema};
use crate::model::spec::{Kinded, Spec};
use crate::run::cloud::Farewell;
use crate::run::fault::{Class, Fault, Forgive};

/// What a service, usually EC2 on behalf of an instance, may do.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Role {
    /// The service that may assume it, such as `ec2.amazonaws.com`.
    pub service: String,
    /// Its own policy documents, by name.
    pub policies: BTreeMap<String, Policy>,
    /// The ARNs of the managed policies attached to it.
    pub managed: BTreeSet<String>,
    /// Whether there is an instance profile of the same name that holds it.
    pub instance_profile: bool,
}

impl Kinded for Role {
    const KIND: &'static str = "role";
}

impl Resource for Role {
    const SCHEMA: &'static Schema = &Schema {
        kind: "role",
        title: "IAM role",
        rules: &[
            ("service", IN_PLACE),
            ("policies", IN_PLACE),
            ("managed", IN_PLACE),
            ("instance_profile", IN_PLACE),
        ],
        outputs: &["arn", "profile_name", "profile_arn"],
        changing_outputs: &[],
        data: None,
        // The name is the id, and a successor would have the same.
        order: ReplaceOrder::OldFirst,
        idempotency: Idempotency::UniqueName,
        after: &[],
        expected: Expected { create: 20, update: 10, delete: 5 },
        canonical: Spec::canonical_as::<Self>,
    };

    async fn list(glance: &Glance<'_>) -> Result<Vec<Found<Self>>, Fault> {
        let roles = roles(glance).await?;
        Ok(roles.0.iter().filter_map(|role| found(glance.aws, role)).collect())
    }

    async fn create(aws: &Aws, wish: &Wish<'_, Self>) -> Result<(), Fault> {
        let call = aws.iam().create_role().path(path(aws)).role_name(wish.name(aws, 64));
        let call = call.assume_role_policy_document(trust(&wish.want.service).text());
        let call = call.set_tags(Some(tag_list(&wish.order.tags)?));
        call.send().await.map_err(error::create("iam:CreateRole"))?;
        Ok(())
    }

    async fn update(
        aws: &Aws,
        live: &Found<Self>,
        wish: &Wish<'_, Self>,
        changed: Changed<'_>,
    ) -> Result<(), Fault> {
        let (want, have, name) = (&wish.want, &live.properties, &live.id);
        if changed.has("service") {
            let call = aws.iam().update_assume_role_policy().role_name(name);
            let call = call.policy_document(trust(&want.service).text());
            call.send().await.map_err(error::update("iam:UpdateAssumeRolePolicy"))?;
        }
        if changed.has("policies") {
            for (policy, document) in want.policies.iter().filter(|(p, d)| have.policies.get(*p) != Some(*d))
            {
                let call = aws.iam().put_role_policy().role_name(name).policy_name(policy);
                let call = call.policy_document(document.text()).send().await;
                call.map_err(error::update("iam:PutRolePolicy"))?;
            }
            remove_policies(aws, name, have.policies.keys().filter(|p| !want.policies.contains_key(*p)))
                .await?;
        }
        if changed.has("managed") {
            for arn in want.managed.difference(&have.managed) {
                let call = aws.iam().attach_role_policy().role_name(name).policy_arn(arn);
                call.send().await.map_err(error::update("iam:AttachRolePolicy"))?;
            }
            detach_policies(aws, name, have.managed.difference(&want.managed)).await?;
        }
        if changed.has("instance_profile") {
            if want.instance_profile {
                make_profile(aws, name, &wish.order.tags).await?;
            } else {
                remove_profile(aws, name).await?;
            }
        }
        Ok(())
    }

    async fn delete(aws: &Aws, live: &Found<Self>, _: &Farewell) -> Result<(), Fault> {
        // IAM deletes nothing along with a role: all that hangs on it goes first (API reference, DeleteRole).
        remove_profile(aws, &live.id).await?;
        remove_policies(aws, &live.id, live.properties.policies.keys()).await?;
        detach_policies(aws, &live.id, live.properties.managed.iter()).await?;
        let call = aws.iam().delete_role().role_name(&live.id).send().await;
        call.map_err(error::delete("iam:DeleteRole"))?;
        Ok(())
    }

    async fn tag(aws: &Aws, live: &Found<Self>, tags: &Tags) -> Result<(), Fault> {
        let call = aws.iam().tag_role().role_name(&live.id).set_tags(Some(tag_list(tags)?));
        call.send().await.map_err(error::update("iam:TagRole"))?;
        Ok(())
    }
}

/// Every role under the environment's path.
struct Roles(Vec<RoleDetail>);

async fn roles(glance: &Glance<'_>) -> Result<Rc<Roles>, Fault> {
    let path = path(glance.aws);
    let ask = || async {
        let call = glance.aws.iam().get_account_authorization_details();
        // 1,000 is the most that a page may have.
        let mut pages = call.filter(EntityType::Role).max_items(1000).into_paginator().send();
        let mut roles = Vec::new();
        while let Some(page) = pages.next().await {
            let page = page.map_err(error::read("iam:GetAccountAuthorizationDetails"))?;
            let ours = |role: &RoleDetail| role.path() == Some(path.as_str());
            roles.extend(page.role_detail_list.unwrap_or_default().into_iter().filter(ours));
        }
        Ok(Roles(roles))
    };
    glance.once(ask).await
}

/// The path that all roles and profiles of the environment share.
fn path(aws: &Aws) -> String {
    format!("/drucloud/{}/{}/", aws.scope.stack, aws.scope.env)
}

fn found(aws: &Aws, role: &RoleDetail) -> Option<Found<Role>> {
    let name = role.role_name()?;
    let profile = role.instance_profile_list().iter().find(|profile| profile.instance_profile_name() == name);
    let policies = role.role_policy_list().iter().filter_map(|policy| {
        Some((policy.policy_name()?.to_owned(), Policy::decode(policy.policy_document().unwrap_or_default())))
    });
    let managed = role.attached_managed_policies().iter().filter_map(|policy| policy.policy_arn());
    let properties = Role {
        service: trusted(role.assume_role_policy_document().unwrap_or_default()),
        policies: policies.collect(),
        managed: managed.map(str::to_owned).collect(),
        instance_profile: profile.is_some(),
    };
    let tags = role.tags().iter().map(|tag| (tag.key().to_owned(), tag.value().to_owned())).collect();
    let found = Found::ours(aws, name, tags, properties)?.output("arn", role.arn());
    Some(match profile {
        Some(profile) => found.output("profile_name", Some(name)).output("profile_arn", Some(profile.arn())),
        None => found,
    })
}

/// The document that lets a service assume the role.
fn trust(service: &str) -> Policy {
    Policy::new(json!({
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}],
    }))
}

/// The service that a document trusts; the document itself if it says anything else.
fn trusted(encoded: &str) -> String {
    let document = Policy::decode(encoded);
    let text = document.text();
    let service = serde_json::to_value(&document).ok().and_then(|value| {
        value
            .pointer("/Statement/0/Principal/Service")
            .and_then(|service| service.as_str().map(str::to_owned))
    });
    service.filter(|service| trust(service) == document).unwrap_or(text)
}

fn tag_list(tags: &Tags) -> Result<Vec<Tag>, Fault> {
    let tag = |(key, value): (&String, &String)| Tag::builder().key(key).value(value).build();
    tags.iter().map(tag).collect::<Result<_, _>>().map_err(error::incomplete("iam:Tag"))
}

async fn remove_policies(
    aws: &Aws,
    role: &str,
    policies: impl Iterator<Item = &String>,
) -> Result<(), Fault> {
    for policy in policies {
        let call = aws.iam().delete_role_policy().role_name(role).policy_name(policy).send().await;
        call.map_err(error::delete("iam:DeleteRolePolicy")).or_gone()?;
    }
    Ok(())
}

async fn detach_policies(aws: &Aws, role: &str, arns: impl Iterator<Item = &String>) -> Result<(), Fault> {
    for arn in arns {
        let call = aws.iam().detach_role_policy().role_name(role).policy_arn(arn).send().await;
        call.map_err(error::delete("iam:DetachRolePolicy")).or_gone()?;
    }
    Ok(())
}

/// Makes the profile and puts the role into it, whichever of the two is not done yet.
async fn make_profile(aws: &Aws, name: &str, tags: &Tags) -> Result<(), Fault> {
    let call = aws.iam().create_instance_profile().path(path(aws)).instance_profile_name(name);
    let call = call.set_tags(Some(tag_list(tags)?)).send().await;
    call.map_err(error::create("iam:CreateInstanceProfile")).or_exists()?;
    let call = aws.iam().add_role_to_instance_profile().instance_profile_name(name).role_name(name);
    match call.send().await.map_err(error::update("iam:AddRoleToInstanceProfile")) {
        Ok(_) => Ok(()),
        // A profile holds one role only; the list may not yet have told that it is ours.
        Err(fault) if fault.code == "LimitExceeded" && holds(aws, name).await? => Ok(()),
        Err(fault) => Err(fault),
    }
}

async fn holds(aws: &Aws, name: &str) -> Result<bool, Fault> {
    let call = aws.iam().get_instance_profile().instance_profile_name(name).send().await;
    let answer = call.map_err(error::read("iam:GetInstanceProfile"))?;
    Ok(answer.instance_profile().is_some_and(|profile| profile.roles().iter().any(|r| r.role_name() == name)))
}

/// Removes the profile of that name, if it is under the environment's path. Asked for by name and not taken
/// from the role: a run that broke off may have left it without the role in it.
async fn remove_profile(aws: &Aws, name: &str) -> Result<(), Fault> {
    let call = aws.iam().get_instance_profile().instance_profile_name(name).send().await;
    let answer = match call.map_err(error::read("iam:GetInstanceProfile")) {
        Err(fault) if fault.class == Class::Gone => return Ok(()),
        answer => answer?,
    };
    let Some(profile) = answer.instance_profile().filter(|profile| profile.path() == path(aws)) else {
        return Ok(());
    };
    for role in profile.roles() {
        let call = aws.iam().remove_role_from_instance_profile().instance_profile_name(name);
        let call = call.role_name(role.role_name()).send().await;
        call.map_err(error::delete("iam:RemoveRoleFromInstanceProfile")).or_gone()?;
    }
    let call = aws.iam().delete_instance_profile().instance_profile_name(name).send().await;
    call.map_err(error::delete("iam:DeleteInstanceProfile")).or_gone()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trust_document_is_known_by_its_service_and_nothing_else() {
        assert_eq!(trusted(&trust("ec2.amazonaws.com").text()), "ec2.amazonaws.com");
        let open = json!({"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"},
            {"Effect": "Allow", "Principal": "*", "Action": "sts:AssumeRole"}]});
        assert!(trusted(&open.to_string()).contains("\"*\""));
    }
}
