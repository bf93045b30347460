"""Measures drucloud and writes docs/benchmarks.md: `make bench`.

Against a sandbox of its own, so that nothing else is counted; the makespan on the simulated cloud comes from the
tests that also bound it. Needs nothing but Python itself and what `make build` has built.
"""

from __future__ import annotations

import json
import os
import platform
import re
import resource
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

import lab

ROOT = Path(__file__).resolve().parent.parent
TARGET = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
BINARY = TARGET / "debug" / "drucloud"
STACK = ROOT / "stacks" / "drucloud.yaml"
RUNS = 7


class Sandbox:
    """An emulator of its own, ended with the measurement."""

    def __init__(self, home: str) -> None:
        self.environment = {
            **os.environ,
            "DRUCLOUD_SANDBOX_DIR": home,
            "DRUCLOUD_SANDBOX_PACKAGES": str(ROOT / ".sandbox"),
        }
        self.ctl("start")
        for line in self.ctl("env").splitlines():
            words = line.split()
            if words[0] == "export":
                name, _, value = words[1].partition("=")
                self.environment[name] = value
            elif words[0] == "unset":
                for name in words[1:]:
                    self.environment.pop(name, None)
        self.endpoint = self.environment["AWS_ENDPOINT_URL"]

    def ctl(self, command: str) -> str:
        call = [sys.executable, str(ROOT / "sandbox" / "ctl.py"), command]
        return subprocess.run(call, env=self.environment, check=True, capture_output=True, text=True).stdout

    def calls(self) -> int:
        with urllib.request.urlopen(f"{self.endpoint}/sandbox/calls") as answer:
            return int(json.load(answer)["total"])

    def forget(self) -> None:
        request = urllib.request.Request(f"{self.endpoint}/sandbox/calls/reset", method="POST")
        urllib.request.urlopen(request).close()


def run(sandbox: Sandbox, *arguments: str, expect: int = 0) -> dict[str, float]:
    """One run of the program: wall and CPU seconds, peak memory in MB, API calls."""
    sandbox.forget()
    began = time.monotonic()
    process = subprocess.Popen([BINARY, *arguments], env=sandbox.environment, stdout=subprocess.DEVNULL,
                               stderr=subprocess.PIPE)
    errors = process.stderr.read() if process.stderr else b""
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.monotonic() - began
    code = os.waitstatus_to_exitcode(status)
    if code != expect:
        sys.exit(f"drucloud {' '.join(arguments)} ended with {code}:\n{errors.decode()}")
    return {"wall": wall, "cpu": usage.ru_utime + usage.ru_stime, "memory": usage.ru_maxrss / 1024,
            "calls": sandbox.calls()}


def middle(runs: list[dict[str, float]]) -> dict[str, float]:
    return {key: statistics.median(one[key] for one in runs) for key in runs[0]}


def row(name: str, one: dict[str, float]) -> str:
    return f"| {name} | {one['calls']:.0f} | {one['wall']:.2f} | {one['cpu']:.2f} | {one['memory']:.0f} |"


FAREWELL = ("--yes", "--allow-data-loss", "all", "--skip-final-snapshot")


def environments(sandbox: Sandbox, home: str) -> list[str]:
    """The no-op plan of one environment while others stand beside it in the account."""
    names = [f"e{number}" for number in range(1, 11)]
    text = re.sub(r"(?ms)^environments:.*", "environments:\n", STACK.read_text())
    stack = Path(home) / "many.yaml"
    stack.write_text(text + "".join(f"  {name}: {{}}\n" for name in names))
    rows = []
    for count, name in enumerate(names, 1):
        # Ten environments have more gateways than AWS lets a new account have, and the preflight says so.
        run(sandbox, "up", str(stack), "--env", name, "--yes", "--no-preflight")
        if count in (1, 4, 10):
            one = middle([run(sandbox, "plan", str(stack), "--env", "e1") for _ in range(3)])
            rows.append(row(f"no-op plan of one of {count}", one))
    return rows


