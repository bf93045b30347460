"""File systems and mount targets (EFS) as AWS documents them: they come and go in a while, with interfaces.

In moto everything is there at once, and a creation token that exists does not say whose it is.
"""

from __future__ import annotations

import functools
import json
import time
from typing import Any

from moto.efs import urls
from moto.efs.models import EFSBackend, FileSystem
from moto.efs.responses import EFSResponse
from moto.moto_api._internal import mock_random

from mend import managed_eni
from mend.core import add, patch, refuse, route
from mend.ec2_common import subnets_of
from mend.managed_eni import ec2_of
from mend.states import enter, settle_into

JSON = {"Content-Type": "application/json"}
MODES = ("bursting", "provisioned", "elastic")
ENI_GROUPS = 5
EMPTY = {"Value": 6144, "ValueInIA": 0, "ValueInStandard": 6144, "ValueInArchive": 0}


def fail(code: str, text: str, status: int, **more: Any) -> Any:
    """An error of EFS, which names its code in the body."""
    refuse(code, text, status, ErrorCode=code, **more)


def answer(value: Any, status: int = 200) -> tuple[str, dict[str, Any]]:
    return ("" if value is None else json.dumps(value)), {**JSON, "status": status}


class MountTarget:
    """A file system's address in a zone."""

    def __init__(self, backend: Any, system: Any, subnet: Any, groups: list[str]) -> None:
        self.backend, self.system, self.subnet = backend, system, subnet
        self.mount_target_id = f"fsmt-{mock_random.get_random_hex(17)}"
        text = f"EFS mount target for {system.file_system_id} ({self.mount_target_id})"
        self.eni = managed_eni.make(ec2_of(backend), subnet.id, groups, text, "amazon-elasticfilesystem")
        self.status = "creating"

    @property
    def groups(self) -> list[str]:
        return [g.id for g in self.eni.group_set]

    def info_json(self) -> dict[str, Any]:
        return {
            "OwnerId": self.backend.account_id,
            "MountTargetId": self.mount_target_id,
            "FileSystemId": self.system.file_system_id,
            "SubnetId": self.subnet.id,
            "LifeCycleState": self.status,
            "IpAddress": self.eni.private_ip_address,
            "NetworkInterfaceId": self.eni.id,
            "AvailabilityZoneId": self.subnet.availability_zone_id,
            "AvailabilityZoneName": self.subnet.availability_zone,
            "VpcId": self.subnet.vpc_id,
        }

    # Names that moto's own code asks for.
    @property
    def subnet_vpc_id(self) -> str:
        return str(self.subnet.vpc_id)


def find(backend: Any, name: str | None) -> Any:
    """The file system of that id or ARN."""
    plain = (name or "").rpartition("/")[2]
    if plain not in backend.file_systems_by_id:
        fail("FileSystemNotFound", f"File system '{plain}' does not exist.", 404)
    return backend.file_systems_by_id[plain]


def find_target(backend: Any, name: str | None) -> Any:
    if name not in backend.mount_targets_by_id:
        fail("MountTargetNotFound", f"Mount target '{name}' does not exist.", 404)
    return backend.mount_targets_by_id[name]


def usable(system: Any) -> None:
    """IncorrectFileSystemLifeCycleState for what is not available."""
    if system.status != "available":
        text = f"File system '{system.file_system_id}' is in state {system.status}, not available."
        fail("IncorrectFileSystemLifeCycleState", text, 409)


def check_mode(mode: str, throughput: Any) -> None:
    if mode not in MODES:
        fail("BadRequest", f"ThroughputMode {mode} is not one of {', '.join(MODES)}.", 400)
    if (mode == "provisioned") != (throughput is not None):
        text = "ProvisionedThroughputInMibps is needed for ThroughputMode provisioned, and only there."
        fail("BadRequest", text, 400)


def check_groups(backend: Any, subnet: Any, groups: Any) -> list[str]:
    ec2 = ec2_of(backend)
    if not groups:
        return [ec2.get_security_group_from_name("default", subnet.vpc_id).id]
    if len(groups) > ENI_GROUPS:
        fail("SecurityGroupLimitExceeded", "A mount target has at most five security groups.", 400)
    for each in groups:
        known = ec2.get_security_group_from_id(each)
        if known is None or known.vpc_id != subnet.vpc_id:
            fail("SecurityGroupNotFound", f"The SecurityGroup ID '{each}' does not exist", 400)
    return list(groups)


def end(backend: Any, system: Any) -> None:
    backend.file_systems_by_id.pop(system.file_system_id, None)
    backend.creation_tokens.discard(system.creation_token)
    backend.tagging_service.delete_all_tags_for_resource(system.file_system_id)


def end_target(backend: Any, target: Any) -> None:
    managed_eni.drop_now(ec2_of(backend), [target.eni])
    backend.mount_targets_by_id.pop(target.mount_target_id, None)
    target.system._mount_targets.pop(target.subnet.availability_zone, None)


