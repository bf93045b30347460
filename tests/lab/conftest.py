"""The lab that the tests look at, and a report that reads as sentences: the first line of each test's docstring."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent))

import release
from client import Visitor
from host import wait
from lab import Lab

Tell = Callable[[str], None]


@pytest.fixture(scope="session")
def lab() -> Lab:
    return Lab()


@pytest.fixture(scope="session")
def deployed(lab: Lab) -> str:
    """The site's release, on every web node; its name."""
    sha = release.publish(lab.cloud.client("s3"), lab.cloud.bucket())
    for web in lab.webs:
        if web.run("drucloud-release", "current").strip() != sha:
            web.run("drucloud-release", "activate", sha)
    front = Visitor(lab.balancer)
    wait("the site answers through the load balancer", 60, lambda: front.get("/").status == 200)
    return sha


@pytest.fixture
def tell(record_property: Callable[[str, object], None]) -> Callable[[str], None]:
    """Puts what a test has seen into the report."""
    return lambda text: record_property("seen", text)


@pytest.fixture
def front(lab: Lab, deployed: str) -> Visitor:
    """Somebody who comes through the load balancer."""
    return Visitor(lab.balancer)


@pytest.fixture
def nodes(lab: Lab, deployed: str) -> list[Visitor]:
    """Somebody who asks the nodes themselves, as the load balancer does."""
    return [Visitor(web.address) for web in lab.webs]


# ---------------------------------------------------------------- the report


def sentence(item: pytest.Item) -> str:
    lines = ((getattr(item, "function", None) and item.function.__doc__) or item.name).strip().splitlines()
    return lines[0].rstrip(".") + (f" [{item.callspec.id}]" if hasattr(item, "callspec") else "")


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Iterator[None]:
    outcome = yield
    report = outcome.get_result()
    report.sentence = sentence(item)


def pytest_report_teststatus(report: pytest.TestReport) -> tuple[str, str, str] | None:
    """One line a test instead of a dot; set-up and tear-down show only when they fail."""
    if not hasattr(report, "sentence"):
        return None
    if report.when == "call" or report.outcome != "passed":
        mark = {"passed": "ok    ", "failed": "FAILED", "skipped": "-     "}[report.outcome]
        seen = "".join(f"\n         {text}" for _, text in report.user_properties)
        return report.outcome, f"\n{mark} {report.sentence} ({report.duration:.1f} s){seen}", report.outcome.upper()
    return "", "", ""
