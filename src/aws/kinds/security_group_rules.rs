//! All rules of one security group.
//!
//! A resource of its own without an object of its own in AWS: it is there when the group carries the tag
//! `drucloud:rules`, which names its address. What it remembers stands in tags of the group under keys of its
//! own. It owns every rule of the group, the one to everywhere that AWS gives a new group included.

use std::collections::BTreeSet;

use aws_sdk_ec2::types::{SecurityGroup as Group, Tag};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::aws::glance::Glance;
use crate::aws::kind::{Changed, Found, Resource, Wish};
use crate::aws::tags::{self, Tags};
use crate::aws::{Aws, error};
use crate::model::schema::{Expected, IN_PLACE, Idempotency, REPLACES, ReplaceOrder, Schema};
use crate::model::spec::{Id, Kinded, Spec};
use crate::model::verdict::APPLIED_TAG;
use crate::run::cloud::Farewell;
use crate::run::fault::{Class, Fault, Forgive};

use super::ec2;
use super::rule::{self, Direction, Peer, Rule};
use super::security_group::SecurityGroup;

/// What a security group lets in and out.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SecurityGroupRules {
    /// The group.
    pub group: Id<SecurityGroup>,
    /// Its rules; what no rule lets pass is dropped.
    pub rules: BTreeSet<Rule>,
}

impl Kinded for SecurityGroupRules {
    const KIND: &'static str = "security_group_rules";
}

/// The group's tags for its rules, and what each stands for.
const KEYS: [(&str, &str); 3] = [
    ("drucloud:rules", tags::ADDRESS),
    ("drucloud:rules-born", tags::BORN),
    ("drucloud:rules-applied", APPLIED_TAG),
];

impl Resource for SecurityGroupRules {
    const SCHEMA: &'static Schema = &Schema {
        kind: "security_group_rules",
        title: "Security group rules",
        rules: &[("group", REPLACES), ("rules", IN_PLACE)],
        outputs: &[],
        changing_outputs: &[],
        data: None,
        order: ReplaceOrder::NewFirst,
        idempotency: Idempotency::Upsert,
        after: &[],
        expected: Expected { create: 4, update: 2, delete: 3 },
        canonical,
    };

    async fn list(glance: &Glance<'_>) -> Result<Vec<Found<Self>>, Fault> {
        let groups = ec2::security_groups(glance).await?;
        let found = groups.0.iter().filter_map(|group| {
            let id = group.group_id()?;
            let properties = Self { group: Id::known(id), rules: rules(group) };
            Found::ours(glance.aws, id, own_tags(&tags::read!(group.tags())), properties)
        });
        Ok(found.collect())
    }

    async fn create(aws: &Aws, wish: &Wish<'_, Self>) -> Result<(), Fault> {
        ec2::tag(aws, wish.want.group.as_str(), &group_tags(&wish.order.tags)).await
    }

    async fn update(
        aws: &Aws,
        live: &Found<Self>,
        wish: &Wish<'_, Self>,
        changed: Changed<'_>,
    ) -> Result<(), Fault> {
        if !changed.has("rules") {
            return Ok(());
        }
        let want: BTreeSet<Rule> = wish.want.clone().normal().rules;
        let missing: Vec<&Rule> = want.difference(&live.properties.rules).collect();
        let extra: Vec<&Rule> = live.properties.rules.difference(&want).collect();
        let again =
            |rule: &&Rule, others: &[&Rule]| others.iter().any(|other| rule.same_but_description(other));
        let (described, added): (Vec<&Rule>, Vec<&Rule>) =
            missing.iter().copied().partition(|rule| again(rule, &extra));
        let removed: Vec<&Rule> = extra.iter().copied().filter(|rule| !again(rule, &missing)).collect();
        // What is let through is widened before it is narrowed, so that nothing allowed is cut off.
        for direction in [Direction::In, Direction::Out] {
            describe(aws, &live.id, direction, &described).await?;
            authorize(aws, &live.id, direction, &added).await?;
            revoke(aws, &live.id, direction, &removed).await?;
        }
        Ok(())
    }

    async fn delete(aws: &Aws, live: &Found<Self>, _: &Farewell) -> Result<(), Fault> {
        let answer = aws.ec2().describe_security_groups().group_ids(&live.id).send().await;
        let answer = answer.map_err(error::delete("ec2:DescribeSecurityGroups"))?;
        let Some(group) = answer.security_groups().first() else {
            let gone = Fault::fatal("ec2:DescribeSecurityGroups", format!("{} is not there", live.id));
            return Err(gone.as_class(Class::Gone));
        };
        let rules = rules(group);
        let rules: Vec<&Rule> = rules.iter().collect();
        for direction in [Direction::In, Direction::Out] {
            revoke(aws, &live.id, direction, &rules).await?;
        }
        let keys = KEYS.iter().map(|(key, _)| Tag::builder().key(*key).build()).collect();
        let call = aws.ec2().delete_tags().resources(&live.id).set_tags(Some(keys));
        call.send().await.map_err(error::delete("ec2:DeleteTags"))?;
        Ok(())
    }

    async fn tag(aws: &Aws, live: &Found<Self>, tags: &Tags) -> Result<(), Fault> {
        let tags = group_tags(tags);
        if tags.is_empty() { Ok(()) } else { ec2::tag(aws, &live.id, &tags).await }
    }
}

