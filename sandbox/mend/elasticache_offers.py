"""What ElastiCache offers: the parameters of a family, and the types of nodes that can be reserved.

No call lists the types that a region has; those that it sells reservations of are the nearest.
"""

from __future__ import annotations

from typing import Any

from moto.core.responses import ActionResult
from moto.elasticache.responses import ElastiCacheResponse

from mend.core import add, refuse
from mend.elasticache_common import TYPES, VERSIONS, family_of
from mend.elasticache_parameters import parameters_of
from mend.rds_catalog import page


def install() -> None:
    @add(ElastiCacheResponse, "describe_engine_default_parameters")
    def describe_engine_default_parameters(self: Any) -> ActionResult:
        # DescribeEngineDefaultParameters: a known family's parameters, in pages of 100.
        family = self.params.get("CacheParameterGroupFamily") or ""
        known = {family_of(engine, v) for engine, versions in VERSIONS.items() for v in versions}
        if family not in known:
            refuse("InvalidParameterValue", f"The parameter CacheParameterGroupFamily {family} is invalid.")
        found = [
            {
                "ParameterName": each.name,
                "ParameterValue": each.value,
                "Source": "system",
                "DataType": each.data_type,
                "AllowedValues": each.allowed or None,
                "IsModifiable": each.modifiable,
                "ChangeType": each.change_type,
            }
            for each in parameters_of(family).values()
        ]
        items, marker = page(found, self.params)
        defaults = {"CacheParameterGroupFamily": family, "Parameters": items, "Marker": marker}
        return ActionResult({"EngineDefaults": {**defaults, "CacheNodeTypeSpecificParameters": []}})

    @add(ElastiCacheResponse, "describe_reserved_cache_nodes_offerings")
    def describe_reserved_cache_nodes_offerings(self: Any) -> ActionResult:
        # DescribeReservedCacheNodesOfferings: by type of node; one offering of a year for each.
        wanted = self.params.get("CacheNodeType")
        types = [f"{family}.{size}" for family, sizes in TYPES.items() for size in sizes.split()]
        found = [
            {
                "ReservedCacheNodesOfferingId": f"offering-{number}",
                "CacheNodeType": name,
                "Duration": 31536000,
                "ProductDescription": self.params.get("ProductDescription") or "memcached",
                "OfferingType": "No Upfront",
            }
            for number, name in enumerate(types)
            if wanted in (None, name)
        ]
        items, marker = page(found, self.params)
        return ActionResult({"ReservedCacheNodesOfferings": items, "Marker": marker})
