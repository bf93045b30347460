"""Instances in their states: pending, running, stopping, stopped, shutting-down, terminated.

What a terminated instance leaves behind decides whether a destroy can go on.
"""

from __future__ import annotations

import base64
import copy
from typing import Any

from moto.core.responses import ActionResult, EmptyResult
from moto.ec2.models import EC2Backend
from moto.ec2.models.instances import Instance, InstanceState, MetadataOptions
from moto.ec2.responses import EC2Response
from moto.ec2.utils import parse_user_data

from mend.clock import later
from mend.core import computed, patch, refuse
from mend.ec2_interfaces import same_network

CODES = {"pending": 0, "running": 16, "shutting-down": 32, "terminated": 48, "stopping": 64, "stopped": 80}
ENDING = ("shutting-down", "terminated")


def enter(instance: Any, name: str) -> None:
    instance._state = InstanceState(name, CODES[name])


def after(kind: str, instance: Any, during: str, finish: Any) -> None:
    """Puts the instance into a passing state that `finish` ends, unless another state came meanwhile."""
    enter(instance, during)
    state = instance._state

    def due() -> None:
        if instance._state is state:
            finish()

    later(kind, due)


def remove_interfaces(instance: Any) -> None:
    """What an instance made at launch goes with it; what was attached later stays."""
    backend = instance.ec2_backend
    for nic in list(instance.nics.values()):
        for address in backend.addresses:
            if address.eni is not None and address.eni.id == nic.id:
                address.eni = address.instance = address.association_id = None
        if nic.delete_on_termination:
            backend.enis.pop(nic.id, None)
            nic.subnet.del_subnet_ip(nic.private_ip_address)
        else:
            instance.detach_eni(nic)
    instance.nics = {}


