//! Private hosted zone: names that only the stack's own network can resolve.

use std::collections::BTreeSet;

use aws_sdk_route53::types::{HostedZoneConfig, RrType, Tag, TagResourceType, Vpc as ZoneVpc, VpcRegion};
use futures::future::{try_join, try_join_all};
use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::aws::glance::Glance;
use crate::aws::kind::{Changed, Found, Resource, Wish};
use crate::aws::tags::{self, Tags};
use crate::aws::{Aws, error};
use crate::model::live::Status;
use crate::model::schema::{Expected, IN_PLACE, Idempotency, REPLACES, ReplaceOrder, Schema};
use crate::model::spec::{Id, Kinded, Spec};
use crate::run::cloud::Farewell;
use crate::run::fault::{Class, Fault, Forgive};

use super::dns_record;
use super::route53::{self, Zone};
use super::vpc::Vpc;

/// A private domain.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct HostedZone {
    /// The domain, such as `drucloud-prod.internal`.
    pub name: String,
    /// The networks that can resolve it; at least one.
    pub vpcs: BTreeSet<Id<Vpc>>,
    /// What it is for.
    pub comment: String,
    /// The public zones, by id, in which the stack keeps records; noted in the zone's comment.
    #[serde(default)]
    pub public_zones: BTreeSet<String>,
}

impl Kinded for HostedZone {
    const KIND: &'static str = "hosted_zone";
}

