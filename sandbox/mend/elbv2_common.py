"""What the kinds of ELBv2 share: checks of attributes and tags, pages, zones of the load balancers' names.

No mend of its own.
"""

from __future__ import annotations

import re
from typing import Any

from mend.core import refuse

# Hosted zones of the load balancers' names, by region: an alias record has to name the right one.
ZONES = {
    "us-east-1": "Z35SXDOTRQ7X7K",
    "us-east-2": "Z3AADJGX6KTTL2",
    "us-west-1": "Z368ELLRRE2KJ0",
    "us-west-2": "Z1H1FL5HABSF5",
    "ca-central-1": "ZQSVJUPU6J1EY",
    "eu-central-1": "Z215JYRZR1TBD5",
    "eu-west-1": "Z32O12XQLNTSW2",
    "eu-west-2": "ZHURV8PSTC4K8",
    "eu-west-3": "Z3Q77PNBQS71R4",
    "eu-north-1": "Z23TAZ6LKFMNIO",
    "eu-south-1": "Z3ULH7SSC9OV64",
    "ap-northeast-1": "Z14GRHDCWA56QT",
    "ap-southeast-1": "Z1LMS91P8CMLE5",
    "ap-southeast-2": "Z1GM3OXH4ZPM65",
    "ap-south-1": "ZP97RAFLXTNZK",
    "sa-east-1": "Z2P70J7HTTTPLU",
}
BOOLEAN = r"true|false"
MAX_TAGS = 50


def check_values(attrs: dict[str, str], table: dict[str, tuple[str, Any]], what: str) -> None:
    """Refuses an attribute that is unknown or whose value is not allowed."""
    for key, value in attrs.items():
        if key not in table:
            refuse("ValidationError", f"{what} attribute key '{key}' is not recognized")
        allowed = table[key][1]
        if isinstance(allowed, tuple):
            least, most = allowed
            if not str(value).isdigit() or not least <= int(value) <= most:
                refuse(
                    "ValidationError", f"'{key}' value '{value}' must be between '{least}-{most}' inclusive"
                )
        elif not re.fullmatch(allowed, str(value)):
            choice = allowed.replace("|", ", ")
            refuse("ValidationError", f"'{key}' value '{value}' must be one of [{choice}]")


def check_tags(tags: Any) -> None:
    keys = [t["Key"] for t in tags or []]
    double = next((k for k in keys if keys.count(k) > 1), None)
    if double is not None:
        refuse("DuplicateTagKeys", f"Tag key was specified more than once: {double}")
    for key in keys:
        if key.lower().startswith("aws:"):
            refuse("ValidationError", "Tag key prefix 'aws:' is reserved for system use")
    if len(keys) > MAX_TAGS:
        refuse(
            "TooManyTags", "The quota for the number of tags that can be assigned to a resource is reached"
        )


def page(items: list[Any], params: dict[str, Any], default: int = 400) -> tuple[list[Any], str | None]:
    """One page by Marker and PageSize; a marker is the number of the first item of the next page."""
    marker, size = params.get("Marker"), int(params.get("PageSize") or default)
    if marker and not str(marker).isdigit():
        refuse("ValidationError", f"Marker '{marker}' is not valid")
    start = int(marker or 0)
    return items[start : start + size], str(start + size) if len(items) > start + size else None
