"""The machine, the rendered bundles and the site that the tests share."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

import bundles as rendered  # noqa: E402
from bundles import Bundle  # noqa: E402
from machine import Machine, provide  # noqa: E402
from site_under_test import Site  # noqa: E402


@pytest.fixture(scope="session")
def bundles(tmp_path_factory: pytest.TempPathFactory) -> list[Bundle]:
    return rendered.render(tmp_path_factory.mktemp("bundles"))


@pytest.fixture(scope="session")
def found() -> tuple[Machine | None, str]:
    return provide()


@pytest.fixture(scope="session")
def machine(found: tuple[Machine | None, str]) -> Machine:
    """For checks that need it; pytest's summary names those that were not run, and why."""
    there, why = found
    if there is None:
        pytest.skip(why)
    return there


@pytest.fixture(scope="session", params=["drupal-11", "drupal-7"])
def site(
    request: pytest.FixtureRequest, machine: Machine, bundles: list[Bundle], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Site]:
    """A web node that serves the site of the tests."""
    bundle = next(b for b in bundles if (b.stack, b.environment, b.role) == ("fixture", request.param, "web"))
    with Site(machine, bundle, tmp_path_factory.mktemp("site")) as running:
        yield running
