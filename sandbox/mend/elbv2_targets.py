"""Target groups (ELBv2) as AWS documents them: idempotent create, all attributes, health that takes its time.

What routes to a target group is read from the listeners whenever it is asked for: moto notes it once.
"""

from __future__ import annotations

from typing import Any

from moto.core.responses import ActionResult
from moto.elbv2.models import ELBv2Backend, FakeTargetGroup, elbv2_backends
from moto.elbv2.responses import ELBV2Response

from mend.core import Pending, computed, patch, refuse
from mend.elbv2_common import BOOLEAN, check_tags, check_values, page

WEEK = 604800
COUNT = r"off|[1-9][0-9]*"
PERCENTAGE = r"off|[1-9][0-9]?|100"
HEALTH = "target_group_health"
# Attribute of a target group behind an application load balancer: default and what it may be.
ATTRIBUTES: dict[str, tuple[str, str | tuple[int, int]]] = {
    f"{HEALTH}.unhealthy_state_routing.minimum_healthy_targets.count": ("1", r"[1-9][0-9]*"),
    f"{HEALTH}.unhealthy_state_routing.minimum_healthy_targets.percentage": ("off", PERCENTAGE),
    f"{HEALTH}.dns_failover.minimum_healthy_targets.count": ("1", COUNT),
    f"{HEALTH}.dns_failover.minimum_healthy_targets.percentage": ("off", PERCENTAGE),
    "deregistration_delay.timeout_seconds": ("300", (0, 3600)),
    "stickiness.enabled": ("false", BOOLEAN),
    "stickiness.type": ("lb_cookie", r"lb_cookie|app_cookie"),
    "stickiness.lb_cookie.duration_seconds": ("86400", (1, WEEK)),
    "stickiness.app_cookie.cookie_name": ("", r".*"),
    "stickiness.app_cookie.duration_seconds": ("86400", (1, WEEK)),
    "slow_start.duration_seconds": ("0", r"0|[3-9][0-9]|[1-8][0-9]{2}|900"),
    "load_balancing.algorithm.type": (
        "round_robin",
        r"round_robin|least_outstanding_requests|weighted_random",
    ),
    "load_balancing.algorithm.anomaly_mitigation": ("off", r"on|off"),
    "load_balancing.cross_zone.enabled": (
        "use_load_balancer_configuration",
        rf"{BOOLEAN}|use_load_balancer_configuration",
    ),
}
# What CreateTargetGroup compares with a group of the same name.
SETTINGS = (
    "protocol",
    "protocol_version",
    "port",
    "vpc_id",
    "target_type",
    "ip_address_type",
    "health_check_enabled",
    "health_check_protocol",
    "health_check_port",
    "health_check_path",
    "health_check_interval_seconds",
    "health_check_timeout_seconds",
    "healthy_threshold_count",
    "unhealthy_threshold_count",
    "matcher",
)


def same(left: Any, right: Any) -> bool:
    return all(str(getattr(left, n, None)) == str(getattr(right, n, None)) for n in SETTINGS)


def routed(backend: Any, action: Any) -> list[str]:
    """The target groups of an action, weighted ones too."""
    found = [g["TargetGroupArn"] for g in (action.data.get("ForwardConfig") or {}).get("TargetGroups", [])]
    return found or ([action.data["TargetGroupArn"]] if action.data.get("TargetGroupArn") else [])


def balancers_of(backend: Any, group_arn: str) -> list[str]:
    """The load balancers whose listeners or rules route to the group."""
    return [
        balancer.arn
        for balancer in backend.load_balancers.values()
        if any(
            group_arn in routed(backend, action)
            for listener in balancer.listeners.values()
            for rule in listener.rules.values()
            for action in rule.actions
        )
    ]


def check_algorithm(attrs: dict[str, str], given: dict[str, str]) -> None:
    """ModifyTargetGroupAttributes: which attributes go together."""
    kind = attrs["load_balancing.algorithm.type"]
    if attrs["load_balancing.algorithm.anomaly_mitigation"] == "on" and kind != "weighted_random":
        refuse(
            "InvalidConfigurationRequest",
            f"You cannot enable anomaly mitigation for target groups that use the {kind} algorithm",
        )
    if attrs["slow_start.duration_seconds"] != "0" and kind != "round_robin":
        refuse(
            "InvalidConfigurationRequest",
            f"You cannot enable slow start for target groups that use the {kind} algorithm",
        )
    if attrs["stickiness.type"] == "app_cookie" and not attrs["stickiness.app_cookie.cookie_name"]:
        refuse(
            "InvalidConfigurationRequest",
            "You must set an application cookie name to enable stickiness of type 'app_cookie'",
        )
    if given.get("stickiness.app_cookie.cookie_name", "").startswith("AWSALB"):
        refuse("InvalidConfigurationRequest", "Cookie names that start with AWSALB are reserved")


