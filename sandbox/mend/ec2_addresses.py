"""Elastic addresses: not released while in use, not taken from a NAT gateway.

A destroy must wait for the NAT gateway to let go of its address.
"""

from __future__ import annotations

from typing import Any

from moto.core.responses import ActionResult
from moto.ec2.models import EC2Backend
from moto.ec2.models.elastic_ip_addresses import ElasticAddress
from moto.ec2.responses import EC2Response

from mend.core import patch, refuse
from mend.ec2_common import not_found


def of_nat_gateway(backend: Any, address: Any) -> bool:
    """Whether a NAT gateway, one being deleted too, has the address."""
    if address.eni is None:
        return False
    return any(
        n.state in ("pending", "available", "deleting") and n._eni.id == address.eni.id
        for n in backend.nat_gateways.values()
    )


def install() -> None:
    ElasticAddress.public_ipv4_pool = "amazon"
    ElasticAddress.network_border_group = property(lambda self: self.ec2_backend.region_name)

    @patch(EC2Response, "allocate_address")
    def allocate_address(original: Any, self: Any) -> Any:
        # AllocateAddress: names the pool and the border group too.
        result = original(self).result
        return ActionResult(
            {**result, "PublicIpv4Pool": "amazon", "NetworkBorderGroup": self.ec2_backend.region_name}
        )

    @patch(EC2Backend, "release_address")
    def release_address(original: Any, self: Any, address: Any = None, allocation_id: Any = None) -> Any:
        # ReleaseAddress: InvalidIPAddress.InUse while it is associated.
        found = next(
            (a for a in self.addresses if allocation_id in (a.allocation_id,) or address in (a.public_ip,)),
            None,
        )
        if found is None and allocation_id:
            raise not_found(allocation_id)
        if found is not None and found.association_id:
            refuse("InvalidIPAddress.InUse", f"Address {found.public_ip} is in use.")
        return original(self, address, allocation_id)

    @patch(EC2Response, "disassociate_address")
    def disassociate_address(original: Any, self: Any) -> Any:
        # DisassociateAddress: the address of a NAT gateway is not the user's to take.
        wanted = (self._get_param("PublicIp"), self._get_param("AssociationId"))
        for address in self.ec2_backend.addresses:
            if (address.public_ip == wanted[0] or address.association_id == wanted[1]) and of_nat_gateway(
                self.ec2_backend, address
            ):
                refuse("AuthFailure", "You do not have permission to access the specified resource.")
        return original(self)

    @patch(EC2Backend, "associate_address")
    def associate_address(original: Any, self: Any, *args: Any, **kwargs: Any) -> Any:
        # AssociateAddress: Gateway.NotAttached without an internet gateway.
        eni, instance = kwargs.get("eni"), kwargs.get("instance")
        vpc_id = eni.vpc_id if eni is not None else instance.vpc_id if instance is not None else None
        gateways = self.internet_gateways.values()
        default = self.default_vpc.id if self.default_vpc else None
        if vpc_id not in (None, default) and not any(g.vpc and g.vpc.id == vpc_id for g in gateways):
            refuse("Gateway.NotAttached", f"Network {vpc_id} is not attached to any internet gateway")
        return original(self, *args, **kwargs)
