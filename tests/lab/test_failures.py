"""What breaks, and what visitors notice of it."""

from __future__ import annotations

import statistics
import threading
import time
import uuid

import pytest

from client import Burst, Visitor
from conftest import Tell
from host import wait
from lab import Lab


@pytest.fixture(autouse=True)
def healthy(lab: Lab, deployed: str) -> None:
    """Every test begins, and leaves behind, a platform that is well."""
    wait("both nodes are well", 90, lambda: states(lab) == {"UP"})
    for web in lab.webs:
        node = Visitor(web.address)
        wait(f"{web.name} makes pages", 90, lambda node=node: node.get("/user").status == 200)


def states(lab: Lab) -> set[str]:
    """What the load balancer thinks of the nodes."""
    said = lab["services"].run("sh", "-c", "echo 'show stat' | nc -U -N /run/haproxy/admin.sock || true")
    rows = [line.split(",") for line in said.splitlines() if line.startswith("nodes,web-")]
    return {row[17].split()[0] for row in rows}


def test_web_node_lost(lab: Lab, tell: Tell) -> None:
    """One web node loses its power: no failed request once the health check has seen it."""
    node = lab.webs[1]
    lab.network.cut(node.name)
    try:
        cut = time.monotonic()
        wait("the load balancer sees it", 60, lambda: "DOWN" in states(lab))
        noticed = time.monotonic() - cut
        load = Burst(lab.balancer, "/user", seconds=10, connections=4, rate=40, keep=False).done()
        tell(f"noticed after {noticed:.0f} s; {load.requests} requests afterwards: {load.statuses}")
        assert set(load.statuses) == {"200"} and load.requests > 300
    finally:
        lab.network.restore(node.name)


def test_web_node_leaves(lab: Lab, tell: Tell) -> None:
    """A web node that is shut down while visitors come: failures only until the health check, none afterwards."""
    node = lab.webs[0]
    burst = Burst(lab.balancer, "/node/3", seconds=50, connections=4, rate=20, keep=False)
    node.stop()
    wait("the load balancer sees it", 60, lambda: "DOWN" in states(lab))
    load = burst.done()
    after = Burst(lab.balancer, "/node/3", seconds=5, connections=4, rate=20, keep=False).done()
    node.boot()
    tell(f"meanwhile: {load.statuses}; afterwards: {after.statuses}")
    assert set(after.statuses) == {"200"}


def test_file_server_lost(lab: Lab, nodes: list[Visitor], tell: Tell) -> None:
    """A file server loses its power: writing stalls for at most 12 s, then goes on; it heals afterwards."""
    lost, name = lab["files-2"], uuid.uuid4().hex
    assert nodes[0].post("/upload", f"name=before-{name}").status == 201
    lab.network.cut(lost.name)
    try:
        slowest, until = 0.0, time.monotonic() + 20
        while time.monotonic() < until:
            answer = nodes[0].post("/upload", f"name=during-{name}")
            assert answer.status == 201
            slowest = max(slowest, answer.seconds)
        assert nodes[1].get(f"/sites/default/files/during-{name}.png").status == 200
        tell(f"the longest stall: {slowest:.1f} s")
        assert slowest <= 12
    finally:
        lab.network.restore(lost.name)
    path = f"*/public/during-{name}.png"
    wait("the lost server has what it missed", 120, lambda: list(lost.volume("/srv/brick").glob(path)))
    wait("nothing is left to heal", 120, lambda: pending(lab) == 0, pause=2)


def test_brick_killed(lab: Lab, nodes: list[Visitor]) -> None:
    """The process that serves a file server's copy is killed: the timer's job starts it again."""
    server = lab["files-2"]
    server.run("pkill", "--signal=KILL", "--exact", "glusterfsd")
    assert nodes[0].post("/upload", f"name=brick-{uuid.uuid4().hex}").status == 201
    assert server.run("systemctl", "is-active", "drucloud-gluster.timer").strip() == "active"
    server.run("systemctl", "start", "drucloud-gluster.service")
    assert server.attempt("pgrep", "--exact", "glusterfsd").returncode == 0
    wait("nothing is left to heal", 120, lambda: pending(lab) == 0, pause=2)


def test_client_of_files_killed(lab: Lab, nodes: list[Visitor], tell: Tell) -> None:
    """The process behind a web node's mount of the shared files is killed: they are mounted again within two minutes."""
    web, began = lab.webs[1], time.monotonic()
    web.run("pkill", "--signal=KILL", "--full", "^/usr/sbin/glusterfs .* /srv/files$")
    assert web.attempt("stat", "/srv/files/public").returncode != 0
    wait("they are mounted again", 120, lambda: nodes[1].post("/upload", f"name=client-{uuid.uuid4().hex}").status == 201)
    tell(f"after {time.monotonic() - began:.0f} s")


def pending(lab: Lab) -> int:
    """How many files GlusterFS has still to heal; -1 if a brick does not say."""
    said = lab["files-1"].attempt("gluster", "volume", "heal", "files", "info").stdout
    counts = [line.split(":")[1].strip() for line in said.splitlines() if line.startswith("Number of entries")]
    return -1 if len(counts) < 2 or not all(count.isdigit() for count in counts) else sum(map(int, counts))


