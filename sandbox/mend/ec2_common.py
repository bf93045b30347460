"""What all of EC2 shares: DryRun, filters, tags, and what a resource that does not exist is answered with.

Every kind's own mend relies on these; bare moto executes dry runs and tags what is not there.
"""

from __future__ import annotations

import fnmatch
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from moto.ec2 import exceptions, utils
from moto.ec2.models import EC2Backend
from moto.ec2.models.core import TaggedEC2Resource
from moto.ec2.models.tags import TagBackend
from moto.ec2.responses import EC2Response
from moto.ec2.utils import EC2_PREFIX_TO_RESOURCE, get_prefix

from mend import account
from mend.core import AwsError, patch, refuse

# Prefix of an id: the code and the message of its NotFound error.
NOT_FOUND = {
    "vpc": ("InvalidVpcID.NotFound", "The vpc ID '{}' does not exist"),
    "subnet": ("InvalidSubnetID.NotFound", "The subnet ID '{}' does not exist"),
    "igw": ("InvalidInternetGatewayID.NotFound", "The internetGateway ID '{}' does not exist"),
    "eipalloc": ("InvalidAllocationID.NotFound", "The allocation ID '{}' does not exist"),
    "eipassoc": ("InvalidAssociationID.NotFound", "The association ID '{}' does not exist"),
    "rtbassoc": ("InvalidAssociationID.NotFound", "The association ID '{}' does not exist"),
    "nat": ("NatGatewayNotFound", "NAT gateway {} was not found"),
    "rtb": ("InvalidRouteTableID.NotFound", "The routeTable ID '{}' does not exist"),
    "vpce": ("InvalidVpcEndpointId.NotFound", "The Vpc Endpoint Id '{}' does not exist"),
    "sg": ("InvalidGroup.NotFound", "The security group '{}' does not exist"),
    "sgr": ("InvalidSecurityGroupRuleId.NotFound", "The security group rule ID '{}' does not exist"),
    "eni": ("InvalidNetworkInterfaceID.NotFound", "The networkInterface ID '{}' does not exist"),
    "i": ("InvalidInstanceID.NotFound", "The instance ID '{}' does not exist"),
    "vol": ("InvalidVolume.NotFound", "The volume '{}' does not exist."),
    "snap": ("InvalidSnapshot.NotFound", "The snapshot '{}' does not exist."),
    "lt": (
        "InvalidLaunchTemplateId.NotFound",
        "The specified launch template, with template ID {}, does not exist.",
    ),
    "fl": ("InvalidFlowLogId.NotFound", "The flow log '{}' does not exist"),
    "pl": ("InvalidPrefixListID.NotFound", "The prefix list ID '{}' does not exist"),
    "acl": ("InvalidNetworkAclID.NotFound", "The network acl ID '{}' does not exist"),
    "ami": ("InvalidAMIID.NotFound", "The image id '[{}]' does not exist"),
    "key": ("InvalidKeyPair.NotFound", "The key pair ID '{}' does not exist"),
}
RESERVED_TAGS = "Tag keys starting with 'aws:' are reserved for internal use"

# What an operation can tag as it creates it.
LAUNCHED = {"instance", "volume", "network-interface", "spot-instances-request"}
TAGGABLE = {
    "AllocateAddress": {"elastic-ip"},
    "AuthorizeSecurityGroupEgress": {"security-group-rule"},
    "AuthorizeSecurityGroupIngress": {"security-group-rule"},
    "CreateFlowLogs": {"vpc-flow-log"},
    "CreateInternetGateway": {"internet-gateway"},
    "CreateLaunchTemplate": {"launch-template"},
    "CreateNatGateway": {"natgateway"},
    "CreateNetworkAcl": {"network-acl"},
    "CreateNetworkInterface": {"network-interface"},
    "CreateRouteTable": {"route-table"},
    "CreateSecurityGroup": {"security-group"},
    "CreateSnapshot": {"snapshot"},
    "CreateSubnet": {"subnet"},
    "CreateVolume": {"volume"},
    "CreateVpc": {"vpc"},
    "CreateVpcEndpoint": {"vpc-endpoint"},
    "RunInstances": LAUNCHED,
}