impl Resource for HostedZone {
    const SCHEMA: &'static Schema = &Schema {
        kind: "hosted_zone",
        title: "Private hosted zone",
        rules: &[("name", REPLACES), ("vpcs", IN_PLACE), ("comment", IN_PLACE), ("public_zones", IN_PLACE)],
        outputs: &["name"],
        changing_outputs: &[],
        data: None,
        order: ReplaceOrder::NewFirst,
        idempotency: Idempotency::Token,
        after: &[],
        expected: Expected { create: 5, update: 5, delete: 5 },
        canonical: Spec::canonical_as::<Self>,
    };

    async fn list(glance: &Glance<'_>) -> Result<Vec<Found<Self>>, Fault> {
        let zones = route53::zones(glance).await?;
        try_join_all(zones.0.iter().map(|zone| read(glance.aws, zone))).await
    }

    /// `CreateHostedZone` takes no tags: they are written afterwards. Until then the `CallerReference` tells
    /// whose it is.
    async fn create(aws: &Aws, wish: &Wish<'_, Self>) -> Result<(), Fault> {
        let Self { name, vpcs, comment, public_zones } = &wish.want;
        let Some(vpc) = vpcs.first() else {
            return Err(Fault::fatal("route53:CreateHostedZone", "a private zone needs a network"));
        };
        let comment = route53::write_comment(comment, public_zones);
        let config = HostedZoneConfig::builder().comment(comment).private_zone(true).build();
        let call = aws.route53().create_hosted_zone().name(name).hosted_zone_config(config);
        let call = call.vpc(zone_vpc(aws, vpc));
        let call =
            call.caller_reference(route53::caller_reference(aws, &wish.order.address, &wish.order.token)?);
        call.send().await.map_err(error::create("route53:CreateHostedZone"))?;
        Ok(())
    }

    async fn update(
        aws: &Aws,
        live: &Found<Self>,
        wish: &Wish<'_, Self>,
        changed: Changed<'_>,
    ) -> Result<(), Fault> {
        if changed.any(&["comment", "public_zones"]) {
            for left in live.properties.public_zones.difference(&wish.want.public_zones) {
                nothing_left(aws, left).await?;
            }
            let mark = if live.outputs.contains_key(ADOPTED) {
                route53::mark(aws, &wish.order.address)
            } else {
                String::new()
            };
            let comment = route53::write_comment(&wish.want.comment, &wish.want.public_zones) + &mark;
            write_comment(aws, &live.id, comment).await?;
        }
        if changed.has("vpcs") {
            // A private zone always has a network: the last one cannot go before the next one came.
            for vpc in wish.want.vpcs.difference(&live.properties.vpcs) {
                let call = aws.route53().associate_vpc_with_hosted_zone().hosted_zone_id(&live.id);
                let answer = call.vpc(zone_vpc(aws, vpc)).send().await;
                answer.map_err(error::update("route53:AssociateVPCWithHostedZone"))?;
            }
            for vpc in live.properties.vpcs.difference(&wish.want.vpcs) {
                let call = aws.route53().disassociate_vpc_from_hosted_zone().hosted_zone_id(&live.id);
                let answer = call.vpc(zone_vpc(aws, vpc)).send().await;
                answer.map_err(error::delete("route53:DisassociateVPCFromHostedZone")).or_gone()?;
            }
        }
        Ok(())
    }

    async fn delete(aws: &Aws, live: &Found<Self>, _: &Farewell) -> Result<(), Fault> {
        let call = aws.route53().delete_hosted_zone().id(&live.id);
        call.send().await.map_err(error::delete("route53:DeleteHostedZone"))?;
        Ok(())
    }

    async fn tag(aws: &Aws, live: &Found<Self>, tags: &Tags) -> Result<(), Fault> {
        // Ten tags a call (API reference, ChangeTagsForResource).
        for some in tags::list!(tags => Tag).chunks(10) {
            let call = aws.route53().change_tags_for_resource().resource_type(TagResourceType::Hostedzone);
            let answer = call.resource_id(&live.id).set_add_tags(Some(some.to_vec())).send().await;
            answer.map_err(error::update("route53:ChangeTagsForResource"))?;
        }
        Ok(())
    }

    async fn blockers(aws: &Aws, live: &Found<Self>) -> Result<Vec<String>, Fault> {
        let records = route53::records(aws, &live.id).await?;
        let names = records.iter().filter(|record| !matches!(record.r#type(), RrType::Ns | RrType::Soa));
        let word =
            |record: &_| format!("record {} {}", dns_record::type_of(record), dns_record::name_of(record));
        Ok(names.map(word).collect())
    }

    const ADOPTABLE: bool = true;

    async fn inspect(
        glance: &Glance<'_>,
        id: &str,
        claim: &Tags,
    ) -> Result<Option<(Found<Self>, Tags)>, Fault> {
        let Some(zone) = zone(glance.aws, id, claim).await? else { return Ok(None) };
        let found = read(glance.aws, &zone).await?;
        let has = found.tags.clone();
        Ok(Some((found, has)))
    }

    async fn adopt(aws: &Aws, live: &Found<Self>, tags: &Tags) -> Result<(), Fault> {
        Self::tag(aws, live, tags).await?;
        let mark = route53::mark(aws, &live.address);
        let comment: String =
            live.properties.comment.chars().take(COMMENT.saturating_sub(mark.len())).collect();
        write_comment(aws, &live.id, comment + &mark).await
    }
}

/// The longest comment (API reference, `UpdateHostedZoneComment`).
const COMMENT: usize = 256;
/// What a zone that was made elsewhere is known by among the engine's outputs.
const ADOPTED: &str = "adopted";

async fn write_comment(aws: &Aws, id: &str, comment: String) -> Result<(), Fault> {
    let call = aws.route53().update_hosted_zone_comment().id(id).comment(comment);
    call.send().await.map_err(error::update("route53:UpdateHostedZoneComment"))?;
    Ok(())
}

/// The zone with that id, if it is a private one of this account.
async fn zone(aws: &Aws, id: &str, claim: &Tags) -> Result<Option<Zone>, Fault> {
    let private =
        |zone: &aws_sdk_route53::types::HostedZone| zone.config().is_some_and(HostedZoneConfig::private_zone);
    let there = route53::get(aws, id).await?.filter(|(zone, _)| private(zone));
    let Some((found, networks)) = there else { return Ok(None) };
    let address = tags::address(claim, &aws.scope.stack, &aws.scope.env);
    let comment = found.config().and_then(|config| config.comment()).unwrap_or_default().to_owned();
    Ok(address.map(|address| Zone {
        address,
        id: route53::bare_id(found.id()).to_owned(),
        name: route53::plain_name(found.name()),
        comment,
        public_zones: BTreeSet::new(),
        adopted: true,
        networks: Some(networks),
        tags: None,
    }))
}

/// The list of zones does not tell the networks: one call for each of ours.
async fn read(aws: &Aws, zone: &Zone) -> Result<Found<HostedZone>, Fault> {
    let networks = async {
        match &zone.networks {
            Some(networks) => Ok(networks.clone()),
            None => Ok(route53::get(aws, &zone.id).await?.ok_or_else(|| gone(&zone.id))?.1),
        }
    };
    let tags = async {
        match &zone.tags {
            Some(tags) => Ok(tags.clone()),
            None => tags_of(aws, zone).await,
        }
    };
    let (networks, tags) = try_join(networks, tags).await?;
    if let Some(elsewhere) = elsewhere(&networks, aws.region()) {
        let why = format!(
            "the names of this environment, `{}`, belong to a network in {elsewhere}, and this is {}: an \
             environment lives in one region; say `--region {elsewhere}`, or give the new one another name",
            zone.name,
            aws.region()
        );
        return Err(Fault::fatal("route53:GetHostedZone", why));
    }
    let found = Found {
        address: zone.address.clone(),
        id: zone.id.clone(),
        born: None,
        status: Status::Ready,
        properties: HostedZone {
            name: zone.name.clone(),
            vpcs: networks.iter().filter_map(|vpc| vpc.vpc_id()).map(Id::known).collect(),
            comment: zone.comment.clone(),
            public_zones: zone.public_zones.clone(),
        },
        outputs: IndexMap::new(),
        tags,
        protected: false,
    };
    Ok(found.output("name", Some(zone.name.as_str())).output(ADOPTED, zone.adopted.then_some("yes")))
}

/// A zone's tags, with the `Name` that others have: Route 53 shows a zone by its domain, so it is given none, but what
/// has no tag at all counts as something whose tags are not known.
async fn tags_of(aws: &Aws, zone: &Zone) -> Result<Tags, Fault> {
    let call = aws.route53().list_tags_for_resource().resource_type(TagResourceType::Hostedzone);
    let answer = call.resource_id(&zone.id).send().await;
    let answer = answer.map_err(error::read("route53:ListTagsForResource"))?;
    let set = answer.resource_tag_set().map(|set| tags::read!(set.tags())).unwrap_or_default();
    Ok([("Name".to_owned(), zone.name.clone())].into_iter().chain(set).collect())
}

/// A zone that went while it was read: the next look will not show it.
fn gone(id: &str) -> Fault {
    Fault::fatal("route53:GetHostedZone", format!("zone {id} is not there any more")).as_class(Class::Gone)
}

/// The region of a zone's networks, if none of them is in this one. Zones and roles are of no region: one that is
/// taken for another would change what is in use there.
fn elsewhere<'a>(networks: &'a [ZoneVpc], here: &str) -> Option<&'a str> {
    let mut regions = networks.iter().filter_map(|network| network.vpc_region()).map(VpcRegion::as_str);
    let first = regions.next()?;
    (first != here && regions.all(|region| region != here)).then_some(first)
}