def install() -> None:
    @patch(EFSResponse, "create_file_system")
    def create_file_system(original: Any, self: Any) -> Any:
        # CreateFileSystem: FileSystemAlreadyExists with FileSystemId; creating, then available.
        backend, token = self.efs_backend, self._get_param("CreationToken")
        for each in backend.file_systems_by_id.values():
            if each.creation_token == token:
                text = f"File system '{each.file_system_id}' already exists with creation token '{token}'"
                fail("FileSystemAlreadyExists", text, 409, FileSystemId=each.file_system_id)
        mode, throughput = self._get_param("ThroughputMode"), self._get_param("ProvisionedThroughputInMibps")
        check_mode(mode or "bursting", throughput)
        if self._get_param("KmsKeyId") and not self._get_param("Encrypted"):
            fail("BadRequest", "KmsKeyId is possible for encrypted file systems only.", 400)
        body, _ = original(self)
        system = backend.file_systems_by_id.pop(json.loads(body)["FileSystemId"])
        tags = backend.tagging_service.get_tag_dict_for_resource(system.file_system_id)
        backend.tagging_service.delete_all_tags_for_resource(system.file_system_id)
        rename(backend, system)
        given = [{"Key": k, "Value": v or ""} for k, v in tags.items()]
        backend.tagging_service.tag_resource(system.file_system_id, given)
        settle_into(system, "creating", "file_system", "available")
        return answer(system.info_json(), 201)

    @patch(FileSystem, "info_json")
    def info_json(original: Any, self: Any) -> dict[str, Any]:
        # DescribeFileSystems: nothing but what AWS shows; the state as it is now.
        all_of_it = original(self)
        for name in ("LifecyclePolicies", "FileSystemPolicy", "MendState", "Status", "Context"):
            all_of_it.pop(name, None)
        all_of_it["LifeCycleState"] = getattr(self, "status", "available")
        all_of_it["SizeInBytes"] = {**EMPTY, "Timestamp": time.time()}
        all_of_it["FileSystemProtection"] = {"ReplicationOverwriteProtection": "ENABLED"}
        return {k: v for k, v in all_of_it.items() if v is not None and not k.startswith("Mend")}

    @patch(EFSBackend, "describe_file_systems")
    def describe_file_systems(original: Any, self: Any, *args: Any, **kwargs: Any) -> Any:
        # DescribeFileSystems: by id or ARN; FileSystemNotFound.
        if kwargs.get("file_system_id"):
            kwargs["file_system_id"] = find(self, kwargs["file_system_id"]).file_system_id
        return original(self, *args, **kwargs)

    @patch(EFSResponse, "describe_file_systems")
    def describe_answer(original: Any, self: Any) -> Any:
        # DescribeFileSystems: pages of 100.
        if not self._get_param("MaxItems"):
            self.querystring["MaxItems"] = ["100"]
        return original(self)

    @add(EFSResponse, "update_file_system")
    def update_file_system(self: Any) -> Any:
        # UpdateFileSystem: throughput mode and provisioned throughput.
        system = find(self.efs_backend, self._get_param("FileSystemId"))
        usable(system)
        mode = self._get_param("ThroughputMode") or system.throughput_mode
        throughput = self._get_param("ProvisionedThroughputInMibps")
        if mode == "provisioned" and throughput is None:
            throughput = system.provisioned_throughput_in_mibps
        check_mode(mode, throughput)
        system.throughput_mode, system.provisioned_throughput_in_mibps = mode, throughput
        settle_into(system, "updating", "file_system", "available")
        return answer(system.info_json(), 202)

    @patch(EFSResponse, "delete_file_system")
    def delete_file_system(original: Any, self: Any) -> Any:
        # DeleteFileSystem: FileSystemInUse while it has mount targets; deleting, then gone.
        backend = self.efs_backend
        system = find(backend, self._get_param("FileSystemId"))
        if system._mount_targets:
            text = f"Must delete all mount targets of '{system.file_system_id}' before deleting it."
            fail("FileSystemInUse", text, 409)
        enter(system, "deleting", "file_system:delete", functools.partial(end, backend, system))
        return answer(None, 204)

    @patch(EFSResponse, "create_mount_target")
    def create_mount_target(original: Any, self: Any) -> Any:
        # CreateMountTarget: one in a zone, MountTargetConflict; creating, then available.
        backend = self.efs_backend
        system = find(backend, self._get_param("FileSystemId"))
        usable(system)
        subnet = subnets_of(ec2_of(backend)).get(self._get_param("SubnetId"))
        if subnet is None:
            text = f"The subnet ID '{self._get_param('SubnetId')}' does not exist"
            fail("SubnetNotFound", text, 400)
        if subnet.availability_zone in system._mount_targets:
            fail("MountTargetConflict", "mount target already exists in this AZ", 409)
        if any(t.subnet.vpc_id != subnet.vpc_id for t in system._mount_targets.values()):
            text = "requested subnet for new mount target is not in the same VPC as existing mount targets"
            fail("MountTargetConflict", text, 409)
        groups = check_groups(backend, subnet, self._get_param("SecurityGroups"))
        target = MountTarget(backend, system, subnet, groups)
        system._mount_targets[subnet.availability_zone] = target
        backend.mount_targets_by_id[target.mount_target_id] = target
        settle_into(target, "creating", "mount_target", "available")
        return answer(target.info_json())

    @patch(EFSBackend, "describe_mount_targets")
    def describe_mount_targets(original: Any, self: Any, *args: Any, **kwargs: Any) -> Any:
        # DescribeMountTargets: FileSystemNotFound, MountTargetNotFound.
        if kwargs.get("file_system_id"):
            kwargs["file_system_id"] = find(self, kwargs["file_system_id"]).file_system_id
        if kwargs.get("mount_target_id"):
            find_target(self, kwargs["mount_target_id"])
        return original(self, *args, **kwargs)

    @patch(EFSResponse, "delete_mount_target")
    def delete_mount_target(original: Any, self: Any) -> Any:
        # DeleteMountTarget: deleting, then gone with its interface.
        backend = self.efs_backend
        target = find_target(backend, self._get_param("MountTargetId"))
        enter(target, "deleting", "mount_target:delete", functools.partial(end_target, backend, target))
        return answer(None, 204)

    @patch(EFSResponse, "describe_mount_target_security_groups")
    def describe_groups(original: Any, self: Any) -> Any:
        # DescribeMountTargetSecurityGroups: MountTargetNotFound.
        target = find_target(self.efs_backend, self._get_param("MountTargetId"))
        return answer({"SecurityGroups": target.groups})

    @patch(EFSResponse, "modify_mount_target_security_groups")
    def modify_groups(original: Any, self: Any) -> Any:
        # ModifyMountTargetSecurityGroups: replaces them on the interface.
        backend = self.efs_backend
        target = find_target(backend, self._get_param("MountTargetId"))
        if target.status != "available":
            fail("IncorrectMountTargetState", f"Mount target is in state {target.status}.", 409)
        groups = check_groups(backend, target.subnet, self._get_param("SecurityGroups"))
        managed_eni.set_groups(ec2_of(backend), [target.eni], groups)
        return answer(None, 204)

    @add(EFSResponse, "put_backup_policy")
    def put_backup_policy(self: Any) -> Any:
        # PutBackupPolicy: ENABLED or DISABLED.
        system = find(self.efs_backend, self._get_param("FileSystemId"))
        status = (self._get_param("BackupPolicy") or {}).get("Status")
        system._backup, system.mend_backup = status == "ENABLED", status
        return answer({"BackupPolicy": {"Status": status}})

    @patch(EFSResponse, "describe_backup_policy")
    def describe_backup_policy(original: Any, self: Any) -> Any:
        # DescribeBackupPolicy: PolicyNotFound until there was one.
        system = find(self.efs_backend, self._get_param("FileSystemId"))
        status = getattr(system, "mend_backup", None) or ("ENABLED" if system._backup else None)
        if status is None:
            fail("PolicyNotFound", "There is no backup policy for the file system.", 404)
        return answer({"BackupPolicy": {"Status": status}})

    for name in ("list_tags_for_resource", "tag_resource", "untag_resource"):
        tagged(name)

    @patch(EFSBackend, "list_tags_for_resource")
    def tags_of(original: Any, self: Any, resource_id: str) -> Any:
        # ListTagsForResource: by id or ARN.
        return original(self, resource_id.rpartition("/")[2])

    @patch(EFSBackend, "create_access_point")
    def create_access_point(original: Any, self: Any, *args: Any, **kwargs: Any) -> Any:
        # CreateAccessPoint: FileSystemNotFound.
        find(self, kwargs.get("file_system_id"))
        return original(self, *args, **kwargs)

    route(urls, "{0}/2015-02-01/resource-tags/(?P<resource_id>.+)$", urls.response.dispatch)


def rename(backend: Any, system: Any) -> None:
    """The long id and the key that AWS gives."""
    system.file_system_id = f"fs-{mock_random.get_random_hex(17)}"
    system.file_system_arn = system.file_system_arn.rpartition("/")[0] + f"/{system.file_system_id}"
    backend.file_systems_by_id[system.file_system_id] = system
    if system.encrypted and not system.kms_key_id:
        key = "00000000-0000-4000-8000-0000000000ef"
        place = f"{backend.region_name}:{backend.account_id}"
        system.kms_key_id = f"arn:{backend.partition}:kms:{place}:key/{key}"


def tagged(name: str) -> None:
    """Tag operations: NotFound for what does not exist."""

    @patch(EFSResponse, name)
    def operation(original: Any, self: Any) -> Any:
        wanted = (self._get_param("ResourceId") or "").rpartition("/")[2]
        if wanted.startswith("fsap-"):
            if wanted not in self.efs_backend.access_points:
                fail("AccessPointNotFound", f"Access Point {wanted} does not exist.", 404)
        else:
            find(self.efs_backend, wanted)
        return original(self)
