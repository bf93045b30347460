"""Alarms and dashboards (CloudWatch) as AWS documents them: put as a whole, shown as put, in pages.

moto forgets fields, begins in OK, gives everything in one page and takes any dashboard.
"""

from __future__ import annotations

import json
from typing import Any

from moto.cloudwatch.models import Alarm, CloudWatchBackend
from moto.cloudwatch.responses import CloudWatchResponse
from moto.core.responses import ActionResult
from moto.core.utils import utcnow

from mend.core import patch, refuse

PAGE = 50
DASHBOARDS = 1000
# What PutMetricAlarm takes and DescribeAlarms gives back as it was.
FIELDS = (
    "AlarmName",
    "AlarmDescription",
    "OKActions",
    "AlarmActions",
    "InsufficientDataActions",
    "MetricName",
    "Namespace",
    "Statistic",
    "ExtendedStatistic",
    "Dimensions",
    "Period",
    "Unit",
    "EvaluationPeriods",
    "DatapointsToAlarm",
    "Threshold",
    "ComparisonOperator",
    "TreatMissingData",
    "EvaluateLowSampleCountPercentile",
    "Metrics",
    "ThresholdMetricId",
)
ACTIONS = ("OKActions", "AlarmActions", "InsufficientDataActions")
TREATMENTS = ("breaching", "notBreaching", "ignore", "missing")


def plain(value: Any) -> Any:
    if hasattr(value, "items"):
        return {k: plain(v) for k, v in value.items() if v is not None}
    if isinstance(value, (list, tuple)):
        return [plain(v) for v in value]
    return value


def check(given: dict[str, Any]) -> None:
    """What PutMetricAlarm refuses."""
    if not given.get("ComparisonOperator") or not given.get("EvaluationPeriods"):
        refuse("ValidationError", "ComparisonOperator and EvaluationPeriods must be specified.")
    single, several = given.get("MetricName"), given.get("Metrics")
    if bool(single) == bool(several):
        refuse("ValidationError", "Exactly one of MetricName and Metrics must be specified.")
    if single and not (given.get("Namespace") and given.get("Period")):
        refuse("ValidationError", "Namespace and Period must be specified with MetricName.")
    if single and bool(given.get("Statistic")) == bool(given.get("ExtendedStatistic")):
        refuse("ValidationError", "Exactly one of Statistic and ExtendedStatistic must be specified.")
    if several and (given.get("Period") or given.get("Statistic") or given.get("Dimensions")):
        text = "Period, Statistic and Dimensions must not be specified with Metrics."
        refuse("ValidationError", text)
    if given.get("Threshold") is None and not given.get("ThresholdMetricId"):
        refuse("ValidationError", "Exactly one of Threshold and ThresholdMetricId must be specified.")
    period = int(given.get("Period") or 60)
    if period not in (10, 20, 30) and period % 60:
        refuse("ValidationError", "Period must be 10, 20, 30 or a multiple of 60.")
    if int(given.get("DatapointsToAlarm") or 1) > int(given["EvaluationPeriods"]):
        refuse("ValidationError", "DatapointsToAlarm must be at most EvaluationPeriods.")
    treatment = given.get("TreatMissingData")
    if treatment and treatment not in TREATMENTS:
        text = f"Option {treatment} is not supported. Supported options for parameter TreatMissingData are "
        refuse("ValidationError", text + ", ".join(TREATMENTS) + ".")
    check_actions(given)


def check_actions(given: dict[str, Any]) -> None:
    names = {d["Name"] for d in given.get("Dimensions") or []}
    for field in ACTIONS:
        for action in given.get(field) or []:
            if not action.startswith("arn:") or action.count(":") < 5:
                refuse("ValidationError", f"Invalid arn syntax: {action}")
            if ":automate:" not in action:
                continue
            if names != {"InstanceId"} or given.get("Namespace") != "AWS/EC2":
                text = f"An EC2 action needs a metric of AWS/EC2 with the dimension InstanceId: {action}"
                refuse("ValidationError", text)
            if action.endswith(":recover") and given.get("MetricName") != "StatusCheckFailed_System":
                text = f"The recover action needs the metric StatusCheckFailed_System: {action}"
                refuse("ValidationError", text)


