"""What drucloud puts on machines: every environment of every stack, rendered once."""

from __future__ import annotations

import json
import os
import subprocess
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[2]
STACKS = sorted([*(ROOT / "stacks").glob("*.yaml"), *(Path(__file__).parent / "stacks").glob("*.yaml")])


@dataclass(frozen=True)
class Bundle:
    """The configuration of one machine."""

    stack: str
    environment: str
    machine: str
    folder: Path

    def __str__(self) -> str:
        return f"{self.stack}/{self.environment}/{self.machine}"

    @property
    def root(self) -> Path:
        """The files of the machine."""
        return self.folder / "root"

    @property
    def user_data(self) -> Path:
        """The document of its first boot."""
        return self.folder.with_name(f"{self.machine}-user-data.yaml")

    @cached_property
    def values(self) -> dict:
        """What its playbook and its scripts are told."""
        return json.loads((self.folder / "values.json").read_text())

    @cached_property
    def written(self) -> dict:
        """What the stack says of this environment: its sections, those of the environment over them."""
        path = next(path for path in STACKS if path.stem == self.stack)
        document = yaml.safe_load(path.read_text())
        for section, values in (document["environments"][self.environment] or {}).items():
            both = isinstance(values, dict) and isinstance(document.get(section), dict)
            document[section] = {**document[section], **values} if both else values
        return document

    @property
    def drupal(self) -> int:
        """The version of Drupal."""
        return self.written.get("site", {}).get("drupal", 11)

    @property
    def docroot(self) -> str:
        """Where in a release the web server looks."""
        return "" if self.drupal == 7 else "web"

    @property
    def role(self) -> str:
        """What the machine is for."""
        return self.values["role"]

    def files(self) -> list[Path]:
        """All its files."""
        return sorted(path for path in self.root.rglob("*") if path.is_file())


def drucloud() -> Path:
    """The program under test."""
    target = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
    return target / "debug/drucloud"


def environments(stack: Path) -> list[str]:
    """The environments that a stack file names: those that two spaces stand before, under `environments:`."""
    below = stack.read_text().partition("\nenvironments:\n")[2].splitlines()
    return [line.split(":")[0].strip() for line in below if line.startswith("  ") and line[2] not in " #"]


def render(into: Path) -> list[Bundle]:
    """Renders everything."""
    bundles = []
    for stack in STACKS:
        names = environments(stack)
        assert names, f"{stack} names no environment"
        for name in names:
            folder = into / stack.stem / name
            command = [drucloud(), "render", stack, "--env", name, "--into", folder]
            done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
            assert done.returncode == 0, f"{stack.name}, {name}: {done.stdout}"
            machines = sorted(path.parent for path in folder.glob("*/values.json"))
            assert machines, f"{stack.name}, {name}: nothing was rendered"
            bundles += [Bundle(stack.stem, name, machine.name, machine) for machine in machines]
    return bundles
