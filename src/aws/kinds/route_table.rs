//! Route table, with its routes and the subnets that use it.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_ec2::types::{ResourceType, RouteOrigin, RouteTableAssociationStateCode};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::aws::glance::Glance;
use crate::aws::kind::{Changed, Found, Resource, Wish};
use crate::aws::tags::{self, Tags};
use crate::aws::{Aws, error};
use crate::model::schema::{Expected, IN_PLACE, Idempotency, REPLACES, ReplaceOrder, Schema};
use crate::model::spec::{Id, Kinded, Spec};
use crate::run::cloud::Farewell;
use crate::run::fault::{Class, Fault, Forgive};

use super::ec2;
use super::internet_gateway::InternetGateway;
use super::nat_gateway::NatGateway;
use super::routing;
use super::subnet::Subnet;
use super::vpc::Vpc;

/// Where packets go that leave a subnet.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RouteTable {
    /// The network that it is part of.
    pub vpc: Id<Vpc>,
    /// The routes beyond the network itself, one a destination.
    pub routes: BTreeSet<Route>,
    /// The subnets that use it; each subnet uses one table.
    pub subnets: BTreeSet<Id<Subnet>>,
}

/// One route.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Route {
    /// The range of addresses that it leads to, such as `0.0.0.0/0`.
    pub destination: String,
    /// The way there.
    pub via: Via,
}

/// The next hop of a route.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Via {
    /// An internet gateway.
    Gateway(Id<InternetGateway>),
    /// A NAT gateway.
    Nat(Id<NatGateway>),
    /// Anything else, by its id: only ever read, where somebody else made the route.
    Other(String),
}

impl Kinded for RouteTable {
    const KIND: &'static str = "route_table";
}

impl Resource for RouteTable {
    const SCHEMA: &'static Schema = &Schema {
        kind: "route_table",
        title: "Route table",
        rules: &[("vpc", REPLACES), ("routes", IN_PLACE), ("subnets", IN_PLACE)],
        outputs: &[],
        changing_outputs: &[],
        data: None,
        order: ReplaceOrder::NewFirst,
        idempotency: Idempotency::Token,
        after: &[],
        expected: Expected { create: 4, update: 2, delete: 3 },
        canonical: Spec::canonical_as::<Self>,
    };

    async fn list(glance: &Glance<'_>) -> Result<Vec<Found<Self>>, Fault> {
        let aws = glance.aws;
        let mut found = Vec::new();
        for table in &routing::tables(glance).await?.0 {
            let properties = Self {
                vpc: Id::known(table.vpc_id().unwrap_or_default()),
                routes: table.routes().iter().filter_map(read).collect(),
                subnets: associations(table).into_keys().map(Id::known).collect(),
            };
            let id = table.route_table_id().unwrap_or_default();
            found.extend(Found::ours(aws, id, tags::read!(table.tags()), properties));
        }
        Ok(found)
    }

    async fn create(aws: &Aws, wish: &Wish<'_, Self>) -> Result<(), Fault> {
        let tags = ec2::specification(ResourceType::RouteTable, &wish.order.tags);
        let call = aws.ec2().create_route_table().vpc_id(wish.want.vpc.as_str()).tag_specifications(tags);
        let call = call.client_token(&wish.order.token);
        call.send().await.map_err(error::create("ec2:CreateRouteTable"))?;
        Ok(())
    }

    async fn update(
        aws: &Aws,
        live: &Found<Self>,
        wish: &Wish<'_, Self>,
        changed: Changed<'_>,
    ) -> Result<(), Fault> {
        if changed.has("routes") {
            routes(aws, &live.id, &live.properties.routes, &wish.want.routes).await?;
        }
        if changed.has("subnets") {
            for subnet in wish.want.subnets.difference(&live.properties.subnets) {
                associate(aws, &live.id, subnet.as_str()).await?;
            }
            if !live.properties.subnets.is_subset(&wish.want.subnets) {
                let stay: BTreeSet<&str> = wish.want.subnets.iter().map(Id::as_str).collect();
                disassociate(aws, &live.id, &stay).await?;
            }
        }
        Ok(())
    }

    async fn delete(aws: &Aws, live: &Found<Self>, _: &Farewell) -> Result<(), Fault> {
        disassociate(aws, &live.id, &BTreeSet::new()).await?;
        let call = aws.ec2().delete_route_table().route_table_id(&live.id);
        call.send().await.map_err(error::delete("ec2:DeleteRouteTable"))?;
        Ok(())
    }

    async fn tag(aws: &Aws, live: &Found<Self>, tags: &Tags) -> Result<(), Fault> {
        ec2::tag(aws, &live.id, tags).await
    }

    async fn blockers(aws: &Aws, live: &Found<Self>) -> Result<Vec<String>, Fault> {
        let table = describe(aws, &live.id).await?;
        let of = |subnet: &String| format!("subnet {subnet} uses route table {}", live.id);
        Ok(associations(&table).keys().map(of).collect())
    }
}

