"""CloudWatch Logs: tags go with their group, retention is one of the documented numbers of days.

A group that is made anew must not have the tags of the old one.
"""

from __future__ import annotations

import re
from typing import Any

from moto.logs.models import LogsBackend

from mend.core import patch, refuse

DAYS = (
    1,
    3,
    5,
    7,
    14,
    30,
    60,
    90,
    120,
    150,
    180,
    365,
    400,
    545,
    731,
    1096,
    1827,
    2192,
    2557,
    2922,
    3288,
    3653,
)
NAME = re.compile(r"[.\-_/#A-Za-z0-9]{1,512}")


def group_arn(backend: Any, arn: str) -> str:
    """The ARN that tags are kept under; ResourceNotFoundException when it names no resource."""
    plain = arn.removesuffix(":*")
    name = plain.split(":log-group:")[1] if ":log-group:" in plain else None
    if name is not None and name not in backend.groups:
        refuse("ResourceNotFoundException", "The specified resource does not exist.")
    return plain


def install() -> None:
    @patch(LogsBackend, "create_log_group")
    def create_log_group(original: Any, self: Any, log_group_name: str, tags: Any, **kwargs: Any) -> Any:
        # CreateLogGroup: the name's characters.
        if not NAME.fullmatch(log_group_name or ""):
            refuse(
                "InvalidParameterException",
                f"1 validation error detected: Value '{log_group_name}' at 'logGroupName' failed to satisfy "
                "constraint: Member must satisfy regular expression pattern: [\\.\\-_/#A-Za-z0-9]+",
            )
        return original(self, log_group_name, tags or {}, **kwargs)

    @patch(LogsBackend, "delete_log_group")
    def delete_log_group(original: Any, self: Any, log_group_name: str) -> None:
        # DeleteLogGroup: the tags go too.
        group = self.groups.get(log_group_name)
        original(self, log_group_name)
        if group is not None:
            self.tagger.delete_all_tags_for_resource(group.arn)

    @patch(LogsBackend, "put_retention_policy")
    def put_retention_policy(original: Any, self: Any, log_group_name: str, retention_in_days: Any) -> None:
        # PutRetentionPolicy: one of the possible values.
        if int(retention_in_days or 0) not in DAYS:
            refuse(
                "InvalidParameterException", f"The specified value {retention_in_days} is not one of {DAYS}"
            )
        return original(self, log_group_name, retention_in_days)

    @patch(LogsBackend, "tag_resource")
    def tag_resource(original: Any, self: Any, arn: str, tags: Any) -> None:
        # TagResource: the resource exists.
        return original(self, group_arn(self, arn), tags)

    @patch(LogsBackend, "untag_resource")
    def untag_resource(original: Any, self: Any, arn: str, tag_keys: Any) -> None:
        # UntagResource: the resource exists.
        return original(self, group_arn(self, arn), tag_keys)

    @patch(LogsBackend, "list_tags_for_resource")
    def list_tags_for_resource(original: Any, self: Any, resource_arn: str) -> Any:
        # ListTagsForResource: the resource exists.
        return original(self, group_arn(self, resource_arn))
