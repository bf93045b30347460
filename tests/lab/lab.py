"""The lab: the stack's machines booted for real on this one. `lab.py run|up|test|down|status|shell NAME`.

`run` is up, test and down. `up` leaves the lab running, and `test` may then be run again and again. Whatever happens,
a signal included, nothing stays behind unless it was asked for.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent))
import recipes
import bench
import record
import repository
import rootfs
import services
import solr
from cloud import ENVIRONMENT, HERE, REGION, STACK, Cloud, packages
from host import Trouble, provide, wait
from machine import EDGE_PORT, Machine
from network import BRIDGE, Network

CIDR = "10.77.0.0/16"
MIRROR_PORT = 8000
CONFIGURE_SECONDS = 900.0
# In this order: what changes the machines comes after what only looks at them.
TESTS = ("boot", "cache", "static", "blocked", "shared", "control", "build", "speed", "again", "failures", "arbiter", "replaced", "reboot")


def say(text: str) -> None:
    print(f"lab: {text}", flush=True)


class Lab:
    """The lab that is up."""

    def __init__(self) -> None:
        state = record.load()
        if not state.get("up"):
            raise Trouble("the lab is not up: `make lab-up`")
        self.machines = {facts["name"]: Machine.load(facts) for facts in state["machines"]}
        self.network = Network(CIDR)
        self.front: int = state["front"]
        self.cloud = Cloud()
        self.cloud.connect()

    def __getitem__(self, name: str) -> Machine:
        return self.machines[name]

    def replace(self, name: str) -> None:
        """A machine is lost with all its disks; `drucloud up` makes another, and the lab boots that.

        Returns when it has told its outcome. Its address may be another one.
        """
        lost = self.machines[name]
        lost.destroy(self.network)
        self.cloud.lose(lost.instance)
        began = time.monotonic()
        self.cloud.drucloud("up", str(record.home() / "stack.yaml"), "--env", ENVIRONMENT, "--yes")
        say(f"`drucloud up` has made another {name} ({time.monotonic() - began:.0f} s)")
        self.cloud = Cloud()
        self.cloud.connect()
        new = next(machine for machine in self.cloud.machines() if machine.name == name)
        self.machines[name] = new
        record.note(machines=[machine.facts() for machine in self.machines.values()])
        new.make(self.network, REGION)
        edge(self.cloud, self.network)
        services.name_server(self.cloud, self.network)
        new.boot()
        configured([new])

    @property
    def instances(self) -> list[Machine]:
        """The machines that are instances of the stack."""
        return [machine for machine in self.machines.values() if machine.instance]

    @property
    def webs(self) -> list[Machine]:
        return [machine for machine in self.machines.values() if machine.role == "web"]

    @property
    def balancer(self) -> str:
        return self.network.service(services.BALANCER)


# ---------------------------------------------------------------- up


def layers() -> None:
    """The file systems, built where they are missing."""
    for name in ("base", *recipes.LAYERS):
        if not rootfs.folder(name).is_dir():
            say(f"building the file system `{name}`, once")
        rootfs.build(name)


def create(cloud: Cloud, network: Network) -> None:
    """The stack in the emulator, by the program itself."""
    digest = solr.publish(record.home() / "mirror")
    text = STACK.read_text().replace("${SOLR_MIRROR}", f"http://{network.router}:{MIRROR_PORT}")
    stack = record.home() / "stack.yaml"
    text = text.replace("${SOLR_SHA512}", digest).replace("${SOLR_VERSION}", solr.VERSION)
    stack.write_text(text.replace("${HOST_KEY}", repository.host_key()))
    cloud.start()
    cloud.client("secretsmanager").create_secret(Name="deploy-key", SecretString=repository.deploy_key())
    began = time.monotonic()
    cloud.drucloud("up", str(stack), "--env", ENVIRONMENT, "--yes")
    say(f"`drucloud up` has created the stack in the emulator ({time.monotonic() - began:.0f} s)")


def edge(cloud: Cloud, network: Network) -> None:
    """The process that answers where AWS would; anew if it runs already."""
    settings: dict[str, Any] = {
        "namespace": record.namespace(BRIDGE), "router": network.router, "region": REGION,
        "endpoint": EDGE_PORT, "emulator": int(cloud.endpoint.rpartition(":")[2]),
        "mirror": str(record.home() / "mirror"), "mirror_port": MIRROR_PORT,
        "machines": cloud.metadata(), "balancer": network.service(services.BALANCER),
        "front": int(os.environ.get("DRUCLOUD_LAB_PORT", "8088")),
    }
    record.finish("edge")
    path = record.home() / "edge.json"
    path.write_text(json.dumps(settings, indent=2))
    log = record.home() / "edge.log"
    log.unlink(missing_ok=True)
    record.start("edge", sys.executable, str(HERE / "edge.py"), str(path))

    def ready() -> bool:
        if record.alive("edge") is None:
            raise Trouble(f"the edge does not start:\n{log.read_text()[-2000:]}")
        return "ready" in log.read_text()

    wait("the edge listens", 20, ready)
    record.note(front=settings["front"])


def outcome(machine: Machine) -> dict[str, Any] | None:
    """What drucloud-boot has told of this machine, once it has."""
    path = machine.root / "var/lib/drucloud/outcome.json"
    try:
        return json.loads(path.read_text())
    except (OSError, ValueError):
        return None


def configured(machines: list[Machine], first: bool = False) -> None:
    """Waits for the outcome of every machine, and tells each as it comes."""
    waiting = {machine.name: machine for machine in machines}
    deadline = time.monotonic() + CONFIGURE_SECONDS
    while waiting:
        for name, machine in list(waiting.items()):
            told = outcome(machine)
            if told and told["outcome"] == "ok":
                say(f"{name:<10} {told['seconds']:>4} s  {machine.instance}  {machine.address}")
                if first:
                    bench.keep("first boot, until a machine is as its bundle says", name, f"{told['seconds']} s")
                del waiting[name]
            elif told:
                log = machine.attempt("journalctl", "--no-pager", "--lines=40", "--unit=drucloud-boot").stdout
                raise Trouble(f"{name} was not configured: {told['task']}: {told['message']}\n{log}")
            elif record.alive(name) is None:
                raise Trouble(f"{name} has ended, see {record.home() / name}.log")
        if time.monotonic() > deadline:
            logs = [f"{name}:\n" + machine.attempt(
                "journalctl", "--no-pager", "--lines=15", "--unit=drucloud-boot").stdout
                for name, machine in waiting.items()]
            raise Trouble(f"not configured within {CONFIGURE_SECONDS:.0f} s: " + "\n".join(logs))
        time.sleep(0.5)


def up() -> None:
    """Builds and boots everything; returns when every machine has told its outcome."""
    provide()
    layers()
    record.forget_all()
    network, cloud = Network(CIDR), Cloud()
    create(cloud, network)
    machines = cloud.machines()
    network.up()
    aws = services.machine(network, len(cloud.cache_nodes()))
    record.note(machines=[machine.facts() for machine in (aws, *machines)], began=time.time())
    for machine in (aws, *machines):
        machine.make(network, REGION)
    services.configure(aws, cloud, network, [machine for machine in machines if machine.role == "web"])
    edge(cloud, network)
    services.name_server(cloud, network)
    aws.boot()
    say(f"{aws.name} runs MariaDB, memcached and HAProxy; booting {len(machines)} machines")
    for machine in machines:
        machine.boot()
    configured(machines, first=True)
    record.note(up=True)
    say(f"up; the site is at http://127.0.0.1:{record.load()['front']}/, a shell at "
        "`python3 tests/lab/lab.py shell web-1`, and `make lab-down` removes all of it")


# ---------------------------------------------------------------- the other commands


def test(arguments: list[str]) -> int:
    """Runs the tests against the lab that is up."""
    files = [str(HERE / f"test_{name}.py") for name in TESTS]
    if arguments and not arguments[0].startswith("-"):
        files, arguments = [], [str(HERE / f"test_{arguments[0]}.py"), *arguments[1:]]
    call = [sys.executable, "-m", "pytest", "-q", "--no-header", "-o", "console_output_style=classic", "-p", "no:cacheprovider", f"--rootdir={HERE}"]
    code = subprocess.run([*call, *files, *arguments]).returncode
    print(bench.text(), flush=True)
    return code


def down() -> None:
    """Removes all that there is of the lab."""
    if (record.home() / "emulator").is_dir():
        try:
            Cloud().stop()
        except Trouble as trouble:
            say(str(trouble))
    if left := record.forget_all(keep=("benchmarks.json",)):
        raise Trouble("could not be removed:\n  " + "\n  ".join(left))


def preserve() -> None:
    """Keeps the logs of a run that failed: machines' consoles and journals, before all of it goes away."""
    place = record.home().with_name("lab-logs")
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir(parents=True)
    for path in record.home().glob("*.log"):
        shutil.copy(path, place)
    for facts in record.load().get("machines", []):
        machine = Machine.load(facts)
        if machine.leader():
            said = machine.attempt("journalctl", "--no-pager", "--boot", "--lines=4000").stdout
            (place / f"{machine.name}.journal").write_text(said)
    say(f"the logs of the machines are in {place}")


