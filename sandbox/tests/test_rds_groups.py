"""Subnet groups, parameter groups and what RDS offers behave as the RDS API reference says."""

from __future__ import annotations

from typing import Any

import pytest
from conftest import refused
from parts import network


@pytest.fixture
def rds(client: Any) -> Any:
    return client("rds")


def subnet_group(client: Any, net: Any, name: str = "data", subnets: Any = None) -> Any:
    made = client("rds").create_db_subnet_group(
        DBSubnetGroupName=name,
        DBSubnetGroupDescription="d",
        SubnetIds=subnets or net.subnets[:2],
        Tags=[{"Key": "k", "Value": "v"}],
    )
    return made["DBSubnetGroup"]


def parameter_group(rds: Any, name: str = "p", family: str = "mysql8.4") -> Any:
    return rds.create_db_parameter_group(
        DBParameterGroupName=name,
        DBParameterGroupFamily=family,
        Description="d",
        Tags=[{"Key": "k", "Value": "v"}],
    )["DBParameterGroup"]


def parameter(name: str, value: str = "1", method: str = "pending-reboot") -> dict[str, str]:
    return {"ParameterName": name, "ParameterValue": value, "ApplyMethod": method}


def user_set(rds: Any, name: str = "p") -> dict[str, Any]:
    got = rds.describe_db_parameters(DBParameterGroupName=name, Source="user")["Parameters"]
    return {p["ParameterName"]: p for p in got}


def test_subnet_groups(client: Any, rds: Any) -> None:
    net = network(client, zones="abc")
    made = subnet_group(client, net, "Data")
    assert made["DBSubnetGroupName"] == "data" and made["SubnetGroupStatus"] == "Complete"
    assert rds.list_tags_for_resource(ResourceName=made["DBSubnetGroupArn"])["TagList"][0]["Key"] == "k"
    with refused("DBSubnetGroupAlreadyExists"):
        subnet_group(client, net)
    with refused("DBSubnetGroupDoesNotCoverEnoughAZs"):
        subnet_group(client, net, "one", net.subnets[:1])
    with refused("InvalidParameterValue"):
        subnet_group(client, net, "lost", ["subnet-00000000", net.subnets[0]])
    rds.modify_db_subnet_group(
        DBSubnetGroupName="data", SubnetIds=net.subnets, DBSubnetGroupDescription="new"
    )
    have = rds.describe_db_subnet_groups(DBSubnetGroupName="data")["DBSubnetGroups"][0]
    assert {s["SubnetIdentifier"] for s in have["Subnets"]} == set(net.subnets)
    assert have["DBSubnetGroupDescription"] == "new"
    rds.delete_db_subnet_group(DBSubnetGroupName="data")
    for call in (rds.describe_db_subnet_groups, rds.delete_db_subnet_group):
        with refused("DBSubnetGroupNotFoundFault", 404):
            call(DBSubnetGroupName="data")


def test_a_subnet_with_an_instance_cannot_leave_the_group(client: Any, rds: Any) -> None:
    net = network(client, zones="abc")
    subnet_group(client, net, subnets=net.subnets)
    rds.create_db_instance(
        DBInstanceIdentifier="db",
        Engine="mariadb",
        DBInstanceClass="db.t4g.small",
        AllocatedStorage=20,
        MasterUsername="admin",
        MasterUserPassword="long-enough",
        DBSubnetGroupName="data",
        AvailabilityZone="eu-central-1a",
    )
    with refused("SubnetAlreadyInUse"):
        rds.modify_db_subnet_group(DBSubnetGroupName="data", SubnetIds=net.subnets[1:])
    with refused("InvalidDBSubnetGroupStateFault"):
        rds.delete_db_subnet_group(DBSubnetGroupName="data")


def test_parameter_groups(rds: Any) -> None:
    made = parameter_group(rds)
    assert made["DBParameterGroupFamily"] == "mysql8.4"
    assert rds.list_tags_for_resource(ResourceName=made["DBParameterGroupArn"])["TagList"][0]["Key"] == "k"
    with refused("DBParameterGroupAlreadyExists"):
        parameter_group(rds, "P")
    with refused("InvalidParameterValue"):
        parameter_group(rds, "q", "mysql9.9")
    default = rds.describe_db_parameter_groups(DBParameterGroupName="default.mysql8.0")["DBParameterGroups"]
    assert default[0]["DBParameterGroupFamily"] == "mysql8.0"
    rds.delete_db_parameter_group(DBParameterGroupName="p")
    for call in (rds.describe_db_parameter_groups, rds.describe_db_parameters, rds.delete_db_parameter_group):
        with refused("DBParameterGroupNotFound", 404):
            call(DBParameterGroupName="p")


