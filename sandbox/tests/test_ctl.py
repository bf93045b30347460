"""ctl.py as a user runs it: start, stop, status, env, and what it says when something is wrong."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import socket
import subprocess
import sys
import urllib.request
from pathlib import Path
from typing import Any

import pytest
from conftest import ROOT, until

CTL = ROOT / "ctl.py"


class Ctl:
    """Runs ctl.py against a directory of its own."""

    def __init__(self, home: Path) -> None:
        self.home = home
        # Whoever runs the tests may have a sandbox of his own.
        clean = {name: value for name, value in os.environ.items() if not name.startswith("DRUCLOUD_SANDBOX_")}
        self.environ = {**clean, "DRUCLOUD_SANDBOX_DIR": str(home)}

    def begin(self, *arguments: str) -> Any:
        return subprocess.Popen(
            [sys.executable, str(CTL), *arguments],
            env=self.environ,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, *arguments: str) -> Any:
        process = self.begin(*arguments)
        process.out, process.err = process.communicate(timeout=120)
        assert "Traceback" not in process.err
        return process

    def ready(self) -> None:
        """As if the packages were installed already: the environment of this test run."""
        self.home.mkdir()
        (self.home / "venv").symlink_to(sys.prefix)
        digest = hashlib.sha256((ROOT / "requirements.txt").read_bytes()).hexdigest()
        (self.home / "venv.ready").write_text(digest + "\n")

    def state(self) -> dict[str, Any]:
        return json.loads((self.home / "state.json").read_text())


@pytest.fixture
def ctl(tmp_path: Path) -> Any:
    made = Ctl(tmp_path / "sandbox")
    yield made
    if made.home.is_dir():
        made.run("stop")


def test_start_env_stop(ctl: Ctl) -> None:
    ctl.ready()
    assert ctl.run("status").returncode == 3
    assert ctl.run("env").returncode == 1
    started = ctl.run("start")
    assert started.returncode == 0, started.err
    state = ctl.state()
    shown = ctl.run("env").out.splitlines()
    assert shown[0] == f"export AWS_ENDPOINT_URL=http://127.0.0.1:{state['port']}"
    assert "unset AWS_PROFILE AWS_SESSION_TOKEN" in shown and not any("AWS_REGION" in line for line in shown)
    again = ctl.run("start")
    assert again.returncode == 0 and "already running" in again.out
    assert ctl.state()["pid"] == state["pid"]
    assert ctl.run("status").returncode == 0
    assert ctl.run("stop").returncode == 0
    with pytest.raises(OSError):
        urllib.request.urlopen(f"http://127.0.0.1:{state['port']}/sandbox/whoami", timeout=2)
    stopped = ctl.run("stop")
    assert stopped.returncode == 0 and "not running" in stopped.out


def test_two_starts_make_one_server(ctl: Ctl) -> None:
    ctl.ready()
    both = [ctl.begin("start") for _ in "ab"]
    outputs = [process.communicate(timeout=120)[0] for process in both]
    assert [process.returncode for process in both] == [0, 0]
    assert sum("already running" in text for text in outputs) == 1


def test_start_after_a_crash(ctl: Ctl) -> None:
    ctl.ready()
    ctl.run("start")
    first = ctl.state()["pid"]
    os.kill(first, signal.SIGKILL)
    until(lambda: ctl.run("status").returncode == 3)
    assert ctl.run("start").returncode == 0
    assert ctl.state()["pid"] != first


def test_a_reused_pid_is_left_alone(ctl: Ctl) -> None:
    ctl.ready()
    other = {"pid": os.getpid(), "port": 1, "token": "x", "born": "long ago", "started": "once"}
    (ctl.home / "state.json").write_text(json.dumps(other))
    assert ctl.run("status").returncode == 3
    assert "not running" in ctl.run("stop").out


def test_port_in_use(ctl: Ctl) -> None:
    ctl.ready()
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        failed = ctl.run("start", "--port", str(taken.getsockname()[1]))
    assert failed.returncode == 1 and "is in use: choose another with --port" in failed.err


def test_server_that_cannot_start_shows_its_log(ctl: Ctl) -> None:
    ctl.ready()
    ctl.environ["DRUCLOUD_SANDBOX_DELAY"] = "slow"
    failed = ctl.run("start")
    assert failed.returncode == 1 and "ended with code 1" in failed.err
    assert "DRUCLOUD_SANDBOX_DELAY: 'slow' is no number" in failed.err
    ctl.environ["DRUCLOUD_SANDBOX_DELAY"] = "0"
    ctl.environ["DRUCLOUD_SANDBOX_DELAYS"] = "nat_gatway=1"
    assert "there is no delay 'nat_gatway'" in ctl.run("start").err


def test_no_permission(ctl: Ctl) -> None:
    ctl.environ["DRUCLOUD_SANDBOX_DIR"] = "/dev/null/sandbox"
    failed = ctl.run("start")
    assert failed.returncode == 1 and "set DRUCLOUD_SANDBOX_DIR to a directory of yours" in failed.err


def test_python_too_old(ctl: Ctl, tmp_path: Path) -> None:
    old = tmp_path / "python3"
    old.write_text("#!/bin/sh\necho 3 9\n")
    old.chmod(0o755)
    ctl.environ["DRUCLOUD_SANDBOX_PYTHON"] = str(old)
    failed = ctl.run("start")
    assert failed.returncode == 1 and "is no Python 3.11 or newer" in failed.err


def test_no_venv_module(ctl: Ctl, tmp_path: Path) -> None:
    bare = tmp_path / "python3"
    bare.write_text('#!/bin/sh\ncase "$2" in *print*) echo 3 12;; *) exit 1;; esac\n')
    bare.chmod(0o755)
    ctl.environ["DRUCLOUD_SANDBOX_PYTHON"] = str(bare)
    failed = ctl.run("start")
    assert failed.returncode == 1 and "apt install python3-venv" in failed.err


def test_no_pip(ctl: Ctl) -> None:
    ctl.home.mkdir()
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(ctl.home / "venv")], check=True)
    failed = ctl.run("start")
    assert failed.returncode == 1 and "there is no pip" in failed.err


def script(path: Path, text: str) -> str:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("#!/bin/sh\n" + text)
    path.chmod(0o755)
    return str(path)


def test_interrupted_installation_is_redone(ctl: Ctl, tmp_path: Path) -> None:
    script(ctl.home / "venv" / "bin" / "python", "exit 0\n")
    (ctl.home / "venv.begun").write_text("")
    # Python as it is, but quicker: it makes environments without pip.
    quick = f'case "$2" in venv) shift 2; exec {sys.executable} -m venv --without-pip "$@";; esac\n'
    stub = script(tmp_path / "python3", f'{quick}exec {sys.executable} "$@"\n')
    ctl.environ["DRUCLOUD_SANDBOX_PYTHON"] = stub
    failed = ctl.run("start")
    assert failed.returncode == 1 and "there is no pip" in failed.err
    assert (ctl.home / "venv" / "pyvenv.cfg").exists() and (ctl.home / "venv.begun").exists()
    assert not (ctl.home / "venv.ready").exists()


def test_failed_installation_shows_its_log(ctl: Ctl) -> None:
    script(
        ctl.home / "venv" / "bin" / "python",
        'case "$*" in *install*) echo no route to host >&2; exit 1;; esac\n',
    )
    failed = ctl.run("start")
    assert failed.returncode == 1 and "cannot install the packages; is there a network?" in failed.err
    assert "no route to host" in failed.err


def test_changed_requirements_are_installed(ctl: Ctl) -> None:
    ctl.ready()
    (ctl.home / "venv.ready").write_text("of another version\n")
    ctl.environ["PIP_NO_INDEX"] = "1"  # all of it is there already
    started = ctl.run("start")
    assert started.returncode == 0, started.err
    assert "installing" in started.out and not (ctl.home / "venv.begun").exists()
