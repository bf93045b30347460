"""Replication groups (ElastiCache) as AWS documents them: members, endpoints, failover, replicas, an end.

moto's have one member, hardly change and never disappear.
"""

from __future__ import annotations

import functools
from typing import Any

from moto.core.responses import ActionResult
from moto.core.utils import utcnow
from moto.elasticache.responses import ElastiCacheResponse

from mend.core import add, refuse
from mend.elasticache_clusters import Cluster, born, check_groups, gone
from mend.elasticache_common import (
    arn_of,
    check_name,
    check_type,
    domain,
    endpoint,
    find,
    resolve,
    suffix,
    table,
    tags_of,
)
from mend.elasticache_groups import parameters_for, subnet_group
from mend.rds_catalog import page
from mend.states import enter

MOST = 6
COMMON = ("subnet_group", "parameter_group", "cache_node_type", "engine", "engine_version", "port")


class Group:
    """A primary and its replicas, in one shard or in several."""

    def __init__(self, backend: Any, name: str, params: Any, settings: dict[str, Any], shards: int) -> None:
        self.backend, self.name, self.arn = backend, name, arn_of(backend, "replicationgroup", name)
        self.params, self.settings = params, settings
        self.description = params.get("ReplicationGroupDescription") or ""
        self.failover = bool(params.get("AutomaticFailoverEnabled"))
        self.multi_az = bool(params.get("MultiAZEnabled"))
        self.clustered = shards > 1 or settings["clustered"]
        self.shards: list[list[Cluster]] = [[] for _ in range(shards)]
        self.created, self.status, self.ready = utcnow(), "creating", False
        self.node_groups = self.shards

    @property
    def members(self) -> list[Cluster]:
        return [m for shard in self.shards for m in shard]

    @property
    def one(self) -> Cluster:
        return self.members[0]

    def __getattr__(self, field: str) -> Any:
        # What the members have in common.
        if field in COMMON:
            return getattr(self.one, field) if self.members else None
        raise AttributeError(field)

    def enlarge(self, shard: int, zones: list[str]) -> list[Cluster]:
        """New members of a shard in these zones."""
        made = []
        for zone in zones:
            prefix = f"{self.name}-{shard + 1:04}" if self.clustered else self.name
            taken = {m.name for m in self.shards[shard]}
            name = next(n for n in (f"{prefix}-{i:03}" for i in range(1, 1000)) if n not in taken)
            cluster = Cluster(self.backend, name, self.params, self.settings)
            cluster.grow([zone])
            table(self.backend, "cluster")[name] = cluster
            self.shards[shard].append(cluster)
            made.append(cluster)
        return made

    def release(self, cluster: Cluster) -> None:
        """Lets go of a replica."""
        for shard in self.shards:
            if cluster in shard:
                if shard[0] is cluster:
                    text = f"Cache cluster {cluster.name} is serving as primary for replication group "
                    refuse("InvalidCacheClusterState", f"{text}{self.name} and cannot be deleted.")
                shard.remove(cluster)

    def host(self, role: str, shard: int) -> dict[str, Any]:
        """The endpoint of a role: primary, replica or configuration."""
        tail, tls = f"{suffix(self.backend)}.{{}}{domain(self.backend)}", self.one.tls
        if role == "configuration":
            start = "clustercfg." if tls else ""
            return endpoint(f"{start}{self.name}.{tail.format('' if tls else 'clustercfg.')}", self.one.port)
        if tls:
            start = "master" if role == "primary" else "replica"
            return endpoint(f"{start}.{self.name}.{tail.format('')}", self.one.port)
        start = self.name if role == "primary" else f"{self.name}-ro"
        return endpoint(f"{start}.{tail.format(f'ng.{shard + 1:04}.')}", self.one.port)

    def shard_shown(self, number: int) -> dict[str, Any]:
        shown: dict[str, Any] = {"NodeGroupId": f"{number + 1:04}", "Status": self.status}
        shown["NodeGroupMembers"] = []
        if self.clustered:
            count = len(self.shards)
            first, following = 16384 * number // count, 16384 * (number + 1) // count
            shown["Slots"] = f"{first}-{following - 1}"
        elif self.ready:
            shown["PrimaryEndpoint"] = self.host("primary", number)
            shown["ReaderEndpoint"] = self.host("replica", number)
        for place, cluster in enumerate(self.shards[number]):
            member = {
                "CacheClusterId": cluster.name,
                "CacheNodeId": "0001",
                "PreferredAvailabilityZone": cluster.nodes[0].zone if cluster.nodes else None,
            }
            if self.ready and not self.clustered:
                member["CurrentRole"] = "replica" if place else "primary"
                member["ReadEndpoint"] = endpoint(cluster.address(cluster.nodes[0]), cluster.port)
            shown["NodeGroupMembers"].append(member)
        return shown

    def shown(self) -> dict[str, Any]:
        """As DescribeReplicationGroups shows it."""
        shown: dict[str, Any] = {
            "ReplicationGroupId": self.name,
            "ARN": self.arn,
            "Description": self.description,
            "Status": self.status,
            "PendingModifiedValues": {},
            "MemberClusters": [m.name for m in self.members],
            "AutomaticFailover": "enabled" if self.failover else "disabled",
            "MultiAZ": "enabled" if self.multi_az else "disabled",
            "ClusterEnabled": self.clustered,
            "ClusterMode": "enabled" if self.clustered else "disabled",
            "AuthTokenEnabled": bool(self.params.get("AuthToken")),
            "ReplicationGroupCreateTime": self.created,
            "DataTiering": "disabled",
            "NetworkType": "ipv4",
            "IpDiscovery": "ipv4",
            "LogDeliveryConfigurations": [],
        }
        if not self.members:
            return shown
        one = self.one
        shown |= {
            "NodeGroups": [self.shard_shown(n) for n in range(len(self.shards))],
            "CacheNodeType": one.cache_node_type,
            "Engine": one.engine,
            "SnapshotRetentionLimit": one.snapshot_retention_limit,
            "SnapshotWindow": one.snapshot_window,
            "AutoMinorVersionUpgrade": one.auto_minor,
            "TransitEncryptionEnabled": one.tls,
            "AtRestEncryptionEnabled": one.at_rest,
            "KmsKeyId": self.params.get("KmsKeyId"),
        }
        if one.tls:
            shown["TransitEncryptionMode"] = one.tls_mode or "required"
        if self.clustered and self.ready:
            shown["ConfigurationEndpoint"] = self.host("configuration", 0)
        return shown