fn zone_vpc(aws: &Aws, vpc: &Id<Vpc>) -> ZoneVpc {
    ZoneVpc::builder().vpc_id(vpc.as_str()).vpc_region(VpcRegion::from(aws.region())).build()
}

/// A public zone is forgotten only when no record of ours is left in it; else that could never be found again.
async fn nothing_left(aws: &Aws, zone: &str) -> Result<(), Fault> {
    let left = dns_record::ours(aws, zone).await?;
    if left.is_empty() {
        return Ok(());
    }
    let why = format!("there still are {} records of this environment in zone {zone}", left.len());
    Err(Fault::fatal("route53:UpdateHostedZoneComment", why).as_class(Class::Busy))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_zone_whose_networks_are_all_elsewhere_is_of_another_region() {
        let networks = |regions: &[&str]| -> Vec<ZoneVpc> {
            regions.iter().map(|name| ZoneVpc::builder().vpc_region(VpcRegion::from(*name)).build()).collect()
        };
        let of = |regions: &[&str]| elsewhere(&networks(regions), "us-east-1").map(str::to_owned);
        assert_eq!(of(&["eu-west-1"]).as_deref(), Some("eu-west-1"));
        assert_eq!(of(&["eu-west-1", "us-east-1"]), None);
        assert_eq!([of(&["us-east-1"]), of(&[])], [None, None]);
    }
}
