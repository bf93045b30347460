"""Load balancers (ELBv2) as AWS documents them: idempotent create, states, all attributes, interfaces.

Target groups and listeners are in elbv2_targets.py and elbv2_listeners.py.
"""

from __future__ import annotations

import re
from typing import Any

from moto.core.responses import ActionResult
from moto.ec2.exceptions import InvalidSubnetIdError
from moto.elbv2.models import ELBv2Backend, FakeLoadBalancer
from moto.elbv2.responses import ELBV2Response
from moto.moto_api._internal import mock_random

from mend import managed_eni
from mend.core import begin, computed, patch, phase, refuse
from mend.elbv2_common import BOOLEAN, MAX_TAGS, ZONES, check_tags, check_values, page

# Attribute of an application load balancer: its default and what it may be (a pattern, or least and most).
ATTRIBUTES: dict[str, tuple[str, str | tuple[int, int]]] = {
    "access_logs.s3.enabled": ("false", BOOLEAN),
    "access_logs.s3.bucket": ("", r".*"),
    "access_logs.s3.prefix": ("", r".*"),
    "client_keep_alive.seconds": ("3600", (60, 604800)),
    "connection_logs.s3.enabled": ("false", BOOLEAN),
    "connection_logs.s3.bucket": ("", r".*"),
    "connection_logs.s3.prefix": ("", r".*"),
    "deletion_protection.enabled": ("false", BOOLEAN),
    "health_check_logs.s3.enabled": ("false", BOOLEAN),
    "health_check_logs.s3.bucket": ("", r".*"),
    "health_check_logs.s3.prefix": ("", r".*"),
    "idle_timeout.timeout_seconds": ("60", (1, 4000)),
    "ipv6.deny_all_igw_traffic": ("false", BOOLEAN),
    "load_balancing.cross_zone.enabled": ("true", r"true"),
    "routing.http.desync_mitigation_mode": ("defensive", r"monitor|defensive|strictest"),
    "routing.http.drop_invalid_header_fields.enabled": ("false", BOOLEAN),
    "routing.http.preserve_host_header.enabled": ("false", BOOLEAN),
    "routing.http.x_amzn_tls_version_and_cipher_suite.enabled": ("false", BOOLEAN),
    "routing.http.xff_client_port.enabled": ("false", BOOLEAN),
    "routing.http.xff_header_processing.mode": ("append", r"append|preserve|remove"),
    "routing.http2.enabled": ("true", BOOLEAN),
    "waf.fail_open.enabled": ("false", BOOLEAN),
    "zonal_shift.config.enabled": ("false", BOOLEAN),
}
LOGS = ("access_logs", "connection_logs", "health_check_logs")


def find_subnets(backend: Any, ids: list[str], kind: str) -> list[Any]:
    """The subnets of a load balancer, checked as CreateLoadBalancer and SetSubnets do."""
    ec2, subnets = backend.ec2_backend, []
    for subnet_id in ids:
        try:
            subnets.append(ec2.get_subnet(subnet_id))
        except InvalidSubnetIdError:
            refuse("SubnetNotFound", f"The subnet ID '{subnet_id}' does not exist")
    zones = [s.availability_zone for s in subnets]
    if kind == "application" and len(subnets) < 2:
        refuse(
            "ValidationError", "At least two subnets in two different Availability Zones must be specified"
        )
    if len(set(zones)) < len(zones):
        text = "A load balancer cannot be attached to multiple subnets in the same Availability Zone"
        refuse("InvalidConfigurationRequest", text)
    if len({s.vpc_id for s in subnets}) > 1:
        refuse("InvalidSubnet", "All subnets must belong to the same VPC")
    return subnets


def find_groups(backend: Any, ids: list[str], vpc_id: str) -> list[str]:
    ec2 = backend.ec2_backend
    if not ids:
        default = ec2.get_default_security_group(vpc_id)
        return [default.id] if default else []
    for group_id in ids:
        group = ec2.get_security_group_from_id(group_id)
        if group is None:
            refuse("InvalidSecurityGroup", f"The security group '{group_id}' does not exist")
        if group.vpc_id != vpc_id:
            refuse("InvalidConfigurationRequest", "One or more security groups are invalid")
    return list(dict.fromkeys(ids))


def check_name(name: str) -> None:
    what = f"The load balancer name '{name}'"
    if len(name) > 32:
        refuse("ValidationError", f"{what} cannot be longer than '32' characters")
    if not re.fullmatch(r"[A-Za-z0-9-]+", name):
        refuse(
            "ValidationError",
            f"{what} can only contain characters that are alphanumeric characters and hyphens(-)",
        )
    if name.startswith("-") or name.endswith("-"):
        refuse("ValidationError", f"{what} cannot begin or end with hyphens(-)")
    if name.startswith("internal-"):
        refuse("ValidationError", f"{what} cannot begin with 'internal-'")


