"""Starts and stops the sandbox: `ctl.py start|stop|status|env`.

Needs nothing but Python itself, since it runs before the sandbox's packages are there.
"""

from __future__ import annotations

import argparse
import errno
import hashlib
import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

try:
    import fcntl
except ImportError:  # not a Unix
    fcntl = None  # type: ignore[assignment]

HERE = Path(__file__).resolve().parent
REQUIREMENTS = HERE / "requirements.txt"
LAUNCHER = HERE / "launcher.py"
OLDEST = (3, 11)
CANDIDATES = ("python3.14", "python3.13", "python3.12", "python3.11")
LOCK_SECONDS = 900.0
START_SECONDS = 90.0
STOP_SECONDS = 5.0


class Trouble(Exception):
    """Something the user can mend: says what is wrong and how to mend it."""


def directory() -> Path:
    return Path(os.environ.get("DRUCLOUD_SANDBOX_DIR") or HERE.parent / ".sandbox").absolute()


def packages() -> Path:
    """Where the emulator's packages are installed; several sandboxes may share them."""
    shared = os.environ.get("DRUCLOUD_SANDBOX_PACKAGES")
    return Path(shared).absolute() if shared else directory()


def say(text: str) -> None:
    print(f"sandbox: {text}", flush=True)


# ---------------------------------------------------------------- lock and state


@contextmanager
def locked(home: Path) -> Iterator[None]:
    """Only one ctl.py at a time starts, stops or installs in a directory."""
    if fcntl is None:
        raise Trouble("this system has no file locks that Python knows: use Linux or macOS")
    try:
        home.mkdir(parents=True, exist_ok=True)
        handle = open(home / "lock", "a")
    except OSError as problem:
        raise Trouble(
            f"cannot write in {home} ({problem.strerror}): give yourself permission there, or set "
            "DRUCLOUD_SANDBOX_DIR to a directory of yours"
        ) from None
    with handle:
        deadline = time.monotonic() + LOCK_SECONDS
        told = False
        while True:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except OSError as problem:
                if problem.errno not in (errno.EAGAIN, errno.EACCES):
                    raise Trouble(f"cannot lock {home / 'lock'}: {problem.strerror}") from None
            if time.monotonic() > deadline:
                raise Trouble(f"another ctl.py has held {home / 'lock'} for too long: end it and try again")
            if not told:
                say("another start or stop is under way, waiting for it")
                told = True
            time.sleep(0.1)
        yield


def write(path: Path, text: str) -> None:
    """Writes a file so that a reader sees the old or the new one, never half."""
    fresh = path.with_name(f"{path.name}.{os.getpid()}.new")
    fresh.write_text(text)
    os.replace(fresh, path)


def read_state() -> dict[str, Any] | None:
    try:
        state = json.loads((directory() / "state.json").read_text())
        return state if isinstance(state, dict) and {"pid", "port", "token"} <= set(state) else None
    except (OSError, ValueError):
        return None


def born(pid: int) -> str | None:
    """When a process began, as a text to compare; None when there is no such process (or it is a zombie)."""
    stat = Path(f"/proc/{pid}/stat")
    if stat.parent.parent.joinpath("self").exists():
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            return None
        return None if fields[0] == "Z" else fields[19]
    shown = subprocess.run(["ps", "-o", "stat=,lstart=", "-p", str(pid)], capture_output=True, text=True)
    words = shown.stdout.split(None, 1)
    return None if len(words) < 2 or words[0].startswith("Z") else words[1].strip()


def whoami(port: int) -> dict[str, Any] | None:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(f"http://127.0.0.1:{port}/sandbox/whoami", timeout=2) as answer:
            return json.loads(answer.read())
    except (OSError, ValueError):
        return None


def running() -> dict[str, Any] | None:
    """The state of the server when that very process still runs."""
    state = read_state()
    if state is None or born(state["pid"]) is None or born(state["pid"]) != state.get("born"):
        return None
    return state


# ---------------------------------------------------------------- virtual environment


