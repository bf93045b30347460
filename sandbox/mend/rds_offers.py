"""What RDS offers: engine versions and the instance classes that go with them.

moto has no list of versions and orderable options for Aurora and Neptune only.
"""

from __future__ import annotations

from typing import Any

from moto.core.responses import ActionResult
from moto.rds.responses import RDSResponse

from mend import rds_catalog
from mend.core import add, patch, refuse
from mend.rds_parameter_table import parameters_of


def install() -> None:
    @add(RDSResponse, "describe_db_engine_versions")
    def describe_db_engine_versions(self: Any) -> ActionResult:
        # DescribeDBEngineVersions: by engine, full or major version and family.
        params = self.params
        engine, version = params.get("Engine"), params.get("EngineVersion")
        found = [
            v
            for v in rds_catalog.engine_versions()
            if engine in (None, v["Engine"])
            and version in (None, v["EngineVersion"], v["MajorEngineVersion"])
            and params.get("DBParameterGroupFamily") in (None, v["DBParameterGroupFamily"])
        ]
        if params.get("DefaultOnly"):
            latest = {v["MajorEngineVersion"]: v["EngineVersion"] for v in found}
            default = latest.get(version) or rds_catalog.DEFAULTS.get(engine)
            found = [v for v in found if v["EngineVersion"] == default]
        items, marker = rds_catalog.page(found, params)
        return ActionResult({"DBEngineVersions": items, "Marker": marker})

    @add(RDSResponse, "describe_engine_default_parameters")
    def describe_engine_default_parameters(self: Any) -> ActionResult:
        # DescribeEngineDefaultParameters: a family's parameters; the only filter is parameter-name.
        family = self.params.get("DBParameterGroupFamily") or ""
        if family not in rds_catalog.families():
            text = f"ParameterGroupFamily {family} is not a valid parameter group family"
            refuse("InvalidParameterValue", text)
        wanted: list[str] | None = None
        for each in self.params.get("Filters") or []:
            if each["Name"] != "parameter-name":
                refuse("InvalidParameterValue", f"Unrecognized filter name: {each['Name']}")
            wanted = list(each["Values"])
        found = [
            {
                "ParameterName": known.name,
                "Source": "engine-default",
                "ApplyType": known.apply_type,
                "DataType": known.data_type,
                "AllowedValues": known.allowed or None,
                "IsModifiable": known.modifiable,
            }
            for known in parameters_of(family).values()
            if wanted is None or known.name in wanted
        ]
        items, marker = rds_catalog.page(found, self.params)
        defaults = {"DBParameterGroupFamily": family, "Parameters": items, "Marker": marker}
        return ActionResult({"EngineDefaults": defaults})

    @patch(RDSResponse, "describe_orderable_db_instance_options")
    def describe_orderable(original: Any, self: Any) -> ActionResult:
        # DescribeOrderableDBInstanceOptions: what goes with an engine, a version and a class.
        params = self.params
        engine = params.get("Engine") or ""
        if not rds_catalog.known(engine):
            return original(self)
        found = rds_catalog.orderable(
            self.region, engine, params.get("EngineVersion"), params.get("DBInstanceClass")
        )
        items, marker = rds_catalog.page(found, params)
        return ActionResult({"OrderableDBInstanceOptions": items, "Marker": marker})