def check_log_buckets(backend: Any, attrs: dict[str, str]) -> None:
    """ModifyLoadBalancerAttributes: a log's bucket has to exist and let Elastic Load Balancing write."""
    from moto.s3.models import s3_backends

    for kind in LOGS:
        if attrs.get(f"{kind}.s3.enabled") != "true":
            continue
        name = attrs.get(f"{kind}.s3.bucket")
        if not name:
            refuse("ValidationError", f"The value of '{kind}.s3.bucket' cannot be empty")
        bucket = s3_backends[backend.account_id][backend.partition].buckets.get(name)
        policy = getattr(bucket, "policy", None)
        text = policy.decode() if isinstance(policy, bytes) else str(policy or "")
        if bucket is None or not re.search(r"s3:(PutObject|\*)", text):
            refuse(
                "InvalidConfigurationRequest",
                f"Access Denied for bucket: {name}. Please check S3bucket permission",
            )


def settings(balancer: Any) -> tuple[Any, ...]:
    """What CreateLoadBalancer compares with a balancer of the same name."""
    subnets = tuple(sorted(s.id for s in balancer.subnets))
    groups = tuple(sorted(balancer.security_groups or []))
    return (balancer.scheme, balancer.type, balancer.ip_address_type, subnets, groups)


def attach(backend: Any, balancer: Any, subnets: list[Any]) -> None:
    """Gives the balancer an interface in each subnet, and takes it out of the others."""
    ec2 = backend.ec2_backend
    held = balancer.__dict__.setdefault("mend_enis", {})
    wanted = {s.id for s in subnets}
    managed_eni.drop(ec2, [held.pop(i) for i in list(held) if i not in wanted], "load_balancer:delete")
    text = "ELB " + balancer.arn.split(":loadbalancer/")[1]
    for subnet_id in wanted - set(held):
        held[subnet_id] = managed_eni.make(ec2, subnet_id, balancer.security_groups or [], text, "amazon-elb")