def test_memcached_lost(lab: Lab, nodes: list[Visitor], tell: Tell) -> None:
    """Both cache nodes stop: the site still answers, from its database; they come back and are used again."""
    lab["services"].run("systemctl", "stop", "cache-1", "cache-2")
    try:
        answers = [nodes[number % 2].get(f"/?{uuid.uuid4().hex}") for number in range(20)]
        assert {answer.status for answer in answers} == {200}
        slowest = max(answer.seconds for answer in answers)
        typical = statistics.median(answer.seconds for answer in answers)
        tell(f"pages took {typical:.2f} s, the slowest {slowest:.2f} s")
        assert slowest < 5
        kept = nodes[0].get(f"/state?value={uuid.uuid4().hex}").json()["cache"]
        assert (kept["kept in"], kept["found in"]) == ("database", "database")
    finally:
        lab["services"].run("systemctl", "start", "cache-1", "cache-2")
    wait("memcached is used again", 30,
         lambda: nodes[0].get(f"/state?value={uuid.uuid4().hex}").json()["cache"]["kept in"] == "memcached")


def test_one_memcached_lost(lab: Lab, nodes: list[Visitor]) -> None:
    """One of the cache nodes is cut off: the site goes on with the other."""
    lab["services"].run("systemctl", "stop", "cache-2")
    try:
        answers = [nodes[number % 2].get(f"/?{uuid.uuid4().hex}") for number in range(20)]
        assert {answer.status for answer in answers} == {200}
    finally:
        lab["services"].run("systemctl", "start", "cache-2")


def test_php_overloaded(lab: Lab, nodes: list[Visitor], tell: Tell) -> None:
    """PHP-FPM has more to do than it can: visitors get the last page, and nobody a 502."""
    page, node = f"/node/4?{uuid.uuid4().hex}", nodes[0]
    first = node.get(page)
    assert first["X-Cache"] == "MISS"
    # More requests than there are processes and places in the queue: none of them is cached.
    load = Burst(node.address, "/slow?ms=8000", seconds=12, connections=200, limit=200, cookie="SESSlab1=x", keep=False)
    time.sleep(16)
    answers = [node.get(page) for _ in range(30)]
    result = load.done()
    tell(f"the overload: {result.statuses}; the page meanwhile: "
         f"{sorted({answer['X-Cache'] for answer in answers})}, at most {max(a.seconds for a in answers):.2f} s")
    assert {answer.status for answer in answers} == {200}
    assert max(answer.seconds for answer in answers) < 2
    assert answers[0].fact("made at") == first.fact("made at"), "the stale page"
    assert not {"502", "504"} & set(result.statuses)


def test_php_stopped(lab: Lab, nodes: list[Visitor]) -> None:
    """PHP-FPM is gone altogether: the last page is still served, and what is not kept says 503, not 502."""
    page, node = f"/node/5?{uuid.uuid4().hex}", nodes[0]
    first = node.get(page)
    lab.webs[0].run("systemctl", "stop", "php8.4-fpm")
    try:
        time.sleep(16)
        stale = node.get(page)
        assert (stale.status, stale.fact("made at")) == (200, first.fact("made at"))
        unknown = node.get(f"/node/6?{uuid.uuid4().hex}")
        assert unknown.status == 503 and unknown["Retry-After"]
        assert node.get("/.healthz").status == 200
    finally:
        lab.webs[0].run("systemctl", "start", "php8.4-fpm")
    wait("PHP answers again", 30, lambda: node.get(f"/?{uuid.uuid4().hex}").status == 200)


def test_php_killed(lab: Lab, nodes: list[Visitor]) -> None:
    """PHP-FPM's main process is killed: systemd starts it again."""
    lab.webs[0].run("systemctl", "kill", "--kill-whom=main", "--signal=KILL", "php8.4-fpm")
    wait("PHP answers again", 30, lambda: nodes[0].get(f"/?{uuid.uuid4().hex}").status == 200)


def test_database_lost(lab: Lab, nodes: list[Visitor]) -> None:
    """The database is away for a moment, as when RDS fails over: kept pages are served, the rest heals by itself."""
    page, node = f"/node/7?{uuid.uuid4().hex}", nodes[0]
    first = node.get(page)
    lab["services"].run("systemctl", "stop", "mariadb")
    try:
        time.sleep(16)
        stale = node.get(page)
        assert (stale.status, stale.fact("made at")) == (200, first.fact("made at"))
        broken = node.get(f"/node/8?{uuid.uuid4().hex}")
        assert broken.status == 500 and "SQLSTATE" not in broken.text
    finally:
        lab["services"].run("systemctl", "start", "mariadb")
    wait("pages are made again", 30, lambda: node.get(f"/?{uuid.uuid4().hex}").status == 200)


def test_deployment_under_load(lab: Lab, deployed: str, tell: Tell) -> None:
    """A release is activated on a node while visitors come: nobody notices."""
    burst = Burst(lab.webs[0].address, "/node/9", seconds=12, connections=4, rate=30, cookie="SESSlab2=x", keep=False)
    time.sleep(2)
    done: list[str] = []
    thread = threading.Thread(target=lambda: done.append(lab.webs[0].run("drucloud-release", "activate", deployed)))
    thread.start()
    thread.join()
    load = burst.done()
    tell(f"{load.requests} requests meanwhile: {load.statuses}, the slowest {load.slowest:.2f} s")
    assert done and set(load.statuses) == {"200"}
