"""Instance refreshes as AWS documents them: instances replaced batch by batch by the current template.

moto has none.
"""

from __future__ import annotations

import copy
import math
import uuid
from typing import Any

from moto.autoscaling.responses import AutoScalingResponse
from moto.core.responses import ActionResult
from moto.core.utils import utcnow

from mend import clock
from mend.autoscaling import PROBLEMS, all_groups, live, reconcile, release, version_of, words
from mend.autoscaling_groups import find, page
from mend.core import Pending, add, refuse

ACTIVE = ("Pending", "InProgress", "Cancelling", "RollbackInProgress", "Baking")
DEFAULTS: dict[str, Any] = {
    "MinHealthyPercentage": 90,
    "SkipMatching": False,
    "AutoRollback": False,
    "ScaleInProtectedInstances": "Wait",
    "StandbyInstances": "Wait",
}


class Refresh:
    """One instance refresh; its public attributes are what DescribeInstanceRefreshes shows."""

    def __init__(self, group: Any, strategy: str, preferences: dict[str, Any], desired: Any) -> None:
        self.instance_refresh_id = str(uuid.uuid4())
        self.auto_scaling_group_name = group.name
        self.strategy = strategy
        self.status = "Pending"
        self.status_reason: str | None = None
        self.start_time: Any = None
        self.end_time: Any = None
        self.percentage_complete = 0
        warmup = getattr(group, "default_instance_warmup", None)
        fallback = group.health_check_grace_period if warmup is None else warmup
        self.preferences = {**DEFAULTS, "InstanceWarmup": fallback or 0, **preferences}
        self.desired_configuration = desired
        self.pending = Pending("instance_refresh", seconds=share("instance_refresh", 0.1))
        self.old = [s for s in live(group) if not self.matching(group, s)]
        self.total = len(self.old)
        self.batch: list[Any] = []
        self.rest: Pending | None = None

    @property
    def instances_to_update(self) -> int:
        return len(self.old)

    @property
    def progress_details(self) -> dict[str, Any]:
        live_pool = {"PercentageComplete": self.percentage_complete, "InstancesToUpdate": len(self.old)}
        return {"LivePoolProgress": live_pool}

    def matching(self, group: Any, state: Any) -> bool:
        """Whether SkipMatching leaves the instance alone."""
        if not self.preferences["SkipMatching"] or group.ec2_launch_template is None:
            return False
        have = state.launch_template or {}
        version = self.target(group)
        return bool(
            have.get("LaunchTemplateId") == version.template.id and have.get("Version") == str(version.number)
        )

    def target(self, group: Any) -> Any:
        wanted = (self.desired_configuration or {}).get("LaunchTemplate")
        if not wanted:
            return version_of(group)
        ec2 = group.ec2_backend
        if wanted.get("LaunchTemplateId"):
            template = ec2.get_launch_template(wanted["LaunchTemplateId"])
        else:
            template = ec2.get_launch_template_by_name(wanted["LaunchTemplateName"])
        return template.get_version(wanted.get("Version") or "$Default")

    def finish(self, group: Any, status: str, reason: str | None = None) -> None:
        group.mend_extra = 0
        self.batch = []
        self.status, self.status_reason, self.end_time = status, reason, utcnow()

    def step(self, group: Any) -> None:
        """One look at the refresh: what can be done now is done."""
        if self.status == "Pending":
            if not self.pending.over():
                return
            self.status, self.start_time = "InProgress", utcnow()
            config = (self.desired_configuration or {}).get("LaunchTemplate")
            if config:
                group._set_launch_configuration(None, config, None)
        states = live(group)
        settled = len(states) >= group.desired_capacity + getattr(group, "mend_extra", 0) and all(
            s.lifecycle_state == "InService" for s in states
        )
        if self.status == "Cancelling":
            if settled:
                self.finish(group, "Cancelled", "Cancelled due to user request.")
                reconcile(group)
            return
        self.old = [s for s in self.old if s in states and s not in self.batch]
        if not settled:
            return
        left = len(self.old) + len(self.batch)
        self.percentage_complete = math.floor(100 * (self.total - left) / max(1, self.total))
        if self.batch:
            for state in [s for s in self.batch if s in states]:
                release(
                    group, state, "an instance was taken out of service in response to an instance refresh."
                )
            self.batch, group.mend_extra = [], 0
            self.rest = Pending(
                "instance_refresh", seconds=share("instance_refresh", 0.9 / max(1, self.total))
            )
            return
        if self.rest is not None and not self.rest.over():
            return
        if not self.old:
            self.percentage_complete = 100
            self.finish(group, "Successful")
            return
        held = [s for s in self.old if s.protected_from_scale_in]
        if held and self.preferences["ScaleInProtectedInstances"] == "Wait":
            self.status_reason = f"Waiting for instances protected from scale in: {held[0].instance.id}"
            return
        if held and self.preferences["ScaleInProtectedInstances"] == "Ignore":
            self.old = [s for s in self.old if s not in held]
            return
        self.status_reason = None
        self.begin_batch(group)

    def begin_batch(self, group: Any) -> None:
        healthy = self.preferences["MinHealthyPercentage"]
        size = max(1, math.floor(group.desired_capacity * (100 - healthy) / 100))
        batch = self.old[:size]
        self.old = self.old[size:]
        if healthy >= 100 or self.preferences.get("MaxHealthyPercentage"):
            # Launched before the old ones go.
            self.batch, group.mend_extra = batch, len(batch)
        else:
            for state in batch:
                release(
                    group, state, "an instance was taken out of service in response to an instance refresh."
                )
            self.rest = Pending(
                "instance_refresh", seconds=share("instance_refresh", 0.9 / max(1, self.total))
            )
        reconcile(group)


