"""What all of CloudFront shares: ids, ETags and If-Match, pages, plain copies of what was sent.

moto's ETags never change and any If-Match passes.
"""

from __future__ import annotations

from typing import Any

from moto.cloudfront.models import random_id
from moto.core.utils import utcnow

from mend.core import refuse

BASE = "https://cloudfront.amazonaws.com/2020-05-31"
ROOT = "{0}/2020-05-31"
PAGE = 100


def plain(value: Any) -> Any:
    """A copy in dictionaries and lists, without what was not sent."""
    if hasattr(value, "items"):
        return {k: plain(v) for k, v in value.items() if v is not None}
    if isinstance(value, (list, tuple)):
        return [plain(v) for v in value]
    return value


class Versioned:
    """Something with an ETag that every change renews."""

    def __init__(self, config: dict[str, Any]) -> None:
        self.id, self.config = random_id(length=14), config
        self.past: set[str] = set()
        self.renew()

    def renew(self) -> None:
        self.past.add(getattr(self, "etag", ""))
        self.etag, self.changed = random_id(length=14), utcnow()

    def match(self, given: str | None) -> None:
        """If-Match: InvalidIfMatchVersion for what never was an ETag, PreconditionFailed for an old one."""
        if given == self.etag:
            return
        if given and given in self.past:
            text = (
                "The request failed because it didn't meet the preconditions in one or more request-header "
                "fields."
            )
            refuse("PreconditionFailed", text, 412)
        text = "The If-Match version is missing or not valid for the resource."
        refuse("InvalidIfMatchVersion", text)


def table(backend: Any, name: str) -> dict[str, Any]:
    """What the backend has of a kind, by id."""
    return backend.__dict__.setdefault(name, {})


def page(items: list[Any], params: Any, mark: Any) -> dict[str, Any]:
    """A list of CloudFront's by Marker and MaxItems; `mark(item)` is what a marker names: the last item."""
    marker, size = params.get("Marker") or "", int(params.get("MaxItems") or PAGE)
    start = 0
    if marker:
        start = next((n + 1 for n, item in enumerate(items) if mark(item) == marker), None)
        if start is None:
            refuse("InvalidArgument", f"The marker {marker} is not valid.")
    found, more = items[start : start + size], len(items) > start + size
    return {
        "Marker": marker,
        "NextMarker": mark(found[-1]) if more else None,
        "MaxItems": size,
        "IsTruncated": more,
        "Quantity": len(found),
        "Items": found or None,
    }
