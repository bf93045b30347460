"""Buckets (S3) begin as AWS makes them: encrypted, blocked for the public, owned by their owner, with tags.

moto's have none of it, lose tags without a value and give all buckets in one page.
"""

from __future__ import annotations

from typing import Any

import xmltodict
from moto.core.exceptions import ServiceException
from moto.core.responses import ActionResult
from moto.s3.exceptions import BucketAlreadyExists
from moto.s3.models import FakeBucket, PublicAccessBlock, S3Backend
from moto.s3.responses import S3Response

from mend.core import AwsError, patch, refuse

OWNER = "BucketOwnerEnforced"
MAX_TAGS = 50
# Status of an error where it is not 400.
STATUS = {
    "AccessDenied": 403,
    "AccessForbidden": 403,
    "BucketAlreadyExists": 409,
    "BucketAlreadyOwnedByYou": 409,
    "BucketNotEmpty": 409,
    "InvalidBucketState": 409,
    "MethodNotAllowed": 405,
    "NoSuchBucket": 404,
    "NoSuchBucketPolicy": 404,
    "NoSuchCORSConfiguration": 404,
    "NoSuchKey": 404,
    "NoSuchLifecycleConfiguration": 404,
    "NoSuchPublicAccessBlockConfiguration": 404,
    "NoSuchTagSet": 404,
    "NoSuchUpload": 404,
    "NoSuchVersion": 404,
    "NoSuchWebsiteConfiguration": 404,
    "ObjectLockConfigurationNotFoundError": 404,
    "OwnershipControlsNotFoundError": 404,
    "ReplicationConfigurationNotFoundError": 404,
    "ServerSideEncryptionConfigurationNotFoundError": 404,
}


def encryption() -> dict[str, Any]:
    """What a bucket has without being told."""
    return {
        "Rule": {
            "ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"},
            "BucketKeyEnabled": "false",
        }
    }


def as_list(value: Any) -> list[Any]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def tags_in(body: bytes, *path: str) -> dict[str, str]:
    """The tags in a request: an empty value is a value."""
    found: Any = xmltodict.parse(body) if body else {}
    for name in path:
        found = (found or {}).get(name)
    tags: dict[str, str] = {}
    for tag in as_list((found or {}).get("Tag")):
        if tag["Key"] in tags:
            refuse("InvalidTag", "Cannot provide multiple Tags with the same key")
        if tag["Key"].startswith("aws:"):
            refuse("InvalidTag", "System tags cannot be added/updated by requester")
        tags[tag["Key"]] = tag.get("Value") or ""
    if len(tags) > MAX_TAGS:
        refuse("InvalidTag", f"Object tags cannot be greater than {MAX_TAGS}")
    return tags


