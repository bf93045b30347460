"""What a preflight asks: quotas, simulated permissions, dry runs, what is offered."""

from __future__ import annotations

import json
import urllib.request
from typing import Any

import pytest
from conftest import refused

ADMIN = "arn:aws:iam::123456789012:user/moto"


@pytest.fixture
def account(url: str) -> Any:
    def change(**wanted: Any) -> Any:
        request = urllib.request.Request(url + "/sandbox/account", json.dumps(wanted).encode(), method="POST")
        with urllib.request.urlopen(request, timeout=10) as answer:
            return json.loads(answer.read())

    return change


def test_quotas_are_the_account_s_own_or_aws_s_default(client: Any, account: Any) -> None:
    quotas = client("service-quotas")

    def value(call: Any, service: str, code: str) -> float:
        return float(call(ServiceCode=service, QuotaCode=code)["Quota"]["Value"])

    assert value(quotas.get_service_quota, "vpc", "L-F678F1CE") == 50
    assert value(quotas.get_aws_default_service_quota, "vpc", "L-F678F1CE") == 5
    with refused("NoSuchResourceException"):
        quotas.get_service_quota(ServiceCode="rds", QuotaCode="L-7B6409FD")
    assert value(quotas.get_aws_default_service_quota, "rds", "L-7B6409FD") == 40
    account(quotas={"L-7B6409FD": 1})
    assert value(quotas.get_service_quota, "rds", "L-7B6409FD") == 1
    with refused("NoSuchResourceException"):
        quotas.get_aws_default_service_quota(ServiceCode="vpc", QuotaCode="L-00000000")


def decisions(client: Any, source: str, actions: list[str], **more: Any) -> dict[str, str]:
    answer = client("iam").simulate_principal_policy(PolicySourceArn=source, ActionNames=actions, **more)
    return {r["EvalActionName"]: r["EvalDecision"] for r in answer["EvaluationResults"]}


def test_the_sandbox_s_user_may_do_all_but_what_is_denied(client: Any, account: Any) -> None:
    actions = ["iam:CreateRole", "s3:PutObject"]
    assert set(decisions(client, ADMIN, actions).values()) == {"allowed"}
    account(denied=["iam:*", "ec2:CreateVpc"])
    found = decisions(client, ADMIN, actions)
    assert found == {"iam:CreateRole": "explicitDeny", "s3:PutObject": "allowed"}
    with refused("UnauthorizedOperation", 403):
        client("ec2").create_vpc(CidrBlock="10.0.0.0/16", DryRun=True)
    with refused("DryRunOperation", 412):
        client("ec2").allocate_address(DryRun=True)


def test_a_role_may_do_what_its_policies_say(client: Any) -> None:
    iam = client("iam")
    trusted = {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}
    trust = {"Version": "2012-10-17", "Statement": [trusted]}
    arn = iam.create_role(RoleName="ci", AssumeRolePolicyDocument=json.dumps(trust))["Role"]["Arn"]
    statement = {
        "Effect": "Allow",
        "Action": ["rds:Delete*", "rds:DescribeDBInstances"],
        "Resource": "arn:aws:rds:*:*:db:site-prod-*",
    }
    tagged = {
        "Effect": "Allow",
        "Action": "ec2:DeleteVpc",
        "Resource": "*",
        "Condition": {"StringEquals": {"aws:ResourceTag/owner": "site"}},
    }
    document = {"Version": "2012-10-17", "Statement": [statement, tagged]}
    iam.put_role_policy(RoleName="ci", PolicyName="p", PolicyDocument=json.dumps(document))
    actions = ["rds:DeleteDBInstance", "rds:ModifyDBInstance"]
    assert set(decisions(client, arn, actions).values()) == {"implicitDeny"}
    ours = ["arn:aws:rds:eu-central-1:123456789012:db:site-prod-database"]
    found = decisions(client, arn, actions, ResourceArns=ours)
    assert found == {"rds:DeleteDBInstance": "allowed", "rds:ModifyDBInstance": "implicitDeny"}
    assert decisions(client, arn, ["ec2:DeleteVpc"]) == {"ec2:DeleteVpc": "implicitDeny"}
    entry = {
        "ContextKeyName": "aws:ResourceTag/owner",
        "ContextKeyValues": ["site"],
        "ContextKeyType": "string",
    }
    assert decisions(client, arn, ["ec2:DeleteVpc"], ContextEntries=[entry]) == {"ec2:DeleteVpc": "allowed"}
    with refused("InvalidInput"):
        decisions(client, "arn:aws:sts::123456789012:assumed-role/ci/me", actions)
    with refused("NoSuchEntity", 404):
        decisions(client, "arn:aws:iam::123456789012:role/nobody", actions)


def test_dry_runs_are_told_from_changes(client: Any, url: str) -> None:
    with refused("DryRunOperation", 412):
        client("ec2").create_vpc(CidrBlock="10.0.0.0/16", DryRun=True)
    client("ec2").create_vpc(CidrBlock="10.0.0.0/16")
    with urllib.request.urlopen(url + "/sandbox/calls", timeout=10) as answer:
        log = json.loads(answer.read())["log"]
    assert [entry["mutating"] for entry in log] == [False, True]


def test_ses_in_its_own_sandbox(client: Any, account: Any) -> None:
    assert client("sesv2").get_account()["ProductionAccessEnabled"] is True
    account(production=False)
    shown = client("sesv2").get_account()
    assert shown["ProductionAccessEnabled"] is False
    assert shown["SendQuota"]["Max24HourSend"] == 200


def test_parameters_of_families(client: Any) -> None:
    rds, cache = client("rds"), client("elasticache")
    wanted = [{"Name": "parameter-name", "Values": ["long_query_time", "no_such"]}]
    found = rds.describe_engine_default_parameters(DBParameterGroupFamily="mysql8.4", Filters=wanted)
    names = [p["ParameterName"] for p in found["EngineDefaults"]["Parameters"]]
    assert names == ["long_query_time"]
    with refused("InvalidParameterValue"):
        rds.describe_engine_default_parameters(DBParameterGroupFamily="mysql3.2")
    found = cache.describe_engine_default_parameters(CacheParameterGroupFamily="memcached1.6")
    assert "max_item_size" in [p["ParameterName"] for p in found["EngineDefaults"]["Parameters"]]
    with refused("InvalidParameterValue"):
        cache.describe_engine_default_parameters(CacheParameterGroupFamily="memcached0.9")


def test_types_of_nodes(client: Any) -> None:
    offered = client("elasticache").describe_reserved_cache_nodes_offerings
    assert offered(CacheNodeType="cache.t4g.small")["ReservedCacheNodesOfferings"]
    assert not offered(CacheNodeType="cache.q9.small")["ReservedCacheNodesOfferings"]
