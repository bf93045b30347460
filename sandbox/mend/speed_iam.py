"""AWS's managed policies read once: moto reads five megabytes anew for each of eight partitions.

No AWS behaviour here; without it the first request after a reset takes more than a second.
"""

from __future__ import annotations

import copy
from typing import Any

from moto.iam.models import IAMBackend

from mend.core import patch

_policies: dict[str, list[Any]] = {}


def fresh(policy: Any) -> Any:
    clone = copy.copy(policy)
    for name, value in vars(policy).items():
        if isinstance(value, (list, dict)):
            setattr(clone, name, copy.copy(value))
    return clone


def install() -> None:
    @patch(IAMBackend, "_init_aws_policies")
    def init_aws_policies(original: Any, self: Any) -> list[Any]:
        if self.region_name != "aws":
            return []
        if self.account_id not in _policies:
            _policies[self.account_id] = original(self)
        return [fresh(policy) for policy in _policies[self.account_id]]
