"""Buckets behave as the S3 API reference says."""

from __future__ import annotations

import http.client
import json
from typing import Any

import pytest
from conftest import REGION, refused

TAGS = [{"Key": "k", "Value": "v"}, {"Key": "empty", "Value": ""}]
BLOCKED = dict.fromkeys(
    ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"), True
)


@pytest.fixture
def s3(client: Any) -> Any:
    return client("s3")


def create(s3: Any, name: str = "media", **more: Any) -> None:
    s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": REGION, **more})


def tags(s3: Any, name: str = "media") -> dict[str, str]:
    return {t["Key"]: t["Value"] for t in s3.get_bucket_tagging(Bucket=name)["TagSet"]}


def policy(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)}, indent=2)


TLS_ONLY = {
    "Sid": "tls",
    "Effect": "Deny",
    "Principal": "*",
    "Action": ["s3:*"],
    "Resource": ["arn:aws:s3:::media", "arn:aws:s3:::media/*"],
    "Condition": {"Bool": {"aws:SecureTransport": False}},
}
CDN_ONLY = {
    "Sid": "cdn",
    "Effect": "Allow",
    "Principal": {"Service": "cloudfront.amazonaws.com"},
    "Action": "s3:GetObject",
    "Resource": "arn:aws:s3:::media/*",
    "Condition": {"StringEquals": {"AWS:SourceArn": ["arn:aws:cloudfront::123456789012:distribution/E1"]}},
}


def test_a_new_bucket(s3: Any) -> None:
    create(s3, Tags=TAGS)
    rules = s3.get_bucket_encryption(Bucket="media")["ServerSideEncryptionConfiguration"]["Rules"]
    assert rules[0]["ApplyServerSideEncryptionByDefault"]["SSEAlgorithm"] == "AES256"
    assert rules[0]["BucketKeyEnabled"] is False
    assert s3.get_public_access_block(Bucket="media")["PublicAccessBlockConfiguration"] == BLOCKED
    ownership = s3.get_bucket_ownership_controls(Bucket="media")["OwnershipControls"]["Rules"]
    assert ownership == [{"ObjectOwnership": "BucketOwnerEnforced"}]
    assert tags(s3) == {"k": "v", "empty": ""}
    assert "Status" not in s3.get_bucket_versioning(Bucket="media")
    with refused("BucketAlreadyOwnedByYou", 409):
        create(s3)
    for code, call in (
        ("NoSuchLifecycleConfiguration", s3.get_bucket_lifecycle_configuration),
        ("NoSuchCORSConfiguration", s3.get_bucket_cors),
        ("NoSuchBucketPolicy", s3.get_bucket_policy),
        ("NoSuchBucket", lambda Bucket: s3.get_bucket_versioning(Bucket="lost")),
    ):
        with refused(code, 404):
            call(Bucket="media")
    with refused("AccessControlListNotSupported"):
        s3.put_bucket_acl(Bucket="media", ACL="public-read")
    with refused("InvalidBucketName"):
        create(s3, "Media_Bucket")


