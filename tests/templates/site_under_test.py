"""A web node of the tests: nginx and PHP-FPM with their rendered configuration, in a namespace of their own."""

from __future__ import annotations

import json
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

from bundles import Bundle
from machine import Machine

PARTS = Path(__file__).with_name("site")
FIRST = "0123abc"


@dataclass(frozen=True)
class Answer:
    """An answer over HTTP."""

    status: int
    headers: list[tuple[str, str]]
    body: str

    def header(self, name: str) -> str | None:
        """A header; what came in several lines is joined, as RFC 9110 says that it means the same."""
        values = [value for key, value in self.headers if key == name.lower()]
        return ", ".join(values) if values else None

    @property
    def told(self) -> dict:
        """What PHP was told of the request."""
        return json.loads(self.body)


def release(folder: Path, bundle: Bundle, mark: str) -> None:
    """A release of the stand-in, with files that nobody may read beside those that everybody may."""
    root = folder / bundle.docroot
    root.mkdir(parents=True)
    shutil.copyfile(PARTS / "index.php", root / "index.php")
    installer = "install.php" if bundle.drupal == 7 else "core/install.php"
    for name in ["update.php", installer, "xmlrpc.php", "cron.php", "core/rebuild.php", "sites/default/evil.php"]:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("<?php echo 'ran ' . $_SERVER['SCRIPT_NAME'];")
    (root / "release.css").write_text(f"/* {mark} */")
    (root / "robots.txt").write_text("User-agent: *\n")
    (root / "sites/default").mkdir(exist_ok=True, parents=True)
    (root / "sites/default/files").symlink_to("/srv/files/public")


class Site:
    """A running web node."""

    def __init__(self, machine: Machine, bundle: Bundle, folder: Path) -> None:
        self.machine, self.bundle, self.folder = machine, bundle, folder
        self.is_7 = bundle.drupal == 7
        self.docroot = Path("/srv/site/releases") / FIRST / bundle.docroot

    def __enter__(self) -> Site:
        shutil.copytree(self.bundle.root, self.folder, dirs_exist_ok=True)
        release(self.folder / "srv/site/releases" / FIRST, self.bundle, FIRST)
        (self.folder / "srv/site/current").symlink_to(f"/srv/site/releases/{FIRST}")
        commands = self.folder / "usr/local/bin"
        commands.mkdir(parents=True)
        for name in ["aws", "systemctl"]:
            shutil.copy(PARTS / name, commands / name)
            (commands / name).chmod(0o755)
        shutil.copy(PARTS / "probe.py", self.folder / "probe.py")
        argv = self.machine.argv(self.folder, "python3", "/probe.py")
        self.process = subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert self._line() == "ready"
        return self

    def __exit__(self, kind: type | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.process.stdin.close()
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()

    def _line(self) -> object:
        line = self.process.stdout.readline()
        assert line, "the web node of the tests has ended (see above)"
        return json.loads(line)

    def _do(self, **what: object) -> object:
        self.process.stdin.write(json.dumps(what) + "\n")
        self.process.stdin.flush()
        return self._line()

    def get(self, path: str, method: str = "GET", port: int = 80, body: str = "", **headers: str) -> Answer:
        """Asks as the load balancer does. Headers are written with `_` for `-`."""
        given = {"Host": "www.example.org", "X-Forwarded-For": "198.51.100.7"}
        given |= {name.replace("_", "-"): value for name, value in headers.items()}
        answer = self._do(do="request", path=path, method=method, port=port, body=body, headers=given)
        return Answer(answer["status"], [tuple(pair) for pair in answer["headers"]], answer["body"])

    def run(self, *argv: str) -> tuple[int, str]:
        """Runs a command on the node."""
        answer = self._do(do="run", argv=argv)
        return answer["code"], answer["said"]

    def write(self, path: str | Path, text: str = "x") -> None:
        """Writes a file on the node, as the web server's user."""
        script = 'dir=$(dirname "$1"); mkdir -p "$dir"; printf %s "$2" > "$1"; chown www-data "$dir" "$1"'
        code, said = self.run("sh", "-ec", script, "sh", str(path), text)
        assert code == 0, said

    def php(self, on: bool) -> None:
        """Starts or stops PHP-FPM."""
        self._do(do="start php" if on else "stop php")
