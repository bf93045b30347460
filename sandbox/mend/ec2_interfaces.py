"""Network interfaces: only with groups that exist, not deleted while attached.

Bare moto makes up a security group for an unknown id.
"""

from __future__ import annotations

from typing import Any

from moto.ec2.models import EC2Backend
from moto.ec2.models.elastic_network_interfaces import NetworkInterface
from moto.ec2.responses import EC2Response

from mend.core import idempotent, patch, refuse
from mend.ec2_common import groups_of, require, subnets_of


def same_network(backend: Any, subnet_id: str, group_ids: list[str]) -> None:
    """Raises when a group does not exist or is in another VPC than the subnet."""
    groups = groups_of(backend)
    require(group_ids, groups)
    subnet = subnets_of(backend).get(subnet_id)
    for group_id in group_ids:
        if subnet is not None and groups[group_id].vpc_id != subnet.vpc_id:
            refuse(
                "InvalidParameter",
                f"Security group {group_id} and subnet {subnet_id} belong to different networks.",
            )


def install() -> None:
    @patch(EC2Backend, "create_network_interface")
    def create_network_interface(original: Any, self: Any, subnet: Any, *args: Any, **kwargs: Any) -> Any:
        # CreateNetworkInterface: InvalidGroup.NotFound for a group that does not exist.
        group_ids = kwargs.get("group_ids") or (args[2] if len(args) > 2 else None) or []
        same_network(self, getattr(subnet, "id", subnet), list(group_ids))
        return original(self, subnet, *args, **kwargs)

    @patch(EC2Response, "delete_network_interface")
    def delete_network_interface(original: Any, self: Any) -> Any:
        # DeleteNetworkInterface: it must be detached first, and a service's own is not the user's.
        eni_id = self._get_param("NetworkInterfaceId")
        require([eni_id], self.ec2_backend.enis)
        eni = self.ec2_backend.enis[eni_id]
        if eni.status == "in-use" or eni.requester_managed:
            refuse("InvalidParameterValue", f"Network interface '{eni_id}' is currently in use.")
        return original(self)

    @patch(EC2Response, "modify_network_interface_attribute")
    def modify_network_interface_attribute(original: Any, self: Any) -> Any:
        # ModifyNetworkInterfaceAttribute: the groups exist and are of the same VPC.
        eni_id = self._get_param("NetworkInterfaceId")
        require([eni_id], self.ec2_backend.enis)
        same_network(self.ec2_backend, self.ec2_backend.enis[eni_id].subnet.id, self._get_param("Groups", []))
        return original(self)

    @patch(NetworkInterface, "get_filter_value")
    def get_filter_value(original: Any, self: Any, filter_name: str, method_name: Any = None) -> Any:
        # DescribeNetworkInterfaces: filters on the attachment's state and on the public address.
        if filter_name == "attachment.status":
            return "attached" if self.attachment is not None else None
        if filter_name in ("association.public-ip", "addresses.association.public-ip"):
            return self.public_ip
        if filter_name == "association.allocation-id":
            return self.association.get("allocationId")
        return original(self, filter_name, method_name)

    # CreateNetworkInterface: ClientToken.
    idempotent(EC2Response, "create_network_interface")
