"""Database instances and snapshots behave as the RDS API reference says."""

from __future__ import annotations

from typing import Any

import pytest
from conftest import refused, until
from parts import interfaces, network


class Database:
    """Instances in a subnet group named data and what the tests ask about them."""

    def __init__(self, client: Any) -> None:
        self.client, self.rds, self.net = client, client("rds"), network(client, gateway=False)
        self.rds.create_db_subnet_group(
            DBSubnetGroupName="data", DBSubnetGroupDescription="d", SubnetIds=self.net.subnets
        )

    def create(self, name: str = "db", **more: Any) -> Any:
        settings = {
            "Engine": "mysql",
            "DBInstanceClass": "db.t3.medium",
            "AllocatedStorage": 20,
            "MasterUsername": "admin",
            "MasterUserPassword": "long-enough",
            "DBSubnetGroupName": "data",
            "VpcSecurityGroupIds": [self.net.group],
            **more,
        }
        settings = {k: v for k, v in settings.items() if v is not None}
        return self.rds.create_db_instance(DBInstanceIdentifier=name, **settings)["DBInstance"]

    def get(self, name: str = "db") -> Any:
        return self.rds.describe_db_instances(DBInstanceIdentifier=name)["DBInstances"][0]

    def status(self, name: str = "db") -> str:
        return self.get(name)["DBInstanceStatus"]

    def ready(self, name: str = "db") -> Any:
        until(lambda: self.status(name) == "available")
        return self.get(name)

    def made(self, name: str = "db", **more: Any) -> Any:
        self.create(name, **more)
        return self.ready(name)

    def modify(self, now: bool = True, name: str = "db", **more: Any) -> Any:
        got = self.rds.modify_db_instance(DBInstanceIdentifier=name, ApplyImmediately=now, **more)
        return got["DBInstance"]

    def delete(self, name: str = "db", **more: Any) -> Any:
        more = more or {"SkipFinalSnapshot": True}
        return self.rds.delete_db_instance(DBInstanceIdentifier=name, **more)["DBInstance"]

    def gone(self, name: str = "db") -> None:
        def lost() -> bool:
            found = self.rds.describe_db_instances()["DBInstances"]
            return all(d["DBInstanceIdentifier"] != name for d in found)

        until(lost)

    def snapshots(self, kind: str = "manual") -> list[Any]:
        return self.rds.describe_db_snapshots(SnapshotType=kind)["DBSnapshots"]


@pytest.fixture
def db(client: Any) -> Database:
    return Database(client)


def test_an_instance_is_created_in_a_while(db: Database, slow: Any) -> None:
    slow(db_instance=0.8)
    made = db.create("My-DB", Tags=[{"Key": "k", "Value": "v"}], MultiAZ=True, StorageEncrypted=True)
    assert made["DBInstanceStatus"] == "creating" and made["DBInstanceIdentifier"] == "my-db"
    assert "Endpoint" not in made and "InstanceCreateTime" not in made
    seen = []
    until(lambda: seen.append(db.status("my-db")) or seen[-1] == "available")
    assert list(dict.fromkeys(seen)) == ["creating", "backing-up", "available"]
    have = db.get("MY-DB")
    assert have["Endpoint"]["Port"] == 3306 and have["Endpoint"]["Address"].startswith("my-db.")
    assert have["EngineVersion"] == "8.4.7" and have["StorageType"] == "gp3" and have["Iops"] == 3000
    assert have["MultiAZ"] is True and have["SecondaryAvailabilityZone"] != have["AvailabilityZone"]
    assert have["KmsKeyId"].startswith("arn:aws:kms:") and have["TagList"] == [{"Key": "k", "Value": "v"}]
    assert (
        have["DBSubnetGroup"]["DBSubnetGroupName"] == "data" and have["DBSubnetGroup"]["VpcId"] == db.net.vpc
    )
    assert have["DBParameterGroups"] == [
        {"DBParameterGroupName": "default.mysql8.4", "ParameterApplyStatus": "in-sync"}
    ]
    assert have["VpcSecurityGroups"] == [{"VpcSecurityGroupId": db.net.group, "Status": "active"}]
    assert have["PubliclyAccessible"] is False and have["PendingModifiedValues"] == {}
    assert len(db.snapshots("automated")) == 1


