"""The names of S3's answers, as the S3 API reference shows them: clients refuse an answer of another name.

moto names every answer after its operation, which boto3 does not look at.
"""

from __future__ import annotations

from typing import Any

from moto.core.serialize import S3Serializer

from mend.core import patch

ROOTS = {
    "CompleteMultipartUpload": "CompleteMultipartUploadResult",
    "CreateMultipartUpload": "InitiateMultipartUploadResult",
    "DeleteObjects": "DeleteResult",
    "GetBucketAccelerateConfiguration": "AccelerateConfiguration",
    "GetBucketAcl": "AccessControlPolicy",
    "GetBucketCors": "CORSConfiguration",
    "GetBucketLifecycleConfiguration": "LifecycleConfiguration",
    "GetBucketLogging": "BucketLoggingStatus",
    "GetBucketNotificationConfiguration": "NotificationConfiguration",
    "GetBucketRequestPayment": "RequestPaymentConfiguration",
    "GetBucketTagging": "Tagging",
    "GetBucketVersioning": "VersioningConfiguration",
    "GetBucketWebsite": "WebsiteConfiguration",
    "GetObjectAcl": "AccessControlPolicy",
    "GetObjectTagging": "Tagging",
    "ListBuckets": "ListAllMyBucketsResult",
    "ListMultipartUploads": "ListMultipartUploadsResult",
    "ListObjectVersions": "ListVersionsResult",
    "ListObjects": "ListBucketResult",
    "ListObjectsV2": "ListBucketResult",
    "ListParts": "ListPartsResult",
}


def install() -> None:
    @patch(S3Serializer, "_serialize_body")
    def serialize_body(original: Any, self: Any, body: Any) -> Any:
        # Every answer of S3 without a payload of its own.
        operation = self.operation_model.name
        if isinstance(body, dict) and list(body) == [f"{operation}Response"] and operation in ROOTS:
            body = {ROOTS[operation]: body[f"{operation}Response"]}
        return original(self, body)
