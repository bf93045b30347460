"""What RDS offers: engine versions and the instance classes that go with them.

moto has no list of versions and orderable options for Aurora and Neptune only.
"""

from __future__ import annotations

from typing import Any

from moto.core.responses import ActionResult
from moto.rds.responses import RDSResponse

from mend import rds_catalog
from mend.core import add, patch


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