def version_of(python: str) -> tuple[int, int] | None:
    try:
        code = "import sys; print(*sys.version_info[:2])"
        shown = subprocess.run([python, "-c", code], capture_output=True, text=True, timeout=30)
        major, minor = shown.stdout.split()
        return int(major), int(minor)
    except (OSError, ValueError, subprocess.TimeoutExpired):
        return None


def find_python() -> str:
    """A Python that the packages run on."""
    wanted = os.environ.get("DRUCLOUD_SANDBOX_PYTHON")
    candidates = [wanted] if wanted else [sys.executable, *CANDIDATES]
    for name in candidates:
        path = shutil.which(name) if name else None
        found = version_of(path) if path else None
        if path and found and found >= OLDEST:
            return path
    if wanted:
        raise Trouble(f"DRUCLOUD_SANDBOX_PYTHON={wanted} is no Python {OLDEST[0]}.{OLDEST[1]} or newer")
    have = ".".join(map(str, sys.version_info[:2]))
    raise Trouble(
        f"Python {OLDEST[0]}.{OLDEST[1]} or newer is needed and this is {have}: install it, or name one with "
        "DRUCLOUD_SANDBOX_PYTHON=/path/to/python3"
    )


def tail(path: Path, lines: int = 15) -> str:
    try:
        return "\n".join(path.read_text(errors="replace").splitlines()[-lines:])
    except OSError:
        return ""


def command(arguments: list[str], log: Path, what: str) -> None:
    """Runs a step of the installation; its output goes to the log."""
    with open(log, "a") as out:
        code = subprocess.run(arguments, stdin=subprocess.DEVNULL, stdout=out, stderr=out).returncode
    if code:
        raise Trouble(f"{what} (all of it is in {log}):\n{tail(log)}")


def environment() -> str:
    """The Python of the virtual environment, which is made or renewed when it is not as wanted."""
    home = packages()
    if home != directory():
        with locked(home):
            return installed(home)
    return installed(home)


def installed(home: Path) -> str:
    venv = home / "venv"
    python = venv / "bin" / "python"
    marker, begun, log = home / "venv.ready", home / "venv.begun", home / "install.log"
    wanted = hashlib.sha256(REQUIREMENTS.read_bytes()).hexdigest()
    if python.exists() and marker.exists() and marker.read_text().strip() == wanted:
        return str(python)
    base = find_python()
    count = sum(1 for line in REQUIREMENTS.read_text().splitlines() if "==" in line and line[0] != "#")
    say(f"installing {count} packages into {venv}, once, about a minute")
    log.write_text("")
    if not python.exists() or begun.exists():
        probe = subprocess.run([base, "-c", "import venv, ensurepip"], capture_output=True)
        if probe.returncode:
            raise Trouble(
                f"{base} cannot make virtual environments: install its venv and pip modules "
                "(on Debian and Ubuntu: apt install python3-venv)"
            )
        marker.unlink(missing_ok=True)
        write(begun, "")
        shutil.rmtree(venv, ignore_errors=True)
        command([base, "-m", "venv", str(venv)], log, "cannot make the virtual environment")
    marker.unlink(missing_ok=True)
    write(begun, "")
    if subprocess.run([str(python), "-m", "pip", "--version"], capture_output=True).returncode:
        raise Trouble(f"there is no pip in {venv}: remove that directory, install python3-venv and try again")
    install = [str(python), "-m", "pip", "install", "--no-input", "--disable-pip-version-check", "-q"]
    command([*install, "-r", str(REQUIREMENTS)], log, "cannot install the packages; is there a network?")
    write(marker, wanted + "\n")
    begun.unlink(missing_ok=True)
    return str(python)


# ---------------------------------------------------------------- start, stop, status, env


