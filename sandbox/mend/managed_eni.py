"""Network interfaces that a service makes in the user's subnets: load balancers, databases and the like.

They keep subnets and security groups from being deleted until the service lets go of them, which is what
makes a destroy wait in AWS.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable
from typing import Any

from moto.core.utils import utcnow
from moto.ec2.models import ec2_backends
from moto.ec2.models.elastic_network_interfaces import NetworkInterface, NetworkInterfaceBackend
from moto.moto_api._internal import mock_random

from mend.clock import later
from mend.core import computed, patch, refuse


class ManagedAttachment:
    """An attachment to a service instead of an instance, as DescribeNetworkInterfaces shows it."""

    instance_id = None
    device_index = 1
    network_card_index = 0
    delete_on_termination = False
    status = "attached"

    def __init__(self, owner: str) -> None:
        self.instance_owner_id = owner
        self.attach_time = utcnow()
        prefix = "ela-attach" if owner in ("amazon-elb", "amazon-rds") else "eni-attach"
        self.attachment_id = f"{prefix}-{mock_random.get_random_hex(17)}"


def make(backend: Any, subnet_id: str, group_ids: Iterable[str], description: str, owner: str) -> Any:
    """An interface in use by the service `owner`, e.g. amazon-elb."""
    eni = backend.create_network_interface(
        backend.get_subnet(subnet_id), "", group_ids=list(group_ids), description=description
    )
    eni.status = "in-use"
    eni.requester_managed = True
    eni.requester_id = owner
    eni.managed_attachment = ManagedAttachment(owner)
    return eni


def set_groups(backend: Any, enis: Iterable[Any], group_ids: Iterable[str]) -> None:
    groups = [backend.get_security_group_from_id(i) for i in group_ids]
    for eni in enis:
        eni._group_set = [g for g in groups if g is not None]


def drop(backend: Any, enis: Iterable[Any], kind: str) -> None:
    """Has the interfaces vanish after the delay of `kind`."""
    later(kind, functools.partial(drop_now, backend, list(enis)))


def drop_now(backend: Any, enis: Iterable[Any]) -> None:
    for eni in enis:
        backend.enis.pop(eni.id, None)


def ec2_of(backend: Any) -> Any:
    """The EC2 backend beside another service's."""
    return ec2_backends[backend.account_id][backend.region_name]


def install() -> None:
    @computed(NetworkInterface, "attachment")
    def attachment(self: Any, stored: Any) -> Any:
        # DescribeNetworkInterfaces: InstanceOwnerId of a managed interface is the service's name.
        managed = getattr(self, "managed_attachment", None)
        return stored if managed is None else managed

    @patch(NetworkInterface, "get_filter_value")
    def get_filter_value(original: Any, self: Any, filter_name: str, method_name: Any = None) -> Any:
        # DescribeNetworkInterfaces: filters attachment.* and requester-managed.
        managed = getattr(self, "managed_attachment", None)
        if managed is not None and filter_name.startswith("attachment."):
            value = getattr(managed, filter_name[11:].replace("-", "_"), None)
            return str(value).lower() if isinstance(value, bool) else value
        if filter_name == "requester-managed":
            return "true" if self.requester_managed else "false"
        return original(self, filter_name, method_name)

    @patch(NetworkInterfaceBackend, "detach_network_interface")
    def detach_network_interface(original: Any, self: Any, attachment_id: str) -> None:
        # DetachNetworkInterface: the attachments of a service are not the user's to manage.
        for eni in self.enis.values():
            managed = getattr(eni, "managed_attachment", None)
            if managed is not None and managed.attachment_id == attachment_id:
                refuse("OperationNotPermitted", "You are not allowed to manage 'ela-attach' attachments.")
        return original(self, attachment_id)
