"""How long things are pending, and the states that pass by themselves.

Nothing in moto ever waits, so waiting would never be tested. Mends use these by way of mend.core.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from typing import Any

# Seconds that a thing stays in its pending state; "kind:delete" is the way out, "kind:modify" a change.
DELAYS: dict[str, float] = {
    "vpc": 0.2,
    "subnet": 0.0,
    "instance": 1.0,
    "instance_profile": 0.0,
    "instance:delete": 1.0,
    "instance:stop": 1.0,
    "instance:service": 0.5,
    "volume": 0.3,
    "volume:attach": 0.3,
    "volume:modify": 0.5,
    "volume:delete": 0.3,
    "snapshot": 1.0,
    "nat_gateway": 2.0,
    "nat_gateway:delete": 1.5,
    "endpoint": 0.5,
    "endpoint:delete": 0.5,
    "load_balancer": 2.0,
    "load_balancer:delete": 1.0,
    "target:register": 1.0,
    "target:deregister": 1.0,
    "autoscaling_group:delete": 1.5,
    "instance_refresh": 3.0,
    "db_instance": 3.0,
    "db_instance:modify": 2.0,
    "db_instance:reboot": 1.0,
    "db_instance:delete": 2.0,
    "db_snapshot": 1.0,
    "elasticache": 2.0,
    "elasticache:modify": 1.5,
    "elasticache:delete": 1.5,
    "certificate": 1.0,
    "certificate:record": 0.5,
    "distribution": 2.0,
    "distribution:update": 1.5,
    "invalidation": 1.0,
    "email_identity": 1.0,
    "file_system": 0.5,
    "file_system:delete": 0.5,
    "mount_target": 1.0,
    "mount_target:delete": 0.5,
    "record_change": 0.5,
    "key:delete": 0.0,
}


def _seconds(name: str, text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise SystemExit(f"{name}: {text!r} is no number") from None


def _overrides(name: str) -> dict[str, float]:
    table: dict[str, float] = {}
    for part in filter(str.strip, os.environ.get(name, "").split(",")):
        kind, _, seconds = part.partition("=")
        if kind.strip() not in DELAYS:
            raise SystemExit(
                f"{name}: there is no delay {kind.strip()!r}; there are {', '.join(sorted(DELAYS))}"
            )
        table[kind.strip()] = _seconds(name, seconds)
    return table


_factor = _seconds("DRUCLOUD_SANDBOX_DELAY", os.environ.get("DRUCLOUD_SANDBOX_DELAY") or "1")
_single = _overrides("DRUCLOUD_SANDBOX_DELAYS")


def set_delays(factor: float | None = None, single: dict[str, float] | None = None) -> None:
    """Changes the delays of a running sandbox; what is pending already keeps its own."""
    global _factor, _single
    if factor is not None:
        _factor = factor
    if single is not None:
        _single = dict(single)


def delays() -> dict[str, Any]:
    """The delays in force: the factor and the single ones."""
    return {"factor": _factor, "single": dict(_single)}


def delay(kind: str) -> float:
    """Seconds that a thing of this kind is pending."""
    if kind in _single:
        return _single[kind]
    if kind not in DELAYS and ":" not in kind:
        raise KeyError(f"no delay for {kind}: add it to core.DELAYS")
    return DELAYS.get(kind, 1.0) * _factor


_now: Callable[[], float] = time.monotonic


def now() -> float:
    """Seconds on the clock by which things are pending."""
    return _now()


def set_clock(clock: Callable[[], float]) -> None:
    """Has time pass by another clock: a test's, which moves only when the test waits."""
    global _now
    _now = clock


class Pending:
    """A state that began now and ends by itself after the kind's delay. Nothing runs: it is asked on read."""

    __slots__ = ("kind", "since", "seconds")

    def __init__(self, kind: str, seconds: float | None = None) -> None:
        self.kind = kind
        self.since = now()
        self.seconds = delay(kind) if seconds is None else seconds

    def over(self) -> bool:
        return now() - self.since >= self.seconds

    def progress(self) -> float:
        """From 0 to 1."""
        if self.seconds <= 0:
            return 1.0
        return min(1.0, (now() - self.since) / self.seconds)


def begin(thing: Any, kind: str, during: str, name: str = "_pending") -> None:
    """Notes on `thing` that it is in state `during` from now on for the kind's delay."""
    setattr(thing, name, (Pending(kind), during))


def phase(thing: Any, after: Any, name: str = "_pending") -> Any:
    """The state of `thing`: what begin() noted while it lasts, else `after`."""
    noted = getattr(thing, name, None)
    if noted is None:
        return after
    pending, during = noted
    return after if pending.over() else during


def is_over(thing: Any, name: str = "_pending") -> bool:
    """Whether what begin() noted is over; True when nothing was noted."""
    noted = getattr(thing, name, None)
    return noted is None or noted[0].over()
