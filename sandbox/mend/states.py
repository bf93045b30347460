"""States that end by themselves, for the kinds that are wholly ours: caches, file systems, distributions.

One way for all to be creating, modifying and deleting; the clock ends the state before the next request.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from mend.clock import later

# Further delays of kinds that the general table does not name.
MORE = {"email_identity": 1.0, "invalidation": 0.5, "subscription": 0.0}


def enter(thing: Any, status: str, kind: str = "", then: Callable[[], None] | None = None) -> None:
    """Puts `thing` into a state that `then` ends after the delay of `kind`, unless another came meanwhile."""
    thing.status = status
    token = thing.mend_state = object()

    def due() -> None:
        if thing.mend_state is token:
            then()  # type: ignore[misc]

    if then is not None:
        later(kind, due)


def settle_into(thing: Any, status: str, kind: str, after: str) -> None:
    """In `status` for the delay of `kind`, then in `after`."""
    enter(thing, status, kind, lambda: enter(thing, after))


def install() -> None:
    from mend import core

    for kind, seconds in MORE.items():
        core.DELAYS.setdefault(kind, seconds)