def check_port(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OverflowError:
            raise Trouble(f"{port} is no port: choose one from 1024 to 65535, or none") from None
        except OSError as problem:
            if problem.errno == errno.EADDRINUSE:
                raise Trouble(f"port {port} is in use: choose another with --port, or none for a free one")
            raise Trouble(f"cannot listen on port {port} ({problem.strerror}): choose another with --port")


def listening_port(log: Path) -> int | None:
    for line in log.read_text(errors="replace").splitlines():
        if line.startswith("listening on 127.0.0.1:"):
            return int(line.rpartition(":")[2])
    return None


def start(port: int) -> None:
    with locked(directory()):
        state = running()
        if state is not None:
            say(f"already running on http://127.0.0.1:{state['port']} (pid {state['pid']})")
            return
        if port:
            check_port(port)
        python = environment()
        home = directory()
        log = home / "server.log"
        token = secrets.token_hex(16)
        arguments = [python, str(LAUNCHER), "--port", str(port), "--token", token]
        with open(log, "w") as out:
            server = subprocess.Popen(
                arguments, stdin=subprocess.DEVNULL, stdout=out, stderr=out, start_new_session=True, cwd=home
            )
        deadline = time.monotonic() + START_SECONDS
        try:
            while True:
                code = server.poll()
                if code is not None:
                    raise Trouble(f"the server ended with code {code} (see {log}):\n{tail(log)}")
                found = listening_port(log)
                if found is not None and (whoami(found) or {}).get("token") == token:
                    break
                if time.monotonic() > deadline:
                    raise Trouble(f"the server does not answer (see {log}):\n{tail(log)}")
                time.sleep(0.05)
            fresh = {
                "pid": server.pid,
                "port": found,
                "token": token,
                "started": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
                "born": born(server.pid),
            }
            write(home / "state.json", json.dumps(fresh, indent=2) + "\n")
        except BaseException:
            if server.poll() is None:
                server.kill()
                server.wait()
            raise
        say(f"running on http://127.0.0.1:{found} (pid {server.pid})")


def stop() -> None:
    with locked(directory()):
        state = running()
        if state is None:
            (directory() / "state.json").unlink(missing_ok=True)
            say("not running")
            return
        pid = state["pid"]
        for number, seconds in ((signal.SIGTERM, STOP_SECONDS), (signal.SIGKILL, STOP_SECONDS)):
            try:
                os.kill(pid, number)
            except ProcessLookupError:
                break
            deadline = time.monotonic() + seconds
            while born(pid) == state["born"] and time.monotonic() < deadline:
                time.sleep(0.02)
            if born(pid) != state["born"]:
                break
        else:
            raise Trouble(f"process {pid} does not end: end it yourself and try again")
        (directory() / "state.json").unlink(missing_ok=True)
        say("stopped")


def status() -> int:
    state = running()
    if state is None:
        say("not running")
        return 3
    say(f"running on http://127.0.0.1:{state['port']} (pid {state['pid']}, since {state.get('started')})")
    return 0


def env() -> None:
    state = running()
    if state is None:
        raise Trouble("not running: start it first (ctl.py start)")
    print(f"export AWS_ENDPOINT_URL=http://127.0.0.1:{state['port']}")
    print("export AWS_ACCESS_KEY_ID=sandbox")
    print("export AWS_SECRET_ACCESS_KEY=sandbox")
    print("export AWS_EC2_METADATA_DISABLED=true")
    print("unset AWS_PROFILE AWS_SESSION_TOKEN")


def main() -> int:
    parser = argparse.ArgumentParser(prog="ctl.py", description="starts and stops the sandbox")
    actions = parser.add_subparsers(dest="action", required=True)
    starting = actions.add_parser("start", help="start it, and install its packages the first time")
    starting.add_argument("--port", type=int, default=0, help="a port of 127.0.0.1; a free one by default")
    actions.add_parser("stop", help="stop it; everything in it is gone")
    actions.add_parser("status", help="say whether it runs; exit code 3 when not")
    actions.add_parser("env", help="print shell lines that point AWS clients at it")
    options = parser.parse_args()
    try:
        if options.action == "start":
            start(options.port)
        elif options.action == "stop":
            stop()
        elif options.action == "status":
            return status()
        else:
            env()
    except Trouble as problem:
        print(f"sandbox: {problem}", file=sys.stderr)
        return 1
    except OSError as problem:
        where = f" {problem.filename}" if problem.filename else ""
        what = problem.strerror or problem
        print(f"sandbox: {what}{where}: check permissions and space in {directory()}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("sandbox: interrupted; run it again to go on", file=sys.stderr)
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
