"""A distribution's configuration as CloudFront keeps it: defaults filled in, references checked.

moto loses fields that it does not know and checks little.
"""

from __future__ import annotations

import fnmatch
from typing import Any

from moto.acm.models import acm_backends

from mend.cloudfront_common import table
from mend.core import refuse

METHODS = ["HEAD", "DELETE", "POST", "GET", "OPTIONS", "PUT", "PATCH"]
TTLS = {"MinTTL": 0, "DefaultTTL": 86400, "MaxTTL": 31536000}
# Field of a behaviour: the kind of policy, and the code for one that does not exist.
POLICIES = {
    "CachePolicyId": ("cache_policy", "NoSuchCachePolicy", "cache policy"),
    "OriginRequestPolicyId": ("origin_request_policy", "NoSuchOriginRequestPolicy", "origin request policy"),
    "ResponseHeadersPolicyId": (
        "response_headers_policy",
        "NoSuchResponseHeadersPolicy",
        "response headers policy",
    ),
}


def listed(value: Any, **more: Any) -> dict[str, Any]:
    """A list as CloudFront shows it: its Quantity, and Items only when there are some."""
    value = dict(value or {})
    items = list(value.get("Items") or [])
    shown = {**more, **value, "Quantity": len(items)}
    shown.pop("Items", None)
    if items:
        shown["Items"] = items
    return shown


def counted(value: Any, what: str) -> None:
    """InconsistentQuantities: Quantity has to be the number of Items."""
    if isinstance(value, dict):
        if "Quantity" in value and int(value["Quantity"]) != len(value.get("Items") or []):
            text = "The value of Quantity and the size of Items don't match."
            refuse("InconsistentQuantities", f"{text} ({what})")
        for name, each in value.items():
            counted(each, name)
    elif isinstance(value, list):
        for each in value:
            counted(each, what)


def methods(value: Any) -> dict[str, Any]:
    """AllowedMethods, in CloudFront's own order."""
    value = value or {"Items": ["HEAD", "GET"]}
    cached = (value.get("CachedMethods") or {}).get("Items") or ["HEAD", "GET"]
    shown = listed({"Items": [m for m in METHODS if m in value.get("Items", [])]})
    shown["CachedMethods"] = listed({"Items": [m for m in METHODS if m in cached]})
    return shown


def origin(given: dict[str, Any]) -> dict[str, Any]:
    shown = {
        "OriginPath": "",
        "ConnectionAttempts": 3,
        "ConnectionTimeout": 10,
        "OriginShield": {"Enabled": False},
        "OriginAccessControlId": "",
        **given,
        "CustomHeaders": listed(given.get("CustomHeaders")),
    }
    kinds = [k for k in ("S3OriginConfig", "CustomOriginConfig", "VpcOriginConfig") if k in given]
    if len(kinds) != 1:
        text = "Exactly one of S3OriginConfig, CustomOriginConfig and VpcOriginConfig must be specified."
        refuse("InvalidArgument", text)
    if kinds == ["S3OriginConfig"]:
        shown["S3OriginConfig"] = {"OriginAccessIdentity": "", **given["S3OriginConfig"]}
        if not given["DomainName"].endswith(".amazonaws.com") or ".s3" not in given["DomainName"]:
            text = "The parameter Origin DomainName does not refer to a valid S3 bucket."
            refuse("InvalidArgument", text)
    if kinds == ["CustomOriginConfig"]:
        config = {"OriginReadTimeout": 30, "OriginKeepaliveTimeout": 5, **given["CustomOriginConfig"]}
        protocols = config.get("OriginSslProtocols") or {"Items": ["TLSv1", "TLSv1.1", "TLSv1.2"]}
        shown["CustomOriginConfig"] = {**config, "OriginSslProtocols": listed(protocols)}
    return shown


def behaviour(given: dict[str, Any]) -> dict[str, Any]:
    nobody = {"Enabled": False}
    shown = {
        "SmoothStreaming": False,
        "Compress": False,
        "FieldLevelEncryptionId": "",
        "GrpcConfig": {"Enabled": False},
        **given,
        "TrustedSigners": listed(given.get("TrustedSigners"), **nobody),
        "TrustedKeyGroups": listed(given.get("TrustedKeyGroups"), **nobody),
        "AllowedMethods": methods(given.get("AllowedMethods")),
        "LambdaFunctionAssociations": listed(given.get("LambdaFunctionAssociations")),
        "FunctionAssociations": listed(given.get("FunctionAssociations")),
    }
    if given.get("CachePolicyId"):
        for name in ("ForwardedValues", *TTLS):
            if name in given:
                text = f"The parameter {name} cannot be used when a cache policy is associated to the cache "
                refuse("InvalidArgument", text + "behavior.")
    elif "ForwardedValues" not in given:
        text = "The parameter ForwardedValues is required, or a CachePolicyId."
        refuse("InvalidArgument", text)
    else:
        values = dict(given["ForwardedValues"])
        values["Headers"] = listed(values.get("Headers"))
        values["QueryStringCacheKeys"] = listed(values.get("QueryStringCacheKeys"))
        shown = {**shown, **{k: given.get(k, v) for k, v in TTLS.items()}, "ForwardedValues": values}
        if not shown["MinTTL"] <= shown["DefaultTTL"] <= shown["MaxTTL"]:
            refuse("InvalidTTLOrder", "The order of the TTLs is not valid: MinTTL <= DefaultTTL <= MaxTTL.")
    return shown


