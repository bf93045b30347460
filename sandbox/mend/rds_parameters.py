"""Parameter groups (RDS) as AWS documents them: known parameters only, static ones wait, none deleted in use.

moto takes any parameter and lists only what was set.
"""

from __future__ import annotations

import re
from typing import Any

from moto.core.responses import ActionResult, EmptyResult
from moto.rds.models import DBInstance, DBParameterGroup, RDSBackend
from moto.rds.responses import RDSResponse

from mend.clock import later
from mend.core import add, computed, patch, refuse
from mend.rds_catalog import families, page
from mend.rds_parameter_table import SYSTEM, Known, parameters_of

AT_ONCE = 20
NAME = re.compile(r"(?!.*--)[a-zA-Z][a-zA-Z0-9-]{0,254}(?<!-)")


def find(backend: Any, name: str) -> Any:
    """The group of that name; the default ones are there once they are asked for."""
    name = (name or "").lower()
    if name not in backend.db_parameter_groups and name.startswith("default.") and name[8:] in families():
        backend.db_parameter_groups[name] = DBParameterGroup(
            backend, name, f"Default parameter group for {name[8:]}", name[8:]
        )
    if name not in backend.db_parameter_groups:
        refuse("DBParameterGroupNotFound", f"DBParameterGroup not found: {name}", 404)
    return backend.db_parameter_groups[name]


def users_of(backend: Any, name: str) -> list[Any]:
    """The instances that have the group."""
    return [d for d in backend.databases.values() if group_of(d) == name.lower()]


def group_of(database: Any) -> str:
    name = database.db_parameter_group_name
    return str(name or database.default_db_parameter_group_details()[1]).lower()


def entry(known: Known, group: Any) -> dict[str, Any]:
    """A parameter as DescribeDBParameters shows it."""
    given = group.parameters.get(known.name)
    value = SYSTEM.get(known.name)
    source = "system" if value is not None or not known.modifiable else "engine-default"
    shown = {
        "ParameterName": known.name,
        "ParameterValue": value,
        "Description": known.name.replace("_", " ").replace("-", " ").capitalize() + ".",
        "Source": source,
        "ApplyType": known.apply_type,
        "DataType": known.data_type,
        "AllowedValues": known.allowed or None,
        "IsModifiable": known.modifiable,
        "ApplyMethod": "pending-reboot",
    }
    if given:
        shown["ParameterValue"] = given["ParameterValue"]
        shown["ApplyMethod"] = given.get("ApplyMethod", "pending-reboot")
        shown["Source"] = "user"
    return shown


def check(group: Any, table: dict[str, Known], given: dict[str, Any], reset: bool = False) -> None:
    """Refuses what ModifyDBParameterGroup and ResetDBParameterGroup refuse."""
    name, method = given.get("ParameterName", ""), given.get("ApplyMethod")
    known = table.get(name)
    if known is None:
        refuse("InvalidParameterValue", f"Could not find parameter with name: {name}")
    if not known.modifiable:
        refuse("InvalidParameterValue", f"The parameter {name} cannot be modified.")
    if method not in ("immediate", "pending-reboot"):
        text = f"Invalid apply method: {method} for parameter {name}. Use immediate or pending-reboot."
        refuse("InvalidParameterValue", text)
    if known.apply_type == "static" and method == "immediate":
        refuse("InvalidParameterCombination", "cannot use immediate apply method for static parameter")
    value = given.get("ParameterValue")
    if not reset and (value is None or not known.takes(str(value))):
        text = f"Invalid parameter value: {value} for: {name} allowed values are: {known.allowed}"
        refuse("InvalidParameterValue", text)


def changed(backend: Any, group: Any, given: list[dict[str, Any]]) -> None:
    """What a change of a group does to the instances that have it."""
    wait = any(p.get("ApplyMethod") == "pending-reboot" for p in given)
    for database in users_of(backend, group.name):
        if wait:
            database.mend_apply_status = "pending-reboot"
        elif getattr(database, "mend_apply_status", "in-sync") == "in-sync":
            database.mend_apply_status = "applying"
            later("db_instance:modify", lambda d=database: applied(d))


def applied(database: Any) -> None:
    if database.mend_apply_status == "applying":
        database.mend_apply_status = "in-sync"


