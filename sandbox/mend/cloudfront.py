"""Distributions (CloudFront) as AWS documents them: kept as sent, deployed in a while, deleted when disabled.

moto loses what it does not know, keeps one ETag for ever and deletes what is enabled.
"""

from __future__ import annotations

from typing import Any

from moto.cloudfront.models import CloudFrontBackend, random_id
from moto.cloudfront.responses import CloudFrontResponse
from moto.core.responses import ActionResult, EmptyResult
from moto.core.utils import utcnow

from mend.cloudfront_common import BASE, Versioned, page, plain
from mend.cloudfront_config import check, normal
from mend.core import Pending, add, patch, refuse

SUMMARY = (
    "Aliases",
    "Origins",
    "OriginGroups",
    "DefaultCacheBehavior",
    "CacheBehaviors",
    "CustomErrorResponses",
    "Comment",
    "PriceClass",
    "Enabled",
    "ViewerCertificate",
    "Restrictions",
    "WebACLId",
    "HttpVersion",
    "IsIPV6Enabled",
    "Staging",
)


class Distribution(Versioned):
    """A distribution with its configuration."""

    def __init__(self, backend: Any, config: dict[str, Any]) -> None:
        super().__init__(config)
        self.distribution_id = self.id
        self.arn = f"arn:aws:cloudfront::{backend.account_id}:distribution/{self.id}"
        self.domain_name = f"d{random_id(uppercase=False, length=13)}.cloudfront.net"
        self.pending = Pending("distribution")
        self.location = f"{BASE}/distribution/{self.id}"

    @property
    def distribution_config(self) -> dict[str, Any]:
        return self.config

    @property
    def status(self) -> str:
        return "Deployed" if self.pending.over() else "InProgress"

    def head(self) -> dict[str, Any]:
        return {
            "Id": self.id,
            "ARN": self.arn,
            "Status": self.status,
            "LastModifiedTime": self.changed,
            "DomainName": self.domain_name,
        }

    def shown(self, running: int = 0) -> dict[str, Any]:
        """As GetDistribution shows it."""
        nobody = {"Enabled": False, "Quantity": 0}
        return {
            **self.head(),
            "InProgressInvalidationBatches": running,
            "ActiveTrustedSigners": nobody,
            "ActiveTrustedKeyGroups": nobody,
            "DistributionConfig": self.config,
            "AliasICPRecordals": self.recordals(),
        }

    def recordals(self) -> list[dict[str, str]]:
        names = self.config["Aliases"].get("Items", [])
        return [{"CNAME": name, "ICPRecordalStatus": "APPROVED"} for name in names]

    def summary(self) -> dict[str, Any]:
        """As ListDistributions shows it."""
        config = {name: self.config.get(name) for name in SUMMARY}
        return {**self.head(), "ETag": self.etag, **config, "AliasICPRecordals": self.recordals()}


class Invalidation:
    """Paths that are being forgotten."""

    def __init__(self, distribution: Distribution, batch: dict[str, Any]) -> None:
        self.id, self.batch, self.created = "I" + random_id(length=13), batch, utcnow()
        self.pending = Pending("invalidation")
        self.location = f"{distribution.location}/invalidation/{self.id}"

    @property
    def status(self) -> str:
        return "Completed" if self.pending.over() else "InProgress"

    def shown(self) -> dict[str, Any]:
        return {
            "Id": self.id,
            "Status": self.status,
            "CreateTime": self.created,
            "InvalidationBatch": self.batch,
        }


def find(backend: Any, name: str | None) -> Distribution:
    if name not in backend.distributions:
        refuse("NoSuchDistribution", "The specified distribution does not exist.", 404)
    return backend.distributions[name]  # type: ignore[no-any-return]


