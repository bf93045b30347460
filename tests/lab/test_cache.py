"""The micro-cache: what is kept for whom, and what never is."""

from __future__ import annotations

import time
import uuid

from client import Visitor
from lab import Lab


def fresh(path: str = "/") -> str:
    """An address that nobody has asked for yet."""
    return f"{path}?{uuid.uuid4().hex}"


def test_miss_then_hit(nodes: list[Visitor]) -> None:
    """A page is made once and then comes from the cache: MISS, HIT, the same page."""
    path = fresh("/node/1")
    first, second = nodes[0].get(path), nodes[0].get(path)
    assert (first.status, first["X-Cache"]) == (200, "MISS")
    assert (second.status, second["X-Cache"]) == (200, "HIT")
    assert first.fact("made at") == second.fact("made at") != ""


def test_head_is_cached(nodes: list[Visitor]) -> None:
    """A HEAD request is answered from the cache, too, and with no body."""
    path = fresh()
    assert nodes[0].ask("HEAD", path)["X-Cache"] == "MISS"
    answer = nodes[0].ask("HEAD", path)
    assert (answer["X-Cache"], answer.body) == ("HIT", b"")


def test_cache_is_per_node(nodes: list[Visitor]) -> None:
    """Each node has a cache of its own."""
    path = fresh()
    assert [node.get(path)["X-Cache"] for node in nodes] == ["MISS"] * len(nodes)


def test_session_bypasses(nodes: list[Visitor]) -> None:
    """Who is logged in never gets a kept page, and leaves none behind: BYPASS."""
    path = fresh()
    member = Visitor(nodes[0].address)
    assert member.post("/user/login", "name=ada").status == 303
    first, second = member.get(path), member.get(path)
    assert first["X-Cache"] == second["X-Cache"] == "BYPASS"
    assert first.fact("made at") != second.fact("made at")
    assert first.fact("visitor") == "ada"
    assert "private" in first["Cache-Control"]
    stranger = nodes[0].get(path)
    assert (stranger["X-Cache"], stranger.fact("visitor")) == ("MISS", "nobody")


def test_any_session_cookie_bypasses(nodes: list[Visitor]) -> None:
    """Both of Drupal's session cookies bypass, and a cookie of analytics does not."""
    path = fresh()
    nodes[0].get(path)
    assert nodes[0].get(path, Cookie="SESSabc123=x")["X-Cache"] == "BYPASS"
    assert nodes[0].get(path, Cookie="SSESSabc123=x")["X-Cache"] == "BYPASS"
    assert nodes[0].get(path, Cookie="_ga=GA1.2.3; has_js=1")["X-Cache"] == "HIT"


def test_post_bypasses(nodes: list[Visitor]) -> None:
    """What is posted always reaches PHP."""
    path = fresh()
    kept = nodes[0].get(path)
    answers = [nodes[0].post(path, "a=b") for _ in range(2)]
    assert not {answer["X-Cache"] for answer in answers} & {"HIT", "MISS", "STALE"}
    assert len({answer.fact("made at") for answer in (kept, *answers)}) == 3


def test_authorization_bypasses(nodes: list[Visitor]) -> None:
    """A request with a login in its header is not answered from the cache."""
    path = fresh()
    nodes[0].get(path)
    assert nodes[0].get(path, Authorization="Basic YTpi")["X-Cache"] == "BYPASS"


def test_admin_is_never_kept(nodes: list[Visitor]) -> None:
    """/admin, /user and a page to edit are made for every request."""
    for path in ("/admin", "/admin/content", "/de/admin", "/user", "/node/1/edit"):
        node = nodes[0]
        assert node.get(path)["X-Cache"] == node.get(path)["X-Cache"] == "BYPASS", path


def test_cookie_is_never_kept(nodes: list[Visitor]) -> None:
    """An answer that sets a cookie is never kept: each visitor gets a cookie of his own."""
    path = fresh("/basket")
    first, second = Visitor(nodes[0].address), Visitor(nodes[0].address)
    answers = [first.get(path), second.get(path)]
    assert [answer["X-Cache"] for answer in answers] == ["MISS", "MISS"]
    assert first.cookies["basket"] != second.cookies["basket"]


def test_redirect_is_kept(nodes: list[Visitor]) -> None:
    """A permanent redirect is kept like a page."""
    path = fresh("/moved")
    assert [nodes[0].get(path)["X-Cache"] for _ in range(2)] == ["MISS", "HIT"]
    assert nodes[0].get(path)["Location"] == "/node/1"


def test_error_is_not_kept(nodes: list[Visitor]) -> None:
    """An error of PHP's is not kept, and says nothing of its cause."""
    path = fresh("/fails")
    answers = [nodes[0].get(path) for _ in range(2)]
    assert [(answer.status, answer["X-Cache"]) for answer in answers] == [(500, "MISS")] * 2
    assert "RuntimeException" not in answers[0].text and "/srv/site" not in answers[0].text


def test_page_expires(nodes: list[Visitor]) -> None:
    """After 15 seconds the first visitor gets the old page at once, and a new one is made behind his back."""
    path, made = fresh("/node/2"), time.monotonic()
    first = stale = nodes[0].get(path)
    # nginx counts in whole seconds, so the last HIT may come in the sixteenth.
    while stale["X-Cache"] in ("MISS", "HIT"):
        assert time.monotonic() < made + 17, "the page does not grow old"
        time.sleep(0.2)
        stale = nodes[0].get(path)
    assert time.monotonic() > made + 14
    assert (stale["X-Cache"], stale.fact("made at")) == ("STALE", first.fact("made at"))
    deadline = time.monotonic() + 5
    while (renewed := nodes[0].get(path)).fact("made at") == first.fact("made at"):
        assert time.monotonic() < deadline, "the page is not renewed"
        time.sleep(0.1)
    assert renewed["X-Cache"] == "HIT"


def test_cache_control_reaches_the_visitor(nodes: list[Visitor]) -> None:
    """Browsers and the CDN are told what Drupal says, and that it depends on the cookie."""
    answer = nodes[0].get(fresh())
    assert "public" in answer["Cache-Control"] and "max-age=300" in answer["Cache-Control"]
    assert "Cookie" in answer["Vary"]


def test_purge(lab: Lab, nodes: list[Visitor]) -> None:
    """`drucloud-purge` empties the cache of its node."""
    path = fresh()
    assert [nodes[0].get(path)["X-Cache"] for _ in range(2)] == ["MISS", "HIT"]
    lab.webs[0].run("drucloud-purge")
    assert nodes[0].get(path)["X-Cache"] == "MISS"
