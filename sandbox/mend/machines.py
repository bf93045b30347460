"""What machines tell of their configuration: the report in S3 that the user data of a real one leads to.

No machine runs here. One whose user data names a bundle (`/etc/drucloud/bundle.json`) says some time after its start
that it was configured well, and so does one that is sent `drucloud-boot`; nothing else of it is there.
"""

from __future__ import annotations

import base64
import binascii
import datetime
import gzip
import json
import re
import shlex
from typing import Any

from moto.ec2.models.instances import Instance
from moto.s3.models import s3_backends

from mend.clock import later
from mend.core import DELAYS, delay, patch

# From running to configured.
MORE = {"boot": 0.4}
# The bundle in the user data: an object of one line.
BUNDLE = re.compile(r'\{"role": "[^}]*"sha256": "[^}]*\}')
BOOT = "/usr/local/sbin/drucloud-boot"


def bundle_of(user_data: Any) -> dict[str, str] | None:
    """The bundle that user data names."""
    try:
        raw = base64.b64decode(str(user_data or "") + "==")
    except binascii.Error:
        return None
    if raw[:2] == b"\x1f\x8b":
        raw = gzip.decompress(raw)
    found = BUNDLE.search(raw.decode("utf-8", "replace"))
    return json.loads(found.group()) if found else None


def report(instance: Any, failure: str | None = None) -> None:
    """Writes how the configuration of a machine went, if it has one and runs."""
    bundle = instance.mend_bundle
    if bundle is None or instance._state.name != "running":
        return
    backend = s3_backends[instance.ec2_backend.account_id][instance.ec2_backend.partition]
    if bundle["bucket"] not in backend.buckets:
        return
    now = datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds")
    outcome = {
        "role": bundle["role"],
        "instance": instance.id,
        "sha256": bundle["sha256"],
        "outcome": "failed" if failure else "ok",
        "task": "a task of the sandbox" if failure else None,
        "message": failure,
        "seconds": 31,
        "at": now,
    }
    key = f"outcomes/{bundle['role']}/{instance.id}.json"
    backend.put_object(bundle["bucket"], key, json.dumps(outcome).encode())


def configured(instance: Any, lines: str, failure: str | None) -> None:
    """A machine was sent a command and has done it: one that configures it is reported."""
    call = next((line for line in lines.splitlines() if line.startswith(BOOT)), None)
    if call is None or instance is None or instance.mend_bundle is None:
        return
    words = shlex.split(call)
    named = dict(zip(words[1:], words[2:]))
    for flag, name in (("--key", "key"), ("--sha256", "sha256")):
        if flag in named:
            instance.mend_bundle[name] = named[flag]
    report(instance, failure)


def install() -> None:
    for kind, seconds in MORE.items():
        DELAYS.setdefault(kind, seconds)

    @patch(Instance, "__init__")
    def init(original: Any, self: Any, *args: Any, **kwargs: Any) -> None:
        original(self, *args, **kwargs)
        self.mend_bundle = bundle_of(self.user_data)
        if self.mend_bundle:
            later("boot", lambda: report(self), delay("instance") + delay("boot"))
