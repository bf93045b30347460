"""Autoscaling groups that keep their capacity as AWS documents it: real instances that take their time.

Before every request each group is brought nearer to what it should be. The operations are in
autoscaling_groups.py, autoscaling_policies.py and autoscaling_refresh.py.
"""

from __future__ import annotations

import uuid
from collections import Counter
from typing import Any

from moto.autoscaling.models import (
    ASG_NAME_TAG,
    AutoScalingBackend,
    FakeAutoScalingGroup,
    InstanceState,
    autoscaling_backends,
)
from moto.core.exceptions import ServiceException
from moto.core.utils import utcnow
from moto.ec2.models.launch_templates import LaunchTemplate
from moto.ec2.utils import convert_tag_spec, filter_iam_instance_profiles
from werkzeug.exceptions import HTTPException

from mend import clock, core
from mend.core import Pending, add, computed, patch, refuse
from mend.ec2_images import resolve

PROBLEMS = (ServiceException, HTTPException)
LIVE = ("Pending", "InService")
GONE = ("shutting-down", "terminated", "stopping", "stopped")
FULLY_FORMED = "You must use a valid fully-formed launch template. "


def words(problem: Exception) -> str:
    return str(getattr(problem, "message", "") or problem)


def suspended(group: Any, process: str) -> bool:
    return any(p["ProcessName"] == process for p in group.suspended_processes)


def live(group: Any) -> list[Any]:
    return [s for s in group.instance_states if s.lifecycle_state in LIVE]


def note(
    group: Any, description: str, cause: str, status: str = "Successful", message: str | None = None
) -> Any:
    """One entry of DescribeScalingActivities, newest first."""
    now = utcnow()
    activity = {
        "ActivityId": str(uuid.uuid4()),
        "AutoScalingGroupName": group.name,
        "AutoScalingGroupARN": group.arn,
        "Description": description,
        "Cause": f"At {now:%Y-%m-%dT%H:%M:%SZ} {cause}",
        "StartTime": now,
        "EndTime": now if status != "InProgress" else None,
        "StatusCode": status,
        "StatusMessage": message,
        "Progress": 100 if status != "InProgress" else 50,
        "Details": "{}",
    }
    group.__dict__.setdefault("mend_activities", []).insert(0, activity)
    del group.mend_activities[100:]
    return activity


# ---------------------------------------------------------------- launching


def version_of(group: Any) -> Any:
    """The launch template version that new instances get."""
    return group.ec2_launch_template.get_version(group.launch_template_version)


def next_subnet(group: Any) -> str | None:
    """The subnet with the fewest instances: a group is balanced over its zones."""
    if not group.vpc_zone_identifier:
        return None
    ids = [s.strip() for s in group.vpc_zone_identifier.split(",")]
    count = Counter(s.instance.subnet_id for s in live(group))
    return min(ids, key=lambda i: (count[i], ids.index(i)))


def launch(group: Any) -> Any:
    """Launches one instance, as RunInstances does with the group's template."""
    ec2 = group.ec2_backend
    if group.ec2_launch_template is None:
        before = len(group.instance_states)
        group.mend_launch(1)
        return group.instance_states[before]
    version = version_of(group)
    data = version.data
    nic = (data.get("NetworkInterfaces") or [{}])[0]
    specs = convert_tag_spec(data.get("TagSpecifications", []))
    tags = {**specs.get("instance", {}), **group.get_propagated_tags(), ASG_NAME_TAG: group.name}
    subnet = next_subnet(group)
    groups = data.get("SecurityGroupIds") or []
    if not groups and not nic.get("Groups") and not data.get("SecurityGroups") and subnet:
        default = ec2.get_default_security_group(ec2.get_subnet(subnet).vpc_id)
        groups = [default.id] if default else []
    policy = (group.mixed_instances_policy or {}).get("LaunchTemplate", {}).get("Overrides") or [{}]
    kwargs: dict[str, Any] = {
        "instance_type": policy[0].get("InstanceType") or version.instance_type,
        "is_instance_type_default": False,
        "region_name": group.region,
        "subnet_id": subnet,
        "placement": None if subnet else group.availability_zones[0],
        "key_name": data.get("KeyName"),
        "security_group_ids": list(groups),
        "tags": {"instance": tags},
        "launch_template": {
            "LaunchTemplateId": group.ec2_launch_template.id,
            "Version": str(version.number),
        },
        "client_token": str(uuid.uuid4()),
    }
    image, profile = resolve(ec2, version.image_id), data.get("IamInstanceProfile") or {}
    if profile:
        # Looked up first, so that no instance is left over when there is none.
        filter_iam_instance_profiles(
            ec2.account_id,
            partition=ec2.partition,
            iam_instance_profile_arn=profile.get("Arn"),
            iam_instance_profile_name=profile.get("Name"),
        )
    names = data.get("SecurityGroups") or []
    instance = ec2.run_instances(image, 1, version.user_data, names, **kwargs).instances[0]
    instance.autoscaling_group = group
    state = InstanceState(
        instance, "Pending", protected_from_scale_in=group.new_instances_protected_from_scale_in
    )
    state.mend_template = {
        "LaunchTemplateId": group.ec2_launch_template.id,
        "LaunchTemplateName": group.ec2_launch_template.name,
        "Version": str(version.number),
    }
    state.image_id = image
    group.instance_states.append(state)
    return state


