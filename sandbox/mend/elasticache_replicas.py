"""Changes of replication groups (ElastiCache) as AWS documents them: settings, type, replicas, failover.

moto takes the settings at once and has neither more nor fewer replicas.
"""

from __future__ import annotations

import functools
from typing import Any

from moto.core.responses import ActionResult
from moto.elasticache.responses import ElastiCacheResponse

from mend import managed_eni
from mend.core import add, refuse
from mend.elasticache_changes import SIMPLE
from mend.elasticache_clusters import born, check_groups, gone
from mend.elasticache_common import check_type, find, resolve
from mend.elasticache_groups import parameters_for
from mend.elasticache_replication import MOST, Group, check_failover, modifying, usable
from mend.managed_eni import ec2_of
from mend.states import enter


def modify(group: Group, params: Any) -> None:
    """ModifyReplicationGroup: settings at once, type, version and failover in a while."""
    backend, one = group.backend, group.one
    failover, multi_az = params.get("AutomaticFailoverEnabled"), params.get("MultiAZEnabled")
    failover = group.failover if failover is None else bool(failover)
    multi_az = group.multi_az if multi_az is None else bool(multi_az)
    check_failover(failover, multi_az, len(group.shards[0]), group.clustered)
    engine, asked = params.get("Engine") or one.engine, params.get("EngineVersion")
    if one.engine == "valkey" and engine != "valkey":
        refuse("InvalidParameterCombination", "A Valkey replication group cannot become Redis OSS.")
    version = resolve(engine, asked) if asked or engine != one.engine else one.engine_version
    wanted = params.get("CacheParameterGroupName")
    if not wanted and (version == one.engine_version or not one.parameter_group.startswith("default.")):
        wanted = one.parameter_group
    parameters = parameters_for(backend, wanted, engine, version).name
    kind = check_type(params.get("CacheNodeType") or one.cache_node_type)
    subnets = find(backend, "subnetgroup", one.subnet_group)
    asked_groups = params.get("SecurityGroupIds")
    ids = check_groups(backend, subnets, asked_groups) if asked_groups else None
    primary = params.get("PrimaryClusterId")
    if primary and primary not in [m.name for m in group.shards[0]]:
        refuse("InvalidParameterValue", f"{primary} is no member of replication group {group.name}.")
    if params.get("ReplicationGroupDescription") is not None:
        group.description = params["ReplicationGroupDescription"]
    for member in group.members:
        for field, name in SIMPLE.items():
            if params.get(field) is not None:
                setattr(member, name, params[field])
        member.parameter_group = parameters
        if ids is not None:
            member.groups = ids
            managed_eni.set_groups(ec2_of(backend), [n.eni for n in member.nodes], ids)

    def apply() -> None:
        group.failover, group.multi_az = failover, multi_az
        group.settings.update(engine=engine, version=version, type=kind, parameter_group=parameters)
        if ids is not None:
            group.settings["groups"] = ids
        for member in group.members:
            member.engine, member.engine_version, member.cache_node_type = engine, version, kind
        if primary:
            group.shards[0].sort(key=lambda m: m.name != primary)

    waits = (engine, version, kind) != (one.engine, one.engine_version, one.cache_node_type)
    waits = waits or (failover, multi_az) != (group.failover, group.multi_az) or bool(primary)
    hard = (engine, version, kind) != (one.engine, one.engine_version, one.cache_node_type)
    if waits and (params.get("ApplyImmediately") or not hard):
        modifying(group, apply)


def increase(group: Group, count: int, params: Any) -> None:
    """IncreaseReplicaCount: new replicas in the zones with the fewest members."""
    configured = params.get("ReplicaConfiguration") or []
    zones = [z for c in configured for z in c.get("PreferredAvailabilityZones") or []]
    have = find(group.backend, "subnetgroup", group.one.subnet_group).subnets
    have = list(dict.fromkeys(s.availability_zone for s in have))
    made = []
    for number, shard in enumerate(group.shards):
        used = [m.nodes[0].zone for m in shard]
        wanted = zones[len(shard) :] if len(zones) == count + 1 else []
        fresh = list(wanted)
        while len(fresh) < count + 1 - len(shard):
            fresh.append(min(have, key=lambda z: [*used, *fresh].count(z)))
        made += group.enlarge(number, fresh)
    tags = group.backend.tagging_service.list_tags_for_resource(group.arn)["Tags"]
    for member in made:
        group.backend.tagging_service.tag_resource(member.arn, tags)
    modifying(group, lambda: [born(m) for m in made], members=False)


