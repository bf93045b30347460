"""Distributions, policies, access controls and functions behave as the CloudFront API reference says."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from conftest import refused, until
from parts import certificate

TAGS = {"Items": [{"Key": "k", "Value": "v"}, {"Key": "empty", "Value": ""}]}
OPTIMIZED = "658327ea-f89d-4fab-a63d-7e88639e58f6"
DISABLED = "4135ea2d-6df8-44a3-9df3-4b5a84be39ad"
ALL_VIEWER = "216adef6-5c7f-47e4-b989-5492eafa07d3"
SECURITY = "67f7725c-6f97-4210-82d7-5512b31e9d03"


@pytest.fixture
def cdn(client: Any) -> Any:
    return client("cloudfront", region="us-east-1")


def control(cdn: Any, name: str = "media") -> Any:
    config = {
        "Name": name,
        "SigningProtocol": "sigv4",
        "SigningBehavior": "always",
        "OriginAccessControlOriginType": "s3",
    }
    return cdn.create_origin_access_control(OriginAccessControlConfig=config)


def configuration(access: str = "", reference: str = "r", **more: Any) -> dict[str, Any]:
    site = {
        "Id": "site",
        "DomainName": "lb.example.org",
        "CustomOriginConfig": {"HTTPPort": 80, "HTTPSPort": 443, "OriginProtocolPolicy": "https-only"},
        "CustomHeaders": {"Quantity": 1, "Items": [{"HeaderName": "X-Secret", "HeaderValue": "s"}]},
    }
    media = {
        "Id": "media",
        "DomainName": "media.s3.eu-central-1.amazonaws.com",
        "S3OriginConfig": {"OriginAccessIdentity": ""},
        "OriginAccessControlId": access,
    }
    whole = {
        "CallerReference": reference,
        "Comment": "c",
        "Enabled": True,
        "Origins": {"Quantity": 2, "Items": [site, media]},
        "DefaultCacheBehavior": {
            "TargetOriginId": "site",
            "ViewerProtocolPolicy": "redirect-to-https",
            "CachePolicyId": DISABLED,
            "OriginRequestPolicyId": ALL_VIEWER,
            "ResponseHeadersPolicyId": SECURITY,
            "AllowedMethods": {
                "Quantity": 7,
                "Items": ["GET", "HEAD", "OPTIONS", "PUT", "POST", "PATCH", "DELETE"],
            },
        },
        "CacheBehaviors": {
            "Quantity": 1,
            "Items": [
                {
                    "PathPattern": "/files/*",
                    "TargetOriginId": "media",
                    "ViewerProtocolPolicy": "https-only",
                    "CachePolicyId": OPTIMIZED,
                    "Compress": True,
                }
            ],
        },
    }
    return {**whole, **more}


def create(cdn: Any, **more: Any) -> Any:
    given = {"DistributionConfig": configuration(**more), "Tags": TAGS}
    return cdn.create_distribution_with_tags(DistributionConfigWithTags=given)


def deployed(cdn: Any, name: str) -> Any:
    def get() -> Any:
        found = cdn.get_distribution(Id=name)
        return found if found["Distribution"]["Status"] == "Deployed" else None

    return until(get)


def test_distribution_life(cdn: Any, slow: Any) -> None:
    slow(distribution=0.1, distribution__update=0.1)
    access = control(cdn)
    oac = access["OriginAccessControl"]["Id"]
    made = create(cdn, access=oac)
    name, arn = made["Distribution"]["Id"], made["Distribution"]["ARN"]
    assert made["Distribution"]["Status"] == "InProgress"
    assert made["ResponseMetadata"]["HTTPStatusCode"] == 201
    with refused("DistributionAlreadyExists", 409) as again:
        create(cdn, access=oac)
    assert name in again.message
    found = deployed(cdn, name)
    config = cdn.get_distribution_config(Id=name)["DistributionConfig"]
    assert config == found["Distribution"]["DistributionConfig"] and found["ETag"] == made["ETag"]
    site, media = config["Origins"]["Items"]
    assert media["OriginAccessControlId"] == oac and media["S3OriginConfig"] == {"OriginAccessIdentity": ""}
    assert site["CustomHeaders"]["Items"] == [{"HeaderName": "X-Secret", "HeaderValue": "s"}]
    assert site["CustomOriginConfig"]["OriginReadTimeout"] == 30
    first, second = config["DefaultCacheBehavior"], config["CacheBehaviors"]["Items"][0]
    assert (first["CachePolicyId"], first["OriginRequestPolicyId"]) == (DISABLED, ALL_VIEWER)
    assert first["ResponseHeadersPolicyId"] == SECURITY and first["AllowedMethods"]["Items"][1] == "DELETE"
    assert second["PathPattern"] == "/files/*" and second["Compress"] and "ForwardedValues" not in second
    assert config["ViewerCertificate"]["CloudFrontDefaultCertificate"] and config["HttpVersion"] == "http2"
    tags = cdn.list_tags_for_resource(Resource=arn)["Tags"]
    assert tags == TAGS
    cdn.tag_resource(Resource=arn, Tags={"Items": [{"Key": "more", "Value": "1"}]})
    cdn.untag_resource(Resource=arn, TagKeys={"Items": ["k"]})
    assert [t["Key"] for t in cdn.list_tags_for_resource(Resource=arn)["Tags"]["Items"]] == ["empty", "more"]
    with refused("NoSuchResource", 404):
        cdn.list_tags_for_resource(Resource=arn + "X")

    etag = found["ETag"]
    with refused("DistributionNotDisabled", 409):
        cdn.delete_distribution(Id=name, IfMatch=etag)
    with refused("OriginAccessControlInUse", 409):
        cdn.delete_origin_access_control(Id=oac, IfMatch=access["ETag"])
    config = copy.deepcopy(config)
    config["Enabled"] = False
    with refused("InvalidIfMatchVersion", 400):
        cdn.update_distribution(Id=name, IfMatch="nonsense", DistributionConfig=config)
    changed = cdn.update_distribution(Id=name, IfMatch=etag, DistributionConfig=config)
    assert changed["ETag"] != etag and changed["Distribution"]["Status"] == "InProgress"
    with refused("PreconditionFailed", 412):
        cdn.delete_distribution(Id=name, IfMatch=etag)
    with refused("IllegalUpdate"):
        cdn.update_distribution(
            Id=name, IfMatch=changed["ETag"], DistributionConfig={**config, "CallerReference": "other"}
        )
    with refused("DistributionNotDisabled"):
        cdn.delete_distribution(Id=name, IfMatch=changed["ETag"])
    deployed(cdn, name)
    cdn.delete_distribution(Id=name, IfMatch=changed["ETag"])
    with refused("NoSuchDistribution", 404):
        cdn.get_distribution(Id=name)
    cdn.delete_origin_access_control(Id=oac, IfMatch=access["ETag"])


@pytest.mark.parametrize(
    ("code", "change"),
    [
        ("NoSuchOrigin", lambda c: c["DefaultCacheBehavior"].update(TargetOriginId="lost")),
        ("NoSuchCachePolicy", lambda c: c["DefaultCacheBehavior"].update(CachePolicyId="lost")),
        (
            "NoSuchResponseHeadersPolicy",
            lambda c: c["DefaultCacheBehavior"].update(ResponseHeadersPolicyId="lost"),
        ),
        ("InvalidOriginAccessControl", lambda c: c["Origins"]["Items"][1].update(OriginAccessControlId="E1")),
        ("InvalidViewerCertificate", lambda c: c.update(Aliases={"Quantity": 1, "Items": ["a.example.org"]})),
        ("InvalidArgument", lambda c: c["Origins"]["Items"][0].pop("CustomOriginConfig")),
        ("InconsistentQuantities", lambda c: c["CacheBehaviors"].update(Quantity=5)),
        ("InvalidArgument", lambda c: c["DefaultCacheBehavior"].update(MinTTL=1)),
    ],
)
def test_what_is_refused(cdn: Any, code: str, change: Any) -> None:
    config = configuration()
    change(config)
    with refused(code):
        cdn.create_distribution(DistributionConfig=config)
    assert "Items" not in cdn.list_distributions()["DistributionList"]


def test_pages(cdn: Any) -> None:
    made = [create(cdn, reference=str(n))["Distribution"]["Id"] for n in range(3)]
    pages = cdn.get_paginator("list_distributions").paginate(PaginationConfig={"PageSize": 2})
    found = [d for p in pages for d in p["DistributionList"].get("Items", [])]
    assert [d["Id"] for d in found] == made and found[0]["Origins"]["Quantity"] == 2
    assert found[0]["DefaultCacheBehavior"]["CachePolicyId"] == DISABLED


def test_certificate(client: Any, cdn: Any) -> None:
    here = certificate(client, "www.example.org")
    there = certificate(client, "www.example.com", region="us-east-1")

    def viewer(arn: str) -> dict[str, Any]:
        return {
            "ACMCertificateArn": arn,
            "SSLSupportMethod": "sni-only",
            "MinimumProtocolVersion": "TLSv1.2_2021",
        }

    def aliases(name: str) -> dict[str, Any]:
        return {"Quantity": 1, "Items": [name]}

    with refused("InvalidViewerCertificate"):
        create(cdn, ViewerCertificate=viewer(here), Aliases=aliases("www.example.org"))
    with refused("InvalidViewerCertificate"):
        create(cdn, ViewerCertificate=viewer(there), Aliases=aliases("www.example.org"))
    made = create(cdn, ViewerCertificate=viewer(there), Aliases=aliases("www.example.com"))["Distribution"]
    shown = made["DistributionConfig"]["ViewerCertificate"]
    assert shown["ACMCertificateArn"] == there and shown["CertificateSource"] == "acm"
    with refused("CNAMEAlreadyExists", 409):
        create(cdn, reference="2", ViewerCertificate=viewer(there), Aliases=aliases("www.example.com"))
    acm = client("acm", region="us-east-1")
    assert acm.describe_certificate(CertificateArn=there)["Certificate"]["InUseBy"] == [made["ARN"]]
    with refused("ResourceInUseException"):
        acm.delete_certificate(CertificateArn=there)


def test_access_controls(cdn: Any) -> None:
    made = control(cdn)
    name = made["OriginAccessControl"]["Id"]
    with refused("OriginAccessControlAlreadyExists", 409):
        control(cdn)
    found = cdn.get_origin_access_control(Id=name)
    assert found["ETag"] == made["ETag"]
    config = {**found["OriginAccessControl"]["OriginAccessControlConfig"], "Description": "new"}
    changed = cdn.update_origin_access_control(
        Id=name, IfMatch=made["ETag"], OriginAccessControlConfig=config
    )
    assert changed["ETag"] != made["ETag"]
    listed = cdn.list_origin_access_controls()["OriginAccessControlList"]
    assert listed["Items"][0]["Description"] == "new" and listed["Items"][0]["Id"] == name
    with refused("PreconditionFailed", 412):
        cdn.delete_origin_access_control(Id=name, IfMatch=made["ETag"])
    cdn.delete_origin_access_control(Id=name, IfMatch=changed["ETag"])
    with refused("NoSuchOriginAccessControl", 404):
        cdn.get_origin_access_control(Id=name)


POLICIES = [
    (
        "cache_policy",
        "CachePolicy",
        {
            "Name": "p",
            "MinTTL": 0,
            "ParametersInCacheKeyAndForwardedToOrigin": {
                "EnableAcceptEncodingGzip": True,
                "HeadersConfig": {
                    "HeaderBehavior": "whitelist",
                    "Headers": {"Quantity": 1, "Items": ["Host"]},
                },
                "CookiesConfig": {
                    "CookieBehavior": "whitelist",
                    "Cookies": {"Quantity": 1, "Items": ["SESS*"]},
                },
                "QueryStringsConfig": {"QueryStringBehavior": "all"},
            },
        },
    ),
    (
        "origin_request_policy",
        "OriginRequestPolicy",
        {
            "Name": "p",
            "HeadersConfig": {"HeaderBehavior": "allViewer"},
            "CookiesConfig": {"CookieBehavior": "all"},
            "QueryStringsConfig": {"QueryStringBehavior": "all"},
        },
    ),
    (
        "response_headers_policy",
        "ResponseHeadersPolicy",
        {
            "Name": "p",
            "SecurityHeadersConfig": {
                "StrictTransportSecurity": {"Override": True, "AccessControlMaxAgeSec": 31536000}
            },
            "CustomHeadersConfig": {
                "Quantity": 1,
                "Items": [{"Header": "X-A", "Value": "b", "Override": False}],
            },
        },
    ),
]


@pytest.mark.parametrize(("name", "camel", "config"), POLICIES)
def test_policies(cdn: Any, name: str, camel: str, config: dict[str, Any]) -> None:
    def call(verb: str, more: str = "", **given: Any) -> Any:
        return getattr(cdn, f"{verb}_{name}{more}")(**given)

    def listed(kind: str) -> list[Any]:
        got = getattr(cdn, f"list_{name[:-1]}ies")(Type=kind)[f"{camel}List"]
        return got.get("Items", [])

    key = f"{camel}Config"
    made = call("create", **{key: config})
    own, etag = made[camel]["Id"], made["ETag"]
    for field, value in config.items():
        assert made[camel][key][field] == value
    with refused(f"{camel}AlreadyExists", 409):
        call("create", **{key: config})
    assert call("get", "_config", Id=own)[key] == made[camel][key]
    assert [p[camel]["Id"] for p in listed("custom")] == [own]
    assert len(listed("managed")) >= 5 and all(
        p[camel][key]["Name"].startswith("Managed-") for p in listed("managed")
    )
    field = f"{camel}Id"
    behaviour = {**configuration()["DefaultCacheBehavior"], field: own}
    create(cdn, DefaultCacheBehavior=behaviour)
    with refused(f"{camel}InUse", 409):
        call("delete", Id=own, IfMatch=etag)
    changed = call("update", Id=own, IfMatch=etag, **{key: {**config, "Comment": "new"}})
    assert changed["ETag"] != etag and changed[camel][key]["Comment"] == "new"
    with refused("PreconditionFailed", 412):
        call("update", Id=own, IfMatch=etag, **{key: config})
    managed = listed("managed")[0][camel]["Id"]
    with refused("IllegalDelete"):
        call("delete", Id=managed, IfMatch=call("get", Id=managed)["ETag"])
    other = call("create", **{key: {**config, "Name": "q"}})
    call("delete", Id=other[camel]["Id"], IfMatch=other["ETag"])
    with refused(f"NoSuch{camel}", 404):
        call("get", Id=other[camel]["Id"])


def test_functions(cdn: Any) -> None:
    config = {"Comment": "c", "Runtime": "cloudfront-js-2.0"}
    made = cdn.create_function(Name="f", FunctionConfig=config, FunctionCode=b"function handler(e){}")
    arn = made["FunctionSummary"]["FunctionMetadata"]["FunctionARN"]
    uses = {"Quantity": 1, "Items": [{"FunctionARN": arn, "EventType": "viewer-request"}]}
    behaviour = {**configuration()["DefaultCacheBehavior"], "FunctionAssociations": uses}
    with refused("InvalidFunctionAssociation"):
        create(cdn, DefaultCacheBehavior=behaviour)
    with refused("NoSuchFunctionExists", 404):
        cdn.describe_function(Name="f", Stage="LIVE")
    cdn.publish_function(Name="f", IfMatch=made["ETag"])
    assert cdn.get_function(Name="f", Stage="LIVE")["FunctionCode"].read() == b"function handler(e){}"
    create(cdn, DefaultCacheBehavior=behaviour)
    with refused("FunctionInUse", 409):
        cdn.delete_function(Name="f", IfMatch=made["ETag"])
    changed = cdn.update_function(Name="f", IfMatch=made["ETag"], FunctionConfig=config, FunctionCode=b"x")
    assert changed["ETag"] != made["ETag"]
    assert cdn.describe_function(Name="f", Stage="LIVE")["ETag"] == made["ETag"]


def test_invalidations(cdn: Any, slow: Any) -> None:
    name = create(cdn)["Distribution"]["Id"]
    batch = {"CallerReference": "1", "Paths": {"Quantity": 1, "Items": ["/*"]}}
    made = cdn.create_invalidation(DistributionId=name, InvalidationBatch=batch)["Invalidation"]
    again = cdn.create_invalidation(DistributionId=name, InvalidationBatch=batch)["Invalidation"]
    assert made["Id"] == again["Id"]

    def status() -> str:
        return cdn.get_invalidation(DistributionId=name, Id=made["Id"])["Invalidation"]["Status"]

    until(lambda: status() == "Completed")
    assert cdn.list_invalidations(DistributionId=name)["InvalidationList"]["Quantity"] == 1
    with refused("NoSuchInvalidation", 404):
        cdn.get_invalidation(DistributionId=name, Id="I1")
