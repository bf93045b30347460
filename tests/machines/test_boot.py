"""drucloud-boot against a bucket that is a folder and a playbook that says what it was given."""

import fcntl
import hashlib
import io
import json
import os
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

BOOT = Path(__file__).resolve().parents[2] / "templates/common/usr/local/sbin/drucloud-boot"

# Refuses as often as the file `refuse` says, then serves the folder `bucket`.
AWS = """
import os, pathlib, shutil, sys
here = pathlib.Path(os.environ["WORLD"])
options = dict(zip(sys.argv[3::2], sys.argv[4::2]))
refuse = here / "refuse"
left = int(refuse.read_text()) if refuse.exists() else 0
if left:
    refuse.write_text(str(left - 1))
    sys.exit("An error occurred (AccessDenied) when calling the GetObject operation")
path = here / "bucket" / options["--key"]
if sys.argv[2] == "get-object":
    values = [word for word in sys.argv[3:] if not word.startswith("--")]
    shutil.copyfile(path, values[-1])
else:
    path.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(options["--body"], path)
"""

# Fails as often as the file `fail` says, in the words of Ansible.
PLAYBOOK = """
import json, os, pathlib, sys
here = pathlib.Path(os.environ["WORLD"])
extra = json.loads(sys.argv[sys.argv.index("-e", sys.argv.index("-e") + 1) + 1])
with (here / "played").open("a") as log:
    log.write(json.dumps({"folder": os.getcwd(), "removed": extra["removed"]}) + "\\n")
fail = here / "fail"
left = int(fail.read_text()) if fail.exists() else 0
print("TASK [Install] ****")
print("ok: [localhost]")
if left:
    fail.write_text(str(left - 1))
    print("TASK [Start Solr] ****")
    print('fatal: [localhost]: FAILED! => {"changed": false, "msg": "no such unit"}')
    sys.exit(2)
"""

OTHERS = "import sys"


class World:
    """A machine: its root, the programs it runs, the bucket."""

    def __init__(self, folder):
        self.folder = folder
        self.root = folder / "root"
        self.lib = self.root / "var/lib/drucloud"
        self.add("root/var/lib/cloud/data/instance-id", "i-1\n")
        for name, text in {"aws": AWS, "ansible-playbook": PLAYBOOK, "amazon-ssm-agent": OTHERS, "systemctl": OTHERS}.items():
            path = self.add(f"bin/{name}", f"#!{sys.executable}\n{text}")
            path.chmod(0o755)

    def add(self, path, text):
        path = self.folder / path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return path

    def bundle(self, **files):
        """Puts a bundle of placed files into the bucket, and returns its key and digest."""
        data = io.BytesIO()
        with tarfile.open(fileobj=data, mode="w:gz") as tar:
            for name, text in {"playbook.yml": "", "values.json": "{}", **files}.items():
                info = tarfile.TarInfo(name)
                info.size = len(text)
                tar.addfile(info, io.BytesIO(text.encode()))
        digest = hashlib.sha256(data.getvalue()).hexdigest()
        key = f"search.configuration/{digest}.tar.gz"
        path = self.folder / "bucket" / key
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data.getvalue())
        return key, digest

    def target(self, key, sha256):
        value = {"role": "search", "region": "xx-1", "bucket": "b", "key": key, "sha256": sha256}
        self.add("root/etc/drucloud/bundle.json", json.dumps(value))

    def environment(self):
        path = f"{self.folder}/bin:{os.environ['PATH']}"
        return {**os.environ, "PATH": path, "DRUCLOUD_ROOT": str(self.root), "WORLD": str(self.folder)}

    def boot(self, *words, **patch):
        """Runs the program in a process of its own, with pauses that take no time."""
        lines = ["import sys, time, runpy", "sys.dont_write_bytecode = True", "time.sleep = lambda seconds: None"]
        if patch:
            lines += ["clock = iter(range(0, 10**6, 60))", "time.monotonic = lambda: next(clock)"]
        lines += [f"sys.argv = ['drucloud-boot', *{list(words)!r}]", f"runpy.run_path({str(BOOT)!r}, run_name='__main__')"]
        return subprocess.run(
            [sys.executable, "-c", "\n".join(lines)], env=self.environment(), text=True, capture_output=True, timeout=60
        )

    @property
    def outcome(self):
        return json.loads((self.lib / "outcome.json").read_text())

    @property
    def told(self):
        return json.loads((self.folder / "bucket/outcomes/search/i-1.json").read_text())

    @property
    def played(self):
        log = self.folder / "played"
        return [json.loads(line) for line in log.read_text().splitlines()] if log.exists() else []


@pytest.fixture
def world(tmp_path):
    return World(tmp_path)


def test_a_bundle_is_fetched_verified_played_and_told(world):
    key, digest = world.bundle(**{"root/etc/a.conf": "a"})
    world.target(key, digest)
    done = world.boot()
    assert done.returncode == 0, done.stdout + done.stderr
    assert world.told == world.outcome
    assert {**world.outcome, "seconds": 0, "at": ""} == {
        "role": "search", "instance": "i-1", "sha256": digest, "outcome": "ok",
        "task": None, "message": None, "seconds": 0, "at": "",
    }  # fmt: skip
    assert (world.lib / "current").resolve() == world.lib / "bundles" / digest
    assert [run["folder"] for run in world.played] == [str(world.lib / "bundles" / digest)]