impl SecurityGroupRules {
    /// The same with a rule that names the group itself as `self`, as it is read.
    fn normal(mut self) -> Self {
        let own = Peer::Group(self.group.clone());
        let normal = |rule: Rule| if rule.peer == own { Rule { peer: Peer::own(), ..rule } } else { rule };
        self.rules = self.rules.into_iter().map(normal).collect();
        self
    }
}

fn canonical(spec: &Spec) -> Spec {
    let typed = spec.typed::<SecurityGroupRules>();
    typed.and_then(|typed| Spec::of(&typed.normal())).unwrap_or_else(|_| spec.clone())
}

/// The tags that the rules show of those that the group has.
fn own_tags(group: &Tags) -> Tags {
    let mut tags: Tags = (group.iter())
        .filter(|(key, _)| !KEYS.iter().any(|(theirs, own)| key == theirs || key == own))
        .map(|(key, value)| (key.clone(), value.clone()))
        .collect();
    for (key, own) in KEYS {
        tags.extend(group.get(key).map(|value| (own.to_owned(), value.clone())));
    }
    tags
}

/// The tags to write onto the group for those of the rules; the others are the group's own.
fn group_tags(rules: &Tags) -> Tags {
    KEYS.iter().filter_map(|(key, own)| Some(((*key).to_owned(), rules.get(*own)?.clone()))).collect()
}

fn rules(group: &Group) -> BTreeSet<Rule> {
    let own = group.group_id().unwrap_or_default();
    let inbound = group.ip_permissions().iter().flat_map(|p| rule::split(Direction::In, p, own));
    let outbound = group.ip_permissions_egress().iter().flat_map(|p| rule::split(Direction::Out, p, own));
    inbound.chain(outbound).collect()
}

async fn authorize(aws: &Aws, id: &str, direction: Direction, rules: &[&Rule]) -> Result<(), Fault> {
    let Some(permissions) = rule::permissions(direction, rules, id, true) else { return Ok(()) };
    match direction {
        Direction::In => {
            let call = aws.ec2().authorize_security_group_ingress().group_id(id);
            let answer = call.set_ip_permissions(Some(permissions)).send().await;
            answer.map_err(error::update("ec2:AuthorizeSecurityGroupIngress")).or_exists()
        }
        Direction::Out => {
            let call = aws.ec2().authorize_security_group_egress().group_id(id);
            let answer = call.set_ip_permissions(Some(permissions)).send().await;
            answer.map_err(error::update("ec2:AuthorizeSecurityGroupEgress")).or_exists()
        }
    }
}

async fn revoke(aws: &Aws, id: &str, direction: Direction, rules: &[&Rule]) -> Result<(), Fault> {
    let Some(permissions) = rule::permissions(direction, rules, id, false) else { return Ok(()) };
    match direction {
        Direction::In => {
            let call = aws.ec2().revoke_security_group_ingress().group_id(id);
            let answer = call.set_ip_permissions(Some(permissions)).send().await;
            answer.map_err(error::delete("ec2:RevokeSecurityGroupIngress")).or_gone()
        }
        Direction::Out => {
            let call = aws.ec2().revoke_security_group_egress().group_id(id);
            let answer = call.set_ip_permissions(Some(permissions)).send().await;
            answer.map_err(error::delete("ec2:RevokeSecurityGroupEgress")).or_gone()
        }
    }
}

async fn describe(aws: &Aws, id: &str, direction: Direction, rules: &[&Rule]) -> Result<(), Fault> {
    let Some(permissions) = rule::permissions(direction, rules, id, true) else { return Ok(()) };
    match direction {
        Direction::In => {
            let call = aws.ec2().update_security_group_rule_descriptions_ingress().group_id(id);
            let answer = call.set_ip_permissions(Some(permissions)).send().await;
            answer.map_err(error::update("ec2:UpdateSecurityGroupRuleDescriptionsIngress"))?;
        }
        Direction::Out => {
            let call = aws.ec2().update_security_group_rule_descriptions_egress().group_id(id);
            let answer = call.set_ip_permissions(Some(permissions)).send().await;
            answer.map_err(error::update("ec2:UpdateSecurityGroupRuleDescriptionsEgress"))?;
        }
    }
    Ok(())
}
