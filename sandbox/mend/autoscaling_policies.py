"""Scaling policies, scheduled actions, lifecycle hooks as AWS documents them: by group and name, with alarms.

moto keeps them by name alone, so that two groups' policies of one name overwrite each other.
"""

from __future__ import annotations

import datetime
import uuid
from typing import Any

from dateutil import tz
from moto.autoscaling.models import AutoScalingBackend
from moto.autoscaling.responses import AutoScalingResponse
from moto.core.responses import ActionResult, EmptyResult
from moto.core.utils import utcnow

from mend.autoscaling_groups import find, page
from mend.core import patch, refuse

PREDEFINED = (
    "ASGAverageCPUUtilization",
    "ASGAverageNetworkIn",
    "ASGAverageNetworkOut",
    "ALBRequestCountPerTarget",
)


def check_target_tracking(group: Any, config: dict[str, Any]) -> None:
    """PutScalingPolicy: one metric; a request count needs a target group attached to the group."""
    predefined = config.get("PredefinedMetricSpecification")
    if bool(predefined) == bool(config.get("CustomizedMetricSpecification")):
        text = (
            "Exactly one of PredefinedMetricSpecification and CustomizedMetricSpecification must be specified"
        )
        refuse("ValidationError", text)
    if config.get("TargetValue") is None:
        refuse("ValidationError", "TargetValue must be specified")
    if not predefined:
        return
    kind, label = predefined.get("PredefinedMetricType"), predefined.get("ResourceLabel")
    if kind not in PREDEFINED:
        refuse("ValidationError", f"Predefined metric type '{kind}' is not valid")
    if kind != "ALBRequestCountPerTarget":
        return
    if not label:
        refuse("ValidationError", "ResourceLabel must be specified for ALBRequestCountPerTarget")
    balancer, _, target = label.partition("/targetgroup/")
    groups = group.autoscaling_backend.elbv2_backend.target_groups
    for arn in group.target_group_arns:
        known = groups.get(arn)
        if known is not None and arn.endswith(f":targetgroup/{target}"):
            if any(b.endswith(f":loadbalancer/{balancer}") for b in known.load_balancer_arns):
                return
    refuse(
        "ValidationError",
        f"The resource label {label} must name a load balancer and a target group that is attached to it and "
        "to the Auto Scaling group",
    )


def alarms(backend: Any, policy: Any) -> list[dict[str, str]]:
    """The two alarms that a target tracking policy brings."""
    if policy.policy_type != "TargetTrackingScaling":
        return []
    names = [
        f"TargetTracking-{policy.auto_scaling_group_name}-Alarm{which}-{uuid.uuid4()}"
        for which in ("High", "Low")
    ]
    prefix = f"arn:{backend.partition}:cloudwatch:{backend.region_name}:{backend.account_id}:alarm:"
    return [{"AlarmName": name, "AlarmARN": prefix + name} for name in names]


def field(text: str, least: int, most: int) -> set[int]:
    """The numbers that one field of a cron expression stands for."""
    found: set[int] = set()
    for part in text.split(","):
        span, _, step = part.partition("/")
        if span == "*":
            low, high = least, most
        else:
            first, dash, last = span.partition("-")
            low = int(first)
            high = int(last) if dash else (most if step else low)
        found.update(range(low, high + 1, int(step or 1)))
    if not found or min(found) < least or max(found) > most + (1 if most == 6 else 0):
        raise ValueError(text)
    return found


