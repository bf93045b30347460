"""A file server is gone with its disks, and another takes its place: under its name, empty."""

from __future__ import annotations

import hashlib
import time
import uuid
from pathlib import Path

import bench
from client import Visitor
from conftest import Tell
from host import wait
from lab import Lab
from test_failures import pending


def contents(brick: Path) -> dict[str, str]:
    """The files of the site on a brick, by their digests; what GlusterFS keeps for itself is not among them."""
    files = brick / "files"
    return {
        str(path.relative_to(files)): hashlib.sha256(path.read_bytes()).hexdigest()
        for part in ("public", "private")
        for path in (files / part).rglob("*")
        if path.is_file()
    }


def test_empty_file_server(lab: Lab, nodes: list[Visitor], tell: Tell) -> None:
    """A new file server gets every file from the other one, and can then stand in for it; visitors go on meanwhile."""
    name, before = uuid.uuid4().hex, lab["files-2"]
    assert nodes[0].post("/upload", f"name=before-{name}").status == 201
    began = time.monotonic()
    lab.replace("files-2")
    new = lab["files-2"]
    assert new.instance != before.instance
    wait("the new server has all files", 120,
         lambda: contents(new.volume("/srv/brick")) == contents(lab["files-1"].volume("/srv/brick")) != {})
    wait("nothing is left to heal", 120, lambda: pending(lab) == 0, pause=2)
    seconds = time.monotonic() - began
    for server in ("files-1", "files-2"):
        assert "cannot be asked" not in lab[server].run("drucloud-gluster", "check")
    bench.keep("an empty file server in the place of a lost one", "until it has every file", f"{seconds:.0f} s")
    tell(f"healed after {seconds:.0f} s; its address was {before.address} and is {new.address}")
    # The web nodes have found it again: it serves alone what was there before, and takes what is new.
    wait("both web nodes write to it", 60, lambda: all(reaches(lab, number) for number in range(len(nodes))), pause=1)
    lab.network.cut("files-1")
    try:
        for node in nodes:
            assert node.get(f"/sites/default/files/before-{name}.png").status == 200
            assert node.post("/upload", f"name=after-{name}").status == 201
    finally:
        lab.network.restore("files-1")
    wait("nothing is left to heal", 120, lambda: pending(lab) == 0, pause=2)


def reaches(lab: Lab, number: int) -> bool:
    """Whether what this web node writes lands on the new server at once."""
    name = uuid.uuid4().hex
    assert Visitor(lab.webs[number].address).post("/upload", f"name={name}").status == 201
    return bool(list(lab["files-2"].volume("/srv/brick").glob(f"*/public/{name}.png")))
