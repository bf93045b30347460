"""Subnet groups and parameter groups (ElastiCache) as AWS documents them.

moto has no parameter groups, and its subnet groups can be neither changed nor deleted.
"""

from __future__ import annotations

from typing import Any

from moto.core.responses import ActionResult, EmptyResult
from moto.elasticache.models import ElastiCacheBackend
from moto.elasticache.responses import ElastiCacheResponse

from mend.core import add, patch, refuse
from mend.ec2_common import subnets_of
from mend.elasticache_common import arn_of, check_name, family_of, find, table, tags_of
from mend.elasticache_parameters import FAMILIES, Known, parameters_of
from mend.managed_eni import ec2_of
from mend.rds_catalog import page

AT_ONCE = 20


class SubnetGroup:
    """The subnets that clusters are placed in."""

    def __init__(self, backend: Any, name: str, description: str, subnets: list[Any]) -> None:
        self.name, self.description, self.subnets = name, description, subnets
        self.arn = arn_of(backend, "subnetgroup", name)

    @property
    def vpc_id(self) -> str:
        return str(self.subnets[0].vpc_id)

    def shown(self) -> dict[str, Any]:
        return {
            "CacheSubnetGroupName": self.name,
            "CacheSubnetGroupDescription": self.description,
            "VpcId": self.vpc_id,
            "ARN": self.arn,
            "SupportedNetworkTypes": ["ipv4"],
            "Subnets": [
                {
                    "SubnetIdentifier": s.id,
                    "SubnetAvailabilityZone": {"Name": s.availability_zone},
                    "SupportedNetworkTypes": ["ipv4"],
                }
                for s in self.subnets
            ],
        }


class ParameterGroup:
    """A family's parameters with what the user set."""

    def __init__(self, backend: Any, name: str, family: str, description: str) -> None:
        self.name, self.family, self.description = name, family, description
        self.arn = arn_of(backend, "parametergroup", name)
        self.given: dict[str, str] = {}
        if name.endswith(".cluster.on"):
            self.given["cluster-enabled"] = "yes"

    def value(self, name: str) -> str:
        return self.given.get(name, parameters_of(self.family)[name].value)

    def shown(self) -> dict[str, Any]:
        return {
            "CacheParameterGroupName": self.name,
            "CacheParameterGroupFamily": self.family,
            "Description": self.description,
            "IsGlobal": False,
            "ARN": self.arn,
        }

    def entry(self, known: Known) -> dict[str, Any]:
        given = self.given.get(known.name)
        shown = {
            "ParameterName": known.name,
            "ParameterValue": known.value if given is None else given,
            "Description": known.name.replace("_", " ").replace("-", " ").capitalize() + ".",
            "Source": "user" if given is not None else "system",
            "DataType": known.data_type,
            "AllowedValues": known.allowed or None,
            "IsModifiable": known.modifiable,
            "MinimumEngineVersion": "1.4.5" if self.family.startswith("memcached") else "2.8.6",
            "ChangeType": known.change_type,
        }
        return shown


def members(backend: Any, field: str, name: str) -> list[str]:
    """The clusters and replication groups whose `field` is `name`."""
    things = [*table(backend, "cluster").values(), *table(backend, "replicationgroup").values()]
    return [t.name for t in things if getattr(t, field) == name]


def find_subnets(backend: Any, ids: list[str]) -> list[Any]:
    """The subnets of a group: existing and of one VPC."""
    known = subnets_of(ec2_of(backend))
    if not ids:
        refuse("InvalidParameterValue", "The parameter SubnetIds must be provided.")
    lost = [i for i in ids if i not in known]
    if lost:
        refuse("InvalidParameterValue", f"Some input subnets in :[{', '.join(lost)}] are invalid.")
    subnets = [known[i] for i in dict.fromkeys(ids)]
    if len({s.vpc_id for s in subnets}) > 1:
        refuse("InvalidSubnet", "The requested subnets are not all in a common VPC.")
    return subnets