def next_time(recurrence: str, zone: str | None) -> datetime.datetime:
    """The next time of a recurrence, in UTC: what AWS shows as StartTime."""
    try:
        minutes, hours, days, months, weekdays = recurrence.split()
        table = field(minutes, 0, 59), field(hours, 0, 23), field(days, 1, 31), field(months, 1, 12)
        week = {d % 7 for d in field(weekdays, 0, 6)}
        where = tz.gettz(zone or "UTC")
        if where is None:
            raise ValueError(zone)
    except ValueError:
        refuse("ValidationError", f"Given recurrence string: {recurrence} or time zone is invalid.")
    now = datetime.datetime.now(where)
    for ahead in range(366 * 5):
        day = (now + datetime.timedelta(days=ahead)).date()
        both = days != "*" and weekdays != "*"
        fits = (day.day in table[2], day.isoweekday() % 7 in week)
        if day.month not in table[3] or not (any(fits) if both else all(fits)):
            continue
        for hour in sorted(table[1]):
            for minute in sorted(table[0]):
                at = datetime.datetime.combine(day, datetime.time(hour, minute), where)
                if at > now:
                    return at.astimezone(datetime.timezone.utc).replace(tzinfo=None)
    refuse("ValidationError", f"Given recurrence string: {recurrence} never occurs.")


