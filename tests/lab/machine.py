"""A machine of the lab: an overlay over the Debian of its role, booted with its own systemd in its own namespace.

What makes it an instance of the stack comes from the emulator of AWS: its id, its address, its user data. What makes
it the lab's is written by `dress` and by nothing else: where AWS's interfaces are, and stubs of AWS's agents.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import textwrap
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import record
import rootfs
from host import Trouble, run, wait
from network import Network

HERE = Path(__file__).resolve().parent
EDGE_PORT = 4566
BOOT_SECONDS = 90.0


@dataclass
class Machine:
    """One machine, as the emulator of AWS describes it."""

    name: str
    role: str
    instance: str
    addresses: list[str]
    hostname: str
    layer: str
    user_data: str = ""
    # Folders that outlive the root file system, as data volumes do: path on the machine.
    volumes: list[str] = field(default_factory=list)

    @classmethod
    def load(cls, facts: dict[str, Any]) -> Machine:
        return cls(**facts)

    def facts(self) -> dict[str, Any]:
        return asdict(self)

    @property
    def address(self) -> str:
        return self.addresses[0]

    @property
    def folder(self) -> Path:
        return record.home() / "machines" / self.name

    @property
    def root(self) -> Path:
        return self.folder / "root"

    # ------------------------------------------------------------ making it

    def make(self, network: Network, region: str) -> None:
        """Lays its file system over Debian's, gives it its user data and connects it."""
        upper, work = self.folder / "upper", self.folder / "work"
        for path in (upper, work, self.root):
            path.mkdir(parents=True, exist_ok=True)
        lower = str(rootfs.build("base"))
        if self.layer != "base":
            lower = f"{rootfs.build(self.layer)}:{lower}"
        options = f"lowerdir={lower},upperdir={upper},workdir={work}"
        run("mount", "-t", "overlay", "overlay", "-o", options, str(self.root))
        network.plug(self.name, self.addresses)
        dress(self.root, network, region)
        self.seed()

    def seed(self) -> None:
        """The NoCloud seed: the user data, byte by byte as EC2 has it."""
        if not self.user_data:
            self.write("etc/cloud/cloud-init.disabled", "")
            self.write("etc/hostname", f"{self.hostname}\n")
            return
        seed = "var/lib/cloud/seed/nocloud"
        self.write(f"{seed}/user-data", self.user_data)
        self.write(f"{seed}/meta-data", f"instance-id: {self.instance}\nlocal-hostname: {self.hostname}\n")

    def write(self, path: str, text: str, mode: int = 0o644) -> None:
        """Writes a file of the machine."""
        place(self.root, path, text, mode)

    # ------------------------------------------------------------ its life

    def boot(self) -> None:
        """Starts it; returns when its systemd listens."""
        binds = [f"--bind={self.volume(path)}:{path}" for path in self.volumes]
        # cgroup v2 also where the kernel has mounted v1: today's systemd knows no other.
        environment = {**os.environ, "SYSTEMD_NSPAWN_UNIFIED_HIERARCHY": "1"}
        # What this starts with is in a control group of its own, and so is all that it starts.
        inside = ("sh", "-c", 'echo $$ >"$1/cgroup.procs" && shift && exec "$@"', "sh")
        record.start(
            self.name, *inside, str(record.control_group(self.name)), "systemd-nspawn", "--quiet", "--register=no", "--keep-unit", "--boot", "--console=read-only",
            f"--directory={self.root}", f"--machine={self.name}", "--resolv-conf=off", "--timezone=off",
            f"--network-namespace-path=/run/netns/{record.namespace(self.name)}",
            # GlusterFS mounts with FUSE and keeps trusted attributes. The clock is the host's: nobody may set it.
            "--rlimit=RLIMIT_NOFILE=524288", "--bind=/dev/fuse", "--capability=all", "--drop-capability=CAP_SYS_TIME", *binds,
            environment=environment,
        )
        wait(f"{self.name} boots", BOOT_SECONDS, self.booted)

    def volume(self, path: str) -> Path:
        folder = self.folder / "volumes" / path.strip("/").replace("/", "-")
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    def leader(self) -> int | None:
        """The pid, on the host, of the machine's first process."""
        outer = record.alive(self.name)
        if outer is None:
            return None
        try:
            children = Path(f"/proc/{outer}/task/{outer}/children").read_text().split()
            for child in children:
                status = Path(f"/proc/{child}/status").read_text()
                inner = [line.split() for line in status.splitlines() if line.startswith("NSpid:")]
                if inner and len(inner[0]) > 2 and inner[0][-1] == "1":
                    return int(child)
        except OSError:
            return None
        return None

    def booted(self) -> bool:
        if record.alive(self.name) is None:
            log = (record.home() / f"{self.name}.log").read_text(errors="replace")
            raise Trouble(f"{self.name} does not boot:\n" + "\n".join(log.splitlines()[-20:]))
        if self.leader() is None:
            return False
        done = self.attempt("systemctl", "is-system-running")
        return done.stdout.strip() in ("starting", "running", "degraded")

    def stop(self) -> None:
        """Shuts it down as EC2 does: its systemd stops its services."""
        record.finish(self.name, patience=60.0)

    def reboot(self) -> None:
        """`systemctl reboot` on the machine; the lab does what the hypervisor would and starts it again."""
        self.attempt("systemctl", "reboot")
        wait(f"{self.name} goes down", 90.0, lambda: record.alive(self.name) is None)
        self.boot()

    def destroy(self, network: Network) -> None:
        """Its power fails, and nothing is left of it: neither its root file system nor its volumes."""
        if leader := self.leader():
            os.kill(leader, signal.SIGKILL)
        wait(f"{self.name} ends", 20, lambda: record.alive(self.name) is None)
        network.unplug(self.name)
        wait(f"{self.name} lets go of its disk", 20, lambda: not run("umount", str(self.root), check=False))
        shutil.rmtree(self.folder)

    # ------------------------------------------------------------ talking to it

    def command(self, *command: str) -> list[str]:
        """The command line that runs a command on the machine, as root."""
        leader = self.leader()
        if leader is None:
            raise Trouble(f"{self.name} does not run")
        return [
            "nsenter", f"--target={leader}", "--mount", "--uts", "--ipc", "--net", "--pid", "--cgroup", "--wdns=/",
            "env", "-i", "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin", "HOME=/root", "LC_ALL=C.UTF-8",
            *command,
        ]

    def attempt(self, *command: str, given: str | None = None, seconds: float = 600) -> subprocess.CompletedProcess[str]:
        """Runs a command on the machine, whatever comes of it."""
        return subprocess.run(
            self.command(*command), input=given, capture_output=True, text=True, errors="replace", timeout=seconds
        )

    def run(self, *command: str, given: str | None = None, seconds: float = 600) -> str:
        """Runs a command on the machine and returns what it printed."""
        done = self.attempt(*command, given=given, seconds=seconds)
        if done.returncode:
            said = "\n".join((done.stdout + done.stderr).splitlines()[-25:])
            raise Trouble(f"{self.name}: `{' '.join(command)}` ended with {done.returncode}:\n{said}")
        return done.stdout

    def path(self, path: str) -> Path:
        """Where a file of the machine is on the host."""
        path = "/" + path.lstrip("/")
        for volume in self.volumes:
            if path.startswith(f"{volume}/"):
                return self.volume(volume) / path.removeprefix(f"{volume}/")
        return self.root / path.lstrip("/")

    def read(self, path: str) -> str:
        """A file of the machine."""
        return self.path(path).read_text()