def install() -> None:
    @computed(DBInstance, "db_parameter_group_status_list")
    def status_list(self: Any, stored: Any) -> list[dict[str, str]]:
        # DescribeDBInstances: in-sync, applying or pending-reboot.
        status = getattr(self, "mend_apply_status", "in-sync")
        return [{"DBParameterGroupName": group_of(self), "ParameterApplyStatus": status}]

    @patch(RDSBackend, "create_db_parameter_group")
    def create_db_parameter_group(original: Any, self: Any, kwargs: Any) -> Any:
        # CreateDBParameterGroup: a known family, a proper name, DBParameterGroupAlreadyExists.
        name, family = kwargs.get("db_parameter_group_name") or "", kwargs.get("db_parameter_group_family")
        if name.lower() in self.db_parameter_groups:
            refuse("DBParameterGroupAlreadyExists", f"Parameter group {name.lower()} already exists")
        if not NAME.fullmatch(name):
            text = (
                "The parameter DBParameterGroupName is not a valid identifier. Identifiers must begin with a "
            )
            text += "letter; must contain only ASCII letters, digits, and hyphens; and must not end with a "
            refuse("InvalidParameterValue", text + "hyphen or contain two consecutive hyphens.")
        if family and family not in families() and not family.startswith("aurora"):
            text = f"ParameterGroupFamily {family} is not a valid parameter group family"
            refuse("InvalidParameterValue", text)
        return original(self, kwargs)

    @patch(RDSResponse, "describe_db_parameter_groups")
    def describe_db_parameter_groups(original: Any, self: Any) -> ActionResult:
        # DescribeDBParameterGroups: DBParameterGroupNotFound, pages of 100.
        name = self.params.get("DBParameterGroupName")
        found = [find(self.backend, name)] if name else list(self.backend.db_parameter_groups.values())
        items, marker = page(sorted(found, key=lambda g: g.name), self.params)
        return ActionResult({"DBParameterGroups": items, "Marker": marker})

    @patch(RDSResponse, "describe_db_parameters")
    def describe_db_parameters(original: Any, self: Any) -> ActionResult:
        # DescribeDBParameters: the family's parameters, by Source, in pages of 100.
        group = find(self.backend, self.params.get("DBParameterGroupName"))
        table = parameters_of(group.family)
        found = [entry(known, group) for known in table.values()]
        found += [
            {"Source": "user", "IsModifiable": True, **values}
            for name, values in group.parameters.items()
            if name not in table
        ]
        source = self.params.get("Source")
        if source:
            found = [p for p in found if p["Source"] == source]
        items, marker = page(found, self.params)
        return ActionResult({"Parameters": items, "Marker": marker})

    @patch(RDSBackend, "modify_db_parameter_group")
    def modify_db_parameter_group(
        original: Any, self: Any, name: Any = None, given: Any = None, **more: Any
    ) -> Any:
        # ModifyDBParameterGroup: up to 20 known parameters, all or none.
        name = name or more["db_parameter_group_name"]
        given = [dict(p) for p in (given if given is not None else more["db_parameter_group_parameters"])]
        group = find(self, name)
        if group.name.startswith("default."):
            refuse("InvalidParameterValue", f"The default parameter group {group.name} cannot be modified")
        if not given:
            refuse("InvalidParameterValue", "Parameters must be provided")
        if len(given) > AT_ONCE:
            text = f"The number of parameters to modify exceeds the maximum of {AT_ONCE} in a single request"
            refuse("InvalidParameterValue", text)
        table = parameters_of(group.family)
        for each in given if table else []:
            check(group, table, each)
        changed(self, group, given)
        return original(self, group.name, given)

    @add(RDSResponse, "reset_db_parameter_group")
    def reset_db_parameter_group(self: Any) -> ActionResult:
        # ResetDBParameterGroup: single parameters or all go back to what they were.
        group = find(self.backend, self.params.get("DBParameterGroupName"))
        given = [p.original_dict() for p in self.params.get("Parameters", [])]
        table = parameters_of(group.family)
        if self.params.get("ResetAllParameters") or not given:
            if given:
                refuse(
                    "InvalidParameterCombination", "Parameters and ResetAllParameters are mutually exclusive"
                )
            given = [{"ParameterName": n, "ApplyMethod": "pending-reboot"} for n in list(group.parameters)]
        elif len(given) > AT_ONCE:
            text = f"The number of parameters to reset exceeds the maximum of {AT_ONCE} in a single request"
            refuse("InvalidParameterValue", text)
        else:
            for each in given if table else []:
                check(group, table, each, reset=True)
        for each in given:
            group.parameters.pop(each["ParameterName"], None)
        changed(self.backend, group, given)
        return ActionResult({"DBParameterGroupName": group.name})

    @patch(RDSResponse, "delete_db_parameter_group")
    def delete_db_parameter_group(original: Any, self: Any) -> ActionResult:
        # DeleteDBParameterGroup: InvalidDBParameterGroupState while an instance has it.
        group = find(self.backend, self.params.get("DBParameterGroupName"))
        if group.name.startswith("default."):
            text = f"Default DBParameterGroup cannot be deleted: {group.name}"
            refuse("InvalidDBParameterGroupState", text)
        if users_of(self.backend, group.name):
            text = "One or more database instances are still members of this parameter group "
            refuse("InvalidDBParameterGroupState", text + f"{group.name}, so the group cannot be deleted")
        self.backend.db_parameter_groups.pop(group.name)
        return EmptyResult()
