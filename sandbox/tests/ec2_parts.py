"""What the tests of EC2 have in common: small helpers; the fixtures are in conftest.py."""

from __future__ import annotations

from typing import Any

from conftest import REGION

DEBIAN = "/aws/service/debian/release/13/latest/arm64"


def tagged(kind: str, **tags: str) -> dict[str, Any]:
    return {"ResourceType": kind, "Tags": [{"Key": k, "Value": v} for k, v in tags.items()]}


def group(ec2: Any, vpc: str, name: str = "web") -> str:
    return ec2.create_security_group(
        GroupName=name, Description=name, VpcId=vpc, TagSpecifications=[tagged("security-group", name=name)]
    )["GroupId"]


def run(ec2: Any, **wanted: Any) -> dict[str, Any]:
    wanted = {"MinCount": 1, "MaxCount": 1, **wanted}
    return ec2.run_instances(**wanted)["Instances"][0]


def describe(ec2: Any, instance: str) -> dict[str, Any]:
    return ec2.describe_instances(InstanceIds=[instance])["Reservations"][0]["Instances"][0]


def state(ec2: Any, instance: str) -> str:
    return describe(ec2, instance)["State"]["Name"]


def template(ec2: Any, name: str = "web", **data: Any) -> str:
    return ec2.create_launch_template(
        LaunchTemplateName=name,
        LaunchTemplateData=data,
        TagSpecifications=[tagged("launch-template", stack="one")],
    )["LaunchTemplate"]["LaunchTemplateId"]


def volume_of(ec2: Any, volume: str) -> dict[str, Any]:
    return ec2.describe_volumes(VolumeIds=[volume])["Volumes"][0]


def make_vpc(ec2: Any, **tags: str) -> str:
    return ec2.create_vpc(CidrBlock="10.0.0.0/16", TagSpecifications=[tagged("vpc", **(tags or {"a": "b"}))])[
        "Vpc"
    ]["VpcId"]


def make_subnet(ec2: Any, vpc: str, n: int = 0) -> str:
    return ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.0.{n}.0/24", AvailabilityZone=REGION + "abc"[n % 3])[
        "Subnet"
    ]["SubnetId"]


def make_gateway(ec2: Any, vpc: str | None = None) -> str:
    gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    if vpc:
        ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc)
    return gateway


def make_nat(ec2: Any, subnet: str, **more: Any) -> tuple[str, str]:
    address = ec2.allocate_address(Domain="vpc")["AllocationId"]
    nat = ec2.create_nat_gateway(SubnetId=subnet, AllocationId=address, **more)["NatGateway"]
    return nat["NatGatewayId"], address


def nat_state(ec2: Any, nat: str) -> str:
    return ec2.describe_nat_gateways(NatGatewayIds=[nat])["NatGateways"][0]["State"]
