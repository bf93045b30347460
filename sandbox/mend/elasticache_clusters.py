"""Cache clusters (ElastiCache) as AWS documents them: created in a while, with nodes, endpoints, interfaces.

moto's have no nodes, cannot be changed and are never gone.
"""

from __future__ import annotations

import functools
from typing import Any

from moto.core.responses import ActionResult
from moto.core.utils import utcnow
from moto.elasticache.responses import ElastiCacheResponse

from mend import managed_eni
from mend.core import add, refuse
from mend.elasticache_common import (
    PORTS,
    VERSIONS,
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
from mend.managed_eni import ec2_of
from mend.rds_catalog import page
from mend.states import enter

MOST_NODES = 60
TLS_SINCE = (1, 6, 12)


class Node:
    """A node with its interface."""

    def __init__(self, cluster: Any, number: int, subnet: Any) -> None:
        self.id, self.zone = f"{number:04}", subnet.availability_zone
        self.created, self.status = utcnow(), "creating"
        description = f"ElastiCache {cluster.name}-{self.id}"
        ec2 = ec2_of(cluster.backend)
        self.eni = managed_eni.make(ec2, subnet.id, cluster.groups, description, "amazon-elasticache")


class Cluster:
    """A Memcached cluster, a single Redis OSS node, or a member of a replication group."""

    def __init__(self, backend: Any, name: str, params: Any, settings: dict[str, Any]) -> None:
        self.backend, self.name, self.arn = backend, name, arn_of(backend, "cluster", name)
        self.engine: str = settings["engine"]
        self.engine_version: str = settings["version"]
        self.cache_node_type: str = settings["type"]
        self.subnet_group: str = settings["subnet_group"]
        self.parameter_group: str = settings["parameter_group"]
        self.port = int(params.get("Port") or PORTS[self.engine])
        self.groups = settings["groups"]
        self.tls, self.at_rest = bool(settings.get("tls")), bool(settings.get("at_rest"))
        self.tls_mode = settings.get("tls_mode")
        self.member_of: str | None = settings.get("member_of")
        self.window = params.get("PreferredMaintenanceWindow") or "sun:03:00-sun:04:00"
        minor = params.get("AutoMinorVersionUpgrade")
        self.auto_minor = True if minor is None else bool(minor)
        self.snapshot_retention_limit = int(params.get("SnapshotRetentionLimit") or 0)
        self.snapshot_window = params.get("SnapshotWindow") or "01:00-02:00"
        self.topic = params.get("NotificationTopicArn")
        self.created, self.status = utcnow(), "creating"
        self.pending: dict[str, Any] = {}
        self.nodes: list[Node] = []
        # Nodes whose parameters wait for a restart.
        self.to_reboot: list[str] = []
        # Names under which moto's snapshots look for these.
        self.cache_cluster_id, self.num_cache_nodes = name, 1
        self.cache_subnet_group_name = self.subnet_group
        self.cache_parameter_group_name = self.parameter_group

    def grow(self, zones: list[str]) -> None:
        """New nodes in these zones."""
        subnets = find(self.backend, "subnetgroup", self.subnet_group).subnets
        for zone in zones:
            number = max([int(n.id) for n in self.nodes], default=0) + 1
            subnet = next(s for s in subnets if s.availability_zone == zone)
            self.nodes.append(Node(self, number, subnet))
        self.num_cache_nodes = len(self.nodes)

    def shrink(self, ids: list[str]) -> None:
        gone = [n for n in self.nodes if n.id in ids]
        managed_eni.drop_now(ec2_of(self.backend), [n.eni for n in gone])
        self.nodes = [n for n in self.nodes if n.id not in ids]
        self.to_reboot = [i for i in self.to_reboot if i not in ids]
        self.num_cache_nodes = len(self.nodes)

    def address(self, node: Node) -> str:
        tail = f"{suffix(self.backend)}.{{}}{domain(self.backend)}"
        if self.engine == "memcached" or not (self.tls and self.member_of):
            return f"{self.name}.{tail.format(node.id + '.')}"
        return f"{self.name}.{self.member_of}.{tail.format('')}"

    def zone(self) -> str:
        zones = {n.zone for n in self.nodes}
        return zones.pop() if len(zones) == 1 else "Multiple"

    def node_shown(self, node: Node) -> dict[str, Any]:
        shown = {
            "CacheNodeId": node.id,
            "CacheNodeStatus": node.status if self.status != "deleting" else "deleting",
            "CacheNodeCreateTime": node.created,
            "ParameterGroupStatus": "pending-reboot" if node.id in self.to_reboot else "in-sync",
            "CustomerAvailabilityZone": node.zone,
        }
        if node.status != "creating":
            shown["Endpoint"] = endpoint(self.address(node), self.port)
        return shown

    def shown(self, nodes: bool = False) -> dict[str, Any]:
        """As DescribeCacheClusters shows it."""
        shown: dict[str, Any] = {
            "CacheClusterId": self.name,
            "ARN": self.arn,
            "CacheClusterStatus": self.status,
            "CacheNodeType": self.cache_node_type,
            "Engine": self.engine,
            "EngineVersion": self.engine_version,
            "NumCacheNodes": len(self.nodes),
            "PreferredAvailabilityZone": self.zone(),
            "PreferredMaintenanceWindow": self.window,
            "PendingModifiedValues": self.pending,
            "CacheSecurityGroups": [],
            "CacheParameterGroup": {
                "CacheParameterGroupName": self.parameter_group,
                "ParameterApplyStatus": "pending-reboot" if self.to_reboot else "in-sync",
                "CacheNodeIdsToReboot": self.to_reboot,
            },
            "CacheSubnetGroupName": self.subnet_group,
            "AutoMinorVersionUpgrade": self.auto_minor,
            "SecurityGroups": [{"SecurityGroupId": g, "Status": "active"} for g in self.groups],
            "ClientDownloadLandingPage": "https://console.aws.amazon.com/elasticache/home#client-download:",
            "AuthTokenEnabled": False,
            "TransitEncryptionEnabled": self.tls,
            "AtRestEncryptionEnabled": self.at_rest,
            "NetworkType": "ipv4",
            "IpDiscovery": "ipv4",
        }
        if self.tls:
            shown["TransitEncryptionMode"] = self.tls_mode or "required"
        if self.topic:
            shown["NotificationConfiguration"] = {"TopicArn": self.topic, "TopicStatus": "active"}
        if self.member_of:
            shown["ReplicationGroupId"] = self.member_of
            shown["ReplicationGroupLogDeliveryEnabled"] = False
        if self.status != "creating":
            shown["CacheClusterCreateTime"] = self.created
            if self.engine == "memcached":
                address = f"{self.name}.{suffix(self.backend)}.cfg.{domain(self.backend)}"
                shown["ConfigurationEndpoint"] = endpoint(address, self.port)
        if self.engine != "memcached":
            shown["SnapshotRetentionLimit"] = self.snapshot_retention_limit
            shown["SnapshotWindow"] = self.snapshot_window
        if nodes:
            shown["CacheNodes"] = [self.node_shown(n) for n in self.nodes]
        return shown


# ---------------------------------------------------------------- states


def born(cluster: Cluster) -> None:
    for node in cluster.nodes:
        node.status = "available"
    enter(cluster, "available")


def usable(cluster: Cluster, verb: str) -> None:
    """InvalidCacheClusterState for what is not available."""
    if cluster.status != "available":
        text = f"Cache cluster {cluster.name} is in state {cluster.status} and cannot be {verb}."
        refuse("InvalidCacheClusterState", text)


def begin_deletion(cluster: Cluster) -> None:
    enter(cluster, "deleting", "elasticache:delete", functools.partial(gone, cluster))


def gone(cluster: Cluster) -> None:
    cluster.shrink([n.id for n in cluster.nodes])
    table(cluster.backend, "cluster").pop(cluster.name, None)
    cluster.backend.tagging_service.delete_all_tags_for_resource(cluster.arn)


def change(cluster: Cluster, do: Any) -> None:
    """Modifying for a while, then changed."""

    def done() -> None:
        do()
        cluster.pending = {}
        born(cluster)

    enter(cluster, "modifying", "elasticache:modify", done)


# ---------------------------------------------------------------- checks


def check_groups(backend: Any, group: Any, ids: Any) -> list[str]:
    """SecurityGroupIds: existing and of the subnet group's VPC; without any the VPC's default one."""
    ec2 = ec2_of(backend)
    if not ids:
        return [ec2.get_security_group_from_name("default", group.vpc_id).id]
    for each in ids:
        known = ec2.get_security_group_from_id(each)
        if known is None or known.vpc_id != group.vpc_id:
            refuse("InvalidParameterValue", f"Some security group Ids are invalid: {each}")
    return list(ids)


def placement(group: Any, count: int, params: Any) -> list[str]:
    """The zone of each node, by AZMode and the preferred zones."""
    have = list(dict.fromkeys(s.availability_zone for s in group.subnets))
    one, many = params.get("PreferredAvailabilityZone"), list(params.get("PreferredAvailabilityZones") or [])
    cross = params.get("AZMode") == "cross-az"
    for zone in [*([one] if one else []), *many]:
        if zone not in have:
            text = f"Availability Zone {zone} is not covered by the cache subnet group {group.name}."
            refuse("InvalidParameterValue", text)
    if many and len(many) != count:
        text = "The number of Availability Zones listed must equal the value of NumCacheNodes."
        refuse("InvalidParameterCombination", text)
    if cross and count < 2:
        text = "AZMode cross-az needs more than one node: NumCacheNodes must be greater than 1."
        refuse("InvalidParameterCombination", text)
    if not cross and len(set(many)) > 1:
        text = "PreferredAvailabilityZones in several Availability Zones need AZMode cross-az."
        refuse("InvalidParameterCombination", text)
    if many:
        return many
    if not cross or one:
        return [one or have[0]] * count
    return [have[n % len(have)] for n in range(count)]


def make(self: Any) -> Cluster:
    """CreateCacheCluster, checked."""
    backend, params = self.elasticache_backend, self.params
    name = check_name("CacheClusterId", params.get("CacheClusterId"), 50)
    if name in table(backend, "cluster"):
        refuse("CacheClusterAlreadyExists", f"Cache cluster {name} already exists.")
    kind, tags = check_type(params.get("CacheNodeType")), tags_of(params)
    engine, count = params.get("Engine") or "redis", int(params.get("NumCacheNodes") or 1)
    if engine not in VERSIONS:
        refuse("InvalidParameterValue", f"Invalid cache engine: {engine}.")
    if engine == "valkey":
        refuse("InvalidParameterValue", "This API doesn't support Valkey engine. Use CreateReplicationGroup.")
    if not 1 <= count <= (MOST_NODES if engine == "memcached" else 1):
        refuse("InvalidParameterValue", f"NumCacheNodes {count} is not possible for {engine}.")
    version = resolve(engine, params.get("EngineVersion"))
    group = subnet_group(backend, params.get("CacheSubnetGroupName"))
    tls = bool(params.get("TransitEncryptionEnabled"))
    if tls and engine == "memcached" and tuple(map(int, version.split("."))) < TLS_SINCE:
        text = f"Encryption features are not supported for engine version {version}. Use 1.6.12 or later."
        refuse("InvalidParameterCombination", text)
    parameters = parameters_for(backend, params.get("CacheParameterGroupName"), engine, version)
    settings = {
        "engine": engine,
        "version": version,
        "type": kind,
        "subnet_group": group.name,
        "parameter_group": parameters.name,
        "groups": check_groups(backend, group, params.get("SecurityGroupIds")),
        "tls": tls,
    }
    cluster = Cluster(backend, name, params, settings)
    cluster.grow(placement(group, count, params))
    table(backend, "cluster")[name] = cluster
    backend.tagging_service.tag_resource(cluster.arn, tags)
    enter(cluster, "creating", "elasticache", functools.partial(born, cluster))
    return cluster


def install() -> None:
    @add(ElastiCacheResponse, "create_cache_cluster")
    def create_cache_cluster(self: Any) -> ActionResult:
        # CreateCacheCluster: CacheClusterAlreadyExists; creating, then available.
        return ActionResult({"CacheCluster": make(self).shown()})

    @add(ElastiCacheResponse, "describe_cache_clusters")
    def describe_cache_clusters(self: Any) -> ActionResult:
        # DescribeCacheClusters: CacheNodes only with ShowCacheNodeInfo; CacheClusterNotFound; pages.
        backend, params = self.elasticache_backend, self.params
        name, clusters = params.get("CacheClusterId"), table(backend, "cluster")
        found = [find(backend, "cluster", name)] if name else [clusters[n] for n in sorted(clusters)]
        if params.get("ShowCacheClustersNotInReplicationGroups"):
            found = [c for c in found if not c.member_of]
        items, marker = page([c.shown(bool(params.get("ShowCacheNodeInfo"))) for c in found], params)
        return ActionResult({"CacheClusters": items, "Marker": marker})
