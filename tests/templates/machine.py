"""A Debian file system to run the real programs in: a copy that is thrown away, without a network.

The file system is the one of the lab (`tests/lab/rootfs.py check`). A copy is an overlay in a mount namespace, so it is
gone with the last process in it, however that ends.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

# `$1`: the file system; `$2`: a folder to copy over it; then the command. `net` is a namespace with a loopback only.
ENTER = """
set -eu
base=$1; files=$2; shift 2
work=$(mktemp -d)
mount -t tmpfs -o mode=755 tmpfs "$work"
mkdir "$work/upper" "$work/work" "$work/root"
mount -t overlay overlay -o "lowerdir=$base,upperdir=$work/upper,workdir=$work/work" "$work/root"
cd "$work/root"
mount -t proc proc proc
mount --rbind /dev dev
mount -t tmpfs -o mode=755 tmpfs run
[ -z "$files" ] || cp -a "$files/." .
rm -f etc/nginx/sites-enabled/default etc/php/8.4/fpm/pool.d/www.conf
ip link set lo up
exec chroot . env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 "$@"
"""


class Machine:
    """Runs commands in copies of the file system."""

    def __init__(self, base: Path) -> None:
        self.base = base

    def argv(self, files: Path | None, *command: str) -> list[str]:
        """The command that runs a command in a fresh copy with these files over it."""
        spaces = ["unshare", "--mount", "--net", "--pid", "--fork", "--kill-child"]
        return [*spaces, "sh", "-c", ENTER, "sh", str(self.base), str(files or ""), *command]

    def run(self, files: Path | None, *command: str) -> tuple[int, str]:
        """The exit code and all that the command said."""
        done = subprocess.run(
            self.argv(files, *command), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            text=True, errors="replace", timeout=300,
        )
        return done.returncode, done.stdout


def provide() -> tuple[Machine | None, str]:
    """The machine, or why there is none."""
    if os.geteuid() != 0:
        return None, "not root: the checks in a Debian file system need chroot and mounts"
    rootfs = ROOT / "tests/lab/rootfs.py"
    done = subprocess.run([sys.executable, str(rootfs), "check"], stdout=subprocess.PIPE, text=True)
    if done.returncode:
        return None, "the Debian file system cannot be built here (see above)"
    return Machine(Path(done.stdout.strip())), ""


def local(program: str, *arguments: str, data: bytes) -> tuple[int, str] | None:
    """Runs a program of this machine on a file with this content, whose name is the last argument; None if this
    machine lacks the program."""
    if not shutil.which(program):
        return None
    with tempfile.NamedTemporaryFile(suffix=arguments[-1]) as file:
        file.write(data)
        file.flush()
        argv = [program, *arguments[:-1], file.name]
        done = subprocess.run(argv, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace")
    return done.returncode, done.stdout
