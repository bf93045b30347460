"""The lab's site as a release: packed as `drucloud-build` would, and put where the nodes look for it."""

from __future__ import annotations

import hashlib
import io
import tarfile
from pathlib import Path
from typing import Any

import paths

SITE = Path(__file__).resolve().parent / "site"


def contents(extra: dict[str, str]) -> dict[str, tuple[bytes, int]]:
    """The files of a release with their modes; all that must not be served among them."""
    found: dict[str, tuple[bytes, int]] = {}
    for path in paths.BLOCKED:
        found[f"web/{path}"] = (f"{paths.SECRET}: {path}\n".encode(), 0o644)
    for path in paths.OPEN:
        found[f"web/{path}"] = (f"open to all: {path}\n".encode() * 80, 0o644)
    for path in sorted(SITE.rglob("*")):
        if path.is_file() and "__pycache__" not in path.parts:
            found[str(path.relative_to(SITE))] = (path.read_bytes(), path.stat().st_mode & 0o755)
    for name, text in extra.items():
        found[name] = (text.encode(), 0o644)
    return found


def pack(extra: dict[str, str]) -> tuple[str, bytes]:
    """The release's name, which follows from its content, and its archive."""
    files = contents(extra)
    digest = hashlib.sha1()
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        for name in sorted(files):
            data, mode = files[name]
            digest.update(name.encode() + b"\0" + data + b"\0")
            entry = tarfile.TarInfo(name)
            entry.size, entry.mode = len(data), mode
            archive.addfile(entry, io.BytesIO(data))
    return digest.hexdigest(), buffer.getvalue()


def publish(s3: Any, bucket: str, extra: dict[str, str] | None = None, current: bool = True) -> str:
    """Puts a release into the bucket, and makes it the current one for nodes that boot from now on."""
    sha, archive = pack(extra or {})
    s3.put_object(Bucket=bucket, Key=f"releases/{sha}.tar.gz", Body=archive)
    if current:
        s3.put_object(Bucket=bucket, Key="releases/current", Body=f"{sha}\n".encode())
    return sha