def place(root: Path, path: str, text: str, mode: int = 0o644) -> None:
    """Writes a file into a file system."""
    target = root / path.lstrip("/")
    target.parent.mkdir(parents=True, exist_ok=True)
    target.unlink(missing_ok=True)
    target.write_text(text)
    target.chmod(mode)


def dress(root: Path, network: Network, region: str) -> None:
    """What the lab's image has that AWS's has not: no package comes from elsewhere, and AWS is at the bridge."""
    endpoint = f"http://{network.router}:{EDGE_PORT}"
    place(root, "etc/resolv.conf", f"nameserver {network.resolver}\noptions timeout:1 attempts:2\n")
    # Packages are in the layers. A package that is not there fails by name instead of being fetched.
    place(root, "etc/apt/sources.list", "# In the lab all packages are installed: tests/lab/recipes.py\n")
    place(root, "etc/cloud/cloud.cfg.d/99-lab.cfg", "datasource_list: [NoCloud, None]\nnetwork: {config: disabled}\n")
    place(root, "root/.aws/config", f"[default]\nregion = {region}\nendpoint_url = {endpoint}\n")
    place(root, "etc/systemd/system.conf.d/lab.conf", textwrap.dedent(f"""\
        [Manager]
        DefaultEnvironment=AWS_ENDPOINT_URL={endpoint}
    """))
    for stub in sorted((HERE / "stubs").rglob("*")):
        if stub.is_file():
            path = stub.relative_to(HERE / "stubs")
            place(root, str(path), stub.read_text(), 0o755 if stub.read_text().startswith("#!") else 0o644)
