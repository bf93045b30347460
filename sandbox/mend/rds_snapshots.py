"""Snapshots, restores and read replicas (RDS) as AWS documents them.

moto copies the instance as it is and takes an explicit false for nothing said.
"""

from __future__ import annotations

from typing import Any

from moto.core.responses import ActionResult
from moto.rds.models import DBSnapshot, RDSBackend
from moto.rds.responses import RDSResponse

from mend.clock import later
from mend.core import computed, patch, refuse
from mend.rds_catalog import known, page
from mend.rds_instances import plain, usable

# RestoreDBInstanceFromDBSnapshot: what comes from the snapshot unless the request has it.
FROM_SNAPSHOT = (
    "engine",
    "engine_version",
    "db_instance_class",
    "allocated_storage",
    "storage_type",
    "iops",
    "storage_throughput",
    "port",
    "license_model",
    "master_username",
    "db_name",
    "backup_retention_period",
    "preferred_backup_window",
    "preferred_maintenance_window",
    "character_set_name",
)
# CreateDBInstanceReadReplica: what comes from the source unless the request has it.
FROM_SOURCE = (
    "engine",
    "engine_version",
    "db_instance_class",
    "allocated_storage",
    "storage_type",
    "iops",
    "storage_throughput",
    "port",
    "license_model",
    "master_username",
    "db_name",
    "preferred_maintenance_window",
    "storage_encrypted",
    "auto_minor_version_upgrade",
    "db_parameter_group_name",
)
# What a snapshot shows of its instance.
SHOWN = (
    "availability_zone",
    "iops",
    "license_model",
    "option_group_name",
    "storage_throughput",
    "storage_type",
)


def taken(database: Any, names: tuple[str, ...]) -> dict[str, Any]:
    found = {name: getattr(database, name, None) for name in names}
    if found.get("storage_type") in ("gp2", "standard"):
        found["iops"] = found["storage_throughput"] = None
    return {k: v for k, v in found.items() if v is not None}


