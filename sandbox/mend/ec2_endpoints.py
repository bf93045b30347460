"""VPC gateway endpoints: their routes come and go with their route tables, and they can be deleted.

Bare moto adds routes on create only and then fails to delete an endpoint that was modified.
"""

from __future__ import annotations

import json
from typing import Any

from moto.core.responses import ActionResult
from moto.ec2.models import EC2Backend
from moto.ec2.models.managed_prefixes import ManagedPrefixList
from moto.ec2.models.vpcs import VPCEndPoint
from moto.ec2.responses import EC2Response

from mend.clock import later
from mend.core import idempotent, patch, refuse
from mend.ec2_common import not_found, require


def check_tables(backend: Any, vpc_id: str, table_ids: list[str], prefix_list: Any, but: str = "") -> None:
    """Raises when a route table does not fit an endpoint."""
    for table_id in table_ids:
        table = backend.route_tables.get(table_id)
        if table is None:
            refuse("InvalidRouteTableId.NotFound", f"The routeTable ID '{table_id}' does not exist")
        if table.vpc_id != vpc_id:
            refuse("InvalidParameter", f"Route table {table_id} belongs to a different VPC than {vpc_id}")
        route = table._routes.get(f"{table_id}~{prefix_list}") if prefix_list else None
        if route is not None and (route.gateway is None or route.gateway.id != but):
            refuse(
                "RouteAlreadyExists",
                f"route table {table_id} already has a route with destination-prefix-list-id {prefix_list}",
            )


def add_route(backend: Any, endpoint: Any, table_id: str) -> None:
    prefix_list = endpoint.destination_prefix_list_id
    if prefix_list and f"{table_id}~{prefix_list}" not in backend.route_tables[table_id]._routes:
        backend.create_route(table_id, None, gateway_id=endpoint.id, destination_prefix_list_id=prefix_list)


def drop_route(backend: Any, endpoint: Any, table_id: str) -> None:
    table = backend.route_tables.get(table_id)
    if table is not None:
        table._routes.pop(f"{table_id}~{endpoint.destination_prefix_list_id}", None)


def install() -> None:
    @patch(EC2Backend, "create_vpc_endpoint")
    def create_vpc_endpoint(original: Any, self: Any, *args: Any, **kwargs: Any) -> Any:
        # CreateVpcEndpoint: of type Gateway by default; service and tables are checked; pending.
        kwargs["endpoint_type"] = kwargs.get("endpoint_type") or "Gateway"
        require([kwargs["vpc_id"]], self.vpcs)
        service = kwargs["service_name"]
        if kwargs["endpoint_type"] == "Gateway":
            offered = {f"com.amazonaws.{self.region_name}.{s}" for s in ("s3", "dynamodb")}
            if service not in offered:
                refuse("InvalidServiceName", f"The Vpc Endpoint Service '{service}' does not exist")
            lists = self.managed_prefix_lists.values()
            prefix_list = next(p.id for p in lists if p.prefix_list_name == service)
            check_tables(self, kwargs["vpc_id"], kwargs["route_table_ids"], prefix_list)
            kwargs["private_dns_enabled"] = False
        endpoint = original(self, *args, **kwargs)
        for eni_id in endpoint.network_interface_ids:
            self.enis[eni_id].description = f"VPC Endpoint Interface {endpoint.id}"
            self.enis[eni_id].interface_type = "vpc_endpoint"
            self.enis[eni_id].requester_managed = True
            self.enis[eni_id].status = "in-use"
        endpoint.state = "pending"

        def finish() -> None:
            if endpoint.state == "pending":
                endpoint.state = "available"

        later("endpoint", finish)
        return endpoint

    @patch(EC2Response, "modify_vpc_endpoint")
    def modify_vpc_endpoint(original: Any, self: Any) -> Any:
        # ModifyVpcEndpoint: routes follow the route tables; ResetPolicy gives back the default policy.
        backend = self.ec2_backend
        endpoint_id = self._get_param("VpcEndpointId")
        require([endpoint_id], backend.vpc_end_points)
        endpoint = backend.vpc_end_points[endpoint_id]
        added = self._get_param("AddRouteTableIds", [])
        check_tables(backend, endpoint.vpc_id, added, endpoint.destination_prefix_list_id, endpoint_id)
        result = original(self)
        for table_id in self._get_param("RemoveRouteTableIds", []):
            drop_route(backend, endpoint, table_id)
        for table_id in added:
            add_route(backend, endpoint, table_id)
        if str(self._get_param("ResetPolicy")).lower() == "true":
            endpoint.policy_document = json.dumps(VPCEndPoint.DEFAULT_POLICY)
        return result

    @patch(EC2Backend, "delete_vpc_endpoints")
    def delete_vpc_endpoints(original: Any, self: Any, vpce_ids: Any = None) -> None:
        # DeleteVpcEndpoints: deleting, then gone, with routes and interfaces.
        for endpoint_id in vpce_ids or []:
            endpoint = self.vpc_end_points.get(endpoint_id)
            if endpoint is None or endpoint.state == "deleting":
                continue
            for table_id in list(endpoint.route_table_ids):
                drop_route(self, endpoint, table_id)
            endpoint.state = "deleting"

            def finish(endpoint: Any = endpoint) -> None:
                self.vpc_end_points.pop(endpoint.id, None)
                for eni_id in endpoint.network_interface_ids:
                    self.enis.pop(eni_id, None)

            later("endpoint:delete", finish)

    @patch(EC2Response, "delete_vpc_endpoints")
    def delete_vpc_endpoints_response(original: Any, self: Any) -> Any:
        # DeleteVpcEndpoints: what does not exist is in Unsuccessful, the call itself succeeds.
        missing = []
        for endpoint_id in self._get_param("VpcEndpointIds", []):
            if endpoint_id not in self.ec2_backend.vpc_end_points:
                error = not_found(endpoint_id)
                item = {"Code": error.code, "Message": error.message}
                missing.append({"ResourceId": endpoint_id, "Error": item})
        original(self)
        return ActionResult({"Unsuccessful": missing})

    @patch(VPCEndPoint, "get_filter_value")
    def get_filter_value(original: Any, self: Any, filter_name: str, method_name: Any = None) -> Any:
        # DescribeVpcEndpoints: filter vpc-endpoint-id.
        return self.id if filter_name == "vpc-endpoint-id" else original(self, filter_name, method_name)

    def cidrs(self: Any) -> list[str]:
        # DescribePrefixLists: the CIDRs of the list.
        entries = list(self.entries.values())
        return [entry["Cidr"] for entry in entries[-1]] if entries else []

    ManagedPrefixList.cidrs = property(cidrs)

    # CreateVpcEndpoint: ClientToken.
    idempotent(EC2Response, "create_vpc_endpoint")
