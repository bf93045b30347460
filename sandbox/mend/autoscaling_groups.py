"""The operations on autoscaling groups as AWS documents them: every field updated, deletes that wait.

moto replaces a group of the same name and orphans its instances, and deletes one with instances in it.
"""

from __future__ import annotations

from typing import Any

from moto.autoscaling.models import AutoScalingBackend, FakeAutoScalingGroup
from moto.autoscaling.responses import AutoScalingResponse
from moto.core.responses import ActionResult, EmptyResult

from mend.autoscaling import live, note, reconcile, release, target_groups
from mend.core import Pending, add, computed, patch, refuse

# Fields of CreateAutoScalingGroup and UpdateAutoScalingGroup that moto does not keep.
FIELDS = {
    "DefaultCooldown": "default_cooldown",
    "PlacementGroup": "placement_group",
    "TerminationPolicies": "termination_policies",
    "CapacityRebalance": "capacity_rebalance",
    "MaxInstanceLifetime": "max_instance_lifetime",
    "DefaultInstanceWarmup": "default_instance_warmup",
    "HealthCheckGracePeriod": "health_check_grace_period",
    "Context": "context",
    "DesiredCapacityType": "desired_capacity_type",
    "InstanceMaintenancePolicy": "instance_maintenance_policy",
    "AvailabilityZoneDistribution": "availability_zone_distribution",
    "AvailabilityZoneImpairmentPolicy": "availability_zone_impairment_policy",
    "CapacityReservationSpecification": "capacity_reservation_specification",
    "ServiceLinkedRoleARN": "service_linked_role_arn",
    "DeletionProtection": "deletion_protection",
}
POLICIES = (
    "Default",
    "AllocationStrategy",
    "ClosestToNextInstanceHour",
    "NewestInstance",
    "OldestInstance",
    "OldestLaunchConfiguration",
    "OldestLaunchTemplate",
)
METRICS = [
    f"Group{what}{unit}"
    for unit in ("Instances", "Capacity")
    for what in ("InService", "Pending", "Standby", "Terminating", "Total")
] + ["GroupMinSize", "GroupMaxSize", "GroupDesiredCapacity"]
# Backend methods whose first argument is the name of a group that has to exist.
NAMED = (
    "attach_instances",
    "detach_instances",
    "attach_load_balancers",
    "attach_load_balancer_target_groups",
    "describe_load_balancer_target_groups",
    "detach_load_balancer_target_groups",
    "suspend_processes",
    "resume_processes",
    "set_instance_protection",
    "enter_standby_instances",
    "exit_standby_instances",
    "enable_metrics_collection",
)


def find(backend: Any, name: str) -> Any:
    group = backend.autoscaling_groups.get(name)
    if group is None:
        refuse("ValidationError", f"AutoScalingGroup name not found - AutoScalingGroup '{name}' not found")
    return group


def check_sizes(least: int | None, most: int | None, desired: int | None) -> None:
    least, most = least or 0, most or 0
    if least > most:
        text = f"Max bound, {most}, must be greater than or equal to min bound, {least}"
        refuse("ValidationError", text)
    if desired is not None and not least <= desired <= most:
        text = (
            f"Desired capacity:{desired} must be between the specified min size:{least} and max size:{most}"
        )
        refuse("ValidationError", text)


def check_fields(params: dict[str, Any]) -> None:
    for policy in params.get("TerminationPolicies") or []:
        if policy not in POLICIES and not policy.startswith("arn:"):
            refuse("ValidationError", f"Termination policy '{policy}' is not valid")
    lifetime = params.get("MaxInstanceLifetime")
    if lifetime is not None and lifetime != 0 and int(lifetime) < 86400:
        refuse("ValidationError", "Max instance lifetime must be either 0 or at least 86400 seconds")
    if params.get("HealthCheckType") not in (None, "EC2", "ELB", "EBS", "VPC_LATTICE"):
        refuse("ValidationError", f"Health check type '{params['HealthCheckType']}' is not valid")