/// A route as the stack would have written it; `None` for those that AWS makes: the local one, those of
/// gateway endpoints (to a prefix list) and propagated ones. A route to nowhere (`blackhole`) shows as it is.
fn read(route: &aws_sdk_ec2::types::Route) -> Option<Route> {
    let made_by_aws = matches!(
        route.origin(),
        Some(RouteOrigin::CreateRouteTable | RouteOrigin::EnableVgwRoutePropagation)
    );
    let gateway = route.gateway_id().unwrap_or_default();
    if made_by_aws || gateway == "local" || gateway.starts_with("vpce-") {
        return None;
    }
    let destination = route
        .destination_cidr_block()
        .or(route.destination_ipv6_cidr_block())
        .or(route.destination_prefix_list_id())?;
    let via = match (route.gateway_id(), route.nat_gateway_id()) {
        (Some(id), _) if id.starts_with("igw-") => Via::Gateway(Id::known(id)),
        (_, Some(id)) => Via::Nat(Id::known(id)),
        _ => Via::Other(other(route).to_owned()),
    };
    Some(Route { destination: destination.to_owned(), via })
}

fn other(route: &aws_sdk_ec2::types::Route) -> &str {
    // A route to an instance names its interface as well.
    let targets = [
        route.gateway_id(),
        route.network_interface_id(),
        route.transit_gateway_id(),
        route.vpc_peering_connection_id(),
        route.egress_only_internet_gateway_id(),
        route.carrier_gateway_id(),
        route.local_gateway_id(),
        route.core_network_arn(),
    ];
    targets.into_iter().flatten().next().unwrap_or("unknown")
}

/// The table's associations by subnet, without the one that makes it the VPC's main table.
fn associations(table: &aws_sdk_ec2::types::RouteTable) -> BTreeMap<String, String> {
    let gone =
        [RouteTableAssociationStateCode::Disassociating, RouteTableAssociationStateCode::Disassociated];
    let current = |association: &&aws_sdk_ec2::types::RouteTableAssociation| {
        association.association_state().and_then(|s| s.state()).is_none_or(|state| !gone.contains(state))
    };
    (table.associations().iter().filter(current))
        .filter_map(|a| Some((a.subnet_id()?.to_owned(), a.route_table_association_id()?.to_owned())))
        .collect()
}

async fn describe(aws: &Aws, id: &str) -> Result<aws_sdk_ec2::types::RouteTable, Fault> {
    let answer = aws.ec2().describe_route_tables().route_table_ids(id).send().await;
    let answer = answer.map_err(error::read("ec2:DescribeRouteTables"))?;
    answer.route_tables.unwrap_or_default().pop().ok_or_else(|| {
        Fault::fatal("ec2:DescribeRouteTables", format!("{id} is not there")).as_class(Class::Gone)
    })
}

