"""What the lab has made on this machine, on file: so that everything goes away again, whatever happened meanwhile.

A process is recorded as soon as it runs; namespaces and mounts are found by their names. `forget_all` needs no more
than the folder, and may be called at any time and twice.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import shutil
import signal
import subprocess
from pathlib import Path
from typing import Any

from host import NAMESPACES, Trouble, born, end, run, wait

ROOT = Path(__file__).resolve().parent.parent.parent


def home() -> Path:
    """The lab's folder: `.sandbox/lab/` unless $DRUCLOUD_LAB_DIR says otherwise."""
    return Path(os.environ.get("DRUCLOUD_LAB_DIR") or ROOT / ".sandbox" / "lab").absolute()


def prefix() -> str:
    """What the names of this lab's namespaces begin with; a lab of another folder has another."""
    return "drucloud-" + hashlib.sha256(str(home()).encode()).hexdigest()[:6]


def namespace(name: str) -> str:
    return f"{prefix()}-{name}"


def hold() -> Any:
    """Keeps others from building or removing this lab meanwhile; whoever comes second is told."""
    home().mkdir(parents=True, exist_ok=True)
    handle = open(home() / "lock", "a")
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        raise Trouble(f"another `make lab` is at work in {home()}: wait for it, or end it") from None
    return handle


# ---------------------------------------------------------------- state


def load() -> dict[str, Any]:
    try:
        return json.loads((home() / "state.json").read_text())
    except (OSError, ValueError):
        return {}


def save(state: dict[str, Any]) -> None:
    fresh = home() / "state.json.new"
    fresh.write_text(json.dumps(state, indent=2) + "\n")
    os.replace(fresh, home() / "state.json")


def note(**facts: Any) -> None:
    """Adds facts to the state."""
    save({**load(), **facts})


# ---------------------------------------------------------------- processes


def start(name: str, *command: str, environment: dict[str, str] | None = None) -> int:
    """Starts a process that outlives this one; its output is in `<name>.log`."""
    with open(home() / f"{name}.log", "ab") as log:
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True, env=environment
        )
    state = load()
    state.setdefault("processes", {})[name] = {"pid": process.pid, "born": born(process.pid)}
    save(state)
    return process.pid


def alive(name: str) -> int | None:
    """The pid of a recorded process that still runs."""
    entry = load().get("processes", {}).get(name)
    # A child of this very process that has ended is a zombie until somebody asks for it.
    if entry:
        try:
            os.waitpid(entry["pid"], os.WNOHANG)
        except ChildProcessError:
            pass
    return entry["pid"] if entry and entry["born"] and born(entry["pid"]) == entry["born"] else None


def finish(name: str, patience: float = 20.0) -> None:
    """Ends a recorded process."""
    entry = load().get("processes", {}).get(name)
    if entry and alive(name):
        end(entry["pid"], entry["born"], patience)
        alive(name)


# ---------------------------------------------------------------- control groups


def control_group(name: str) -> Path:
    """A control group for one machine: without, the services of all machines would share those of their names."""
    mounts = [line.split() for line in Path("/proc/self/mounts").read_text().splitlines()]
    roots = [Path(fields[1]) for fields in mounts if fields[2] == "cgroup2"]
    if not roots:
        raise Trouble("no cgroup2 is mounted: today's systemd cannot be booted without; mount -t cgroup2 none DIR")
    group = roots[0] / namespace(name)
    group.mkdir(exist_ok=True)
    return group


def control_groups() -> list[Path]:
    """The folders of all control groups of the lab, the innermost first; systemd-nspawn makes some beside ours."""
    mounts = [line.split() for line in Path("/proc/self/mounts").read_text().splitlines()]
    tops = [top for fields in mounts if fields[2] in ("cgroup", "cgroup2") for top in Path(fields[1]).glob(f"{prefix()}-*")]
    return [Path(folder) for top in tops for folder, _, _ in os.walk(top, topdown=False)]


def remove_control_groups() -> None:
    """Ends what a machine has left behind that had to be killed, and removes the control groups."""
    def empty() -> bool:
        # 0 is a process that cannot be seen from here.
        said = [pid for folder in control_groups() for pid in (folder / "cgroup.procs").read_text().split()]
        left = {int(pid) for pid in said} - {0}
        for pid in left:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue
        return not left

    wait("processes of the machines end", 20, empty)
    for folder in control_groups():
        folder.rmdir()


# ---------------------------------------------------------------- going away


def mounts() -> list[str]:
    """What is mounted in the lab's folder, the innermost first."""
    inside = f"{home()}/"
    points = [line.split()[4] for line in Path("/proc/self/mountinfo").read_text().splitlines()]
    return sorted((point for point in points if point.startswith(inside)), key=len, reverse=True)


def forget_all(keep: tuple[str, ...] = ()) -> list[str]:
    """Ends, unmounts and removes all that the lab has made; returns what could not be."""
    trouble = []
    for name in reversed(list(load().get("processes", {}))):
        try:
            finish(name, patience=8.0)
        except Trouble as problem:
            trouble.append(str(problem))
    try:
        remove_control_groups()
    except (OSError, Trouble) as problem:
        trouble.append(f"a control group: {problem}")
    for point in mounts():
        done = subprocess.run(["umount", point], capture_output=True, text=True)
        if done.returncode:
            trouble.append(done.stderr.strip())
    if NAMESPACES.is_dir():
        for path in NAMESPACES.glob(f"{prefix()}-*"):
            run("ip", "netns", "delete", path.name, check=False)
    if mounts():
        return [*trouble, f"still mounted: {', '.join(mounts())}"]
    for path in home().iterdir() if home().is_dir() else ():
        if path.name in ("lock", *keep):
            continue
        shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()
    return trouble
