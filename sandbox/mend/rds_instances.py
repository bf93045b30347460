"""Database instances (RDS) come to be as AWS documents it: checked, created in a while, reachable only then.

moto has them available at once, takes any class and version, and forgets most settings.
"""

from __future__ import annotations

import functools
import json
import re
import string
from typing import Any

from moto.core.responses import ActionResult
from moto.core.utils import utcnow
from moto.moto_api._internal import mock_random
from moto.rds.models import DBInstance, DBInstanceClustered, MasterUserSecret, RDSBackend
from moto.rds.responses import RDSResponse

from mend import managed_eni, rds_catalog, rds_checks
from mend.clock import later
from mend.core import add, computed, delay, patch, refuse
from mend.managed_eni import ec2_of

NAME = re.compile(r"(?!.*--)[a-zA-Z][a-zA-Z0-9-]{0,62}(?<!-)")
# What a plain instance shows besides what it was asked for.
DETAILS = {
    "activity_stream_status": "stopped",
    "backup_target": "region",
    "customer_owned_ip_enabled": False,
    "network_type": "IPV4",
    "multi_tenant": False,
    "dedicated_log_volume": False,
    "is_storage_config_upgrade_available": False,
    "engine_lifecycle_support": "open-source-rds-extended-support",
    "database_insights_mode": "standard",
    "db_instance_port": 0,
}
INSIGHTS = {
    "enable_performance_insights": "performance_insights_enabled",
    "performance_insights_kms_key_id": "performance_insights_kms_key_id",
    "performance_insights_retention_period": "performance_insights_retention_period",
}
DETAIL_NAMES = ("network_type", "database_insights_mode", "dedicated_log_volume", "engine_lifecycle_support")


# ---------------------------------------------------------------- states


def enter(database: Any, status: str, kind: str = "", share: float = 1.0, then: Any = None) -> None:
    """Puts the instance into a state that `then` ends, unless another came meanwhile."""
    database.status = status
    token = database.mend_state = object()

    def due() -> None:
        if database.mend_state is token:
            then()

    if then is not None:
        later(kind, due, delay(kind) * share)


def begin(database: Any) -> None:
    """Creating, then its first backup if it has backups, then available."""
    database.instance_create_time = None
    database.mend_ready = False

    def born() -> None:
        database.instance_create_time = utcnow()
        place(database)
        if database.backup_retention_period:
            enter(database, "backing-up", "db_instance", 0.2, functools.partial(available, database))
        else:
            available(database)

    enter(database, "creating", "db_instance", 0.8, born)


def available(database: Any) -> None:
    enter(database, "available")
    if not database.mend_ready:
        database.mend_ready = True
        if database.backup_retention_period:
            database.save_automated_backup()


def place(database: Any) -> None:
    """A Multi-AZ instance has a second zone."""
    group = getattr(database, "db_subnet_group", None)
    others = [s.availability_zone for s in group._subnets] if group else []
    others = [z for z in others if z != database.availability_zone]
    database.secondary_availability_zone = others[0] if database.multi_az and others else None


def usable(database: Any) -> None:
    """Refuses what needs an available instance."""
    if database.status != "available":
        name = database.db_instance_identifier
        refuse("InvalidDBInstanceState", f"Database instance {name} is not in available state.")


# ---------------------------------------------------------------- making


