"""Subnet groups, parameter groups and Memcached clusters behave as the ElastiCache API reference says."""

from __future__ import annotations

from typing import Any

import pytest
from conftest import REGION, refused, until
from parts import network

TAGS = [{"Key": "k", "Value": "v"}, {"Key": "empty", "Value": ""}]


@pytest.fixture
def cache(client: Any) -> Any:
    return client("elasticache")


@pytest.fixture
def net(client: Any) -> Any:
    return network(client)


def subnet_group(cache: Any, net: Any, name: str = "data") -> Any:
    return cache.create_cache_subnet_group(
        CacheSubnetGroupName=name, CacheSubnetGroupDescription="d", SubnetIds=net.subnets, Tags=TAGS
    )["CacheSubnetGroup"]


def parameter_group(cache: Any, name: str = "p", family: str = "memcached1.6") -> Any:
    return cache.create_cache_parameter_group(
        CacheParameterGroupName=name, CacheParameterGroupFamily=family, Description="d", Tags=TAGS
    )["CacheParameterGroup"]


def clusters(cache: Any, name: str = "") -> list[Any]:
    only = {"CacheClusterId": name} if name else {}
    return cache.describe_cache_clusters(ShowCacheNodeInfo=True, **only)["CacheClusters"]


def memcached(cache: Any, net: Any, name: str = "c", **more: Any) -> Any:
    wanted = {
        "CacheClusterId": name,
        "Engine": "memcached",
        "CacheNodeType": "cache.m7g.large",
        "NumCacheNodes": 2,
        "AZMode": "cross-az",
        "CacheSubnetGroupName": "data",
        "SecurityGroupIds": [net.group],
        "Tags": TAGS,
    }
    return cache.create_cache_cluster(**{**wanted, **more})["CacheCluster"]


def available(cache: Any, name: str = "c") -> Any:
    return until(lambda: [c for c in clusters(cache, name) if c["CacheClusterStatus"] == "available"])[0]


def user_set(cache: Any, name: str = "p") -> dict[str, str]:
    got = cache.describe_cache_parameters(CacheParameterGroupName=name, Source="user")["Parameters"]
    return {p["ParameterName"]: p["ParameterValue"] for p in got}


def tags(cache: Any, arn: str) -> dict[str, str]:
    return {t["Key"]: t["Value"] for t in cache.list_tags_for_resource(ResourceName=arn)["TagList"]}


def test_subnet_groups(cache: Any, net: Any) -> None:
    made = subnet_group(cache, net, "Data")
    assert made["CacheSubnetGroupName"] == "data" and made["VpcId"] == net.vpc
    assert made["Subnets"][0]["SubnetAvailabilityZone"]["Name"] == REGION + "a"
    assert tags(cache, made["ARN"]) == {"k": "v", "empty": ""}
    with refused("CacheSubnetGroupAlreadyExists", 400):
        subnet_group(cache, net)
    with refused("InvalidParameterValue"):
        cache.create_cache_subnet_group(
            CacheSubnetGroupName="x", CacheSubnetGroupDescription="d", SubnetIds=["subnet-00000000"]
        )
    cache.modify_cache_subnet_group(
        CacheSubnetGroupName="data", CacheSubnetGroupDescription="new", SubnetIds=net.subnets[:1]
    )
    have = cache.describe_cache_subnet_groups(CacheSubnetGroupName="data")["CacheSubnetGroups"][0]
    assert have["CacheSubnetGroupDescription"] == "new" and len(have["Subnets"]) == 1
    cache.delete_cache_subnet_group(CacheSubnetGroupName="data")
    with refused("CacheSubnetGroupNotFoundFault", 400):
        cache.describe_cache_subnet_groups(CacheSubnetGroupName="data")
    with refused("CacheSubnetGroupNotFoundFault"):
        cache.list_tags_for_resource(ResourceName=made["ARN"])