def check_target_groups(backend: Any, arns: list[str]) -> None:
    if any(arn not in backend.elbv2_backend.target_groups for arn in arns):
        refuse(
            "ValidationError",
            "Provided Target Groups may not be valid. Please ensure they exist and try again.",
        )


def check_subnets(backend: Any, identifier: str | None) -> None:
    known = {s for zone in backend.ec2_backend.subnets.values() for s in zone}
    for subnet in (identifier or "").split(","):
        if subnet.strip() and subnet.strip() not in known:
            refuse("ValidationError", f"The subnet ID '{subnet.strip()}' does not exist")


def set_fields(group: Any, params: dict[str, Any]) -> None:
    for name, attribute in FIELDS.items():
        if params.get(name) is not None:
            setattr(group, attribute, params[name])
    if not group.termination_policies:
        group.termination_policies = ["Default"]
    if getattr(group, "max_instance_lifetime", None) == 0:
        group.max_instance_lifetime = None
    if getattr(group, "default_instance_warmup", None) == -1:
        group.default_instance_warmup = None


def install() -> None:
    computed(FakeAutoScalingGroup, "traffic_sources")(
        # DescribeAutoScalingGroups: target groups are traffic sources too.
        lambda self, stored: [{"Identifier": arn, "Type": "elbv2"} for arn in self.target_group_arns]
    )
    for method in NAMED:

        @patch(AutoScalingBackend, method)
        def named(original: Any, self: Any, group_name: str, *args: Any, **kwargs: Any) -> Any:
            # ValidationError for a group that does not exist.
            find(self, group_name)
            return original(self, group_name, *args, **kwargs)

    @patch(AutoScalingResponse, "create_auto_scaling_group")
    def create(original: Any, self: Any) -> ActionResult:
        # CreateAutoScalingGroup: AlreadyExists; sizes, subnets, target groups checked; every field kept.
        params, backend = self._get_params(), self.autoscaling_backend
        name = params["AutoScalingGroupName"]
        if name in backend.autoscaling_groups:
            pending = getattr(backend.autoscaling_groups[name], "mend_deleting", None) is not None
            text = f"A group with the name {name} already exists{' and is pending delete' if pending else ''}"
            refuse("AlreadyExists", f"AutoScalingGroup by this name already exists - {text}")
        check_sizes(params.get("MinSize"), params.get("MaxSize"), params.get("DesiredCapacity"))
        check_fields(params)
        sources = [s["Identifier"] for s in params.get("TrafficSources") or []]
        params["TargetGroupARNs"] = [*(params.get("TargetGroupARNs") or []), *sources]
        check_target_groups(backend, params["TargetGroupARNs"])
        check_subnets(backend, params.get("VPCZoneIdentifier"))
        result = original(self)
        group = backend.autoscaling_groups[name]
        group.health_check_grace_period = 0
        set_fields(group, params)
        for hook in params.get("LifecycleHookSpecificationList") or []:
            backend.create_lifecycle_hook(
                hook["LifecycleHookName"],
                name,
                hook["LifecycleTransition"],
                hook.get("HeartbeatTimeout"),
                hook.get("DefaultResult"),
            )
        return result

    @patch(AutoScalingResponse, "update_auto_scaling_group")
    def update(original: Any, self: Any) -> ActionResult:
        # UpdateAutoScalingGroup: every field; a new minimum or maximum takes the desired capacity along.
        params, backend = self._get_params(), self.autoscaling_backend
        group = find(backend, params["AutoScalingGroupName"])
        if getattr(group, "mend_deleting", None) is not None:
            refuse("ScalingActivityInProgress", f"AutoScalingGroup {group.name} is pending delete")
        check_fields(params)
        check_subnets(backend, params.get("VPCZoneIdentifier"))
        least = params.get("MinSize", group.min_size)
        most = params.get("MaxSize", group.max_size)
        desired = params.get("DesiredCapacity")
        check_sizes(least, most, desired)
        if desired is None:
            desired = min(max(group.desired_capacity, least), most)
        kept = group.mixed_instances_policy
        params["DesiredCapacity"] = desired
        if params.get("MixedInstancesPolicy") is None and not params.get("LaunchTemplate"):
            params["MixedInstancesPolicy"] = kept
        set_fields(group, params)
        return original(self)

    @patch(AutoScalingBackend, "set_desired_capacity")
    def set_desired_capacity(original: Any, self: Any, group_name: str, desired_capacity: Any) -> None:
        # SetDesiredCapacity: between the minimum and the maximum.
        group = find(self, group_name)
        if desired_capacity is not None:
            if desired_capacity > group.max_size:
                text = f"is above max value {group.max_size} for the AutoScalingGroup."
                refuse("ValidationError", f"New SetDesiredCapacity value {desired_capacity} {text}")
            if desired_capacity < group.min_size:
                text = f"is below min value {group.min_size} for the AutoScalingGroup."
                refuse("ValidationError", f"New SetDesiredCapacity value {desired_capacity} {text}")
        return original(self, group_name, desired_capacity)

    @patch(AutoScalingResponse, "delete_auto_scaling_group")
    def delete(original: Any, self: Any) -> ActionResult:
        # DeleteAutoScalingGroup: ResourceInUse with instances unless forced, then in deletion for a while.
        group = find(self.autoscaling_backend, self._get_param("AutoScalingGroupName"))
        force = self._get_bool_param("ForceDelete", False)
        guard = getattr(group, "deletion_protection", None)
        if guard == "prevent-all-deletion" or (guard == "prevent-force-deletion" and force):
            text = f"AutoScalingGroup {group.name} cannot be deleted with deletion protection {guard}"
            refuse("ResourceInUse", text)
        if not force and live(group):
            text = "You cannot delete an AutoScalingGroup while there are instances or pending Spot instance "
            refuse("ResourceInUse", text + "request(s) still in the group.")
        if not force and group.instance_states:
            text = "You cannot delete an AutoScalingGroup while there are scaling activities in progress "
            refuse("ScalingActivityInProgress", text + "for that group.")
        if getattr(group, "mend_deleting", None) is None:
            group.status = "Delete in progress"
            group.mend_deleting = Pending("autoscaling_group:delete")
            group.desired_capacity = group.min_size = 0
            for state in list(group.instance_states):
                if state.lifecycle_state != "Terminating":
                    release(group, state, "the group was deleted.")
        return EmptyResult()

    @patch(AutoScalingBackend, "delete_auto_scaling_group")
    def delete_for_stack(original: Any, self: Any, group_name: str) -> None:
        # CloudFormation deletes a group with its instances.
        group = find(self, group_name)
        for state in list(group.instance_states):
            release(group, state, "the group was deleted.")
        self.autoscaling_groups.pop(group_name)

    @patch(AutoScalingResponse, "describe_auto_scaling_groups")
    def describe(original: Any, self: Any) -> ActionResult:
        # DescribeAutoScalingGroups: names, filters, pages of 50 up to 100.
        params = self._get_params()
        found = self.autoscaling_backend.describe_auto_scaling_groups(
            params.get("AutoScalingGroupNames", []), filters=params.get("Filters", [])
        )
        items, token = page(sorted(found, key=lambda g: g.name), params, lambda g: g.name)
        return ActionResult({"AutoScalingGroups": items, "NextToken": token})

    @patch(AutoScalingResponse, "describe_scaling_activities")
    def describe_scaling_activities(original: Any, self: Any) -> ActionResult:
        # DescribeScalingActivities: what the group did, newest first, failures with their reason.
        params, groups = self._get_params(), self.autoscaling_backend.autoscaling_groups
        name = params.get("AutoScalingGroupName")
        chosen = [find(self.autoscaling_backend, name)] if name else list(groups.values())
        found = [a for g in chosen for a in getattr(g, "mend_activities", [])]
        wanted = params.get("ActivityIds")
        found = [a for a in found if not wanted or a["ActivityId"] in wanted]
        items, token = page(found, params, lambda a: a["ActivityId"])
        return ActionResult({"Activities": items, "NextToken": token})

    @patch(AutoScalingBackend, "attach_load_balancer_target_groups")
    def attach_target_groups(original: Any, self: Any, group_name: str, target_group_arns: list[str]) -> None:
        # AttachLoadBalancerTargetGroups: ValidationError for a target group that does not exist.
        check_target_groups(self, target_group_arns)
        return original(self, group_name, target_group_arns)

    @patch(AutoScalingBackend, "detach_load_balancer_target_groups")
    def detach_target_groups(original: Any, self: Any, group_name: str, target_group_arns: list[str]) -> None:
        # DetachLoadBalancerTargetGroups: deregisters the group's instances.
        group = find(self, group_name)
        for target_group in target_groups(group):
            if target_group.arn in target_group_arns:
                target_group.deregister([{"Id": s.instance.id} for s in group.instance_states])
        group.target_group_arns = [arn for arn in group.target_group_arns if arn not in target_group_arns]

    @patch(AutoScalingResponse, "terminate_instance_in_auto_scaling_group")
    def terminate(original: Any, self: Any) -> ActionResult:
        # TerminateInstanceInAutoScalingGroup: replaced unless the desired capacity shrinks.
        name, shrink = self._get_param("InstanceId"), self._get_bool_param(
            "ShouldDecrementDesiredCapacity", False
        )
        for group in self.autoscaling_backend.autoscaling_groups.values():
            for state in group.instance_states:
                if state.instance.id != name or state.lifecycle_state == "Terminating":
                    continue
                if shrink and group.desired_capacity <= (group.min_size or 0):
                    text = f"Currently, desiredSize equals minSize ({group.min_size}). Terminating instance "
                    text += "without replacement will violate group's min size constraint. Either set "
                    text += "shouldDecrementDesiredCapacity flag to false or lower group's min size."
                    refuse("ValidationError", text)
                if shrink:
                    group.desired_capacity -= 1
                release(
                    group, state, f"instance {name} was taken out of service in response to a user request."
                )
                activity = {**group.mend_activities[0], "StatusCode": "InProgress", "EndTime": None}
                reconcile(group)
                return ActionResult({"Activity": activity})
        refuse("ValidationError", f"Instance Id not found - No managed instance found for instance ID {name}")

    @patch(AutoScalingBackend, "create_or_update_tags")
    def create_or_update_tags(original: Any, self: Any, tags: list[dict[str, Any]]) -> None:
        # CreateOrUpdateTags: the group has to exist.
        for tag in tags:
            find(self, tag["ResourceId"])
            tag.setdefault("Value", "")
        return original(self, [dict(t) for t in tags])

    @patch(AutoScalingBackend, "delete_tags")
    def delete_tags(original: Any, self: Any, tags: list[dict[str, Any]]) -> None:
        # DeleteTags: the group has to exist.
        for tag in tags:
            find(self, tag["ResourceId"])
        return original(self, tags)

    @patch(AutoScalingBackend, "enable_metrics_collection")
    def enable_metrics_collection(original: Any, self: Any, group_name: str, metrics: Any) -> None:
        # EnableMetricsCollection: all metrics without a list, added to those enabled.
        group = find(self, group_name)
        group.metrics = list(dict.fromkeys([*group.metrics, *(metrics or METRICS)]))

    @add(AutoScalingResponse, "disable_metrics_collection")
    def disable_metrics_collection(self: Any) -> ActionResult:
        # DisableMetricsCollection: all metrics without a list.
        group = find(self.autoscaling_backend, self._get_param("AutoScalingGroupName"))
        gone = self._get_param("Metrics") or group.metrics
        group.metrics = [m for m in group.metrics if m not in gone]
        return EmptyResult()


def page(items: list[Any], params: dict[str, Any], name: Any) -> tuple[list[Any], str | None]:
    """One page by NextToken and MaxRecords; a token is the name of the last one given."""
    token, size = params.get("NextToken"), int(params.get("MaxRecords") or 50)
    start = 0
    if token:
        names = [name(i) for i in items]
        start = names.index(token) + 1 if token in names else sum(n <= token for n in names)
    chosen = items[start : start + size]
    return chosen, name(chosen[-1]) if len(items) > start + size else None


__all__ = ["find", "install", "note", "page"]
