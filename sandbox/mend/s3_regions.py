"""A bucket (S3) answers in its own region only, as AWS documents it: elsewhere a 301 that names the region.

In moto any region's client reaches any bucket, so that a wrong region would go unnoticed.
"""

from __future__ import annotations

import re
from typing import Any

from moto.s3.responses import S3Response

from mend.core import patch

SCOPE = re.compile(r"Credential=[^/]+/\d+/([^/]+)/s3/")


def elsewhere(self: Any, request: Any, creating: bool) -> Any:
    """The answer to a request that was signed for another region; None when it was not."""
    scope = SCOPE.search(request.headers.get("Authorization", ""))
    bucket = self.backend.buckets.get(self.bucket_name)
    if scope is None or bucket is None or creating or scope.group(1) == bucket.region_name:
        return None
    text = (
        "The bucket you are attempting to access must be addressed using the specified endpoint. Please send "
        "all future requests to this endpoint."
    )
    body = (
        f"<Error><Code>PermanentRedirect</Code><Message>{text}</Message><Bucket>{bucket.name}</Bucket>"
        f"<Endpoint>s3.{bucket.region_name}.amazonaws.com</Endpoint></Error>"
    )
    headers = {"x-amz-bucket-region": bucket.region_name, "Content-Type": "application/xml"}
    return 301, headers, "" if request.method == "HEAD" else body


def install() -> None:
    @patch(S3Response, "_bucket_response")
    def bucket_response(original: Any, self: Any, request: Any, full_url: str) -> Any:
        # PermanentRedirect with x-amz-bucket-region; GetBucketLocation and CreateBucket answer anywhere.
        asked = {k for k in request.args if k != "x-id"}
        creating = (request.method == "PUT" and not asked) or "location" in asked
        return elsewhere(self, request, creating) or original(self, request, full_url)

    @patch(S3Response, "_key_response")
    def key_response(original: Any, self: Any, request: Any, full_url: str) -> Any:
        # PermanentRedirect with x-amz-bucket-region.
        return elsewhere(self, request, False) or original(self, request, full_url)