def prepared(backend: Any, given: dict[str, Any], fresh: bool = True) -> dict[str, Any]:
    """A create request checked and filled in; `fresh` is false for restores and replicas."""
    name, engine = given.get("db_instance_identifier") or "", given["engine"].lower()
    if not NAME.fullmatch(name):
        backend._validate_db_identifier(name + "-")
    if name in backend.databases:
        refuse("DBInstanceAlreadyExists", "DB instance already exists")
    version = rds_catalog.resolve(engine, given.get("engine_version"))
    cls = given.get("db_instance_class") or ""
    rds_catalog.check_class(engine, version, cls)
    iops, throughput = given.get("iops"), given.get("storage_throughput")
    kind = given.get("storage_type") or ("io1" if iops else "gp3")
    size = int(given.get("allocated_storage") or rds_catalog.STORAGE.get(kind, (20,))[0])
    rds_catalog.check_storage(engine, kind, size, iops, throughput)
    defaults = rds_catalog.storage_defaults(kind, size)
    if fresh:
        rds_checks.check_credentials(engine, given)
    rds_checks.check_retention(given.get("backup_retention_period"))
    rds_checks.check_insights(cls, given.get("enable_performance_insights"))
    rds_checks.check_logs(engine, version, given.get("enable_cloudwatch_logs_exports") or [])
    group = rds_checks.subnet_group(backend, given.get("db_subnet_group_name"))
    zones = [s.availability_zone for s in group._subnets]
    zone = given.get("availability_zone")
    if zone and given.get("multi_az"):
        text = "Requesting a specific availability zone is not valid for Multi-AZ instances."
        refuse("InvalidParameterCombination", text)
    if zone and zone not in zones:
        text = f"Cannot create a database instance because no subnets exist in availability zone {zone}"
        refuse("InvalidVPCNetworkStateFault", text)
    if given.get("db_parameter_group_name"):
        rds_checks.check_parameter_group(backend, engine, version, given["db_parameter_group_name"])
    encrypted, key = bool(given.get("storage_encrypted")), given.get("kms_key_id")
    if key and not encrypted:
        text = "KmsKeyId can only be specified when StorageEncrypted is enabled"
        refuse("InvalidParameterCombination", text)
    backup, maintenance = rds_checks.windows(given)
    public = given.get("publicly_accessible")
    filled = {
        **given,
        "engine": engine,
        "engine_version": version,
        "license_model": given.get("license_model") or rds_catalog.LICENSES[engine],
        "storage_type": kind,
        "allocated_storage": size,
        "iops": iops or defaults[0],
        "storage_throughput": throughput or defaults[1],
        "storage_encrypted": encrypted,
        "kms_key_id": backend._validate_kms_key(key or "alias/aws/rds") if encrypted else None,
        "db_subnet_group_name": group.name,
        "availability_zone": zone or zones[0],
        "vpc_security_group_ids": rds_checks.check_groups(
            backend, given.get("vpc_security_group_ids") or [], group.vpc_id
        ),
        "publicly_accessible": (group.name == "default") if public is None else public,
        "ca_certificate_identifier": given.get("ca_certificate_identifier") or "rds-ca-rsa2048-g1",
        "preferred_backup_window": backup,
        "preferred_maintenance_window": maintenance,
    }
    if filled["publicly_accessible"]:
        gateways = ec2_of(backend).internet_gateways.values()
        if not any(g.vpc is not None and g.vpc.id == group.vpc_id for g in gateways):
            text = f"Cannot create a publicly accessible DBInstance. The specified VPC {group.vpc_id} has no "
            refuse("InvalidVPCNetworkStateFault", text + "internet gateway attached.")
    return {k: v for k, v in filled.items() if v is not None}


def dress(backend: Any, database: Any, given: dict[str, Any]) -> None:
    """What moto's instance lacks, and the states that follow."""
    letters = string.ascii_uppercase + string.digits
    database.dbi_resource_id = "db-" + "".join(mock_random.choice(letters) for _ in range(26))
    for name, value in DETAILS.items():
        if name != "db_instance_port":
            setattr(database, name, given.get(name, value) if name in DETAIL_NAMES else value)
    enabled = bool(given.get("enable_performance_insights"))
    database.performance_insights_enabled = enabled
    if enabled:
        database.performance_insights_retention_period = (
            given.get("performance_insights_retention_period") or 7
        )
        key = given.get("performance_insights_kms_key_id") or "alias/aws/rds"
        database.performance_insights_kms_key_id = backend._validate_kms_key(key)
    database.pending_modified_values = {}
    database.mend_pending = {}
    ec2 = ec2_of(backend)
    subnets = database.db_subnet_group._subnets
    subnet = next((s for s in subnets if s.availability_zone == database.availability_zone), subnets[0])
    groups = database.vpc_security_group_ids
    database.mend_eni = managed_eni.make(ec2, subnet.id, groups, "RDSNetworkInterface", "amazon-rds")
    begin(database)