def install() -> None:
    @patch(FakeBucket, "__init__")
    def init(original: Any, self: Any, *args: Any, **kwargs: Any) -> None:
        # CreateBucket: SSE-S3, Block Public Access and no ACLs from the beginning.
        original(self, *args, **kwargs)
        self.encryption = encryption()
        self.public_access_block = PublicAccessBlock("true", "true", "true", "true")
        self.ownership_rule = OWNER

    @patch(S3Backend, "delete_bucket_encryption")
    def delete_bucket_encryption(original: Any, self: Any, bucket_name: str) -> None:
        # DeleteBucketEncryption: back to SSE-S3.
        self.get_bucket(bucket_name).encryption = encryption()

    @patch(S3Response, "_bucket_response_put")
    def bucket_put(
        original: Any, self: Any, request: Any, bucket_name: str, querystring: dict[str, Any]
    ) -> Any:
        # CreateBucket: tags; InvalidBucketAclWithObjectOwnership. PutBucketAcl: not without ACLs.
        acl = request.headers.get("x-amz-acl")
        if "acl" in querystring:
            if self.backend.get_bucket(bucket_name).ownership_rule == OWNER and acl != "private":
                refuse("AccessControlListNotSupported", "The bucket does not allow ACLs")
        if any(k for k in querystring if k not in ("x-id",)):
            return original(self, request, bucket_name, querystring)
        ownership = request.headers.get("x-amz-object-ownership") or OWNER
        if acl not in (None, "private") and ownership == OWNER:
            text = "Bucket cannot have ACLs set with ObjectOwnership's BucketOwnerEnforced setting"
            refuse("InvalidBucketAclWithObjectOwnership", text)
        tags = tags_in(self.body, "CreateBucketConfiguration", "Tags")
        existed = bucket_name in self.backend.buckets
        answer = original(self, request, bucket_name, querystring)
        if tags and not existed and bucket_name in self.backend.buckets:
            self.backend.put_bucket_tagging(bucket_name, tags)
        return answer

    @patch(S3Response, "_bucket_tagging_from_body")
    def tagging_from_body(original: Any, self: Any) -> dict[str, str]:
        # PutBucketTagging: empty values, InvalidTag.
        return tags_in(self.body, "Tagging", "TagSet")

    @patch(S3Response, "_tagging_from_xml")
    def tagging_from_xml(original: Any, self: Any) -> dict[str, str]:
        # PutObjectTagging: empty values, InvalidTag.
        return tags_in(self.body, "Tagging", "TagSet")

    @patch(S3Backend, "create_bucket")
    def create_bucket(original: Any, self: Any, bucket_name: str, *args: Any, **kwargs: Any) -> Any:
        # CreateBucket: InvalidBucketName.
        small = bucket_name.replace("-", "").replace(".", "")
        if not (small.isalnum() and small == small.lower() and small.isascii()) or ".." in bucket_name:
            refuse("InvalidBucketName", "The specified bucket is not valid.")
        if bucket_name in self.buckets:
            raise BucketAlreadyExists(bucket=bucket_name)
        return original(self, bucket_name, *args, **kwargs)

    @patch(S3Backend, "delete_bucket")
    def delete_bucket(original: Any, self: Any, bucket_name: str) -> Any:
        # DeleteBucket: its tags are gone too.
        arn = self.get_bucket(bucket_name).arn
        removed = original(self, bucket_name)
        if removed:
            self.tagger.delete_all_tags_for_resource(arn)
        return removed

    @patch(S3Backend, "delete_object")
    def delete_object(
        original: Any, self: Any, bucket_name: str, key_name: str, version_id: Any = None, **kwargs: Any
    ) -> Any:
        # DeleteObject: with versioning suspended, versions are kept and deleted one by one too.
        bucket = self.get_bucket(bucket_name)
        if bucket.versioning_status != "Suspended":
            return original(self, bucket_name, key_name, version_id=version_id, **kwargs)
        bucket.versioning_status = "Enabled"
        try:
            return original(self, bucket_name, key_name, version_id=version_id, **kwargs)
        finally:
            bucket.versioning_status = "Suspended"

    @patch(S3Response, "all_buckets")
    def all_buckets(original: Any, self: Any) -> Any:
        # ListBuckets: by prefix and region, pages by ContinuationToken.
        prefix, region = self._get_param("prefix") or "", self._get_param("bucket-region")
        size, token = self._get_param("max-buckets"), self._get_param("continuation-token") or ""
        found = [
            b
            for name, b in sorted(self.backend.buckets.items())
            if name.startswith(prefix) and name > token and region in (None, "", b.region_name)
        ]
        more = size and len(found) > int(size)
        found = found[: int(size)] if size else found
        self.data["Action"] = "ListAllMyBuckets"
        self._authenticate_and_authorize_s3_action()
        self.data["Action"] = "ListBuckets"
        shown = [
            {
                "Name": b.name,
                "CreationDate": b.creation_date_ISO8601,
                "BucketRegion": b.region_name,
                "BucketArn": b.arn,
            }
            for b in found
        ]
        owner = {"ID": "bcaf1ffd86f41161ca5fb16fd081034f", "DisplayName": "webfile"}
        result = {"Owner": owner, "Buckets": shown, "Prefix": prefix or None}
        result["ContinuationToken"] = found[-1].name if more else None
        return self.serialized(ActionResult(result))

    @patch(S3Response, "serialized")
    def serialized(original: Any, self: Any, action_result: Any) -> Any:
        # The status of every error as the S3 API reference lists it.
        error = action_result.result
        if isinstance(error, ServiceException) and not isinstance(error, AwsError):
            if error.code in STATUS:
                name = getattr(error, "bucket_name", None)
                more = {"BucketName": name} if name else {}
                error = AwsError(error.code, error.message, STATUS[error.code], **more)
                return original(self, ActionResult(error))
        return original(self, action_result)
