"""Changes and ends of database instances (RDS) as AWS documents them: pending values, reboots, slow deletes.

moto applies every change at once, whatever ApplyImmediately says, and a deleted instance is gone at once.
"""

from __future__ import annotations

import functools
import math
from typing import Any

from moto.core.responses import ActionResult
from moto.rds.models import DBInstanceClustered, RDSBackend
from moto.rds.responses import RDSResponse

from mend import managed_eni, rds_catalog, rds_checks
from mend.clock import later
from mend.core import patch, refuse
from mend.managed_eni import ec2_of
from mend.rds_instances import DETAIL_NAMES, available, enter, place, plain, usable

# ModifyDBInstance: what waits for the maintenance window unless it is to be applied immediately.
WAITING = {
    "allocated_storage": "AllocatedStorage",
    "db_instance_class": "DBInstanceClass",
    "engine_version": "EngineVersion",
    "iops": "Iops",
    "storage_throughput": "StorageThroughput",
    "storage_type": "StorageType",
    "multi_az": "MultiAZ",
    "license_model": "LicenseModel",
    "ca_certificate_identifier": "CACertificateIdentifier",
    "db_subnet_group_name": "DBSubnetGroupName",
    "dedicated_log_volume": "DedicatedLogVolume",
    "new_db_instance_identifier": "DBInstanceIdentifier",
}
# What is applied as soon as possible, asynchronously.
SOON = {"db_port_number": "Port", "master_user_password": "MasterUserPassword"}
NOW = (
    "auto_minor_version_upgrade",
    "copy_tags_to_snapshot",
    "deletion_protection",
    "max_allocated_storage",
    "monitoring_interval",
    "monitoring_role_arn",
    "preferred_backup_window",
    "preferred_maintenance_window",
    "publicly_accessible",
    "enable_iam_database_authentication",
    "option_group_name",
    *DETAIL_NAMES,
)


def wanted_version(database: Any, given: dict[str, Any]) -> str | None:
    """The version to upgrade to, checked; None when there is nothing to do."""
    asked = given.get("engine_version")
    if not asked:
        return None
    engine, have = database.engine, database.engine_version
    target = rds_catalog.resolve(engine, asked)
    if asked in rds_catalog.VERSIONS[engine] and rds_catalog.major_of(engine, have) == asked:
        target = max(have, target, key=rds_catalog.number)
    if target == have:
        return None
    known = {u["EngineVersion"]: u["IsMajorVersionUpgrade"] for u in rds_catalog.upgrades(engine, have)}
    if target not in known:
        refuse("InvalidParameterCombination", f"Cannot upgrade {engine} from {have} to {target}")
    if known[target] and not given.get("allow_major_version_upgrade"):
        text = "The AllowMajorVersionUpgrade flag must be present when upgrading to a new major version."
        refuse("InvalidParameterCombination", text)
    if known[target] and database.db_parameter_group_name and not given.get("db_parameter_group_name"):
        if not database.db_parameter_group_name.startswith("default."):
            family = rds_catalog.family_of(engine, target)
            text = "The current DB parameter group is custom. You must explicitly specify a new DB parameter "
            refuse(
                "InvalidParameterCombination",
                f"{text}group, either default or custom, of the family {family}.",
            )
    return target


def wanted_storage(database: Any, given: dict[str, Any]) -> dict[str, Any]:
    """The storage settings that change, checked and rounded as AWS does."""
    kind = given.get("storage_type") or database.storage_type
    size, have = given.get("allocated_storage"), database.allocated_storage
    if size is not None and int(size) < have:
        text = f"Invalid storage size for engine name {database.engine} and storage type {kind}: {size}. "
        text += "The allocated storage of a DB instance can't be decreased."
        refuse("InvalidParameterCombination", text)
    size = have if size is None else int(size)
    if size > have:
        size = max(size, math.ceil(have * 1.1))
    iops, throughput = given.get("iops"), given.get("storage_throughput")
    changed = {}
    if kind != database.storage_type or size != have:
        defaults = rds_catalog.storage_defaults(kind, size)
        moved = kind != database.storage_type or (have < rds_catalog.STRIPED) != (size < rds_catalog.STRIPED)
        if iops is None:
            iops = defaults[0] if moved else database.iops
        if throughput is None:
            throughput = defaults[1] if moved else database.storage_throughput
    if any(n in given for n in ("storage_type", "allocated_storage", "iops", "storage_throughput")):
        rds_catalog.check_storage(database.engine, kind, size, iops, throughput)
    for name, value in (
        ("storage_type", kind),
        ("allocated_storage", size),
        ("iops", iops),
        ("storage_throughput", throughput),
    ):
        if value is not None and value != getattr(database, name):
            changed[name] = value
    return changed