@pytest.mark.parametrize("family", ["memcached1.6", "valkey8", "redis7"])
def test_parameter_groups(cache: Any, family: str) -> None:
    made = parameter_group(cache, "P", family)
    assert made["CacheParameterGroupName"] == "p" and made["CacheParameterGroupFamily"] == family
    assert tags(cache, made["ARN"])["k"] == "v"
    with refused("CacheParameterGroupAlreadyExists"):
        parameter_group(cache, "p", family)
    assert user_set(cache) == {}
    name, value = ("max_item_size", "2097152") if "mem" in family else ("maxmemory-policy", "allkeys-lru")
    change = [{"ParameterName": name, "ParameterValue": value}]
    cache.modify_cache_parameter_group(CacheParameterGroupName="p", ParameterNameValues=change)
    assert user_set(cache) == {name: value}
    for bad in ({"ParameterName": "x", "ParameterValue": "1"}, {**change[0], "ParameterValue": "much"}):
        with refused("InvalidParameterValue"):
            cache.modify_cache_parameter_group(CacheParameterGroupName="p", ParameterNameValues=[bad])
    cache.reset_cache_parameter_group(
        CacheParameterGroupName="p", ParameterNameValues=[{"ParameterName": name, "ParameterValue": value}]
    )
    assert user_set(cache) == {}
    cache.modify_cache_parameter_group(CacheParameterGroupName="p", ParameterNameValues=change)
    cache.reset_cache_parameter_group(CacheParameterGroupName="p", ResetAllParameters=True)
    assert user_set(cache) == {}
    cache.delete_cache_parameter_group(CacheParameterGroupName="p")
    with refused("CacheParameterGroupNotFound", 404):
        cache.describe_cache_parameters(CacheParameterGroupName="p")
    with refused("InvalidCacheParameterGroupState"):
        cache.delete_cache_parameter_group(CacheParameterGroupName=f"default.{family}")
    with refused("InvalidParameterValue"):
        parameter_group(cache, "q", "memcached9")


def test_memcached_life(client: Any, cache: Any, net: Any, slow: Any) -> None:
    slow(elasticache=0.2, elasticache__delete=0.2)
    subnet_group(cache, net)
    parameter_group(cache)
    made = memcached(cache, net, CacheParameterGroupName="p", TransitEncryptionEnabled=True)
    assert made["CacheClusterStatus"] == "creating" and "ConfigurationEndpoint" not in made
    with refused("CacheClusterAlreadyExists"):
        memcached(cache, net)
    with refused("InvalidCacheClusterState"):
        cache.delete_cache_cluster(CacheClusterId="c")
    have = available(cache)
    assert have["Engine"] == "memcached" and have["EngineVersion"] == "1.6.22" and have["NumCacheNodes"] == 2
    assert have["ConfigurationEndpoint"]["Address"].endswith(".cfg.euc1.cache.amazonaws.com")
    assert have["ConfigurationEndpoint"]["Port"] == 11211 and have["TransitEncryptionEnabled"] is True
    assert have["PreferredAvailabilityZone"] == "Multiple"
    assert have["SecurityGroups"] == [{"SecurityGroupId": net.group, "Status": "active"}]
    assert have["CacheParameterGroup"]["CacheParameterGroupName"] == "p"
    nodes = have["CacheNodes"]
    assert [n["CacheNodeId"] for n in nodes] == ["0001", "0002"]
    assert {n["CustomerAvailabilityZone"] for n in nodes} == {REGION + "a", REGION + "b"}
    assert nodes[0]["Endpoint"]["Address"].startswith("c.") and ".0001." in nodes[0]["Endpoint"]["Address"]
    assert "CacheNodes" not in cache.describe_cache_clusters()["CacheClusters"][0]
    assert tags(cache, have["ARN"]) == {"k": "v", "empty": ""}
    for code, refusal in (
        ("CacheSubnetGroupInUse", lambda: cache.delete_cache_subnet_group(CacheSubnetGroupName="data")),
        (
            "InvalidCacheParameterGroupState",
            lambda: cache.delete_cache_parameter_group(CacheParameterGroupName="p"),
        ),
        ("DependencyViolation", lambda: net.ec2.delete_subnet(SubnetId=net.subnets[0])),
        ("DependencyViolation", lambda: net.ec2.delete_security_group(GroupId=net.group)),
        (
            "SubnetInUse",
            lambda: cache.modify_cache_subnet_group(
                CacheSubnetGroupName="data", SubnetIds=net.subnets[:1]
            ),
        ),
    ):
        with refused(code):
            refusal()
    cache.delete_cache_cluster(CacheClusterId="c")
    assert clusters(cache, "c")[0]["CacheClusterStatus"] == "deleting"
    until(lambda: not clusters(cache))
    with refused("CacheClusterNotFound", 404):
        clusters(cache, "c")
    cache.delete_cache_subnet_group(CacheSubnetGroupName="data")
    net.ec2.delete_subnet(SubnetId=net.subnets[0])
    net.ec2.delete_security_group(GroupId=net.group)


