"""What happens between two requests: things that fall due by themselves, done when the next request comes.

No timers and no threads: under the launcher's lock every answer is computed from a state that is up to date.
"""

from __future__ import annotations

import heapq
import itertools
import traceback
from collections.abc import Callable

from mend.core import delay, on_reset, patch
from mend.waiting import now

_due: list[tuple[float, int, Callable[[], None]]] = []
_order = itertools.count()
_watchers: list[Callable[[], None]] = []
_settling = False


def later(kind: str, fn: Callable[[], None], seconds: float | None = None) -> None:
    """Has `fn` done once the delay of `kind` is over; at the earliest before the next request."""
    due = now() + (delay(kind) if seconds is None else seconds)
    heapq.heappush(_due, (due, next(_order), fn))


def watch(fn: Callable[[], None]) -> Callable[[], None]:
    """Has `fn` done before every request; it must be quick."""
    _watchers.append(fn)
    return fn


def settle() -> None:
    """Does what is due, in the order of its time."""
    global _settling
    if _settling:
        return
    _settling = True
    try:
        while _due and _due[0][0] <= now():
            _run(heapq.heappop(_due)[2])
        for fn in _watchers:
            _run(fn)
    finally:
        _settling = False


def _run(fn: Callable[[], None]) -> None:
    try:
        fn()
    except Exception:  # the request that happens to come now has nothing to do with it
        traceback.print_exc()


def install() -> None:
    from moto.core.responses import BaseResponse

    on_reset(_due.clear)

    @patch(BaseResponse, "setup_class")
    def setup_class(original, self, *args, **kwargs):  # type: ignore[no-untyped-def]
        settle()
        return original(self, *args, **kwargs)
