"""The network as AWS documents it: VPC, subnets, gateways, addresses."""

from __future__ import annotations

from typing import Any

from conftest import REGION, refused, until
from ec2_parts import make_gateway, make_nat, make_subnet, make_vpc, nat_state, tagged


def test_vpc_is_pending_then_available_and_found_by_tag(ec2: Any, slow: Any) -> None:
    slow(vpc=0.2)
    vpc = make_vpc(ec2, stack="one")
    filters = [{"Name": "tag:stack", "Values": ["one"]}]
    first = ec2.describe_vpcs(Filters=filters)["Vpcs"]
    assert [(v["VpcId"], v["State"]) for v in first] == [(vpc, "pending")]
    until(lambda: ec2.describe_vpcs(VpcIds=[vpc])["Vpcs"][0]["State"] == "available")
    assert ec2.describe_vpcs(Filters=[{"Name": "tag:stack", "Values": ["two"]}])["Vpcs"] == []


def test_vpc_cidr_is_canonical(ec2: Any) -> None:
    assert ec2.create_vpc(CidrBlock="10.1.7.9/16")["Vpc"]["CidrBlock"] == "10.1.0.0/16"


def test_vpc_attributes_one_at_a_time(ec2: Any) -> None:
    vpc = make_vpc(ec2)
    ec2.modify_vpc_attribute(VpcId=vpc, EnableDnsHostnames={"Value": True})
    got = ec2.describe_vpc_attribute(VpcId=vpc, Attribute="enableDnsHostnames")
    assert got["EnableDnsHostnames"]["Value"] is True
    with refused("InvalidParameterCombination"):
        ec2.modify_vpc_attribute(
            VpcId=vpc, EnableDnsHostnames={"Value": True}, EnableDnsSupport={"Value": True}
        )


def test_missing_ids_are_not_found(ec2: Any) -> None:
    with refused("InvalidVpcID.NotFound") as error:
        ec2.describe_vpcs(VpcIds=["vpc-0123456789abcdef0"])
    assert error.message == "The vpc ID 'vpc-0123456789abcdef0' does not exist"
    with refused("InvalidVpcID.NotFound"):
        ec2.delete_vpc(VpcId="vpc-0123456789abcdef0")
    with refused("InvalidSubnetID.NotFound"):
        ec2.delete_subnet(SubnetId="subnet-0123456789abcdef0")
    with refused("InvalidInternetGatewayID.NotFound"):
        ec2.delete_internet_gateway(InternetGatewayId="igw-0123456789abcdef0")
    with refused("InvalidAllocationID.NotFound"):
        ec2.release_address(AllocationId="eipalloc-0123456789abcdef0")
    with refused("NatGatewayNotFound"):
        ec2.delete_nat_gateway(NatGatewayId="nat-0123456789abcdef0")
    with refused("InvalidRouteTableID.NotFound"):
        ec2.delete_route_table(RouteTableId="rtb-0123456789abcdef0")
    with refused("InvalidVpcEndpointId.NotFound"):
        ec2.describe_vpc_endpoints(VpcEndpointIds=["vpce-0123456789abcdef0"])
    with refused("InvalidVpcID.NotFound"):
        ec2.create_tags(Resources=["vpc-0123456789abcdef0"], Tags=[{"Key": "a", "Value": "b"}])


def test_vpc_with_dependents_stays(ec2: Any) -> None:
    vpc = make_vpc(ec2)

    def stays() -> None:
        with refused("DependencyViolation") as error:
            ec2.delete_vpc(VpcId=vpc)
        assert error.message == f"The vpc '{vpc}' has dependencies and cannot be deleted."

    subnet = make_subnet(ec2, vpc)
    stays()
    ec2.delete_subnet(SubnetId=subnet)
    group = ec2.create_security_group(GroupName="g", Description="d", VpcId=vpc)["GroupId"]
    stays()
    ec2.delete_security_group(GroupId=group)
    gateway = make_gateway(ec2, vpc)
    stays()
    ec2.detach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc)
    table = ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"]
    stays()
    ec2.delete_route_table(RouteTableId=table)
    service = f"com.amazonaws.{REGION}.s3"
    endpoint = ec2.create_vpc_endpoint(VpcId=vpc, ServiceName=service)["VpcEndpoint"]["VpcEndpointId"]
    stays()
    ec2.delete_vpc_endpoints(VpcEndpointIds=[endpoint])
    until(lambda: not ec2.describe_vpc_endpoints()["VpcEndpoints"])
    ec2.delete_vpc(VpcId=vpc)
    with refused("InvalidVpcID.NotFound"):
        ec2.describe_vpcs(VpcIds=[vpc])


