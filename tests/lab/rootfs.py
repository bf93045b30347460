"""Builds and keeps the Debian file systems of the lab: `rootfs.py [base|web|...|check]...` prints where each one is.

They are kept under `.sandbox/rootfs/` (or $DRUCLOUD_ROOTFS_DIR), named by the digest of their recipe: another recipe
makes another folder, and what is there is never changed. A folder gets its name when it is complete, so that a build
that was interrupted leaves nothing that looks finished. `base` and `check` are whole file systems, the others are
layers to lay over `base` with overlayfs.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import recipes
from host import Trouble, run

ROOT = Path(__file__).resolve().parent.parent.parent
# Raised when the way of building changes, so that what older code has built is not used.
EDITION = 1

# In a mount and process namespace of its own, so that nothing stays mounted and no daemon survives.
INSIDE = """
set -eu
root=$1; shift
mount -t proc proc "$root/proc"
mount -t sysfs -o ro sysfs "$root/sys"
mount --rbind /dev "$root/dev"
mount -t tmpfs tmpfs "$root/run"
mount --bind "$(realpath /etc/resolv.conf)" "$root/etc/resolv.conf"
exec chroot "$root" env DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8 "$@"
"""


def home() -> Path:
    """Where the file systems are kept."""
    return Path(os.environ.get("DRUCLOUD_ROOTFS_DIR") or ROOT / ".sandbox" / "rootfs").absolute()


def packages(layer: str) -> tuple[str, ...]:
    """The packages that apt-get installs into a layer."""
    if layer == "base":
        return recipes.BASE
    if layer == "check":
        names = {name for parts in recipes.LAYERS.values() for name in parts}
        return tuple(sorted(names | set(recipes.CHECK)))
    return (*recipes.LAYERS[layer], *recipes.LAB_ONLY.get(layer, ()))


def digest(layer: str) -> str:
    """The recipe's fingerprint; that of a layer covers what it lies on."""
    recipe = [EDITION, recipes.SUITE, recipes.COMPONENTS, recipes.BOOTSTRAP, recipes.BASE, packages(layer)]
    return hashlib.sha256(json.dumps(recipe).encode()).hexdigest()[:12]


def folder(layer: str) -> Path:
    """Where a layer is when it is built."""
    return home() / f"{layer}-{digest(layer)}"


def inside(root: Path, *command: str) -> None:
    """Runs a command in a file system, with what packages expect of a running system mounted."""
    run("unshare", "--mount", "--pid", "--fork", "--kill-child", "sh", "-c", INSIDE, "sh", str(root), *command)


def missing() -> list[str]:
    """What this machine lacks to build them, each with how to get it."""
    lacks = []
    if os.geteuid() != 0:
        lacks.append("root: file systems are made with chroot and mounts; run it as root")
    tools = {"debootstrap": "debootstrap", "unshare": "util-linux", "tar": "tar"}
    lacks += [f"{tool}: apt-get install {package}" for tool, package in tools.items() if not shutil.which(tool)]
    if "overlay" not in Path("/proc/filesystems").read_text():
        lacks.append("overlayfs: modprobe overlay")
    return lacks


def provide() -> None:
    """Installs debootstrap where that is possible, and says what is missing otherwise."""
    if os.geteuid() == 0 and not shutil.which("debootstrap") and shutil.which("apt-get"):
        run("apt-get", "update", "-q")
        run("apt-get", "install", "-q", "-y", "--no-install-recommends", "debootstrap")
    lacks = missing()
    if lacks:
        raise Trouble("this machine lacks:\n  " + "\n  ".join(lacks))


def install(root: Path, names: tuple[str, ...]) -> None:
    """Installs packages without starting their services, and sees to it that they are all well."""
    policy = root / "usr/sbin/policy-rc.d"
    policy.write_text("#!/bin/sh\nexit 101\n")
    policy.chmod(0o755)
    inside(root, "apt-get", "update", "-q")
    inside(root, "apt-get", "install", "-q", "-y", "--no-install-recommends",
           "-o", "Dpkg::Options::=--force-unsafe-io", *names)
    inside(root, "apt-get", "clean")
    policy.unlink()
    inside(root, "sh", "-c", 'test -z "$(dpkg --audit)"')