def check(backend: Any, database: Any, given: dict[str, Any]) -> dict[str, Any]:
    """The waiting changes of a request; refuses what cannot be."""
    engine = database.engine
    waiting = wanted_storage(database, given)
    target = wanted_version(database, given)
    if target:
        waiting["engine_version"] = target
    cls = given.get("db_instance_class")
    if cls and cls != database.db_instance_class:
        rds_catalog.check_class(engine, target or database.engine_version, cls)
        waiting["db_instance_class"] = cls
    new = given.get("new_db_instance_identifier")
    if new and new.lower() in backend.databases:
        refuse("DBInstanceAlreadyExists", "DB instance already exists")
    for name in WAITING:
        if name in waiting or name in ("storage_type", "allocated_storage", "iops", "storage_throughput"):
            continue
        value = given.get(name)
        if value is None or name in ("engine_version", "db_instance_class"):
            continue
        if name == "db_subnet_group_name" or value != getattr(database, name, None):
            waiting[name] = value
    if given.get("master_user_password"):
        rds_checks.check_password(engine, given["master_user_password"])
    days = given.get("backup_retention_period")
    rds_checks.check_retention(days)
    if days == 0 and database.replicas:
        text = "Automated backups can't be disabled for the source of a read replica"
        refuse("InvalidParameterCombination", text)
    if given.get("db_parameter_group_name"):
        version = target or database.engine_version
        rds_checks.check_parameter_group(backend, engine, version, given["db_parameter_group_name"])
    rds_checks.check_insights(cls or database.db_instance_class, given.get("enable_performance_insights"))
    logs = given.get("cloudwatch_logs_export_configuration") or {}
    rds_checks.check_logs(engine, database.engine_version, logs.get("EnableLogTypes") or [])
    if given.get("max_allocated_storage") is not None:
        if given["max_allocated_storage"] < waiting.get("allocated_storage", database.allocated_storage):
            refuse("InvalidParameterCombination", "Max storage size must be greater than storage size")
    if given.get("db_subnet_group_name"):
        rds_checks.subnet_group(backend, given["db_subnet_group_name"])
    return waiting


def change_now(backend: Any, database: Any, given: dict[str, Any]) -> None:
    """What ModifyDBInstance applies at once, whatever ApplyImmediately says."""
    for name in NOW:
        if given.get(name) is not None:
            setattr(database, name, given[name])
    if given.get("preferred_maintenance_window"):
        database.preferred_maintenance_window = given["preferred_maintenance_window"].lower()
    group = given.get("db_parameter_group_name")
    if group and group.lower() != (database.db_parameter_group_name or "").lower():
        database.db_parameter_group_name = group.lower()
        database.mend_apply_status = "applying"
        later("db_instance:modify", lambda: setattr(database, "mend_apply_status", "pending-reboot"))
    ids = given.get("vpc_security_group_ids")
    if ids is not None:
        vpc_id = database.db_subnet_group.vpc_id
        database.vpc_security_group_ids = rds_checks.check_groups(backend, list(ids), vpc_id)
        managed_eni.set_groups(ec2_of(backend), [database.mend_eni], database.vpc_security_group_ids)
    logs = given.get("cloudwatch_logs_export_configuration") or {}
    kept = [
        k for k in database.enabled_cloudwatch_logs_exports if k not in (logs.get("DisableLogTypes") or [])
    ]
    database.enabled_cloudwatch_logs_exports = list(
        dict.fromkeys([*kept, *(logs.get("EnableLogTypes") or [])])
    )
    insights = given.get("enable_performance_insights")
    if insights is not None:
        database.performance_insights_enabled = insights
        days = given.get("performance_insights_retention_period") or 7
        database.performance_insights_retention_period = days if insights else None
        key = given.get("performance_insights_kms_key_id") or "alias/aws/rds"
        database.performance_insights_kms_key_id = backend._validate_kms_key(key) if insights else None
    elif given.get("performance_insights_retention_period") and database.performance_insights_enabled:
        database.performance_insights_retention_period = given["performance_insights_retention_period"]