def test_memcached_changes(cache: Any, net: Any, slow: Any) -> None:
    slow(elasticache__modify=0.1)
    subnet_group(cache, net)
    memcached(cache, net, PreferredAvailabilityZones=[REGION + "b", REGION + "a"])
    first = available(cache)
    assert [n["CustomerAvailabilityZone"] for n in first["CacheNodes"]] == [REGION + "b", REGION + "a"]
    with refused("InvalidParameterCombination"):
        cache.modify_cache_cluster(CacheClusterId="c", NumCacheNodes=1, ApplyImmediately=True)
    changing = cache.modify_cache_cluster(CacheClusterId="c", NumCacheNodes=3, ApplyImmediately=True)
    assert changing["CacheCluster"]["CacheClusterStatus"] == "modifying"
    assert changing["CacheCluster"]["PendingModifiedValues"]["NumCacheNodes"] == 3
    assert len(available(cache)["CacheNodes"]) == 3
    cache.modify_cache_cluster(
        CacheClusterId="c", NumCacheNodes=2, CacheNodeIdsToRemove=["0001"], ApplyImmediately=True
    )
    assert [n["CacheNodeId"] for n in available(cache)["CacheNodes"]] == ["0002", "0003"]
    parameter_group(cache)
    cache.modify_cache_cluster(
        CacheClusterId="c",
        CacheNodeType="cache.m1.medium",
        CacheParameterGroupName="p",
        PreferredMaintenanceWindow="mon:01:00-mon:02:00",
        ApplyImmediately=True,
    )
    have = available(cache)
    assert have["CacheNodeType"] == "cache.m1.medium"
    assert have["CacheParameterGroup"]["CacheParameterGroupName"] == "p"
    assert have["PreferredMaintenanceWindow"] == "mon:01:00-mon:02:00"
    cache.modify_cache_cluster(CacheClusterId="c", CacheNodeType="cache.t4g.small")
    assert clusters(cache)[0]["PendingModifiedValues"]["CacheNodeType"] == "cache.t4g.small"
    arn = have["ARN"]
    cache.add_tags_to_resource(ResourceName=arn, Tags=[{"Key": "more", "Value": ""}])
    cache.remove_tags_from_resource(ResourceName=arn, TagKeys=["k"])
    assert tags(cache, arn) == {"empty": "", "more": ""}
    with refused("TagNotFound", 404):
        cache.remove_tags_from_resource(ResourceName=arn, TagKeys=["k"])


def test_what_is_refused(cache: Any, net: Any) -> None:
    subnet_group(cache, net)
    parameter_group(cache, "r", "redis7")
    for code, wrong in (
        ("InvalidParameterValue", {"CacheNodeType": "cache.z9.large"}),
        ("InvalidParameterValue", {"EngineVersion": "2.0"}),
        ("InvalidParameterValue", {"CacheClusterId": "-c"}),
        ("InvalidParameterValue", {"SecurityGroupIds": ["sg-00000000"]}),
        ("InvalidParameterCombination", {"NumCacheNodes": 1}),
        ("InvalidParameterCombination", {"PreferredAvailabilityZones": [REGION + "a"]}),
        ("InvalidParameterCombination", {"CacheParameterGroupName": "r"}),
        ("InvalidParameterCombination", {"EngineVersion": "1.6.6", "TransitEncryptionEnabled": True}),
        ("CacheSubnetGroupNotFoundFault", {"CacheSubnetGroupName": "lost"}),
        ("CacheParameterGroupNotFound", {"CacheParameterGroupName": "lost"}),
    ):
        with refused(code):
            memcached(cache, net, **wrong)
    assert clusters(cache) == []