def test_default_group_allows_its_members(ec2: Any) -> None:
    vpc = make_vpc(ec2)
    filters = [{"Name": "vpc-id", "Values": [vpc]}]
    (group,) = ec2.describe_security_groups(Filters=filters)["SecurityGroups"]
    assert group["IpPermissions"][0]["UserIdGroupPairs"][0]["GroupId"] == group["GroupId"]


def test_subnets(ec2: Any) -> None:
    vpc = make_vpc(ec2)
    subnet = make_subnet(ec2, vpc)
    with refused("InvalidSubnet.Conflict"):
        ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.0.128/25")
    with refused("InvalidSubnet.Range"):
        ec2.create_subnet(VpcId=vpc, CidrBlock="10.9.0.0/24")
    with refused("InvalidParameterValue"):
        ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.9.0/24", AvailabilityZone="us-east-1a")
    described = ec2.describe_subnets(SubnetIds=[subnet])["Subnets"][0]
    assert described["MapPublicIpOnLaunch"] is False and described["DefaultForAz"] is False
    ec2.modify_subnet_attribute(SubnetId=subnet, MapPublicIpOnLaunch={"Value": True})
    assert ec2.describe_subnets(SubnetIds=[subnet])["Subnets"][0]["MapPublicIpOnLaunch"] is True
    zone_id = described["AvailabilityZoneId"]
    by_id = ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.8.0/24", AvailabilityZoneId=zone_id)["Subnet"]
    assert by_id["AvailabilityZone"] == described["AvailabilityZone"] and by_id["DefaultForAz"] is False


def test_subnet_with_an_interface_stays(ec2: Any) -> None:
    subnet = make_subnet(ec2, make_vpc(ec2))
    eni = ec2.create_network_interface(SubnetId=subnet, Description="mine")["NetworkInterface"]
    with refused("DependencyViolation"):
        ec2.delete_subnet(SubnetId=subnet)
    filters = [{"Name": "subnet-id", "Values": [subnet]}, {"Name": "vpc-id", "Values": [eni["VpcId"]]}]
    (found,) = ec2.describe_network_interfaces(Filters=filters)["NetworkInterfaces"]
    assert found["Description"] == "mine"
    ec2.delete_network_interface(NetworkInterfaceId=eni["NetworkInterfaceId"])
    ec2.delete_subnet(SubnetId=subnet)


def test_one_internet_gateway_a_vpc(ec2: Any) -> None:
    vpc, other = make_vpc(ec2), make_vpc(ec2)
    gateway = make_gateway(ec2, vpc)
    with refused("Resource.AlreadyAssociated"):
        ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=other)
    with refused("InvalidParameterValue") as error:
        make_gateway(ec2, vpc)
    assert error.message == f"Network {vpc} already has an internet gateway attached"
    with refused("DependencyViolation"):
        ec2.delete_internet_gateway(InternetGatewayId=gateway)
    with refused("Gateway.NotAttached"):
        ec2.detach_internet_gateway(InternetGatewayId=gateway, VpcId=other)