def test_settings(s3: Any) -> None:
    create(s3)
    with refused("NoSuchTagSet", 404):
        tags(s3)
    s3.put_bucket_tagging(Bucket="media", Tagging={"TagSet": TAGS})
    assert tags(s3) == {"k": "v", "empty": ""}
    s3.put_bucket_versioning(Bucket="media", VersioningConfiguration={"Status": "Enabled"})
    assert s3.get_bucket_versioning(Bucket="media")["Status"] == "Enabled"
    kms = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms"}, "BucketKeyEnabled": True}
    s3.put_bucket_encryption(Bucket="media", ServerSideEncryptionConfiguration={"Rules": [kms]})
    found = s3.get_bucket_encryption(Bucket="media")["ServerSideEncryptionConfiguration"]["Rules"][0]
    assert found == kms
    s3.delete_bucket_encryption(Bucket="media")
    found = s3.get_bucket_encryption(Bucket="media")["ServerSideEncryptionConfiguration"]["Rules"][0]
    assert found["ApplyServerSideEncryptionByDefault"]["SSEAlgorithm"] == "AES256"
    s3.put_public_access_block(
        Bucket="media", PublicAccessBlockConfiguration={**BLOCKED, "BlockPublicPolicy": False}
    )
    found = s3.get_public_access_block(Bucket="media")["PublicAccessBlockConfiguration"]
    assert found["BlockPublicPolicy"] is False and found["BlockPublicAcls"] is True
    s3.delete_public_access_block(Bucket="media")
    with refused("NoSuchPublicAccessBlockConfiguration", 404):
        s3.get_public_access_block(Bucket="media")
    s3.delete_bucket_ownership_controls(Bucket="media")
    with refused("OwnershipControlsNotFoundError", 404):
        s3.get_bucket_ownership_controls(Bucket="media")
    rule = {
        "ID": "r",
        "AllowedOrigins": ["https://www.example.org"],
        "AllowedMethods": ["GET", "HEAD"],
        "AllowedHeaders": ["*"],
        "ExposeHeaders": ["ETag"],
        "MaxAgeSeconds": 3000,
    }
    s3.put_bucket_cors(Bucket="media", CORSConfiguration={"CORSRules": [rule]})
    assert s3.get_bucket_cors(Bucket="media")["CORSRules"] == [rule]
    s3.delete_bucket_cors(Bucket="media")
    with refused("NoSuchCORSConfiguration"):
        s3.get_bucket_cors(Bucket="media")


def test_lifecycle(s3: Any) -> None:
    create(s3)
    rules = [
        {
            "ID": "old",
            "Status": "Enabled",
            "Filter": {"Prefix": ""},
            "NoncurrentVersionExpiration": {"NoncurrentDays": 30, "NewerNoncurrentVersions": 2},
            "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 7},
        },
        {
            "ID": "big",
            "Status": "Enabled",
            "Filter": {
                "And": {
                    "Prefix": "a/",
                    "Tags": [{"Key": "t", "Value": ""}],
                    "ObjectSizeGreaterThan": 131072,
                }
            },
            "Transitions": [{"Days": 30, "StorageClass": "STANDARD_IA"}],
        },
        {
            "ID": "marker",
            "Status": "Disabled",
            "Filter": {"ObjectSizeLessThan": 5},
            "Expiration": {"ExpiredObjectDeleteMarker": True},
        },
    ]
    s3.put_bucket_lifecycle_configuration(Bucket="media", LifecycleConfiguration={"Rules": rules})
    found = s3.get_bucket_lifecycle_configuration(Bucket="media")
    assert found["Rules"] == rules
    assert found["TransitionDefaultMinimumObjectSize"] == "all_storage_classes_128K"
    with refused("MalformedXML"):
        empty = [{"ID": "x", "Status": "Enabled", "Filter": {}}]
        s3.put_bucket_lifecycle_configuration(Bucket="media", LifecycleConfiguration={"Rules": empty})
    s3.delete_bucket_lifecycle(Bucket="media")
    with refused("NoSuchLifecycleConfiguration"):
        s3.get_bucket_lifecycle_configuration(Bucket="media")


