"""File systems and mount targets behave as the EFS API reference says."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError
from conftest import REGION, refused, until
from parts import interfaces, network

TAGS = [{"Key": "Name", "Value": "files"}, {"Key": "empty", "Value": ""}]


@pytest.fixture
def efs(client: Any) -> Any:
    return client("efs")


def create(efs: Any, token: str = "t", **more: Any) -> Any:
    return efs.create_file_system(CreationToken=token, Encrypted=True, Tags=TAGS, **more)


def test_file_systems(client: Any, efs: Any, slow: Any) -> None:
    slow(file_system=0.2, file_system__delete=0.1, mount_target=0.2, mount_target__delete=0.1)
    net = network(client)
    made = create(efs, ThroughputMode="elastic")
    name = made["FileSystemId"]
    assert made["LifeCycleState"] == "creating" and made["Name"] == "files" and made["Encrypted"]
    assert made["ThroughputMode"] == "elastic" and made["Tags"] == TAGS and made["KmsKeyId"]
    with pytest.raises(ClientError) as again:
        create(efs)
    assert again.value.response["Error"]["Code"] == "FileSystemAlreadyExists"
    assert again.value.response["FileSystemId"] == name
    with refused("IncorrectFileSystemLifeCycleState", 409):
        efs.create_mount_target(FileSystemId=name, SubnetId=net.subnets[0])

    def state() -> str:
        return efs.describe_file_systems(FileSystemId=name)["FileSystems"][0]["LifeCycleState"]

    until(lambda: state() == "available")
    assert efs.describe_file_systems(CreationToken="t")["FileSystems"][0]["FileSystemId"] == name
    targets = [
        efs.create_mount_target(FileSystemId=name, SubnetId=s, SecurityGroups=[net.group])
        for s in net.subnets
    ]
    assert targets[0]["LifeCycleState"] == "creating"
    assert [t["AvailabilityZoneName"] for t in targets] == [REGION + "a", REGION + "b"]
    with refused("MountTargetConflict", 409):
        efs.create_mount_target(FileSystemId=name, SubnetId=net.subnets[0])
    with refused("FileSystemInUse", 409):
        efs.delete_file_system(FileSystemId=name)
    with refused("SubnetNotFound"):
        efs.create_mount_target(FileSystemId=name, SubnetId="subnet-00000000")

    def listed() -> Any:
        return efs.describe_mount_targets(FileSystemId=name)["MountTargets"]

    until(lambda: all(t["LifeCycleState"] == "available" for t in listed()))
    one = targets[0]["MountTargetId"]
    eni = interfaces(client, f"EFS mount target for {name} ({one})")[0]
    assert eni["NetworkInterfaceId"] == targets[0]["NetworkInterfaceId"]
    assert eni["PrivateIpAddress"] == targets[0]["IpAddress"]
    found = efs.describe_mount_target_security_groups(MountTargetId=one)["SecurityGroups"]
    assert found == [net.group]
    other = net.ec2.create_security_group(GroupName="o", Description="o", VpcId=net.vpc)["GroupId"]
    efs.modify_mount_target_security_groups(MountTargetId=one, SecurityGroups=[other])
    assert efs.describe_mount_target_security_groups(MountTargetId=one)["SecurityGroups"] == [other]
    for refusal in (
        lambda: net.ec2.delete_subnet(SubnetId=net.subnets[0]),
        lambda: net.ec2.delete_security_group(GroupId=other),
    ):
        with refused("DependencyViolation"):
            refusal()
    for target in listed():
        efs.delete_mount_target(MountTargetId=target["MountTargetId"])
    assert {t["LifeCycleState"] for t in listed()} == {"deleting"}
    until(lambda: not listed())
    net.ec2.delete_subnet(SubnetId=net.subnets[0])
    efs.delete_file_system(FileSystemId=name)
    assert state() == "deleting"
    until(lambda: not efs.describe_file_systems()["FileSystems"])
    with refused("FileSystemNotFound", 404):
        state()
    with refused("MountTargetNotFound", 404):
        efs.delete_mount_target(MountTargetId=one)
    create(efs)


def test_settings(efs: Any) -> None:
    name = create(efs)["FileSystemId"]

    def get() -> Any:
        return efs.describe_file_systems(FileSystemId=name)["FileSystems"][0]

    until(lambda: get()["LifeCycleState"] == "available")
    assert get()["ThroughputMode"] == "bursting" and get()["PerformanceMode"] == "generalPurpose"
    with refused("BadRequest"):
        efs.update_file_system(FileSystemId=name, ThroughputMode="provisioned")
    efs.update_file_system(FileSystemId=name, ThroughputMode="provisioned", ProvisionedThroughputInMibps=64.0)
    until(lambda: get()["LifeCycleState"] == "available")
    assert get()["ProvisionedThroughputInMibps"] == 64.0
    policies = [{"TransitionToIA": "AFTER_30_DAYS"}, {"TransitionToPrimaryStorageClass": "AFTER_1_ACCESS"}]
    efs.put_lifecycle_configuration(FileSystemId=name, LifecyclePolicies=policies)
    found = efs.describe_lifecycle_configuration(FileSystemId=name)["LifecyclePolicies"]
    assert found == policies
    with refused("PolicyNotFound", 404):
        efs.describe_backup_policy(FileSystemId=name)
    efs.put_backup_policy(FileSystemId=name, BackupPolicy={"Status": "ENABLED"})
    assert efs.describe_backup_policy(FileSystemId=name)["BackupPolicy"]["Status"] == "ENABLED"
    efs.tag_resource(ResourceId=name, Tags=[{"Key": "more", "Value": ""}])
    efs.untag_resource(ResourceId=name, TagKeys=["Name"])
    tags = efs.list_tags_for_resource(ResourceId=get()["FileSystemArn"])["Tags"]
    assert [t["Key"] for t in tags] == ["empty", "more"]
    with refused("FileSystemNotFound"):
        efs.list_tags_for_resource(ResourceId="fs-00000000000000000")
    point = efs.create_access_point(ClientToken="p", FileSystemId=name, Tags=TAGS)["AccessPointId"]
    assert efs.describe_access_points(FileSystemId=name)["AccessPoints"][0]["AccessPointId"] == point


def test_pages(efs: Any) -> None:
    made = {create(efs, str(n))["FileSystemId"] for n in range(5)}
    pages = efs.get_paginator("describe_file_systems").paginate(PaginationConfig={"PageSize": 2})
    assert {f["FileSystemId"] for p in pages for f in p["FileSystems"]} == made
