"""The sandbox's own endpoints: log, faults, reset, and how it answers what it lacks."""

from __future__ import annotations

import json
import threading
import time
import urllib.error
import urllib.request
from typing import Any

import pytest
from botocore.exceptions import ConnectionClosedError, HTTPClientError, ReadTimeoutError
from conftest import refused, until


@pytest.fixture
def ask(url: str) -> Any:
    def call(path: str, body: Any = None, method: str | None = None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(url + path, data=data, method=method or ("POST" if data else "GET"))
        with urllib.request.urlopen(request, timeout=10) as answer:
            return json.loads(answer.read())

    return call


def make_bucket(client: Any) -> None:
    place = {"LocationConstraint": "eu-central-1"}
    client("s3").create_bucket(Bucket="bucket-1", CreateBucketConfiguration=place)


def test_log_has_real_names(client: Any, ask: Any) -> None:
    ask("/sandbox/calls/reset", {})
    client("ec2").create_vpc(CidrBlock="10.0.0.0/16")
    client("ec2").describe_vpcs()
    client("s3").list_buckets()
    make_bucket(client)
    client("s3").put_object(Bucket="bucket-1", Key="a b/c.txt", Body=b"x")
    client("s3").head_object(Bucket="bucket-1", Key="a b/c.txt")
    client("route53").create_hosted_zone(Name="example.org", CallerReference="1")
    client("cloudfront").list_distributions()
    client("efs").describe_file_systems()
    client("sesv2").list_email_identities()
    client("ssm").describe_parameters()
    client("cloudwatch").describe_alarms()
    client("elbv2").describe_load_balancers()
    client("sts").get_caller_identity()
    calls = ask("/sandbox/calls")
    assert calls["by_operation"] == {
        "cloudfront.ListDistributions": 1,
        "cloudwatch.DescribeAlarms": 1,
        "ec2.CreateVpc": 1,
        "ec2.DescribeVpcs": 1,
        "efs.DescribeFileSystems": 1,
        "elbv2.DescribeLoadBalancers": 1,
        "route53.CreateHostedZone": 1,
        "s3.CreateBucket": 1,
        "s3.HeadObject": 1,
        "s3.ListBuckets": 1,
        "s3.PutObject": 1,
        "sesv2.ListEmailIdentities": 1,
        "ssm.DescribeParameters": 1,
        "sts.GetCallerIdentity": 1,
    }
    assert calls["total"] == 14
    first = calls["log"][0]
    assert (first["n"], first["mutating"], first["status"]) == (1, True, 200)
    mutating = {c["operation"] for c in calls["log"] if c["mutating"]}
    assert mutating == {"CreateVpc", "CreateBucket", "PutObject", "CreateHostedZone"}


def test_reset_empties_everything(client: Any, ask: Any) -> None:
    ec2 = client("ec2")
    ec2.create_vpc(CidrBlock="10.0.0.0/16")
    make_bucket(client)
    ask("/sandbox/faults", [{"do": "error"}])
    ask("/sandbox/reset", {})
    assert ask("/sandbox/calls")["total"] == 0 and ask("/sandbox/faults") == []
    assert [v["IsDefault"] for v in ec2.describe_vpcs()["Vpcs"]] == [True]
    assert client("s3").list_buckets()["Buckets"] == []


def test_throttle_in_every_protocol(client: Any, ask: Any) -> None:
    ask("/sandbox/faults", [{"do": "throttle"}])
    with refused("RequestLimitExceeded", 503):
        client("ec2").describe_vpcs()
    with refused("Throttling", 400):
        client("iam").list_roles()
    with refused("ThrottlingException", 400):
        client("ssm").describe_parameters()
    with refused("SlowDown", 503):
        client("s3").list_buckets()
    with refused("Throttling", 400):
        client("route53").list_hosted_zones()
    with refused("TooManyRequestsException", 429):
        client("sesv2").list_email_identities()


def test_rules_count_what_they_match(client: Any, ask: Any) -> None:
    ec2 = client("ec2")
    rule = {"service": "ec2", "mutating": True, "nth": 2, "do": "error", "code": "Boom", "message": "no"}
    ask("/sandbox/faults", [rule])
    ec2.describe_vpcs()
    ec2.create_vpc(CidrBlock="10.0.0.0/16")
    ec2.describe_vpcs()
    with refused("Boom", 400):
        ec2.create_vpc(CidrBlock="10.1.0.0/16")
    ec2.create_vpc(CidrBlock="10.2.0.0/16")
    (state,) = ask("/sandbox/faults")
    assert (state["seen"], state["hits"]) == (3, 1)
    ask(
        "/sandbox/faults",
        [{"operation": "DescribeVpcs", "every": 2, "do": "error", "code": "E", "status": 500}],
    )
    ec2.describe_vpcs()
    with refused("E", 500):
        ec2.describe_vpcs()
    ec2.describe_vpcs()
    with refused("E", 500):
        ec2.describe_vpcs()


def vpcs(client: Any) -> int:
    return len(client("ec2").describe_vpcs()["Vpcs"])


def test_drop_before_and_after(client: Any, ask: Any) -> None:
    before = vpcs(client)
    ask("/sandbox/faults", [{"operation": "CreateVpc", "nth": 1, "do": "drop-before"}])
    with pytest.raises((ConnectionClosedError, HTTPClientError)):
        client("ec2").create_vpc(CidrBlock="10.0.0.0/16")
    assert vpcs(client) == before
    ask("/sandbox/faults", [{"operation": "CreateVpc", "nth": 1, "do": "drop-after"}])
    with pytest.raises((ConnectionClosedError, HTTPClientError)):
        client("ec2").create_vpc(CidrBlock="10.0.0.0/16")
    assert vpcs(client) == before + 1
    log = ask("/sandbox/calls")["log"]
    faults = [(c["status"], c["fault"]) for c in log if c["operation"] == "CreateVpc"]
    assert faults == [(0, "drop-before"), (0, "drop-after")]


def test_sdk_repeats_a_lost_answer_with_its_token(client: Any, ask: Any) -> None:
    ec2 = client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    again = client("ec2", retries={"total_max_attempts": 3})
    ask("/sandbox/faults", [{"operation": "CreateRouteTable", "nth": 1, "do": "drop-after"}])
    again.create_route_table(VpcId=vpc, ClientToken="one")
    filters = [{"Name": "vpc-id", "Values": [vpc]}, {"Name": "association.main", "Values": ["true"]}]
    mains = len(ec2.describe_route_tables(Filters=filters)["RouteTables"])
    assert len(ec2.describe_route_tables(Filters=filters[:1])["RouteTables"]) == mains + 1


@pytest.mark.parametrize("when", ["before", "after"])
def test_hang_blocks_nobody_else(client: Any, ask: Any, when: str) -> None:
    before = vpcs(client)
    ask("/sandbox/faults", [{"operation": "CreateVpc", "nth": 1, "do": f"hang-{when}"}])
    outcome: list[Any] = []

    def create() -> None:
        try:
            client("ec2", read_timeout=30).create_vpc(CidrBlock="10.0.0.0/16")
        except Exception as problem:
            outcome.append(problem)

    thread = threading.Thread(target=create)
    thread.start()
    until(lambda: any(c.get("fault") for c in ask("/sandbox/calls")["log"]))
    started = time.monotonic()
    assert vpcs(client) == before + (when == "after")
    assert time.monotonic() - started < 2 and not outcome
    ask("/sandbox/faults/release", {})
    thread.join(5)
    assert len(outcome) == 1 and not thread.is_alive()


def test_hang_ends_with_its_client(client: Any, ask: Any) -> None:
    ask("/sandbox/faults", [{"operation": "CreateVpc", "do": "hang-before"}])
    impatient = client("ec2", read_timeout=0.2)
    with pytest.raises(ReadTimeoutError):
        impatient.create_vpc(CidrBlock="10.0.0.0/16")


def test_malformed_rules_are_refused(ask: Any) -> None:
    for rules in (
        {"do": "error"},
        [{"do": "explode"}],
        [{"do": "error", "nth": 0}],
        [{"do": "error", "x": 1}],
    ):
        with pytest.raises(urllib.error.HTTPError) as problem:
            ask("/sandbox/faults", rules)
        assert problem.value.code == 400
    assert ask("/sandbox/faults") == []


def test_what_moto_lacks_is_not_implemented(client: Any) -> None:
    with refused("NotImplemented", 400):
        client("ec2").describe_capacity_blocks()
    with refused("NotImplemented", 400):
        client("ssm").list_nodes()
    with refused("NotImplemented", 400):
        client("iam").list_delegation_requests()
    with refused("NotImplemented", 400):
        client("cloudfront").list_streaming_distributions()
    with refused("NotImplemented", 400):
        client("pricing", region="us-east-1").describe_services()


def test_whoami_and_delays(ask: Any) -> None:
    assert set(ask("/sandbox/whoami")) == {"token", "pid"}
    assert ask("/sandbox/delays", {"factor": 0, "single": {"vpc": 1}}) == {"factor": 0, "single": {"vpc": 1}}
    with pytest.raises(urllib.error.HTTPError) as problem:
        ask("/sandbox/nothing")
    assert problem.value.code == 404


def test_connections_are_kept(url: str) -> None:
    import http.client

    connection = http.client.HTTPConnection(url.removeprefix("http://"), timeout=5)
    sockets = set()
    for _ in range(3):
        connection.request("GET", "/sandbox/whoami")
        answer = connection.getresponse()
        assert answer.version == 11 and int(answer.headers["Content-Length"]) == len(answer.read())
        sockets.add(connection.sock)
    assert len(sockets) == 1 and None not in sockets


def test_answers_are_quick(client: Any) -> None:
    ec2 = client("ec2")
    for n in range(5):
        ec2.create_vpc(CidrBlock=f"10.{n}.0.0/16")
    times = []
    for _ in range(30):
        started = time.perf_counter()
        ec2.describe_vpcs()
        times.append(time.perf_counter() - started)
    # Server and client share this process: a generous bound on the median that only a real loss crosses.
    assert sorted(times)[15] < 0.1


def test_the_index_of_tags_can_stand_still(client: Any, ask: Any) -> None:
    ec2, api = client("ec2"), client("resourcegroupstaggingapi")
    tags = [{"Key": "stack", "Value": "s"}]

    def found(*kinds: str) -> set[str]:
        filters = [{"Key": "stack", "Values": ["s"]}]
        answer = api.get_resources(TagFilters=filters, ResourceTypeFilters=list(kinds))
        return {one["ResourceARN"].split("/")[-1] for one in answer["ResourceTagMappingList"]}

    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    ec2.create_tags(Resources=[vpc], Tags=tags)
    assert ask("/sandbox/index", {"still": api.meta.region_name})["kept"]
    address = ec2.allocate_address(Domain="vpc")["AllocationId"]
    ec2.create_tags(Resources=[address], Tags=tags)
    ec2.delete_vpc(VpcId=vpc)
    assert found() == found("ec2:vpc") == {vpc}
    assert found("rds:pg") == set()
    ask("/sandbox/index", {"still": None})
    assert found() == {address}