def test_policy(s3: Any) -> None:
    create(s3)
    s3.put_bucket_policy(Bucket="media", Policy=policy(TLS_ONLY, CDN_ONLY))
    found = s3.get_bucket_policy(Bucket="media")["Policy"]
    assert " " not in found and found.startswith('{"Version":"2012-10-17","Statement":[{"Sid":"tls","Effect"')
    first, second = json.loads(found)["Statement"]
    assert first["Action"] == "s3:*" and first["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
    assert second["Condition"]["StringEquals"]["AWS:SourceArn"].endswith("E1")
    s3.put_object(Bucket="media", Key="a", Body=b"x")
    assert s3.get_object(Bucket="media", Key="a")["Body"].read() == b"x"
    assert "Errors" not in s3.delete_objects(Bucket="media", Delete={"Objects": [{"Key": "a"}]})
    public = {**CDN_ONLY, "Principal": "*"}
    del public["Condition"]
    with refused("AccessDenied", 403):
        s3.put_bucket_policy(Bucket="media", Policy=policy(public))
    for wrong in ("nonsense", policy({**CDN_ONLY, "Resource": "arn:aws:s3:::other/*"}), policy()):
        with refused("MalformedPolicy", 400):
            s3.put_bucket_policy(Bucket="media", Policy=wrong)
    s3.delete_bucket_policy(Bucket="media")
    with refused("NoSuchBucketPolicy", 404):
        s3.get_bucket_policy(Bucket="media")


@pytest.mark.parametrize("status", ["Enabled", "Suspended"])
def test_emptying(s3: Any, status: str) -> None:
    create(s3, Tags=TAGS)
    s3.put_bucket_versioning(Bucket="media", VersioningConfiguration={"Status": "Enabled"})
    for key in ("a", "a", "b"):
        s3.put_object(Bucket="media", Key=key, Body=b"x")
    s3.delete_object(Bucket="media", Key="a")
    s3.put_bucket_versioning(Bucket="media", VersioningConfiguration={"Status": status})
    with refused("BucketNotEmpty", 409):
        s3.delete_bucket(Bucket="media")
    pages = list(
        s3.get_paginator("list_object_versions").paginate(Bucket="media", PaginationConfig={"PageSize": 2})
    )
    versions = [v for p in pages for v in p.get("Versions", [])]
    markers = [m for p in pages for m in p.get("DeleteMarkers", [])]
    assert len(versions) == 3 and len(markers) == 1 and len(pages) > 1
    objects = [{"Key": v["Key"], "VersionId": v["VersionId"]} for v in versions]
    assert len(s3.delete_objects(Bucket="media", Delete={"Objects": objects})["Deleted"]) == 3
    with refused("BucketNotEmpty"):
        s3.delete_bucket(Bucket="media")
    s3.delete_object(Bucket="media", Key="a", VersionId=markers[0]["VersionId"])
    s3.delete_bucket(Bucket="media")
    with refused("404", 404):
        s3.head_bucket(Bucket="media")
    create(s3)
    with refused("NoSuchTagSet"):
        tags(s3)


def test_listing(client: Any, s3: Any) -> None:
    for n in range(3):
        create(s3, f"a-{n}")
    create(s3, "b-0")
    client("s3", region="us-east-1").create_bucket(Bucket="a-virginia")
    first = s3.list_buckets(Prefix="a-", MaxBuckets=2)
    assert [b["Name"] for b in first["Buckets"]] == ["a-0", "a-1"] and first["Prefix"] == "a-"
    rest = s3.list_buckets(Prefix="a-", MaxBuckets=2, ContinuationToken=first["ContinuationToken"])
    assert [b["Name"] for b in rest["Buckets"]] == ["a-2", "a-virginia"] and "ContinuationToken" not in rest
    assert rest["Buckets"][1]["BucketRegion"] == "us-east-1"
    here = s3.list_buckets(BucketRegion=REGION)["Buckets"]
    assert [b["Name"] for b in here] == ["a-0", "a-1", "a-2", "b-0"]


def test_another_region(client: Any, s3: Any, url: str) -> None:
    create(s3)

    def head(region: str, path: str = "/media") -> Any:
        scope = f"AWS4-HMAC-SHA256 Credential=sandbox/20260101/{region}/s3/aws4_request, Signature=0"
        link = http.client.HTTPConnection(url.removeprefix("http://"), timeout=20)
        link.request("HEAD", path, headers={"Authorization": scope})
        answer = link.getresponse()
        link.close()
        return answer.status, answer.headers["x-amz-bucket-region"]

    assert head(REGION) == (200, REGION)
    assert head("eu-west-1") == (301, REGION) == head("eu-west-1", "/media/a")
    there = client("s3", region="eu-west-1")
    assert there.get_bucket_location(Bucket="media")["LocationConstraint"] == REGION
    with refused("BucketAlreadyOwnedByYou", 409):
        there.create_bucket(Bucket="media", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