def install() -> None:
    @patch(DBSnapshot, "__init__")
    def snapshot_init(original: Any, self: Any, *args: Any, **kwargs: Any) -> None:
        # DescribeDBSnapshots: a snapshot keeps what it shows, whatever becomes of the instance.
        original(self, *args, **kwargs)
        for name in SHOWN:
            setattr(self, name, getattr(self.database, name, None))
        group = getattr(self.database, "db_subnet_group", None)
        self.vpc_id = group.vpc_id if group is not None else None
        self.instance_create_time = self.database.instance_create_time

    computed(DBSnapshot, "percent_progress")(
        # DescribeDBSnapshots: PercentProgress.
        lambda self, stored: 100 if self.status == "available" else 0
    )

    @patch(RDSBackend, "create_db_snapshot")
    def create_db_snapshot(original: Any, self: Any, *args: Any, **kwargs: Any) -> Any:
        # CreateDBSnapshot: creating, then available; its instance has to be available.
        names = ("db_instance_identifier", "db_snapshot_identifier", "snapshot_type", "tags")
        given = {**dict(zip(names, args)), **kwargs}
        database = self.databases.get(given["db_instance_identifier"])
        manual = given.get("snapshot_type", "manual") == "manual"
        if (
            database is not None
            and manual
            and hasattr(database, "mend_pending")
            and database.status != "available"
        ):
            text = (
                f"Cannot create a snapshot because the database instance {given['db_instance_identifier']} "
            )
            refuse("InvalidDBInstanceState", text + "is not currently in the available state.")
        snapshot = original(self, *args, **kwargs)
        if manual:
            snapshot.status = "creating"
            later("db_snapshot", lambda: setattr(snapshot, "status", "available"))
        return snapshot

    @patch(RDSResponse, "describe_db_snapshots")
    def describe_db_snapshots(original: Any, self: Any) -> ActionResult:
        # DescribeDBSnapshots: pages of 100.
        found = original(self).result["DBSnapshots"]
        items, marker = page(list(found), self.params)
        return ActionResult({"DBSnapshots": items, "Marker": marker})

    @patch(RDSResponse, "delete_db_snapshot")
    def delete_db_snapshot(original: Any, self: Any) -> ActionResult:
        # DeleteDBSnapshot: manual and available ones only.
        name = self.params.get("DBSnapshotIdentifier") or ""
        snapshot = self.backend.database_snapshots.get(name)
        if snapshot is None:
            refuse("DBSnapshotNotFound", f"DBSnapshot not found: {name}", 404)
        if snapshot.snapshot_type == "automated":
            refuse("InvalidDBSnapshotState", "Only manual snapshots may be deleted.")
        if snapshot.status != "available":
            refuse(
                "InvalidDBSnapshotState",
                f"Cannot delete the snapshot because it is in the {snapshot.status} state.",
            )
        return original(self)

    @patch(RDSBackend, "restore_db_instance_from_db_snapshot")
    def restore(original: Any, self: Any, from_snapshot_id: str, overrides: Any) -> Any:
        # RestoreDBInstanceFromDBSnapshot: an explicit false counts; not all of the original is restored.
        given = plain(overrides)
        if from_snapshot_id.startswith("arn:"):
            from_snapshot_id = self.extract_snapshot_name_from_arn(from_snapshot_id)
        snapshot = self.database_snapshots.get(from_snapshot_id)
        if snapshot is None:
            refuse("DBSnapshotNotFound", f"DBSnapshot not found: {from_snapshot_id}", 404)
        if not known(snapshot.engine):
            return original(self, from_snapshot_id, overrides)
        if snapshot.status != "available":
            text = f"The snapshot {from_snapshot_id} is in the {snapshot.status} state."
            refuse("InvalidDBSnapshotState", text)
        if given.get("allocated_storage", snapshot.allocated_storage) < snapshot.allocated_storage:
            text = "The allocated storage size can't be less than the source snapshot or backup size."
            refuse("InvalidParameterValue", text)
        base = taken(snapshot.database, FROM_SNAPSHOT)
        base.update(engine_version=snapshot.engine_version, allocated_storage=snapshot.allocated_storage)
        if given.get("storage_type", base.get("storage_type")) != base.get("storage_type"):
            base.pop("iops", None)
            base.pop("storage_throughput", None)
        base.update(storage_encrypted=snapshot.encrypted, kms_key_id=snapshot.kms_key_id, mend_fresh=False)
        given.pop("db_snapshot_identifier", None)
        database = self.create_db_instance(plain({**base, **given}))
        return database

    @patch(RDSBackend, "create_db_instance_read_replica")
    def replica(original: Any, self: Any, db_kwargs: Any) -> Any:
        # CreateDBInstanceReadReplica: an instance of its own, of a source that has backups.
        given = plain(db_kwargs)
        source = self.find_db_from_id(given["source_db_instance_identifier"])
        if not hasattr(source, "mend_pending"):
            return original(self, db_kwargs)
        if not source.backup_retention_period:
            text = (
                "Automated backups are not enabled for this database instance. To enable automated backups, "
            )
            refuse(
                "InvalidDBInstanceState",
                text + "use ModifyDBInstance to set the backup retention period to non-zero.",
            )
        usable(source)
        base = taken(source, FROM_SOURCE)
        elsewhere = source.region != self.region_name
        base.update(backup_retention_period=0, mend_fresh=False)
        if elsewhere:
            base.pop("db_parameter_group_name", None)
        else:
            base["db_subnet_group_name"] = source.db_subnet_group.name
            base["kms_key_id"] = source.kms_key_id
        reference = given.pop("source_db_instance_identifier")
        database = self.create_db_instance(plain({**base, **given}))
        database.set_as_replica()
        database.source_db_instance_identifier = (
            source.db_instance_arn if elsewhere else reference.split(":")[-1]
        )
        source.add_replica(database)
        return database

    @patch(RDSBackend, "promote_read_replica")
    def promote_read_replica(original: Any, self: Any, db_kwargs: Any) -> Any:
        # PromoteReadReplica: the source forgets it.
        name = db_kwargs["db_instance_identifier"].lower()
        if name not in self.databases:
            refuse("DBInstanceNotFound", f"DBInstance {name} not found.", 404)
        database = self.databases[name]
        if not database.is_replica:
            refuse("InvalidDBInstanceState", f"DB instance {name} is not a read replica.")
        source = self.databases.get(str(database.source_db_instance_identifier).split(":")[-1])
        if source is not None and name in source.replicas:
            source.replicas.remove(name)
        database.is_replica = False
        database.source_db_instance_identifier = None
        if db_kwargs.get("backup_retention_period") is not None:
            database.backup_retention_period = db_kwargs["backup_retention_period"]
        return database
