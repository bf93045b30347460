"""Instances as AWS documents them."""

from __future__ import annotations

import base64
from typing import Any

from conftest import REGION, refused, until
from ec2_parts import DEBIAN, describe, group, run, state, tagged, template


def test_instance_from_template(ec2: Any, client: Any, vpc: str, subnet: str, image: str) -> None:
    iam = client("iam")
    iam.create_instance_profile(InstanceProfileName="web")
    web = group(ec2, vpc)
    made = template(
        ec2,
        ImageId=f"resolve:ssm:{DEBIAN}",
        InstanceType="t4g.small",
        IamInstanceProfile={"Name": "web"},
        MetadataOptions={"HttpTokens": "required", "HttpPutResponseHopLimit": 2},
        EbsOptimized=True,
        Monitoring={"Enabled": True},
        UserData=base64.b64encode(b"#!/bin/sh\n").decode(),
        NetworkInterfaces=[{"DeviceIndex": 0, "Groups": [web], "AssociatePublicIpAddress": False}],
        BlockDeviceMappings=[
            {
                "DeviceName": "/dev/xvda",
                "Ebs": {"VolumeSize": 20, "VolumeType": "gp3", "Throughput": 250, "Encrypted": True},
            }
        ],
        TagSpecifications=[tagged("instance", role="web"), tagged("volume", role="root")],
    )
    wanted = {"LaunchTemplateId": made, "Version": "$Latest"}
    one = run(
        ec2,
        LaunchTemplate=wanted,
        NetworkInterfaces=[{"DeviceIndex": 0, "SubnetId": subnet, "Groups": [web]}],
    )
    assert one["ImageId"] == image and one["State"]["Name"] == "pending"
    got = describe(ec2, one["InstanceId"])
    assert got["MetadataOptions"]["HttpTokens"] == "required"
    assert got["MetadataOptions"]["HttpPutResponseHopLimit"] == 2
    assert got["EbsOptimized"] is True and got["Monitoring"]["State"] == "enabled"
    assert got["IamInstanceProfile"]["Arn"].endswith("instance-profile/web")
    assert [g["GroupId"] for g in got["SecurityGroups"]] == [web]
    assert len(got["BlockDeviceMappings"]) == 1 and got["Architecture"] == "arm64"
    (volume,) = ec2.describe_volumes(Filters=[{"Name": "tag:role", "Values": ["root"]}])["Volumes"]
    assert (volume["Size"], volume["VolumeType"], volume["Throughput"]) == (20, "gp3", 250)
    assert volume["Encrypted"] is True and volume["Attachments"][0]["DeleteOnTermination"] is True
    by_tag = ec2.describe_instances(Filters=[{"Name": "tag:role", "Values": ["web"]}])
    assert len(by_tag["Reservations"]) == 1


def test_instance_life(ec2: Any, slow: Any, vpc: str, subnet: str, image: str) -> None:
    slow(instance=0.2, instance__delete=0.2)
    web = group(ec2, vpc)
    one = run(ec2, ImageId=image, InstanceType="t4g.small", SubnetId=subnet, SecurityGroupIds=[web])[
        "InstanceId"
    ]
    assert state(ec2, one) == "pending"
    until(lambda: state(ec2, one) == "running")
    (eni,) = ec2.describe_network_interfaces(Filters=[{"Name": "vpc-id", "Values": [vpc]}])[
        "NetworkInterfaces"
    ]
    assert eni["Attachment"]["InstanceId"] == one and eni["Status"] == "in-use"
    with refused("DependencyViolation"):
        ec2.delete_subnet(SubnetId=subnet)
    with refused("DependencyViolation"):
        ec2.delete_security_group(GroupId=web)
    ec2.terminate_instances(InstanceIds=[one])
    assert state(ec2, one) == "shutting-down"
    with refused("DependencyViolation"):
        ec2.delete_subnet(SubnetId=subnet)
    until(lambda: state(ec2, one) == "terminated")
    got = describe(ec2, one)
    assert "SubnetId" not in got and "VpcId" not in got and got["BlockDeviceMappings"] == []
    assert ec2.describe_network_interfaces()["NetworkInterfaces"] == []
    assert ec2.describe_volumes()["Volumes"] == []
    ec2.delete_subnet(SubnetId=subnet)
    ec2.delete_security_group(GroupId=web)


def test_instance_token_outlives_it(ec2: Any, subnet: str, image: str) -> None:
    wanted = {"ImageId": image, "InstanceType": "t4g.small", "SubnetId": subnet, "ClientToken": "abc"}
    one = run(ec2, **wanted)["InstanceId"]
    assert run(ec2, **wanted)["InstanceId"] == one
    with refused("IdempotentParameterMismatch"):
        run(ec2, **{**wanted, "InstanceType": "t4g.large"})
    ec2.terminate_instances(InstanceIds=[one])
    until(lambda: state(ec2, one) == "terminated")
    assert run(ec2, **wanted)["InstanceId"] == one


