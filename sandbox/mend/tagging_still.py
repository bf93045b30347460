"""GetResources can stand still, as the real one does for minutes: it shows what was, also of what is gone.

POST /sandbox/index {"still": "us-east-1"} keeps what it tells of that region; {"still": null} lets it go on.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from moto.core import DEFAULT_ACCOUNT_ID
from moto.core.resource_tagging import TaggedResource
from moto.resourcegroupstaggingapi.models import (
    ResourceGroupsTaggingAPIBackend,
    resourcegroupstaggingapi_backends,
)

from mend import control
from mend.core import on_reset, patch
from mend.tagging import selected

_kept: dict[str, list[TaggedResource]] = {}


def stand(asked: Any) -> Any:
    region = asked.get("still") if isinstance(asked, dict) else ""
    if region is not None and not isinstance(region, str):
        raise ValueError("still is a region, or null")
    with control.lock:
        _kept.clear()
        if region:
            everything = resourcegroupstaggingapi_backends[DEFAULT_ACCOUNT_ID][region]._get_resources_generator()
            _kept[region] = [TaggedResource(r.arn, dict(r.tags), r.resource_type) for r in everything]
    return {"kept": {region: len(kept) for region, kept in _kept.items()}}


def install() -> None:
    @patch(ResourceGroupsTaggingAPIBackend, "_get_resources_generator")
    def still(
        original: Any,
        self: Any,
        tag_filters: Any = None,
        resource_type_filters: Any = None,
        resource_arn_list: Any = None,
    ) -> Iterator[TaggedResource]:
        # GetResources: what was kept, if something was.
        kept = _kept.get(self.region_name)
        if kept is None:
            yield from original(self, tag_filters, resource_type_filters, resource_arn_list)
        else:
            yield from selected(kept, tag_filters, resource_type_filters, resource_arn_list)

    control.endpoint("POST", "/sandbox/index", stand)
    on_reset(_kept.clear)
