"""Data volumes outlive the instance that they are attached to and go to its successor."""

from __future__ import annotations

from typing import Any

from conftest import REGION, until
from ec2_parts import describe, run, state, tagged, volume_of


def test_a_volume_moves_to_the_next_instance(ec2: Any, subnet: str, image: str) -> None:
    volume = ec2.create_volume(
        Size=50,
        VolumeType="gp3",
        Encrypted=True,
        AvailabilityZone=REGION + "a",
        TagSpecifications=[tagged("volume", role="solr")],
    )["VolumeId"]
    until(lambda: volume_of(ec2, volume)["State"] == "available")

    def attach() -> str:
        one = run(ec2, ImageId=image, InstanceType="t4g.small", SubnetId=subnet)["InstanceId"]
        until(lambda: state(ec2, one) == "running")
        ec2.attach_volume(VolumeId=volume, InstanceId=one, Device="/dev/sdf")
        until(lambda: volume_of(ec2, volume)["Attachments"][0]["State"] == "attached")
        return one

    first = attach()
    found = volume_of(ec2, volume)["Attachments"][0]
    assert (found["Device"], found["DeleteOnTermination"], found["InstanceId"]) == ("/dev/sdf", False, first)
    mappings = {m["DeviceName"]: m["Ebs"] for m in describe(ec2, first)["BlockDeviceMappings"]}
    assert mappings["/dev/sdf"]["VolumeId"] == volume and len(mappings) == 2
    root = next(m["VolumeId"] for name, m in mappings.items() if name != "/dev/sdf")
    by_instance = [{"Name": "attachment.instance-id", "Values": [first]}]
    assert {v["VolumeId"] for v in ec2.describe_volumes(Filters=by_instance)["Volumes"]} == {volume, root}
    ec2.terminate_instances(InstanceIds=[first])
    until(lambda: volume_of(ec2, volume)["State"] == "available")
    assert volume_of(ec2, volume)["Attachments"] == [] and volume_of(ec2, volume)["Encrypted"]
    until(lambda: state(ec2, first) == "terminated")
    by_id = [{"Name": "volume-id", "Values": [root]}]
    until(lambda: not ec2.describe_volumes(Filters=by_id)["Volumes"])
    second = attach()
    assert volume_of(ec2, volume)["Attachments"][0]["InstanceId"] == second
    by_tag = [{"Name": "tag:role", "Values": ["solr"]}, {"Name": "status", "Values": ["in-use"]}]
    assert [v["VolumeId"] for v in ec2.describe_volumes(Filters=by_tag)["Volumes"]] == [volume]


def test_a_volume_leaves_a_stopped_instance(ec2: Any, subnet: str, image: str) -> None:
    volume = ec2.create_volume(Size=1, AvailabilityZone=REGION + "a")["VolumeId"]
    one = run(ec2, ImageId=image, InstanceType="t4g.small", SubnetId=subnet)["InstanceId"]
    until(lambda: state(ec2, one) == "running")
    ec2.stop_instances(InstanceIds=[one])
    until(lambda: state(ec2, one) == "stopped")
    until(lambda: volume_of(ec2, volume)["State"] == "available")
    ec2.attach_volume(VolumeId=volume, InstanceId=one, Device="/dev/sdg")
    until(lambda: volume_of(ec2, volume)["Attachments"][0]["State"] == "attached")
    ec2.detach_volume(VolumeId=volume, InstanceId=one, Device="/dev/sdg")
    until(lambda: volume_of(ec2, volume)["State"] == "available")
    assert len(describe(ec2, one)["BlockDeviceMappings"]) == 1