def apply(backend: Any, database: Any) -> None:
    """The pending values become the instance's."""
    values, database.mend_pending, database.pending_modified_values = database.mend_pending, {}, {}
    for name in ("storage_type", "allocated_storage"):  # before what depends on them
        if name in values:
            setattr(database, name, values.pop(name))
    if database.storage_type in ("gp2", "standard"):
        database.iops = database.storage_throughput = None
    new = values.pop("new_db_instance_identifier", None)
    major = rds_catalog.major_of(database.engine, database.engine_version)
    for name, value in values.items():
        setattr(database, "port" if name == "db_port_number" else name, value)
    if rds_catalog.major_of(database.engine, database.engine_version) != major:
        if (database.db_parameter_group_name or "").startswith("default."):
            database.db_parameter_group_name = database.default_db_parameter_group_details()[1]
    if new:
        backend.databases.pop(database.db_instance_identifier)
        database.db_instance_identifier = new
        backend.databases[database.db_instance_identifier] = database
    place(database)
    available(database)


def finish_delete(backend: Any, database: Any, automated: bool) -> None:
    """The instance is gone, and so are its interface, its secret and its automated backups."""
    name = database.db_instance_identifier
    backend.databases.pop(name, None)
    managed_eni.drop_now(ec2_of(backend), [database.mend_eni])
    if getattr(database, "master_user_secret", None) is not None:
        database.master_user_secret.delete_secret()
    for snapshot in list(backend.database_snapshots.values()):
        if snapshot.db_instance_identifier != name:
            continue
        if snapshot.snapshot_type == "automated" and automated:
            backend.database_snapshots.pop(snapshot.db_snapshot_identifier)
        elif snapshot.status == "creating":
            snapshot.status = "available"


