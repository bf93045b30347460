"""`drucloud-release` on a web node of the tests: a bucket that is a folder, the real nginx and PHP-FPM."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from bundles import Bundle
from machine import Machine
from site_under_test import FIRST, Site, release

GOOD, BROKEN, EMPTY = "1111111aaaa", "2222222bbbb", "3333333cccc"
NEVER = "4444444dddd"


@pytest.fixture(scope="module", params=["drupal-11", "drupal-7"])
def node(
    request: pytest.FixtureRequest, machine: Machine, bundles: list[Bundle], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Site]:
    bundle = next(b for b in bundles if (b.stack, b.environment, b.role) == ("fixture", request.param, "web"))
    folder = tmp_path_factory.mktemp("node")
    with Site(machine, bundle, folder) as running:
        for sha in (GOOD, BROKEN, EMPTY):
            publish(running, sha, folder / "made")
        yield running


def publish(node: Site, sha: str, folder: Path) -> None:
    """Puts an artifact into the bucket, as the build on the control server does."""
    release(folder / sha, node.bundle, sha)
    root = folder / sha / node.bundle.docroot
    (root / "sites/default/files").unlink()
    if sha == BROKEN:
        (root / "index.php").write_text("<?php http_response_code(500);")
    if sha == EMPTY:
        (root / "index.php").unlink()
    for path in sorted((folder / sha).rglob("*")):
        if path.is_file():
            node.write(f"/srv/made/{sha}/{path.relative_to(folder / sha)}", path.read_text())
    archive = f"/srv/buckets/{node.bundle.values['bucket']}/releases/{sha}.tar.gz"
    code, said = node.run("sh", "-ec", f'mkdir -p "$(dirname {archive})"; tar -czf {archive} -C /srv/made/{sha} .')
    assert code == 0, said


def point(node: Site, sha: str) -> None:
    node.write(f"/srv/buckets/{node.bundle.values['bucket']}/releases/current", sha)


def command(node: Site, *argv: str) -> tuple[int, str]:
    return node.run("/usr/local/sbin/drucloud-release", *argv)


def served(node: Site) -> str:
    return command(node, "current")[1].strip()


def test_a_life_of_releases(node: Site) -> None:
    assert served(node) == FIRST

    code, said = command(node, "activate", GOOD)
    assert code == 0 and f"serving {GOOD}" in said, said
    assert served(node) == GOOD and GOOD in node.get("/release.css").body
    assert node.get("/a-page").told["SCRIPT_FILENAME"].startswith(f"/srv/site/releases/{GOOD}/")
    assert command(node, "activate", GOOD)[0] == 0, "again is no error"

    code, said = command(node, "activate", BROKEN)
    assert code == 1 and f"{GOOD} is served again" in said, said
    assert served(node) == GOOD and node.get("/another-page").status == 200

    for sha, why in [(EMPTY, "index.php"), (NEVER, "cannot be fetched"), ("main", "is no release"), ("../x", "is no release")]:
        code, said = command(node, "activate", sha)
        assert code == 1 and why in said, f"{sha}: {said}"
        assert served(node) == GOOD

    code, said = command(node, "rollback")
    assert code == 0 and served(node) == FIRST, said
    assert command(node, "rollback", GOOD)[0] == 0 and served(node) == GOOD
    assert command(node, "dance")[0] == 2


def test_a_node_takes_what_the_bucket_says(node: Site) -> None:
    point(node, FIRST)
    code, said = command(node, "sync")
    assert code == 0 and "changed: serving" in said and served(node) == FIRST, said
    code, said = command(node, "sync")
    assert code == 0 and "unchanged" in said, said
    # Not judged: a broken release was let through when it was deployed, and nodes must come up all the same.
    point(node, BROKEN)
    assert command(node, "sync")[0] == 0 and served(node) == BROKEN
    point(node, GOOD)
    assert command(node, "sync")[0] == 0 and served(node) == GOOD


def test_a_release_has_the_platforms_parts_and_belongs_to_root(node: Site) -> None:
    command(node, "fetch", GOOD)
    root = Path("/srv/site/releases") / GOOD / node.bundle.docroot
    for link, target in [("files", "/srv/files/public"), ("settings.php", "/etc/drucloud/settings.php")]:
        assert node.run("readlink", f"{root}/sites/default/{link}") == (0, f"{target}\n")
    code, said = node.run("find", str(root), "!", "-user", "root", "-o", "-perm", "/022", "!", "-type", "l")
    assert (code, said) == (0, ""), "the web server could change its own code"


def test_before_the_first_release_a_page_says_so(node: Site) -> None:
    code, said = node.run("sh", "-ec", "rm /srv/buckets/*/releases/current /srv/site/current")
    assert code == 0, said
    assert node.get("/.healthz").status == 503, "a node without anything to serve is not healthy"
    assert served(node) == "none"
    assert command(node, "sync")[0] == 0
    assert node.get("/.healthz").status == 200
    front, other = node.get("/?none"), node.get("/other-none")
    assert front.status == 200 and "No release has been deployed yet" in front.body
    assert other.status == 503 and other.header("retry-after") == "60"
    code, said = command(node, "activate", GOOD)
    assert code == 0 and served(node) == GOOD, said