def subnet_group(backend: Any, name: str | None) -> SubnetGroup:
    """The group of a new cluster; without a name the one of the default VPC."""
    if name and name.lower() != "default":
        return find(backend, "subnetgroup", name)  # type: ignore[no-any-return]
    groups = table(backend, "subnetgroup")
    if "default" not in groups:
        ec2 = ec2_of(backend)
        default = [v.id for v in ec2.vpcs.values() if v.is_default in (True, "true")]
        subnets = [s for s in subnets_of(ec2).values() if s.vpc_id in default]
        if not subnets:
            refuse("InvalidVPCNetworkStateFault", "There is no default VPC: a cache subnet group is needed.")
        groups["default"] = SubnetGroup(backend, "default", "Default CacheSubnetGroup", subnets)
    return groups["default"]  # type: ignore[no-any-return]


def parameter_group(backend: Any, name: str | None) -> ParameterGroup:
    """The group of that name; the default ones are there once they are asked for."""
    name = (name or "").lower()
    groups = table(backend, "parametergroup")
    family = name.removeprefix("default.").removesuffix(".cluster.on")
    if name not in groups and name.startswith("default.") and family in FAMILIES:
        text = f"Default parameter group for {family}"
        if name.endswith(".cluster.on"):
            text = f"Customized default parameter group for {family} with cluster mode on"
        groups[name] = ParameterGroup(backend, name, family, text)
    return find(backend, "parametergroup", name)  # type: ignore[no-any-return]


def parameters_for(backend: Any, name: str | None, engine: str, version: str) -> ParameterGroup:
    """The parameter group of a new cluster, which has to be of the version's family."""
    family = family_of(engine, version)
    group = parameter_group(backend, name or f"default.{family}")
    if group.family != family:
        text = (
            f"Expected a parameter group of family {family} but found one of family {group.family}: "
            f"{group.name} cannot be used with {engine} {version}."
        )
        refuse("InvalidParameterCombination", text)
    return group


def await_reboot(backend: Any, group: ParameterGroup, before: dict[str, str], only: Any = None) -> None:
    """Parameters of the change type `requires-reboot` wait for a restart of the nodes that use the group."""
    known = parameters_of(group.family)
    waits = [n for n in known if known[n].change_type == "requires-reboot"]
    if all(group.value(n) == before.get(n, known[n].value) for n in waits):
        return
    for cluster in [only] if only else table(backend, "cluster").values():
        if cluster.parameter_group == group.name:
            cluster.to_reboot = [n.id for n in cluster.nodes]


def changed(backend: Any, group: ParameterGroup, given: list[Any], reset: bool) -> None:
    """ModifyCacheParameterGroup, ResetCacheParameterGroup: known and modifiable parameters, all or none."""
    known = parameters_of(group.family)
    if group.name.startswith("default."):
        text = f"The default parameter group {group.name} cannot be modified."
        refuse("InvalidCacheParameterGroupState", text)
    if len(given) > AT_ONCE:
        refuse("InvalidParameterValue", f"At most {AT_ONCE} parameters can be changed in one request.")
    for each in given:
        name, value = each.get("ParameterName") or "", each.get("ParameterValue")
        if name not in known:
            refuse("InvalidParameterValue", f"Could not find parameter with name: {name}")
        if not known[name].modifiable:
            refuse("InvalidParameterValue", f"The parameter {name} cannot be modified.")
        if not reset and (value is None or not known[name].takes(str(value))):
            text = f"Invalid parameter value: {value} for: {name} allowed values are: {known[name].allowed}"
            refuse("InvalidParameterValue", text)
    before = dict(group.given)
    for each in given:
        if reset:
            group.given.pop(each["ParameterName"], None)
        else:
            group.given[each["ParameterName"]] = str(each["ParameterValue"])
    await_reboot(backend, group, before)


