"""Policies and lifecycle rules of buckets (S3) as AWS documents them: canonical, checked, nothing lost.

moto stores any text as a policy, denies everything for a statement with a condition, and forgets parts of
lifecycle rules.
"""

from __future__ import annotations

import json
from typing import Any

from moto.core.responses import ActionResult
from moto.moto_api._internal import mock_random
from moto.s3.exceptions import NoSuchLifecycleConfiguration
from moto.s3.models import FakeBucket, S3Backend
from moto.s3.responses import S3Response
from moto.s3.utils import bucket_policy_is_public

from mend.core import patch, refuse
from mend.s3 import as_list

ORDER = (
    "Sid",
    "Effect",
    "Principal",
    "NotPrincipal",
    "Action",
    "NotAction",
    "Resource",
    "NotResource",
    "Condition",
)
ACTIONS = (
    "Transition",
    "Expiration",
    "NoncurrentVersionTransition",
    "NoncurrentVersionExpiration",
    "AbortIncompleteMultipartUpload",
)


def single(value: Any) -> Any:
    """One value instead of a list of one; what is no text becomes text, as S3 gives it."""
    if isinstance(value, list):
        values = [single(v) for v in value]
        return values[0] if len(values) == 1 else values
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) if isinstance(value, (int, float)) else value


