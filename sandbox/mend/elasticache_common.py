"""What all of ElastiCache shares: engines and versions, node types, endpoints, names, tags by ARN.

moto takes any engine, type and name, and tags what does not exist.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from typing import Any

from moto.core.resource_tagging import TaggedResource
from moto.core.responses import ActionResult
from moto.elasticache.models import ElastiCacheBackend
from moto.elasticache.responses import ElastiCacheResponse

from mend.core import add, patch, refuse

VERSIONS = {
    "memcached": ["1.4.34", "1.5.10", "1.5.16", "1.6.6", "1.6.12", "1.6.17", "1.6.22"],
    "redis": ["5.0.6", "6.2", "7.0", "7.1"],
    "valkey": ["7.2", "8.0", "8.1"],
}
# What DescribeCacheClusters shows of a version that is asked for by its first two numbers.
SHOWN = {
    "6.2": "6.2.6",
    "7.0": "7.0.7",
    "7.1": "7.1.0",
    "7.2": "7.2.6",
    "8.0": "8.0.1",
    "8.1": "8.1.0",
}
PORTS = {"memcached": 11211, "redis": 6379, "valkey": 6379}
GROWING = "large xlarge 2xlarge 4xlarge 8xlarge 12xlarge 16xlarge 24xlarge 10xlarge"
TYPES = {
    **dict.fromkeys(("cache.t1",), "micro"),
    **dict.fromkeys(("cache.t2", "cache.t3", "cache.t4g"), "micro small medium"),
    "cache.m1": "small medium large xlarge",
    "cache.m3": "medium large xlarge 2xlarge",
    "cache.c1": "xlarge",
    **dict.fromkeys(("cache.m2", "cache.r3"), "large xlarge 2xlarge 4xlarge 8xlarge"),
    **dict.fromkeys(("cache.m4", "cache.m5", "cache.m6g", "cache.m7g", "cache.c7gn"), GROWING),
    **dict.fromkeys(("cache.r4", "cache.r5", "cache.r6g", "cache.r6gd", "cache.r7g"), GROWING),
}
NAME = re.compile(r"(?!.*--)[a-zA-Z][a-zA-Z0-9-]*(?<!-)")
MAX_TAGS = 50
# Resource type in an ARN: where it is kept, and the error for what does not exist.
KINDS = {
    "cluster": ("cache_clusters", "CacheClusterNotFound", "{} is either not present or not available.", 404),
    "subnetgroup": (
        "cache_subnet_groups",
        "CacheSubnetGroupNotFoundFault",
        "Cache Subnet Group {} does not exist.",
        400,
    ),
    "replicationgroup": (
        "replication_groups",
        "ReplicationGroupNotFoundFault",
        "ReplicationGroup {} not found.",
        404,
    ),
    "parametergroup": (
        "mend_parameter_groups",
        "CacheParameterGroupNotFound",
        "CacheParameterGroup {} not found.",
        404,
    ),
    "snapshot": ("snapshots", "SnapshotNotFoundFault", "Snapshot {} not found.", 404),
    "user": ("users", "UserNotFound", "User {} not found.", 404),
}


def table(backend: Any, kind: str) -> dict[str, Any]:
    """Everything of a kind by its name."""
    return backend.__dict__.setdefault(KINDS[kind][0], {})


def find(backend: Any, kind: str, name: str | None) -> Any:
    """The thing of that name, or the error of its kind."""
    _, code, text, status = KINDS[kind]
    things = table(backend, kind)
    if (name or "").lower() not in things:
        refuse(code, text.format(name), status)
    return things[(name or "").lower()]


def arn_of(backend: Any, kind: str, name: str) -> str:
    return f"arn:{backend.partition}:elasticache:{backend.region_name}:{backend.account_id}:{kind}:{name}"


def check_name(field: str, name: str | None, longest: int) -> str:
    """A proper identifier in small letters."""
    if not name or len(name) > longest or not NAME.fullmatch(name):
        text = (
            f"The parameter {field} is not a valid identifier. Identifiers must begin with a letter; must "
            "contain only ASCII letters, digits, and hyphens; and must not end with a hyphen or contain two "
            "consecutive hyphens."
        )
        refuse("InvalidParameterValue", text)
    return name.lower()


def check_type(name: str | None) -> str:
    """CacheNodeType: has to be given and to exist."""
    if not name:
        refuse("InvalidParameterValue", "The parameter CacheNodeType must be provided and must not be null.")
    family, _, size = name.rpartition(".")
    if size not in TYPES.get(family, "").split():
        refuse("InvalidParameterValue", f"Invalid Cache Node Type: {name}.")
    return name


def resolve(engine: str, asked: str | None) -> str:
    """The full version that EngineVersion means; the newest without one."""
    versions = VERSIONS[engine]
    if not asked:
        asked = versions[-1]
    found = [v for v in versions if asked in (v, SHOWN.get(v)) or v.startswith(f"{asked}.")]
    if not found:
        refuse("InvalidParameterValue", f"Cannot find version {asked} for {engine}")
    return SHOWN.get(found[-1], found[-1])


def family_of(engine: str, version: str) -> str:
    """The parameter group family of a version."""
    major, minor = version.split(".")[:2]
    if engine == "memcached" or int(major) < 6:
        return f"{engine}{major}.{minor}"
    return f"{engine}6.x" if major == "6" else engine + major


def suffix(backend: Any) -> str:
    """The part of a name in ElastiCache's domain that stands for the account."""
    return hashlib.md5(f"elasticache/{backend.account_id}".encode()).hexdigest()[:6]


