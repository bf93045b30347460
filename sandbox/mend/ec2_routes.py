"""Route tables: a subnet in one table, the main table kept, routes only to what exists.

Associations and routes are what a half-done apply meets again when it is repeated.
"""

from __future__ import annotations

from typing import Any

from moto.ec2.models import EC2Backend
from moto.ec2.models.route_tables import Route
from moto.ec2.responses import EC2Response

from mend.core import computed, idempotent, patch, refuse
from mend.ec2_common import require, subnets_of


def check_target(backend: Any, table: Any, gateway_id: Any, nat_gateway_id: Any) -> None:
    """Raises when a route's target does not exist or lies in another network."""
    if nat_gateway_id:
        gateway = backend.nat_gateways.get(nat_gateway_id)
        if gateway is None or gateway.state in ("deleting", "deleted"):
            refuse("InvalidNatGatewayID.NotFound", f"The natGateway ID '{nat_gateway_id}' does not exist")
        if gateway.vpc_id != table.vpc_id:
            refuse(
                "InvalidParameterValue",
                f"route table {table.id} and nat gateway {nat_gateway_id} belong to different networks",
            )
    if gateway_id and gateway_id.startswith("igw-"):
        gateway = backend.internet_gateways.get(gateway_id)
        if gateway is None:
            refuse("InvalidGatewayID.NotFound", f"The gateway ID '{gateway_id}' does not exist")
        if gateway.vpc is None or gateway.vpc.id != table.vpc_id:
            refuse(
                "InvalidParameterValue",
                f"route table {table.id} and network gateway {gateway_id} belong to different networks",
            )


def table_of(backend: Any, target: Any) -> Any:
    """The route table that a subnet or gateway is explicitly associated with."""
    return next((t for t in backend.route_tables.values() if target in t._associations.values()), None)


def install() -> None:
    @computed(Route, "state")
    def state(self: Any, stored: Any) -> str:
        # DescribeRouteTables: a route whose target is gone is a blackhole.
        backend = self.route_table.ec2_backend
        if self.nat_gateway is not None and self.nat_gateway.state in ("deleting", "deleted", "failed"):
            return "blackhole"
        gateway = self.gateway
        if gateway is not None and gateway.id.startswith("igw-") and gateway.vpc is None:
            return "blackhole"
        if self.interface is not None and self.interface.id not in backend.enis:
            return "blackhole"
        return "active"

    @patch(EC2Response, "associate_route_table")
    def associate_route_table(original: Any, self: Any) -> Any:
        # AssociateRouteTable: Resource.AlreadyAssociated when the subnet is in another table.
        backend = self.ec2_backend
        table_id, subnet_id = self._get_param("RouteTableId"), self._get_param("SubnetId")
        require([table_id], backend.route_tables)
        if subnet_id:
            require([subnet_id], subnets_of(backend))
            if subnets_of(backend)[subnet_id].vpc_id != backend.route_tables[table_id].vpc_id:
                refuse(
                    "InvalidParameterValue",
                    f"route table {table_id} and subnet {subnet_id} belong to different networks",
                )
        other = table_of(backend, subnet_id or self._get_param("GatewayId"))
        if other is not None and other.id != table_id:
            refuse(
                "Resource.AlreadyAssociated",
                f"the specified association for route table {table_id} conflicts with an existing "
                "association",
            )
        return original(self)

    @patch(EC2Backend, "disassociate_route_table")
    def disassociate_route_table(original: Any, self: Any, association_id: str) -> Any:
        # DisassociateRouteTable: the main association can only be replaced.
        if any(t.main_association_id == association_id for t in self.route_tables.values()):
            refuse(
                "InvalidParameterValue",
                f"cannot disassociate the main route table association {association_id}",
            )
        return original(self, association_id)

    @patch(EC2Backend, "delete_route_table")
    def delete_route_table(original: Any, self: Any, route_table_id: str) -> Any:
        # DeleteRouteTable: DependencyViolation while associated, and for the main table.
        table = self.get_route_table(route_table_id)
        if table._associations or table.main_association_id is not None:
            refuse(
                "DependencyViolation",
                f"The routeTable '{route_table_id}' has dependencies and cannot be deleted.",
            )
        for endpoint in self.vpc_end_points.values():
            if route_table_id in endpoint.route_table_ids:
                endpoint.route_table_ids.remove(route_table_id)
        return original(self, route_table_id)

    def destination(self: Any) -> str:
        names = ("DestinationCidrBlock", "DestinationIpv6CidrBlock", "DestinationPrefixListId")
        return next((self._get_param(n) for n in names if self._get_param(n)), "")

    @patch(EC2Response, "create_route")
    def create_route(original: Any, self: Any) -> Any:
        # CreateRoute: the target exists in the same network, the destination is new.
        backend = self.ec2_backend
        table = backend.get_route_table(self._get_param("RouteTableId"))
        check_target(backend, table, self._get_param("GatewayId"), self._get_param("NatGatewayId"))
        existing = table._routes.get(f"{table.id}~{destination(self)}")
        if existing is not None:
            refuse("RouteAlreadyExists", f"The route identified by {destination(self)} already exists.")
        return original(self)

    @patch(EC2Response, "replace_route")
    def replace_route(original: Any, self: Any) -> Any:
        # ReplaceRoute: the same holds for its target; the local route stays.
        backend = self.ec2_backend
        table = backend.get_route_table(self._get_param("RouteTableId"))
        check_target(backend, table, self._get_param("GatewayId"), self._get_param("NatGatewayId"))
        return original(self)

    @patch(EC2Response, "delete_route")
    def delete_route(original: Any, self: Any) -> Any:
        # DeleteRoute: neither the local route nor an endpoint's can be deleted.
        table = self.ec2_backend.get_route_table(self._get_param("RouteTableId"))
        route = table._routes.get(f"{table.id}~{destination(self)}")
        if route is not None and route.local:
            refuse(
                "InvalidParameterValue",
                f"cannot remove local route {destination(self)} in route table {table.id}",
            )
        if route is not None and route.gateway is not None and route.gateway.id.startswith("vpce-"):
            refuse(
                "InvalidParameterValue",
                f"cannot remove VPC endpoint route {route.gateway.id} in route table {table.id}",
            )
        return original(self)

    # CreateRouteTable: ClientToken.
    idempotent(EC2Response, "create_route_table")
