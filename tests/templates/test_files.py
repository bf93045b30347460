"""Each file by itself, by the program that will read it. What is in several bundles is checked once."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from bundles import Bundle
from machine import Machine, local


@dataclass(frozen=True)
class Kind:
    """Files of one language."""

    name: str
    fits: Callable[[Path, str], bool]
    commands: tuple[tuple[str, ...], ...]


def starts(*beginnings: str) -> Callable[[Path, str], bool]:
    return lambda _, text: any(text.startswith(f"#!{beginning}") for beginning in beginnings)


def ends(*endings: str) -> Callable[[Path, str], bool]:
    return lambda path, _: path.suffix in endings


SHELL = starts("/bin/sh", "/usr/bin/env bash", "/bin/bash")
KINDS = (
    Kind("php", ends(".php"), (("php", "-l"),)),
    Kind("shell", SHELL, (("bash", "-n"), ("shellcheck", "--severity=style"))),
    Kind("python", starts("/usr/bin/env python3"), (("python3", "-m", "py_compile"),)),
    Kind("xml", ends(".xml"), (("xmllint", "--noout", "--nonet"),)),
)

EACH = """
bad=0
for file in $(find /check -type f | sort); do
  said=$("$@" "$file" 2>&1) || { bad=1; echo "$file: $said"; }
done
exit $bad
"""


def distinct(bundles: list[Bundle], kind: Kind) -> dict[str, Path]:
    """The files of a kind by a name that tells where they come from; equal ones once."""
    seen: set[str] = set()
    files = {}
    for bundle in bundles:
        for path in bundle.files():
            text = path.read_text(errors="replace")
            digest = hashlib.sha256(text.encode()).hexdigest()
            if kind.fits(path, text) and digest not in seen:
                seen.add(digest)
                files[f"{bundle}/{path.relative_to(bundle.root)}"] = path
    return files


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_every_file_is_well_formed(
    kind: Kind, bundles: list[Bundle], found: tuple[Machine | None, str], tmp_path: Path
) -> None:
    files = distinct(bundles, kind)
    assert files, f"there is no {kind.name} in any bundle"
    machine, why = found
    if machine is None:
        not_run = []
        for command in kind.commands:
            for name, path in files.items():
                result = local(command[0], *command[1:], path.suffix, data=path.read_bytes())
                if result is None:
                    not_run.append(command[0])
                    break
                assert result[0] == 0, f"{name}: {result[1]}"
        if not_run:
            pytest.skip(f"{why}; not on this machine either: {', '.join(not_run)}")
        return
    for name, path in files.items():
        copy = tmp_path / "check" / name
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, copy)
    for command in kind.commands:
        code, said = machine.run(tmp_path, "sh", "-c", EACH, "sh", *command)
        assert code == 0, f"{' '.join(command)}: {said}"


def test_json_is_json(bundles: list[Bundle]) -> None:
    files = [path for bundle in bundles for path in bundle.files() if path.suffix == ".json"]
    assert files, "there is no JSON in any bundle"
    for path in files:
        try:
            json.loads(path.read_text())
        except ValueError as error:
            pytest.fail(f"{path}: {error}")


def test_nothing_is_left_unrendered(bundles: list[Bundle]) -> None:
    for bundle in bundles:
        for path in [*bundle.files(), bundle.user_data]:
            assert "{{" not in path.read_text(errors="replace"), f"{bundle}: {path}"


def test_scripts_can_be_run_and_nothing_else_can(bundles: list[Bundle]) -> None:
    for bundle in bundles:
        for path in bundle.files():
            script = path.read_bytes().startswith(b"#!")
            assert path.stat().st_mode & 0o777 == (0o755 if script else 0o644), f"{bundle}: {path}"


def test_no_bundle_holds_a_secret(bundles: list[Bundle]) -> None:
    """Names of secrets are in bundles, their values never: no file may set a password to a text."""
    words = ("BEGIN OPENSSH PRIVATE KEY", "BEGIN RSA PRIVATE KEY", "aws_secret_access_key", "AKIA")
    for bundle in bundles:
        for path in [*bundle.files(), bundle.user_data]:
            text = path.read_text(errors="replace")
            assert not any(word in text for word in words), f"{bundle}: {path}"
    settings = [path for b in bundles for path in b.files() if path.name in ("settings-7.php", "settings-modern.php")]
    assert settings, "there are no settings"
    for path in settings:
        for line in path.read_text().splitlines():
            if "'password'" in line or "hash_salt" in line:
                assert "$drucloud_secrets[" in line, f"{path}: {line}"