def certificate(given: dict[str, Any] | None) -> dict[str, Any]:
    given = dict(given or {})
    arn, name = given.get("ACMCertificateArn"), given.get("IAMCertificateId")
    if not arn and not name:
        return {
            "CloudFrontDefaultCertificate": True,
            "SSLSupportMethod": "vip",
            "MinimumProtocolVersion": "TLSv1",
            "CertificateSource": "cloudfront",
        }
    if not given.get("SSLSupportMethod"):
        refuse("InvalidArgument", "The parameter SSLSupportMethod is required with a certificate.")
    shown = {"MinimumProtocolVersion": "TLSv1", **given, "CloudFrontDefaultCertificate": False}
    return {**shown, "Certificate": arn or name, "CertificateSource": "acm" if arn else "iam"}


def normal(given: dict[str, Any]) -> dict[str, Any]:
    """The whole configuration as GetDistributionConfig shows it."""
    counted(given, "DistributionConfig")
    shown = {
        "DefaultRootObject": "",
        "Comment": "",
        "PriceClass": "PriceClass_All",
        "WebACLId": "",
        "HttpVersion": "http2",
        "IsIPV6Enabled": False,
        "ContinuousDeploymentPolicyId": "",
        "Staging": False,
        **given,
        "Aliases": listed(given.get("Aliases")),
        "Origins": listed({"Items": [origin(o) for o in given["Origins"]["Items"]]}),
        "OriginGroups": listed(given.get("OriginGroups")),
        "DefaultCacheBehavior": behaviour(given["DefaultCacheBehavior"]),
        "CacheBehaviors": listed(
            {"Items": [behaviour(b) for b in (given.get("CacheBehaviors") or {}).get("Items") or []]}
        ),
        "CustomErrorResponses": listed(given.get("CustomErrorResponses")),
        "Logging": {
            "Enabled": False,
            "IncludeCookies": False,
            "Bucket": "",
            "Prefix": "",
            **(given.get("Logging") or {}),
        },
        "ViewerCertificate": certificate(given.get("ViewerCertificate")),
        "Restrictions": {
            "GeoRestriction": listed(
                (given.get("Restrictions") or {}).get("GeoRestriction") or {"RestrictionType": "none"}
            )
        },
    }
    return shown


def behaviours(config: dict[str, Any]) -> list[dict[str, Any]]:
    return [config["DefaultCacheBehavior"], *config["CacheBehaviors"].get("Items", [])]


def check(backend: Any, config: dict[str, Any], own: str | None = None) -> None:
    """What CreateDistribution and UpdateDistribution refuse; `own` is the distribution's id."""
    origins = {o["Id"]: o for o in config["Origins"].get("Items", [])}
    groups = {g["Id"] for g in config["OriginGroups"].get("Items", [])}
    patterns = [b["PathPattern"] for b in config["CacheBehaviors"].get("Items", [])]
    for pattern in patterns:
        if patterns.count(pattern) > 1:
            text = f"The parameter PathPattern {pattern} is used by more than one cache behavior."
            refuse("InvalidArgument", text)
    for each in behaviours(config):
        if each["TargetOriginId"] not in {*origins, *groups}:
            text = "One or more of your origins or origin groups do not exist."
            refuse("NoSuchOrigin", text, 404)
        for field, (kind, code, name) in POLICIES.items():
            if each.get(field) and each[field] not in table(backend, f"mend_{kind}"):
                refuse(code, f"The specified {name} does not exist.", 404)
        for association in each["FunctionAssociations"].get("Items", []):
            name = association["FunctionARN"].rpartition("/")[2]
            function = backend.functions.get(name)
            if function is None or "LIVE" not in getattr(function, "mend_stages", {}):
                text = f"The function {association['FunctionARN']} does not exist or is not published."
                refuse("InvalidFunctionAssociation", text)
    for each in origins.values():
        control = each.get("OriginAccessControlId")
        if control and control not in table(backend, "mend_access"):
            refuse("InvalidOriginAccessControl", "The origin access control is not valid.")
    aliases = config["Aliases"].get("Items", [])
    for other in backend.distributions.values():
        if other.id != own and set(aliases) & set(other.config["Aliases"].get("Items", [])):
            text = "One or more of the CNAMEs you provided are already associated with a different resource."
            refuse("CNAMEAlreadyExists", text, 409)
    check_certificate(backend, config["ViewerCertificate"], aliases)


def check_certificate(backend: Any, viewer: dict[str, Any], aliases: list[str]) -> None:
    """InvalidViewerCertificate: issued, in us-east-1, and for every alias."""
    arn = viewer.get("ACMCertificateArn")
    if viewer["CloudFrontDefaultCertificate"]:
        if aliases:
            text = (
                "To add an alternate domain name (CNAME) to a CloudFront distribution, you must attach a "
                "trusted certificate that validates your authorization to use the domain name."
            )
            refuse("InvalidViewerCertificate", text)
        return
    if not arn:
        return
    known = acm_backends[backend.account_id]["us-east-1"]._certificates.get(arn)
    if known is not None:
        known.check()
    if known is None or (known.type == "AMAZON_ISSUED" and known.status != "ISSUED"):
        text = (
            "The specified SSL certificate doesn't exist, isn't in us-east-1 region, isn't valid, or doesn't "
            "include a valid certificate chain."
        )
        refuse("InvalidViewerCertificate", text)
    names = [n.lower() for n in getattr(known, "mend_names", None) or [known.common_name, *known.sans]]
    for alias in aliases:
        if not any(fnmatch.fnmatch(alias.lower(), n) and alias.count(".") == n.count(".") for n in names):
            text = (
                "The certificate that is attached to your distribution doesn't cover the alternate domain "
                "name (CNAME) that you're trying to add."
            )
            refuse("InvalidViewerCertificate", text)