def plain(kwargs: Any) -> dict[str, Any]:
    return {key: value for key, value in kwargs.items() if value is not None}


def install() -> None:
    @patch(RDSBackend, "create_db_instance")
    def create_db_instance(original: Any, self: Any, db_kwargs: Any) -> Any:
        # CreateDBInstance: everything is checked first, then creating, backing-up, available.
        given = plain(db_kwargs)
        if not rds_catalog.known(str(given.get("engine", "")).lower()) or given.get("db_cluster_identifier"):
            return original(self, db_kwargs)
        fresh = given.pop("mend_fresh", True)
        filled = prepared(self, given, fresh)
        database = original(self, filled)
        dress(self, database, given)
        return database

    @computed(DBInstance, "endpoint")
    def endpoint(self: Any, stored: Any) -> Any:
        # DescribeDBInstances: no endpoint while it is being created.
        if self.status == "creating":
            return None
        return {**stored, "HostedZoneId": "Z1RLNUO7B9Q6NB"}

    computed(DBInstance, "db_instance_port")(
        # DescribeDBInstances: DbInstancePort is 0 but in a cluster.
        lambda self, stored: stored if isinstance(self, DBInstanceClustered) else 0
    )
    computed(DBInstance, "certificate_details")(
        # DescribeDBInstances: CertificateDetails.
        lambda self, stored: {
            "CAIdentifier": self.ca_certificate_identifier,
            "ValidTill": "2061-05-25T23:34:57Z",
        }
    )
    computed(DBInstance, "latest_restorable_time")(
        # DescribeDBInstances: only with backups.
        lambda self, stored: (
            stored if getattr(self, "mend_ready", True) and self.backup_retention_period else None
        )
    )

    @computed(DBInstance, "status_infos")
    def status_infos(self: Any, stored: Any) -> list[dict[str, Any]]:
        # DescribeDBInstances: StatusInfos of a read replica.
        if not self.is_replica or self.status != "available":
            return []
        return [{"StatusType": "read replication", "Normal": True, "Status": "replicating"}]

    @patch(DBInstance, "save_automated_backup")
    def save_automated_backup(original: Any, self: Any) -> None:
        # CreateDBInstance: the first automated backup is made once the instance is there.
        if isinstance(self, DBInstanceClustered) or getattr(self, "mend_ready", not self.mend_known()):
            original(self)

    @add(DBInstance, "mend_known")
    def mend_known(self: Any) -> bool:
        return rds_catalog.known(self.engine)

    @computed(MasterUserSecret, "secret_status")
    def secret_status(self: Any, stored: Any) -> str:
        # DescribeDBInstances: the managed secret is creating as long as the instance.
        return "creating" if self.resource.status == "creating" else "active"

    @patch(MasterUserSecret, "_generate_secret_string")
    def generate_secret_string(original: Any, self: Any) -> str:
        # ManageMasterUserPassword: the secret has the master user's name and a password of RDS's choice.
        letters = string.ascii_letters + string.digits
        password = "".join(mock_random.choice(letters) for _ in range(28))
        user = getattr(self.resource, "_master_username", None) or getattr(
            self.resource, "master_username", "admin"
        )
        return json.dumps({"username": user, "password": password})

    @patch(RDSResponse, "describe_db_instances")
    def describe_db_instances(original: Any, self: Any) -> ActionResult:
        # DescribeDBInstances: pages of 100 by Marker.
        filters = {f["Name"]: f["Values"] for f in self.params.get("Filters", [])}
        found = self.backend.describe_db_instances(self.params.get("DBInstanceIdentifier"), filters=filters)
        items, marker = rds_catalog.page(list(found), self.params)
        return ActionResult({"DBInstances": items, "Marker": marker})
