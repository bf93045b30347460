"""drucloud-prewarm against a small site on the loopback interface."""

import gzip
import http.server
import json
import threading

import pytest

SCRIPT = "control/usr/local/sbin/drucloud-prewarm"
MAP = '<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{}</urlset>'


def sitemap(*places):
    return MAP.format("".join(f"<url><loc>{place}</loc></url>" for place in places)).encode()


@pytest.fixture
def prewarm(load):
    return load(SCRIPT)


@pytest.fixture
def site():
    """Pages by their path, and a log of what was asked for."""

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self):
            self.server.asked.append((self.path, self.headers["Host"], self.headers["X-Forwarded-Proto"]))
            status, body = self.server.pages.get(self.path, (404, b""))
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *words):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.pages, server.asked = {"/": (200, b"front")}, []
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


class Clock:
    """Time that passes only when somebody waits, or as much as a page takes."""

    def __init__(self):
        self.now = 0.0

    def __call__(self):
        return self.now

    def sleep(self, seconds):
        assert seconds > 0
        self.now += seconds


def node(prewarm, server, https=False):
    return prewarm.Node(f"127.0.0.1:{server.server_address[1]}", "www.example.org", https)


def test_an_index_leads_to_maps_and_those_to_pages_each_once(prewarm, site):
    index = '<sitemapindex xmlns="x"><sitemap><loc>https://www.example.org/a.xml</loc></sitemap>'
    index += "<sitemap><loc>https://www.example.org/b.xml.gz</loc></sitemap></sitemapindex>"
    site.pages |= {
        "/sitemap.xml": (200, index.encode()),
        "/a.xml": (200, sitemap("https://www.example.org/1", "https://example.org/2?x=%C3%A4", "https://www.example.org/1")),
        "/b.xml.gz": (200, gzip.compress(sitemap("https://www.example.org/3", "https://elsewhere.org/4"))),
    }
    assert prewarm.pages([node(prewarm, site)], "/sitemap.xml") == ["/", "/1", "/2?x=%C3%A4", "/3"]


def test_a_map_that_names_itself_ends(prewarm, site):
    loop = b"<sitemapindex><sitemap><loc>/sitemap.xml</loc></sitemap></sitemapindex>"
    site.pages["/sitemap.xml"] = (200, loop)
    assert prewarm.pages([node(prewarm, site)], "/sitemap.xml") == ["/"]


@pytest.mark.parametrize(
    "body",
    [b"", b"<html/>", b"<urlset>", b"\x1f\x8bbroken", b'<!DOCTYPE x [<!ENTITY a "b">]><urlset/>'],
    ids=["nothing", "a page", "cut off", "no gzip", "entities"],
)
def test_what_is_no_site_map_is_said(prewarm, body):
    with pytest.raises(prewarm.Trouble):
        prewarm.parse(body)


def test_a_packed_map_that_grows_beyond_its_bound_is_refused(prewarm):
    with pytest.raises(prewarm.Trouble, match="larger"):
        prewarm.parse(gzip.compress(b" " * (prewarm.BYTES + 2)))


def test_the_bound_of_pages_holds(prewarm, site):
    places = [f"https://www.example.org/{number}" for number in range(prewarm.PAGES + 100)]
    site.pages["/sitemap.xml"] = (200, sitemap(*places))
    assert len(prewarm.pages([node(prewarm, site)], "/sitemap.xml")) == prewarm.PAGES


@pytest.mark.parametrize(
    ("place", "path"),
    [
        ("https://www.example.org", "/"),
        ("http://EXAMPLE.org/a", "/a"),
        ("/a?b=c#d", "/a?b=c"),
        ("https://example.org.evil.net/a", None),
        ("https://www.example.org/a b", None),
        ("/a\r\nX-Header: b", None),
    ],
)
def test_only_pages_of_this_site_are_visited(prewarm, place, path):
    assert prewarm.path_of(place, "www.example.org") == path


def test_every_node_gets_every_page_under_the_name_of_the_site(prewarm, site):
    site.pages["/1"] = (200, b"one")
    nodes = [node(prewarm, site, https=True), node(prewarm, site, https=True)]
    clock = Clock()
    assert prewarm.warm(nodes, ["/", "/1"], prewarm.Pace(5, clock, clock.sleep), clock)
    assert site.asked == [(path, "www.example.org", "https") for path in ("/", "/", "/1", "/1")]
    assert [(n.visited, n.errors) for n in nodes] == [(2, 0), (2, 0)]


def test_the_pace_is_never_exceeded_and_a_slow_page_is_not_made_up_for(prewarm):
    clock = Clock()
    pace = prewarm.Pace(4, clock, clock.sleep)
    times = []
    for visit in range(12):
        pace.wait()
        times.append(clock.now)
        clock.now += 3.0 if visit == 5 else 0.01
    assert min(b - a for a, b in zip(times, times[1:])) >= 0.25 - 1e-9
    assert times[5] == pytest.approx(1.25)


def test_time_has_a_bound(prewarm, site):
    clock = Clock()
    paths = ["/"] * 10_000
    assert not prewarm.warm([node(prewarm, site)], paths, prewarm.Pace(1, clock, clock.sleep), clock)
    assert len(site.asked) <= prewarm.SECONDS + 1


def test_a_sick_node_is_left_alone_and_the_other_is_warmed(prewarm, site):
    dead = prewarm.Node("127.0.0.1:1", "www.example.org", False)
    well = node(prewarm, site)
    clock = Clock()
    assert prewarm.warm([dead, well], ["/"] * 40, prewarm.Pace(100, clock, clock.sleep), clock)
    assert (dead.visited, dead.is_sick) == (prewarm.ERRORS, True)
    assert (well.visited, well.errors) == (40, 0)


def test_errors_of_the_site_end_the_run(prewarm, site):
    site.pages["/"] = (503, b"")
    clock = Clock()
    sick = node(prewarm, site)
    assert not prewarm.warm([sick], ["/"] * 40, prewarm.Pace(100, clock, clock.sleep), clock)
    assert len(site.asked) == prewarm.ERRORS


def test_a_site_without_a_domain_or_a_node_is_no_failure(prewarm, tmp_path, monkeypatch, capsys):
    values = {"site": {"domain": None, "https": False}, "prewarm": {"urls_per_second": 5, "sitemap": "/sitemap.xml"}}
    prewarm.VALUES = tmp_path / "values.json"
    prewarm.VALUES.write_text(json.dumps(values))
    assert prewarm.main() == 0
    values["site"]["domain"] = "www.example.org"
    prewarm.VALUES.write_text(json.dumps(values))
    monkeypatch.setattr(prewarm.subprocess, "run", lambda *_, **__: type("Done", (), {"stdout": ""}))
    assert prewarm.main() == 0
    assert "no web node" in capsys.readouterr().out