def install() -> None:
    @add(ElastiCacheResponse, "create_cache_subnet_group")
    def create_cache_subnet_group(self: Any) -> ActionResult:
        # CreateCacheSubnetGroup: CacheSubnetGroupAlreadyExists; the name in small letters; tags.
        backend, params = self.elasticache_backend, self.params
        name = check_name("CacheSubnetGroupName", params.get("CacheSubnetGroupName"), 255)
        tags = tags_of(params)
        if name in table(backend, "subnetgroup"):
            refuse("CacheSubnetGroupAlreadyExists", f"Cache subnet group {name} already exists.")
        subnets = find_subnets(backend, list(params.get("SubnetIds") or []))
        group = SubnetGroup(backend, name, params.get("CacheSubnetGroupDescription") or "", subnets)
        table(backend, "subnetgroup")[name] = group
        backend.tagging_service.tag_resource(group.arn, tags)
        return ActionResult({"CacheSubnetGroup": group.shown()})

    @add(ElastiCacheResponse, "modify_cache_subnet_group")
    def modify_cache_subnet_group(self: Any) -> ActionResult:
        # ModifyCacheSubnetGroup: SubnetInUse for a subnet with a node in it.
        backend, params = self.elasticache_backend, self.params
        group = find(backend, "subnetgroup", params.get("CacheSubnetGroupName"))
        if params.get("SubnetIds"):
            subnets = find_subnets(backend, list(params["SubnetIds"]))
            if {s.vpc_id for s in subnets} != {group.vpc_id}:
                refuse("InvalidSubnet", "The requested subnets are not in the VPC of the subnet group.")
            kept = {s.id for s in subnets}
            for cluster in table(backend, "cluster").values():
                for node in cluster.nodes if cluster.subnet_group == group.name else []:
                    if node.eni.subnet.id not in kept:
                        text = f"The subnet {node.eni.subnet.id} is in use by cache cluster {cluster.name}."
                        refuse("SubnetInUse", text)
            group.subnets = subnets
        if params.get("CacheSubnetGroupDescription") is not None:
            group.description = params["CacheSubnetGroupDescription"]
        return ActionResult({"CacheSubnetGroup": group.shown()})

    @add(ElastiCacheResponse, "describe_cache_subnet_groups")
    def describe_cache_subnet_groups(self: Any) -> ActionResult:
        # DescribeCacheSubnetGroups: CacheSubnetGroupNotFoundFault, pages of 100.
        backend, name = self.elasticache_backend, self.params.get("CacheSubnetGroupName")
        groups = table(backend, "subnetgroup")
        found = [find(backend, "subnetgroup", name)] if name else [groups[n] for n in sorted(groups)]
        items, marker = page([g.shown() for g in found], self.params)
        return ActionResult({"CacheSubnetGroups": items, "Marker": marker})

    @add(ElastiCacheResponse, "delete_cache_subnet_group")
    def delete_cache_subnet_group(self: Any) -> ActionResult:
        # DeleteCacheSubnetGroup: CacheSubnetGroupInUse while a cluster is in it.
        backend = self.elasticache_backend
        group = find(backend, "subnetgroup", self.params.get("CacheSubnetGroupName"))
        if members(backend, "subnet_group", group.name):
            text = f"Cache subnet group {group.name} is currently in use by a cache cluster."
            refuse("CacheSubnetGroupInUse", text)
        del table(backend, "subnetgroup")[group.name]
        backend.tagging_service.delete_all_tags_for_resource(group.arn)
        return EmptyResult()

    @add(ElastiCacheResponse, "create_cache_parameter_group")
    def create_cache_parameter_group(self: Any) -> ActionResult:
        # CreateCacheParameterGroup: a known family, CacheParameterGroupAlreadyExists.
        backend, params = self.elasticache_backend, self.params
        name = check_name("CacheParameterGroupName", params.get("CacheParameterGroupName"), 255)
        family, tags = params.get("CacheParameterGroupFamily"), tags_of(params)
        if family not in FAMILIES:
            refuse("InvalidParameterValue", f"CacheParameterGroupFamily {family} is not a valid family.")
        if name in table(backend, "parametergroup"):
            refuse("CacheParameterGroupAlreadyExists", f"Cache parameter group {name} already exists.")
        group = ParameterGroup(backend, name, family, params.get("Description") or "")
        table(backend, "parametergroup")[name] = group
        backend.tagging_service.tag_resource(group.arn, tags)
        return ActionResult({"CacheParameterGroup": group.shown()})

    @add(ElastiCacheResponse, "describe_cache_parameter_groups")
    def describe_cache_parameter_groups(self: Any) -> ActionResult:
        # DescribeCacheParameterGroups: CacheParameterGroupNotFound, the default groups too, pages of 100.
        backend, name = self.elasticache_backend, self.params.get("CacheParameterGroupName")
        if not name:
            for family in FAMILIES:
                parameter_group(backend, f"default.{family}")
        groups = table(backend, "parametergroup")
        found = [parameter_group(backend, name)] if name else [groups[n] for n in sorted(groups)]
        items, marker = page([g.shown() for g in found], self.params)
        return ActionResult({"CacheParameterGroups": items, "Marker": marker})

    @add(ElastiCacheResponse, "describe_cache_parameters")
    def describe_cache_parameters(self: Any) -> ActionResult:
        # DescribeCacheParameters: the family's parameters, by Source, in pages of 100.
        group = parameter_group(self.elasticache_backend, self.params.get("CacheParameterGroupName"))
        source = self.params.get("Source")
        found = [group.entry(known) for known in parameters_of(group.family).values()]
        items, marker = page([p for p in found if source in (None, "", p["Source"])], self.params)
        return ActionResult({"Parameters": items, "CacheNodeTypeSpecificParameters": [], "Marker": marker})

    @add(ElastiCacheResponse, "modify_cache_parameter_group")
    def modify_cache_parameter_group(self: Any) -> ActionResult:
        # ModifyCacheParameterGroup: InvalidParameterValue for unknown parameters, 20 at once.
        group = parameter_group(self.elasticache_backend, self.params.get("CacheParameterGroupName"))
        given = list(self.params.get("ParameterNameValues") or [])
        if not given:
            refuse("InvalidParameterValue", "The parameter ParameterNameValues must be provided.")
        changed(self.elasticache_backend, group, given, reset=False)
        return ActionResult({"CacheParameterGroupName": group.name})

    @add(ElastiCacheResponse, "reset_cache_parameter_group")
    def reset_cache_parameter_group(self: Any) -> ActionResult:
        # ResetCacheParameterGroup: single parameters or all go back to the family's values.
        group = parameter_group(self.elasticache_backend, self.params.get("CacheParameterGroupName"))
        given = list(self.params.get("ParameterNameValues") or [])
        everything = self.params.get("ResetAllParameters")
        if bool(given) == bool(everything):
            text = "Either ResetAllParameters or ParameterNameValues must be provided, and not both."
            refuse("InvalidParameterCombination", text)
        if everything:
            before = dict(group.given)
            group.given.clear()
            await_reboot(self.elasticache_backend, group, before)
        changed(self.elasticache_backend, group, given, reset=True)
        return ActionResult({"CacheParameterGroupName": group.name})

    @add(ElastiCacheResponse, "delete_cache_parameter_group")
    def delete_cache_parameter_group(self: Any) -> ActionResult:
        # DeleteCacheParameterGroup: InvalidCacheParameterGroupState while a cluster has it.
        backend = self.elasticache_backend
        group = parameter_group(backend, self.params.get("CacheParameterGroupName"))
        if group.name.startswith("default."):
            refuse("InvalidCacheParameterGroupState", f"Default group {group.name} cannot be deleted.")
        if members(backend, "parameter_group", group.name):
            text = "One or more cache clusters are still members of this parameter group "
            refuse("InvalidCacheParameterGroupState", f"{text}{group.name}, so the group cannot be deleted.")
        del table(backend, "parametergroup")[group.name]
        backend.tagging_service.delete_all_tags_for_resource(group.arn)
        return EmptyResult()

    @patch(ElastiCacheBackend, "_get_vpc_id_from_cluster")
    def vpc_of(original: Any, self: Any, name: str) -> str | None:
        # CreateSnapshot: VpcId of the cluster.
        cluster = table(self, "cluster").get(name)
        group = table(self, "subnetgroup").get(getattr(cluster, "subnet_group", ""))
        return group.vpc_id if group else None
