"""Images and launch templates as AWS documents them."""

from __future__ import annotations

import base64
from typing import Any

from conftest import refused
from ec2_parts import template


def test_images(ec2: Any, client: Any, image: str) -> None:
    found = ec2.describe_images(
        Owners=["136693071363"],
        Filters=[
            {"Name": "name", "Values": ["debian-13-*"]},
            {"Name": "architecture", "Values": ["arm64"]},
        ],
    )["Images"]
    assert max(found, key=lambda i: i["CreationDate"])["ImageId"] == image
    assert found[0]["RootDeviceName"] == "/dev/xvda"
    assert found[0]["BlockDeviceMappings"][0]["Ebs"]["VolumeSize"] == 8
    for release in ("12", "13", "bookworm", "trixie"):
        names = [f"/aws/service/debian/release/{release}/latest/{arch}" for arch in ("amd64", "arm64")]
        got = client("ssm").get_parameters(Names=names)
        assert len(got["Parameters"]) == 2 and not got["InvalidParameters"]


def test_template_versions(ec2: Any) -> None:
    made = template(ec2, InstanceType="t4g.small", EbsOptimized=True)
    with refused("InvalidLaunchTemplateName.AlreadyExistsException"):
        template(ec2)

    def versions(**how: Any) -> list[dict[str, Any]]:
        how = {"LaunchTemplateId": made, **how}
        return ec2.describe_launch_template_versions(**how)["LaunchTemplateVersions"]

    assert versions()[0]["LaunchTemplateData"] == {"InstanceType": "t4g.small", "EbsOptimized": True}
    two = ec2.create_launch_template_version(
        LaunchTemplateId=made, LaunchTemplateData={"InstanceType": "t4g.large"}, SourceVersion="1"
    )["LaunchTemplateVersion"]
    assert two["VersionNumber"] == 2 and two["LaunchTemplateData"]["EbsOptimized"] is True
    ec2.create_launch_template_version(LaunchTemplateId=made, LaunchTemplateData={"InstanceType": "t4g.nano"})
    assert [v["VersionNumber"] for v in versions()] == [3, 2, 1]
    assert [v["VersionNumber"] for v in versions(Versions=["$Latest", "$Default"])] == [3, 1]
    ec2.modify_launch_template(LaunchTemplateId=made, DefaultVersion="2")
    answer = ec2.delete_launch_template_versions(LaunchTemplateId=made, Versions=["1", "2", "9"])
    gone = answer["SuccessfullyDeletedLaunchTemplateVersions"]
    assert [v["VersionNumber"] for v in gone] == [1]
    codes = [v["ResponseError"]["Code"] for v in answer["UnsuccessfullyDeletedLaunchTemplateVersions"]]
    assert codes == ["unexpectedError", "launchTemplateVersionDoesNotExist"]
    four = ec2.create_launch_template_version(LaunchTemplateId=made, LaunchTemplateData={})
    assert four["LaunchTemplateVersion"]["VersionNumber"] == 4
    assert [v["VersionNumber"] for v in versions(Versions=["$Default"])] == [2]
    with refused("InvalidLaunchTemplateId.VersionNotFound"):
        versions(Versions=["1"])
    (listed,) = ec2.describe_launch_templates(Filters=[{"Name": "tag:stack", "Values": ["one"]}])[
        "LaunchTemplates"
    ]
    assert (listed["DefaultVersionNumber"], listed["LatestVersionNumber"]) == (2, 4)
    ec2.create_tags(Resources=[made], Tags=[{"Key": "more", "Value": "1"}])
    (listed,) = ec2.describe_launch_templates(LaunchTemplateIds=[made])["LaunchTemplates"]
    assert {t["Key"] for t in listed["Tags"]} == {"stack", "more"}
    ec2.delete_launch_template(LaunchTemplateId=made)
    with refused("InvalidLaunchTemplateId.NotFound"):
        ec2.describe_launch_templates(LaunchTemplateIds=[made])
    with refused("InvalidLaunchTemplateName.NotFoundException"):
        ec2.describe_launch_templates(LaunchTemplateNames=["web"])


def test_template_paging_and_tokens(ec2: Any) -> None:
    for n in range(20):
        ec2.create_launch_template(
            LaunchTemplateName=f"t-{n}", LaunchTemplateData={"InstanceType": "t4g.nano"}
        )
    assert len(ec2.describe_launch_templates()["LaunchTemplates"]) == 20
    pages = ec2.get_paginator("describe_launch_templates").paginate(PaginationConfig={"PageSize": 7})
    assert sum(len(p["LaunchTemplates"]) for p in pages) == 20
    wanted = {"LaunchTemplateName": "tok", "LaunchTemplateData": {}, "ClientToken": "c"}
    ids = {ec2.create_launch_template(**wanted)["LaunchTemplate"]["LaunchTemplateId"] for _ in "ab"}
    assert len(ids) == 1


def test_template_user_data(ec2: Any) -> None:
    with refused("InvalidUserData.Malformed"):
        template(ec2, UserData="no base64!")
    with refused("InvalidUserData.Malformed"):
        template(ec2, UserData=base64.b64encode(b"x" * 16385).decode())
    text = base64.b64encode(b"#!/bin/sh\n").decode()
    made = template(ec2, UserData=text)
    (version,) = ec2.describe_launch_template_versions(LaunchTemplateId=made)["LaunchTemplateVersions"]
    assert version["LaunchTemplateData"]["UserData"] == text