def grow(group: Any, count: int) -> None:
    for _ in range(count):
        try:
            state = launch(group)
        except PROBLEMS as problem:
            text = f"{words(problem)} Launching EC2 instance failed."
            note(group, "Launching a new EC2 instance", "the capacity was too small.", "Failed", text)
            group.mend_retry = Pending("instance", 2.0)
            raise
        state.lifecycle_state = "Pending"
        state.mend_pending = Pending("instance:service")
        cause = "an instance was started in response to a difference between desired and actual capacity, "
        cause += f"increasing the capacity to {len(live(group))}."
        note(group, f"Launching a new EC2 instance: {state.instance.id}", cause)


# ---------------------------------------------------------------- terminating


def release(group: Any, state: Any, cause: str) -> None:
    """Takes an instance out of service: deregistered, terminated, in the group until it is gone."""
    state.lifecycle_state = "Terminating"
    for target_group in target_groups(group):
        target_group.deregister([{"Id": state.instance.id}])
    if state.instance.state not in ("shutting-down", "terminated"):
        state.instance.disable_api_termination = False
        group.ec2_backend.terminate_instances([state.instance.id])
    note(group, f"Terminating EC2 instance: {state.instance.id}", cause)


def victims(group: Any, count: int) -> list[Any]:
    """The instances that the termination policies choose."""
    left = [s for s in live(group) if not s.protected_from_scale_in]
    policy = (group.termination_policies or ["Default"])[0]
    chosen: list[Any] = []

    def age(state: Any) -> Any:
        return state.instance.launch_time

    def version(state: Any) -> int:
        number = str((state.launch_template or {}).get("Version", 0))
        return int(number) if number.isdigit() else 0

    while left and len(chosen) < count:
        zones = Counter(s.availability_zone for s in left)
        if policy == "NewestInstance":
            pick = max(left, key=age)
        elif policy == "OldestInstance":
            pick = min(left, key=age)
        elif policy == "OldestLaunchTemplate":
            pick = min(left, key=lambda s: (version(s), age(s)))
        else:
            pick = min(left, key=lambda s: (-zones[s.availability_zone], version(s), age(s)))
        left.remove(pick)
        chosen.append(pick)
    return chosen


def target_groups(group: Any) -> list[Any]:
    known = group.autoscaling_backend.elbv2_backend.target_groups
    return [known[arn] for arn in group.target_group_arns if arn in known]


def register(group: Any) -> None:
    """Has the instances in service registered with the group's target groups."""
    serving = [s.instance.id for s in group.instance_states if s.lifecycle_state == "InService"]
    for target_group in target_groups(group):
        missing = [{"Id": i} for i in serving if i not in target_group.targets]
        if missing and not suspended(group, "AddToLoadBalancer"):
            target_group.register(missing)


# ---------------------------------------------------------------- keeping


def reconcile(group: Any, strict: bool = False) -> None:
    """Brings the group nearer to its desired capacity; `strict` lets a launch's error through."""
    for state in list(group.instance_states):
        have = state.instance.state
        if state.lifecycle_state == "Terminating":
            if have == "terminated":
                group.instance_states.remove(state)
        elif have in GONE or (
            state.health_status == "Unhealthy" and not suspended(group, "ReplaceUnhealthy")
        ):
            state.health_status = "Unhealthy"
            release(group, state, "an instance was taken out of service in response to an EC2 health check.")
        elif state.lifecycle_state == "Pending" and have == "running":
            if getattr(state, "mend_pending", None) is None or state.mend_pending.over():
                state.lifecycle_state = "InService"
    if getattr(group, "mend_deleting", None) is not None:
        if not group.instance_states and group.mend_deleting.over():
            forget(group)
        return
    register(group)
    wanted = (group.desired_capacity or 0) + getattr(group, "mend_extra", 0) + leave(group)
    have = len(live(group))
    if have < wanted and not suspended(group, "Launch"):
        retry = getattr(group, "mend_retry", None)
        if strict or retry is None or retry.over():
            try:
                grow(group, wanted - have)
            except PROBLEMS:
                if strict:
                    raise
    elif have > wanted and not suspended(group, "Terminate"):
        for state in victims(group, have - wanted):
            release(group, state, "an instance was taken out of service, shrinking the capacity.")


