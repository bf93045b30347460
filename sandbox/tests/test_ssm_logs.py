"""Parameters and log groups as AWS documents them."""

from __future__ import annotations

from typing import Any

from conftest import REGION, refused


def test_parameters(client: Any) -> None:
    ssm = client("ssm")
    tags = [{"Key": "stack", "Value": "one"}]
    made = ssm.put_parameter(Name="/a/b", Value="1", Type="SecureString", Tags=tags)
    assert made["Version"] == 1 and made["Tier"] == "Standard"
    with refused("ParameterAlreadyExists"):
        ssm.put_parameter(Name="/a/b", Value="2", Type="SecureString")
    assert ssm.put_parameter(Name="/a/b", Value="2", Type="SecureString", Overwrite=True)["Version"] == 2
    got = ssm.get_parameter(Name="/a/b", WithDecryption=True)["Parameter"]
    assert (got["Value"], got["Version"]) == ("2", 2) and got["ARN"].endswith("parameter/a/b")
    several = ssm.get_parameters(Names=["/a/b", "/a/c"], WithDecryption=True)
    assert [p["Name"] for p in several["Parameters"]] == ["/a/b"] and several["InvalidParameters"] == ["/a/c"]
    ssm.add_tags_to_resource(ResourceType="Parameter", ResourceId="/a/b", Tags=[{"Key": "x", "Value": "y"}])
    listed = ssm.list_tags_for_resource(ResourceType="Parameter", ResourceId="/a/b")["TagList"]
    assert {t["Key"] for t in listed} == {"stack", "x"}
    ssm.delete_parameter(Name="/a/b")
    with refused("ParameterNotFound"):
        ssm.delete_parameter(Name="/a/b")
    with refused("ParameterNotFound"):
        ssm.get_parameter(Name="/a/b")
    with refused("InvalidResourceId"):
        ssm.add_tags_to_resource(ResourceType="Parameter", ResourceId="/a/b", Tags=tags)
    ssm.put_parameter(Name="/a/b", Value="3", Type="String")
    assert ssm.list_tags_for_resource(ResourceType="Parameter", ResourceId="/a/b")["TagList"] == []


def test_parameter_limits(client: Any) -> None:
    ssm = client("ssm")
    with refused("ValidationException"):
        ssm.put_parameter(Name="/big", Value="x" * 4097, Type="String")
    ssm.put_parameter(Name="/big", Value="x" * 4097, Type="String", Tier="Advanced")
    with refused("ValidationException"):
        ssm.get_parameters(Names=[f"/n{n}" for n in range(11)])


def test_public_parameters_have_images(client: Any) -> None:
    ssm, ec2 = client("ssm"), client("ec2")
    names = [f"/aws/service/debian/release/12/latest/{arch}" for arch in ("amd64", "arm64")]
    names.append("/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-arm64")
    values = [p["Value"] for p in ssm.get_parameters(Names=names)["Parameters"]]
    images = ec2.describe_images(ImageIds=values)["Images"]
    assert {i["Architecture"] for i in images} == {"arm64", "x86_64"} and len(images) == 3
    under = ssm.get_parameters_by_path(Path="/aws/service/debian/release/13/latest")["Parameters"]
    assert len(under) == 2


def test_log_groups(client: Any) -> None:
    logs = client("logs")
    logs.create_log_group(logGroupName="/stack/web", tags={"stack": "one"})
    with refused("ResourceAlreadyExistsException"):
        logs.create_log_group(logGroupName="/stack/web")
    logs.put_retention_policy(logGroupName="/stack/web", retentionInDays=30)
    with refused("InvalidParameterException"):
        logs.put_retention_policy(logGroupName="/stack/web", retentionInDays=31)
    (group,) = logs.describe_log_groups(logGroupNamePrefix="/stack/")["logGroups"]
    assert group["retentionInDays"] == 30 and group["arn"].endswith(":*")
    arn = f"arn:aws:logs:{REGION}:123456789012:log-group:/stack/web"
    assert group["logGroupArn"] == arn
    logs.tag_resource(resourceArn=arn, tags={"x": "y"})
    assert logs.list_tags_for_resource(resourceArn=arn)["tags"] == {"stack": "one", "x": "y"}
    logs.delete_retention_policy(logGroupName="/stack/web")
    assert "retentionInDays" not in logs.describe_log_groups()["logGroups"][0]
    logs.delete_log_group(logGroupName="/stack/web")
    with refused("ResourceNotFoundException"):
        logs.delete_log_group(logGroupName="/stack/web")
    with refused("ResourceNotFoundException"):
        logs.list_tags_for_resource(resourceArn=arn)
    logs.create_log_group(logGroupName="/stack/web")
    assert logs.list_tags_for_resource(resourceArn=arn)["tags"] == {}