def test_instance_protection_and_stop(ec2: Any, subnet: str, image: str) -> None:
    one = run(ec2, ImageId=image, InstanceType="t4g.small", SubnetId=subnet, DisableApiTermination=True)[
        "InstanceId"
    ]
    with refused("OperationNotPermitted"):
        ec2.terminate_instances(InstanceIds=[one])
    until(lambda: state(ec2, one) == "running")
    ec2.stop_instances(InstanceIds=[one])
    until(lambda: state(ec2, one) == "stopped")
    ec2.modify_instance_attribute(InstanceId=one, UserData={"Value": b"#!/bin/sh\n"})
    got = ec2.describe_instance_attribute(InstanceId=one, Attribute="userData")["UserData"]["Value"]
    assert base64.b64decode(got) == b"#!/bin/sh\n"
    ec2.start_instances(InstanceIds=[one])
    until(lambda: state(ec2, one) == "running")
    ec2.modify_instance_attribute(InstanceId=one, DisableApiTermination={"Value": False})
    ec2.modify_instance_metadata_options(InstanceId=one, HttpTokens="required")
    assert describe(ec2, one)["MetadataOptions"]["HttpEndpoint"] == "enabled"
    ec2.terminate_instances(InstanceIds=[one])


def test_instance_refusals(ec2: Any, vpc: str, subnet: str, image: str) -> None:
    base = {"ImageId": image, "SubnetId": subnet}
    with refused("InvalidParameterValue"):
        run(ec2, **base, InstanceType="t3.small")
    with refused("InvalidAMIID.NotFound"):
        run(ec2, ImageId="ami-0123456789abcdef0", InstanceType="t4g.small", SubnetId=subnet)
    with refused("InvalidGroup.NotFound"):
        run(ec2, **base, InstanceType="t4g.small", SecurityGroupIds=["sg-0123456789abcdef0"])
    with refused("InvalidParameterValue"):
        run(ec2, **base, InstanceType="t4g.small", UserData="x" * 16385)
    other = ec2.create_vpc(CidrBlock="10.1.0.0/16")["Vpc"]["VpcId"]
    with refused("InvalidParameter"):
        run(ec2, **base, InstanceType="t4g.small", SecurityGroupIds=[group(ec2, other)])
    with refused("InvalidInstanceID.NotFound"):
        ec2.describe_instances(InstanceIds=["i-0123456789abcdef0"])
    made = template(ec2, NetworkInterfaces=[{"DeviceIndex": 0}], ImageId=image, InstanceType="t4g.small")
    with refused("InvalidParameterCombination"):
        run(ec2, LaunchTemplate={"LaunchTemplateId": made}, SubnetId=subnet)
    with refused("InvalidParameterValue"):
        run(ec2, **base, InstanceType="t4g.small", TagSpecifications=[tagged("nat-gateway", a="b")])
    with refused("InvalidParameterValue"):
        template(ec2, "other", TagSpecifications=[tagged("launch-template", a="b")])
    assert ec2.describe_instances()["Reservations"] == []


def test_several_instances(ec2: Any, subnet: str, image: str) -> None:
    wanted = {"ImageId": image, "InstanceType": "t4g.small", "SubnetId": subnet}
    made = ec2.run_instances(MinCount=1, MaxCount=3, **wanted)["Instances"]
    assert len({i["InstanceId"] for i in made}) == len({i["PrivateIpAddress"] for i in made}) == 3


def test_offerings(ec2: Any) -> None:
    filters = [
        {"Name": "instance-type", "Values": ["t4g.small"]},
        {"Name": "location", "Values": [REGION + "a"]},
    ]
    found = ec2.describe_instance_type_offerings(LocationType="availability-zone", Filters=filters)
    assert [o["Location"] for o in found["InstanceTypeOfferings"]] == [REGION + "a"]
    filters[0]["Values"] = ["t4g.*"]
    several = ec2.describe_instance_type_offerings(LocationType="availability-zone", Filters=filters)
    assert len(several["InstanceTypeOfferings"]) > 3
    (kind,) = ec2.describe_instance_types(InstanceTypes=["t4g.small"])["InstanceTypes"]
    assert kind["ProcessorInfo"]["SupportedArchitectures"] == ["arm64"]
    zones = ec2.describe_availability_zones()["AvailabilityZones"]
    assert {z["ZoneName"] for z in zones} >= {REGION + "a", REGION + "b"} and zones[0]["State"] == "available"


def test_another_profile_is_that_of_the_instance(ec2: Any, client: Any, subnet: str, image: str) -> None:
    iam = client("iam")
    for name in ("one", "two"):
        iam.create_instance_profile(InstanceProfileName=name)
    profile = {"Name": "one"}
    one = run(ec2, ImageId=image, InstanceType="t4g.small", SubnetId=subnet, IamInstanceProfile=profile)
    mine = [{"Name": "instance-id", "Values": [one["InstanceId"]]}]
    (association,) = ec2.describe_iam_instance_profile_associations(Filters=mine)["IamInstanceProfileAssociations"]
    ec2.replace_iam_instance_profile_association(
        AssociationId=association["AssociationId"], IamInstanceProfile={"Name": "two"}
    )
    arn = describe(ec2, one["InstanceId"])["IamInstanceProfile"]["Arn"]
    assert arn.endswith("instance-profile/two")


def test_metrics_by_the_minute_are_switched(ec2: Any, subnet: str, image: str) -> None:
    one = run(ec2, ImageId=image, InstanceType="t4g.small", SubnetId=subnet)["InstanceId"]
    until(lambda: state(ec2, one) == "running")
    for switch, expected in ((ec2.monitor_instances, "enabled"), (ec2.unmonitor_instances, "disabled")):
        (told,) = switch(InstanceIds=[one])["InstanceMonitorings"]
        assert (told["InstanceId"], told["Monitoring"]["State"]) == (one, expected)
        assert describe(ec2, one)["Monitoring"]["State"] == expected
    with refused("InvalidInstanceID.NotFound"):
        ec2.monitor_instances(InstanceIds=["i-0123456789abcdef0"])
