"""Run Command as AWS documents it: agents, states, outputs, refusals."""

from __future__ import annotations

import json
import urllib.request
from typing import Any

import pytest

from conftest import refused, until


@pytest.fixture
def machine(ec2: Any, client: Any, image: str, subnet: str) -> str:
    """One of two machines whose agents have registered."""
    run = ec2.run_instances(ImageId=image, InstanceType="t4g.nano", MinCount=2, MaxCount=2, SubnetId=subnet)
    ssm = client("ssm")
    until(lambda: len(ssm.describe_instance_information()["InstanceInformationList"]) == 2)
    return str(run["Instances"][0]["InstanceId"])


@pytest.fixture
def rules(url: str) -> Any:
    def ask(body: Any = None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        with urllib.request.urlopen(f"{url}/sandbox/commands", data=data, timeout=10) as answer:
            return json.loads(answer.read())

    return ask


def send(ssm: Any, machine: str, line: str = "true", **more: Any) -> str:
    settings = {"DocumentName": "AWS-RunShellScript", "Parameters": {"commands": [line]}, **more}
    return str(ssm.send_command(InstanceIds=[machine], **settings)["Command"]["CommandId"])


def look(ssm: Any, command: str, machine: str) -> Any:
    try:
        return ssm.get_command_invocation(CommandId=command, InstanceId=machine)
    except ssm.exceptions.InvocationDoesNotExist:
        return None


def end(ssm: Any, command: str, machine: str) -> Any:
    def over() -> Any:
        seen = look(ssm, command, machine)
        return seen if seen and seen["Status"] not in ("Pending", "InProgress") else None

    return until(over)


def test_a_machine_without_an_agent_takes_no_command(ec2: Any, client: Any, slow: Any, machine: str) -> None:
    ssm = client("ssm")
    with refused("InvalidInstanceId"):
        send(ssm, "i-00000000000000000")
    ec2.stop_instances(InstanceIds=[machine])
    with refused("InvalidInstanceId"):
        send(ssm, machine)


def test_a_command_takes_a_while_and_says_nothing_before_its_end(
    client: Any, slow: Any, machine: str, rules: Any
) -> None:
    ssm = client("ssm")
    slow(command=0.3, command__visible=0.05)
    rules([{"contains": "uname", "out": "Linux\n", "err": "warned\n"}])
    command = send(ssm, machine, "uname")
    with refused("InvocationDoesNotExist"):
        ssm.get_command_invocation(CommandId=command, InstanceId=machine)
    first = until(lambda: look(ssm, command, machine))
    assert first["Status"] in ("Pending", "InProgress") and first["ResponseCode"] == -1
    assert first["StandardOutputContent"] == ""
    executing = [{"key": "ExecutionStage", "value": "Executing"}]
    assert [c["CommandId"] for c in ssm.list_commands(InstanceId=machine, Filters=executing)["Commands"]] == [
        command
    ]
    last = end(ssm, command, machine)
    assert (last["Status"], last["ResponseCode"]) == ("Success", 0)
    assert (last["StandardOutputContent"], last["StandardErrorContent"]) == ("Linux\n", "warned\n")
    assert ssm.list_commands(InstanceId=machine, Filters=executing)["Commands"] == []
    assert ssm.list_commands(InstanceId=machine)["Commands"][0]["Status"] == "Success"


def test_rules_choose_the_end(client: Any, machine: str, rules: Any) -> None:
    ssm = client("ssm")
    rules(
        [
            {"contains": "activate", "nth": 2, "exit": 3, "err": "unhealthy\n"},
            {"contains": "lost", "state": "Undeliverable"},
            {"contains": "long", "state": "ExecutionTimedOut"},
            {"contains": "much", "out": "x" * 30_000},
        ]
    )
    assert end(ssm, send(ssm, machine, "activate"), machine)["Status"] == "Success"
    failed = end(ssm, send(ssm, machine, "activate"), machine)
    assert (failed["Status"], failed["ResponseCode"]) == ("Failed", 3)
    assert failed["StandardErrorContent"] == "unhealthy\n"
    lost = end(ssm, send(ssm, machine, "lost"), machine)
    assert (lost["Status"], lost["StatusDetails"]) == ("Failed", "Undeliverable")
    assert end(ssm, send(ssm, machine, "long"), machine)["Status"] == "TimedOut"
    assert len(end(ssm, send(ssm, machine, "much"), machine)["StandardOutputContent"]) == 24_000
    own = end(ssm, send(ssm, machine, 'true\n# sandbox {"exit": 7}'), machine)
    assert own["ResponseCode"] == 7
    assert [sent["lines"] for sent in rules()][:5] == ["activate", "activate", "lost", "long", "much"]


def test_a_build_names_its_commit(client: Any, machine: str) -> None:
    ssm = client("ssm")
    built = end(ssm, send(ssm, machine, "/usr/local/sbin/drucloud-build main"), machine)
    assert len(built["StandardOutputContent"].split()[-1]) == 40


def test_what_is_refused(client: Any, machine: str) -> None:
    ssm = client("ssm")
    with refused("InvalidDocument"):
        send(ssm, machine, DocumentName="AWS-Nothing")
    with refused("ValidationException"):
        send(ssm, machine, Comment="x" * 101)
    with refused("ValidationException"):
        ssm.send_command(
            InstanceIds=[machine] * 51,
            DocumentName="AWS-RunShellScript",
            Parameters={"commands": ["true"]},
        )
    with refused("InvalidParameters"):
        send(ssm, machine, Parameters={})
    with refused("InvalidCommandId"):
        ssm.get_command_invocation(
            CommandId="00000000-0000-0000-0000-000000000000", InstanceId=machine
        )
