"""Security groups and flow logs as AWS documents them."""

from __future__ import annotations

from typing import Any

from conftest import refused
from ec2_parts import group, tagged


def test_group_rules(ec2: Any, vpc: str) -> None:
    web, app = group(ec2, vpc, "web"), group(ec2, vpc, "app")
    with refused("InvalidGroup.Duplicate"):
        group(ec2, vpc, "web")
    (described,) = ec2.describe_security_groups(GroupIds=[web])["SecurityGroups"]
    assert described["IpPermissionsEgress"][0]["IpRanges"] == [{"CidrIp": "0.0.0.0/0"}]
    world = {
        "IpProtocol": "tcp",
        "FromPort": 443,
        "ToPort": 443,
        "IpRanges": [{"CidrIp": "0.0.0.0/0", "Description": "world"}],
    }
    named = {
        "IpProtocol": "tcp",
        "FromPort": 80,
        "ToPort": 80,
        "UserIdGroupPairs": [{"GroupId": web, "Description": "from web"}],
    }
    ec2.authorize_security_group_ingress(GroupId=web, IpPermissions=[world])
    added = ec2.authorize_security_group_ingress(GroupId=app, IpPermissions=[named, world])
    assert len(added["SecurityGroupRules"]) == 2
    other_words = {**named, "UserIdGroupPairs": [{"GroupId": web, "Description": "other words"}]}
    fresh = {**world, "FromPort": 8443, "ToPort": 8443}
    with refused("InvalidPermission.Duplicate"):
        ec2.authorize_security_group_ingress(GroupId=app, IpPermissions=[fresh, other_words])
    (described,) = ec2.describe_security_groups(GroupIds=[app])["SecurityGroups"]
    assert {p["FromPort"] for p in described["IpPermissions"]} == {80, 443}
    assert described["IpPermissions"][0]["UserIdGroupPairs"][0]["Description"] == "from web"
    with refused("InvalidPermission.NotFound"):
        ec2.revoke_security_group_ingress(GroupId=app, IpPermissions=[named, fresh])
    ec2.update_security_group_rule_descriptions_ingress(GroupId=app, IpPermissions=[other_words])
    (described,) = ec2.describe_security_groups(GroupIds=[app])["SecurityGroups"]
    assert described["IpPermissions"][0]["UserIdGroupPairs"][0]["Description"] == "other words"
    with refused("DependencyViolation"):
        ec2.delete_security_group(GroupId=web)
    without = {**named, "UserIdGroupPairs": [{"GroupId": web}]}
    ec2.revoke_security_group_ingress(GroupId=app, IpPermissions=[without])
    ec2.delete_security_group(GroupId=web)
    with refused("InvalidGroup.NotFound"):
        ec2.describe_security_groups(GroupIds=[web])


def test_group_egress_and_prefix_lists(ec2: Any, vpc: str) -> None:
    web = group(ec2, vpc)
    (everything,) = ec2.describe_security_groups(GroupIds=[web])["SecurityGroups"][0]["IpPermissionsEgress"]
    ec2.revoke_security_group_egress(GroupId=web, IpPermissions=[everything])
    assert ec2.describe_security_groups(GroupIds=[web])["SecurityGroups"][0]["IpPermissionsEgress"] == []
    filters = [{"Name": "prefix-list-name", "Values": ["com.amazonaws.global.cloudfront.origin-facing"]}]
    listed = ec2.describe_managed_prefix_lists(Filters=filters)["PrefixLists"][0]["PrefixListId"]
    rule = {
        "IpProtocol": "tcp",
        "FromPort": 443,
        "ToPort": 443,
        "PrefixListIds": [{"PrefixListId": listed, "Description": "cdn"}],
    }
    ec2.authorize_security_group_ingress(GroupId=web, IpPermissions=[rule])
    (described,) = ec2.describe_security_groups(GroupIds=[web])["SecurityGroups"]
    assert described["IpPermissions"][0]["PrefixListIds"] == rule["PrefixListIds"]
    by_rule = ec2.describe_security_group_rules(Filters=[{"Name": "group-id", "Values": [web]}])
    assert by_rule["SecurityGroupRules"][0]["Description"] == "cdn"


def test_group_refusals(ec2: Any, vpc: str) -> None:
    filters = [{"Name": "vpc-id", "Values": [vpc]}, {"Name": "group-name", "Values": ["default"]}]
    (default,) = ec2.describe_security_groups(Filters=filters)["SecurityGroups"]
    with refused("CannotDelete"):
        ec2.delete_security_group(GroupId=default["GroupId"])
    with refused("InvalidParameterValue"):
        ec2.create_security_group(GroupName="x", Description="it's", VpcId=vpc)
    with refused("InvalidVpcID.NotFound"):
        ec2.create_security_group(GroupName="x", Description="x", VpcId="vpc-0123456789abcdef0")
    web = group(ec2, vpc)
    odd = {"IpProtocol": "tcp", "FromPort": 1, "ToPort": 1}
    with refused("InvalidParameterValue"):
        ec2.authorize_security_group_ingress(
            GroupId=web, IpPermissions=[{**odd, "IpRanges": [{"CidrIp": "1.1.1.1/32", "Description": "a'b"}]}]
        )
    with refused("InvalidGroup.NotFound"):
        ec2.authorize_security_group_ingress(
            GroupId=web, IpPermissions=[{**odd, "UserIdGroupPairs": [{"GroupId": "sg-0123456789abcdef0"}]}]
        )


def test_group_of_an_interface_stays(ec2: Any, vpc: str, subnet: str) -> None:
    web, app = group(ec2, vpc, "web"), group(ec2, vpc, "app")
    eni = ec2.create_network_interface(SubnetId=subnet, Groups=[web, app])["NetworkInterface"]
    with refused("DependencyViolation") as error:
        ec2.delete_security_group(GroupId=web)
    assert error.message == f"resource {web} has a dependent object"
    found = ec2.describe_network_interfaces(Filters=[{"Name": "group-id", "Values": [web, "sg-0"]}])
    assert [e["NetworkInterfaceId"] for e in found["NetworkInterfaces"]] == [eni["NetworkInterfaceId"]]
    with refused("InvalidGroup.NotFound"):
        ec2.create_network_interface(SubnetId=subnet, Groups=["sg-0123456789abcdef0"])


def test_flow_logs(ec2: Any, client: Any, vpc: str) -> None:
    client("logs").create_log_group(logGroupName="/net")
    wanted = {
        "ResourceIds": [vpc],
        "ResourceType": "VPC",
        "TrafficType": "REJECT",
        "LogGroupName": "/net",
        "DeliverLogsPermissionArn": "arn:aws:iam::123456789012:role/flow",
        "ClientToken": "f",
        "TagSpecifications": [tagged("vpc-flow-log", role="net")],
    }
    made = ec2.create_flow_logs(**wanted)["FlowLogIds"]
    assert ec2.create_flow_logs(**wanted)["FlowLogIds"] == made
    (listed,) = ec2.describe_flow_logs(Filters=[{"Name": "tag:role", "Values": ["net"]}])["FlowLogs"]
    assert listed["DeliverLogsStatus"] == "SUCCESS" and listed["MaxAggregationInterval"] == 600
    with refused("InvalidVpcID.NotFound"):
        ec2.create_flow_logs(**{**wanted, "ResourceIds": ["vpc-0123456789abcdef0"], "ClientToken": "g"})
    ec2.delete_flow_logs(FlowLogIds=made)
    assert ec2.describe_flow_logs()["FlowLogs"] == []
