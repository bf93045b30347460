"""What the lab asks of the machine that it runs on: commands, network namespaces, processes.

Nothing of the lab's network touches that machine's own: whatever speaks to a machine of the lab has its socket made in
a namespace of the lab.
"""

from __future__ import annotations

import ctypes
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

CLONE_NEWNET = 0x40000000
NAMESPACES = Path("/run/netns")


class Trouble(Exception):
    """Something the user can mend: says what is wrong and how to mend it."""


def run(*command: str, check: bool = True, given: str | None = None) -> str:
    """Runs a command and returns what it printed; shows the end of that when the command fails."""
    done = subprocess.run(
        command, input=given, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace"
    )
    if check and done.returncode:
        said = "\n".join(done.stdout.splitlines()[-25:])
        raise Trouble(f"`{' '.join(command[:8])}` ended with {done.returncode}:\n{said}")
    return done.stdout


def wait(what: str, seconds: float, ready: Callable[[], object], pause: float = 0.2) -> object:
    """Asks until the answer is true, and returns it; fails with what was waited for."""
    deadline = time.monotonic() + seconds
    while True:
        answer = ready()
        if answer:
            return answer
        if time.monotonic() > deadline:
            raise Trouble(f"{what}: not within {seconds:.0f} s")
        time.sleep(pause)


# ---------------------------------------------------------------- what has to be there

TOOLS = {
    "systemd-nspawn": "systemd-container",
    "dnsmasq": "dnsmasq-base",
    "debootstrap": "debootstrap",
    "ip": "iproute2",
    "nsenter": "util-linux",
}


def lacks() -> list[str]:
    """What this machine lacks to run the lab, each with how to get it."""
    found = []
    if os.geteuid() != 0:
        found.append("root: machines are booted with systemd-nspawn in namespaces; run it as root")
    found += [f"{tool}: apt-get install {package}" for tool, package in TOOLS.items() if not shutil.which(tool)]
    systems = Path("/proc/filesystems").read_text()
    if "overlay" not in systems:
        found.append("overlayfs: the file systems of the machines; modprobe overlay")
    if not Path("/dev/fuse").exists():
        found.append("/dev/fuse: GlusterFS is mounted with FUSE; modprobe fuse")
    if not Path("/proc/self/ns/net").exists():
        found.append("network namespaces: a kernel with CONFIG_NET_NS")
    return found


def provide() -> None:
    """Installs what apt-get can install, and says what is missing otherwise."""
    packages = [package for tool, package in TOOLS.items() if not shutil.which(tool)]
    if packages and os.geteuid() == 0 and shutil.which("apt-get"):
        run("apt-get", "update", "-q")
        run("apt-get", "install", "-q", "-y", "--no-install-recommends", *packages)
    if missing := lacks():
        raise Trouble("the lab cannot run here; this machine lacks:\n  " + "\n  ".join(missing))


# ---------------------------------------------------------------- namespaces

_libc = ctypes.CDLL(None, use_errno=True)


def _enter(descriptor: int) -> None:
    if _libc.setns(descriptor, CLONE_NEWNET):
        raise OSError(ctypes.get_errno(), "setns")


@contextmanager
def in_namespace(name: str) -> Iterator[None]:
    """This thread is in a network namespace meanwhile; a socket stays in the one that it was made in."""
    home = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
    there = os.open(NAMESPACES / name, os.O_RDONLY)
    try:
        _enter(there)
        try:
            yield
        finally:
            _enter(home)
    finally:
        os.close(there)
        os.close(home)


# ---------------------------------------------------------------- processes


def born(pid: int) -> str | None:
    """When a process began, as a text to compare; None when there is no such process (or it is a zombie)."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None
    return None if fields[0] == "Z" else fields[19]


def end(pid: int, since: str | None, patience: float = 20.0) -> None:
    """Ends a process if it is still the one that began then: first politely, then at once."""
    for number, seconds in ((signal.SIGTERM, patience), (signal.SIGKILL, 10.0)):
        if since is None or born(pid) != since:
            return
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            return
        deadline = time.monotonic() + seconds
        while born(pid) == since and time.monotonic() < deadline:
            time.sleep(0.05)
    if born(pid) == since:
        raise Trouble(f"process {pid} does not end: end it yourself and try again")
