"""Flow logs: a log group named by its ARN, resources that exist, and a client token.

Bare moto takes an ARN as no log group and reports failed delivery.
"""

from __future__ import annotations

from typing import Any

from moto.ec2.models import EC2Backend
from moto.ec2.responses import EC2Response

from mend.core import idempotent, patch
from mend.ec2_common import collection, require


def install() -> None:
    @patch(EC2Backend, "create_flow_logs")
    def create_flow_logs(original: Any, self: Any, *args: Any, **kwargs: Any) -> Any:
        # CreateFlowLogs: LogDestination may be the ARN of a log group; the resources exist.
        destination = str(kwargs.get("log_destination") or "")
        if ":log-group:" in destination and not kwargs.get("log_group_name"):
            kwargs["log_group_name"] = destination.split(":log-group:")[1].removesuffix(":*")
        for resource_id in kwargs.get("resource_ids", []):
            require([resource_id], collection(self, resource_id.partition("-")[0]) or {})
        return original(self, *args, **kwargs)

    # CreateFlowLogs: ClientToken.
    idempotent(EC2Response, "create_flow_logs")