def run(arguments: list[str]) -> int:
    """up, test, down; with KEEP=1 it stays up."""
    keep = bool(os.environ.get("KEEP"))
    done = False
    try:
        up()
        code = test(arguments)
        done = code == 0
        return code
    finally:
        if not done:
            preserve()
        if not keep:
            down()


def status() -> int:
    """What runs."""
    state = record.load()
    for facts in state.get("machines", []):
        machine = Machine.load(facts)
        pid = machine.leader()
        print(f"{machine.name:<10} {machine.address:<14} {f'runs (pid {pid})' if pid else 'is down'}")
    if not state.get("machines"):
        print("the lab is not up")
    return 0


def shell(name: str, command: list[str]) -> int:
    """A shell on a machine, or one command."""
    machines = {facts["name"]: Machine.load(facts) for facts in record.load().get("machines", [])}
    if name not in machines:
        raise Trouble(f"no machine `{name}`; there are {', '.join(machines) or 'none: the lab is not up'}")
    return subprocess.run(machines[name].command(*(command or ["bash", "-l"]))).returncode


def ended(number: int, _: object) -> None:
    """A signal is an exception like others: what has been begun is undone on the way out."""
    signal.signal(number, signal.SIG_IGN)
    raise SystemExit(128 + number)


def main() -> int:
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, ended)
    command, arguments = (sys.argv[1] if sys.argv[1:] else ""), sys.argv[2:]
    if command == "status":
        return status()
    if command == "shell" and arguments:
        return shell(arguments[0], arguments[1:])
    if command == "test":
        return test(arguments)
    actions = {"up": lambda: up() or 0, "down": lambda: down() or 0, "run": lambda: run(arguments)}
    if command not in actions:
        print((__doc__ or "").split("\n")[0], file=sys.stderr)
        return 2
    with record.hold():
        if command != "up":
            return actions[command]()
        try:
            return actions[command]()
        except BaseException:
            preserve()
            if not os.environ.get("KEEP"):
                down()
            raise


def with_packages() -> None:
    """Goes on with the Python of the emulator's packages, which are installed first where they are missing."""
    python = packages() / "venv" / "bin" / "python"
    if Path(sys.prefix) == python.parent.parent:
        return
    if not python.exists():
        cloud = Cloud()
        cloud.ctl("start")
        cloud.stop()
    needed = HERE.parent.parent / "sandbox" / "tests" / "requirements.txt"
    quiet = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r", str(needed)]
    if subprocess.run([str(python), "-c", "import pytest"], capture_output=True).returncode:
        subprocess.run([str(python), *quiet], check=True)
    os.execv(python, [str(python), *sys.argv])


if __name__ == "__main__":
    try:
        with_packages()
        sys.exit(main())
    except Trouble as trouble:
        print(f"lab: {trouble}", file=sys.stderr)
        sys.exit(1)