def test_settings_are_kept(db: Database) -> None:
    settings = {
        "BackupRetentionPeriod": 14,
        "DeletionProtection": True,
        "PreferredBackupWindow": "03:00-03:30",
        "PreferredMaintenanceWindow": "mon:04:00-mon:04:30",
        "CopyTagsToSnapshot": True,
        "AutoMinorVersionUpgrade": False,
        "MaxAllocatedStorage": 100,
        "StorageType": "gp2",
    }
    have = db.made(EnableCloudwatchLogsExports=["error"], EnablePerformanceInsights=True, **settings)
    assert {k: have[k] for k in settings} == settings and "Iops" not in have
    assert have["EnabledCloudwatchLogsExports"] == ["error"]
    assert have["PerformanceInsightsEnabled"] is True and have["PerformanceInsightsRetentionPeriod"] == 7
    assert (
        have["CACertificateIdentifier"] == "rds-ca-rsa2048-g1" == have["CertificateDetails"]["CAIdentifier"]
    )


def test_a_managed_password(db: Database) -> None:
    made = db.create(ManageMasterUserPassword=True, MasterUserPassword=None)
    assert made["MasterUserSecret"]["SecretStatus"] == "creating"
    secret = db.ready()["MasterUserSecret"]
    assert secret["SecretStatus"] == "active" and ":secret:rds!db-" in secret["SecretArn"]
    value = db.client("secretsmanager").get_secret_value(SecretId=secret["SecretArn"])["SecretString"]
    assert '"username": "admin"' in value
    with refused("InvalidParameterCombination"):
        db.create("other", ManageMasterUserPassword=True)


def test_create_refuses(db: Database) -> None:
    for code, bad in (
        ("InvalidParameterCombination", {"EngineVersion": "8.9"}),
        ("InvalidParameterCombination", {"DBInstanceClass": "db.m3.large"}),
        ("InvalidParameterValue", {"DBInstanceClass": "db.x9.huge"}),
        ("InvalidParameterCombination", {"AllocatedStorage": 5}),
        ("InvalidParameterCombination", {"StorageType": "gp3", "Iops": 6000}),
        ("InvalidParameterValue", {"MasterUserPassword": "short"}),
        ("InvalidParameterValue", {"MasterUserPassword": "with/a-slash"}),
        ("InvalidParameterValue", {"MasterUsername": "rdsadmin"}),
        ("InvalidParameterValue", {"BackupRetentionPeriod": 36}),
        ("InvalidParameterValue", {"VpcSecurityGroupIds": ["sg-00000000"]}),
        ("InvalidParameterCombination", {"MultiAZ": True, "AvailabilityZone": "eu-central-1a"}),
        ("InvalidParameterCombination", {"EnableCloudwatchLogsExports": ["nonsense"]}),
        (
            "InvalidParameterCombination",
            {"DBInstanceClass": "db.t3.micro", "EnablePerformanceInsights": True},
        ),
        ("InvalidVPCNetworkStateFault", {"PubliclyAccessible": True}),
        ("DBSubnetGroupNotFoundFault", {"DBSubnetGroupName": "lost"}),
        ("DBParameterGroupNotFound", {"DBParameterGroupName": "lost"}),
        ("KMSKeyNotAccessibleFault", {"StorageEncrypted": True, "KmsKeyId": "lost"}),
    ):
        with refused(code):
            db.create("bad", **bad)
    db.create(DBInstanceClass="db.m3.large", EngineVersion="5.7")
    assert db.get()["EngineVersion"] == "5.7.44"
    with refused("DBInstanceAlreadyExists"):
        db.create("DB")


def test_a_parameter_group_of_another_family(db: Database) -> None:
    for name, family in (("old", "mysql8.0"), ("new", "mysql8.4")):
        db.rds.create_db_parameter_group(
            DBParameterGroupName=name, DBParameterGroupFamily=family, Description="d"
        )
    with refused("InvalidParameterCombination"):
        db.create(DBParameterGroupName="old")
    assert db.made(DBParameterGroupName="new")["DBParameterGroups"][0]["DBParameterGroupName"] == "new"


