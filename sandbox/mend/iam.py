"""IAM: the details of all roles in pages, conflicts and limits as documented, names as AWS makes them.

Roles and profiles have no filter by tag, so a provisioner reads GetAccountAuthorizationDetails.
"""

from __future__ import annotations

import base64
import re
from typing import Any

from moto.core.responses import ActionResult
from moto.ec2.models import iam_instance_profile as ec2_profiles
from moto.ec2.responses import instances as ec2_instances
from moto.iam.exceptions import NotFoundException
from moto.iam.models import SERVICE_NAME_CONVERSION, IAMBackend, InstanceProfile
from moto.iam.policy_validation import IAMTrustPolicyDocumentValidator
from moto.iam.responses import IamResponse

from mend.core import Pending, patch, refuse

NAME = re.compile(r"[\w+=,.@-]+")
INLINE = 10240
SERVICES = {
    "elasticloadbalancing": "ElasticLoadBalancing",
    "elasticache": "ElastiCache",
    "rds": "RDS",
    "backup": "Backup",
    "elasticfilesystem": "AmazonElasticFileSystem",
    "ssm": "AmazonSSM",
    "spot": "EC2Spot",
    "cloudfront": "CloudFront",
}


def check_name(name: Any, limit: int, parameter: str) -> None:
    if not NAME.fullmatch(name or "") or len(name) > limit:
        refuse(
            "ValidationError",
            f"The specified value for {parameter} is invalid. It must contain only alphanumeric characters "
            f"and/or the following: +=,.@_- and be at most {limit} characters long",
        )


def page(self: Any, items: list[Any], standard: int = 100) -> tuple[list[Any], str | None]:
    """The part of a list that Marker and MaxItems ask for, and the next marker."""
    marker = self._get_param("Marker")
    start = int(base64.b64decode(marker)) if marker else 0
    end = start + (self._get_int_param("MaxItems") or standard)
    return items[start:end], base64.b64encode(str(end).encode()).decode() if end < len(items) else None


