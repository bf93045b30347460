"""The control server decides between the file servers, once the stack says so, and no longer when it does not."""

from __future__ import annotations

import re
import uuid
from pathlib import PurePosixPath

import pytest

import record
from client import Visitor
from cloud import ENVIRONMENT
from host import wait
from lab import Lab
from test_failures import pending

SERVERS = {"files-1": "files.configuration.1", "files-2": "files.configuration.2", "control": "control.configuration"}


def configure(lab: Lab, arbiter: bool) -> None:
    """Changes the stack, and makes the servers what their new bundles say, one after the other."""
    stack = record.home() / "stack.yaml"
    text = re.sub(r"(files: \{[^}]*nodes: 2)(, arbiter: true)?", r"\1" + ", arbiter: true" * arbiter, stack.read_text())
    stack.write_text(text)
    lab.cloud.drucloud("up", str(stack), "--env", ENVIRONMENT, "--yes")
    s3, bucket = lab.cloud.client("s3"), lab.cloud.bucket()
    for name, address in SERVERS.items():
        found = s3.list_objects_v2(Bucket=bucket, Prefix=f"bundles/{address}/")["Contents"]
        key = max(found, key=lambda entry: entry["LastModified"])["Key"]
        lab[name].run("drucloud-configure", key, PurePosixPath(key).name.split(".")[0])


def bricks(lab: Lab) -> list[str]:
    """What the volume is made of, as the first file server knows it."""
    said = lab["files-1"].run("gluster", "volume", "info", "files")
    return re.findall(r"^Brick\d+: (\S+?)\.\S+?:(\S+(?: \(arbiter\))?)$", said, re.MULTILINE)


@pytest.fixture(scope="module")
def arbiter(lab: Lab, deployed: str) -> None:
    """The arbiter is there."""
    configure(lab, arbiter=True)


def upload(node: Visitor) -> tuple[str, int]:
    """A file that a visitor sends, and what became of it."""
    name = uuid.uuid4().hex
    return name, node.post("/upload", f"name={name}").status


def test_it_is_taken_in(lab: Lab, nodes: list[Visitor], arbiter: None) -> None:
    """The volume gets a third brick, with the names of the files and nothing of their contents."""
    files = "/srv/brick/files"
    assert bricks(lab) == [("files-1", files), ("files-2", files), ("control", "/srv/arbiter/files (arbiter)")]
    wait("nothing is left to heal", 120, lambda: pending(lab) == 0, pause=2)
    name, status = upload(nodes[0])
    assert status == 201
    (found,) = lab["control"].path("/srv/arbiter/files").rglob(f"{name}.png")
    assert found.stat().st_size == 0 < lab["files-1"].volume("/srv/brick").joinpath(
        "files", found.relative_to(lab["control"].path("/srv/arbiter/files"))).stat().st_size
    assert "changed=0" in lab["control"].run("drucloud-configure")


def test_one_file_server_lost(lab: Lab, nodes: list[Visitor], arbiter: None) -> None:
    """With one file server and the arbiter there is a majority: files are written, and healed later."""
    lab.network.cut("files-2")
    try:
        for node in nodes:
            assert upload(node)[1] == 201
    finally:
        lab.network.restore("files-2")
    wait("nothing is left to heal", 120, lambda: pending(lab) == 0, pause=2)


def test_the_majority_lost(lab: Lab, nodes: list[Visitor], arbiter: None) -> None:
    """One of three alone takes nothing that the others might contradict."""
    lab.network.cut("files-2")
    lab.network.cut("control")
    try:
        assert upload(nodes[0])[1] == 500
    finally:
        lab.network.restore("files-2")
        lab.network.restore("control")
    wait("files are written again", 60, lambda: all(upload(node)[1] == 201 for node in nodes), pause=1)
    wait("nothing is left to heal", 120, lambda: pending(lab) == 0, pause=2)


def test_it_is_let_go(lab: Lab, nodes: list[Visitor], arbiter: None) -> None:
    """Without an arbiter in the stack the volume has two bricks, and the control server runs nothing of it."""
    configure(lab, arbiter=False)
    assert [host for host, _ in bricks(lab)] == ["files-1", "files-2"]
    control = lab["control"]
    assert control.attempt("pgrep", "--full", "glusterd|glusterfsd|volfile-id shd/").returncode == 1
    assert not control.path("/srv/arbiter").exists()
    assert upload(nodes[0])[1] == 201
    for server in ("files-1", "files-2"):
        assert "cannot be asked" not in lab[server].run("drucloud-gluster", "check")
    assert "changed=0" in control.run("drucloud-configure")