def test_the_interface_lives_as_long_as_the_instance(db: Database, slow: Any) -> None:
    slow(db_instance__delete=0.4)
    db.made()
    eni = interfaces(db.client, "RDSNetworkInterface")[0]
    assert eni["SubnetId"] in db.net.subnets and eni["RequesterId"] == "amazon-rds"
    assert eni["Status"] == "in-use" and [g["GroupId"] for g in eni["Groups"]] == [db.net.group]
    assert db.delete()["DBInstanceStatus"] == "deleting"
    with refused("InvalidDBInstanceState"):
        db.delete()
    with refused("InvalidDBSubnetGroupStateFault"):
        db.rds.delete_db_subnet_group(DBSubnetGroupName="data")
    assert interfaces(db.client, "RDSNetworkInterface")
    db.gone()
    assert not interfaces(db.client, "RDSNetworkInterface")
    with refused("DBInstanceNotFound", 404):
        db.get()
    db.rds.delete_db_subnet_group(DBSubnetGroupName="data")


def test_changes_applied_immediately(db: Database, slow: Any) -> None:
    db.made()
    slow(db_instance__modify=0.4)
    answer = db.modify(DBInstanceClass="db.t3.large", AllocatedStorage=21)
    assert answer["PendingModifiedValues"] == {"DBInstanceClass": "db.t3.large", "AllocatedStorage": 22}
    have = db.get()
    assert have["DBInstanceStatus"] == "modifying" and have["DBInstanceClass"] == "db.t3.medium"
    with refused("InvalidDBInstanceState"):
        db.modify(DBInstanceClass="db.t3.medium")
    have = db.ready()
    assert (have["DBInstanceClass"], have["AllocatedStorage"]) == ("db.t3.large", 22)
    assert have["PendingModifiedValues"] == {}


def test_changes_that_wait(db: Database) -> None:
    db.made()
    db.modify(False, DBInstanceClass="db.t3.large", BackupRetentionPeriod=7, DeletionProtection=True)
    have = db.get()
    assert have["PendingModifiedValues"] == {"DBInstanceClass": "db.t3.large"}
    assert have["DBInstanceClass"] == "db.t3.medium" and have["DBInstanceStatus"] == "available"
    assert have["BackupRetentionPeriod"] == 7 and have["DeletionProtection"] is True
    db.modify(False, BackupRetentionPeriod=0)
    assert db.get()["PendingModifiedValues"] == {"DBInstanceClass": "db.t3.large", "BackupRetentionPeriod": 0}
    db.modify(MultiAZ=True)
    until(lambda: db.status() == "available" and not db.get()["PendingModifiedValues"])
    have = db.get()
    assert (have["DBInstanceClass"], have["MultiAZ"], have["BackupRetentionPeriod"]) == (
        "db.t3.large",
        True,
        0,
    )


def test_modify_refuses(db: Database) -> None:
    db.made(AllocatedStorage=100, EngineVersion="8.0.40")
    for code, bad in (
        ("InvalidParameterCombination", {"AllocatedStorage": 50}),
        ("InvalidParameterCombination", {"EngineVersion": "5.7.44"}),
        ("InvalidParameterCombination", {"EngineVersion": "8.4"}),
        ("InvalidParameterValue", {"DBInstanceClass": "db.nothing"}),
        ("InvalidParameterValue", {"MasterUserPassword": "short"}),
        ("InvalidParameterValue", {"BackupRetentionPeriod": 99}),
        ("DBParameterGroupNotFound", {"DBParameterGroupName": "lost"}),
        ("InvalidParameterCombination", {"MaxAllocatedStorage": 50}),
    ):
        with refused(code):
            db.modify(**bad)
    with refused("DBInstanceNotFound", 404):
        db.modify(name="lost", MultiAZ=True)
    db.modify(EngineVersion="8.4", AllowMajorVersionUpgrade=True)
    until(lambda: db.get()["EngineVersion"] == "8.4.7")
    assert db.get()["DBParameterGroups"][0]["DBParameterGroupName"] == "default.mysql8.4"


def test_what_is_changed_at_once(db: Database) -> None:
    db.made(EnableCloudwatchLogsExports=["error"])
    other = db.net.ec2.create_security_group(GroupName="o", Description="o", VpcId=db.net.vpc)["GroupId"]
    db.modify(
        False,
        VpcSecurityGroupIds=[other],
        CloudwatchLogsExportConfiguration={"EnableLogTypes": ["slowquery"], "DisableLogTypes": ["error"]},
        PreferredMaintenanceWindow="Tue:05:00-Tue:05:30",
        EnablePerformanceInsights=True,
        CopyTagsToSnapshot=True,
    )
    have = db.get()
    assert have["VpcSecurityGroups"][0]["VpcSecurityGroupId"] == other
    assert have["EnabledCloudwatchLogsExports"] == ["slowquery"]
    assert have["PreferredMaintenanceWindow"] == "tue:05:00-tue:05:30"
    assert have["PerformanceInsightsEnabled"] is True and have["CopyTagsToSnapshot"] is True
    assert interfaces(db.client, "RDSNetworkInterface")[0]["Groups"][0]["GroupId"] == other