def create(self: Any, config: Any, tags: list[Any]) -> ActionResult:
    """CreateDistribution: a caller reference is used once."""
    backend, config = self.backend, plain(config)
    for each in backend.distributions.values():
        if each.config["CallerReference"] == config["CallerReference"]:
            text = (
                "The caller reference that you are using to create a distribution is associated with another "
                f"distribution. Already exists: {each.id}"
            )
            refuse("DistributionAlreadyExists", text, 409)
    config = normal(config)
    check(backend, config)
    check_tags(tags)
    made = Distribution(backend, config)
    backend.distributions[made.id] = made
    backend.tagger.tag_resource(made.arn, tags)
    return ActionResult({"Distribution": made.shown(), "ETag": made.etag, "Location": made.location})


def tags_in(value: Any) -> list[dict[str, str]]:
    return [{"Key": t["Key"], "Value": t.get("Value") or ""} for t in (value or {}).get("Items") or []]


def check_tags(tags: list[dict[str, str]]) -> None:
    if len(tags) > 50 or any(t["Key"].lower().startswith("aws:") for t in tags):
        refuse("InvalidTagging", "The tagging specified is not valid: at most 50 tags, none of aws:.")


def tagged(backend: Any, arn: str | None) -> str:
    """The ARN of a distribution or function that exists."""
    tables = (backend.distributions, backend.functions, backend.key_value_stores)
    if arn not in [thing.arn for known in tables for thing in known.values()]:
        refuse("NoSuchResource", "The specified resource does not exist.", 404)
    return str(arn)


def running(backend: Any, distribution: Distribution) -> int:
    mine = backend.invalidations.get(distribution.id, [])
    return sum(1 for i in mine if i.status == "InProgress")


