"""Cache, origin request and response headers policies, origin access controls (CloudFront), as documented.

moto has no policies, and its access controls take any name and vanish while in use.
"""

from __future__ import annotations

from typing import Any

from moto.cloudfront import urls
from moto.cloudfront.models import random_id
from moto.cloudfront.responses import CloudFrontResponse
from moto.core.responses import ActionResult, EmptyResult
from moto.moto_api._internal import mock_random

from mend.cloudfront_common import BASE, ROOT, Versioned, page, plain, table
from mend.cloudfront_config import POLICIES, behaviours, counted
from mend.cloudfront_managed import managed
from mend.core import add, refuse, route


class Kind:
    """One of the three kinds of policies, by its names."""

    def __init__(self, name: str, field: str) -> None:
        self.name, self.field = name, field  # cache_policy, CachePolicyId
        self.camel = "".join(part.capitalize() for part in name.split("_"))
        self.path = name.replace("_", "-")
        self.words = name.replace("_", " ")
        self.plural = name[:-1] + "ies"

    def all(self, backend: Any) -> dict[str, Any]:
        found = table(backend, f"mend_{self.name}")
        if not found:
            for known_id, config in managed(self.name).items():
                found[known_id] = Policy(config, known_id)
        return found

    def find(self, self_: Any) -> Any:
        found = self.all(self_.backend).get(self_._get_param("Id"))
        if found is None:
            refuse(f"NoSuch{self.camel}", f"The {self.words} does not exist.", 404)
        return found

    def config(self, self_: Any, own: Any = None) -> dict[str, Any]:
        """The configuration that was sent, checked."""
        config = plain(self_.params.get(f"{self.camel}Config"))
        counted(config, f"{self.camel}Config")
        for other in self.all(self_.backend).values():
            if other is not own and other.config["Name"] == config.get("Name"):
                text = f"A {self.words} with this name already exists: {other.id}."
                refuse(f"{self.camel}AlreadyExists", text, 409)
        config.setdefault("Comment", "")
        if self.name == "cache_policy":
            least = int(config["MinTTL"])
            config.setdefault("DefaultTTL", max(86400, least))
            config.setdefault("MaxTTL", max(31536000, int(config["DefaultTTL"])))
            if not least <= int(config["DefaultTTL"]) <= int(config["MaxTTL"]):
                refuse("InvalidArgument", "The TTLs are not in order: MinTTL <= DefaultTTL <= MaxTTL.")
        return config

    def shown(self, policy: Any) -> dict[str, Any]:
        return {
            "Id": policy.id,
            "LastModifiedTime": policy.changed,
            f"{self.camel}Config": policy.config,
        }

    def result(self, policy: Any) -> dict[str, Any]:
        return {self.camel: self.shown(policy), "ETag": policy.etag}

    def users(self, backend: Any, policy: Any) -> list[str]:
        return [
            d.id
            for d in backend.distributions.values()
            if any(b.get(self.field) == policy.id for b in behaviours(d.config))
        ]


class Policy(Versioned):
    """A policy, managed by AWS or the user's own."""

    def __init__(self, config: dict[str, Any], known_id: str | None = None) -> None:
        super().__init__(config)
        self.id, self.managed = known_id or str(mock_random.uuid4()), known_id is not None


def operations(kind: Kind) -> None:
    """The operations of a kind of policies."""

    @add(CloudFrontResponse, f"create_{kind.name}")
    def create(self: Any) -> ActionResult:
        # Create*Policy: *AlreadyExists for a name that is there.
        policy = Policy(kind.config(self))
        kind.all(self.backend)[policy.id] = policy
        location = f"{BASE}/{kind.path}/{policy.id}"
        return ActionResult({**kind.result(policy), "Location": location})

    @add(CloudFrontResponse, f"get_{kind.name}")
    def get(self: Any) -> ActionResult:
        # Get*Policy: NoSuch*Policy.
        return ActionResult(kind.result(kind.find(self)))

    @add(CloudFrontResponse, f"get_{kind.name}_config")
    def get_config(self: Any) -> ActionResult:
        # Get*PolicyConfig: with the ETag.
        policy = kind.find(self)
        return ActionResult({f"{kind.camel}Config": policy.config, "ETag": policy.etag})

    @add(CloudFrontResponse, f"list_{kind.plural}")
    def list_(self: Any) -> ActionResult:
        # List*Policies: Type managed or custom, in pages.
        wanted = self._get_param("Type")
        found = [
            {"Type": "managed" if p.managed else "custom", kind.camel: kind.shown(p)}
            for p in kind.all(self.backend).values()
            if wanted in (None, "", "managed" if p.managed else "custom")
        ]
        return ActionResult({f"{kind.camel}List": page(found, self.params, lambda p: p[kind.camel]["Id"])})

    @add(CloudFrontResponse, f"update_{kind.name}")
    def update(self: Any) -> ActionResult:
        # Update*Policy: If-Match; IllegalUpdate for a managed one.
        policy = kind.find(self)
        if policy.managed:
            refuse("IllegalUpdate", f"You cannot update a managed {kind.words}.")
        policy.match(self._get_param("IfMatch"))
        policy.config = kind.config(self, policy)
        policy.renew()
        return ActionResult(kind.result(policy))

    @add(CloudFrontResponse, f"delete_{kind.name}")
    def delete(self: Any) -> ActionResult:
        # Delete*Policy: If-Match; IllegalDelete for a managed one, *InUse for one with distributions.
        policy = kind.find(self)
        if policy.managed:
            refuse("IllegalDelete", f"You cannot delete a managed {kind.words}.")
        policy.match(self._get_param("IfMatch"))
        if kind.users(self.backend, policy):
            text = f"The {kind.words} is attached to one or more cache behaviors and cannot be deleted."
            refuse(f"{kind.camel}InUse", text, 409)
        del kind.all(self.backend)[policy.id]
        return EmptyResult()