def test_a_password_is_changed_as_soon_as_possible(db: Database, slow: Any) -> None:
    db.made()
    slow(db_instance__modify=0.4)
    answer = db.modify(False, MasterUserPassword="another-one")
    assert answer["PendingModifiedValues"] == {"MasterUserPassword": "****"}
    assert db.status() == "modifying"
    assert db.ready()["PendingModifiedValues"] == {}


def test_a_parameter_group_waits_for_a_reboot(db: Database) -> None:
    db.rds.create_db_parameter_group(
        DBParameterGroupName="p", DBParameterGroupFamily="mysql8.4", Description="d"
    )
    db.made()
    db.modify(DBParameterGroupName="p")

    def state() -> str:
        return db.get()["DBParameterGroups"][0]["ParameterApplyStatus"]

    until(lambda: state() == "pending-reboot")
    with refused("InvalidDBParameterGroupState"):
        db.rds.delete_db_parameter_group(DBParameterGroupName="p")
    assert (
        db.rds.reboot_db_instance(DBInstanceIdentifier="db")["DBInstance"]["DBInstanceStatus"] == "rebooting"
    )
    db.ready()
    assert state() == "in-sync"


def test_what_is_stopped_takes_no_change_and_leaves_no_snapshot(db: Database, slow: Any) -> None:
    db.made()
    slow(db_instance__modify=0.4)
    db.rds.stop_db_instance(DBInstanceIdentifier="db")
    assert db.status() == "stopping"
    until(lambda: db.status() == "stopped")
    last = {"SkipFinalSnapshot": False, "FinalDBSnapshotIdentifier": "last"}
    with refused("InvalidDBInstanceState"):
        db.modify(BackupRetentionPeriod=3)
    with refused("InvalidDBInstanceState"):
        db.delete(**last)
    db.rds.start_db_instance(DBInstanceIdentifier="db")
    assert db.status() == "starting"
    with refused("InvalidDBInstanceState"):
        db.rds.start_db_instance(DBInstanceIdentifier="db")
    db.ready()
    db.delete(**last)
    db.gone()


def test_delete_with_a_final_snapshot(db: Database) -> None:
    db.made(DeletionProtection=True, CopyTagsToSnapshot=True, Tags=[{"Key": "k", "Value": "v"}])
    with refused("InvalidParameterCombination"):
        db.delete()
    db.modify(DeletionProtection=False)
    with refused("InvalidParameterCombination"):
        db.delete(SkipFinalSnapshot=False)
    with refused("InvalidParameterCombination"):
        db.delete(SkipFinalSnapshot=True, FinalDBSnapshotIdentifier="last")
    db.rds.create_db_snapshot(DBInstanceIdentifier="db", DBSnapshotIdentifier="last")
    with refused("DBSnapshotAlreadyExists"):
        db.delete(FinalDBSnapshotIdentifier="last")
    db.delete(FinalDBSnapshotIdentifier="final")
    db.gone()
    final = next(s for s in db.snapshots() if s["DBSnapshotIdentifier"] == "final")
    assert final["Status"] == "available" and final["TagList"] == [{"Key": "k", "Value": "v"}]
    assert db.snapshots("automated") == []


def test_automated_backups_can_be_kept(db: Database) -> None:
    db.made()
    db.delete(SkipFinalSnapshot=True, DeleteAutomatedBackups=False)
    db.gone()
    assert len(db.snapshots("automated")) == 1


def test_snapshots(db: Database, slow: Any) -> None:
    slow(db_snapshot=0.4, db_instance=0.4)
    db.create()
    with refused("InvalidDBInstanceState"):
        db.rds.create_db_snapshot(DBInstanceIdentifier="db", DBSnapshotIdentifier="s")
    db.ready()
    made = db.rds.create_db_snapshot(
        DBInstanceIdentifier="db", DBSnapshotIdentifier="S", Tags=[{"Key": "a", "Value": "b"}]
    )
    assert made["DBSnapshot"]["Status"] == "creating" and made["DBSnapshot"]["PercentProgress"] == 0
    with refused("InvalidDBSnapshotState"):
        db.rds.delete_db_snapshot(DBSnapshotIdentifier="s")
    until(lambda: db.snapshots()[0]["Status"] == "available")
    have = db.snapshots()[0]
    assert (
        have["StorageType"] == "gp3"
        and have["VpcId"] == db.net.vpc
        and have["TagList"] == [{"Key": "a", "Value": "b"}]
    )
    with refused("InvalidDBSnapshotState"):
        db.rds.delete_db_snapshot(DBSnapshotIdentifier=db.snapshots("automated")[0]["DBSnapshotIdentifier"])
    db.rds.delete_db_snapshot(DBSnapshotIdentifier="s")
    with refused("DBSnapshotNotFound", 404):
        db.rds.describe_db_snapshots(DBSnapshotIdentifier="s")


