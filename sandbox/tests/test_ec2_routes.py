"""Route tables, endpoints and network ACLs as AWS documents them."""

from __future__ import annotations

import json
from typing import Any

from conftest import REGION, refused, until
from ec2_parts import make_gateway, make_nat, make_subnet, make_vpc, tagged


def test_route_tables(ec2: Any) -> None:
    vpc = make_vpc(ec2)
    subnet = make_subnet(ec2, vpc)
    one, two = (ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"] for _ in "ab")
    association = ec2.associate_route_table(RouteTableId=one, SubnetId=subnet)["AssociationId"]
    assert ec2.associate_route_table(RouteTableId=one, SubnetId=subnet)["AssociationId"] == association
    with refused("Resource.AlreadyAssociated"):
        ec2.associate_route_table(RouteTableId=two, SubnetId=subnet)
    with refused("DependencyViolation"):
        ec2.delete_route_table(RouteTableId=one)
    main_filter = [{"Name": "vpc-id", "Values": [vpc]}, {"Name": "association.main", "Values": ["true"]}]
    (main,) = ec2.describe_route_tables(Filters=main_filter)["RouteTables"]
    with refused("DependencyViolation"):
        ec2.delete_route_table(RouteTableId=main["RouteTableId"])
    with refused("InvalidParameterValue"):
        ec2.disassociate_route_table(AssociationId=main["Associations"][0]["RouteTableAssociationId"])
    ec2.disassociate_route_table(AssociationId=association)
    ec2.delete_route_table(RouteTableId=one)


def test_subnet_deletion_ends_its_association(ec2: Any) -> None:
    vpc = make_vpc(ec2)
    subnet = make_subnet(ec2, vpc)
    table = ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"]
    ec2.associate_route_table(RouteTableId=table, SubnetId=subnet)
    ec2.delete_subnet(SubnetId=subnet)
    ec2.delete_route_table(RouteTableId=table)


def test_routes(ec2: Any) -> None:
    vpc = make_vpc(ec2)
    gateway = make_gateway(ec2)
    table = ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"]
    world = {"RouteTableId": table, "DestinationCidrBlock": "0.0.0.0/0"}
    with refused("InvalidParameterValue"):
        ec2.create_route(**world, GatewayId=gateway)
    ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc)
    ec2.create_route(**world, GatewayId=gateway)
    with refused("RouteAlreadyExists"):
        ec2.create_route(**world, GatewayId=gateway)
    with refused("InvalidNatGatewayID.NotFound"):
        ec2.create_route(
            RouteTableId=table, DestinationCidrBlock="1.0.0.0/8", NatGatewayId="nat-0123456789abcdef0"
        )
    with refused("InvalidParameterValue"):
        ec2.delete_route(RouteTableId=table, DestinationCidrBlock="10.0.0.0/16")
    nat, _ = make_nat(ec2, make_subnet(ec2, vpc))
    ec2.replace_route(**world, NatGatewayId=nat)
    ec2.delete_nat_gateway(NatGatewayId=nat)
    (described,) = ec2.describe_route_tables(RouteTableIds=[table])["RouteTables"]
    routes = {r.get("DestinationCidrBlock"): r for r in described["Routes"]}
    assert routes["0.0.0.0/0"]["State"] == "blackhole" and routes["0.0.0.0/0"]["NatGatewayId"] == nat
    assert routes["10.0.0.0/16"]["GatewayId"] == "local"


def test_route_table_token(ec2: Any) -> None:
    vpc = make_vpc(ec2)
    ids = {ec2.create_route_table(VpcId=vpc, ClientToken="x")["RouteTable"]["RouteTableId"] for _ in "abc"}
    assert len(ids) == 1


def test_gateway_endpoint(ec2: Any) -> None:
    vpc = make_vpc(ec2)
    one, two = (ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"] for _ in "ab")
    service = f"com.amazonaws.{REGION}.s3"
    lists = ec2.describe_managed_prefix_lists(Filters=[{"Name": "prefix-list-name", "Values": [service]}])
    prefix_list = lists["PrefixLists"][0]["PrefixListId"]
    wanted = {
        "VpcId": vpc,
        "ServiceName": service,
        "RouteTableIds": [one],
        "PolicyDocument": json.dumps({"Version": "2012-10-17", "Statement": []}),
        "ClientToken": "e",
        "TagSpecifications": [tagged("vpc-endpoint", role="s3")],
    }
    endpoint = ec2.create_vpc_endpoint(**wanted)["VpcEndpoint"]["VpcEndpointId"]
    assert ec2.create_vpc_endpoint(**wanted)["VpcEndpoint"]["VpcEndpointId"] == endpoint

    def targets(table: str) -> dict[str, str]:
        (described,) = ec2.describe_route_tables(RouteTableIds=[table])["RouteTables"]
        found = [r for r in described["Routes"] if "DestinationPrefixListId" in r]
        return {r["DestinationPrefixListId"]: r["GatewayId"] for r in found}

    assert targets(one) == {prefix_list: endpoint} and targets(two) == {}
    ec2.modify_vpc_endpoint(VpcEndpointId=endpoint, AddRouteTableIds=[two], RemoveRouteTableIds=[one])
    assert targets(one) == {} and targets(two) == {prefix_list: endpoint}
    by_tag = ec2.describe_vpc_endpoints(Filters=[{"Name": "tag:role", "Values": ["s3"]}])["VpcEndpoints"]
    assert by_tag[0]["VpcEndpointType"] == "Gateway" and by_tag[0]["RouteTableIds"] == [two]
    assert json.loads(by_tag[0]["PolicyDocument"])["Statement"] == []
    with refused("RouteAlreadyExists"):
        ec2.create_vpc_endpoint(VpcId=vpc, ServiceName=service, RouteTableIds=[two])
    with refused("InvalidServiceName"):
        ec2.create_vpc_endpoint(VpcId=vpc, ServiceName="com.amazonaws.nowhere.s3")
    with refused("InvalidRouteTableId.NotFound"):
        ec2.modify_vpc_endpoint(VpcEndpointId=endpoint, AddRouteTableIds=["rtb-0123456789abcdef0"])
    until(lambda: ec2.describe_vpc_endpoints()["VpcEndpoints"][0]["State"] == "available")
    assert ec2.delete_vpc_endpoints(VpcEndpointIds=[endpoint])["Unsuccessful"] == []
    assert targets(two) == {}
    until(lambda: not ec2.describe_vpc_endpoints()["VpcEndpoints"])
    failed = ec2.delete_vpc_endpoints(VpcEndpointIds=[endpoint])["Unsuccessful"]
    assert failed[0]["Error"]["Code"] == "InvalidVpcEndpointId.NotFound"


def test_prefix_lists(ec2: Any) -> None:
    names = {p["PrefixListName"] for p in ec2.describe_managed_prefix_lists()["PrefixLists"]}
    assert {f"com.amazonaws.{REGION}.s3", "com.amazonaws.global.cloudfront.origin-facing"} <= names
    filters = [{"Name": "prefix-list-name", "Values": [f"com.amazonaws.{REGION}.s3"]}]
    (listed,) = ec2.describe_prefix_lists(Filters=filters)["PrefixLists"]
    assert listed["PrefixListId"].startswith("pl-") and listed["Cidrs"]


def test_network_acls(ec2: Any) -> None:
    acl = ec2.create_network_acl(VpcId=make_vpc(ec2))["NetworkAcl"]
    assert {(e["RuleNumber"], e["RuleAction"], e["Egress"]) for e in acl["Entries"]} == {
        (32767, "deny", True),
        (32767, "deny", False),
    }
