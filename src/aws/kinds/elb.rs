//! What the kinds of Elastic Load Balancing share: which are looked at, and their tags.
//!
//! ELB filters by neither tag nor name prefix, and tells tags only by ARN, twenty at a time. So names choose
//! whose attributes and listeners are read, and their tags then say which of them are ours.

use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;

use aws_sdk_elasticloadbalancingv2::types::{Listener, LoadBalancer, Tag, TargetGroup};
use futures::future::{join_all, try_join_all};

use crate::aws::glance::Glance;
use crate::aws::tags::{self, Tags};
use crate::aws::{Aws, error, index};
use crate::run::fault::{Fault, absent};

/// The longest name of a load balancer or target group.
pub const NAME: usize = 32;
/// What is left of such a name's head at worst: without a fingerprint, a digest and their hyphens.
const HEAD: usize = NAME - 7 - 7;
/// The most ARNs that `DescribeTags` takes (API reference).
const BATCH: usize = 20;

/// Attributes by key, such as `idle_timeout.timeout_seconds`.
pub type Attributes = BTreeMap<String, String>;

/// The load balancers whose name is like one of ours; once a look, because the listeners are theirs.
pub struct Balancers(pub Vec<LoadBalancer>);

/// Reads them.
pub async fn balancers(glance: &Glance<'_>) -> Result<Rc<Balancers>, Fault> {
    let ask = || async {
        let pages = glance.aws.elb().describe_load_balancers().into_paginator().items().send();
        let all: Result<Vec<_>, _> = pages.collect().await;
        let mut all = all.map_err(error::read("elasticloadbalancing:DescribeLoadBalancers"))?;
        let prefix = glance.aws.prefix();
        all.retain(|balancer| is_like_ours(balancer.load_balancer_name().unwrap_or_default(), &prefix));
        Ok(Balancers(all))
    };
    glance.once(ask).await
}

/// The target groups whose name is like one of ours.
pub async fn groups(aws: &Aws) -> Result<Vec<TargetGroup>, Fault> {
    let pages = aws.elb().describe_target_groups().into_paginator().items().send();
    let all: Result<Vec<_>, _> = pages.collect().await;
    let mut all = all.map_err(error::read("elasticloadbalancing:DescribeTargetGroups"))?;
    let prefix = aws.prefix();
    all.retain(|group| is_like_ours(group.target_group_name().unwrap_or_default(), &prefix));
    Ok(all)
}

/// Whether a name may be one that was derived for this environment.
fn is_like_ours(name: &str, prefix: &str) -> bool {
    let head = prefix.get(..HEAD).unwrap_or(prefix);
    name.starts_with(if head.len() < prefix.len() { head.trim_end_matches('-') } else { prefix })
}

/// The listeners of a load balancer; none if that has gone in the meantime.
pub async fn listeners(aws: &Aws, balancer: &str) -> Result<Vec<Listener>, Fault> {
    let call = aws.elb().describe_listeners().load_balancer_arn(balancer);
    let all: Result<Vec<_>, _> = call.into_paginator().items().send().collect().await;
    Ok(absent(all.map_err(error::read("elasticloadbalancing:DescribeListeners")))?.unwrap_or_default())
}

/// The attributes of a load balancer; none if it has gone in the meantime.
pub async fn balancer_attributes(aws: &Aws, arn: &str) -> Result<Attributes, Fault> {
    let call = aws.elb().describe_load_balancer_attributes().load_balancer_arn(arn).send().await;
    let answer = absent(call.map_err(error::read("elasticloadbalancing:DescribeLoadBalancerAttributes")))?;
    Ok(answer.map(|answer| tags::read!(answer.attributes())).unwrap_or_default())
}

/// The attributes of a target group; none if it has gone in the meantime.
pub async fn group_attributes(aws: &Aws, arn: &str) -> Result<Attributes, Fault> {
    let call = aws.elb().describe_target_group_attributes().target_group_arn(arn).send().await;
    let answer = absent(call.map_err(error::read("elasticloadbalancing:DescribeTargetGroupAttributes")))?;
    Ok(answer.map(|answer| tags::read!(answer.attributes())).unwrap_or_default())
}

/// The tags of what has these ARNs, by ARN; what has gone in the meantime is left out. Those that the index confirms
/// are not asked for.
pub async fn tags(glance: &Glance<'_>, arns: &[&str]) -> Result<HashMap<String, Tags>, Fault> {
    let index = index::index(glance).await?;
    let confirmed = |arn: &&str| Some(((*arn).to_owned(), index.tags(arn)?.clone()));
    let mut all: HashMap<String, Tags> = arns.iter().filter_map(confirmed).collect();
    let rest: Vec<&str> = arns.iter().copied().filter(|arn| !all.contains_key(*arn)).collect();
    let told = try_join_all(rest.chunks(BATCH).map(|batch| tags_of(glance.aws, batch))).await?;
    all.extend(told.into_iter().flatten());
    Ok(all)
}

/// One that is gone is an error for all that were asked for with it: then each is asked for alone.
async fn tags_of(aws: &Aws, arns: &[&str]) -> Result<Vec<(String, Tags)>, Fault> {
    if let Some(told) = absent(described(aws, arns).await)? {
        return Ok(told);
    }
    let each = arns.chunks(1).filter(|_| arns.len() > 1).map(|one| described(aws, one));
    let told: Result<Vec<_>, _> = join_all(each).await.into_iter().map(absent).collect();
    Ok(told?.into_iter().flatten().flatten().collect())
}

async fn described(aws: &Aws, arns: &[&str]) -> Result<Vec<(String, Tags)>, Fault> {
    let arns = arns.iter().map(|arn| (*arn).to_owned()).collect();
    let call = aws.elb().describe_tags().set_resource_arns(Some(arns)).send().await;
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
