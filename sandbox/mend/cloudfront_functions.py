"""CloudFront Functions as AWS documents them: a stage to work on and one that is live, each with an ETag.

moto cannot publish or change them.
"""

from __future__ import annotations

from typing import Any

from moto.cloudfront import urls
from moto.cloudfront.models import random_id
from moto.cloudfront.responses import CloudFrontResponse
from moto.core.responses import ActionResult, EmptyResult
from moto.core.utils import utcnow

from mend.cloudfront_common import BASE, ROOT, Versioned, page, plain
from mend.cloudfront_config import behaviours
from mend.core import add, refuse, route

DEVELOPMENT, LIVE = "DEVELOPMENT", "LIVE"


class Function(Versioned):
    """A function with its stages."""

    def __init__(self, backend: Any, name: str, config: dict[str, Any], code: Any) -> None:
        super().__init__(config)
        self.name, self.created = name, utcnow()
        self.arn = f"arn:aws:cloudfront::{backend.account_id}:function/{name}"
        self.mend_stages: dict[str, dict[str, Any]] = {}
        self.write(config, code)

    def write(self, config: dict[str, Any], code: Any) -> None:
        stage = {"config": config, "code": code, "changed": utcnow(), "etag": self.etag}
        self.mend_stages[DEVELOPMENT] = stage

    def summary(self, stage: str) -> dict[str, Any]:
        have = self.mend_stages[stage]
        live = self.mend_stages.get(LIVE)
        published = live is not None and live["etag"] == have["etag"]
        return {
            "Name": self.name,
            "Status": "UNASSOCIATED" if published else "UNPUBLISHED",
            "FunctionConfig": have["config"],
            "FunctionMetadata": {
                "FunctionARN": self.arn,
                "Stage": stage,
                "CreatedTime": self.created,
                "LastModifiedTime": have["changed"],
            },
        }


def find(self: Any, stage: str = "") -> Any:
    name = self._get_param("Name")
    found = self.backend.functions.get(name)
    if found is None or (stage and stage not in found.mend_stages):
        refuse("NoSuchFunctionExists", f"The function {name} does not exist.", 404)
    return found


def install() -> None:
    @add(CloudFrontResponse, "create_function")
    def create_function(self: Any) -> ActionResult:
        # CreateFunction: FunctionAlreadyExists; in the development stage.
        name = self._get_param("Name")
        if name in self.backend.functions:
            refuse("FunctionAlreadyExists", "A function with the same name already exists.", 409)
        made = Function(
            self.backend, name, plain(self.params["FunctionConfig"]), self._get_param("FunctionCode")
        )
        made.id = random_id(length=14)
        self.backend.functions[name] = made
        location = f"{BASE}/function/{made.arn}"
        summary = made.summary(DEVELOPMENT)
        return ActionResult({"FunctionSummary": summary, "Location": location, "ETag": made.etag})

    @add(CloudFrontResponse, "describe_function")
    def describe_function(self: Any) -> ActionResult:
        # DescribeFunction: NoSuchFunctionExists for a stage that is not there.
        stage = self._get_param("Stage") or DEVELOPMENT
        found = find(self, stage)
        etag = found.mend_stages[stage]["etag"]
        return ActionResult({"FunctionSummary": found.summary(stage), "ETag": etag})

    @add(CloudFrontResponse, "get_function")
    def get_function(self: Any) -> ActionResult:
        # GetFunction: the code of a stage.
        stage = self._get_param("Stage") or DEVELOPMENT
        have = find(self, stage).mend_stages[stage]
        kind = "application/octet-stream"
        return ActionResult({"FunctionCode": have["code"], "ETag": have["etag"], "ContentType": kind})

    @add(CloudFrontResponse, "list_functions")
    def list_functions(self: Any) -> ActionResult:
        # ListFunctions: by Stage, in pages.
        wanted = self._get_param("Stage")
        found = [
            f.summary(stage)
            for f in self.backend.functions.values()
            for stage in f.mend_stages
            if wanted in (None, "", stage)
        ]
        return ActionResult({"FunctionList": page(found, self.params, lambda f: f["Name"])})

    @add(CloudFrontResponse, "update_function")
    def update_function(self: Any) -> ActionResult:
        # UpdateFunction: If-Match; changes the development stage only.
        found = find(self)
        found.match(self._get_param("IfMatch"))
        found.renew()
        found.write(plain(self.params["FunctionConfig"]), self._get_param("FunctionCode"))
        return ActionResult({"FunctionSummary": found.summary(DEVELOPMENT), "ETag": found.etag})

    @add(CloudFrontResponse, "publish_function")
    def publish_function(self: Any) -> ActionResult:
        # PublishFunction: If-Match; the development stage becomes the live one.
        found = find(self)
        found.match(self._get_param("IfMatch"))
        found.mend_stages[LIVE] = dict(found.mend_stages[DEVELOPMENT])
        return ActionResult({"FunctionSummary": found.summary(LIVE)})

    @add(CloudFrontResponse, "delete_function")
    def delete_function(self: Any) -> ActionResult:
        # DeleteFunction: If-Match; FunctionInUse while a behaviour has it.
        found = find(self)
        found.match(self._get_param("IfMatch"))
        for each in self.backend.distributions.values():
            for behaviour in behaviours(each.config):
                used = behaviour["FunctionAssociations"].get("Items", [])
                if found.arn in [a["FunctionARN"] for a in used]:
                    text = "Cannot delete the function because it's attached to one or more cache behaviors."
                    refuse("FunctionInUse", text, 409)
        del self.backend.functions[found.name]
        self.backend.tagger.delete_all_tags_for_resource(found.arn)
        return EmptyResult()

    route(urls, f"{ROOT}/function/(?P<function_name>[^/]+)/publish$", CloudFrontResponse.dispatch)