def install() -> None:
    computed(FakeLoadBalancer, "load_balancer_state")(
        # DescribeLoadBalancers: provisioning first, active later.
        lambda self, stored: {"Code": phase(self, "active")}
    )

    @patch(ELBv2Backend, "create_load_balancer")
    def create_load_balancer(
        original: Any,
        self: Any,
        name: str,
        security_groups: list[str],
        subnet_ids: list[str],
        subnet_mappings: Any = None,
        scheme: str | None = None,
        loadbalancer_type: str | None = None,
        ip_address_type: str = "ipv4",
        tags: Any = None,
    ) -> Any:
        # CreateLoadBalancer: the same name and settings give what exists, others DuplicateLoadBalancerName.
        check_name(name)
        check_tags(tags)
        kind = loadbalancer_type or "application"
        scheme = scheme or "internet-facing"
        ids = list(dict.fromkeys(subnet_ids or [m["SubnetId"] for m in subnet_mappings or []]))
        subnets = find_subnets(self, ids, kind)
        vpc_id = subnets[0].vpc_id if subnets else ""
        groups = (
            find_groups(self, security_groups or [], vpc_id) if kind == "application" else security_groups
        )
        known = next((b for b in self.load_balancers.values() if b.name == name), None)
        if known is not None:
            asked = (scheme, kind, ip_address_type, tuple(sorted(ids)), tuple(sorted(groups)))
            tagged = self.tagging_service.get_tag_dict_for_resource(known.arn)
            if settings(known) != asked or tagged != {t["Key"]: t.get("Value", "") for t in tags or []}:
                text = f"A load balancer with the same name '{name}' exists, but with different settings"
                refuse("DuplicateLoadBalancerName", text)
            return known
        if scheme == "internet-facing" and subnets:
            # CreateLoadBalancer: InvalidSubnet when the VPC of a public one has no internet gateway.
            gateways = self.ec2_backend.internet_gateways.values()
            if not any(g.vpc is not None and g.vpc.id == vpc_id for g in gateways):
                refuse("InvalidSubnet", f"VPC {vpc_id} has no internet gateway")
        balancer = original(self, name, groups, ids, None, scheme, kind, ip_address_type, tags)
        prefix = "internal-" if scheme == "internal" else ""
        number = mock_random.randint(100000000, 2147483647)
        balancer.dns_name = f"{prefix}{name}-{number}.{self.region_name}.elb.amazonaws.com"
        balancer.canonical_hosted_zone_id = ZONES.get(self.region_name, "Z2P70J7EXAMPLE")
        balancer.attrs = {key: default for key, (default, _) in ATTRIBUTES.items()}
        if scheme == "internal":
            balancer.attrs["ipv6.deny_all_igw_traffic"] = "true"
        begin(balancer, "load_balancer", "provisioning")
        attach(self, balancer, subnets)
        return balancer

    @patch(ELBv2Backend, "describe_load_balancers")
    def describe_load_balancers(original: Any, self: Any, arns: Any, names: Any) -> list[Any]:
        # DescribeLoadBalancers: LoadBalancerNotFound when any ARN or name does not exist.
        found = list(self.load_balancers.values())
        if arns:
            if any(arn not in self.load_balancers for arn in arns):
                refuse("LoadBalancerNotFound", "One or more load balancers not found")
            found = [b for b in found if b.arn in arns]
        if names:
            lost = [n for n in names if all(b.name != n for b in found)]
            if lost:
                refuse("LoadBalancerNotFound", f"Load balancers '[{', '.join(lost)}]' not found")
            found = [b for b in found if b.name in names]
        return found

    @patch(ELBV2Response, "describe_load_balancers")
    def describe_page(original: Any, self: Any) -> ActionResult:
        # DescribeLoadBalancers: pages of 400 by Marker.
        params = self._get_params()
        found = self.elbv2_backend.describe_load_balancers(
            params.get("LoadBalancerArns"), params.get("Names")
        )
        items, marker = page(found, params)
        return ActionResult({"LoadBalancers": items, "NextMarker": marker})

    @patch(ELBv2Backend, "delete_load_balancer")
    def delete_load_balancer(original: Any, self: Any, arn: str) -> None:
        # DeleteLoadBalancer: refused under deletion protection; its interfaces outlive it for a while.
        balancer = self.load_balancers.get(arn)
        if balancer is None:
            return
        if balancer.attrs.get("deletion_protection.enabled") == "true":
            text = f"Load balancer '{arn}' cannot be deleted because deletion protection is enabled"
            refuse("OperationNotPermitted", text)
        original(self, arn)
        for gone in (arn, *balancer.listeners):
            self.tagging_service.delete_all_tags_for_resource(gone)
        enis = balancer.__dict__.get("mend_enis", {})
        managed_eni.drop(self.ec2_backend, enis.values(), "load_balancer:delete")

    @patch(ELBv2Backend, "modify_load_balancer_attributes")
    def modify_load_balancer_attributes(original: Any, self: Any, arn: str, attrs: dict[str, str]) -> Any:
        # ModifyLoadBalancerAttributes: keys and values are checked, logs need a bucket that lets write.
        if arn not in self.load_balancers:
            refuse("LoadBalancerNotFound", f"Load balancer '{arn}' not found")
        balancer = self.load_balancers[arn]
        if balancer.type == "application":
            check_values(attrs, ATTRIBUTES, "Load balancer")
        if any(key.startswith(LOGS) for key in attrs):
            check_log_buckets(self, {**balancer.attrs, **attrs})
        return original(self, arn, attrs)

    @patch(ELBv2Backend, "set_security_groups")
    def set_security_groups(original: Any, self: Any, arn: str, sec_groups: list[str]) -> None:
        # SetSecurityGroups: InvalidSecurityGroup, and the interfaces change with it.
        if arn not in self.load_balancers:
            refuse("LoadBalancerNotFound", f"Load balancer '{arn}' not found")
        balancer = self.load_balancers[arn]
        if not sec_groups:
            refuse("InvalidConfigurationRequest", "A load balancer must have at least one security group")
        balancer.security_groups = find_groups(self, sec_groups, balancer.vpc_id)
        enis = balancer.__dict__.get("mend_enis", {})
        managed_eni.set_groups(self.ec2_backend, enis.values(), balancer.security_groups)

    @patch(ELBV2Response, "set_security_groups")
    def set_security_groups_answer(original: Any, self: Any) -> ActionResult:
        # SetSecurityGroups: the answer's member is SecurityGroupIds.
        params = self._get_params()
        arn = params["LoadBalancerArn"]
        self.elbv2_backend.set_security_groups(arn, params.get("SecurityGroups", []))
        return ActionResult({"SecurityGroupIds": self.elbv2_backend.load_balancers[arn].security_groups})

    @patch(ELBv2Backend, "set_subnets")
    def set_subnets(original: Any, self: Any, arn: str, subnets: Any, subnet_mappings: Any) -> Any:
        # SetSubnets: the checks of CreateLoadBalancer; the interfaces follow.
        if arn not in self.load_balancers:
            refuse("LoadBalancerNotFound", f"Load balancer '{arn}' not found")
        balancer = self.load_balancers[arn]
        ids = list(dict.fromkeys(subnets or [m["SubnetId"] for m in subnet_mappings or []]))
        balancer.subnets = find_subnets(self, ids, balancer.type)
        attach(self, balancer, balancer.subnets)
        return balancer.availability_zones

    @patch(ELBv2Backend, "add_tags")
    def add_tags(original: Any, self: Any, resource_arns: list[str], tags: list[dict[str, str]]) -> None:
        # AddTags: up to 50 tags a resource, up to 20 resources a call.
        check_tags(tags)
        for arn in resource_arns:
            self._get_resource_by_arn(arn)
            if (
                len({*self.tagging_service.get_tag_dict_for_resource(arn), *(t["Key"] for t in tags)})
                > MAX_TAGS
            ):
                refuse("TooManyTags", "The quota for the number of tags that can be assigned is reached")
        for arn in resource_arns:
            self.tagging_service.tag_resource(arn, tags)

    @patch(ELBv2Backend, "describe_tags")
    def describe_tags(original: Any, self: Any, resource_arns: list[str]) -> Any:
        # DescribeTags: up to 20 resources of any kind, NotFound for one that does not exist.
        if len(resource_arns) > 20:
            refuse("ValidationError", "Cannot describe tags of more than '20' resources at once")
        for arn in resource_arns:
            self._get_resource_by_arn(arn)
        return original(self, resource_arns)