# ---------------------------------------------------------------- states


def available(group: Group) -> None:
    group.ready = True
    for member in group.members:
        born(member)
    enter(group, "available")


def usable(group: Group, verb: str) -> None:
    """InvalidReplicationGroupState for what is not available."""
    if group.status != "available":
        text = f"Replication group {group.name} is in state {group.status} and cannot be {verb}."
        refuse("InvalidReplicationGroupState", text)


def modifying(group: Group, do: Any, members: bool = True) -> None:
    """Modifying for a while, then changed."""

    def done() -> None:
        do()
        available(group)

    for member in group.members if members else []:
        enter(member, "modifying")
    enter(group, "modifying", "elasticache:modify", done)


def ended(group: Group) -> None:
    for member in group.members:
        gone(member)
    table(group.backend, "replicationgroup").pop(group.name, None)
    group.backend.tagging_service.delete_all_tags_for_resource(group.arn)


# ---------------------------------------------------------------- checks


def check_failover(failover: bool, multi_az: bool, count: int, clustered: bool) -> None:
    """AutomaticFailoverEnabled and MultiAZEnabled: what they need."""
    if failover and count < 2 and not clustered:
        text = "Replication group with automatic failover needs at least two cache clusters."
        refuse("InvalidParameterCombination", text)
    if clustered and not failover:
        text = "Automatic failover must be enabled when cluster mode is enabled."
        refuse("InvalidParameterCombination", text)
    if multi_az and not failover:
        refuse("InvalidParameterCombination", "MultiAZEnabled needs AutomaticFailoverEnabled.")
    if multi_az and count < 2:
        refuse("InvalidParameterCombination", "MultiAZEnabled needs at least one replica.")


def zones_for(group: Any, count: int, wanted: list[str]) -> list[str]:
    """The zone of each member of a shard."""
    have = list(dict.fromkeys(s.availability_zone for s in group.subnets))
    if wanted and (len(wanted) != count or any(z not in have for z in wanted)):
        text = "PreferredCacheClusterAZs must name a zone of the subnet group for each cache cluster."
        refuse("InvalidParameterCombination", text)
    return wanted or [have[n % len(have)] for n in range(count)]