def install() -> None:
    @patch(Instance, "__init__")
    def init(original: Any, self: Any, *args: Any, **kwargs: Any) -> None:
        # RunInstances: pending, then running; interfaces made at launch are deleted with the instance.
        given = {int(n.get("DeviceIndex", 0)): n for n in kwargs.get("nics") or []}
        original(self, *args, **kwargs)
        for index, nic in self.nics.items():
            spec = given.get(index, {})
            if not spec.get("NetworkInterfaceId"):
                nic.delete_on_termination = spec.get("DeleteOnTermination", True)
        if self.security_groups == [] and self.nics:
            self.security_groups = list(self.nics[0]._group_set) if 0 in self.nics else []
        after("instance", self, "pending", lambda: enter(self, "running"))

    @patch(Instance, "terminate")
    def terminate(original: Any, self: Any) -> Any:
        # TerminateInstances: shutting-down, then terminated without volumes, interfaces and addresses.
        previous = copy.copy(self._state)
        if previous.name in ENDING:
            return previous

        def finish() -> None:
            nics, self.nics = self.nics, {}
            original(self)
            self.nics = nics
            remove_interfaces(self)

        after("instance:delete", self, "shutting-down", finish)
        return previous

    @patch(Instance, "stop")
    def stop(original: Any, self: Any) -> Any:
        # StopInstances: stopping, then stopped.
        previous = copy.copy(self._state)
        if previous.name in ENDING:
            refuse(
                "IncorrectInstanceState",
                f"The instance '{self.id}' is not in a state from which it can be stopped.",
            )
        if previous.name not in ("stopping", "stopped"):
            after("instance:stop", self, "stopping", lambda: original(self))
        return previous

    @patch(Instance, "start")
    def start(original: Any, self: Any) -> Any:
        # StartInstances: only from stopped; pending, then running.
        previous = copy.copy(self._state)
        if previous.name not in ("stopped", "pending", "running"):
            refuse(
                "IncorrectInstanceState",
                f"The instance '{self.id}' is not in a state from which it can be started.",
            )
        if previous.name == "stopped":
            original(self)
            after("instance", self, "pending", lambda: enter(self, "running"))
        return previous

    def gone(name: str) -> None:
        @computed(Instance, name)
        def value(self: Any, stored: Any) -> Any:
            # DescribeInstances: a terminated instance has no network any more.
            return None if self._state.name == "terminated" else stored

    def first(name: str, attribute: str) -> None:
        def read(self: Any) -> Any:
            # DescribeInstances: addresses of the first interface, none when it is gone.
            nic = self.nics.get(0)
            return getattr(nic, attribute) if nic is not None else None

        setattr(Instance, name, property(read))

    first("private_ip", "private_ip_address")
    first("private_ip_address", "private_ip_address")
    first("public_ip", "public_ip")
    first("public_ip_address", "public_ip")
    own_dns = Instance.private_dns_name.fget
    Instance.private_dns_name = property(lambda self: own_dns(self) if self.private_ip else "")
    gone("subnet_id")
    gone("vpc_id")

    @patch(EC2Response, "terminate_instances")
    def terminate_instances(original: Any, self: Any) -> Any:
        # TerminateInstances: all or none; what is protected keeps the others alive too.
        backend = self.ec2_backend
        wanted = self._get_param("InstanceIds", [])
        instances = backend.get_multi_instances_by_id(wanted)
        for instance in instances:
            if instance.disable_api_termination is True:
                refuse(
                    "OperationNotPermitted",
                    f"The instance '{instance.id}' may not be terminated. Modify its 'disableApiTermination' "
                    "instance attribute and try again.",
                )
        result = original(self)
        for item in result.result["TerminatingInstances"]:
            if item["PreviousState"].name == "terminated":
                item["CurrentState"] = {"Code": 48, "Name": "terminated"}
        return result

    def monitored(state: str) -> Any:
        def answer(original: Any, self: Any) -> Any:
            # MonitorInstances, UnmonitorInstances: pending or disabling at first in AWS; here at once.
            instances = self.ec2_backend.get_multi_instances_by_id(self._get_param("InstanceIds", []))
            for instance in instances:
                instance.monitoring_state = state
            told = [{"InstanceId": i.id, "Monitoring": {"State": state}} for i in instances]
            return ActionResult({"InstanceMonitorings": told})

        return answer

    patch(EC2Response, "monitor_instances")(monitored("enabled"))
    patch(EC2Response, "unmonitor_instances")(monitored("disabled"))

    @patch(EC2Backend, "replace_iam_instance_profile_association")
    def replace_association(original: Any, self: Any, *args: Any, **kwargs: Any) -> Any:
        # ReplaceIamInstanceProfileAssociation: the instance has the other profile at once.
        association = original(self, *args, **kwargs)
        profile = {"Arn": association.iam_instance_profile.arn, "Id": association.association_id}
        self.modify_instance_attribute(association.instance.id, "iam_instance_profile", profile)
        return association

    @patch(EC2Backend, "modify_instance_metadata_options")
    def modify_instance_metadata_options(original: Any, self: Any, instance_id: str, **given: Any) -> Any:
        # ModifyInstanceMetadataOptions: what is not given stays.
        instance = self.get_instance(instance_id)
        old = instance.metadata_options
        wanted = {
            "HttpTokens": given.get("http_tokens") or old.http_tokens,
            "HttpPutResponseHopLimit": given.get("hop_limit") or old.http_put_response_hop_limit,
            "HttpEndpoint": given.get("http_endpoint") or old.http_endpoint,
            "HttpProtocolIpv6": given.get("http_protocol") or old.http_protocol_ipv6,
            "InstanceMetadataTags": given.get("metadata_tags") or old.instance_metadata_tags,
        }
        instance.metadata_options = MetadataOptions(wanted)
        return instance.metadata_options

    @patch(EC2Backend, "modify_instance_security_groups")
    def modify_instance_security_groups(
        original: Any, self: Any, instance_id: str, new_group_id_list: list[str]
    ) -> Any:
        # ModifyInstanceAttribute: Groups replaces those of the primary interface.
        instance = self.get_instance(instance_id)
        same_network(self, instance.subnet_id, new_group_id_list)
        original(self, instance_id, new_group_id_list)
        instance.nics[0]._group_set = list(instance.security_groups)
        return instance

    @patch(EC2Response, "modify_instance_attribute")
    def modify_instance_attribute(original: Any, self: Any) -> Any:
        # ModifyInstanceAttribute: the type and the user data of a stopped instance only; UserData is a blob.
        instance = self.ec2_backend.get_instance(self._get_param("InstanceId"))
        data = self._get_param("UserData.Value")
        if (data is not None or self._get_param("InstanceType.Value")) and instance._state.name != "stopped":
            refuse("IncorrectInstanceState", f"The instance '{instance.id}' is not in the 'stopped' state.")
        if data is not None:
            raw = data if isinstance(data, bytes) else str(data).encode()
            instance.user_data = parse_user_data(base64.b64encode(raw).decode())
            return EmptyResult()
        return original(self)
