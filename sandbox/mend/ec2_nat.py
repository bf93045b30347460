"""NAT gateways: pending, available or failed, deleting and deleted, with an interface of their own.

They are the slow part of a network and hold its addresses and subnets until they are really gone.
"""

from __future__ import annotations

from typing import Any

from moto.core.utils import utcnow
from moto.ec2.models import EC2Backend
from moto.ec2.models.nat_gateways import NatGateway
from moto.ec2.responses import EC2Response

from mend.clock import later
from mend.core import idempotent, patch, refuse
from mend.ec2_common import not_found, require, subnets_of

GONE = ("deleted", "failed")


def why_not(backend: Any, subnet_id: str, allocation_id: str | None) -> tuple[str, str] | None:
    """The failure code and message of a public gateway that AWS accepts but cannot make."""
    vpc_id = subnets_of(backend)[subnet_id].vpc_id
    attached = any(g.vpc and g.vpc.id == vpc_id for g in backend.internet_gateways.values())
    if not attached and not backend.vpcs[vpc_id].is_default:
        return "Gateway.NotAttached", f"Network {vpc_id} has no Internet gateway attached"
    address = next(a for a in backend.addresses if a.allocation_id == allocation_id)
    if address.association_id:
        return "Resource.AlreadyAssociated", f"Elastic IP address {allocation_id} is already associated"
    return None


def let_go(backend: Any, gateway: Any) -> None:
    """Gives the address back and removes the interface."""
    for address in backend.addresses:
        if address.eni is not None and address.eni.id == gateway._eni.id:
            address.eni.public_ip = None
            address.eni = address.instance = address.association_id = None
    backend.enis.pop(gateway._eni.id, None)


def passes(gateway: Any, name: str, wanted: list[str]) -> bool:
    own = {
        "nat-gateway-id": gateway.id,
        "state": gateway.state,
        "subnet-id": gateway.subnet_id,
        "vpc-id": gateway.vpc_id,
    }
    tags = gateway.ec2_backend.tags.get(gateway.id, {})
    if name in own:
        return own[name] in wanted
    if name == "tag-key":
        return any(key in wanted for key in tags)
    if name.startswith("tag:"):
        return tags.get(name[4:]) in wanted
    refuse("InvalidParameterValue", f"The filter '{name}' is invalid")


def install() -> None:
    NatGateway.failure_code = None
    NatGateway.failure_message = None
    NatGateway.delete_time = None

    @patch(EC2Response, "create_nat_gateway")
    def checked(original: Any, self: Any) -> Any:
        # CreateNatGateway: what must be given and exist.
        require([self._get_param("SubnetId")], subnets_of(self.ec2_backend))
        allocation = self._get_param("AllocationId")
        if self._get_param("ConnectivityType") != "private":
            if not allocation:
                refuse(
                    "MissingParameter",
                    "The request must include the AllocationId parameter. Add the required parameter and "
                    "retry the request.",
                )
            require([allocation], {a.allocation_id for a in self.ec2_backend.addresses})
        return original(self)

    @patch(EC2Backend, "create_nat_gateway")
    def create_nat_gateway(
        original: Any,
        self: Any,
        subnet_id: str,
        allocation_id: Any = None,
        tags: Any = None,
        connectivity_type: Any = None,
    ) -> Any:
        # CreateNatGateway: pending, then available; failed with a code when it cannot be made.
        kind = connectivity_type or "public"
        failure = why_not(self, subnet_id, allocation_id) if kind == "public" else None
        gateway = original(self, subnet_id, None if failure else allocation_id, tags, kind)
        eni = gateway._eni
        eni.private_ip_address = eni.subnet.get_available_subnet_ip(gateway)
        eni.private_ip_addresses = [{"Primary": True, "PrivateIpAddress": eni.private_ip_address}]
        eni.description = f"Interface for NAT Gateway {gateway.id}"
        eni.interface_type = "nat_gateway"
        eni.requester_managed = True
        eni.status = "in-use"
        eni._group_set = []
        own = gateway.address_set[0]
        own.update({"privateIp": eni.private_ip_address, "isPrimary": True, "status": "succeeded"})
        if failure:
            own.update({"allocationId": allocation_id, "status": "failed", "failureMessage": failure[1]})
        gateway.state = "pending"

        def finish() -> None:
            if gateway.state != "pending":
                return
            if failure:
                gateway.state = "failed"
                gateway.failure_code, gateway.failure_message = failure
                let_go(self, gateway)
            else:
                gateway.state = "available"

        later("nat_gateway", finish)
        return gateway

    @patch(EC2Backend, "delete_nat_gateway")
    def delete_nat_gateway(original: Any, self: Any, nat_gateway_id: str) -> Any:
        # DeleteNatGateway: deleting, then deleted and still listed; its address is only then free.
        gateway = self.nat_gateways.get(nat_gateway_id)
        if gateway is None or gateway.state == "deleted":
            raise not_found(nat_gateway_id)
        if gateway.state == "deleting":
            return gateway
        gateway.state = "deleting"
        gateway.delete_time = utcnow()

        def finish() -> None:
            gateway.state = "deleted"
            let_go(self, gateway)

        later("nat_gateway:delete", finish)
        return gateway

    @patch(EC2Backend, "describe_nat_gateways")
    def describe_nat_gateways(original: Any, self: Any, filters: Any, nat_gateway_ids: Any) -> list[Any]:
        # DescribeNatGateways: unknown ids are NatGatewayNotFound; filters on tags too.
        require(nat_gateway_ids, self.nat_gateways)
        found = [g for g in self.nat_gateways.values() if not nat_gateway_ids or g.id in nat_gateway_ids]
        return [g for g in found if all(passes(g, name, wanted) for name, wanted in (filters or {}).items())]

    # CreateNatGateway: ClientToken.
    idempotent(EC2Response, "create_nat_gateway")
