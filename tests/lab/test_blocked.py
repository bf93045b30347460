"""What nobody may read: every one of these files is on the disk of the node that is asked."""

from __future__ import annotations

import pytest

import paths
from client import Visitor
from lab import Lab


@pytest.fixture(scope="module")
def uploaded(lab: Lab, deployed: str) -> Lab:
    """The same among the public files, as if somebody had found a way to upload them."""
    for path in (*paths.BLOCKED_FILES, *paths.OPEN_FILES):
        text = f"{paths.SECRET}\n" if path in paths.BLOCKED_FILES else "open to all\n"
        script = 'mkdir -p "$(dirname "$1")" && cat >"$1" && chown -R www-data: /srv/files/public'
        lab.webs[0].run("sh", "-c", script, "sh", f"/srv/files/public/{path}", given=text)
    return lab


def ask(front: Visitor, path: str) -> tuple[int, str]:
    answer = front.get("/" + path.replace("#", "%23"))
    return answer.status, answer.text


def test_the_files_are_there(lab: Lab, deployed: str) -> None:
    """The release has every blocked file, so that a missing rule would be seen."""
    for path in paths.BLOCKED:
        assert (lab.webs[0].root / "srv/site/releases" / deployed / "web" / path).is_file(), path


@pytest.mark.parametrize("path", paths.BLOCKED)
def test_blocked(front: Visitor, path: str) -> None:
    """Nobody reads it, and nothing says that it is there: 404."""
    status, text = ask(front, path)
    assert paths.SECRET not in text
    assert status == 404


@pytest.mark.parametrize("path", ["update.php", "core/install.php", "update.php/selection", "core/install.php?x=1",
                                  "UPDATE.PHP", "index.php/../update.php", "core//install.php"])
def test_update(front: Visitor, path: str) -> None:
    """Nobody runs update.php or install.php from outside."""
    status, text = ask(front, path)
    assert "of the lab's site" not in text
    assert status in (404, 400)


@pytest.mark.parametrize("path", paths.BLOCKED_FILES)
def test_blocked_files(front: Visitor, uploaded: Lab, path: str) -> None:
    """What was uploaded is neither run nor shown."""
    status, text = ask(front, f"sites/default/files/{path}")
    assert paths.SECRET not in text
    assert status == 404


@pytest.mark.parametrize("path", paths.OPEN_FILES)
def test_open_files(front: Visitor, uploaded: Lab, path: str) -> None:
    """A document that was uploaded is served."""
    status, text = ask(front, f"sites/default/files/{path}")
    assert (status, text) == (200, "open to all\n")


@pytest.mark.parametrize("path", [
    "/../../etc/passwd", "/..%2f..%2fetc%2fpasswd", "/sites/default/files/../settings.php", "/.%67it/config",
    "/sites/default/files/%2e%2e/settings.php", "//.git/config", "/%2egit/config", "/CHANGELOG%2etxt",
    "/sites/default/settings.php", "/sites/default/settings.php/", "/index.php%00.txt", "/vendor/",
    "/CHANGELOG.txt/", "/changelog.TXT", "/Composer.JSON",
])
def test_ways_round(front: Visitor, path: str) -> None:
    """No other way of writing a path gets round the rules."""
    answer = front.get(path)
    assert paths.SECRET not in answer.text and "root:" not in answer.text and "<?php" not in answer.text
    assert answer.status in (400, 403, 404)


@pytest.mark.parametrize("port", [8081, 9000, 11211, 3306])
def test_nothing_else_listens(lab: Lab, port: int) -> None:
    """From outside, a web node has nothing but its port 80."""
    listening = lab.webs[0].run("ss", "--tcp", "--listening", "--numeric", "--no-header").splitlines()
    open_to_all = {line.split()[3].rsplit(":", 1)[1] for line in listening if not line.split()[3].startswith(("127.", "[::1]"))}
    assert str(port) not in open_to_all
