"""Images: Debian's, found by owner, by name and by SSM's public parameters, also from a launch template.

moto's own images are of 2017 and x86 only.
"""

from __future__ import annotations

from typing import Any

from moto.ec2.models.amis import AMIS, Ami

from mend.core import computed, patch, refuse

CODENAMES = {"12": "bookworm", "13": "trixie"}
LINUX = "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-"
ROOT_SIZE = 8


def public_parameters() -> dict[str, str]:
    """SSM's public parameters that name an image: the newest of each kind."""
    table: dict[str, str] = {}
    for image in sorted(AMIS, key=lambda a: a["name"]):
        if image["name"].startswith("debian-"):
            _, release, arch, _ = image["name"].split("-", 3)
            for spelled in (release, CODENAMES[release]):
                table[f"/aws/service/debian/release/{spelled}/latest/{arch}"] = image["ami_id"]
        elif image["name"].startswith("al2023-"):
            table[LINUX + image["architecture"]] = image["ami_id"]
    return table


def resolve(backend: Any, image_id: str) -> str:
    """The image that resolve:ssm:NAME stands for; any other id as it is."""
    if not str(image_id).startswith("resolve:ssm:"):
        return image_id
    from moto.ssm.models import ssm_backends

    name = image_id[len("resolve:ssm:") :]
    parameter = ssm_backends[backend.account_id][backend.region_name].get_parameter(name)
    if parameter is None:
        refuse("InvalidParameterValue", f"Invalid AMI ID: the SSM parameter {name} could not be resolved.")
    return parameter.value


def install() -> None:
    @patch(Ami, "__init__")
    def init(original: Any, self: Any, *args: Any, **kwargs: Any) -> None:
        # DescribeImages: only Amazon's own images have its alias.
        original(self, *args, **kwargs)
        if self.owner_id == "136693071363":
            self.owner_alias = None
        if self.id.startswith("ami-0deb") or self.id.startswith("ami-0a12023"):
            self.ebs_snapshot.volume.size = ROOT_SIZE

    @computed(Ami, "block_device_mappings")
    def block_device_mappings(self: Any, stored: Any) -> list[dict[str, Any]]:
        # DescribeImages: the root device as the image has it.
        ebs = {
            "SnapshotId": self.ebs_snapshot.id,
            "VolumeSize": self.ebs_snapshot.volume.size,
            "DeleteOnTermination": True,
            "VolumeType": "gp3",
            "Encrypted": False,
        }
        return [{"DeviceName": self.root_device_name, "Ebs": ebs}]