async fn routes(aws: &Aws, id: &str, live: &BTreeSet<Route>, want: &BTreeSet<Route>) -> Result<(), Fault> {
    let there: BTreeSet<&str> = live.iter().map(|route| route.destination.as_str()).collect();
    let stay: BTreeSet<&str> = want.iter().map(|route| route.destination.as_str()).collect();
    for route in want.difference(live) {
        let to = Destination::of(&route.destination);
        let (gateway, nat) = match &route.via {
            Via::Gateway(id) => (Some(id.to_string()), None),
            Via::Nat(id) => (None, Some(id.to_string())),
            Via::Other(id) => {
                return Err(Fault::fatal("ec2:CreateRoute", format!("no kind of gateway: `{id}`")));
            }
        };
        if there.contains(route.destination.as_str()) {
            let call = aws.ec2().replace_route().route_table_id(id).set_destination_cidr_block(to.v4);
            let call =
                call.set_destination_ipv6_cidr_block(to.v6).set_destination_prefix_list_id(to.prefix_list);
            let call = call.set_gateway_id(gateway).set_nat_gateway_id(nat);
            call.send().await.map_err(error::update("ec2:ReplaceRoute"))?;
        } else {
            let call = aws.ec2().create_route().route_table_id(id).set_destination_cidr_block(to.v4);
            let call =
                call.set_destination_ipv6_cidr_block(to.v6).set_destination_prefix_list_id(to.prefix_list);
            let call = call.set_gateway_id(gateway).set_nat_gateway_id(nat);
            call.send().await.map_err(error::update("ec2:CreateRoute")).or_exists()?;
        }
    }
    for destination in there.difference(&stay) {
        let to = Destination::of(destination);
        let call = aws.ec2().delete_route().route_table_id(id).set_destination_cidr_block(to.v4);
        let call = call.set_destination_ipv6_cidr_block(to.v6).set_destination_prefix_list_id(to.prefix_list);
        call.send().await.map_err(error::delete("ec2:DeleteRoute")).or_gone()?;
    }
    Ok(())
}

/// A destination in the parameter that its form asks for.
#[derive(Default)]
struct Destination {
    v4: Option<String>,
    v6: Option<String>,
    prefix_list: Option<String>,
}

impl Destination {
    fn of(text: &str) -> Self {
        let some = Some(text.to_owned());
        if text.starts_with("pl-") {
            Self { prefix_list: some, ..Self::default() }
        } else if text.contains(':') {
            Self { v6: some, ..Self::default() }
        } else {
            Self { v4: some, ..Self::default() }
        }
    }
}

/// Has the subnet use the table. One that uses another table is moved in one call, so that it is never without.
async fn associate(aws: &Aws, id: &str, subnet: &str) -> Result<(), Fault> {
    let answer = aws.ec2().associate_route_table().route_table_id(id).subnet_id(subnet).send().await;
    match answer.map_err(error::update("ec2:AssociateRouteTable")) {
        Err(fault) if fault.class == Class::Exists => {}
        answer => return answer.map(drop),
    }
    let call = aws.ec2().describe_route_tables().filters(ec2::filter("association.subnet-id", subnet));
    let answer = call.send().await.map_err(error::update("ec2:DescribeRouteTables"))?;
    for table in answer.route_tables().iter().filter(|table| table.route_table_id() != Some(id)) {
        if let Some(association) = associations(table).get(subnet) {
            let call = aws.ec2().replace_route_table_association().association_id(association);
            let answer = call.route_table_id(id).send().await;
            answer.map_err(error::update("ec2:ReplaceRouteTableAssociation"))?;
        }
    }
    Ok(())
}

/// Ends the use of the table by all subnets but these.
async fn disassociate(aws: &Aws, id: &str, stay: &BTreeSet<&str>) -> Result<(), Fault> {
    let table = describe(aws, id).await?;
    for (subnet, association) in associations(&table) {
        if !stay.contains(subnet.as_str()) {
            let call = aws.ec2().disassociate_route_table().association_id(association);
            call.send().await.map_err(error::delete("ec2:DisassociateRouteTable")).or_gone()?;
        }
    }
    Ok(())
}
