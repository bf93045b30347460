"""A sandbox in this process for the whole run, emptied before every test."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))
os.environ.setdefault("DRUCLOUD_SANDBOX_DELAY", "0.02")

import launcher  # noqa: E402  (sets moto's environment before it is imported)

import boto3  # noqa: E402
import pytest  # noqa: E402
from botocore.config import Config  # noqa: E402
from botocore.exceptions import ClientError  # noqa: E402

from mend import control, core, waiting  # noqa: E402

REGION = "eu-central-1"
_clients: dict[tuple[str, str], Any] = {}


class Clock:
    """The sandbox's time: it stands still but for what a test waits, however slow the machine is."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


CLOCK = Clock()


@pytest.fixture(scope="session")
def server() -> Any:
    waiting.set_clock(CLOCK)
    return launcher.serve(0)


@pytest.fixture(scope="session")
def url(server: Any) -> str:
    return f"http://127.0.0.1:{server.port}"


@pytest.fixture(autouse=True)
def fresh(server: Any) -> Any:
    """Everything empty and the delays as they were."""
    control.reset()
    before = core.delays()
    yield
    core.set_delays(before["factor"], before["single"])


@pytest.fixture
def client(url: str) -> Callable[..., Any]:
    """client("ec2") or client("acm", region="us-east-1"): no retries, path-style S3."""

    def make(service: str, region: str = REGION, **config: Any) -> Any:
        key = (service, region)
        if config or key not in _clients:
            settings = {
                "retries": {"total_max_attempts": 1},
                "s3": {"addressing_style": "path"},
                "read_timeout": 20,
                **config,
            }
            made = boto3.client(
                service,
                region_name=region,
                endpoint_url=url,
                aws_access_key_id="sandbox",
                aws_secret_access_key="sandbox",
                config=Config(**settings),
            )
            if config:
                return made
            _clients[key] = made
        return _clients[key]

    return make


@pytest.fixture
def slow() -> Callable[..., None]:
    """slow(nat_gateway=0.3): gives single kinds a delay that a test can see."""

    def make(**single: float) -> None:
        core.set_delays(single={k.replace("__", ":"): v for k, v in single.items()})

    return make


@pytest.fixture
def ec2(client: Any) -> Any:
    return client("ec2")


@pytest.fixture
def vpc(ec2: Any) -> str:
    return ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]


@pytest.fixture
def subnet(ec2: Any, vpc: str) -> str:
    return ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.0.0/24", AvailabilityZone=REGION + "a")["Subnet"][
        "SubnetId"
    ]


@pytest.fixture
def image(client: Any) -> str:
    return client("ssm").get_parameter(Name="/aws/service/debian/release/13/latest/arm64")["Parameter"][
        "Value"
    ]


def until(condition: Callable[[], Any], seconds: float = 5.0) -> Any:
    """Polls until the condition gives something true, and lets the sandbox's time pass; its value."""
    end = CLOCK.seconds + seconds
    while True:
        value = condition()
        if value:
            return value
        assert CLOCK.seconds < end, "condition not met in time"
        CLOCK.seconds += 0.01
        time.sleep(0.002)  # for what happens in a thread of its own


class Refused:
    """with refused("InvalidVpcID.NotFound"): ...  asserts on the error's code (and its HTTP status)."""

    def __init__(self, code: str, status: int | None = None) -> None:
        self.code, self.status = code, status
        self.message = ""

    def __enter__(self) -> Refused:
        return self

    def __exit__(self, kind: Any, problem: Any, trace: Any) -> bool:
        assert isinstance(problem, ClientError), f"not refused with {self.code}, but {problem!r}"
        assert problem.response["Error"]["Code"] == self.code, problem
        if self.status is not None:
            assert problem.response["ResponseMetadata"]["HTTPStatusCode"] == self.status
        self.message = problem.response["Error"].get("Message", "")
        return True


refused = Refused
