"""What the account is like: its quotas, whether it may send mail to anybody, what its user may not do.

A test sets it by POST /sandbox/account, since in AWS it is decided by somebody else: by support, by an
administrator. As it begins, everything that the shipped stacks need is granted.
"""

from __future__ import annotations

from typing import Any

from mend import core

# quotas: values by code, where they are not those of quotas.py. production: out of SES's own sandbox.
# denied: actions that the caller may not do, as patterns of IAM policies.
STANDARD: dict[str, Any] = {"quotas": {}, "production": True, "denied": []}
_now: dict[str, Any] = dict(STANDARD)


def get(name: str) -> Any:
    return _now[name]


def settings() -> dict[str, Any]:
    return dict(_now)


def change(wanted: Any) -> None:
    """Changes what is named; a malformed wish is a ValueError and changes nothing."""
    if not isinstance(wanted, dict):
        raise ValueError("an object is expected")
    unknown = set(wanted) - set(STANDARD)
    if unknown:
        raise ValueError(f"unknown of an account: {', '.join(sorted(unknown))}")
    for name, value in wanted.items():
        if not isinstance(value, type(STANDARD[name])):
            raise ValueError(f"{name} is a {type(STANDARD[name]).__name__}")
    _now.update(wanted)


@core.on_reset
def forget() -> None:
    _now.clear()
    _now.update(STANDARD)