def test_nat_gateway_life(ec2: Any, slow: Any) -> None:
    slow(nat_gateway=0.2, nat_gateway__delete=0.2)
    vpc = make_vpc(ec2)
    gateway = make_gateway(ec2, vpc)
    subnet = make_subnet(ec2, vpc)
    nat, address = make_nat(ec2, subnet, TagSpecifications=[tagged("natgateway", role="nat")])
    assert nat_state(ec2, nat) == "pending"
    until(lambda: nat_state(ec2, nat) == "available")
    by_tag = ec2.describe_nat_gateways(Filter=[{"Name": "tag:role", "Values": ["nat"]}])["NatGateways"]
    assert [n["NatGatewayId"] for n in by_tag] == [nat]
    assert by_tag[0]["ConnectivityType"] == "public"
    own = by_tag[0]["NatGatewayAddresses"][0]
    assert own["AllocationId"] == address and own["PrivateIp"].startswith("10.0.0.") and own["IsPrimary"]
    (eni,) = ec2.describe_network_interfaces(NetworkInterfaceIds=[own["NetworkInterfaceId"]])[
        "NetworkInterfaces"
    ]
    assert eni["Description"] == f"Interface for NAT Gateway {nat}" and eni["InterfaceType"] == "nat_gateway"
    described = ec2.describe_addresses(AllocationIds=[address])["Addresses"][0]
    assert described["AssociationId"].startswith("eipassoc-")
    with refused("InvalidIPAddress.InUse"):
        ec2.release_address(AllocationId=address)
    with refused("AuthFailure"):
        ec2.disassociate_address(AssociationId=described["AssociationId"])
    with refused("DependencyViolation"):
        ec2.detach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc)
    with refused("DependencyViolation"):
        ec2.delete_subnet(SubnetId=subnet)
    ec2.delete_nat_gateway(NatGatewayId=nat)
    assert nat_state(ec2, nat) == "deleting"
    with refused("InvalidIPAddress.InUse"):
        ec2.release_address(AllocationId=address)
    until(lambda: nat_state(ec2, nat) == "deleted")
    assert ec2.describe_network_interfaces()["NetworkInterfaces"] == []
    assert "AssociationId" not in ec2.describe_addresses(AllocationIds=[address])["Addresses"][0]
    ec2.release_address(AllocationId=address)
    ec2.detach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc)
    ec2.delete_subnet(SubnetId=subnet)
    with refused("NatGatewayNotFound"):
        ec2.delete_nat_gateway(NatGatewayId=nat)


def test_nat_gateway_token(ec2: Any) -> None:
    vpc = make_vpc(ec2)
    make_gateway(ec2, vpc)
    subnet = make_subnet(ec2, vpc)
    address = ec2.allocate_address(Domain="vpc")["AllocationId"]
    wanted = {"SubnetId": subnet, "AllocationId": address, "ClientToken": "t"}
    one = ec2.create_nat_gateway(**wanted)["NatGateway"]["NatGatewayId"]
    two = ec2.create_nat_gateway(**wanted)["NatGateway"]["NatGatewayId"]
    assert one == two and len(ec2.describe_nat_gateways()["NatGateways"]) == 1
    with refused("IdempotentParameterMismatch"):
        ec2.create_nat_gateway(SubnetId=subnet, ConnectivityType="private", ClientToken="t")


def test_nat_gateway_fails_without_internet_gateway(ec2: Any) -> None:
    vpc = make_vpc(ec2)
    nat, _ = make_nat(ec2, make_subnet(ec2, vpc))
    until(lambda: nat_state(ec2, nat) == "failed")
    (described,) = ec2.describe_nat_gateways(NatGatewayIds=[nat])["NatGateways"]
    assert described["FailureCode"] == "Gateway.NotAttached"
    assert described["FailureMessage"] == f"Network {vpc} has no Internet gateway attached"
    with refused("MissingParameter"):
        ec2.create_nat_gateway(SubnetId=described["SubnetId"])


def test_dry_run_executes_nothing(ec2: Any) -> None:
    before = len(ec2.describe_vpcs()["Vpcs"])
    with refused("DryRunOperation", 412):
        ec2.create_vpc(CidrBlock="10.0.0.0/16", DryRun=True)
    with refused("DryRunOperation", 412):
        ec2.allocate_address(DryRun=True)
    assert len(ec2.describe_vpcs()["Vpcs"]) == before and ec2.describe_addresses()["Addresses"] == []


def test_tags(ec2: Any) -> None:
    vpc = make_vpc(ec2)
    address = ec2.allocate_address(TagSpecifications=[tagged("elastic-ip", k="v")])
    assert ec2.describe_addresses(Filters=[{"Name": "tag:k", "Values": ["v"]}])["Addresses"]
    ec2.create_tags(Resources=[vpc, address["AllocationId"]], Tags=[{"Key": "x", "Value": ""}])
    assert {"Key": "x", "Value": ""} in ec2.describe_vpcs(VpcIds=[vpc])["Vpcs"][0]["Tags"]
    ec2.delete_tags(Resources=[vpc], Tags=[{"Key": "x"}])
    assert {t["Key"] for t in ec2.describe_vpcs(VpcIds=[vpc])["Vpcs"][0]["Tags"]} == {"a"}
    with refused("InvalidParameterValue"):
        ec2.create_tags(Resources=[vpc], Tags=[{"Key": "aws:x", "Value": "y"}])
