"""Launching instances: the whole of the launch template counts, and what cannot run is refused.

Bare moto takes a few fields of a template and adds a second root volume.
"""

from __future__ import annotations

import base64
import copy
import fnmatch
from typing import Any

from moto.core.responses import ActionResult
from moto.ec2.models import EC2Backend
from moto.ec2.models.instance_types import (
    INSTANCE_TYPE_OFFERINGS,
    INSTANCE_TYPES,
    InstanceTypeOfferingBackend,
)
from moto.ec2.responses import EC2Response
from moto.ec2.utils import convert_tag_spec

from mend.core import idempotent, patch, refuse
from mend.ec2_common import require, subnets_of
from mend.ec2_images import resolve
from mend.ec2_interfaces import same_network
from mend.ec2_templates import USER_DATA


def merged_mappings(ami: Any, *layers: Any) -> list[dict[str, Any]]:
    """The volumes to make: the image's root, changed and added to by each layer in turn."""
    devices: dict[str, dict[str, Any]] = {}
    if ami is not None:
        for mapping in ami.block_device_mappings:
            devices[mapping["DeviceName"]] = copy.deepcopy(mapping)
    for layer in layers:
        for mapping in layer or []:
            name = mapping.get("DeviceName")
            if mapping.get("NoDevice") is not None:
                devices.pop(name, None)
                continue
            given = {k: v for k, v in (mapping.get("Ebs") or {}).items() if v is not None}
            if not given:
                continue
            old = devices.get(name, {}).get("Ebs", {"DeleteOnTermination": False})
            devices[name] = {"DeviceName": name, "Ebs": {**old, **given}}
    return list(devices.values())


def check_place(backend: Any, instance_type: str, subnet_id: Any, ami: Any) -> None:
    """Raises when the type does not fit the image or is not offered in the subnet's zone."""
    known = INSTANCE_TYPES.get(instance_type)
    if known is None:
        return
    architectures = known.get("ProcessorInfo", {}).get("SupportedArchitectures", [])
    if ami is not None and ami.architecture and architectures and ami.architecture not in architectures:
        refuse(
            "InvalidParameterValue",
            f"The architecture '{','.join(architectures)}' of the specified instance type does not match the "
            f"architecture '{ami.architecture}' of the specified AMI. Specify an instance type and an AMI "
            "that have matching architectures, and try again. You can use 'describe-instance-types' or "
            "'describe-images' to discover the architecture of the instance type or AMI.",
        )
    if not subnet_id:
        return
    zone = subnets_of(backend)[subnet_id].availability_zone
    offers = INSTANCE_TYPE_OFFERINGS["availability-zone"].get(backend.region_name, [])
    zones = sorted({o["Location"] for o in offers if o["InstanceType"] == instance_type})
    if zones and zone not in zones:
        refuse(
            "Unsupported",
            f"Your requested instance type ({instance_type}) is not supported in your requested Availability "
            f"Zone ({zone}). Please retry your request by not specifying an Availability Zone or choosing "
            f"{', '.join(zones)}.",
        )


def apply_template(self: Any, kwargs: dict[str, Any], data: dict[str, Any]) -> None:
    """Fills in what the request leaves open from the launch template."""
    kwargs["metadata_options"] = {**data.get("MetadataOptions", {}), **(kwargs.get("metadata_options") or {})}
    kwargs["ebs_optimized"] = kwargs.get("ebs_optimized") or data.get("EbsOptimized", False)
    if data.get("Monitoring", {}).get("Enabled") and kwargs.get("monitoring_state", "disabled") == "disabled":
        kwargs["monitoring_state"] = "enabled"
    if data.get("DisableApiTermination"):
        kwargs.setdefault("disable_api_termination", True)
    if data.get("DisableApiStop"):
        kwargs["disable_api_stop"] = True
    if not kwargs.get("instance_initiated_shutdown_behavior"):
        kwargs["instance_initiated_shutdown_behavior"] = data.get("InstanceInitiatedShutdownBehavior")
    if not kwargs.get("nics") and data.get("NetworkInterfaces"):
        kwargs["nics"] = copy.deepcopy(data["NetworkInterfaces"])
    if not kwargs.get("placement") and not kwargs.get("subnet_id"):
        kwargs["placement"] = data.get("Placement", {}).get("AvailabilityZone")


