"""VPCs, subnets and internet gateways: what keeps them from being deleted, attached or overlapped.

A destroy in the wrong order must fail here as it does in AWS.
"""

from __future__ import annotations

import ipaddress
from typing import Any

from moto.ec2.models import EC2Backend
from moto.ec2.responses import EC2Response

from mend.clock import later
from mend.core import patch, refuse
from mend.ec2_common import not_found, require, subnets_of
from mend.ec2_users import public_users, subnet_users


def canonical(cidr: Any) -> Any:
    """The CIDR with its host bits cleared, as AWS stores it; as it is when it is none."""
    try:
        return str(ipaddress.IPv4Network(str(cidr), strict=False))
    except ValueError:
        return cidr


def dependents(backend: Any, vpc_id: str) -> str:
    """What keeps a VPC from being deleted, in words; empty when nothing does."""
    if any(s.vpc_id == vpc_id for s in subnets_of(backend).values()):
        return "a subnet"
    if any(not g.is_default for g in backend.groups.get(vpc_id, {}).values()):
        return "a security group"
    if any(g.vpc is not None and g.vpc.id == vpc_id for g in backend.internet_gateways.values()):
        return "an internet gateway"
    if any(e.vpc_id == vpc_id for e in backend.vpc_end_points.values() if e.state != "deleted"):
        return "an endpoint"
    if any(t.vpc_id == vpc_id and t.main_association_id is None for t in backend.route_tables.values()):
        return "a route table"
    if any(e.vpc_id == vpc_id for e in backend.enis.values()):
        return "a network interface"
    if any(a.vpc_id == vpc_id and not a.default for a in backend.network_acls.values()):
        return "a network ACL"
    for gateway in backend.vpn_gateways.values():
        attachment = gateway.attachments.get(vpc_id)
        if attachment is not None and attachment.state == "attached":
            return "a VPN gateway"
    return ""