# ---------------------------------------------------------------- origin access controls


def control(self: Any) -> Any:
    found = table(self.backend, "mend_access").get(self._get_param("Id"))
    if found is None:
        text = "The specified origin access control does not exist."
        refuse("NoSuchOriginAccessControl", text, 404)
    return found


def control_config(self: Any, own: Any = None) -> dict[str, Any]:
    config = {"Description": "", **plain(self.params.get("OriginAccessControlConfig"))}
    for other in table(self.backend, "mend_access").values():
        if other is not own and other.config["Name"] == config["Name"]:
            text = "An origin access control with this name already exists."
            refuse("OriginAccessControlAlreadyExists", text, 409)
    return config


def control_result(found: Any) -> dict[str, Any]:
    shown = {"Id": found.id, "OriginAccessControlConfig": found.config}
    return {"OriginAccessControl": shown, "ETag": found.etag}


def access() -> None:
    """The operations of origin access controls."""

    @add(CloudFrontResponse, "create_origin_access_control")
    def create(self: Any) -> ActionResult:
        # CreateOriginAccessControl: OriginAccessControlAlreadyExists.
        made = Versioned(control_config(self))
        made.id = random_id(length=14)
        table(self.backend, "mend_access")[made.id] = made
        location = f"{BASE}/origin-access-control/{made.id}"
        return ActionResult({**control_result(made), "Location": location})

    @add(CloudFrontResponse, "get_origin_access_control")
    def get(self: Any) -> ActionResult:
        # GetOriginAccessControl: NoSuchOriginAccessControl.
        return ActionResult(control_result(control(self)))

    @add(CloudFrontResponse, "get_origin_access_control_config")
    def get_config(self: Any) -> ActionResult:
        # GetOriginAccessControlConfig: with the ETag.
        found = control(self)
        return ActionResult({"OriginAccessControlConfig": found.config, "ETag": found.etag})

    @add(CloudFrontResponse, "list_origin_access_controls")
    def list_(self: Any) -> ActionResult:
        # ListOriginAccessControls: in pages.
        found = [{"Id": c.id, **c.config} for c in table(self.backend, "mend_access").values()]
        return ActionResult({"OriginAccessControlList": page(found, self.params, lambda c: c["Id"])})

    @add(CloudFrontResponse, "update_origin_access_control")
    def update(self: Any) -> ActionResult:
        # UpdateOriginAccessControl: If-Match, a new ETag.
        found = control(self)
        found.match(self._get_param("IfMatch"))
        found.config = control_config(self, found)
        found.renew()
        return ActionResult(control_result(found))

    @add(CloudFrontResponse, "delete_origin_access_control")
    def delete(self: Any) -> ActionResult:
        # DeleteOriginAccessControl: If-Match; OriginAccessControlInUse while an origin has it.
        found = control(self)
        found.match(self._get_param("IfMatch"))
        for each in self.backend.distributions.values():
            origins = each.config["Origins"].get("Items", [])
            if any(o.get("OriginAccessControlId") == found.id for o in origins):
                text = "Cannot delete the origin access control because it's in use by a distribution."
                refuse("OriginAccessControlInUse", text, 409)
        del table(self.backend, "mend_access")[found.id]
        return EmptyResult()


def install() -> None:
    from moto.cloudfront.models import CloudFrontBackend

    kinds = [Kind(name, field) for field, (name, _, _) in POLICIES.items()]
    for kind in kinds:
        operations(kind)
        for more in ("", "/(?P<policy_id>[^/]+)", "/(?P<policy_id>[^/]+)/config"):
            route(urls, f"{ROOT}/{kind.path}{more}$", CloudFrontResponse.dispatch)
    access()

    original = CloudFrontBackend.__init__

    def init(self: Any, *args: Any, **kwargs: Any) -> None:
        # The managed policies are there from the beginning.
        original(self, *args, **kwargs)
        for kind in kinds:
            kind.all(self)

    CloudFrontBackend.__init__ = init  # type: ignore[method-assign]
