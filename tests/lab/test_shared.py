"""What the nodes share: sessions by the database, the cache by memcached, files by GlusterFS."""

from __future__ import annotations

import uuid
from xml.etree import ElementTree

from client import Visitor
from host import wait
from lab import Lab


def test_session_on_both_nodes(lab: Lab, nodes: list[Visitor]) -> None:
    """Who has logged in on one node is logged in on the other."""
    member = Visitor(nodes[0].address)
    assert member.post("/user/login", "name=grace").status == 303
    elsewhere = Visitor(nodes[1].address, cookies=member.cookies)
    answer = elsewhere.get("/user")
    assert answer.fact("visitor") == "grace"
    assert answer.fact("made by") == lab.webs[1].run("hostname").strip()


def test_session_through_the_balancer(front: Visitor) -> None:
    """A session goes on through the load balancer, whichever node answers."""
    assert front.post("/user/login", "name=mary").status == 303
    answers = [front.get("/user") for _ in range(12)]
    assert {answer.fact("visitor") for answer in answers} == {"mary"}
    assert len({answer.fact("made by") for answer in answers}) == 2


def test_cache_is_shared(nodes: list[Visitor]) -> None:
    """What one node puts into memcached, the other finds there."""
    value = uuid.uuid4().hex
    assert nodes[0].get(f"/state?value={value}").json()["cache"]["kept in"] == "memcached"
    found = nodes[1].get("/state").json()["cache"]
    assert (found["found in"], found["value"]) == ("memcached", value)


def test_image_style(lab: Lab, nodes: list[Visitor]) -> None:
    """An image style is made by the node that is first asked, and served as a file by the other."""
    name = uuid.uuid4().hex
    assert nodes[0].post("/upload", f"name={name}").status == 201
    path = f"/sites/default/files/styles/thumbnail/public/{name}.png?itok=abc"
    made, served = nodes[0].get(path), nodes[1].get(path)
    assert made["X-Made-By"] == lab.webs[0].run("hostname").strip()
    assert served.status == 200 and not served["X-Made-By"], "the second is a file"
    assert served.body == made.body and served.body.startswith(b"\x89PNG")
    assert "max-age=31536000" in served["Cache-Control"]


def test_missing_style(nodes: list[Visitor]) -> None:
    """The style of a picture that is not there is Drupal's 404, and makes nothing."""
    assert nodes[0].get("/sites/default/files/styles/thumbnail/public/nothing.png").status == 404


def test_both_copies(lab: Lab, nodes: list[Visitor]) -> None:
    """A file that a node writes is on the disks of both file servers."""
    name = uuid.uuid4().hex
    nodes[1].post("/upload", f"name={name}")
    bricks = [lab[server].volume("/srv/brick") for server in ("files-1", "files-2")]
    wait("both bricks have the file", 10, lambda: all(list(brick.glob(f"*/public/{name}.png")) for brick in bricks))


def test_self_heal_daemon(lab: Lab) -> None:
    """The volume is up on both file servers, with the daemon that heals it."""
    said = lab["files-1"].run("gluster", "--mode=script", "--xml", "volume", "status", "files")
    nodes = list(ElementTree.fromstring(said).iter("node"))
    online = [(node.findtext("hostname"), node.findtext("status")) for node in nodes if node.findtext("hostname")]
    # Two bricks, and the daemon on both servers.
    assert len(online) == 4 and {status for _, status in online} == {"1"}, said
    assert sum(host == "Self-heal Daemon" for host, _ in online) == 2
    info = lab["files-1"].run("gluster", "--mode=script", "volume", "info", "files")
    assert "network.ping-timeout: 5" in info