def install() -> None:
    @patch(EC2Backend, "create_vpc")
    def create_vpc(original: Any, self: Any, cidr_block: str, *args: Any, **kwargs: Any) -> Any:
        # CreateVpc: the CIDR is stored canonically, and the VPC is pending at first.
        vpc = original(self, canonical(cidr_block), *args, **kwargs)
        if not vpc.is_default:
            vpc.state = "pending"
            later("vpc", lambda: setattr(vpc, "state", "available"))
        # Default security groups: traffic between their members is allowed.
        group = self.get_default_security_group(vpc.id)
        if group is not None and not group.ingress_rules:
            self.authorize_security_group_ingress(
                group.id, "-1", None, None, [], source_groups=[{"GroupId": group.id}]
            )
        return vpc

    @patch(EC2Backend, "delete_vpc")
    def delete_vpc(original: Any, self: Any, vpc_id: str) -> Any:
        # DeleteVpc: DependencyViolation while anything but the defaults is left in it.
        vpc = self.get_vpc(vpc_id)
        if dependents(self, vpc_id):
            refuse("DependencyViolation", f"The vpc '{vpc_id}' has dependencies and cannot be deleted.")
        for table in [t for t in self.route_tables.values() if t.vpc_id == vpc_id]:
            self.route_tables.pop(table.id)
        for acl in [a for a in self.network_acls.values() if a.vpc_id == vpc_id]:
            self.network_acls.pop(acl.id)
        self.groups.pop(vpc_id, None)
        self.vpcs.pop(vpc_id)
        return vpc

    @patch(EC2Response, "modify_vpc_attribute")
    def modify_vpc_attribute(original: Any, self: Any) -> Any:
        # ModifyVpcAttribute: one attribute a request.
        names = ("EnableDnsSupport", "EnableDnsHostnames", "EnableNetworkAddressUsageMetrics")
        given = [n for n in names if self._get_param(n) is not None]
        if len(given) > 1:
            spelled = ", ".join(n[0].lower() + n[1:] for n in given)
            refuse("InvalidParameterCombination", f"Fields for multiple attribute types specified: {spelled}")
        return original(self)

    @patch(EC2Backend, "create_subnet")
    def create_subnet(
        original: Any, self: Any, vpc_id: str, cidr_block: Any, *args: Any, **kwargs: Any
    ) -> Any:
        # CreateSubnet: the zone is one of the region, by name or id; the block is /16 to /28 and canonical.
        names = ("ipv6_cidr_block", "availability_zone", "availability_zone_id", "ipv6_native", "tags")
        kwargs.update(zip(names, args, strict=False))
        zones = self.describe_availability_zones()
        wanted = kwargs.get("availability_zone")
        zone_id = kwargs.pop("availability_zone_id", None)
        if not wanted and zone_id:
            wanted = next((z.name for z in zones if z.zone_id == zone_id), None) or refuse(
                "InvalidParameterValue", f"Value ({zone_id}) for parameter availabilityZoneId is invalid."
            )
        if wanted and wanted not in {z.name for z in zones}:
            offered = ", ".join(z.name for z in zones)
            refuse(
                "InvalidParameterValue",
                f"Value ({wanted}) for parameter availabilityZone is invalid. Subnets can currently only be "
                f"created in the following availability zones: {offered}.",
            )
        kwargs["availability_zone"] = wanted
        cidr_block = canonical(cidr_block)
        if cidr_block and not 16 <= int(str(cidr_block).partition("/")[2] or 0) <= 28:
            self.get_vpc(vpc_id)
            refuse("InvalidSubnet.Range", f"The CIDR '{cidr_block}' is invalid.")
        return original(self, vpc_id, cidr_block, **kwargs)

    @patch(EC2Backend, "delete_subnet")
    def delete_subnet(original: Any, self: Any, subnet_id: str) -> Any:
        # DeleteSubnet: DependencyViolation while anything has an interface in it; associations end with it.
        require([subnet_id], subnets_of(self))
        if subnet_users(self, subnet_id):
            refuse("DependencyViolation", f"The subnet '{subnet_id}' has dependencies and cannot be deleted.")
        for table in self.route_tables.values():
            for association, target in list(table._associations.items()):
                if target == subnet_id:
                    table._associations.pop(association)
        for acl in self.network_acls.values():
            for association, entry in list(acl._associations.items()):
                if entry.subnet_id == subnet_id:
                    acl._associations.pop(association)
        return original(self, subnet_id)

    @patch(EC2Backend, "attach_internet_gateway")
    def attach_internet_gateway(original: Any, self: Any, internet_gateway_id: str, vpc_id: str) -> Any:
        # AttachInternetGateway: a gateway has one VPC and a VPC one gateway.
        require([internet_gateway_id], self.internet_gateways)
        require([vpc_id], self.vpcs)
        gateway = self.internet_gateways[internet_gateway_id]
        if gateway.vpc is not None:
            refuse(
                "Resource.AlreadyAssociated",
                f"resource {internet_gateway_id} is already attached to network {gateway.vpc.id}",
            )
        if any(g.vpc is not None and g.vpc.id == vpc_id for g in self.internet_gateways.values()):
            refuse("InvalidParameterValue", f"Network {vpc_id} already has an internet gateway attached")
        return original(self, internet_gateway_id, vpc_id)

    @patch(EC2Backend, "detach_internet_gateway")
    def detach_internet_gateway(original: Any, self: Any, internet_gateway_id: str, vpc_id: str) -> Any:
        # DetachInternetGateway: DependencyViolation while the VPC has mapped public addresses.
        require([internet_gateway_id], self.internet_gateways)
        require([vpc_id], self.vpcs)
        gateway = self.internet_gateways[internet_gateway_id]
        if gateway.vpc is None or gateway.vpc.id != vpc_id:
            refuse(
                "Gateway.NotAttached", f"resource {internet_gateway_id} is not attached to network {vpc_id}"
            )
        if public_users(self, vpc_id):
            refuse(
                "DependencyViolation",
                f"Network {vpc_id} has some mapped public address(es). Please unmap those public address(es) "
                "before detaching the gateway.",
            )
        return original(self, internet_gateway_id, vpc_id)

    @patch(EC2Backend, "delete_internet_gateway")
    def delete_internet_gateway(original: Any, self: Any, internet_gateway_id: str) -> Any:
        # DeleteInternetGateway: DependencyViolation while it is attached.
        gateway = self.internet_gateways.get(internet_gateway_id)
        if gateway is None:
            raise not_found(internet_gateway_id)
        if gateway.vpc is not None:
            refuse(
                "DependencyViolation",
                f"The internetGateway '{internet_gateway_id}' has dependencies and cannot be deleted.",
            )
        return original(self, internet_gateway_id)

    @patch(EC2Backend, "create_network_acl")
    def create_network_acl(
        original: Any, self: Any, vpc_id: str, tags: Any = None, default: bool = False
    ) -> Any:
        # CreateNetworkAcl: a new one has the entries that deny everything and cannot be removed.
        acl = original(self, vpc_id, tags, default)
        if not default:
            for egress in (True, False):
                self.create_network_acl_entry(
                    acl.id, 32767, "-1", "deny", egress, "0.0.0.0/0", None, None, None, None, None
                )
        return acl