def mirror(label: str, variable: str) -> str:
    """Where this machine itself takes Debian's packages from; the variable names another place."""
    if named := os.environ.get(variable):
        return named
    known = run("apt-get", "indextargets", "--format", "$(LABEL)|$(REPO_URI)", "Created-By: Packages")
    places = [place for name, _, place in (line.partition("|") for line in known.splitlines()) if name == label]
    if not places:
        raise Trouble(f"apt-get knows no source of `{label}`: run apt-get update, or set {variable} to its URL")
    return places[0].rstrip("/")


def bootstrap(root: Path) -> None:
    """Makes the base from nothing."""
    main = mirror("Debian", "DRUCLOUD_DEBIAN_MIRROR")
    security = mirror("Debian-Security", "DRUCLOUD_DEBIAN_SECURITY")
    run("debootstrap", "--variant=minbase", f"--include={','.join(recipes.BOOTSTRAP)}", recipes.SUITE, str(root), main)
    (root / "etc/apt/sources.list").write_text(
        f"deb {main} {recipes.SUITE} {recipes.COMPONENTS}\n"
        f"deb {main} {recipes.SUITE}-updates {recipes.COMPONENTS}\n"
        f"deb {security} {recipes.SUITE}-security {recipes.COMPONENTS}\n"
    )
    # debootstrap writes none, and without `localhost` GlusterFS keeps its self-heal daemon offline.
    (root / "etc/hosts").write_text("127.0.0.1 localhost\n::1 localhost ip6-localhost ip6-loopback\n")
    install(root, recipes.BASE)
    # Every machine makes its own at its first boot.
    (root / "etc/machine-id").write_text("")
    (root / "etc/hostname").unlink(missing_ok=True)


@contextmanager
def overlaid(lower: Path, upper: Path) -> Iterator[Path]:
    """A file system whose changes against `lower` land in `upper`."""
    work, merged = upper.with_suffix(".work"), upper.with_suffix(".merged")
    for path in (upper, work, merged):
        path.mkdir(parents=True, exist_ok=True)
    options = f"lowerdir={lower},upperdir={upper},workdir={work}"
    run("mount", "-t", "overlay", "overlay", "-o", options, str(merged))
    try:
        yield merged
    finally:
        run("umount", str(merged))
        shutil.rmtree(work)
        merged.rmdir()


@contextmanager
def locked() -> Iterator[None]:
    """Only one process at a time builds in a directory; another waits."""
    home().mkdir(parents=True, exist_ok=True)
    with open(home() / "lock", "a") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def fill(layer: str, new: Path) -> None:
    """Builds a layer into a new folder."""
    if layer == "base":
        bootstrap(new)
    elif layer == "check":
        run("cp", "-a", f"{folder('base')}/.", str(new))
        install(new, packages(layer))
    else:
        with overlaid(folder("base"), new) as merged:
            install(merged, packages(layer))


def build(layer: str) -> Path:
    """Builds a layer, and what it lies on, unless it is there."""
    done = folder(layer)
    if done.is_dir():
        return done
    provide()
    if layer != "base":
        build("base")
    with locked():
        if done.is_dir():
            return done
        print(f"rootfs: building {layer} ({len(packages(layer))} packages)", file=sys.stderr, flush=True)
        new = home() / f"{layer}.new"
        if new.exists():
            shutil.rmtree(new)
        new.mkdir()
        fill(layer, new)
        os.utime(new)
        new.rename(done)
        # Another checkout that shares the folder may have an older recipe, so the last two stay.
        others = [path for path in home().glob(f"{layer}-*") if path != done]
        for old in sorted(others, key=lambda path: path.stat().st_mtime, reverse=True)[2:]:
            shutil.rmtree(old)
    return done


def main() -> int:
    names = sys.argv[1:] or ["base", *recipes.LAYERS, "check"]
    known = ["base", *recipes.LAYERS, "check"]
    if unknown := [name for name in names if name not in known]:
        print(f"rootfs: no layer `{unknown[0]}`; there are {', '.join(known)}", file=sys.stderr)
        return 2
    try:
        for name in names:
            print(build(name))
    except Trouble as trouble:
        print(f"rootfs: {trouble}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