def growth(sandbox: Sandbox, home: str) -> list[str]:
    """The no-op plan of one environment as it grows: zones, and resources of the stack's own."""
    text = re.sub(r"(?ms)^environments:.*", "", STACK.read_text())
    zones = text.replace("zones: 2", "zones: 3")
    assert zones != text, "the stack says how many zones it has"
    # The third zone comes last: it cannot go again while a node of the cache stands in it.
    sizes = {
        f"{count} more resources": text + "resources:\n" + "".join(
            f"  extra-{number}: {{ kind: security_group, vpc: '${{network.vpc.id}}', description: Extra }}\n"
            for number in range(count))
        for count in (100, 1000)} | {"three zones": zones}
    rows = []
    for name, text in sizes.items():
        stack = Path(home) / "growing.yaml"
        stack.write_text(text + "environments: { grown: {} }\n")
        base = (str(stack), "--env", "grown")
        up = run(sandbox, "up", *base, "--yes", "--allow-data-loss", "all")
        rows.append(row(f"no-op plan: {name}", middle([run(sandbox, "plan", *base) for _ in range(3)])))
        if count := re.match(r"\d+", name):
            rows.append(row(f"`up` that brings them to {count[0]} more", up))
            reading = middle([run(sandbox, "validate", str(stack)) for _ in range(3)])
            rows.append(row(f"`validate` with {count[0]} more", reading))
    run(sandbox, "destroy", *base, *FAREWELL)
    return rows


def few(sandbox: Sandbox, home: str) -> list[str]:
    """The no-op plan of the first four sections of the stack, without the others."""
    sections = re.split(r"(?m)^(?=[a-z_]+:)", STACK.read_text())
    kept = [one for one in sections if re.match("stack|region|network|load_balancer|web|database", one)]
    stack = Path(home) / "four.yaml"
    stack.write_text("".join(kept) + "environments: { four: {} }\n")
    base = (str(stack), "--env", "four")
    run(sandbox, "up", *base, "--yes")
    rows = [row("no-op plan of the first four sections", middle([run(sandbox, "plan", *base) for _ in range(RUNS)]))]
    run(sandbox, "destroy", *base, *FAREWELL)
    return rows


def told(test: str) -> list[str]:
    """The rows that the tests of speed of one test program print."""
    call = ["cargo", "test", "--locked", "--test", test, "speed::", "--", "--nocapture"]
    shown = subprocess.run(call, cwd=ROOT, capture_output=True, text=True, check=True)
    return sorted(line for line in shown.stdout.splitlines() if line.startswith("| "))


def machine() -> str:
    model = "unknown processor"
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            model = line.partition(":")[2].strip()
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return f"{os.cpu_count()} cores ({model}), {memory:.0f} GiB, {platform.system()} {platform.release()}"


def main() -> None:
    with tempfile.TemporaryDirectory() as home:
        sandbox = Sandbox(home)
        try:
            base = (str(STACK), "--env", "sandbox")
            rows = [row("up", run(sandbox, "up", *base, "--yes"))]
            rows.append(row("no-op plan", middle([run(sandbox, "plan", *base) for _ in range(RUNS)])))
            rows.append(row("no-op up", run(sandbox, "up", *base, "--yes")))
            rows.append(row("destroy", run(sandbox, "destroy", *base, *FAREWELL)))
            rows += few(sandbox, home)
            grown = growth(sandbox, home)
            many = environments(sandbox, home)
        finally:
            sandbox.ctl("stop")
    size = BINARY.stat().st_size / 2**20
    template = (ROOT / "benches" / "benchmarks.md").read_text()
    values = {"MACHINE": machine(), "DATE": time.strftime("%Y-%m-%d"), "COMMANDS": "\n".join(rows),
              "ENVIRONMENTS": "\n".join(many), "GROWTH": "\n".join(grown), "MAKESPANS": "\n".join(told("simulation")), "PREVIEWS": "\n".join(told("preview")),
              "LAB": lab.section().rstrip(), "SIZE": f"{size:.0f}"}
    for name, value in values.items():
        template = template.replace(f"@{name}@", value)
    (ROOT / "docs" / "benchmarks.md").write_text(template)
    print("written: docs/benchmarks.md")


if __name__ == "__main__":
    if resource.getrlimit(resource.RLIMIT_NOFILE)[0] < 256:
        sys.exit("too few open files are allowed: raise `ulimit -n` to 256 at least")
    main()