def health(group: Any, target: dict[str, Any]) -> dict[str, Any]:
    """One entry of DescribeTargetHealth."""
    known = group.targets.get(target["Id"])
    draining = group.deregistered_targets.get(target["Id"])
    port = int(target.get("Port") or (known or draining or {}).get("Port") or group.port or 0)
    check = group.health_check_port
    entry: dict[str, Any] = {
        "Target": {"Id": target["Id"], "Port": port},
        "HealthCheckPort": str(port) if check in (None, "traffic-port") else str(check),
    }
    state: tuple[str, ...]
    if known is None and draining is not None and not draining["pending"].over():
        state = ("draining", "Target.DeregistrationInProgress", "Target deregistration is in progress")
    elif known is None:
        state = ("unused", "Target.NotRegistered", "Target is not registered to the target group")
    elif not group.load_balancer_arns:
        text = "Target group is not configured to receive traffic from the load balancer"
        state = ("unused", "Target.NotInUse", text)
    else:
        instance = group.ec2_backend.get_instance_by_id(known["Id"]) if known["Id"].startswith("i-") else None
        if instance is not None and instance.state not in ("running", "pending"):
            state = ("unused", "Target.InvalidState", f"Target is in the {instance.state} state")
        elif not known["pending"].over():
            state = ("initial", "Elb.RegistrationInProgress", "Target registration is in progress")
        else:
            state = ("healthy",)
    entry["TargetHealth"] = dict(zip(("State", "Reason", "Description"), state))
    return entry