def principal(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    shown = {}
    for kind, who in value.items():
        who = [
            f"arn:aws:iam::{w}:root" if kind == "AWS" and str(w).isdigit() else w for w in as_list(who)
        ]
        shown[kind] = single(who)
    return shown


def statement(given: dict[str, Any], bucket: str) -> dict[str, Any]:
    """A statement in S3's order, checked."""
    for name in given:
        if name not in ORDER:
            refuse("MalformedPolicy", f"Unknown field {name}")
    if given.get("Effect") not in ("Allow", "Deny"):
        refuse("MalformedPolicy", f"Invalid effect: {given.get('Effect')}")
    for one in (("Principal", "NotPrincipal"), ("Action", "NotAction"), ("Resource", "NotResource")):
        if sum(1 for name in one if name in given) != 1:
            refuse("MalformedPolicy", f"Missing required field {one[0]}")
    for resource in as_list(given.get("Resource")):
        name = resource.rpartition(":::")[2].partition("/")[0]
        if not resource.startswith("arn:") or name not in (bucket, "*"):
            refuse("MalformedPolicy", "Policy has invalid resource")
    for action in as_list(given.get("Action")):
        if action != "*" and not action.lower().startswith("s3:"):
            refuse("MalformedPolicy", "Policy has invalid action")
    shown: dict[str, Any] = {}
    for name in ORDER:
        if name not in given:
            continue
        value = given[name]
        if name in ("Principal", "NotPrincipal"):
            shown[name] = principal(value)
        elif name == "Condition":
            shown[name] = {op: {k: single(v) for k, v in keys.items()} for op, keys in value.items()}
        else:
            shown[name] = single(value)
    return shown


def canonical(text: bytes | str, bucket: str) -> str:
    """The policy as GetBucketPolicy gives it back."""
    try:
        given = json.loads(text)
    except ValueError:
        refuse("MalformedPolicy", "Policies must be valid JSON and the first byte must be '{'")
    if not isinstance(given, dict) or not given.get("Statement"):
        refuse("MalformedPolicy", "Missing required field Statement")
    shown = {name: given[name] for name in ("Version", "Id") if name in given}
    shown.setdefault("Version", "2008-10-17")
    shown["Statement"] = [statement(s, bucket) for s in as_list(given["Statement"])]
    return json.dumps(shown, separators=(",", ":"))


def unconditional(policy: bytes) -> bytes | None:
    """The statements that moto's own enforcement is to see: those that have no condition."""
    whole = json.loads(policy)
    kept = [s for s in as_list(whole.get("Statement")) if "Condition" not in s]
    return json.dumps({**whole, "Statement": kept}).encode() if kept else None


# ---------------------------------------------------------------- lifecycle


def flag(value: Any) -> Any:
    return value == "true" if value in ("true", "false") else value


def filtered(given: Any) -> dict[str, Any]:
    """A rule's filter as it was sent."""
    shown: dict[str, Any] = {}
    for name, value in (given or {}).items():
        if name == "And":
            both = {k: v for k, v in (value or {}).items() if k not in ("Tag", "Prefix")}
            if "Prefix" in value:
                both["Prefix"] = value["Prefix"] or ""
            tags = [{"Key": t["Key"], "Value": t.get("Value") or ""} for t in as_list(value.get("Tag"))]
            shown["And"] = {**both, "Tags": tags} if tags else both
        elif name == "Tag":
            shown["Tag"] = {"Key": value["Key"], "Value": value.get("Value") or ""}
        else:
            shown[name] = value or ""
    return shown


def rule(given: dict[str, Any]) -> dict[str, Any]:
    """A lifecycle rule as GetBucketLifecycleConfiguration gives it back."""
    if given.get("Status") not in ("Enabled", "Disabled") or not any(given.get(a) for a in ACTIONS):
        text = "The XML you provided was not well-formed or did not validate against our published schema"
        refuse("MalformedXML", text)
    name = given.get("ID") or mock_random.get_random_hex(32)
    shown: dict[str, Any] = {"ID": name, "Status": given["Status"]}
    if "Filter" in given:
        shown["Filter"] = filtered(given["Filter"])
    else:
        shown["Prefix"] = given.get("Prefix") or ""
    for name in ACTIONS:
        if not given.get(name):
            continue
        values = [{k: flag(v) for k, v in each.items()} for each in as_list(given[name])]
        several = name in ("Transition", "NoncurrentVersionTransition")
        shown[f"{name}s" if several else name] = values if several else values[0]
    return shown


def install() -> None:
    @patch(S3Backend, "put_bucket_policy")
    def put_bucket_policy(original: Any, self: Any, bucket_name: str, policy: bytes) -> None:
        # PutBucketPolicy: MalformedPolicy; AccessDenied for a public one that Block Public Access forbids.
        bucket = self.get_bucket(bucket_name)
        text = canonical(policy, bucket_name)
        block = bucket.public_access_block
        if block is not None and block.block_public_policy and bucket_policy_is_public(text):
            why = (
                "User is not authorized to perform: s3:PutBucketPolicy on resource: "
                f'"{bucket.arn}" because public policies are prevented by the BlockPublicPolicy setting '
                "in S3 Block Public Access."
            )
            refuse("AccessDenied", why, 403)
        return original(self, bucket_name, text.encode())  # type: ignore[no-any-return]

    @patch(S3Response, "_bucket_response_put")
    def bucket_put(
        original: Any, self: Any, request: Any, bucket_name: str, querystring: dict[str, Any]
    ) -> Any:
        # PutBucketPolicy: 204 without content.
        answer = original(self, request, bucket_name, querystring)
        return (204, {}, "") if "policy" in querystring else answer

    @patch(FakeBucket, "get_permission")
    def get_permission(original: Any, self: Any, action: str, resource: str) -> Any:
        # A deny of plain HTTP does not deny what is not plain HTTP: conditions are not evaluated here.
        whole, self.policy = self.policy, unconditional(self.policy) if self.policy else None
        try:
            return original(self, action, resource)
        finally:
            self.policy = whole

    @patch(FakeBucket, "set_lifecycle")
    def set_lifecycle(original: Any, self: Any, rules: list[dict[str, Any]]) -> None:
        # PutBucketLifecycleConfiguration: rules with an action each; ids are unique and given if absent.
        shown = [rule(r) for r in rules]
        ids = [r["ID"] for r in shown]
        if len(set(ids)) != len(ids):
            refuse("InvalidArgument", "Rule ID must be unique. Found same ID for more than one rule")
        before = self.rules
        try:
            original(self, [{k: v for k, v in r.items() if k != "Filter"} | plain_filter(r) for r in rules])
        except Exception:
            self.rules = before
            raise
        self.mend_lifecycle = shown

    @patch(S3Response, "get_bucket_lifecycle")
    def get_bucket_lifecycle(original: Any, self: Any) -> Any:
        # GetBucketLifecycleConfiguration: all that was put.
        bucket = self.backend.get_bucket(self.bucket_name)
        self.data["Action"] = "GetBucketLifecycleConfiguration"
        if not bucket.rules:
            raise NoSuchLifecycleConfiguration(bucket_name=self.bucket_name)
        least = "all_storage_classes_128K"
        result = {"Rules": bucket.mend_lifecycle, "TransitionDefaultMinimumObjectSize": least}
        return self.serialized(ActionResult(result))


def plain_filter(given: dict[str, Any]) -> dict[str, Any]:
    """The filter without what moto's own check takes for a second one."""
    if "Filter" not in given:
        return {}
    known = {k: v for k, v in (given["Filter"] or {}).items() if k in ("Prefix", "Tag", "And")}
    return {"Filter": known or None}
