"""`drucloud-volume` on loop devices: what is blank is formatted once, what is not never.

The copy of the file system gets a /dev of its own with nothing but these devices in it: whatever disks this machine has
cannot even be opened.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from bundles import Bundle
from machine import Machine

# `disk NAME MIB` makes a disk: its path is in $NAME. It goes away with the shell that holds it open, however that ends.
SETUP = """
exec 2>&1
mount -t sysfs -o ro sysfs /sys
mount -t tmpfs tmpfs /srv
umount -l /dev && mount -t tmpfs -o mode=755 tmpfs /dev
mknod -m 666 /dev/null c 1 3; mknod -m 666 /dev/zero c 1 5; mknod -m 666 /dev/urandom c 1 9
mknod /dev/loop-control c 10 237
ln -s /proc/self/fd /dev/fd
cp /bin/true /usr/local/sbin/systemctl
export DRUCLOUD_VOLUME_TRIES=1
disk() {
  local number path=
  truncate -s "$2M" "/srv/$1.img"
  for number in $(seq 100 160); do
    [ ! -e "/dev/loop$number" ] || continue
    mknod "/dev/loop$number" b 7 "$number"
    if losetup "/dev/loop$number" "/srv/$1.img" 2>/dev/null; then path=/dev/loop$number; break; fi
    rm "/dev/loop$number"
  done
  [ -n "$path" ] || { echo "no loop device is free"; exit 77; }
  exec {held}<>"$path"
  losetup --detach "$path"
  printf -v "$1" %s "$path"
}
volume() { /usr/local/sbin/drucloud-volume /srv/data "$1" drucloud; }
blocks() { stat --file-system --format=%b /srv/data; }
"""


def play(machine: Machine, bundles: list[Bundle], folder: Path, script: str) -> list[str]:
    """What a script on a file server says."""
    bundle = next(b for b in bundles if (b.stack, b.environment, b.role) == ("fixture", "drupal-11", "files"))
    shutil.copytree(bundle.root, folder, dirs_exist_ok=True)
    code, said = machine.run(folder, "bash", "-euc", SETUP + script)
    assert code == 0, said
    return said.split()


@pytest.mark.parametrize("kind", ["ext4", "xfs"])
def test_a_blank_disk_is_formatted_once(kind: str, machine: Machine, bundles: list[Bundle], tmp_path: Path) -> None:
    said = play(machine, bundles, tmp_path, f"""
        disk data 400
        volume {kind}; findmnt -no FSTYPE /srv/data; blkid -o value -s LABEL "$data"
        echo second; volume {kind}
        echo kept > /srv/data/file; umount /srv/data
        echo moved; > /etc/fstab; volume {kind}; cat /srv/data/file
        grep -c /srv/data /etc/fstab
        umount /srv/data
    """)
    assert said == ["changed", kind, "drucloud", "second", "moved", "changed", "kept", "1"]


@pytest.mark.parametrize("kind", ["ext4", "xfs"])
def test_a_disk_that_has_grown_is_used(kind: str, machine: Machine, bundles: list[Bundle], tmp_path: Path) -> None:
    if kind == "ext4" and not may_grow_ext4():
        pytest.skip("root of this machine lacks CAP_SYS_RESOURCE, without which Linux grows no mounted ext4")
    said = play(machine, bundles, tmp_path, f"""
        disk data 400
        volume {kind}; echo kept > /srv/data/file; before=$(blocks)
        truncate -s 800M /srv/data.img; losetup --set-capacity "$data"
        volume {kind}; [ "$(blocks)" -gt "$before" ]; cat /srv/data/file
        volume {kind}; umount /srv/data
    """)
    assert said == ["changed", "changed", "kept"]


def may_grow_ext4() -> bool:
    """Whether this process has CAP_SYS_RESOURCE (number 24 of capability.h)."""
    line = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("CapEff:"))
    return bool(int(line.split()[1], 16) >> 24 & 1)


def test_what_holds_anything_is_never_formatted(machine: Machine, bundles: list[Bundle], tmp_path: Path) -> None:
    said = play(machine, bundles, tmp_path, """
        disk data 64
        printf 'somebody needs this' | dd of="$data" bs=1 seek=5000 conv=notrunc status=none
        before=$(sha256sum < "$data")
        volume ext4 && exit 9
        [ "$before" = "$(sha256sum < "$data")" ]
        echo untouched
    """)
    assert said[-1] == "untouched" and "no volume with the label drucloud, and no blank one" in " ".join(said)


def test_two_blank_disks_are_a_question(machine: Machine, bundles: list[Bundle], tmp_path: Path) -> None:
    said = play(machine, bundles, tmp_path, """
        disk one 64; disk two 64
        volume ext4 && exit 9
        for device in "$one" "$two"; do [ -z "$(blkid --probe "$device")" ]; done
        echo untouched
    """)
    assert said[-1] == "untouched" and "which is the data volume?" in " ".join(said)
