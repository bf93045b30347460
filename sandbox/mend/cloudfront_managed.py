"""CloudFront's managed policies with the ids that they have in every account.

Stacks name them by id, so they have to be there with their meaning.
"""

from __future__ import annotations

from typing import Any

CORS_HEADERS = ["origin", "access-control-request-headers", "access-control-request-method"]
HSTS = {"Override": False, "AccessControlMaxAgeSec": 31536000}


def items(*names: str) -> dict[str, Any]:
    return {"Quantity": len(names), "Items": list(names)}


def behaviour(kind: str, value: str, field: str = "", *names: str) -> dict[str, Any]:
    shown: dict[str, Any] = {f"{kind}Behavior": value}
    if names:
        shown[field] = items(*names)
    return shown


def cache(
    name: str,
    ttls: tuple[int, int, int],
    compress: bool,
    headers: tuple[str, ...] = (),
    everything: bool = False,
) -> dict[str, Any]:
    some = "all" if everything else "none"
    return {
        "Name": name,
        "Comment": f"Managed policy {name}",
        "MinTTL": ttls[0],
        "DefaultTTL": ttls[1],
        "MaxTTL": ttls[2],
        "ParametersInCacheKeyAndForwardedToOrigin": {
            "EnableAcceptEncodingGzip": compress,
            "EnableAcceptEncodingBrotli": compress,
            "HeadersConfig": behaviour("Header", "whitelist" if headers else "none", "Headers", *headers),
            "CookiesConfig": {"CookieBehavior": "all" if headers else "none"},
            "QueryStringsConfig": {"QueryStringBehavior": some},
        },
    }


def request(name: str, headers: dict[str, Any], cookies: str, strings: str) -> dict[str, Any]:
    return {
        "Name": name,
        "Comment": f"Managed policy {name}",
        "HeadersConfig": headers,
        "CookiesConfig": {"CookieBehavior": cookies},
        "QueryStringsConfig": {"QueryStringBehavior": strings},
    }


def response(name: str, cors: str, secure: bool) -> dict[str, Any]:
    shown: dict[str, Any] = {"Name": name, "Comment": f"Managed policy {name}"}
    if cors:
        full = cors == "preflight"
        methods = ["GET", "HEAD", "PUT", "POST", "PATCH", "DELETE", "OPTIONS"] if full else ["GET"]
        shown["CorsConfig"] = {
            "AccessControlAllowOrigins": items("*"),
            "AccessControlAllowHeaders": items("*"),
            "AccessControlAllowMethods": items(*methods),
            "AccessControlAllowCredentials": False,
            "OriginOverride": False,
        }
        if full:
            shown["CorsConfig"]["AccessControlExposeHeaders"] = items("*")
    if secure:
        shown["SecurityHeadersConfig"] = {
            "XSSProtection": {"Override": False, "Protection": True, "ModeBlock": True},
            "FrameOptions": {"Override": False, "FrameOption": "SAMEORIGIN"},
            "ReferrerPolicy": {"Override": False, "ReferrerPolicy": "strict-origin-when-cross-origin"},
            "ContentTypeOptions": {"Override": True},
            "StrictTransportSecurity": HSTS,
        }
    return shown


DAY, YEAR = 86400, 31536000
ORIGIN = ("host", "origin", "x-http-method-override", "x-http-method", "x-method-override")


def managed(kind: str) -> dict[str, dict[str, Any]]:
    """The managed policies of a kind by id, under names that begin with `Managed-` as the API gives them."""
    if kind == "cache_policy":
        found = {
            "658327ea-f89d-4fab-a63d-7e88639e58f6": cache("CachingOptimized", (1, DAY, YEAR), True),
            "b2884449-e4de-46a7-ac36-70bc7f1ddd6d": cache(
                "CachingOptimizedForUncompressedObjects", (1, DAY, YEAR), False
            ),
            "4135ea2d-6df8-44a3-9df3-4b5a84be39ad": cache("CachingDisabled", (0, 0, 0), False),
            "08627262-05a9-4f76-9ded-b50ca2e3a84f": cache(
                "Elemental-MediaPackage", (0, DAY, YEAR), True, ("origin",), True
            ),
            "2e54312d-136d-493c-8eb9-b001f22f67d2": cache(
                "Amplify", (2, 2, 600), True, ("authorization", "cloudfront-viewer-country", "host"), True
            ),
            "83da9c7e-98b4-4e11-a168-04f0df8e2c65": cache(
                "UseOriginCacheControlHeaders", (0, 0, YEAR), True, ORIGIN
            ),
            "4cc15a8a-d715-48a4-82b8-cc0b614638fe": cache(
                "UseOriginCacheControlHeaders-QueryStrings", (0, 0, YEAR), True, ORIGIN, True
            ),
        }
    elif kind == "origin_request_policy":
        listed = {"HeaderBehavior": "whitelist"}
        viewer = {"HeaderBehavior": "allViewer"}
        found = {
            "acba4595-bd28-49b8-b9fe-13317c0390fa": request(
                "UserAgentRefererHeaders",
                {**listed, "Headers": items("user-agent", "referer")},
                "none",
                "none",
            ),
            "59781a5b-3903-41f3-afcb-af62929ccde1": request(
                "CORS-CustomOrigin", {**listed, "Headers": items("origin")}, "none", "none"
            ),
            "88a5eaf4-2fd4-4709-b370-b4c650ea3fcf": request(
                "CORS-S3Origin", {**listed, "Headers": items(*CORS_HEADERS)}, "none", "none"
            ),
            "216adef6-5c7f-47e4-b989-5492eafa07d3": request("AllViewer", viewer, "all", "all"),
            "775133bc-15f2-49f9-abea-afb2e0bf67d2": request(
                "Elemental-MediaTailor-PersonalizedManifests",
                {**listed, "Headers": items(*CORS_HEADERS, "user-agent", "x-forwarded-for")},
                "none",
                "all",
            ),
            "33f36d7e-f396-46d9-90e0-52428a34d9dc": request(
                "AllViewerAndCloudFrontHeaders-2022-06",
                {
                    "HeaderBehavior": "allViewerAndWhitelistCloudFront",
                    "Headers": items("CloudFront-Forwarded-Proto", "CloudFront-Viewer-Country"),
                },
                "all",
                "all",
            ),
            "b689b0a8-53d0-40ab-baf2-68738e2966ac": request(
                "AllViewerExceptHostHeader",
                {"HeaderBehavior": "allExcept", "Headers": items("host")},
                "all",
                "all",
            ),
        }
    else:
        found = {
            "60669652-455b-4ae9-85a4-c4c02393f86c": response("SimpleCORS", "simple", False),
            "5cc3b908-e619-4b99-88e5-2cf7f45965bd": response("CORS-With-Preflight", "preflight", False),
            "67f7725c-6f97-4210-82d7-5512b31e9d03": response("SecurityHeadersPolicy", "", True),
            "e61eb60c-9c35-4d20-a928-2b84e02af89c": response(
                "CORS-and-SecurityHeadersPolicy", "simple", True
            ),
            "eaab4381-ed33-4a86-88ca-d9558dc6cd63": response(
                "CORS-with-preflight-and-SecurityHeadersPolicy", "preflight", True
            ),
        }
    for config in found.values():
        config["Name"] = f"Managed-{config['Name']}"
    return found