def install() -> None:
    SERVICE_NAME_CONVERSION.update(SERVICES)

    @patch(IamResponse, "get_account_authorization_details")
    def get_account_authorization_details(original: Any, self: Any) -> Any:
        # GetAccountAuthorizationDetails: pages over users, groups, roles and policies together.
        lists = ("UserDetailList", "GroupDetailList", "RoleDetailList", "Policies")
        full = original(self).result
        items, marker = page(self, [(name, item) for name in lists for item in full[name]])
        result: dict[str, Any] = {name: [i for n, i in items if n == name] for name in lists}
        return ActionResult({**result, "IsTruncated": marker is not None, "Marker": marker})

    @patch(IamResponse, "list_instance_profiles")
    def list_instance_profiles(original: Any, self: Any) -> Any:
        # ListInstanceProfiles: PathPrefix and pages.
        prefix = self._get_param("PathPrefix") or "/"
        found = [p for p in self.backend.get_instance_profiles() if p.path.startswith(prefix)]
        items, marker = page(self, found)
        return ActionResult({"InstanceProfiles": items, "IsTruncated": marker is not None, "Marker": marker})

    @patch(IamResponse, "create_role")
    def create_role(original: Any, self: Any) -> Any:
        # CreateRole: the name's characters, and MalformedPolicyDocument for the trust policy.
        check_name(self._get_param("RoleName"), 64, "roleName")
        IAMTrustPolicyDocumentValidator(self._get_param("AssumeRolePolicyDocument") or "").validate()
        return original(self)

    @patch(IamResponse, "create_instance_profile")
    def create_instance_profile(original: Any, self: Any) -> Any:
        # CreateInstanceProfile: the name's characters; EC2 knows the profile only a while later.
        check_name(self._get_param("InstanceProfileName"), 128, "instanceProfileName")
        result = original(self)
        result.result["InstanceProfile"].spreading = Pending("instance_profile")
        return result

    @patch(IamResponse, "put_role_policy")
    def put_role_policy(original: Any, self: Any) -> Any:
        # PutRolePolicy: the inline policies of a role have 10,240 characters together, white space aside.
        role = self.backend.get_role(self._get_param("RoleName"))
        check_name(self._get_param("PolicyName"), 128, "policyName")
        documents = {**role.policies, self._get_param("PolicyName"): self._get_param("PolicyDocument")}
        if sum(len("".join(d.split())) for d in documents.values()) > INLINE:
            refuse(
                "LimitExceeded", f"Maximum policy size of {INLINE} bytes exceeded for role {role.name}", 409
            )
        return original(self)

    @patch(IAMBackend, "get_role")
    def get_role(original: Any, self: Any, role_name: str) -> Any:
        # NoSuchEntity: its wording.
        try:
            return original(self, role_name)
        except NotFoundException:
            raise NotFoundException(f"The role with name {role_name} cannot be found.") from None

    @patch(IAMBackend, "get_instance_profile")
    def get_instance_profile(original: Any, self: Any, profile_name: str) -> Any:
        # NoSuchEntity: its wording.
        try:
            return original(self, profile_name)
        except NotFoundException:
            raise NotFoundException(f"Instance Profile {profile_name} cannot be found.") from None

    @patch(IAMBackend, "remove_role_from_instance_profile")
    def remove_role_from_instance_profile(
        original: Any, self: Any, profile_name: str, role_name: str
    ) -> None:
        # RemoveRoleFromInstanceProfile: NoSuchEntity when the role is not in it.
        profile = self.get_instance_profile(profile_name)
        if role_name not in [r.name for r in profile.roles]:
            raise NotFoundException(f"The role with name {role_name} cannot be found.")
        return original(self, profile_name, role_name)

    @patch(IAMBackend, "create_service_linked_role")
    def create_service_linked_role(original: Any, self: Any, service_name: str, *args: Any) -> Any:
        # CreateServiceLinkedRole: InvalidInput when the service already has its role.
        path = f"/aws-service-role/{service_name}/"
        taken = next((r.name for r in self.get_roles() if r.path == path), None)
        if taken is not None and not (args[1] if len(args) > 1 else None):
            refuse(
                "InvalidInput",
                f"Service role name {taken} has been taken in this account, please try a different suffix.",
            )
        return original(self, service_name, *args)

    @patch(IAMBackend, "delete_role")
    def delete_role(original: Any, self: Any, role_name: str) -> None:
        # DeleteRole: a service's own role is not deleted so.
        role = self.get_role(role_name)
        if role.path.startswith("/aws-service-role/") and not getattr(role, "by_service", False):
            refuse(
                "UnmodifiableEntity",
                f"Cannot perform the operation on the protected role '{role_name}' - this role is only "
                "modifiable by AWS",
            )
        return original(self, role_name)

    @patch(IAMBackend, "delete_service_linked_role")
    def delete_service_linked_role(original: Any, self: Any, role_name: str) -> Any:
        # DeleteServiceLinkedRole: the way to delete it.
        self.get_role(role_name).by_service = True
        return original(self, role_name)

    def known_to_ec2(module: Any) -> None:
        @patch(module, "filter_iam_instance_profiles")
        def filter_iam_instance_profiles(original: Any, *args: Any, **kwargs: Any) -> Any:
            # RunInstances: InvalidParameterValue for a profile that EC2 does not know, or not yet.
            name, arn = kwargs.get("iam_instance_profile_name"), kwargs.get("iam_instance_profile_arn")
            try:
                profile = original(*args, **kwargs)
            except NotFoundException:
                profile = None
            pending = getattr(profile, "spreading", None)
            if profile is None or (pending is not None and not pending.over()):
                kind = "arn" if arn else "name"
                refuse(
                    "InvalidParameterValue",
                    f"Value ({arn or name}) for parameter iamInstanceProfile.{kind} is invalid. "
                    f"Invalid IAM Instance Profile {'ARN' if arn else 'name'}",
                )
            return profile

    known_to_ec2(ec2_profiles)
    known_to_ec2(ec2_instances)
    InstanceProfile.spreading = None