def shown(alarm: Any) -> Any:
    """An alarm as DescribeAlarms shows it."""
    given = getattr(alarm, "mend_given", None)
    if given is None:
        return alarm
    return {
        **given,
        "AlarmArn": alarm.alarm_arn,
        "AlarmConfigurationUpdatedTimestamp": alarm.configuration_updated_timestamp,
        "ActionsEnabled": alarm.actions_enabled,
        "StateValue": alarm.state_value,
        "StateReason": alarm.state_reason,
        "StateReasonData": None if alarm.state_reason_data == "{}" else alarm.state_reason_data,
        "StateUpdatedTimestamp": alarm.state_updated_timestamp,
        "StateTransitionedTimestamp": alarm.state_updated_timestamp,
    }


def fits(alarm: Any, params: Any) -> bool:
    """Whether an alarm is one that DescribeAlarms was asked for."""
    names, prefix = params.get("AlarmNames"), params.get("AlarmNamePrefix")
    if names and alarm.name not in names:
        return False
    if prefix and not alarm.name.startswith(prefix):
        return False
    if params.get("StateValue") and alarm.state_value != params["StateValue"]:
        return False
    start = params.get("ActionPrefix")
    return not start or any(a.startswith(start) for a in alarm.alarm_actions)


def paged(found: list[Any], params: Any, size: int) -> tuple[list[Any], str | None]:
    token = params.get("NextToken")
    if token and not str(token).isdigit():
        refuse("InvalidNextToken", "The next token is invalid.")
    start = int(token or 0)
    return found[start : start + size], str(start + size) if len(found) > start + size else None


def tags_in(self: Any) -> dict[str, str]:
    tags = {t["Key"]: t.get("Value") or "" for t in self._get_param("Tags") or []}
    if any(k.lower().startswith("aws:") for k in tags) or len(tags) > 50:
        refuse("InvalidParameterValue", "At most 50 tags are possible, none of aws:.")
    return tags


def known(self: Any) -> str:
    """The ARN of an alarm, rule or dashboard that exists."""
    backend, arn = self.cloudwatch_backend, self._get_param("ResourceARN")
    rules = {r.rule_arn for r in backend.insight_rules.values() if hasattr(r, "rule_arn")}
    if arn not in {a.alarm_arn for a in backend.alarms.values()} | rules:
        refuse("ResourceNotFoundException", "Unknown resource", 404)
    return str(arn)


