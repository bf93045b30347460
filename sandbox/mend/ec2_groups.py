"""Security groups: kept while used or named, rules compared without their descriptions, all or nothing.

Drift in descriptions and half-applied rule sets are exactly what a provisioner must handle.
"""

from __future__ import annotations

import re
from typing import Any

from moto.core.responses import ActionResult
from moto.ec2.models import EC2Backend
from moto.ec2.models.security_groups import GroupedSecurityRuleView, SecurityGroup, SecurityGroupRule
from moto.ec2.responses import EC2Response

from mend.core import computed, patch, refuse
from mend.ec2_common import not_found, require
from mend.ec2_users import group_users

TEXT = re.compile(r"[a-zA-Z0-9 ._\-:/()#,@\[\]+=&;{}!$*]{0,255}")
RULE_TEXT = (
    "Invalid rule description. Valid descriptions are strings less than 256 characters from the following "
    "set:  a-zA-Z0-9. _-:/()#,@[]+=&;{}!$*"
)


def identity(rule: Any) -> tuple[Any, ...]:
    """What makes two rules of one direction the same rule."""
    group = rule.source_group or {}
    return (
        rule.ip_protocol,
        rule.from_port,
        rule.to_port,
        rule.ip_range.get("CidrIp"),
        rule.ip_range.get("CidrIpv6"),
        group.get("GroupId") or group.get("GroupName"),
        rule.prefix_list_id,
    )


def named(self: Any) -> Any:
    """The group that a request names; InvalidGroup.NotFound when there is none."""
    wanted = self._get_param("GroupId") or self._get_param("GroupName") or ""
    group = self.ec2_backend.get_security_group_by_name_or_id(wanted)
    if group is None:
        refuse("InvalidGroup.NotFound", f"The security group '{wanted}' does not exist")
    return group


def descriptions(permissions: list[dict[str, Any]]) -> list[str]:
    kinds = ("IpRanges", "Ipv6Ranges", "UserIdGroupPairs", "PrefixListIds")
    return [item.get("Description") or "" for p in permissions for kind in kinds for item in p.get(kind, [])]


def grouped(rules: list[Any]) -> list[Any]:
    """The rules as IpPermissions: one for each protocol and port range."""
    views: dict[tuple[Any, ...], Any] = {}
    for rule in rules:
        key = (rule.from_port, rule.to_port, rule.ip_protocol)
        view = views.setdefault(key, GroupedSecurityRuleView(*key))
        if rule.ip_range:
            view.all_ip_ranges.append(rule.ip_range)
        if rule.source_group:
            view.source_groups.append(rule.source_group)
        if rule.prefix_list_id:
            view.prefix_list_ids.append(rule.prefix_list)
    return list(views.values())


