"""IAM as AWS documents it, as far as a stack uses it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from conftest import refused, until

TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}
    ],
}
POLICY = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]}
CORE = "arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore"


@pytest.fixture
def iam(client: Any) -> Any:
    return client("iam")


def role(iam: Any, name: str = "web", **more: Any) -> None:
    iam.create_role(
        RoleName=name,
        AssumeRolePolicyDocument=json.dumps(TRUST),
        Tags=[{"Key": "stack", "Value": name}],
        **more,
    )


def test_role_life(iam: Any) -> None:
    role(iam)
    with refused("EntityAlreadyExists", 409):
        role(iam)
    iam.put_role_policy(RoleName="web", PolicyName="own", PolicyDocument=json.dumps(POLICY))
    iam.attach_role_policy(RoleName="web", PolicyArn=CORE)
    iam.create_instance_profile(InstanceProfileName="web", Tags=[{"Key": "stack", "Value": "web"}])
    iam.add_role_to_instance_profile(InstanceProfileName="web", RoleName="web")
    role(iam, "other")
    with refused("LimitExceeded", 409):
        iam.add_role_to_instance_profile(InstanceProfileName="web", RoleName="other")
    with refused("NoSuchEntity", 404):
        iam.remove_role_from_instance_profile(InstanceProfileName="web", RoleName="other")
    with refused("DeleteConflict", 409):
        iam.delete_role(RoleName="web")
    with refused("DeleteConflict", 409):
        iam.delete_instance_profile(InstanceProfileName="web")
    iam.remove_role_from_instance_profile(InstanceProfileName="web", RoleName="web")
    with refused("DeleteConflict", 409):
        iam.delete_role(RoleName="web")
    iam.detach_role_policy(RoleName="web", PolicyArn=CORE)
    with refused("DeleteConflict", 409):
        iam.delete_role(RoleName="web")
    iam.delete_role_policy(RoleName="web", PolicyName="own")
    with refused("NoSuchEntity", 404):
        iam.delete_role_policy(RoleName="web", PolicyName="own")
    iam.delete_role(RoleName="web")
    iam.delete_instance_profile(InstanceProfileName="web")
    with refused("NoSuchEntity", 404) as error:
        iam.get_role(RoleName="web")
    assert error.message == "The role with name web cannot be found."
    with refused("NoSuchEntity", 404):
        iam.get_instance_profile(InstanceProfileName="web")


def test_details_of_roles(iam: Any) -> None:
    role(iam)
    iam.put_role_policy(RoleName="web", PolicyName="own", PolicyDocument=json.dumps(POLICY))
    iam.attach_role_policy(RoleName="web", PolicyArn=CORE)
    iam.create_instance_profile(InstanceProfileName="web")
    iam.add_role_to_instance_profile(InstanceProfileName="web", RoleName="web")
    iam.tag_role(RoleName="web", Tags=[{"Key": "more", "Value": "1"}])
    (details,) = iam.get_account_authorization_details(Filter=["Role"])["RoleDetailList"]
    assert details["AssumeRolePolicyDocument"] == TRUST
    assert details["RolePolicyList"] == [{"PolicyName": "own", "PolicyDocument": POLICY}]
    assert details["AttachedManagedPolicies"][0]["PolicyArn"] == CORE
    assert {t["Key"]: t["Value"] for t in details["Tags"]} == {"stack": "web", "more": "1"}
    (profile,) = details["InstanceProfileList"]
    assert profile["InstanceProfileName"] == "web" and profile["Roles"][0]["RoleName"] == "web"


def test_details_come_in_pages(iam: Any) -> None:
    for n in range(7):
        role(iam, f"r{n}", Path="/drucloud/")
    pages = iam.get_paginator("get_account_authorization_details").paginate(
        Filter=["Role"], PaginationConfig={"PageSize": 3}
    )
    sizes = [len(p["RoleDetailList"]) for p in pages]
    assert sizes == [3, 3, 1]
    assert len(iam.list_roles(PathPrefix="/drucloud/")["Roles"]) == 7
    assert iam.list_roles(PathPrefix="/other/")["Roles"] == []


def test_refusals(iam: Any) -> None:
    with refused("ValidationError"):
        role(iam, "a b")
    with refused("MalformedPolicyDocument"):
        iam.create_role(RoleName="x", AssumeRolePolicyDocument="{}")
    role(iam)
    with refused("MalformedPolicyDocument"):
        iam.put_role_policy(RoleName="web", PolicyName="own", PolicyDocument="{}")
    long = {**POLICY, "Statement": [{**POLICY["Statement"][0], "Sid": f"S{n}"} for n in range(300)]}
    with refused("LimitExceeded", 409):
        iam.put_role_policy(RoleName="web", PolicyName="own", PolicyDocument=json.dumps(long))
    with refused("NoSuchEntity", 404):
        iam.attach_role_policy(RoleName="web", PolicyArn="arn:aws:iam::aws:policy/Nothing")
    with refused("EntityAlreadyExists", 409):
        iam.create_instance_profile(InstanceProfileName="p")
        iam.create_instance_profile(InstanceProfileName="p")


def test_service_linked_role(iam: Any) -> None:
    made = iam.create_service_linked_role(AWSServiceName="elasticloadbalancing.amazonaws.com")["Role"]
    assert made["RoleName"] == "AWSServiceRoleForElasticLoadBalancing"
    with refused("InvalidInput"):
        iam.create_service_linked_role(AWSServiceName="elasticloadbalancing.amazonaws.com")
    with refused("UnmodifiableEntity"):
        iam.delete_role(RoleName=made["RoleName"])


def test_profile_spreads_to_ec2(iam: Any, client: Any, slow: Any) -> None:
    slow(instance_profile=0.3)
    ec2, ssm = client("ec2"), client("ssm")
    image = ssm.get_parameter(Name="/aws/service/debian/release/13/latest/arm64")["Parameter"]["Value"]
    iam.create_instance_profile(InstanceProfileName="fresh")
    wanted = {
        "ImageId": image,
        "InstanceType": "t4g.nano",
        "MinCount": 1,
        "MaxCount": 1,
        "IamInstanceProfile": {"Name": "fresh"},
    }
    with refused("InvalidParameterValue") as error:
        ec2.run_instances(**wanted)
    assert "Invalid IAM Instance Profile name" in error.message

    def works() -> bool:
        try:
            ec2.run_instances(**wanted)
        except ec2.exceptions.ClientError:
            return False
        return True

    until(works)


def test_identity(client: Any) -> None:
    assert client("sts").get_caller_identity()["Account"] == "123456789012"