def install() -> None:
    @patch(AutoScalingBackend, "put_scaling_policy")
    def put_scaling_policy(original: Any, self: Any, *args: Any, **kwargs: Any) -> Any:
        # PutScalingPolicy: by group and name; the configuration is checked and alarms are made.
        name, group = kwargs["name"], find(self, kwargs["as_name"])
        if kwargs.get("policy_type") == "TargetTrackingScaling":
            config = kwargs.get("target_tracking_config") or {}
            check_target_tracking(group, config)
            kwargs["target_tracking_config"] = {"DisableScaleIn": False, **config}
        key = f"{group.name}/{name}"
        others = {k: v for k, v in self.policies.items() if k != key}
        known = self.policies.get(key)
        policy = original(self, *args, **kwargs)
        self.policies = {**others, key: policy}
        policy.enabled = True
        policy.alarms = known.alarms if known is not None else alarms(self, policy)
        return policy

    @patch(AutoScalingResponse, "put_scaling_policy")
    def put_answer(original: Any, self: Any) -> ActionResult:
        # PutScalingPolicy: the answer has the ARN and the alarms.
        params = self._get_params()
        original(self)
        key = f"{params['AutoScalingGroupName']}/{params['PolicyName']}"
        policy = self.autoscaling_backend.policies[key]
        policy.enabled = self._get_bool_param("Enabled", True)
        return ActionResult({"PolicyARN": policy.arn, "Alarms": policy.alarms})

    def find_policy(backend: Any, name: str, group: str | None) -> str:
        for key, policy in backend.policies.items():
            if name in (policy.name, policy.arn) and group in (None, policy.auto_scaling_group_name):
                return str(key)
        refuse("ValidationError", f"PolicyARN or PolicyName not found: {name}")

    @patch(AutoScalingResponse, "delete_policy")
    def delete_policy(original: Any, self: Any) -> ActionResult:
        # DeletePolicy: by name in its group or by ARN; ValidationError for an unknown one.
        backend = self.autoscaling_backend
        key = find_policy(backend, self._get_param("PolicyName"), self._get_param("AutoScalingGroupName"))
        del backend.policies[key]
        return EmptyResult()

    @patch(AutoScalingResponse, "execute_policy")
    def execute_policy(original: Any, self: Any) -> ActionResult:
        # ExecutePolicy: by name in its group or by ARN.
        backend = self.autoscaling_backend
        key = find_policy(backend, self._get_param("PolicyName"), self._get_param("AutoScalingGroupName"))
        backend.policies[key].execute()
        return EmptyResult()

    @patch(AutoScalingResponse, "describe_policies")
    def describe_policies(original: Any, self: Any) -> ActionResult:
        # DescribePolicies: pages of 50.
        params = self._get_params()
        if params.get("AutoScalingGroupName"):
            find(self.autoscaling_backend, params["AutoScalingGroupName"])
        found = sorted(original(self).result["ScalingPolicies"], key=lambda p: p.arn)
        items, token = page(found, params, lambda p: p.arn)
        return ActionResult({"ScalingPolicies": items, "NextToken": token})

    @patch(AutoScalingBackend, "put_scheduled_update_group_action")
    def put_scheduled(original: Any, self: Any, name: str, *args: Any, **kwargs: Any) -> Any:
        # PutScheduledUpdateGroupAction: by group and name; StartTime of a recurrence is its next time.
        group = find(self, name)
        if all(kwargs.get(n) is None for n in ("desired_capacity", "max_size", "min_size")):
            refuse(
                "ValidationError", "At least one of min size, max size and desired capacity must be specified"
            )
        if kwargs.get("recurrence"):
            kwargs["start_time"] = kwargs.get("start_time") or next_time(
                kwargs["recurrence"], kwargs.get("timezone")
            )
        start = kwargs.get("start_time")
        if isinstance(start, datetime.datetime) and start < utcnow():
            refuse("ValidationError", "Given start time is in the past")
        label = kwargs["scheduled_action_name"]
        others = dict(self.scheduled_actions)
        known = others.get(f"{name}/{label}")
        action = original(self, name, *args, **kwargs)
        self.scheduled_actions = {**others, f"{name}/{label}": action}
        arn = f"arn:{self.partition}:autoscaling:{self.region_name}:{self.account_id}:"
        arn += f"scheduledUpdateGroupAction:{uuid.uuid4()}:autoScalingGroupName/{group.name}"
        arn += f":scheduledActionName/{label}"
        action.scheduled_action_arn = known.scheduled_action_arn if known is not None else arn
        return action

    @patch(AutoScalingBackend, "delete_scheduled_action")
    def delete_scheduled_action(
        original: Any, self: Any, auto_scaling_group_name: str, scheduled_action_name: str
    ) -> None:
        # DeleteScheduledAction: ValidationError for an unknown one.
        key = f"{auto_scaling_group_name}/{scheduled_action_name}"
        if self.scheduled_actions.pop(key, None) is None:
            refuse("ValidationError", "Scheduled action name not found")

    @patch(AutoScalingResponse, "describe_scheduled_actions")
    def describe_scheduled_actions(original: Any, self: Any) -> ActionResult:
        # DescribeScheduledActions: the group has to exist; pages of 50.
        params = self._get_params()
        if params.get("AutoScalingGroupName"):
            find(self.autoscaling_backend, params["AutoScalingGroupName"])
        found = sorted(
            original(self).result["ScheduledUpdateGroupActions"], key=lambda a: a.scheduled_action_arn
        )
        items, token = page(found, params, lambda a: a.scheduled_action_arn)
        return ActionResult({"ScheduledUpdateGroupActions": items, "NextToken": token})

    @patch(AutoScalingResponse, "put_lifecycle_hook")
    def put_lifecycle_hook(original: Any, self: Any) -> ActionResult:
        # PutLifecycleHook: role and target as given, none where none was given; an update keeps the rest.
        params, backend = self._get_params(), self.autoscaling_backend
        group = find(backend, params["AutoScalingGroupName"])
        key = f"{group.name}_{params['LifecycleHookName']}"
        known = backend.lifecycle_hooks.get(key)
        if known is None and not params.get("LifecycleTransition"):
            refuse("ValidationError", "LifecycleTransition must be specified for a new hook")
        for name, attribute in (
            ("LifecycleTransition", "lifecycle_transition"),
            ("HeartbeatTimeout", "heartbeat_timeout"),
            ("DefaultResult", "default_result"),
        ):
            if known is not None and params.get(name) is None:
                params[name] = getattr(known, attribute)
        result = original(self)
        hook = backend.lifecycle_hooks[key]
        for name, attribute in (
            ("RoleARN", "role_arn"),
            ("NotificationTargetARN", "notification_target_arn"),
            ("NotificationMetadata", "notification_metadata"),
        ):
            setattr(hook, attribute, params.get(name, getattr(known, attribute, None)))
        return result
