"""The playbooks a second time: they find everything as it should be."""

from __future__ import annotations

import re
import time

import pytest

import bench
from lab import Lab

# A file as Solr makes them: the configuration beside it is root's, and this must stay Solr's.
INDEX = "/srv/solr/home/drupal/data/segments"
NAMES = ("files-1", "files-2", "search", "control", "web-1", "web-2")


@pytest.mark.parametrize("name", NAMES)
def test_second_run(lab: Lab, deployed: str, name: str) -> None:
    """The playbook runs again and changes nothing."""
    machine = lab[name]
    if name == "control":
        machine.run("drucloud-release", "sync")  # the release may be younger than the machine
    if name == "search":
        machine.run("runuser", "-u", "solr", "--", "touch", INDEX)
    began = time.monotonic()
    said = machine.run("drucloud-configure")
    seconds = time.monotonic() - began
    found = re.search(r"localhost\s+: ok=(\d+)\s+changed=(\d+)\s+unreachable=(\d+)\s+failed=(\d+)", said)
    assert found, said[-2000:]
    changed = [block.split("]")[0] for block in said.split("TASK [") if "\nchanged:" in block]
    assert (found[2], found[3], found[4]) == ("0", "0", "0"), f"changed: {changed}"
    if name == "search":
        assert machine.run("stat", "--format=%U", INDEX).strip() == "solr", "Solr can no longer write its index"
    bench.keep("the playbook's second run", name, f"{seconds:.1f} s")
