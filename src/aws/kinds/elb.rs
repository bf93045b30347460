//! What the kinds of Elastic Load Balancing share: one look at all of them, and their tags.
//!
//! ELB filters by neither tag nor name prefix, and tells tags only by ARN, twenty at a time. So names choose
//! whose attributes and listeners are read, and one `DescribeTags` then says which of them are ours: six calls
//! when there is one of each, three round trips deep.

use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;

use aws_sdk_elasticloadbalancingv2::types::{Listener, LoadBalancer, Tag, TargetGroup};
use futures::future::{try_join, try_join_all, try_join3};

use crate::aws::glance::Glance;
use crate::aws::tags::{self, Tags};
use crate::aws::{Aws, error};
use crate::run::fault::{Class, Fault};

/// The longest name of a load balancer or target group.
pub const NAME: usize = 32;
/// What is left of such a name's head at worst: without a fingerprint, a digest and their hyphens.
const HEAD: usize = NAME - 7 - 7;
/// The most ARNs that `DescribeTags` takes (API reference).
const BATCH: usize = 20;
/// How often the look is taken anew when something vanishes in the middle of it.
const LOOKS: usize = 3;

/// Attributes by key, such as `idle_timeout.timeout_seconds`.
pub type Attributes = BTreeMap<String, String>;

/// Everything whose name is like one of ours.
pub struct Elb {
    /// The load balancers.
    pub balancers: Vec<(LoadBalancer, Attributes)>,
    /// The target groups.
    pub groups: Vec<(TargetGroup, Attributes)>,
    /// The listeners of these load balancers.
    pub listeners: Vec<Listener>,
    tags: HashMap<String, Tags>,
}

impl Elb {
    /// The tags of what has this ARN.
    pub fn tags(&self, arn: &str) -> Tags {
        self.tags.get(arn).cloned().unwrap_or_default()
    }
}

/// Reads them, once a look.
pub async fn elb(glance: &Glance<'_>) -> Result<Rc<Elb>, Fault> {
    let ask = || async {
        let mut answer = look(glance.aws).await;
        for _ in 1..LOOKS {
            match answer {
                // One of them was deleted between two calls of the look.
                Err(fault) if fault.class == Class::Gone => answer = look(glance.aws).await,
                answer => return answer,
            }
        }
        answer.map_err(|fault| if fault.class == Class::Gone { fault.as_class(Class::NotYet) } else { fault })
    };
    glance.once(ask).await
}

async fn look(aws: &Aws) -> Result<Elb, Fault> {
    let prefix = aws.prefix();
    let (mut balancers, mut groups) = try_join(
        async {
            let pages = aws.elb().describe_load_balancers().into_paginator().items().send();
            let all: Result<Vec<_>, _> = pages.collect().await;
            all.map_err(error::read("elasticloadbalancing:DescribeLoadBalancers"))
        },
        async {
            let pages = aws.elb().describe_target_groups().into_paginator().items().send();
            let all: Result<Vec<_>, _> = pages.collect().await;
            all.map_err(error::read("elasticloadbalancing:DescribeTargetGroups"))
        },
    )
    .await?;
    balancers.retain(|balancer| is_like_ours(balancer.load_balancer_name().unwrap_or_default(), &prefix));
    groups.retain(|group| is_like_ours(group.target_group_name().unwrap_or_default(), &prefix));
    let balancer_arns = balancers.iter().filter_map(LoadBalancer::load_balancer_arn).map(str::to_owned);
    let group_arns = groups.iter().filter_map(TargetGroup::target_group_arn).map(str::to_owned);
    let mut arns: Vec<String> = balancer_arns.clone().chain(group_arns.clone()).collect();
    let (listeners, of_balancers, of_groups) = try_join3(
        try_join_all(balancer_arns.clone().map(|arn| listeners(aws, arn))),
        try_join_all(balancer_arns.map(|arn| balancer_attributes(aws, arn))),
        try_join_all(group_arns.map(|arn| group_attributes(aws, arn))),
    )
    .await?;
    let listeners: Vec<Listener> = listeners.into_iter().flatten().collect();
    arns.extend(listeners.iter().filter_map(Listener::listener_arn).map(str::to_owned));
    let tags = try_join_all(arns.chunks(BATCH).map(|batch| tags_of(aws, batch))).await?;
    Ok(Elb {
        balancers: balancers.into_iter().zip(of_balancers).collect(),
        groups: groups.into_iter().zip(of_groups).collect(),
        listeners,
        tags: tags.into_iter().flatten().collect(),
    })
}