def share(kind: str, part: float) -> float:
    from mend.core import delay

    return delay(kind) * part


def of(group: Any) -> list[Refresh]:
    """The group's refreshes, newest first."""
    return group.__dict__.setdefault("mend_refreshes", [])


def active(group: Any) -> Refresh | None:
    return next((r for r in of(group) if r.status in ACTIVE), None)


def keep() -> None:
    for group in all_groups():
        refresh = active(group) if "mend_refreshes" in group.__dict__ else None
        if refresh is None:
            continue
        try:
            refresh.step(group)
        except PROBLEMS as problem:
            refresh.finish(group, "Failed", words(problem))


def install() -> None:
    clock.watch(keep)

    @add(AutoScalingResponse, "start_instance_refresh")
    def start_instance_refresh(self: Any) -> ActionResult:
        # StartInstanceRefresh: one at a time, InstanceRefreshInProgress otherwise.
        params = self._get_params()
        group = find(self.autoscaling_backend, params["AutoScalingGroupName"])
        if active(group) is not None:
            text = "An Instance Refresh is already in progress and blocks the execution of this "
            refuse("InstanceRefreshInProgress", text + "Instance Refresh.")
        preferences = copy.deepcopy(params.get("Preferences") or {})
        least, most = preferences.get("MinHealthyPercentage"), preferences.get("MaxHealthyPercentage")
        if least is not None and not 0 <= int(least) <= 100:
            refuse("ValidationError", "MinHealthyPercentage must be between 0 and 100")
        if most is not None and (
            least is None or not 100 <= int(most) <= 200 or int(most) - int(least) > 100
        ):
            refuse(
                "ValidationError",
                "MaxHealthyPercentage must be between 100 and 200, with MinHealthyPercentage",
            )
        desired = params.get("DesiredConfiguration")
        try:
            refresh = Refresh(group, params.get("Strategy") or "Rolling", preferences, desired)
            if desired:
                refresh.target(group)
        except PROBLEMS as problem:
            refuse("ValidationError", "You must use a valid fully-formed launch template. " + words(problem))
        of(group).insert(0, refresh)
        return ActionResult({"InstanceRefreshId": refresh.instance_refresh_id})

    @add(AutoScalingResponse, "describe_instance_refreshes")
    def describe_instance_refreshes(self: Any) -> ActionResult:
        # DescribeInstanceRefreshes: newest first, by id, in pages.
        params = self._get_params()
        group = find(self.autoscaling_backend, params["AutoScalingGroupName"])
        wanted = params.get("InstanceRefreshIds")
        found = [r for r in of(group) if not wanted or r.instance_refresh_id in wanted]
        items, token = page(found, params, lambda r: r.instance_refresh_id)
        return ActionResult({"InstanceRefreshes": items, "NextToken": token})

    @add(AutoScalingResponse, "cancel_instance_refresh")
    def cancel_instance_refresh(self: Any) -> ActionResult:
        # CancelInstanceRefresh: Cancelling, then Cancelled; what is replaced stays replaced.
        group = find(self.autoscaling_backend, self._get_param("AutoScalingGroupName"))
        refresh = active(group)
        if refresh is None:
            text = "No in progress or pending Instance Refresh found for Auto Scaling group " + group.name
            refuse("ActiveInstanceRefreshNotFound", text)
        refresh.status = "Cancelling"
        refresh.batch, group.mend_extra = [], 0
        return ActionResult({"InstanceRefreshId": refresh.instance_refresh_id})