def install() -> None:
    @patch(RDSBackend, "modify_db_instance")
    def modify_db_instance(original: Any, self: Any, db_instance_identifier: str, db_kwargs: Any) -> Any:
        # ModifyDBInstance: immediately, or pending until the maintenance window; see PendingModifiedValues.
        database = self.describe_db_instances(db_instance_identifier)[0]
        if isinstance(database, DBInstanceClustered) or not hasattr(database, "mend_pending"):
            return original(self, db_instance_identifier, db_kwargs)
        given = plain(db_kwargs)
        usable(database)
        waiting = check(self, database, given)
        immediately = bool(given.get("apply_immediately"))
        if given.get("rotate_master_user_password") and not immediately:
            text = "You must specify apply immediately when rotating the master user password."
            refuse("InvalidParameterCombination", text)
        secret = {
            n: given.get(n)
            for n in (
                "manage_master_user_password",
                "master_user_secret_kms_key_id",
                "rotate_master_user_password",
            )
        }
        database.update(**secret)
        change_now(self, database, given)
        days, have = given.get("backup_retention_period"), database.backup_retention_period
        if days is not None and days != have:
            if days and have:
                database.backup_retention_period = days
            else:
                waiting["backup_retention_period"] = days
        soon = {n: given[n] for n in SOON if given.get(n) is not None}
        if soon.get("db_port_number") == database.port:
            del soon["db_port_number"]
        database.mend_pending.update({**waiting, **soon})
        names = {**WAITING, **SOON, "backup_retention_period": "BackupRetentionPeriod"}
        database.pending_modified_values = {
            names[n]: "****" if n == "master_user_password" else v for n, v in database.mend_pending.items()
        }
        if (immediately and database.mend_pending) or soon:
            if not immediately:
                held = {n: v for n, v in database.mend_pending.items() if n not in soon}
                database.mend_pending = soon
                finish = functools.partial(apply_soon, self, database, held, names)
            else:
                finish = functools.partial(apply, self, database)
            # The answer still says available; the next look says modifying.
            later("", lambda: enter(database, "modifying", "db_instance:modify", 1.0, finish), seconds=0.0)
        return database

    def apply_soon(backend: Any, database: Any, held: dict[str, Any], names: dict[str, str]) -> None:
        apply(backend, database)
        database.mend_pending = held
        database.pending_modified_values = {names[n]: v for n, v in held.items()}

    @patch(RDSBackend, "reboot_db_instance")
    def reboot_db_instance(original: Any, self: Any, db_instance_identifier: str) -> Any:
        # RebootDBInstance: rebooting for a while; parameters that waited for it are in sync then.
        database = original(self, db_instance_identifier)
        if hasattr(database, "mend_pending"):
            usable(database)

            def finish() -> None:
                database.mend_apply_status = "in-sync"
                available(database)

            enter(database, "rebooting", "db_instance:reboot", 1.0, finish)
        return database

    @patch(RDSBackend, "stop_db_instance")
    def stop_db_instance(original: Any, self: Any, *args: Any, **kwargs: Any) -> Any:
        # StopDBInstance: stopping for a while, and never while it has read replicas.
        database = self.describe_db_instances(kwargs.get("db_instance_identifier") or args[0])[0]
        if any(name in self.databases for name in getattr(database, "replicas", ())):
            refuse("InvalidDBInstanceState", "Cannot stop a source of read replicas.")
        database = original(self, *args, **kwargs)
        if hasattr(database, "mend_pending"):
            enter(database, "stopping", "db_instance:modify", 1.0, functools.partial(enter, database, "stopped"))
        return database

    @patch(RDSBackend, "start_db_instance")
    def start_db_instance(original: Any, self: Any, *args: Any, **kwargs: Any) -> Any:
        # StartDBInstance: starting for a while.
        database = original(self, *args, **kwargs)
        if hasattr(database, "mend_pending"):
            enter(database, "starting", "db_instance:modify", 1.0, functools.partial(available, database))
        return database

    @patch(RDSResponse, "delete_db_instance")
    def delete_db_instance(original: Any, self: Any) -> ActionResult:
        # DeleteDBInstance: protection, the final snapshot, and deleting for a while.
        params, backend = self.params, self.backend
        name = (params.get("DBInstanceIdentifier") or "").lower()
        database = backend.databases.get(name)
        if database is None:
            refuse("DBInstanceNotFound", f"DBInstance {name} not found.", 404)
        if isinstance(database, DBInstanceClustered) or not hasattr(database, "mend_pending"):
            return original(self)
        if database.status == "deleting":
            refuse("InvalidDBInstanceState", f"Instance {name} is already being deleted.")
        if database.deletion_protection:
            text = "Cannot delete protected DB Instance, please disable deletion protection and try again."
            refuse("InvalidParameterCombination", text)
        skip, final = bool(params.get("SkipFinalSnapshot")), params.get("FinalDBSnapshotIdentifier")
        if skip and final:
            text = "FinalDBSnapshotIdentifier can not be specified when SkipFinalSnapshot is enabled"
            refuse("InvalidParameterCombination", text)
        if not skip and not final:
            text = "FinalDBSnapshotIdentifier is required unless SkipFinalSnapshot is specified."
            refuse("InvalidParameterCombination", text)
        if final and database.is_replica:
            refuse("InvalidParameterCombination", "A final snapshot of a read replica is not possible")
        if final and database.status in ("stopping", "stopped", "starting"):
            text = f"Cannot create a snapshot because the database instance {name} is not currently in the "
            refuse("InvalidDBInstanceState", f"{text}available state.")
        if final:
            backend.validate_db_snapshot_identifier(final, parameter_name="FinalDBSnapshotIdentifier")
            backend.create_db_snapshot(name, final).status = "creating"
        for other in list(database.replicas):
            if other in backend.databases:  # the replicas of a deleted source are promoted
                backend.databases[other].is_replica = False
                backend.databases[other].source_db_instance_identifier = None
        if database.is_replica:
            source = backend.databases.get(str(database.source_db_instance_identifier).split(":")[-1])
            if source is not None and name in source.replicas:
                source.replicas.remove(name)
        automated = params.get("DeleteAutomatedBackups") in (None, True)
        finish = functools.partial(finish_delete, backend, database, automated)
        enter(database, "deleting", "db_instance:delete", 1.0, finish)
        return ActionResult({"DBInstance": database})
