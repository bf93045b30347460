"""Changes of cache clusters (ElastiCache) as AWS documents them: more and fewer nodes, reboots, deletion.

moto has no ModifyCacheCluster, and a deleted cluster stays.
"""

from __future__ import annotations

import functools
from typing import Any

from moto.core.responses import ActionResult
from moto.elasticache.responses import ElastiCacheResponse

from mend import managed_eni
from mend.core import add, refuse
from mend.elasticache_clusters import MOST_NODES, Cluster, begin_deletion, born, change, check_groups, usable
from mend.elasticache_common import check_type, find, resolve
from mend.elasticache_groups import await_reboot, parameter_group, parameters_for
from mend.managed_eni import ec2_of
from mend.states import enter

SIMPLE = {
    "PreferredMaintenanceWindow": "window",
    "AutoMinorVersionUpgrade": "auto_minor",
    "SnapshotRetentionLimit": "snapshot_retention_limit",
    "SnapshotWindow": "snapshot_window",
    "NotificationTopicArn": "topic",
}


def resize(cluster: Cluster, params: Any) -> Any:
    """ModifyCacheCluster: what a new NumCacheNodes does; None when it is as it was."""
    count, remove = params.get("NumCacheNodes"), list(params.get("CacheNodeIdsToRemove") or [])
    if count is None or int(count) == len(cluster.nodes):
        return None
    if cluster.engine != "memcached" or not 1 <= int(count) <= MOST_NODES:
        refuse("InvalidParameterValue", f"NumCacheNodes {count} is not possible for {cluster.engine}.")
    missing = len(cluster.nodes) - int(count)
    if missing > 0:
        if len(remove) != missing:
            text = "The number of CacheNodeIdsToRemove must be the number of nodes that are too many."
            refuse("InvalidParameterCombination", text)
        if any(i not in [n.id for n in cluster.nodes] for i in remove):
            refuse("InvalidParameterValue", f"Some CacheNodeIdsToRemove are not in cluster {cluster.name}.")
        return functools.partial(cluster.shrink, remove)
    group = find(cluster.backend, "subnetgroup", cluster.subnet_group)
    have = list(dict.fromkeys(s.availability_zone for s in group.subnets))
    zones = list(params.get("NewAvailabilityZones") or [])
    if zones and (len(zones) != -missing or any(z not in have for z in zones)):
        refuse("InvalidParameterCombination", "NewAvailabilityZones must name a zone for each new node.")
    if not zones:
        cross = params.get("AZMode") == "cross-az" or len({n.zone for n in cluster.nodes}) > 1
        used = [n.zone for n in cluster.nodes]
        for _ in range(-missing):
            best = min(have, key=lambda z: used.count(z)) if cross else cluster.nodes[0].zone
            used.append(best)
            zones.append(best)
    return functools.partial(cluster.grow, zones)


def modify(cluster: Cluster, params: Any) -> None:
    """ModifyCacheCluster: some settings at once, nodes, type and version in a while or in the window."""
    backend, later_on, shown = cluster.backend, [], {}
    again = resize(cluster, params)
    kind, asked = params.get("CacheNodeType"), params.get("EngineVersion")
    group = find(backend, "subnetgroup", cluster.subnet_group)
    version = resolve(cluster.engine, asked) if asked else cluster.engine_version
    wanted = params.get("CacheParameterGroupName") or cluster.parameter_group
    parameters = parameters_for(backend, wanted, cluster.engine, version).name
    ids = check_groups(backend, group, params["SecurityGroupIds"]) if params.get("SecurityGroupIds") else None
    if again is not None:
        later_on.append(again)
        shown["NumCacheNodes"] = int(params["NumCacheNodes"])
        if params.get("CacheNodeIdsToRemove"):
            shown["CacheNodeIdsToRemove"] = list(params["CacheNodeIdsToRemove"])
    if kind and check_type(kind) != cluster.cache_node_type:
        later_on.append(functools.partial(setattr, cluster, "cache_node_type", kind))
        shown["CacheNodeType"] = kind
    if version != cluster.engine_version:
        later_on.append(functools.partial(setattr, cluster, "engine_version", version))
        shown["EngineVersion"] = version
    for field, name in SIMPLE.items():
        if params.get(field) is not None:
            setattr(cluster, name, params[field])
    if parameters != cluster.parameter_group:
        before = parameter_group(backend, cluster.parameter_group)
        cluster.parameter_group = parameters
        if before.family == parameter_group(backend, parameters).family:
            await_reboot(backend, parameter_group(backend, parameters), before.given, cluster)
    if ids is not None:
        cluster.groups = ids
        managed_eni.set_groups(ec2_of(backend), [n.eni for n in cluster.nodes], ids)
    cluster.pending = shown
    if later_on and params.get("ApplyImmediately"):
        change(cluster, lambda: [do() for do in later_on])


def install() -> None:
    @add(ElastiCacheResponse, "modify_cache_cluster")
    def modify_cache_cluster(self: Any) -> ActionResult:
        # ModifyCacheCluster: nodes, type, version, parameters, security groups.
        cluster = find(self.elasticache_backend, "cluster", self.params.get("CacheClusterId"))
        usable(cluster, "modified")
        modify(cluster, self.params)
        return ActionResult({"CacheCluster": cluster.shown()})

    @add(ElastiCacheResponse, "reboot_cache_cluster")
    def reboot_cache_cluster(self: Any) -> ActionResult:
        # RebootCacheCluster: rebooting cache cluster nodes, then available.
        cluster = find(self.elasticache_backend, "cluster", self.params.get("CacheClusterId"))
        usable(cluster, "rebooted")
        ids = list(self.params.get("CacheNodeIdsToReboot") or [])
        if not ids or any(i not in [n.id for n in cluster.nodes] for i in ids):
            refuse("InvalidParameterValue", f"CacheNodeIdsToReboot must name nodes of {cluster.name}.")

        def again() -> None:
            cluster.to_reboot = [i for i in cluster.to_reboot if i not in ids]
            born(cluster)

        enter(cluster, "rebooting cache cluster nodes", "elasticache:modify", again)
        return ActionResult({"CacheCluster": cluster.shown()})

    @add(ElastiCacheResponse, "delete_cache_cluster")
    def delete_cache_cluster(self: Any) -> ActionResult:
        # DeleteCacheCluster: deleting, then gone; not while it is the primary of a replication group.
        cluster = find(self.elasticache_backend, "cluster", self.params.get("CacheClusterId"))
        usable(cluster, "deleted")
        if cluster.member_of:
            group = find(self.elasticache_backend, "replicationgroup", cluster.member_of)
            group.release(cluster)
        begin_deletion(cluster)
        return ActionResult({"CacheCluster": cluster.shown()})
