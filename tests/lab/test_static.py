"""Files: how long browsers and the CDN keep them, who may use them, and what the headers tell."""

from __future__ import annotations

import re
import uuid

import pytest

import paths
from client import Answer, Visitor
from lab import Lab
from network import VISITOR

YEAR = 31_536_000


def max_age(answer: Answer) -> int:
    found = re.search(r"max-age=(\d+)", answer["Cache-Control"])
    return int(found[1]) if found else 0


@pytest.mark.parametrize("path", ["core/misc/lab.js", "themes/lab/lab.css", "themes/lab/logo.png", "favicon.ico"])
def test_far_future_expires(front: Visitor, path: str) -> None:
    """A file is kept for a year."""
    answer = front.get(f"/{path}?v=1")
    assert answer.status == 200
    assert max_age(answer) >= YEAR and "public" in answer["Cache-Control"]
    assert answer["Expires"]


@pytest.mark.parametrize("kind", ["css", "js"])
def test_aggregates(front: Visitor, nodes: list[Visitor], kind: str) -> None:
    """An aggregate is made when it is first asked for, then served as immutable by the other node."""
    path = f"/sites/default/files/{kind}/{kind}_{uuid.uuid4().hex}.{kind}"
    made, served = nodes[0].get(path), nodes[1].get(path)
    assert made.status == served.status == 200
    assert made["X-Made-By"] and not served["X-Made-By"], "the second is a file"
    assert served.body == made.body
    assert "immutable" in served["Cache-Control"] and max_age(served) >= YEAR
    assert front.get(path).body == made.body


def test_advagg(lab: Lab, front: Visitor) -> None:
    """What AdvAgg has written is immutable, too."""
    script = "mkdir -p /srv/files/public/advagg_css && echo 'a{}' >/srv/files/public/advagg_css/css__lab.css"
    lab.webs[0].run("sh", "-c", script)
    answer = front.get("/sites/default/files/advagg_css/css__lab.css")
    assert answer.status == 200 and "immutable" in answer["Cache-Control"] and max_age(answer) >= YEAR


def test_fonts_elsewhere(front: Visitor) -> None:
    """Fonts may be used by the sites that the stack names, and by no other; caches are told that it depends."""
    allowed = front.get("/themes/lab/lab.woff2", Origin="https://partner.example.org")
    other = front.get("/themes/lab/lab.woff2", Origin="https://thief.example.com")
    assert allowed["Access-Control-Allow-Origin"] == "https://partner.example.org"
    assert other["Access-Control-Allow-Origin"] == ""
    for answer in (allowed, other):
        assert answer.status == 200 and "Origin" in answer["Vary"]


@pytest.mark.parametrize("path", ["/", "/node/1", "/nothing-here", "/themes/lab/lab.css", "/fails", "/CHANGELOG.txt",
                                  "/sites/default/files/css/css_headers.css", "/user/login"])
def test_headers(front: Visitor, path: str) -> None:
    """No header tells a version, and those that protect visitors are on every answer."""
    answer = front.get(path)
    told = "\n".join(f"{name}: {value}" for name, value in (answer.headers or {}).items()).lower()
    for word in ("php/", "x-powered-by", "x-generator", "nginx/", "drupal 1", "x-drupal-cache-tags", "debian"):
        assert word not in told, told
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Referrer-Policy"]
    assert "frame-ancestors" in answer["Content-Security-Policy"]


def test_compression(front: Visitor) -> None:
    """Pages and styles are compressed for who can read it."""
    for path in ("/", "/themes/lab/lab.css"):
        assert front.get(path, Accept_Encoding="gzip")["Content-Encoding"] == "gzip", path
        assert front.get(path)["Content-Encoding"] == "", path


def test_visitors_address(front: Visitor) -> None:
    """PHP sees the visitor's address and not the load balancer's, and believes nobody who writes one himself."""
    assert front.get("/state").json()["visitor"] == VISITOR
    assert front.get("/state", X_Forwarded_For="203.0.113.9").json()["visitor"] == VISITOR


@pytest.mark.parametrize("path", paths.OPEN)
def test_open(front: Visitor, path: str) -> None:
    """What everybody may read is served."""
    answer = front.get(f"/{path}")
    assert answer.status == 200 and b"open to all" in answer.body