def check_specifications(specifications: Any, types: set[str]) -> None:
    """Raises for tags of a type that cannot be tagged here, or with keys or values that cannot be."""
    for specification in specifications or []:
        kind = specification.get("ResourceType")
        if kind not in types:
            refuse(
                "InvalidParameterValue", f"'{kind}' is not a valid taggable resource type for this operation."
            )
        for tag in specification.get("Tags", []):
            tag.setdefault("Value", "")
            if tag["Key"].lower().startswith("aws:"):
                refuse("InvalidParameterValue", RESERVED_TAGS)
            if not tag["Key"] or len(tag["Key"]) > 128 or len(tag["Value"]) > 256:
                refuse("InvalidParameterValue", f"Tag '{tag['Key']}' has a key or a value of invalid length.")


def not_found(resource_id: str) -> AwsError:
    """The NotFound error of this id, as its own kind words it."""
    prefix = resource_id.partition("-")[0]
    code, message = NOT_FOUND.get(prefix, ("InvalidID", "The ID '{}' is not valid"))
    return AwsError(code, message.format(resource_id))


def require(ids: Iterable[str] | None, existing: Any) -> None:
    """Raises the NotFound error of the first id that does not exist."""
    for resource_id in ids or []:
        if resource_id not in existing:
            raise not_found(resource_id)


def groups_of(backend: Any) -> dict[str, Any]:
    """All security groups by id."""
    return {gid: group for groups in backend.groups.values() for gid, group in groups.items()}


def subnets_of(backend: Any) -> dict[str, Any]:
    """All subnets by id."""
    return {sid: subnet for zone in backend.subnets.values() for sid, subnet in zone.items()}


def instances_of(backend: Any) -> dict[str, Any]:
    """All instances by id, terminated ones too."""
    return {i.id: i for reservation in backend.reservations.values() for i in reservation.instances}


def collection(backend: Any, prefix: str) -> Any:
    """What exists of a kind, as something that `in` works on; None for a kind that is not known here."""
    simple = {
        "vpc": "vpcs",
        "igw": "internet_gateways",
        "nat": "nat_gateways",
        "rtb": "route_tables",
        "vpce": "vpc_end_points",
        "eni": "enis",
        "vol": "volumes",
        "snap": "snapshots",
        "lt": "launch_templates",
        "fl": "flow_logs",
        "pl": "managed_prefix_lists",
        "acl": "network_acls",
        "ami": "amis",
    }
    if prefix in simple:
        return getattr(backend, simple[prefix])
    if prefix == "sg":
        return groups_of(backend)
    if prefix == "sgr":
        return {r.id for g in groups_of(backend).values() for r in g.ingress_rules + g.egress_rules}
    if prefix == "subnet":
        return subnets_of(backend)
    if prefix == "i":
        return instances_of(backend)
    if prefix == "eipalloc":
        return {a.allocation_id for a in backend.addresses}
    if prefix == "key":
        return {k.id for k in backend.key_pairs.values()}
    return None


def matches(obj: Any, name: str, wanted: Any) -> bool:
    """One filter of a Describe call: any of the wanted patterns on any of the values."""
    value = obj.get_filter_value(name)
    if wanted is None or value is None:
        return False
    if isinstance(wanted, str):
        wanted = [wanted]
    if isinstance(value, datetime):
        values = [utils.format_timestamp(value)]
    elif isinstance(value, (str, bool, int)):
        values = [value]
    else:
        try:
            values = list(value)
        except TypeError:
            values = [value]
    texts = [str(v).lower() if isinstance(v, bool) else str(v) for v in values if v is not None]
    return any(fnmatch.fnmatchcase(text, str(pattern)) for text in texts for pattern in wanted)


