"""How fast it is: numbers of this machine, for comparison with each other. The bounds only catch what is broken."""

from __future__ import annotations

import uuid

import bench
from client import Burst, Visitor
from conftest import Tell
from host import wait
from lab import Lab

SECONDS = 8
HOME = "requests per second, one web node"


def test_requests_per_second(lab: Lab, nodes: list[Visitor], tell: Tell) -> None:
    """A cached page, a page through PHP for who is logged in, and a page for all with the micro-cache off."""
    web, node, path = lab.webs[0], nodes[0], f"/?{uuid.uuid4().hex}"
    node.get(path)
    hit = Burst(web.address, path, SECONDS, connections=16).done()
    member = Visitor(web.address)
    member.post("/user/login", "name=ada")
    cookie = "; ".join(f"{name}={value}" for name, value in member.cookies.items())
    php = Burst(web.address, path, SECONDS, connections=16, cookie=cookie).done()
    conf = "/etc/nginx/snippets/drupal.conf"
    web.run("cp", "--preserve=all", conf, "/var/tmp/drupal.conf")
    try:
        # What the template leaves out with `web: { microcache: false }`.
        web.run("sed", "-i", "/^fastcgi_cache drupal;/,/^add_header X-Cache/d", conf)
        web.run("sh", "-c", "nginx -t 2>&1 && systemctl reload nginx")
        # nginx hands over to new processes while the old ones still answer.
        wait("the micro-cache is off", 20, lambda: not {node.get(path)["X-Cache"] for _ in range(20)} - {""})
        off = Burst(web.address, path, SECONDS, connections=16).done()
    finally:
        web.run("mv", "/var/tmp/drupal.conf", conf)
        web.run("systemctl", "reload", "nginx")
    for row, load in (("cached page", hit), ("through PHP, logged in", php), ("micro-cache off", off)):
        bench.keep(HOME, row, f"{load.rate:,.0f}")
        assert set(load.statuses) == {"200"}, (row, load.statuses)
    assert set(php.caches) == {"bypass"} and "hit" not in off.caches
    tell(f"cached {hit.rate:,.0f}/s, through PHP {php.rate:,.0f}/s, micro-cache off {off.rate:,.0f}/s")
    assert hit.rate > 3 * php.rate