/// Whether a name may be one that was derived for this environment.
fn is_like_ours(name: &str, prefix: &str) -> bool {
    let head = prefix.get(..HEAD).unwrap_or(prefix);
    name.starts_with(if head.len() < prefix.len() { head.trim_end_matches('-') } else { prefix })
}

async fn listeners(aws: &Aws, balancer: String) -> Result<Vec<Listener>, Fault> {
    let call = aws.elb().describe_listeners().load_balancer_arn(balancer);
    let all: Result<Vec<_>, _> = call.into_paginator().items().send().collect().await;
    all.map_err(error::read("elasticloadbalancing:DescribeListeners"))
}

async fn balancer_attributes(aws: &Aws, arn: String) -> Result<Attributes, Fault> {
    let call = aws.elb().describe_load_balancer_attributes().load_balancer_arn(arn).send().await;
    let answer = call.map_err(error::read("elasticloadbalancing:DescribeLoadBalancerAttributes"))?;
    Ok(tags::read!(answer.attributes()))
}

async fn group_attributes(aws: &Aws, arn: String) -> Result<Attributes, Fault> {
    let call = aws.elb().describe_target_group_attributes().target_group_arn(arn).send().await;
    let answer = call.map_err(error::read("elasticloadbalancing:DescribeTargetGroupAttributes"))?;
    Ok(tags::read!(answer.attributes()))
}

async fn tags_of(aws: &Aws, arns: &[String]) -> Result<Vec<(String, Tags)>, Fault> {
    let call = aws.elb().describe_tags().set_resource_arns(Some(arns.to_vec())).send().await;
    let answer = call.map_err(error::read("elasticloadbalancing:DescribeTags"))?;
    let described = answer.tag_descriptions().iter();
    Ok(described
        .map(|one| (one.resource_arn().unwrap_or_default().to_owned(), tags::read!(one.tags())))
        .collect())
}

/// Tags in the type of the service.
pub fn tag_list(tags: &Tags) -> Vec<Tag> {
    tags::list!(tags => Tag)
}

/// Writes tags.
pub async fn tag(aws: &Aws, arn: &str, tags: &Tags) -> Result<(), Fault> {
    let call = aws.elb().add_tags().resource_arns(arn).set_tags(Some(tag_list(tags))).send().await;
    call.map_err(error::update("elasticloadbalancing:AddTags"))?;
    Ok(())
}

/// An attribute's value as a number; zero if it is not there.
pub fn number(attributes: &Attributes, key: &str) -> i32 {
    attributes.get(key).and_then(|value| value.parse().ok()).unwrap_or_default()
}

/// Whether an attribute is switched on.
pub fn is_on(attributes: &Attributes, key: &str) -> bool {
    attributes.get(key).is_some_and(|value| value == "true")
}

/// The end of an ARN in the form in which metrics and scaling policies name it: `app/<name>/<id>` of a load
/// balancer, `targetgroup/<name>/<id>` of a target group.
pub fn suffix(arn: &str) -> Option<&str> {
    let (_, resource) = arn.rsplit_once(':')?;
    Some(resource.strip_prefix("loadbalancer/").unwrap_or(resource))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::aws::names;

    #[test]
    fn suffixes_are_what_metrics_use() {
        let arn = "arn:aws:elasticloadbalancing:us-east-1:1:loadbalancer/app/shop/50dc6c495c0c9188";
        assert_eq!(suffix(arn), Some("app/shop/50dc6c495c0c9188"));
        let arn = "arn:aws:elasticloadbalancing:us-east-1:1:targetgroup/web/73e2d6bc24d8a067";
        assert_eq!(suffix(arn), Some("targetgroup/web/73e2d6bc24d8a067"));
        assert_eq!(suffix("nothing"), None);
    }

    #[test]
    fn names_of_others_are_left_out() {
        assert!(is_like_ours("shop-prod-web-a1b2c3", "shop-prod-"));
        assert!(!is_like_ours("shop-production-web-a1b2c3", "shop-prod-"));
        assert!(!is_like_ours("blog-prod-web", "shop-prod-"));
    }

    proptest! {
        #[test]
        fn no_name_of_ours_is_missed(
            stack in "[a-z][a-z0-9-]{0,30}", env in "[a-z][a-z0-9-]{0,15}",
            address in "[a-z]{1,9}(\\.[a-z0-9-]{1,20}){1,3}"
        ) {
            let prefix = format!("{}-", names::fit(&[&stack, &env], None, 60));
            let name = names::fit(&[&stack, &env, &address.replace('.', "-")], Some("abcdef"), NAME);
            prop_assert!(is_like_ours(&name, &prefix), "{} {}", name, prefix);
        }
    }
}
