"""What CreateDBInstance, ModifyDBInstance and the restores refuse, with AWS's codes (RDS).

moto takes nearly everything, so that a mistake would show only in AWS after minutes.
"""

from __future__ import annotations

import re
from typing import Any

from moto.rds.models import DBSubnetGroup

from mend import rds_catalog, rds_parameters, rds_subnets
from mend.core import refuse
from mend.ec2_common import groups_of
from mend.managed_eni import ec2_of

LONGEST_PASSWORD = {"mysql": 41, "mariadb": 41, "postgres": 128}
RESERVED = ("rdsadmin", "rdsrepladmin", "mysql", "mysql.sys", "mysql.session", "mysql.infoschema")


def check_password(engine: str, password: str) -> None:
    what = "The parameter MasterUserPassword is not a valid password"
    if len(password) < 8:
        refuse("InvalidParameterValue", f"{what} because it is shorter than 8 characters.")
    if len(password) > LONGEST_PASSWORD[engine]:
        refuse(
            "InvalidParameterValue",
            f"{what} because it is longer than {LONGEST_PASSWORD[engine]} characters.",
        )
    if not re.fullmatch(r"[!-~]+", password) or re.search(r"[/@\"]", password):
        text = f"{what}. Only printable ASCII characters besides '/', '@', '\"', ' ' may be used."
        refuse("InvalidParameterValue", text)


def check_credentials(engine: str, given: dict[str, Any]) -> None:
    user, password = given.get("master_username"), given.get("master_user_password")
    if not user:
        refuse(
            "InvalidParameterValue", "The parameter MasterUsername must be provided and must not be blank."
        )
    if user.lower() in RESERVED:
        text = f"MasterUsername {user} cannot be used as it is a reserved word used by the engine"
        refuse("InvalidParameterValue", text)
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_]{0,31}", user):
        text = (
            "The parameter MasterUsername must begin with a letter and contain only alphanumeric characters."
        )
        refuse("InvalidParameterValue", text)
    if given.get("manage_master_user_password"):
        if password:
            text = "You can't specify MasterUserPassword when ManageMasterUserPassword is enabled."
            refuse("InvalidParameterCombination", text)
    elif not password:
        text = "The parameter MasterUserPassword must be provided and must not be blank."
        refuse("InvalidParameterValue", text)
    else:
        check_password(engine, password)
    name = given.get("db_name")
    if name and not re.fullmatch(r"[A-Za-z][A-Za-z0-9_]{0,63}", name):
        text = "DBName must begin with a letter and contain only alphanumeric characters."
        refuse("InvalidParameterValue", text)


def check_groups(backend: Any, ids: list[str], vpc_id: str) -> list[str]:
    """The security groups, the VPC's default one when there are none."""
    ec2 = ec2_of(backend)
    known = groups_of(ec2)
    if not ids:
        default = ec2.get_default_security_group(vpc_id)
        return [default.id] if default else []
    for group_id in ids:
        if group_id not in known:
            refuse("InvalidParameterValue", f"Invalid security group , groupId= {group_id}, groupName=.")
        if known[group_id].vpc_id != vpc_id:
            refuse(
                "InvalidParameterCombination",
                "The DB instance and EC2 security group are in different VPCs. The DB instance is in "
                f"{vpc_id} and the EC2 security group is in {known[group_id].vpc_id}",
            )
    return list(ids)


def check_parameter_group(backend: Any, engine: str, version: str, name: str) -> None:
    family, group = rds_catalog.family_of(engine, version), rds_parameters.find(backend, name)
    if group.family != family:
        refuse(
            "InvalidParameterCombination",
            f"The Parameter Group {group.name} with DBParameterGroupFamily {group.family} can't be used for "
            f"this instance. Please use a Parameter Group with DBParameterGroupFamily {family}.",
        )


def check_insights(name: str, enabled: Any) -> None:
    if enabled and name.startswith(rds_catalog.WITHOUT_INSIGHTS):
        refuse("InvalidParameterCombination", "Performance Insights not supported for this configuration.")


def check_logs(engine: str, version: str, kinds: list[str]) -> None:
    wrong = [k for k in kinds if k not in rds_catalog.LOGS[engine]]
    if wrong:
        text = f"You cannot use the log types '{', '.join(wrong)}' with engine version {engine} {version}. "
        refuse("InvalidParameterCombination", text + "For supported log types, see the documentation.")


def check_retention(days: Any) -> None:
    if days is not None and not 0 <= int(days) <= 35:
        text = f"Invalid backup retention period: {days}. It must be between 0 and 35 days."
        refuse("InvalidParameterValue", text)


def subnet_group(backend: Any, name: str | None) -> Any:
    """The group of that name; without one the default VPC's."""
    if name:
        return rds_subnets.find(backend, name)
    if "default" not in backend.subnet_groups:
        subnets = list(ec2_of(backend).get_default_subnets().values())
        if not subnets:
            refuse("InvalidSubnet", "No default subnets detected in VPC. Please specify a DB subnet group.")
        backend.subnet_groups["default"] = DBSubnetGroup(backend, "default", "default", subnets, [])
    return backend.subnet_groups["default"]


def windows(given: dict[str, Any]) -> tuple[str, str]:
    """The backup and the maintenance window; one that is not given keeps off the other."""
    backup, maintenance = given.get("preferred_backup_window"), given.get("preferred_maintenance_window")
    if not backup:
        hour = (int(maintenance[4:6]) + 6) % 24 if maintenance else 22
        backup = f"{hour:02}:10-{hour:02}:40"
    if not maintenance:
        hour = (int(backup[:2]) + 4) % 24
        maintenance = f"sun:{hour:02}:05-sun:{hour:02}:35"
    return backup, maintenance.lower()