def short(region: str) -> str:
    """euc1 for eu-central-1."""
    area, *direction, number = region.split("-")
    letters = {"northeast": "ne", "northwest": "nw", "southeast": "se", "southwest": "sw"}
    return area + "".join(letters.get(d, d[0]) for d in direction) + number


def domain(backend: Any) -> str:
    return f"{short(backend.region_name)}.cache.amazonaws.com"


def endpoint(address: str, port: int) -> dict[str, Any]:
    return {"Address": address, "Port": port}


def tags_of(params: Any) -> list[dict[str, str]]:
    """Tags as given, checked: an empty value is a value, keys of aws: are reserved."""
    tags = [{"Key": t["Key"], "Value": t.get("Value") or ""} for t in params.get("Tags") or []]
    for tag in tags:
        if tag["Key"].lower().startswith("aws:"):
            refuse("InvalidParameterValue", "Tag keys starting with 'aws:' are reserved for system use")
    if len({t["Key"] for t in tags}) > MAX_TAGS:
        refuse("TagQuotaPerResourceExceeded", f"The number of tags exceeds the limit of {MAX_TAGS}.")
    return tags


def tagged_arn(backend: Any, arn: str | None) -> str:
    """The ARN of something that exists."""
    parts = (arn or "").split(":")
    if len(parts) != 7 or parts[2] != "elasticache" or parts[5] not in KINDS:
        refuse("InvalidARN", f"{arn} is not a valid ARN.")
    find(backend, parts[5], parts[6])
    return str(arn)


def install() -> None:
    @add(ElastiCacheResponse, "list_tags_for_resource")
    def list_tags_for_resource(self: Any) -> ActionResult:
        # ListTagsForResource: NotFound for what does not exist, and for a cluster that is not available.
        backend = self.elasticache_backend
        arn = tagged_arn(backend, self.params.get("ResourceName"))
        kind, name = arn.split(":")[5:]
        if kind == "cluster" and find(backend, kind, name).status != "available":
            refuse("CacheClusterNotFound", KINDS[kind][2].format(name), 404)
        return ActionResult({"TagList": backend.tagging_service.list_tags_for_resource(arn)["Tags"]})

    @add(ElastiCacheResponse, "add_tags_to_resource")
    def add_tags_to_resource(self: Any) -> ActionResult:
        # AddTagsToResource: up to 50 tags; answers with all of them.
        backend = self.elasticache_backend
        arn, tags = tagged_arn(backend, self.params.get("ResourceName")), tags_of(self.params)
        have = backend.tagging_service.get_tag_dict_for_resource(arn)
        if len({*have, *(t["Key"] for t in tags)}) > MAX_TAGS:
            refuse("TagQuotaPerResourceExceeded", f"The number of tags exceeds the limit of {MAX_TAGS}.")
        backend.tagging_service.tag_resource(arn, tags)
        return ActionResult({"TagList": backend.tagging_service.list_tags_for_resource(arn)["Tags"]})

    @add(ElastiCacheResponse, "remove_tags_from_resource")
    def remove_tags_from_resource(self: Any) -> ActionResult:
        # RemoveTagsFromResource: TagNotFound for a tag that is not there.
        backend = self.elasticache_backend
        arn = tagged_arn(backend, self.params.get("ResourceName"))
        keys = list(self.params.get("TagKeys") or [])
        have = backend.tagging_service.get_tag_dict_for_resource(arn)
        for key in keys:
            if key not in have:
                refuse("TagNotFound", f"The tag {key} is not found on the resource {arn}.", 404)
        backend.tagging_service.untag_resource_using_names(arn, keys)
        return ActionResult({"TagList": backend.tagging_service.list_tags_for_resource(arn)["Tags"]})

    @add(ElastiCacheResponse, "describe_cache_engine_versions")
    def describe_cache_engine_versions(self: Any) -> ActionResult:
        # DescribeCacheEngineVersions: by engine, version, family; DefaultOnly.
        wanted, found = self.params, []
        for engine, versions in VERSIONS.items():
            only = versions[-1:] if wanted.get("DefaultOnly") else versions
            for version in only:
                family = family_of(engine, version)
                if wanted.get("Engine") in (None, engine) and wanted.get("EngineVersion") in (None, version):
                    if wanted.get("CacheParameterGroupFamily") in (None, family):
                        found.append(
                            {
                                "Engine": engine,
                                "EngineVersion": version,
                                "CacheParameterGroupFamily": family,
                                "CacheEngineDescription": engine.capitalize(),
                                "CacheEngineVersionDescription": f"{engine} version {version}",
                            }
                        )
        return ActionResult({"CacheEngineVersions": found})

    @patch(ElastiCacheBackend, "iter_tagged_resources")
    def iter_tagged_resources(original: Any, self: Any) -> Iterator[TaggedResource]:
        # GetResources: every kind under the type that its ARN has.
        for kind in KINDS:
            for name, thing in list(table(self, kind).items()):
                if kind == "user" and name == "default":
                    continue
                tags = self.tagging_service.get_tag_dict_for_resource(thing.arn)
                yield TaggedResource(thing.arn, tags, f"elasticache:{kind}")
