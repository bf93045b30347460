"""The first boot: from the user data that `drucloud up` wrote, to machines that are what their bundles say."""

from __future__ import annotations

import json

import pytest

from client import Visitor
from lab import Lab


def test_outcomes(lab: Lab) -> None:
    """Every machine has configured itself from its bundle, and told so in the bucket."""
    s3 = lab.cloud.client("s3")
    for machine in lab.instances:
        key = f"outcomes/{machine.role}/{machine.instance}.json"
        told = json.loads(s3.get_object(Bucket=lab.cloud.bucket(), Key=key)["Body"].read())
        assert told["outcome"] == "ok", (machine.name, told)
        assert (told["role"], told["instance"]) == (machine.role, machine.instance)


def test_bundle_is_that_of_the_plan(lab: Lab) -> None:
    """The files on the machines are those of the bundles in the bucket, byte by byte."""
    for machine in lab.instances:
        listed = json.loads(machine.read("/etc/drucloud/bundle.json"))
        folder = machine.root / "var/lib/drucloud/bundles" / listed["sha256"] / "root"
        placed = [path for path in folder.rglob("*") if path.is_file()]
        assert placed, machine.name
        for path in placed:
            there = machine.path(str(path.relative_to(folder)))
            assert there.read_bytes() == path.read_bytes(), f"{machine.name}: {there}"


def test_cloud_init(lab: Lab) -> None:
    """cloud-init has taken the user data without an error, and named the machine."""
    for machine in lab.instances:
        told = json.loads(machine.run("cloud-init", "status", "--wait", "--format=json"))
        assert told["status"] == "done" and told["errors"] == [], (machine.name, told)
        # Notices of what will be dropped one day are warnings of today's cloud-init, none may be there.
        assert told["recoverable_errors"] == {}, (machine.name, told)
        if machine.role != "web":
            assert machine.run("hostname").strip() == machine.name


def test_units(lab: Lab) -> None:
    """No unit of the platform has failed on any machine."""
    # What only exists where a kernel, a disk or a network card is.
    foreign = ("systemd-modules-load", "run-rpc_pipefs", "networking", "systemd-sysctl", "rpcbind", "e2scrub")
    for machine in lab.instances:
        listed = machine.run("systemctl", "list-units", "--failed", "--plain", "--no-legend").splitlines()
        failed = [line.split()[0] for line in listed if not line.startswith(foreign)]
        assert failed == [], machine.name


def test_no_secret_on_disk(lab: Lab) -> None:
    """The secrets are in memory only: neither in the bundle nor anywhere else on the disks."""
    secret = json.loads(lab.webs[0].run("cat", "/run/drucloud/secrets.json"))
    for machine in lab.instances:
        for value in secret.values():
            done = machine.attempt("grep", "-rlF", "--exclude-dir=proc", value, "/etc", "/var/lib/drucloud", "/root", "/srv/site")
            assert done.stdout == "", machine.name


def test_placeholder(lab: Lab) -> None:
    """Before the first release a node says so, and the load balancer takes it for healthy."""
    if lab.webs[0].run("drucloud-release", "current").strip() != "none":
        pytest.skip("a release has been deployed already")
    for web in lab.webs:
        node = Visitor(web.address)
        assert node.get("/.healthz").status == 200
        page = node.get("/")
        assert "no release has been deployed yet" in page.text.lower()
        assert node.get("/node/1").status == 503


def test_release(lab: Lab, deployed: str) -> None:
    """`drucloud-release activate` brings the site to both nodes: PHP, database, cache and files are in use."""
    for web in lab.webs:
        node = Visitor(web.address)
        assert node.get("/").fact("release") == deployed
        state = node.get("/state?value=lab").json()
        assert state["cache"] == {"kept in": "memcached", "found in": "memcached", "value": "lab"}
        assert state["isolation"] == "READ-COMMITTED"
        assert state["opcache"] and state["apcu"] and state["files writable"]


def test_bad_release(lab: Lab, deployed: str) -> None:
    """A release that does not answer is taken back by itself: the one before is served, and the command fails."""
    import release

    broken = {"web/index.php": "<?php http_response_code(500);"}
    sha = release.publish(lab.cloud.client("s3"), lab.cloud.bucket(), broken, current=False)
    web = lab.webs[0]
    done = web.attempt("drucloud-release", "activate", sha)
    assert done.returncode != 0 and "served again" in done.stderr
    assert web.run("drucloud-release", "current").strip() == deployed
    assert Visitor(web.address).get("/").fact("release") == deployed


def test_solr_stub(lab: Lab) -> None:
    """The search server fetches, checks, unpacks and starts what the mirror has: a STUB, no Solr ran."""
    assert "stub" in lab["search"].run("curl", "-sS", "http://127.0.0.1:8983/solr/drupal/admin/ping?wt=json")
    done = lab.webs[0].run("curl", "-sS", "http://search.lab-lab.internal:8983/solr/drupal/admin/ping?wt=json")
    assert json.loads(done)["status"] == "OK"