def install() -> None:
    @computed(FakeTargetGroup, "load_balancer_arns")
    def load_balancer_arns(self: Any, stored: Any) -> list[str]:
        # DescribeTargetGroups: LoadBalancerArns follow ModifyListener, DeleteListener and DeleteLoadBalancer.
        return balancers_of(elbv2_backends[self.account_id][self.region_name], self.arn)

    @patch(ELBv2Backend, "_any_listener_using")
    def any_listener_using(original: Any, self: Any, target_group_arn: str) -> bool:
        # DeleteTargetGroup: ResourceInUse through a weighted forward too.
        return bool(balancers_of(self, target_group_arn))

    @patch(ELBv2Backend, "create_target_group")
    def create_target_group(original: Any, self: Any, name: str, **kwargs: Any) -> Any:
        # CreateTargetGroup: the same name and settings give what exists, others DuplicateTargetGroupName.
        check_tags(kwargs.get("tags"))
        for key in ("healthcheck_interval_seconds", "healthcheck_timeout_seconds"):
            least, most = (5, 300) if "interval" in key else (2, 120)
            if kwargs.get(key) is not None and not least <= int(kwargs[key]) <= most:
                what = "interval" if "interval" in key else "timeout"
                text = f"Health check {what} '{kwargs[key]}' must be between '{least}-{most}' seconds"
                refuse("ValidationError", text)
        for key in ("healthy_threshold_count", "unhealthy_threshold_count"):
            if kwargs.get(key) is not None and not 2 <= int(kwargs[key]) <= 10:
                text = f"Health check threshold count '{kwargs[key]}' must be between '2' and '10' inclusive"
                refuse("ValidationError", text)
        known = next((g for g in self.target_groups.values() if g.name == name), None)
        if known is not None:
            del self.target_groups[known.arn]
        fresh = None
        try:
            fresh = original(self, name, **kwargs)
        finally:
            if known is not None:
                if fresh is not None:
                    del self.target_groups[fresh.arn]
                self.target_groups[known.arn] = known
        if known is not None:
            tags = self.tagging_service.get_tag_dict_for_resource
            equal = same(known, fresh) and tags(known.arn) == tags(fresh.arn)
            self.tagging_service.delete_all_tags_for_resource(fresh.arn)
            if not equal:
                text = f"A target group with the same name '{name}' exists, but with different settings"
                refuse("DuplicateTargetGroupName", text)
            return known
        if fresh.protocol in ("HTTP", "HTTPS"):
            fresh.attributes = {key: default for key, (default, _) in ATTRIBUTES.items()}
        return fresh

    @patch(ELBv2Backend, "delete_target_group")
    def delete_target_group(original: Any, self: Any, target_group_arn: str) -> Any:
        # DeleteTargetGroup: ResourceInUse while a listener or rule routes to it; its tags go with it.
        if target_group_arn in self.target_groups and balancers_of(self, target_group_arn):
            text = f"Target group '{target_group_arn}' is currently in use by a listener or a rule"
            refuse("ResourceInUse", text)
        found = original(self, target_group_arn)
        self.tagging_service.delete_all_tags_for_resource(target_group_arn)
        return found

    @patch(ELBv2Backend, "modify_target_group_attributes")
    def modify_target_group_attributes(
        original: Any, self: Any, target_group_arn: str, attributes: Any
    ) -> None:
        # ModifyTargetGroupAttributes: keys, values and their combinations are checked.
        group = self.target_groups.get(target_group_arn)
        if group is None or group.protocol not in ("HTTP", "HTTPS"):
            return original(self, target_group_arn, attributes)
        check_values(attributes, ATTRIBUTES, "Target group")
        check_algorithm({**group.attributes, **attributes}, attributes)
        group.attributes.update(attributes)

    @patch(ELBV2Response, "modify_target_group_attributes")
    def modify_answer(original: Any, self: Any) -> ActionResult:
        # ModifyTargetGroupAttributes: the answer has all attributes.
        params = self._get_params()
        arn = params["TargetGroupArn"]
        given = {a["Key"]: a.get("Value", "") for a in params.get("Attributes", [])}
        self.elbv2_backend.modify_target_group_attributes(arn, given)
        return ActionResult({"Attributes": self.elbv2_backend.target_groups[arn].attributes})

    @patch(ELBv2Backend, "describe_target_groups")
    def describe_target_groups(
        original: Any, self: Any, load_balancer_arn: Any, target_group_arns: Any, names: Any
    ):
        # DescribeTargetGroups: a load balancer without target groups gives an empty list.
        if (
            load_balancer_arn
            and load_balancer_arn in self.load_balancers
            and not (target_group_arns or names)
        ):
            found = [g for g in self.target_groups.values() if load_balancer_arn in g.load_balancer_arns]
            return sorted(found, key=lambda g: g.name)
        return original(self, load_balancer_arn, target_group_arns, names)

    @patch(ELBV2Response, "describe_target_groups")
    def describe_page(original: Any, self: Any) -> ActionResult:
        # DescribeTargetGroups: pages of 400 by Marker.
        params = self._get_params()
        found = self.elbv2_backend.describe_target_groups(
            params.get("LoadBalancerArn"), params.get("TargetGroupArns", []), params.get("Names", [])
        )
        items, marker = page(list(found), params)
        return ActionResult({"TargetGroups": items, "NextMarker": marker})

    @patch(ELBv2Backend, "modify_target_group")
    def modify_target_group(original: Any, self: Any, arn: str, *args: Any, **kwargs: Any) -> Any:
        # ModifyTargetGroup: the timeout has to be smaller than the interval.
        group = self.target_groups.get(arn)
        if group is not None:
            interval = kwargs.get("health_check_interval") or (args[3] if len(args) > 3 else None)
            timeout = kwargs.get("health_check_timeout") or (args[4] if len(args) > 4 else None)
            interval = int(interval or group.health_check_interval_seconds)
            timeout = int(timeout or group.health_check_timeout_seconds)
            if timeout >= interval and group.protocol in ("HTTP", "HTTPS"):
                text = f"Health check timeout '{timeout}' must be smaller than the interval '{interval}'"
                refuse("ValidationError", text)
        return original(self, arn, *args, **kwargs)

    @patch(FakeTargetGroup, "register")
    def register(original: Any, self: Any, targets: list[dict[str, Any]]) -> None:
        # RegisterTargets: a target is initial for a while; registering it again changes nothing.
        for target in targets:
            known = self.targets.get(target["Id"])
            fresh = {"Id": target["Id"], "Port": target.get("Port") or self.port}
            if known is not None and known["Port"] == fresh["Port"]:
                continue
            original(self, [target])
            self.targets[target["Id"]] = {**fresh, "pending": Pending("target:register")}

    @patch(FakeTargetGroup, "deregister")
    def deregister(original: Any, self: Any, targets: list[dict[str, Any]]) -> None:
        # DeregisterTargets: draining for a while; a target that is not registered is no error.
        for target in targets:
            known = self.targets.pop(target["Id"], None)
            if known is not None:
                self.deregistered_targets[target["Id"]] = {**known, "pending": Pending("target:deregister")}

    @patch(FakeTargetGroup, "deregister_terminated_instances")
    def deregister_terminated_instances(original: Any, self: Any, instance_ids: list[str]) -> None:
        # TerminateInstances: a terminated instance is deregistered.
        self.deregister([{"Id": i} for i in instance_ids if i in self.targets])

    @patch(ELBv2Backend, "describe_target_health")
    def describe_target_health(original: Any, self: Any, target_group_arn: str, targets: Any) -> list[Any]:
        # DescribeTargetHealth: initial, healthy, draining, unused with AWS's reasons.
        group = self.target_groups.get(target_group_arn)
        if group is None:
            refuse("TargetGroupNotFound", "One or more target groups not found")
        if not targets:
            drained = group.deregistered_targets
            for name in [n for n, t in drained.items() if t["pending"].over()]:
                del drained[name]
            targets = [*group.targets.values(), *drained.values()]
        return [health(group, target) for target in targets]