def install() -> None:
    @patch(CloudWatchResponse, "put_metric_alarm")
    def put_metric_alarm(original: Any, self: Any) -> ActionResult:
        # PutMetricAlarm: replaces all of an alarm but its state and tags; begins in INSUFFICIENT_DATA.
        backend, params = self.cloudwatch_backend, plain(self.params)
        if params.get("AlarmRule"):
            return original(self)  # type: ignore[no-any-return]
        given = {name: params[name] for name in FIELDS if params.get(name) is not None}
        check(given)
        tags, before = tags_in(self), backend.alarms.get(given["AlarmName"])
        self.params.pop("Tags", None)
        result = original(self)
        alarm = backend.alarms[given["AlarmName"]]
        alarm.mend_given = {**given, **{field: given.get(field, []) for field in ACTIONS}}
        alarm.mend_given.setdefault("Dimensions", [])
        if before is None:
            alarm.state_value = "INSUFFICIENT_DATA"
            backend.tagger.tag_resource(alarm.alarm_arn, [{"Key": k, "Value": v} for k, v in tags.items()])
        else:
            for field in ("state_value", "state_reason", "state_reason_data", "state_updated_timestamp"):
                setattr(alarm, field, getattr(before, field))
            alarm.history = before.history
        return result  # type: ignore[no-any-return]

    @patch(CloudWatchResponse, "describe_alarms")
    def describe_alarms(original: Any, self: Any) -> ActionResult:
        # DescribeAlarms: filters together, metric alarms unless AlarmTypes says more, pages of 50.
        types = list(self.params.get("AlarmTypes") or ["MetricAlarm"])
        if self.params.get("AlarmNames") and self.params.get("AlarmNamePrefix"):
            text = "AlarmNames and AlarmNamePrefix cannot be used together."
            refuse("ValidationError", text)
        alarms = [a for _, a in sorted(self.cloudwatch_backend.alarms.items()) if fits(a, self.params)]
        alarms = [a for a in alarms if ("MetricAlarm" if a.rule is None else "CompositeAlarm") in types]
        size = int(self.params.get("MaxRecords") or PAGE)
        alarms, token = paged(alarms, self.params, size)
        metric = [shown(a) for a in alarms if a.rule is None]
        composite = [a for a in alarms if a.rule is not None]
        return ActionResult({"MetricAlarms": metric, "CompositeAlarms": composite, "NextToken": token})

    @patch(CloudWatchResponse, "describe_alarms_for_metric")
    def describe_alarms_for_metric(original: Any, self: Any) -> ActionResult:
        # DescribeAlarmsForMetric: those of the metric with just these dimensions.
        return ActionResult({"MetricAlarms": [shown(a) for a in original(self).result["MetricAlarms"]]})

    @patch(CloudWatchBackend, "delete_alarms")
    def delete_alarms(original: Any, self: Any, alarm_names: list[str]) -> None:
        # DeleteAlarms: names that do not exist do not keep the others; tags go too.
        for name in alarm_names:
            if name in self.alarms:
                self.tagger.delete_all_tags_for_resource(self.alarms[name].alarm_arn)
        return original(self, alarm_names)  # type: ignore[no-any-return]

    @patch(CloudWatchResponse, "put_dashboard")
    def put_dashboard(original: Any, self: Any) -> ActionResult:
        # PutDashboard: InvalidParameterInput for a body that is no dashboard.
        text = self._get_param("DashboardBody") or ""
        try:
            body = json.loads(text)
        except ValueError:
            body = None
        if not isinstance(body, dict) or not isinstance(body.get("widgets"), list):
            problem = "Invalid JSON" if body is None else "Should have required property 'widgets'"
            found = json.dumps([{"dataPath": "", "message": problem}])
            text = f"The field DashboardBody must be a valid JSON object: {found}"
            refuse("InvalidParameterInput", text)
        return original(self)  # type: ignore[no-any-return]

    @patch(CloudWatchResponse, "get_dashboard")
    def get_dashboard(original: Any, self: Any) -> ActionResult:
        # GetDashboard: ResourceNotFound with status 404.
        name = self._get_param("DashboardName")
        found = self.cloudwatch_backend.get_dashboard(name)
        if found is None:
            refuse("ResourceNotFound", f"Dashboard {name} does not exist", 404)
        return ActionResult(
            {"DashboardArn": found.arn, "DashboardBody": found.body, "DashboardName": found.name}
        )

    @patch(CloudWatchResponse, "list_dashboards")
    def list_dashboards(original: Any, self: Any) -> ActionResult:
        # ListDashboards: by prefix, pages of 1000.
        prefix = self._get_param("DashboardNamePrefix") or ""
        found = [
            {"DashboardName": d.name, "DashboardArn": d.arn, "LastModified": changed(d), "Size": d.size}
            for name, d in sorted(self.cloudwatch_backend.dashboards.items())
            if name.startswith(prefix)
        ]
        items, token = paged(found, self.params, DASHBOARDS)
        return ActionResult({"DashboardEntries": items, "NextToken": token})

    @patch(CloudWatchResponse, "delete_dashboards")
    def delete_dashboards(original: Any, self: Any) -> ActionResult:
        # DeleteDashboards: ResourceNotFound with status 404, and none is deleted.
        names = list(self._get_param("DashboardNames") or [])
        lost = [n for n in names if n not in self.cloudwatch_backend.dashboards]
        if lost:
            refuse("ResourceNotFound", f"The specified dashboard does not exist. [{', '.join(lost)}]", 404)
        return original(self)  # type: ignore[no-any-return]

    @patch(CloudWatchResponse, "list_tags_for_resource")
    def list_tags_for_resource(original: Any, self: Any) -> ActionResult:
        # ListTagsForResource: ResourceNotFoundException.
        known(self)
        return original(self)  # type: ignore[no-any-return]

    @patch(CloudWatchResponse, "tag_resource")
    def tag_resource(original: Any, self: Any) -> ActionResult:
        # TagResource: ResourceNotFoundException, empty values.
        self.params["Tags"] = [{"Key": k, "Value": v} for k, v in tags_in(self).items()]
        known(self)
        return original(self)  # type: ignore[no-any-return]

    @patch(CloudWatchResponse, "untag_resource")
    def untag_resource(original: Any, self: Any) -> ActionResult:
        # UntagResource: ResourceNotFoundException.
        known(self)
        return original(self)  # type: ignore[no-any-return]

    @patch(Alarm, "update_state")
    def update_state(original: Any, self: Any, reason: str, data: str, value: str) -> None:
        # SetAlarmState: without data there is none.
        return original(self, reason, data or "{}", value)  # type: ignore[no-any-return]


def changed(dashboard: Any) -> Any:
    """When a dashboard was put, with its zone."""
    when = dashboard.last_modified
    return when if when.tzinfo else when.astimezone(utcnow().tzinfo)