def install() -> None:
    @add(CloudFrontResponse, "create_distribution")
    def create_distribution(self: Any) -> ActionResult:
        # CreateDistribution: DistributionAlreadyExists for a repeated CallerReference.
        return create(self, self.params.get("DistributionConfig"), [])

    @add(CloudFrontResponse, "create_distribution_with_tags")
    def create_distribution_with_tags(self: Any) -> ActionResult:
        # CreateDistributionWithTags: tags with empty values too.
        given = self.params.get("DistributionConfigWithTags") or {}
        return create(self, given.get("DistributionConfig"), tags_in(given.get("Tags")))

    @add(CloudFrontResponse, "get_distribution")
    def get_distribution(self: Any) -> ActionResult:
        # GetDistribution: InProgress, then Deployed.
        found = find(self.backend, self._get_param("Id"))
        shown = found.shown(running(self.backend, found))
        return ActionResult({"Distribution": shown, "ETag": found.etag})

    @add(CloudFrontResponse, "get_distribution_config")
    def get_distribution_config(self: Any) -> ActionResult:
        # GetDistributionConfig: everything that was sent, and the defaults.
        found = find(self.backend, self._get_param("Id"))
        return ActionResult({"DistributionConfig": found.config, "ETag": found.etag})

    @add(CloudFrontResponse, "list_distributions")
    def list_distributions(self: Any) -> ActionResult:
        # ListDistributions: pages by Marker and MaxItems.
        found = [d.summary() for d in self.backend.distributions.values()]
        return ActionResult({"DistributionList": page(found, self.params, lambda d: d["Id"])})

    @add(CloudFrontResponse, "update_distribution")
    def update_distribution(self: Any) -> ActionResult:
        # UpdateDistribution: If-Match, IllegalUpdate for another CallerReference; InProgress again.
        found = find(self.backend, self._get_param("Id"))
        found.match(self._get_param("IfMatch"))
        config = plain(self.params.get("DistributionConfig"))
        if config.get("CallerReference") != found.config["CallerReference"]:
            text = "The update contains modifications that are not allowed: CallerReference."
            refuse("IllegalUpdate", text)
        config = normal(config)
        check(self.backend, config, found.id)
        if config != found.config:
            found.pending = Pending("distribution:update")
        found.config = config
        found.renew()
        return ActionResult({"Distribution": found.shown(), "ETag": found.etag})

    @add(CloudFrontResponse, "delete_distribution")
    def delete_distribution(self: Any) -> ActionResult:
        # DeleteDistribution: If-Match; DistributionNotDisabled until it is disabled everywhere.
        found = find(self.backend, self._get_param("Id"))
        found.match(self._get_param("IfMatch"))
        if found.config["Enabled"] or found.status != "Deployed":
            text = "The distribution you are trying to delete has not been disabled."
            refuse("DistributionNotDisabled", text, 409)
        del self.backend.distributions[found.id]
        self.backend.invalidations.pop(found.id, None)
        self.backend.tagger.delete_all_tags_for_resource(found.arn)
        return EmptyResult()

    @patch(CloudFrontBackend, "get_distribution")
    def backend_get(original: Any, self: Any, name: str) -> tuple[Any, str]:
        # What other services of moto ask for.
        found = find(self, name)
        return found, found.etag

    @add(CloudFrontResponse, "create_invalidation")
    def create_invalidation(self: Any) -> ActionResult:
        # CreateInvalidation: the same caller reference and paths give the same invalidation.
        found = find(self.backend, self._get_param("DistributionId"))
        batch = plain(self.params.get("InvalidationBatch"))
        items = (batch.get("Paths") or {}).get("Items") or []
        if any(not path.startswith("/") for path in items) or not items:
            refuse("InvalidArgument", "Your request contains one or more invalid invalidation paths.")
        mine = self.backend.invalidations.setdefault(found.id, [])
        made = next((i for i in mine if i.batch["CallerReference"] == batch["CallerReference"]), None)
        if made is not None and made.batch != batch:
            text = "Your request contains a caller reference that was used for a previous invalidation batch "
            refuse("InvalidArgument", text + "for the same distribution.")
        if made is None:
            made = Invalidation(found, batch)
            mine.insert(0, made)
        return ActionResult({"Invalidation": made.shown(), "Location": made.location})

    @add(CloudFrontResponse, "get_invalidation")
    def get_invalidation(self: Any) -> ActionResult:
        # GetInvalidation: InProgress, then Completed.
        found = find(self.backend, self._get_param("DistributionId"))
        for each in self.backend.invalidations.get(found.id, []):
            if each.id == self._get_param("Id"):
                return ActionResult({"Invalidation": each.shown()})
        refuse("NoSuchInvalidation", "The specified invalidation does not exist.", 404)

    @add(CloudFrontResponse, "list_invalidations")
    def list_invalidations(self: Any) -> ActionResult:
        # ListInvalidations: the newest first, in pages.
        found = find(self.backend, self._get_param("DistributionId"))
        mine = [i.shown() for i in self.backend.invalidations.get(found.id, [])]
        return ActionResult({"InvalidationList": page(mine, self.params, lambda i: i["Id"])})

    @add(CloudFrontResponse, "list_tags_for_resource")
    def list_tags_for_resource(self: Any) -> ActionResult:
        # ListTagsForResource: NoSuchResource for what does not exist.
        arn = tagged(self.backend, self._get_param("Resource"))
        return ActionResult({"Tags": {"Items": self.backend.tagger.list_tags_for_resource(arn)["Tags"]}})

    @add(CloudFrontResponse, "tag_resource")
    def tag_resource(self: Any) -> ActionResult:
        # TagResource: NoSuchResource, InvalidTagging.
        arn, tags = tagged(self.backend, self._get_param("Resource")), tags_in(self.params.get("Tags"))
        check_tags(tags)
        self.backend.tagger.tag_resource(arn, tags)
        return EmptyResult()

    @add(CloudFrontResponse, "untag_resource")
    def untag_resource(self: Any) -> ActionResult:
        # UntagResource: NoSuchResource.
        arn = tagged(self.backend, self._get_param("Resource"))
        keys = list((self.params.get("TagKeys") or {}).get("Items") or [])
        self.backend.tagger.untag_resource_using_names(arn, keys)
        return EmptyResult()