def test_permissions_that_come_late_are_waited_for(world):
    world.target(*world.bundle())
    world.add("refuse", "5")
    done = world.boot()
    assert done.returncode == 0, done.stdout
    assert done.stdout.count("AccessDenied") == 5


def test_permissions_that_never_come_are_a_failure_that_names_the_task(world):
    world.target(*world.bundle())
    world.add("refuse", "100000")
    done = world.boot(fast=True)
    assert done.returncode == 1
    assert world.outcome["task"] == "fetch the bundle"
    assert "AccessDenied" in world.outcome["message"]
    assert world.played == []


def test_a_bundle_with_another_digest_is_never_played(world):
    key, _ = world.bundle()
    world.target(key, "0" * 64)
    done = world.boot(fast=True)
    assert done.returncode == 1
    assert "digest" in world.outcome["message"]
    assert world.told["outcome"] == "failed"
    assert world.played == []
    assert not (world.lib / "bundles" / ("0" * 64)).exists()


def test_what_a_killed_run_had_half_unpacked_is_thrown_away(world):
    key, digest = world.bundle(**{"root/etc/a.conf": "a"})
    world.target(key, digest)
    world.add(f"root/var/lib/drucloud/bundles/{digest}.part/playbook.yml", "half")
    world.add(f"root/var/lib/drucloud/bundles/{digest}.part.tar.gz", "half")
    assert world.boot().returncode == 0
    assert (world.lib / "bundles" / digest / "root/etc/a.conf").read_text() == "a"
    assert [path.name for path in (world.lib / "bundles").iterdir()] == [digest]


def test_a_second_boot_does_nothing_and_an_unfinished_one_goes_on(world):
    world.target(*world.bundle())
    assert world.boot().returncode == 0
    assert "is as its bundle says" in world.boot().stdout
    assert len(world.played) == 1
    (world.lib / "outcome.json").unlink()  # as a killed run leaves it
    assert world.boot().returncode == 0
    assert len(world.played) == 2
    assert world.boot("--again").returncode == 0
    assert len(world.played) == 3


def test_a_playbook_that_stumbles_is_run_again_and_one_that_fails_is_told(world):
    world.target(*world.bundle())
    world.add("fail", "2")
    assert world.boot().returncode == 0
    assert len(world.played) == 3
    world.add("fail", "3")
    done = world.boot("--again")
    assert done.returncode == 1
    assert (world.told["outcome"], world.told["task"], world.told["message"]) == ("failed", "Start Solr", "no such unit")
    assert "FAILED: Start Solr: no such unit" in done.stdout


def test_what_the_next_bundle_does_not_place_is_removed_and_the_playbook_knows(world):
    first = world.bundle(**{"root/etc/a.conf": "a", "root/etc/b.conf": "b"})
    world.target(*first)
    assert world.boot().returncode == 0
    for name in "ab":
        world.add(f"root/etc/{name}.conf", name)  # as the playbook has placed them
    key, digest = world.bundle(**{"root/etc/b.conf": "b"})
    assert world.boot("--key", key, "--sha256", digest).returncode == 0
    assert not (world.root / "etc/a.conf").exists()
    assert (world.root / "etc/b.conf").exists()
    assert world.played[-1]["removed"] == ["/etc/a.conf"]
    assert world.boot("--again").returncode == 0
    assert world.played[-1]["removed"] == []
    assert json.loads((world.root / "etc/drucloud/bundle.json").read_text())["sha256"] == digest


def test_a_run_that_fails_tells_the_next_what_it_had_removed(world):
    world.target(*world.bundle(**{"root/etc/a.conf": "a"}))
    assert world.boot().returncode == 0
    world.add("root/etc/a.conf", "a")
    world.add("fail", "3")
    key, digest = world.bundle()
    assert world.boot("--key", key, "--sha256", digest).returncode == 1
    assert not (world.root / "etc/a.conf").exists()
    assert world.boot().returncode == 0
    assert world.played[-1]["removed"] == ["/etc/a.conf"]


def test_old_bundles_are_removed_and_the_newest_stay(world):
    digests = []
    for number in range(5):
        key, digest = world.bundle(**{"root/etc/n": str(number)})
        digests.append(digest)
        world.target(key, digest)
        assert world.boot().returncode == 0
        os.utime(world.lib / "bundles" / digest, (number, number))
    assert {path.name for path in (world.lib / "bundles").iterdir()} == set(digests[2:])


def test_two_runs_do_not_overlap(world):
    world.target(*world.bundle())
    world.lib.mkdir(parents=True)
    with (world.lib / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with pytest.raises(subprocess.TimeoutExpired):
            subprocess.run([sys.executable, str(BOOT)], env=world.environment(), capture_output=True, timeout=1)
        assert world.played == []
    assert world.boot().returncode == 0


def test_an_archive_that_leads_out_of_its_folder_is_refused(world):
    world.target(*world.bundle(**{"../../../etc/passwd": "x"}))
    assert world.boot().returncode == 1
    assert world.told["outcome"] == "failed"
    assert world.played == []