def test_parameters_are_listed_by_source(rds: Any) -> None:
    parameter_group(rds)
    assert user_set(rds) == {}
    rds.modify_db_parameter_group(
        DBParameterGroupName="p",
        Parameters=[
            parameter("max_connections", "200", "immediate"),
            parameter("innodb_buffer_pool_size", "{DBInstanceClassMemory*1/2}", "immediate"),
        ],
    )
    have = user_set(rds)
    assert set(have) == {"max_connections", "innodb_buffer_pool_size"}
    one = have["max_connections"]
    assert (one["ParameterValue"], one["ApplyMethod"], one["ApplyType"]) == ("200", "immediate", "dynamic")
    assert (one["DataType"], one["IsModifiable"], one["AllowedValues"]) == ("integer", True, "1-100000")
    pages = rds.get_paginator("describe_db_parameters").paginate(DBParameterGroupName="p")
    sizes = [len(p["Parameters"]) for p in pages]
    assert sizes[0] == 100 and len(sizes) > 1


def test_modify_parameters_refuses(rds: Any) -> None:
    parameter_group(rds)

    def modify(*given: dict[str, str]) -> None:
        rds.modify_db_parameter_group(DBParameterGroupName="p", Parameters=list(given))

    with refused("InvalidParameterValue") as problem:
        modify(parameter("query_cache_size", "0"))
    assert problem.message == "Could not find parameter with name: query_cache_size"
    with refused("InvalidParameterCombination") as problem:
        modify(parameter("performance_schema", "1", "immediate"))
    assert problem.message == "cannot use immediate apply method for static parameter"
    for bad in (
        parameter("datadir", "/data"),
        parameter("slow_query_log", "yes"),
        parameter("max_connections", "0"),
        parameter("slow_query_log", "1", "soon"),
    ):
        with refused("InvalidParameterValue"):
            modify(bad)
    names = [p["ParameterName"] for p in rds.describe_db_parameters(DBParameterGroupName="p")["Parameters"]]
    with refused("InvalidParameterValue"):
        modify(*(parameter(n) for n in names[:21]))
    with refused("InvalidParameterValue"):
        modify(parameter("slow_query_log"), parameter("nonsense"))
    assert user_set(rds) == {}
    parameter_group(rds, "maria", "mariadb11.4")
    rds.modify_db_parameter_group(
        DBParameterGroupName="maria", Parameters=[parameter("query_cache_size", "0")]
    )


def test_reset_parameters(rds: Any) -> None:
    parameter_group(rds)
    given = [parameter("max_connections", "200"), parameter("slow_query_log")]
    rds.modify_db_parameter_group(DBParameterGroupName="p", Parameters=given)
    one = {"ParameterName": "max_connections", "ApplyMethod": "pending-reboot"}
    rds.reset_db_parameter_group(DBParameterGroupName="p", Parameters=[one])
    assert set(user_set(rds)) == {"slow_query_log"}
    rds.reset_db_parameter_group(DBParameterGroupName="p", ResetAllParameters=True)
    assert user_set(rds) == {}


def test_engine_versions(rds: Any) -> None:
    got = rds.describe_db_engine_versions(Engine="mysql")["DBEngineVersions"]
    assert {v["DBParameterGroupFamily"] for v in got} == {"mysql5.7", "mysql8.0", "mysql8.4"}
    assert "5.7.44" in [v["EngineVersion"] for v in got]
    some = rds.describe_db_engine_versions(Engine="mariadb", EngineVersion="11.4")["DBEngineVersions"]
    assert some and all(v["EngineVersion"].startswith("11.4.") for v in some)
    first = some[0]
    assert any(u["IsMajorVersionUpgrade"] for u in first["ValidUpgradeTarget"])
    default = rds.describe_db_engine_versions(Engine="mysql", DefaultOnly=True)["DBEngineVersions"]
    assert [v["EngineVersion"] for v in default] == ["8.4.7"]
    assert rds.describe_db_engine_versions(Engine="mysql", EngineVersion="9.9")["DBEngineVersions"] == []


def test_orderable_options(rds: Any) -> None:
    def options(name: str, version: str) -> list[Any]:
        got = rds.describe_orderable_db_instance_options(
            Engine="mysql", EngineVersion=version, DBInstanceClass=name
        )
        return got["OrderableDBInstanceOptions"]

    some = options("db.t3.medium", "8.4.7")
    assert {o["StorageType"] for o in some} == {"gp2", "gp3", "io1", "standard"}
    assert len(some[0]["AvailabilityZones"]) == 3 and some[0]["MultiAZCapable"] is True
    assert options("db.m3.large", "8.4.7") == [] and options("db.m3.large", "5.7.44")
    pages = rds.get_paginator("describe_orderable_db_instance_options").paginate(
        Engine="mysql", EngineVersion="8.4.7"
    )
    assert sum(len(p["OrderableDBInstanceOptions"]) for p in pages) > 300