def install() -> None:
    @patch(EC2Backend, "run_instances")
    def run_instances(
        original: Any,
        self: Any,
        image_id: Any,
        count: int,
        user_data: Any,
        security_group_names: Any,
        **kwargs: Any,
    ) -> Any:
        # RunInstances: every parameter of the launch template applies unless the request has it.
        data: dict[str, Any] = {}
        if kwargs.get("launch_template"):
            data = self._get_template_from_args(kwargs["launch_template"]).data
            apply_template(self, kwargs, data)
        image_id = resolve(self, image_id or data.get("ImageId") or "")
        ami = self.amis.get(image_id)
        kind = kwargs.get("instance_type")
        if kwargs.get("is_instance_type_default"):
            kind = data.get("InstanceType") or kind
        nics = kwargs.get("nics") or []
        subnet_id = kwargs.get("subnet_id") or next((n["SubnetId"] for n in nics if "SubnetId" in n), None)
        if subnet_id:
            require([subnet_id], subnets_of(self))
        check_place(self, kind or "", subnet_id, ami)
        group_ids = [g for g in kwargs.get("security_group_ids") or data.get("SecurityGroupIds", [])]
        if subnet_id:
            same_network(self, subnet_id, [g for g in group_ids if isinstance(g, str)])
        for nic in nics:
            if int(nic.get("DeviceIndex", 0)) == 0:
                nic.setdefault("DeviceIndex", 0)
        if user_data is not None and len(base64.b64decode(str(user_data) + "==")) > USER_DATA:
            refuse("InvalidParameterValue", f"User data is limited to {USER_DATA} bytes")
        own = data.get("BlockDeviceMappings") if kwargs.get("launch_template") else None
        mappings = merged_mappings(ami, own, kwargs.get("block_device_mappings"))
        if ami is not None:
            kwargs["block_device_mappings"] = mappings
        specified = convert_tag_spec(data.get("TagSpecifications", []))
        tags = {kind: dict(own) for kind, own in (kwargs.get("tags") or {}).items()}
        if specified.get("volume"):
            tags["volume"] = {**specified["volume"], **tags.get("volume", {})}
        kwargs["tags"] = tags
        reservation = original(self, image_id, count, user_data, security_group_names, **kwargs)
        interface_tags = {**specified.get("network-interface", {}), **tags.get("network-interface", {})}
        for instance in reservation.instances:
            for mapping in mappings if ami is not None else []:
                volume = self.volumes[instance.block_device_mapping[mapping["DeviceName"]].volume_id]
                volume.iops = mapping["Ebs"].get("Iops") or volume.iops
                volume.throughput = mapping["Ebs"].get("Throughput") or volume.throughput
            for nic in instance.nics.values():
                nic.add_tags(interface_tags)
                if nic.description == "Primary network interface":
                    nic.description = ""
            profile = data.get("IamInstanceProfile")
            if (
                profile
                and not kwargs.get("iam_instance_profile_name")
                and not kwargs.get("iam_instance_profile_arn")
            ):
                self.associate_iam_instance_profile(
                    instance_id=instance.id,
                    iam_instance_profile_name=profile.get("Name"),
                    iam_instance_profile_arn=profile.get("Arn"),
                )
        return reservation

    @patch(EC2Response, "run_instances")
    def run_instances_response(original: Any, self: Any) -> Any:
        # RunInstances: MaxCount instances, all alike; what cannot be combined is refused.
        named = self._get_param("LaunchTemplate")
        if named is None and not self._get_param("ImageId"):
            refuse("MissingParameter", "The request must contain the parameter ImageId")
        least, most = (self._get_int_param(n, 1) for n in ("MinCount", "MaxCount"))
        if least > most:
            refuse("InvalidParameterValue", "The maximum number of instances must not be below the minimum.")
        self.params["MinCount"] = most
        data = self.ec2_backend._get_template_from_args(named).data if named else {}
        nics = self._get_param("NetworkInterfaces") or data.get("NetworkInterfaces")
        for parameter, words in (("SubnetId", "subnet ID"), ("SecurityGroupIds", "security groups")):
            if nics and (self._get_param(parameter) or data.get(parameter)):
                refuse(
                    "InvalidParameterCombination",
                    f"Network interfaces and an instance-level {words} may not be specified on the same "
                    "request",
                )
        result = original(self)
        reservation = result.result
        protected = self._get_bool_param("DisableApiTermination")
        profile = (self._get_param("IamInstanceProfile.Name"), self._get_param("IamInstanceProfile.Arn"))
        for index, instance in enumerate(reservation.instances):
            if protected is not None:
                instance.disable_api_termination = protected
            if index and any(profile):
                self.ec2_backend.associate_iam_instance_profile(instance.id, *profile)
        return ActionResult(reservation)

    @patch(InstanceTypeOfferingBackend, "matches_filters")
    def matches_filters(original: Any, self: Any, offering: Any, filters: Any, location_type: str) -> bool:
        # DescribeInstanceTypeOfferings: filters take wildcards.
        patterns = filters.get("instance-type") or []
        if not any("*" in p or "?" in p for p in patterns):
            return original(self, offering, filters, location_type)
        rest = {k: v for k, v in filters.items() if k != "instance-type"}
        meets = any(fnmatch.fnmatchcase(offering["InstanceType"], p) for p in patterns)
        return meets and original(self, offering, rest, location_type)

    @patch(EC2Response, "_parse_block_device_mapping")
    def parse_block_device_mapping(original: Any, self: Any) -> list[dict[str, Any]]:
        # RunInstances: a mapping may leave out what the image says.
        return [copy.deepcopy(mapping) for mapping in self._get_param("BlockDeviceMappings", [])]

    # RunInstances: ClientToken, which outlives the instance.
    idempotent(EC2Response, "run_instances")