def install() -> None:
    @patch(EC2Response, "call_action")
    def call_action(original: Any, self: Any) -> Any:
        # DryRun of every action: UnauthorizedOperation, or DryRunOperation without executing.
        if str(getattr(self, "params", {}).get("DryRun", "")).lower() == "true":
            if any(fnmatch.fnmatch(f"ec2:{self._get_action()}", d) for d in account.get("denied")):
                refuse("UnauthorizedOperation", "You are not authorized to perform this operation.", 403)
            refuse("DryRunOperation", "Request would have succeeded, but DryRun flag is set.", 412)
        # TagSpecifications of every action: the resource type is one that the action creates.
        types = TAGGABLE.get(self._get_action())
        if types is not None:
            given = self._get_param("TagSpecifications") or self._get_param("TagSpecification")
            check_specifications(given, types)
        return original(self)

    @patch(utils, "is_filter_matching")
    def is_filter_matching(original: Any, obj: Any, _filter: str, filter_value: Any) -> bool:
        # Filter: values are joined with OR, whichever of a resource's values they meet.
        try:
            return matches(obj, _filter, filter_value)
        except exceptions.FilterNotImplementedError:
            refuse("InvalidParameterValue", f"The filter '{_filter}' is invalid")

    for name, path in {"client-token": "client_token", "iam-instance-profile.arn": "profile_arn"}.items():
        # DescribeInstances: further filters.
        utils.filter_dict_attribute_mapping.setdefault(name, path)

    @patch(TaggedEC2Resource, "get_tags")
    def get_tags(original: Any, self: Any) -> list[dict[str, str]]:
        # No AWS behaviour: the resource's own tags without going through everybody's.
        tags = self.ec2_backend.tags.get(self.id) if self.id else None
        if not tags:
            return []
        kind = EC2_PREFIX_TO_RESOURCE.get(get_prefix(self.id), "")
        return [
            {"resource_id": self.id, "key": key, "value": value, "resource_type": kind}
            for key, value in tags.items()
        ]

    @patch(EC2Backend, "do_resources_exist")
    def do_resources_exist(original: Any, self: Any, resource_ids: list[str]) -> bool:
        # CreateTags: the resource must exist, whatever its kind.
        for resource_id in resource_ids:
            existing = collection(self, resource_id.partition("-")[0])
            if existing is None:
                original(self, [resource_id])
            else:
                require([resource_id], existing)
        return True

    @patch(EC2Response, "create_tags")
    def create_tags(original: Any, self: Any) -> Any:
        # CreateTags: keys that begin with aws: are refused; a tag without a value has an empty one.
        for tag in self._get_param("Tags", []):
            tag.setdefault("Value", "")
            if tag["Key"].lower().startswith("aws:"):
                refuse("InvalidParameterValue", RESERVED_TAGS)
        return original(self)

    @patch(TagBackend, "delete_tags")
    def delete_tags(original: Any, self: Any, resource_ids: list[str], tags: dict[str, str]) -> bool:
        # DeleteTags: without any tag, all tags but those of AWS are deleted.
        for resource_id in resource_ids:
            if not tags and resource_id in self.tags:
                kept = {k: v for k, v in self.tags[resource_id].items() if k.startswith("aws:")}
                self.tags[resource_id] = kept
        return original(self, resource_ids, tags)

    def describe(operation: str, parameter: str, prefix: str) -> None:
        @patch(EC2Response, operation)
        def described(original: Any, self: Any) -> Any:
            # Describe*: an id that does not exist is its kind's NotFound error, which names it.
            require(self._get_param(parameter, []), collection(self.ec2_backend, prefix))
            return original(self)

    describe("describe_vpcs", "VpcIds", "vpc")
    describe("describe_subnets", "SubnetIds", "subnet")
    describe("describe_security_groups", "GroupIds", "sg")
    describe("describe_internet_gateways", "InternetGatewayIds", "igw")
    describe("describe_addresses", "AllocationIds", "eipalloc")
    describe("describe_route_tables", "RouteTableIds", "rtb")
    describe("describe_volumes", "VolumeIds", "vol")
    describe("describe_snapshots", "SnapshotIds", "snap")
    describe("describe_vpc_endpoints", "VpcEndpointIds", "vpce")
    describe("describe_network_interfaces", "NetworkInterfaceIds", "eni")

    def word(cls: Any, *prefixes: str) -> None:
        @patch(cls, "__init__")
        def worded(original: Any, self: Any, resource_id: Any, *rest: Any) -> None:
            # Errors: the wording of the API reference, which names one id.
            one = resource_id if isinstance(resource_id, str) else (sorted(map(str, resource_id)) or [""])[0]
            prefix = one.partition("-")[0]
            if prefix not in prefixes:
                original(self, one, *rest)
            else:
                code, message = NOT_FOUND[prefix]
                exceptions.EC2ClientError.__init__(self, code, message.format(one))

    word(exceptions.InvalidVPCIdError, "vpc")
    word(exceptions.InvalidInternetGatewayIdError, "igw")
    word(exceptions.InvalidAllocationIdError, "eipalloc")
    word(exceptions.InvalidAssociationIdError, "eipassoc", "rtbassoc")
    word(exceptions.InvalidVolumeIdError, "vol")
    word(exceptions.InvalidSecurityGroupNotFoundError, "sg")
    word(exceptions.InvalidVpcEndPointIdError, "vpce")