def install() -> None:
    @patch(SecurityGroupRule, "__init__")
    def init(original: Any, self: Any, *args: Any, **kwargs: Any) -> None:
        # AuthorizeSecurityGroup*: a prefix list's description is kept.
        original(self, *args, **kwargs)
        given = kwargs.get("prefix_list_id") or (args[7] if len(args) > 7 else None) or {}
        self.prefix_list = dict(given)

    @patch(SecurityGroupRule, "__eq__")
    def equal(original: Any, self: Any, other: Any) -> bool:
        # InvalidPermission.Duplicate: descriptions do not distinguish rules.
        return isinstance(other, SecurityGroupRule) and identity(self) == identity(other)

    @computed(SecurityGroupRule, "description")
    def description(self: Any, stored: Any) -> Any:
        # DescribeSecurityGroupRules: the description whatever the source is.
        sources = (self.ip_range, self.source_group, self.prefix_list)
        return next((s["Description"] for s in sources if s and s.get("Description")), None)

    @patch(SecurityGroup, "_flattened_rules")
    def flattened_rules(original: Any, self: Any, rules: list[Any]) -> list[Any]:
        # DescribeSecurityGroups: IpPermissions with the descriptions of prefix lists.
        return grouped(rules)

    @patch(EC2Response, "create_security_group")
    def create_security_group(original: Any, self: Any) -> Any:
        # CreateSecurityGroup: allowed characters only; the VPC exists; tags are returned.
        name, text = self._get_param("GroupName") or "", self._get_param("Description") or ""
        if name.startswith("sg-"):
            refuse(
                "InvalidParameterValue",
                f"Value ({name}) for parameter GroupName is invalid. "
                "Group names may not be in the format sg-*",
            )
        for label, value in (("GroupName", name), ("GroupDescription", text)):
            if not TEXT.fullmatch(value):
                refuse(
                    "InvalidParameterValue",
                    f"Value ({value}) for parameter {label} is invalid. "
                    "Character sets beyond ASCII are not supported.",
                )
        vpc_id = self._get_param("VpcId")
        if vpc_id:
            require([vpc_id], self.ec2_backend.vpcs)
        result = original(self).result
        return ActionResult(
            {**result, "Tags": self.ec2_backend.get_security_group_from_id(result["GroupId"]).get_tags()}
        )

    @patch(EC2Backend, "delete_security_group")
    def delete_security_group(original: Any, self: Any, name: Any = None, group_id: Any = None) -> Any:
        # DeleteSecurityGroup: not the default one, and not one that is used or named by another's rule.
        group = self.get_security_group_from_id(group_id) if group_id else None
        group = group or (self.get_security_group_by_name_or_id(name) if name else None)
        if group is None:
            if group_id:
                raise not_found(group_id)
            return original(self, name, group_id)
        if group.is_default:
            refuse(
                "CannotDelete",
                f'the specified group: "{group.id}" name: "default" cannot be deleted by a user',
            )
        if group_users(self, group.id):
            refuse("DependencyViolation", f"resource {group.id} has a dependent object")
        return self._delete_security_group(group.vpc_id, group.id)

    def whole(operation: str, direction: str, authorize: bool) -> None:
        attribute = f"{direction}_rules"

        @patch(EC2Response, operation)
        def all_or_nothing(original: Any, self: Any) -> Any:
            # Authorize/RevokeSecurityGroup*: all permissions or none; all added rules are returned.
            if authorize:
                texts = descriptions(self._get_param("IpPermissions", []))
                if not all(TEXT.fullmatch(t) for t in texts):
                    refuse("InvalidParameterValue", RULE_TEXT)
            group = named(self)
            known = {rule.id for rule in group.ingress_rules + group.egress_rules}
            if not authorize:
                require(self._get_param("SecurityGroupRuleIds", []), known)
            before = list(getattr(group, attribute))
            try:
                result = original(self)
            except Exception:
                setattr(group, attribute, before)
                raise
            if not authorize:
                return result
            added = [rule for rule in getattr(group, attribute) if rule.id not in known]
            return ActionResult({"Return": True, "SecurityGroupRules": added})

    whole("authorize_security_group_ingress", "ingress", True)
    whole("authorize_security_group_egress", "egress", True)
    whole("revoke_security_group_ingress", "ingress", False)
    whole("revoke_security_group_egress", "egress", False)

    def describing(direction: str) -> None:
        @patch(EC2Response, f"update_security_group_rule_descriptions_{direction}")
        def update_descriptions(original: Any, self: Any) -> Any:
            # UpdateSecurityGroupRuleDescriptions*: the rules exist; none given removes the old one.
            if not all(TEXT.fullmatch(t) for t in descriptions(self._get_param("IpPermissions", []))):
                refuse("InvalidParameterValue", RULE_TEXT)
            backend = self.ec2_backend
            group = named(self)
            rules = getattr(group, f"{direction}_rules")
            pairs = []
            for args in self._process_rules_from_querystring():
                sources = backend._add_source_group(args["source_groups"], None)
                for rule in backend._iterate_security_rules(
                    args["ip_protocol"],
                    group.id,
                    args["from_port"],
                    args["to_port"],
                    args["ip_ranges"],
                    sources,
                    args["prefix_list_ids"],
                    is_egress=direction == "egress",
                ):
                    if rule not in rules:
                        refuse(
                            "InvalidPermission.NotFound",
                            "The specified rule does not exist in this security group.",
                        )
                    pairs.append((rules[rules.index(rule)], rule))
            for old, new in pairs:
                for name in ("ip_range", "source_group", "prefix_list"):
                    source = getattr(old, name)
                    if source:
                        source.pop("Description", None)
                        text = getattr(new, name).get("Description")
                        if text:
                            source["Description"] = text
            return ActionResult({"Return": True})

    describing("ingress")
    describing("egress")