@pytest.mark.parametrize("engine", ["redis", "valkey"])
def test_replication_groups(cache: Any, net: Any, slow: Any, engine: str) -> None:
    slow(elasticache=0.1, elasticache__modify=0.1, elasticache__delete=0.1)
    subnet_group(cache, net)

    def group() -> Any:
        return cache.describe_replication_groups(ReplicationGroupId="r")["ReplicationGroups"][0]

    def ready() -> Any:
        return until(lambda: group()["Status"] == "available" and group())

    wanted = {
        "ReplicationGroupId": "r",
        "ReplicationGroupDescription": "d",
        "Engine": engine,
        "CacheNodeType": "cache.t4g.small",
        "CacheSubnetGroupName": "data",
        "SecurityGroupIds": [net.group],
        "AutomaticFailoverEnabled": True,
        "MultiAZEnabled": True,
        "TransitEncryptionEnabled": True,
        "AtRestEncryptionEnabled": True,
        "Tags": TAGS,
    }
    with refused("InvalidParameterCombination"):
        cache.create_replication_group(**wanted, NumCacheClusters=1)
    made = cache.create_replication_group(**wanted, NumCacheClusters=2)["ReplicationGroup"]
    assert made["Status"] == "creating" and made["MemberClusters"] == ["r-001", "r-002"]
    with refused("ReplicationGroupAlreadyExists"):
        cache.create_replication_group(**wanted, NumCacheClusters=2)
    with refused("InvalidReplicationGroupState"):
        cache.delete_replication_group(ReplicationGroupId="r")
    have = ready()
    shard = have["NodeGroups"][0]
    assert shard["PrimaryEndpoint"]["Address"].startswith("master.r.")
    assert shard["ReaderEndpoint"]["Port"] == 6379
    assert [m["CurrentRole"] for m in shard["NodeGroupMembers"]] == ["primary", "replica"]
    assert {m["PreferredAvailabilityZone"] for m in shard["NodeGroupMembers"]} == {REGION + "a", REGION + "b"}
    assert have["AutomaticFailover"] == have["MultiAZ"] == "enabled" and have["ClusterEnabled"] is False
    assert tags(cache, have["ARN"]) == {"k": "v", "empty": ""}
    member = clusters(cache, "r-001")[0]
    assert member["ReplicationGroupId"] == "r" and member["Engine"] == engine
    with refused("InvalidCacheClusterState"):
        cache.delete_cache_cluster(CacheClusterId="r-001")
    cache.increase_replica_count(ReplicationGroupId="r", NewReplicaCount=2, ApplyImmediately=True)
    assert ready()["MemberClusters"] == ["r-001", "r-002", "r-003"]
    cache.decrease_replica_count(
        ReplicationGroupId="r", ReplicasToRemove=["r-002"], NewReplicaCount=1, ApplyImmediately=True
    )
    assert ready()["MemberClusters"] == ["r-001", "r-003"]
    with refused("InvalidParameterCombination"):
        cache.decrease_replica_count(ReplicationGroupId="r", NewReplicaCount=0, ApplyImmediately=True)
    cache.modify_replication_group(
        ReplicationGroupId="r",
        CacheNodeType="cache.m7g.large",
        ReplicationGroupDescription="new",
        MultiAZEnabled=False,
        ApplyImmediately=True,
    )
    assert group()["Status"] == "modifying"
    have = ready()
    assert (have["CacheNodeType"], have["Description"]) == ("cache.m7g.large", "new")
    assert have["MultiAZ"] == "disabled"
    cache.delete_replication_group(ReplicationGroupId="r")
    assert group()["Status"] == "deleting"
    until(lambda: not cache.describe_replication_groups()["ReplicationGroups"])
    assert clusters(cache) == []
    with refused("ReplicationGroupNotFoundFault", 404):
        group()
    cache.delete_cache_subnet_group(CacheSubnetGroupName="data")


def test_cluster_mode(cache: Any, net: Any) -> None:
    subnet_group(cache, net)
    cache.create_replication_group(
        ReplicationGroupId="s",
        ReplicationGroupDescription="d",
        Engine="valkey",
        CacheNodeType="cache.t4g.small",
        CacheSubnetGroupName="data",
        AutomaticFailoverEnabled=True,
        NumNodeGroups=2,
        ReplicasPerNodeGroup=1,
    )

    def group() -> Any:
        return cache.describe_replication_groups()["ReplicationGroups"][0]

    have = until(lambda: group()["Status"] == "available" and group())
    assert have["ClusterEnabled"] and have["ConfigurationEndpoint"]["Address"].startswith("s.")
    assert have["MemberClusters"] == ["s-0001-001", "s-0001-002", "s-0002-001", "s-0002-002"]
    assert [g["Slots"] for g in have["NodeGroups"]] == ["0-8191", "8192-16383"]
    found = cache.describe_cache_clusters(ShowCacheClustersNotInReplicationGroups=True)["CacheClusters"]
    assert found == []
