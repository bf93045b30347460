"""A CloudWatch client that speaks the query protocol, whatever boto3 prefers: moto knows no other."""

from __future__ import annotations

from typing import Any
from unittest import mock

from botocore.model import ServiceModel


def watcher(client: Any) -> Any:
    with mock.patch.object(ServiceModel, "resolved_protocol", "query"):
        made = client("cloudwatch", read_timeout=20)
    made.meta.service_model.resolved_protocol = "query"
    return made