def leave(group: Any) -> int:
    """Availability Zone rebalancing, as after a subnet was taken from the group: instances outside of its subnets
    go once others serve in their place. The number of those that are still there.
    """
    if not group.vpc_zone_identifier or suspended(group, "AZRebalance"):
        return 0
    ids = {s.strip() for s in group.vpc_zone_identifier.split(",")}
    outside = [s for s in live(group) if s.instance.subnet_id not in ids]
    serving = sum(s.lifecycle_state == "InService" for s in live(group)) - len(outside)
    if outside and serving >= (group.desired_capacity or 0):
        for state in outside:
            release(group, state, "an instance was taken out of service to balance the group over its zones.")
        return 0
    return len(outside)


def forget(group: Any) -> None:
    """DeleteAutoScalingGroup: its policies and scheduled actions go with it."""
    backend = group.autoscaling_backend
    backend.autoscaling_groups.pop(group.name, None)
    for table in (backend.policies, backend.scheduled_actions, backend.lifecycle_hooks):
        for key in [k for k, v in table.items() if v.auto_scaling_group_name == group.name]:
            del table[key]


def all_groups() -> list[Any]:
    return [
        group
        for account in list(autoscaling_backends.values())
        for backend in list(account.values())
        for group in list(backend.autoscaling_groups.values())
    ]


def keep() -> None:
    for group in all_groups():
        reconcile(group)


def install() -> None:
    core.DELAYS.setdefault("instance:service", 0.5)
    from_configuration = FakeAutoScalingGroup.replace_autoscaling_group_instances

    @add(FakeAutoScalingGroup, "mend_launch")
    def mend_launch(self: Any, count: int) -> None:
        from_configuration(self, count, self.get_propagated_tags())

    clock.watch(keep)

    @computed(InstanceState, "launch_template")
    def launch_template(self: Any, stored: Any) -> Any:
        # DescribeAutoScalingGroups: each instance names the version that it was launched with.
        return getattr(self, "mend_template", stored)

    @patch(FakeAutoScalingGroup, "set_desired_capacity")
    def set_desired_capacity(original: Any, self: Any, new_capacity: int | None) -> None:
        # SetDesiredCapacity: instances come and go one after another, over the group's zones.
        self.desired_capacity = self.min_size if new_capacity is None else new_capacity
        try:
            reconcile(self, strict=True)
        except PROBLEMS as problem:
            if self.name in self.autoscaling_backend.autoscaling_groups:
                return  # an existing group goes on trying, see DescribeScalingActivities
            for state in self.instance_states:
                self.ec2_backend.terminate_instances([state.instance.id])
            refuse("ValidationError", FULLY_FORMED + words(problem))

    @patch(FakeAutoScalingGroup, "replace_autoscaling_group_instances")
    def replace_instances(original: Any, self: Any, count_needed: int, propagated_tags: Any) -> None:
        # TerminateInstances on a group's instance: replaced when the group notices.
        reconcile(self)

    @patch(FakeAutoScalingGroup, "_set_launch_configuration")
    def set_launch_configuration(
        original: Any, self: Any, name: Any, template: Any, mixed_instances_policy: Any = None
    ) -> None:
        # CreateAutoScalingGroup, UpdateAutoScalingGroup: the template and its version have to exist.
        try:
            original(self, name, template, mixed_instances_policy)
            if (template or mixed_instances_policy) and isinstance(self.ec2_launch_template, LaunchTemplate):
                version_of(self)
        except PROBLEMS as problem:
            if getattr(problem, "code", "") == "ValidationError":
                raise
            refuse("ValidationError", FULLY_FORMED + words(problem))

    @patch(AutoScalingBackend, "update_attached_target_groups")
    def update_attached_target_groups(original: Any, self: Any, group_name: str) -> None:
        # AttachLoadBalancerTargetGroups: instances are registered once they are in service.
        register(self.autoscaling_groups[group_name])

    @patch(AutoScalingBackend, "notify_terminate_instances")
    def notify_terminate_instances(original: Any, self: Any, instance_ids: list[str]) -> None:
        # TerminateInstances: the group sees it with its next health check.
        return None
