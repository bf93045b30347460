"""Launch templates: versions that can be deleted and inherit, honest paging, the data as it was given.

A deployment of drucloud is a new version of a launch template.
"""

from __future__ import annotations

import base64
import copy
import re
from typing import Any

from moto.core.responses import ActionResult
from moto.ec2.exceptions import InvalidLaunchTemplateVersionNotFound
from moto.ec2.models import EC2Backend
from moto.ec2.models.launch_templates import LaunchTemplate, LaunchTemplateVersion
from moto.ec2.responses import EC2Response
from moto.ec2.utils import convert_tag_spec, parse_user_data

from mend.core import AwsError, add, computed, idempotent, patch, refuse
from mend.ec2_common import LAUNCHED, check_specifications, not_found, require
from mend.ec2_images import resolve

NAME = re.compile(r"[a-zA-Z0-9().\-/_]{3,128}")
USER_DATA = 16384


def check_data(data: dict[str, Any]) -> None:
    """Turns the user data into moto's type; refuses what no instance could be launched with."""
    check_specifications(data.get("TagSpecifications"), LAUNCHED)
    text = data.get("UserData")
    if text is None:
        return
    try:
        raw = base64.b64decode(str(text), validate=True)
    except ValueError:
        refuse("InvalidUserData.Malformed", "Invalid BASE64 encoding of user data.")
    if len(raw) > USER_DATA:
        refuse("InvalidUserData.Malformed", f"User data is limited to {USER_DATA} bytes.")
    data["UserData"] = parse_user_data(str(text))


def page(items: list[Any], size: int | None, token: str | None) -> tuple[list[Any], str | None]:
    """One page and the token of the next."""
    start = int(base64.b64decode(token)) if token else 0
    end = start + (size or 200)
    following = base64.b64encode(str(end).encode()).decode() if end < len(items) else None
    return items[start:end], following


def find(self: Any) -> Any:
    """The template that a request names."""
    name, template_id = self._get_param("LaunchTemplateName"), self._get_param("LaunchTemplateId")
    if template_id:
        require([template_id], self.ec2_backend.launch_templates)
        return self.ec2_backend.launch_templates[template_id]
    if name:
        return self.ec2_backend.get_launch_template_by_name(name)
    refuse("MissingParameter", "Either a launch template ID or a launch template name must be specified.")


def shown(self: Any, template: Any, version: Any, resolved: bool = False) -> dict[str, Any]:
    """A version as the API shows it."""
    data = dict(version.data)
    if resolved and data.get("ImageId"):
        data["ImageId"] = resolve(self.ec2_backend, data["ImageId"])
    return {
        "CreateTime": version.create_time,
        "CreatedBy": f"arn:{self.partition}:iam::{self.current_account}:root",
        "DefaultVersion": template.is_default(version),
        "LaunchTemplateData": data,
        "LaunchTemplateId": template.id,
        "LaunchTemplateName": template.name,
        "VersionDescription": version.description,
        "VersionNumber": version.number,
    }


