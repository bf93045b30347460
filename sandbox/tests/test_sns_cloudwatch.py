"""Topics, subscriptions, alarms and dashboards behave as the SNS and CloudWatch API references say."""

from __future__ import annotations

import json
from typing import Any

import pytest
from conftest import REGION, refused
from watch_parts import watcher

TAGS = [{"Key": "k", "Value": "v"}, {"Key": "empty", "Value": ""}]


@pytest.fixture
def sns(client: Any) -> Any:
    return client("sns")


@pytest.fixture
def watch(client: Any) -> Any:
    return watcher(client)


def test_topics(sns: Any) -> None:
    arn = sns.create_topic(Name="t", Tags=TAGS, Attributes={"DisplayName": "d"})["TopicArn"]
    assert sns.create_topic(Name="t", Tags=TAGS, Attributes={"DisplayName": "d"})["TopicArn"] == arn
    assert sns.create_topic(Name="t")["TopicArn"] == arn
    with refused("InvalidParameter"):
        sns.create_topic(Name="t", Attributes={"DisplayName": "other"})
    with refused("InvalidParameter"):
        sns.create_topic(Name="t", Tags=[{"Key": "k", "Value": "other"}])
    with refused("InvalidParameter"):
        sns.create_topic(Name="t t")
    assert sns.list_tags_for_resource(ResourceArn=arn)["Tags"] == TAGS
    sns.tag_resource(ResourceArn=arn, Tags=[{"Key": "more", "Value": ""}])
    sns.untag_resource(ResourceArn=arn, TagKeys=["k"])
    assert {t["Key"] for t in sns.list_tags_for_resource(ResourceArn=arn)["Tags"]} == {"empty", "more"}

    def attributes() -> Any:
        return sns.get_topic_attributes(TopicArn=arn)["Attributes"]

    assert attributes()["DisplayName"] == "d" and attributes()["SubscriptionsPending"] == "0"
    sns.set_topic_attributes(TopicArn=arn, AttributeName="DisplayName", AttributeValue="new")
    sns.set_topic_attributes(TopicArn=arn, AttributeName="KmsMasterKeyId", AttributeValue="alias/aws/sns")
    sns.set_topic_attributes(TopicArn=arn, AttributeName="TracingConfig", AttributeValue="Active")
    policy = json.dumps({"Version": "2012-10-17", "Statement": []})
    sns.set_topic_attributes(TopicArn=arn, AttributeName="Policy", AttributeValue=policy)
    have = attributes()
    assert (have["DisplayName"], have["KmsMasterKeyId"]) == ("new", "alias/aws/sns")
    assert have["TracingConfig"] == "Active" and json.loads(have["Policy"]) == json.loads(policy)
    with refused("InvalidParameter"):
        sns.set_topic_attributes(TopicArn=arn, AttributeName="Nonsense", AttributeValue="1")
    assert sns.list_topics()["Topics"] == [{"TopicArn": arn}]
    sns.delete_topic(TopicArn=arn)
    sns.delete_topic(TopicArn=arn)
    with refused("NotFound", 404):
        attributes()
    with refused("ResourceNotFound", 404):
        sns.list_tags_for_resource(ResourceArn=arn)


def test_subscriptions(sns: Any) -> None:
    arn = sns.create_topic(Name="t")["TopicArn"]
    to = {"TopicArn": arn, "Protocol": "email", "Endpoint": "ops@example.org"}

    def listed() -> Any:
        return sns.list_subscriptions_by_topic(TopicArn=arn)["Subscriptions"]

    assert sns.subscribe(**to)["SubscriptionArn"] == "pending confirmation"
    real = sns.subscribe(**to, ReturnSubscriptionArn=True)["SubscriptionArn"]
    assert real.startswith(arn + ":") and len(listed()) == 1
    assert listed()[0]["SubscriptionArn"] == "PendingConfirmation"
    assert listed()[0]["Endpoint"] == "ops@example.org"
    shown = sns.get_subscription_attributes(SubscriptionArn=real)["Attributes"]
    assert shown["PendingConfirmation"] == "true"
    for wrong in ("PendingConfirmation", real):
        with refused("InvalidParameter"):
            sns.unsubscribe(SubscriptionArn=wrong)
    assert sns.get_topic_attributes(TopicArn=arn)["Attributes"]["SubscriptionsPending"] == "1"
    assert sns.confirm_subscription(TopicArn=arn, Token="ops@example.org")["SubscriptionArn"] == real
    assert listed()[0]["SubscriptionArn"] == real
    assert sns.get_topic_attributes(TopicArn=arn)["Attributes"]["SubscriptionsConfirmed"] == "1"
    sns.unsubscribe(SubscriptionArn=real)
    assert listed() == []
    with refused("InvalidParameter"):
        sns.subscribe(TopicArn=arn, Protocol="email", Endpoint="nonsense")
    with refused("NotFound"):
        sns.subscribe(**{**to, "TopicArn": arn + "x"})


def alarm(name: str = "web-5xx", **more: Any) -> dict[str, Any]:
    return {
        "AlarmName": name,
        "AlarmDescription": "d",
        "Namespace": "AWS/ApplicationELB",
        "MetricName": "HTTPCode_ELB_5XX_Count",
        "Dimensions": [{"Name": "LoadBalancer", "Value": "app/lb/1"}, {"Name": "A", "Value": "b"}],
        "Statistic": "Sum",
        "Period": 60,
        "EvaluationPeriods": 5,
        "DatapointsToAlarm": 3,
        "Threshold": 10.0,
        "ComparisonOperator": "GreaterThanOrEqualToThreshold",
        "TreatMissingData": "notBreaching",
        "AlarmActions": [f"arn:aws:sns:{REGION}:123456789012:t"],
        "OKActions": [f"arn:aws:sns:{REGION}:123456789012:t"],
        "ActionsEnabled": True,
        **more,
    }