def make(self: Any) -> Group:
    """CreateReplicationGroup, checked."""
    backend, params = self.elasticache_backend, self.params
    name, tags = check_name("ReplicationGroupId", params.get("ReplicationGroupId"), 40), tags_of(params)
    if name in table(backend, "replicationgroup"):
        refuse("ReplicationGroupAlreadyExists", f"Replication group {name} already exists.")
    if not params.get("ReplicationGroupDescription"):
        refuse("InvalidParameterValue", "The parameter ReplicationGroupDescription must be provided.")
    engine = params.get("Engine") or "redis"
    if engine not in ("redis", "valkey"):
        refuse("InvalidParameterValue", f"Invalid cache engine for a replication group: {engine}.")
    kind, version = check_type(params.get("CacheNodeType")), resolve(engine, params.get("EngineVersion"))
    shards = int(params.get("NumNodeGroups") or 1)
    wanted = params.get("CacheParameterGroupName")
    if not wanted and (shards > 1 or params.get("ClusterMode") == "enabled"):
        wanted = parameters_for(backend, None, engine, version).name + ".cluster.on"
    parameters = parameters_for(backend, wanted, engine, version)
    clustered = parameters.value("cluster-enabled") == "yes" or shards > 1
    replicas, count = params.get("ReplicasPerNodeGroup"), params.get("NumCacheClusters")
    size = int(replicas) + 1 if replicas is not None else int(count or 1)
    if not 1 <= size <= MOST:
        refuse("InvalidParameterValue", f"A replication group has between 1 and {MOST} cache clusters.")
    check_failover(
        bool(params.get("AutomaticFailoverEnabled")), bool(params.get("MultiAZEnabled")), size, clustered
    )
    subnets = subnet_group(backend, params.get("CacheSubnetGroupName"))
    if params.get("AuthToken") and not params.get("TransitEncryptionEnabled"):
        refuse("InvalidParameterCombination", "AuthToken needs TransitEncryptionEnabled.")
    at_rest = params.get("AtRestEncryptionEnabled")
    settings = {
        "engine": engine,
        "version": version,
        "type": kind,
        "subnet_group": subnets.name,
        "parameter_group": parameters.name,
        "groups": check_groups(backend, subnets, params.get("SecurityGroupIds")),
        "tls": params.get("TransitEncryptionEnabled"),
        "tls_mode": params.get("TransitEncryptionMode"),
        "at_rest": engine == "valkey" if at_rest is None else at_rest,
        "member_of": name,
        "clustered": clustered,
    }
    zones = zones_for(subnets, size, list(params.get("PreferredCacheClusterAZs") or []))
    group = Group(backend, name, params, settings, shards)
    for shard in range(shards):
        group.enlarge(shard, zones)
    table(backend, "replicationgroup")[name] = group
    backend.tagging_service.tag_resource(group.arn, tags)
    for member in group.members:
        backend.tagging_service.tag_resource(member.arn, tags)
    enter(group, "creating", "elasticache", functools.partial(available, group))
    return group


def install() -> None:
    @add(ElastiCacheResponse, "create_replication_group")
    def create_replication_group(self: Any) -> ActionResult:
        # CreateReplicationGroup: ReplicationGroupAlreadyExists; creating with its members, then available.
        return ActionResult({"ReplicationGroup": make(self).shown()})

    @add(ElastiCacheResponse, "describe_replication_groups")
    def describe_replication_groups(self: Any) -> ActionResult:
        # DescribeReplicationGroups: ReplicationGroupNotFoundFault, pages of 100.
        backend, name = self.elasticache_backend, self.params.get("ReplicationGroupId")
        groups = table(backend, "replicationgroup")
        found = [find(backend, "replicationgroup", name)] if name else [groups[n] for n in sorted(groups)]
        items, marker = page([g.shown() for g in found], self.params)
        return ActionResult({"ReplicationGroups": items, "Marker": marker})

    @add(ElastiCacheResponse, "delete_replication_group")
    def delete_replication_group(self: Any) -> ActionResult:
        # DeleteReplicationGroup: deleting with its members, then gone.
        group = find(self.elasticache_backend, "replicationgroup", self.params.get("ReplicationGroupId"))
        usable(group, "deleted")
        for member in group.members:
            enter(member, "deleting")
        if self.params.get("RetainPrimaryCluster"):
            kept = group.shards[0].pop(0)
            kept.member_of = None
            enter(kept, "available")
        enter(group, "deleting", "elasticache:delete", functools.partial(ended, group))
        return ActionResult({"ReplicationGroup": group.shown()})
