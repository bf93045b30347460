"""Volumes and snapshots: their states, gp3's defaults, growing only, attached where they can be.

A volume is data: what is refused by AWS must be refused here.
"""

from __future__ import annotations

from typing import Any

from moto.core.responses import ActionResult
from moto.ec2.models import EC2Backend
from moto.ec2.models.elastic_block_store import Snapshot, Volume, VolumeAttachment, VolumeModification
from moto.ec2.responses import EC2Response

from mend.clock import later
from mend.core import Pending, begin, computed, idempotent, is_over, patch, phase, refuse
from mend.ec2_common import instances_of, not_found, require

KINDS = ("gp2", "gp3", "io1", "io2", "st1", "sc1", "standard")


def default_iops(kind: str, size: int) -> int | None:
    if kind == "gp3":
        return 3000
    if kind == "gp2":
        return max(100, min(16000, 3 * size))
    return None


def install() -> None:
    @patch(Volume, "__init__")
    def init(original: Any, self: Any, *args: Any, **kwargs: Any) -> None:
        # CreateVolume: gp3 has 3000 IOPS and 125 MiB/s unless told otherwise; gp2 three IOPS a GiB.
        original(self, *args, **kwargs)
        self.size = int(self.size)
        self.iops = self.iops or default_iops(self.volume_type, self.size)
        if self.volume_type == "gp3":
            self.throughput = self.throughput or 125

    @computed(Volume, "status")
    def status(self: Any, stored: Any) -> str:
        # DescribeVolumes: creating, available, in-use, deleting.
        if getattr(self, "deleting", False):
            return "deleting"
        return phase(self, stored)

    @patch(EC2Response, "create_volume")
    def create_volume(original: Any, self: Any) -> Any:
        # CreateVolume: a zone and a type that exist; creating at first.
        zone, kind = self._get_param("AvailabilityZone"), self._get_param("VolumeType") or "gp2"
        if zone not in {z.name for z in self.ec2_backend.describe_availability_zones()}:
            refuse("InvalidZone.NotFound", f"The zone '{zone}' does not exist.")
        if kind not in KINDS:
            refuse("UnknownVolumeType", f"Unsupported volume type '{kind}' for volume creation.")
        result = original(self)
        begin(result.result, "volume", "creating")
        return result

    @patch(EC2Response, "delete_volume")
    def delete_volume(original: Any, self: Any) -> Any:
        # DeleteVolume: not while attached; deleting, then gone.
        volume_id = self._get_param("VolumeId")
        require([volume_id], self.ec2_backend.volumes)
        volume = self.ec2_backend.volumes[volume_id]
        if volume.attachment is not None:
            instance = volume.attachment.instance.id
            refuse("VolumeInUse", f"Volume {volume_id} is currently attached to {instance}")
        result = original(self)
        volume.deleting = True
        self.ec2_backend.volumes[volume_id] = volume
        later("volume:delete", lambda: self.ec2_backend.volumes.pop(volume_id, None))
        return result

    @computed(VolumeAttachment, "status")
    def attachment_status(self: Any, stored: Any) -> str:
        # AttachVolume: attaching, then attached; DetachVolume: detaching.
        return phase(self, stored)

    @computed(VolumeAttachment, "delete_on_termination")
    def delete_on_termination(self: Any, stored: Any) -> bool:
        # DescribeVolumes: DeleteOnTermination as the instance's mapping has it.
        block = self.instance.block_device_mapping.get(self.device)
        return bool(block is not None and block.delete_on_termination)

    VolumeAttachment.state = property(lambda self: self.status)

    @patch(EC2Response, "attach_volume")
    def attach_volume(original: Any, self: Any) -> Any:
        # AttachVolume: an available volume in the zone of a running or stopped instance, on a free device.
        backend = self.ec2_backend
        volume_id, instance_id = self._get_param("VolumeId"), self._get_param("InstanceId")
        device = self._get_param("Device")
        require([volume_id], backend.volumes)
        require([instance_id], instances_of(backend))
        volume, instance = backend.volumes[volume_id], instances_of(backend)[instance_id]
        if volume.attachment is not None:
            refuse("VolumeInUse", f"{volume_id} is already attached to an instance")
        if volume.status != "available":
            refuse("IncorrectState", f"{volume_id} is not 'available'.")
        if instance._state.name not in ("running", "stopped"):
            refuse("IncorrectState", f"Instance '{instance_id}' is not 'running'.")
        if volume.availability_zone != instance.availability_zone:
            refuse(
                "InvalidVolume.ZoneMismatch",
                f"The volume '{volume_id}' is not in the same availability zone as instance '{instance_id}'",
            )
        if device in instance.block_device_mapping:
            refuse(
                "InvalidParameterValue",
                f"Invalid value '{device}' for unixDevice. Attachment point {device} is already in use",
            )
        result = original(self)
        begin(volume.attachment, "volume:attach", "attaching")
        return result

    @patch(EC2Response, "detach_volume")
    def detach_volume(original: Any, self: Any) -> Any:
        # DetachVolume: the instance need not be named; detaching, then available; not a running one's root.
        backend = self.ec2_backend
        volume_id = self._get_param("VolumeId")
        require([volume_id], backend.volumes)
        volume = backend.volumes[volume_id]
        attachment = volume.attachment
        if attachment is None:
            refuse("IncorrectState", f"Volume '{volume_id}' is in the 'available' state.")
        instance = attachment.instance
        wanted = self._get_param("InstanceId")
        if wanted and wanted != instance.id:
            refuse(
                "InvalidAttachment.NotFound",
                f"The volume '{volume_id}' is not attached to instance '{wanted}'.",
            )
        if attachment.device == instance.root_device_name and instance._state.name != "stopped":
            refuse(
                "OperationNotPermitted",
                f"Unable to detach root volume '{volume_id}' from instance '{instance.id}'",
            )
        begin(attachment, "volume:attach", "detaching")

        def finish() -> None:
            if volume.attachment is attachment:
                instance.block_device_mapping.pop(attachment.device, None)
                volume.attachment = None

        later("volume:attach", finish)
        return ActionResult(
            {
                "VolumeId": volume_id,
                "InstanceId": instance.id,
                "Device": attachment.device,
                "State": "detaching",
                "AttachTime": attachment.attach_time,
            }
        )

    @patch(EC2Response, "modify_volume")
    def modify_volume(original: Any, self: Any) -> Any:
        # ModifyVolume: grows only, and not while a modification goes on.
        volume_id = self._get_param("VolumeId")
        require([volume_id], self.ec2_backend.volumes)
        volume = self.ec2_backend.volumes[volume_id]
        size = self._get_param("Size")
        if size is not None and int(size) < volume.size:
            refuse(
                "InvalidParameterValue",
                f"New size cannot be smaller than existing size (existing {volume.size}, requested {size}).",
            )
        if volume.modifications and volume.modifications[-1].modification_state == "modifying":
            refuse(
                "IncorrectModificationState",
                f"Cannot modify volume {volume_id}: it is already being modified.",
            )
        return original(self)

    @patch(Volume, "modify")
    def modify(original: Any, self: Any, **targets: Any) -> None:
        # DescribeVolumesModifications: original and target of everything, modifying and then completed.
        before = {n: getattr(self, n) for n in ("size", "volume_type", "iops", "throughput")}
        original(self, **targets)
        if targets.get("target_volume_type"):
            self.iops = targets.get("target_iops") or default_iops(self.volume_type, self.size)
            fast = targets.get("target_throughput") or 125
            self.throughput = fast if self.volume_type == "gp3" else None
        change = self.modifications[-1]
        for name, value in before.items():
            setattr(change, f"original_{name}", value)
            setattr(change, f"target_{name}", getattr(self, name))
        change.going = Pending("volume:modify")

    @computed(VolumeModification, "modification_state")
    def modification_state(self: Any, stored: Any) -> str:
        # DescribeVolumesModifications: ModificationState.
        going = getattr(self, "going", None)
        return "completed" if going is None or going.over() else "modifying"

    @computed(VolumeModification, "progress")
    def progress(self: Any, stored: Any) -> int:
        # DescribeVolumesModifications: Progress in percent.
        going = getattr(self, "going", None)
        return 100 if going is None else int(100 * going.progress())

    @patch(EC2Response, "create_snapshot")
    def create_snapshot(original: Any, self: Any) -> Any:
        # CreateSnapshot: pending, then completed.
        require([self._get_param("VolumeId")], self.ec2_backend.volumes)
        result = original(self)
        begin(result.result, "snapshot", "pending")
        return result

    @computed(Snapshot, "status")
    def snapshot_status(self: Any, stored: Any) -> str:
        # DescribeSnapshots: State.
        return phase(self, stored)

    @computed(Snapshot, "progress")
    def snapshot_progress(self: Any, stored: Any) -> str:
        # DescribeSnapshots: Progress.
        return "100%" if is_over(self) else "50%"

    @patch(EC2Backend, "get_snapshot")
    def get_snapshot(original: Any, self: Any, snapshot_id: str) -> Any:
        # InvalidSnapshot.NotFound names the snapshot.
        if snapshot_id not in self.snapshots:
            raise not_found(snapshot_id)
        return original(self, snapshot_id)

    # CreateVolume: ClientToken.
    idempotent(EC2Response, "create_volume")