def test_alarms(watch: Any) -> None:
    watch.put_metric_alarm(**alarm(), Tags=TAGS)

    def get(name: str = "web-5xx") -> Any:
        return watch.describe_alarms(AlarmNames=[name])["MetricAlarms"][0]

    have = get()
    for field, value in alarm().items():
        assert have[field] == value, field
    assert have["StateValue"] == "INSUFFICIENT_DATA" and have["InsufficientDataActions"] == []
    arn = have["AlarmArn"]
    assert watch.list_tags_for_resource(ResourceARN=arn)["Tags"] == TAGS
    watch.set_alarm_state(AlarmName="web-5xx", StateValue="ALARM", StateReason="test")
    changed = alarm(Threshold=5.0)
    del changed["TreatMissingData"]
    watch.put_metric_alarm(**changed, Tags=[{"Key": "ignored", "Value": "x"}])
    have = get()
    assert have["Threshold"] == 5.0 and "TreatMissingData" not in have and have["StateValue"] == "ALARM"
    assert watch.list_tags_for_resource(ResourceARN=arn)["Tags"] == TAGS
    watch.tag_resource(ResourceARN=arn, Tags=[{"Key": "more", "Value": ""}])
    watch.untag_resource(ResourceARN=arn, TagKeys=["k"])
    tags = watch.list_tags_for_resource(ResourceARN=arn)["Tags"]
    assert [t["Key"] for t in tags] == ["empty", "more"]
    watch.delete_alarms(AlarmNames=["web-5xx", "lost"])
    assert watch.describe_alarms()["MetricAlarms"] == []
    with refused("ResourceNotFoundException", 404):
        watch.list_tags_for_resource(ResourceARN=arn)


def test_alarm_pages(watch: Any) -> None:
    for n in range(5):
        watch.put_metric_alarm(**alarm(f"a-{n}"))
    watch.put_metric_alarm(**alarm("b"))
    pages = watch.get_paginator("describe_alarms").paginate(
        AlarmNamePrefix="a-", PaginationConfig={"PageSize": 2}
    )
    sizes = [[a["AlarmName"] for a in p["MetricAlarms"]] for p in pages]
    assert sizes == [["a-0", "a-1"], ["a-2", "a-3"], ["a-4"]]
    with refused("ValidationError"):
        watch.describe_alarms(AlarmNamePrefix="a", AlarmNames=["b"])


def test_alarms_of_other_kinds(watch: Any) -> None:
    recover = alarm(
        "recover",
        Namespace="AWS/EC2",
        MetricName="StatusCheckFailed_System",
        Dimensions=[{"Name": "InstanceId", "Value": "i-1"}],
        AlarmActions=[f"arn:aws:automate:{REGION}:ec2:recover"],
    )
    watch.put_metric_alarm(**recover)
    assert watch.describe_alarms()["MetricAlarms"][0]["AlarmActions"] == recover["AlarmActions"]
    plain = {
        k: v
        for k, v in alarm("math").items()
        if k not in ("Namespace", "MetricName", "Dimensions", "Statistic", "Period")
    }
    stat = {"Metric": {"Namespace": "N", "MetricName": "M", "Dimensions": []}, "Period": 60, "Stat": "Sum"}
    metrics = [
        {"Id": "m", "MetricStat": stat, "ReturnData": False},
        {"Id": "e", "Expression": "m * 2", "Label": "l", "ReturnData": True},
    ]
    watch.put_metric_alarm(**plain, Metrics=metrics)
    found = watch.describe_alarms(AlarmNames=["math"])["MetricAlarms"][0]["Metrics"]
    assert found[1] == metrics[1] and found[0]["MetricStat"]["Stat"] == "Sum"
    for wrong in (
        {"AlarmActions": ["nonsense"]},
        {"AlarmActions": [f"arn:aws:automate:{REGION}:ec2:recover"]},
        {"DatapointsToAlarm": 9},
        {"Period": 61},
        {"TreatMissingData": "nonsense"},
        {"ExtendedStatistic": "p99"},
    ):
        with refused("ValidationError"):
            watch.put_metric_alarm(**alarm(**wrong))


def test_dashboards(watch: Any) -> None:
    body = json.dumps({"widgets": [{"type": "text", "properties": {"markdown": "x"}}]})
    assert watch.put_dashboard(DashboardName="d-1", DashboardBody=body)["DashboardValidationMessages"] == []
    for wrong in ("nonsense", "{}"):
        with refused("InvalidParameterInput"):
            watch.put_dashboard(DashboardName="x", DashboardBody=wrong)
    assert watch.get_dashboard(DashboardName="d-1")["DashboardBody"] == body
    watch.put_dashboard(DashboardName="e", DashboardBody=body)
    listed = watch.list_dashboards(DashboardNamePrefix="d-")["DashboardEntries"]
    assert [d["DashboardName"] for d in listed] == ["d-1"] and listed[0]["Size"] == len(body)
    with refused("ResourceNotFound", 404):
        watch.delete_dashboards(DashboardNames=["d-1", "lost"])
    watch.delete_dashboards(DashboardNames=["d-1"])
    with refused("ResourceNotFound", 404):
        watch.get_dashboard(DashboardName="d-1")
