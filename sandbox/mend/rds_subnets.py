"""Subnet groups and tags (RDS) as AWS documents them: two zones at least, kept when changed, kept in use.

moto loses a subnet group that is modified.
"""

from __future__ import annotations

from typing import Any

from moto.core.responses import ActionResult
from moto.rds.models import DBSubnetGroup, RDSBackend
from moto.rds.responses import RDSResponse

from mend.core import computed, patch, refuse
from mend.ec2_common import subnets_of
from mend.managed_eni import ec2_of
from mend.rds_catalog import page

# Resource type in an ARN: the error for what does not exist.
NOT_FOUND = {
    "db": ("DBInstanceNotFound", "DBInstance {} not found."),
    "snapshot": ("DBSnapshotNotFound", "DBSnapshot {} not found."),
    "subgrp": ("DBSubnetGroupNotFoundFault", "DB subnet group '{}' does not exist."),
    "pg": ("DBParameterGroupNotFound", "DBParameterGroup not found: {}"),
}
MAX_TAGS = 50


def users_of(backend: Any, name: str) -> list[str]:
    """The instances in a subnet group."""
    return [
        d.db_instance_identifier
        for d in backend.databases.values()
        if getattr(getattr(d, "db_subnet_group", None), "name", None) == name.lower()
    ]


def find_subnets(backend: Any, ids: list[str]) -> list[Any]:
    """The subnets of a group: existing, of one VPC, in two zones or more."""
    known = subnets_of(ec2_of(backend))
    lost = [i for i in ids if i not in known]
    if lost:
        refuse("InvalidParameterValue", f"Some input subnets in :[{', '.join(lost)}] are invalid.")
    subnets = [known[i] for i in dict.fromkeys(ids)]
    if len({s.vpc_id for s in subnets}) > 1:
        refuse("InvalidSubnet", "The requested subnets are not all in a common VPC.")
    zones = sorted({s.availability_zone for s in subnets})
    if len(zones) < 2:
        refuse(
            "DBSubnetGroupDoesNotCoverEnoughAZs",
            "The DB subnet group doesn't meet Availability Zone (AZ) coverage requirement. Current AZ "
            f"coverage: {', '.join(zones)}. Add subnets to cover at least 2 AZs.",
        )
    return subnets


def install() -> None:
    computed(DBSubnetGroup, "supported_network_types")(
        # DescribeDBSubnetGroups: SupportedNetworkTypes.
        lambda self, stored: ["IPV4"]
    )

    @patch(RDSResponse, "create_db_subnet_group")
    def create_db_subnet_group(original: Any, self: Any) -> ActionResult:
        # CreateDBSubnetGroup: DBSubnetGroupAlreadyExists, two zones, one VPC.
        name = (self.params.get("DBSubnetGroupName") or "").lower()
        if name == "default":
            refuse("InvalidParameterValue", "The DB subnet group name 'default' is reserved")
        if name in self.backend.subnet_groups:
            refuse("DBSubnetGroupAlreadyExists", f"The DB subnet group '{name}' already exists.")
        if not self.params.get("DBSubnetGroupDescription"):
            text = "The parameter DBSubnetGroupDescription must be provided and must not be blank."
            refuse("InvalidParameterValue", text)
        find_subnets(self.backend, self.params.get("SubnetIds", []))
        return original(self)

    @patch(RDSResponse, "modify_db_subnet_group")
    def modify_db_subnet_group(original: Any, self: Any) -> ActionResult:
        # ModifyDBSubnetGroup: the group stays; a subnet with an instance in it cannot leave.
        name = (self.params.get("DBSubnetGroupName") or "").lower()
        group = find(self.backend, name)
        subnets = find_subnets(self.backend, self.params.get("SubnetIds", []))
        if {s.vpc_id for s in subnets} != {group.vpc_id}:
            text = "The new Subnets are not in the same Vpc as the existing subnet group"
            refuse("InvalidParameterValue", text)
        kept = {s.id for s in subnets}
        for identifier in users_of(self.backend, name):
            eni = getattr(self.backend.databases[identifier], "mend_eni", None)
            if eni is not None and eni.subnet.id not in kept:
                refuse("SubnetAlreadyInUse", f"Subnet {eni.subnet.id} is in use by DB instance {identifier}")
        group.subnets = subnets
        if self.params.get("DBSubnetGroupDescription"):
            group.description = self.params["DBSubnetGroupDescription"]
        return ActionResult({"DBSubnetGroup": group})

    @patch(RDSBackend, "delete_subnet_group")
    def delete_subnet_group(original: Any, self: Any, subnet_name: str) -> Any:
        # DeleteDBSubnetGroup: InvalidDBSubnetGroupStateFault while an instance is in it.
        group = find(self, subnet_name)
        users = users_of(self, subnet_name)
        if users:
            text = f"Cannot delete the subnet group '{group.name}' because at least one database instance: "
            refuse("InvalidDBSubnetGroupStateFault", f"{text}{users[0]} is still using it.")
        return original(self, group.name)

    @patch(RDSResponse, "describe_db_subnet_groups")
    def describe_db_subnet_groups(original: Any, self: Any) -> ActionResult:
        # DescribeDBSubnetGroups: DBSubnetGroupNotFoundFault, pages of 100.
        name = self.params.get("DBSubnetGroupName")
        found = [find(self.backend, name)] if name else list(self.backend.subnet_groups.values())
        items, marker = page(sorted(found, key=lambda g: g.name), self.params)
        return ActionResult({"DBSubnetGroups": items, "Marker": marker})

    @patch(RDSBackend, "_get_resource_for_tagging")
    def get_resource_for_tagging(original: Any, self: Any, arn: str) -> Any:
        # ListTagsForResource, AddTagsToResource, RemoveTagsFromResource: NotFound for what does not exist.
        found = original(self, arn)
        if found is None:
            kind, _, name = arn.split(":", 5)[5].partition(":")
            code, message = NOT_FOUND.get(kind, ("InvalidParameterValue", "Invalid resource name: {}"))
            refuse(code, message.format(name), 404 if kind in NOT_FOUND else 400)
        return found

    @patch(RDSBackend, "add_tags_to_resource")
    def add_tags_to_resource(original: Any, self: Any, arn: str, tags: list[Any]) -> Any:
        # AddTagsToResource: up to 50 tags; keys that begin with aws: are refused.
        plain = [{"Key": t["Key"], "Value": t.get("Value") or ""} for t in tags]
        have = {t["Key"] for t in self._get_resource_for_tagging(arn).get_tags()}
        for tag in plain:
            if tag["Key"].lower().startswith("aws:"):
                refuse("InvalidParameterValue", "Tag keys starting with 'aws:' are reserved for system use")
        if len(have | {t["Key"] for t in plain}) > MAX_TAGS:
            refuse("InvalidParameterValue", f"Too many tags: the limit is {MAX_TAGS}")
        return original(self, arn, plain)


def find(backend: Any, name: str) -> Any:
    if (name or "").lower() not in backend.subnet_groups:
        refuse("DBSubnetGroupNotFoundFault", f"DB subnet group '{name}' does not exist.", 404)
    return backend.subnet_groups[name.lower()]
