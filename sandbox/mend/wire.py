"""What a request is: its service, region, protocol and operation, read from the wire.

The call log and the faults need real operation names before moto sees the request, for REST services too.
"""

from __future__ import annotations

import functools
import io
import re
from dataclasses import dataclass
from typing import Any

from moto.core.utils import get_service_model

# Signing names that differ from botocore's service names.
SIGNING = {
    "monitoring": "cloudwatch",
    "elasticfilesystem": "efs",
    "tagging": "resourcegroupstaggingapi",
    "email": "ses",
    "states": "stepfunctions",
    "execute-api": "apigatewaymanagementapi",
}
SCOPE = re.compile(r"Credential=[^/]+/\d+/([^/]+)/([^/]+)/aws4_request")
FORM = re.compile(rb"(?:^|&)(Action|Version|DryRun)=([A-Za-z0-9_.-]+)")
READS = ("Describe", "Get", "List", "Head", "Lookup", "BatchGet", "Search", "Simulate", "Test")


@dataclass
class Call:
    """One request as the log shows it."""

    service: str
    region: str
    operation: str
    protocol: str
    dry: bool = False

    @property
    def mutating(self) -> bool:
        return not self.dry and not self.operation.startswith(READS)


@functools.cache
def _known(service: str) -> bool:
    try:
        get_service_model(service)
    except Exception:
        return False
    return True


def identify(environ: dict[str, Any], body: bytes) -> Call:
    """Service "unknown" and operation "Unknown" when the request does not tell."""
    scope = SCOPE.search(environ.get("HTTP_AUTHORIZATION", "")) or SCOPE.search(
        "Credential=" + environ.get("QUERY_STRING", "").partition("X-Amz-Credential=")[2].replace("%2F", "/")
    )
    region, service = scope.groups() if scope else ("us-east-1", "unknown")
    service = SIGNING.get(service, service)
    target = environ.get("HTTP_X_AMZ_TARGET")
    if target:
        protocol = "json"
        return Call(service, region, target.rsplit(".", 1)[-1], protocol)
    if environ.get("CONTENT_TYPE", "").startswith("application/x-www-form-urlencoded"):
        form = dict(FORM.findall(body))
        version = form.get(b"Version", b"")
        if service == "elasticloadbalancing":
            service = "elb" if version.startswith(b"2012") else "elbv2"
        operation = form.get(b"Action", b"Unknown").decode("ascii")
        if service == "unknown" and operation.startswith("AssumeRoleWith"):
            service = "sts"
        dry = form.get(b"DryRun") == b"true"
        return Call(service, region, operation, "ec2" if service == "ec2" else "query", dry)
    if service == "ses" and environ.get("PATH_INFO", "").startswith("/v2/"):
        service = "sesv2"
    if service == "unknown" and not scope:
        service = "s3"
    if not _known(service):
        return Call(service, region, "Unknown", "rest-json")
    return Call(service, region, rest_operation(service, environ), str(get_service_model(service).protocol))


def rest_operation(service: str, environ: dict[str, Any]) -> str:
    """The operation of a REST request, from botocore's http table."""
    from moto.core.request import Request
    from moto.core.routing import get_service_router

    try:
        request = Request({**environ, "wsgi.input": io.BytesIO(b"")})
        operation, _ = get_service_router(service).match(request)
        return str(operation.name)
    except Exception:
        return "Unknown"