def test_restore_from_a_snapshot(db: Database) -> None:
    db.made(
        MultiAZ=True, DeletionProtection=True, AutoMinorVersionUpgrade=True, StorageEncrypted=True, Port=3307
    )
    db.rds.create_db_snapshot(DBInstanceIdentifier="db", DBSnapshotIdentifier="s")
    until(lambda: db.snapshots()[0]["Status"] == "available")
    restored = db.rds.restore_db_instance_from_db_snapshot(
        DBInstanceIdentifier="again",
        DBSnapshotIdentifier="s",
        DBSubnetGroupName="data",
        VpcSecurityGroupIds=[db.net.group],
        MultiAZ=False,
        AutoMinorVersionUpgrade=False,
        Tags=[{"Key": "t", "Value": "1"}],
    )["DBInstance"]
    assert restored["DBInstanceStatus"] == "creating"
    have = db.ready("again")
    assert (have["MultiAZ"], have["AutoMinorVersionUpgrade"], have["DeletionProtection"]) == (
        False,
        False,
        False,
    )
    assert have["TagList"] == [{"Key": "t", "Value": "1"}] and have["StorageEncrypted"] is True
    assert have["Endpoint"]["Port"] == 3307 and have["MasterUsername"] == "admin"
    assert have["DbiResourceId"] != db.get()["DbiResourceId"]
    with refused("DBSnapshotNotFound", 404):
        db.rds.restore_db_instance_from_db_snapshot(DBInstanceIdentifier="x", DBSnapshotIdentifier="lost")


def test_read_replicas(db: Database) -> None:
    db.made("bare", BackupRetentionPeriod=0)
    with refused("InvalidDBInstanceState"):
        db.rds.create_db_instance_read_replica(DBInstanceIdentifier="r", SourceDBInstanceIdentifier="bare")
    db.made()
    made = db.rds.create_db_instance_read_replica(DBInstanceIdentifier="r", SourceDBInstanceIdentifier="db")
    assert made["DBInstance"]["DBInstanceStatus"] == "creating"
    have = db.ready("r")
    assert have["ReadReplicaSourceDBInstanceIdentifier"] == "db" and have["BackupRetentionPeriod"] == 0
    assert have["StatusInfos"][0]["Status"] == "replicating"
    assert db.get()["ReadReplicaDBInstanceIdentifiers"] == ["r"]
    with refused("InvalidParameterCombination"):
        db.delete("r", FinalDBSnapshotIdentifier="no")
    db.delete("r")
    db.gone("r")
    assert db.get()["ReadReplicaDBInstanceIdentifiers"] == []


def test_instances_in_pages(db: Database) -> None:
    for n in range(21):
        db.create(f"db{n}")
    pages = db.rds.get_paginator("describe_db_instances").paginate(PaginationConfig={"PageSize": 20})
    assert [len(p["DBInstances"]) for p in pages] == [20, 1]


def test_tags(db: Database) -> None:
    arn = db.made(Tags=[{"Key": "a", "Value": "1"}])["DBInstanceArn"]
    db.rds.add_tags_to_resource(ResourceName=arn, Tags=[{"Key": "b", "Value": "2"}])
    db.rds.remove_tags_from_resource(ResourceName=arn, TagKeys=["a"])
    assert db.rds.list_tags_for_resource(ResourceName=arn)["TagList"] == [{"Key": "b", "Value": "2"}]
    assert db.get()["TagList"] == [{"Key": "b", "Value": "2"}]
    with refused("DBInstanceNotFound", 404):
        db.rds.list_tags_for_resource(ResourceName=arn + "x")
    with refused("InvalidParameterValue"):
        db.rds.add_tags_to_resource(ResourceName=arn, Tags=[{"Key": "aws:x", "Value": "2"}])