def install() -> None:
    @computed(LaunchTemplate, "tags")
    def tags(self: Any, stored: Any) -> Any:
        # DescribeLaunchTemplates: the tags as they are, also after CreateTags.
        return self.get_tags()

    @patch(LaunchTemplate, "create_version")
    def create_version(original: Any, self: Any, data: dict[str, Any], description: Any) -> Any:
        # CreateLaunchTemplateVersion: numbers are never used again.
        self.last_number = getattr(self, "last_number", 0) + 1
        version = LaunchTemplateVersion(self, self.last_number, data, description)
        self.versions.append(version)
        return version

    @patch(LaunchTemplate, "get_version")
    def get_version(original: Any, self: Any, num: Any) -> Any:
        # DescribeLaunchTemplateVersions: by number, $Latest or $Default.
        wanted = str(num)
        if wanted.lower() == "$latest":
            return self.versions[-1]
        number = self.default_version_number if wanted.lower() == "$default" else wanted
        for version in self.versions:
            if str(version.number) == str(number):
                return version
        raise InvalidLaunchTemplateVersionNotFound(template_id=self.id, version=num)

    @patch(LaunchTemplate, "default_version")
    def default_version(original: Any, self: Any) -> Any:
        # DescribeLaunchTemplates: the default version by its number.
        return self.get_version(self.default_version_number)

    @patch(EC2Response, "create_launch_template")
    def create_launch_template(original: Any, self: Any) -> Any:
        # CreateLaunchTemplate: the data is stored as given; the template's own tags are no part of it.
        name = self._get_param("LaunchTemplateName") or ""
        if not NAME.fullmatch(name):
            refuse(
                "InvalidLaunchTemplateName.MalformedException",
                "A launch template name must be between 3 and 128 characters, and may contain letters, "
                "numbers, and the following characters: - ( ) . / _.",
            )
        data = copy.deepcopy(self._get_param("LaunchTemplateData", {}))
        check_data(data)
        own = convert_tag_spec(self._get_param("TagSpecifications", []))
        template = self.ec2_backend.create_launch_template(
            name, self._get_param("VersionDescription"), data, own
        )
        return ActionResult({"LaunchTemplate": summary(self, template)})

    def summary(self: Any, template: Any) -> dict[str, Any]:
        return {
            "CreateTime": template.create_time,
            "CreatedBy": f"arn:{self.partition}:iam::{self.current_account}:root",
            "DefaultVersionNumber": template.default_version_number,
            "LatestVersionNumber": template.latest_version_number,
            "LaunchTemplateId": template.id,
            "LaunchTemplateName": template.name,
            "Tags": template.tags,
        }

    @patch(EC2Response, "create_launch_template_version")
    def create_launch_template_version(original: Any, self: Any) -> Any:
        # CreateLaunchTemplateVersion: SourceVersion's parameters unless given anew; ResolveAlias.
        template = find(self)
        data = copy.deepcopy(self._get_param("LaunchTemplateData", {}))
        check_data(data)
        source = self._get_param("SourceVersion")
        if source:
            data = {**copy.deepcopy(template.get_version(source).data), **data}
        version = template.create_version(data, self._get_param("VersionDescription"))
        resolved = bool(self._get_bool_param("ResolveAlias", False))
        return ActionResult({"LaunchTemplateVersion": shown(self, template, version, resolved)})

    @add(EC2Response, "delete_launch_template_versions")
    def delete_launch_template_versions(self: Any) -> Any:
        # DeleteLaunchTemplateVersions: the default version stays, each one is answered for.
        template = find(self)
        done, failed = [], []
        for number in self._get_param("Versions", []):
            item = {
                "LaunchTemplateId": template.id,
                "LaunchTemplateName": template.name,
                "VersionNumber": int(number),
            }
            version = next((v for v in template.versions if str(v.number) == str(number)), None)
            if version is None:
                error = {
                    "Code": "launchTemplateVersionDoesNotExist",
                    "Message": f"Could not find launch template version {number}.",
                }
                failed.append({**item, "ResponseError": error})
            elif template.is_default(version):
                error = {
                    "Code": "unexpectedError",
                    "Message": f"Version {number} is the default version and cannot be deleted.",
                }
                failed.append({**item, "ResponseError": error})
            else:
                template.versions.remove(version)
                done.append(item)
        return ActionResult(
            {
                "SuccessfullyDeletedLaunchTemplateVersions": done,
                "UnsuccessfullyDeletedLaunchTemplateVersions": failed,
            }
        )

    @patch(EC2Response, "describe_launch_template_versions")
    def describe_launch_template_versions(original: Any, self: Any) -> Any:
        # DescribeLaunchTemplateVersions: newest first, between MinVersion and MaxVersion, in pages.
        named = self._get_param("LaunchTemplateId") or self._get_param("LaunchTemplateName")
        wanted = [str(v) for v in self._get_param("Versions", [])]
        if named:
            template = find(self)
            if wanted:
                found = [(template, template.get_version(v)) for v in wanted]
            else:
                low = self._get_int_param("MinVersion", 0)
                high = self._get_int_param("MaxVersion", 2**31)
                chosen = [v for v in template.versions if low <= v.number <= high]
                found = [(template, v) for v in reversed(chosen)]
        else:
            if not wanted or not {w.lower() for w in wanted} <= {"$latest", "$default"}:
                refuse(
                    "MissingParameter",
                    "To describe all launch templates, specify $Latest, $Default, or both as versions.",
                )
            found = [
                (t, t.get_version(v)) for t in self.ec2_backend.launch_templates.values() for v in wanted
            ]
        resolved = bool(self._get_bool_param("ResolveAlias", False))
        items, token = page(found, self._get_int_param("MaxResults"), self._get_param("NextToken"))
        versions = [shown(self, template, version, resolved) for template, version in items]
        return ActionResult({"LaunchTemplateVersions": versions, "NextToken": token})

    @patch(EC2Response, "describe_launch_templates")
    def describe_launch_templates(original: Any, self: Any) -> Any:
        # DescribeLaunchTemplates: unknown ids are refused, the rest comes in pages.
        require(self._get_param("LaunchTemplateIds", []), self.ec2_backend.launch_templates)
        found = self.ec2_backend.describe_launch_templates(
            template_names=self._get_param("LaunchTemplateNames", []),
            template_ids=self._get_param("LaunchTemplateIds", []),
            filters=self._filters_from_querystring(),
        )
        items, token = page(found, self._get_int_param("MaxResults"), self._get_param("NextToken"))
        return ActionResult({"LaunchTemplates": [summary(self, t) for t in items], "NextToken": token})

    @patch(EC2Backend, "modify_launch_template")
    def modify_launch_template(
        original: Any, self: Any, default_version: str, template_name: Any = None, template_id: Any = None
    ) -> Any:
        # ModifyLaunchTemplate: SetDefaultVersion to a version that exists.
        if template_id:
            require([template_id], self.launch_templates)
        template = (
            self.launch_templates[template_id]
            if template_id
            else self.get_launch_template_by_name(template_name)
        )
        template.default_version_number = template.get_version(default_version).number
        return template

    @patch(EC2Backend, "delete_launch_template")
    def delete_launch_template(original: Any, self: Any, name: Any, tid: Any) -> Any:
        # DeleteLaunchTemplate: NotFound by the id or by the name that was given.
        if tid and tid not in self.launch_templates:
            raise not_found(tid)
        if not tid and name and name not in self.launch_template_name_to_ids:
            raise AwsError(
                "InvalidLaunchTemplateName.NotFoundException",
                f"The specified launch template, with template name {name}, does not exist.",
            )
        return original(self, name, tid)

    # CreateLaunchTemplate and CreateLaunchTemplateVersion: ClientToken.
    idempotent(EC2Response, "create_launch_template")
    idempotent(EC2Response, "create_launch_template_version")