def decrease(group: Group, count: int, params: Any) -> None:
    """DecreaseReplicaCount: named replicas or the last ones leave."""
    named, leaving = list(params.get("ReplicasToRemove") or []), []
    for shard in group.shards:
        replicas = [m for m in shard[1:] if m.name in named] or shard[1:]
        leaving += replicas[len(replicas) - (len(shard) - 1 - count) :]
    check_failover(group.failover, group.multi_az, count + 1, group.clustered)
    for member in leaving:
        enter(member, "deleting")

    def apply() -> None:
        for member in leaving:
            for shard in group.shards:
                if member in shard:
                    shard.remove(member)
            gone(member)

    modifying(group, apply, members=False)


def install() -> None:
    @add(ElastiCacheResponse, "modify_replication_group")
    def modify_replication_group(self: Any) -> ActionResult:
        # ModifyReplicationGroup: InvalidReplicationGroupState while it is not available.
        group = find(self.elasticache_backend, "replicationgroup", self.params.get("ReplicationGroupId"))
        usable(group, "modified")
        modify(group, self.params)
        return ActionResult({"ReplicationGroup": group.shown()})

    @add(ElastiCacheResponse, "increase_replica_count")
    def increase_replica_count(self: Any) -> ActionResult:
        # IncreaseReplicaCount: creates replicas; the group is modifying meanwhile.
        group, count = counted(self)
        if not len(group.shards[0]) - 1 < count < MOST:
            refuse("InvalidParameterValue", f"NewReplicaCount {count} is no increase, or above {MOST - 1}.")
        increase(group, count, self.params)
        return ActionResult({"ReplicationGroup": group.shown()})

    @add(ElastiCacheResponse, "decrease_replica_count")
    def decrease_replica_count(self: Any) -> ActionResult:
        # DecreaseReplicaCount: removes replicas, never the primary.
        group, count = counted(self)
        named = list(self.params.get("ReplicasToRemove") or [])
        if self.params.get("NewReplicaCount") is None:
            count = len(group.shards[0]) - 1 - len(named)
        if not 0 <= count < len(group.shards[0]) - 1:
            refuse("InvalidParameterValue", f"NewReplicaCount {count} is no decrease.")
        replicas = [m.name for shard in group.shards for m in shard[1:]]
        for name in named:
            if name not in replicas:
                refuse("InvalidParameterValue", f"{name} is no replica of replication group {group.name}.")
        decrease(group, count, self.params)
        return ActionResult({"ReplicationGroup": group.shown()})

    @add(ElastiCacheResponse, "test_failover")
    def test_failover(self: Any) -> ActionResult:
        # TestFailover: the first replica becomes the primary.
        group = find(self.elasticache_backend, "replicationgroup", self.params.get("ReplicationGroupId"))
        usable(group, "failed over")
        if not group.failover:
            refuse("InvalidParameterCombination", "Automatic failover is not enabled.")
        number = int(self.params.get("NodeGroupId") or "1") - 1
        modifying(group, functools.partial(rotate, group.shards[number]))
        return ActionResult({"ReplicationGroup": group.shown()})


def rotate(shard: list[Any]) -> None:
    shard.append(shard.pop(0))


def counted(self: Any) -> tuple[Group, int]:
    """The available group of a request and its new number of replicas."""
    group = find(self.elasticache_backend, "replicationgroup", self.params.get("ReplicationGroupId"))
    usable(group, "modified")
    return group, int(self.params.get("NewReplicaCount") or 0)
