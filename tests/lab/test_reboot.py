"""Every machine reboots, and comes back by itself."""

from __future__ import annotations

import time
import uuid

import pytest

import bench
from client import Visitor
from host import wait
from lab import Lab

NAMES = ("files-1", "files-2", "search", "control", "web-1", "web-2")
FOREIGN = ("systemd-modules-load", "run-rpc_pipefs", "networking", "systemd-sysctl", "rpcbind", "e2scrub")


def well(lab: Lab, name: str) -> bool:
    """Whether a machine does what it is for."""
    machine = lab[name]
    if machine.role == "web":
        node = Visitor(machine.address, timeout=5)
        state = node.get("/state")
        return node.get("/.healthz").status == 200 and state.status == 200 and state.json()["files writable"]
    if machine.role == "files":
        return machine.attempt("drucloud-gluster", "check").returncode == 0
    if machine.role == "search":
        done = machine.attempt("curl", "-sf", "http://127.0.0.1:8983/solr/drupal/admin/ping?wt=json")
        return done.returncode == 0
    return machine.attempt("mountpoint", "--quiet", "/srv/files").returncode == 0


@pytest.mark.parametrize("name", NAMES)
def test_reboot(lab: Lab, deployed: str, name: str) -> None:
    """It reboots, and all of it runs again without anybody's help."""
    machine = lab[name]
    began = time.monotonic()
    machine.reboot()
    wait(f"{name} is well", 180, lambda: well(lab, name), pause=0.5)
    bench.keep("reboot until a machine does its work again", name, f"{time.monotonic() - began:.0f} s")
    wait("its boot is finished", 120, lambda: machine.attempt("systemctl", "is-system-running").stdout.strip() != "starting")
    listed = machine.run("systemctl", "list-units", "--failed", "--plain", "--no-legend").splitlines()
    assert [line.split()[0] for line in listed if not line.startswith(FOREIGN)] == []
    if machine.role == "web":
        assert machine.run("drucloud-release", "current").strip() == deployed
        assert Visitor(machine.address).get(f"/?{uuid.uuid4().hex}").fact("release") == deployed


def test_everything_at_once(lab: Lab, deployed: str) -> None:
    """All machines go down together and come back in any order: the site is there again."""
    for name in NAMES:
        lab[name].attempt("systemctl", "reboot")
    import record

    for name in NAMES:
        wait(f"{name} goes down", 120, lambda name=name: record.alive(name) is None)
    for name in reversed(NAMES):
        lab[name].boot()
    for name in NAMES:
        wait(f"{name} is well", 300, lambda name=name: well(lab, name), pause=0.5)
    front = Visitor(lab.balancer)
    wait("the site answers through the load balancer", 90, lambda: front.get("/user").status == 200)
