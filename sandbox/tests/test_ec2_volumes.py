"""Volumes as AWS documents them."""

from __future__ import annotations

from typing import Any

from conftest import REGION, refused, until
from ec2_parts import describe, run, state, tagged, volume_of


def test_volume_life(ec2: Any, slow: Any, subnet: str, image: str) -> None:
    slow(volume=0.2, volume__attach=0.2, volume__modify=0.2, volume__delete=0.1)
    wanted = {
        "Size": 10,
        "VolumeType": "gp3",
        "AvailabilityZone": REGION + "a",
        "ClientToken": "v",
        "TagSpecifications": [tagged("volume", role="data")],
    }
    volume = ec2.create_volume(**wanted)["VolumeId"]
    assert ec2.create_volume(**wanted)["VolumeId"] == volume
    got = volume_of(ec2, volume)
    assert (got["State"], got["Iops"], got["Throughput"]) == ("creating", 3000, 125)
    until(lambda: volume_of(ec2, volume)["State"] == "available")
    one = run(ec2, ImageId=image, InstanceType="t4g.small", SubnetId=subnet)["InstanceId"]
    until(lambda: state(ec2, one) == "running")
    ec2.attach_volume(VolumeId=volume, InstanceId=one, Device="/dev/sdf")
    assert volume_of(ec2, volume)["Attachments"][0]["State"] == "attaching"
    until(lambda: volume_of(ec2, volume)["Attachments"][0]["State"] == "attached")
    with refused("VolumeInUse"):
        ec2.attach_volume(VolumeId=volume, InstanceId=one, Device="/dev/sdg")
    with refused("VolumeInUse"):
        ec2.delete_volume(VolumeId=volume)
    with refused("InvalidParameterValue"):
        ec2.modify_volume(VolumeId=volume, Size=5)
    change = ec2.modify_volume(VolumeId=volume, Size=20, Throughput=200)["VolumeModification"]
    assert (change["OriginalSize"], change["TargetSize"]) == (10, 20)

    def modification() -> str:
        return ec2.describe_volumes_modifications(VolumeIds=[volume])["VolumesModifications"][0][
            "ModificationState"
        ]

    assert modification() == "modifying"
    until(lambda: modification() == "completed")
    assert (volume_of(ec2, volume)["Size"], volume_of(ec2, volume)["Throughput"]) == (20, 200)
    ec2.detach_volume(VolumeId=volume)
    assert volume_of(ec2, volume)["Attachments"][0]["State"] == "detaching"
    until(lambda: volume_of(ec2, volume)["State"] == "available")
    by_tag = ec2.describe_volumes(Filters=[{"Name": "tag:role", "Values": ["data"]}])["Volumes"]
    assert len(by_tag) == 1
    ec2.delete_volume(VolumeId=volume)
    until(lambda: not ec2.describe_volumes(Filters=[{"Name": "tag:role", "Values": ["data"]}])["Volumes"])
    with refused("InvalidVolume.NotFound"):
        ec2.describe_volumes(VolumeIds=[volume])
    with refused("InvalidZone.NotFound"):
        ec2.create_volume(Size=1, AvailabilityZone="nowhere-1a")


def test_volume_of_another_zone(ec2: Any, subnet: str, image: str) -> None:
    volume = ec2.create_volume(Size=1, AvailabilityZone=REGION + "b")["VolumeId"]
    one = run(ec2, ImageId=image, InstanceType="t4g.small", SubnetId=subnet)["InstanceId"]
    until(lambda: state(ec2, one) == "running")
    until(lambda: volume_of(ec2, volume)["State"] == "available")
    with refused("InvalidVolume.ZoneMismatch"):
        ec2.attach_volume(VolumeId=volume, InstanceId=one, Device="/dev/sdf")
    root = describe(ec2, one)["BlockDeviceMappings"][0]["Ebs"]["VolumeId"]
    with refused("OperationNotPermitted"):
        ec2.detach_volume(VolumeId=root)
