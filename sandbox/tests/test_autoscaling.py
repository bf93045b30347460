"""Autoscaling groups, their policies and their instance refreshes behave as the API reference says."""

from __future__ import annotations

import datetime
from typing import Any

import pytest
from conftest import refused, until
from parts import balancer, launch_template, listener, network, target_group


class Group:
    """A group named web in two subnets and what the tests ask about it."""

    def __init__(self, client: Any, **more: Any) -> None:
        self.client, self.asg, self.net = client, client("autoscaling"), network(client)
        self.template = launch_template(client, self.net)
        self.create(**more)

    def create(self, name: str = "web", **more: Any) -> None:
        settings = {
            "MinSize": 1,
            "MaxSize": 4,
            "DesiredCapacity": 2,
            "LaunchTemplate": {"LaunchTemplateId": self.template, "Version": "1"},
            "VPCZoneIdentifier": ",".join(self.net.subnets),
            "Tags": [
                {"Key": "role", "Value": "web", "PropagateAtLaunch": True},
                {"Key": "own", "Value": "x", "PropagateAtLaunch": False},
            ],
            **more,
        }
        self.asg.create_auto_scaling_group(AutoScalingGroupName=name, **settings)

    def get(self, name: str = "web") -> Any:
        found = self.asg.describe_auto_scaling_groups(AutoScalingGroupNames=[name])["AutoScalingGroups"]
        return found[0] if found else None

    def states(self) -> list[str]:
        return sorted(i["LifecycleState"] for i in self.get()["Instances"])

    def serving(self, count: int = 2) -> list[str]:
        until(lambda: self.states() == ["InService"] * count)
        return [i["InstanceId"] for i in self.get()["Instances"]]

    def instances(self) -> list[Any]:
        filters = [{"Name": "tag:aws:autoscaling:groupName", "Values": ["web"]}]
        got = self.client("ec2").describe_instances(Filters=filters)["Reservations"]
        return [i for r in got for i in r["Instances"]]

    def refresh(self, **more: Any) -> str:
        return self.asg.start_instance_refresh(AutoScalingGroupName="web", **more)["InstanceRefreshId"]

    def refreshed(self) -> Any:
        return self.asg.describe_instance_refreshes(AutoScalingGroupName="web")["InstanceRefreshes"][0]


@pytest.fixture
def group(client: Any) -> Group:
    return Group(client)


def test_instances_really_exist(client: Any, slow: Any) -> None:
    slow(instance=0.4, instance__service=0.1)
    group = Group(client)
    assert group.states() == ["Pending", "Pending"]
    group.serving()
    real = group.instances()
    assert {i["SubnetId"] for i in real} == set(group.net.subnets)
    tags = {t["Key"]: t["Value"] for t in real[0]["Tags"]}
    assert tags["role"] == "web" and "own" not in tags and tags["aws:ec2launchtemplate:version"] == "1"
    assert [g["GroupId"] for g in real[0]["SecurityGroups"]] == [group.net.group]
    assert group.get()["Instances"][0]["LaunchTemplate"] == {
        "LaunchTemplateId": group.template,
        "LaunchTemplateName": "web",
        "Version": "1",
    }


def test_a_name_is_taken(group: Group) -> None:
    group.serving()
    with refused("AlreadyExists"):
        group.create()
    assert len(group.instances()) == 2


def test_create_refuses(group: Group) -> None:
    for bad in (
        {"MinSize": 3, "MaxSize": 2},
        {"DesiredCapacity": 5},
        {"VPCZoneIdentifier": "subnet-00000000"},
        {"TargetGroupARNs": ["arn:aws:elasticloadbalancing:eu-central-1:123456789012:targetgroup/x/1"]},
        {"LaunchTemplate": {"LaunchTemplateId": "lt-00000000000000000"}},
        {"LaunchTemplate": {"LaunchTemplateId": group.template, "Version": "7"}},
        {"TerminationPolicies": ["Random"]},
    ):
        with refused("ValidationError"):
            group.create("other", **bad)
    for name, data in (
        ("image", {"ImageId": "ami-00000000000000000"}),
        ("profile", {"IamInstanceProfile": {"Name": "lost"}}),
        ("group", {"SecurityGroupIds": ["sg-00000000000000000"]}),
    ):
        lost = launch_template(group.client, group.net, name, **data)
        with refused("ValidationError") as problem:
            group.create("other", LaunchTemplate={"LaunchTemplateId": lost})
        assert problem.message.startswith("You must use a valid fully-formed launch template.")
    assert group.get("other") is None
    assert len(group.client("ec2").describe_instances()["Reservations"]) == 2


def test_an_image_of_a_parameter(client: Any) -> None:
    group = Group(client)
    client("ssm").put_parameter(Name="/image", Value="ami-0deb12d6400000001", Type="String")
    name = launch_template(client, group.net, "param", ImageId="resolve:ssm:/image")
    group.create("two", LaunchTemplate={"LaunchTemplateId": name, "Version": "$Latest"}, DesiredCapacity=1)
    got = group.get("two")
    assert got["LaunchTemplate"]["Version"] == "$Latest" and len(got["Instances"]) == 1


def test_every_field_is_updated(group: Group) -> None:
    fields = {
        "DefaultCooldown": 60,
        "TerminationPolicies": ["OldestInstance"],
        "HealthCheckGracePeriod": 120,
        "HealthCheckType": "ELB",
        "MaxInstanceLifetime": 604800,
        "DefaultInstanceWarmup": 90,
        "CapacityRebalance": True,
        "NewInstancesProtectedFromScaleIn": True,
    }
    before = group.get()
    assert before["HealthCheckGracePeriod"] == 0 and before["DefaultCooldown"] == 300
    assert before["TerminationPolicies"] == ["Default"]
    group.asg.update_auto_scaling_group(AutoScalingGroupName="web", **fields)
    after = group.get()
    assert {k: after[k] for k in fields} == fields
    group.asg.update_auto_scaling_group(
        AutoScalingGroupName="web", MaxInstanceLifetime=0, DefaultInstanceWarmup=-1
    )
    assert not {"MaxInstanceLifetime", "DefaultInstanceWarmup"} & set(group.get())


def test_instances_leave_a_subnet_that_is_taken_away(group: Group) -> None:
    before = group.serving()
    group.asg.update_auto_scaling_group(AutoScalingGroupName="web", VPCZoneIdentifier=group.net.subnets[0])

    def there() -> list[str]:
        return [i["SubnetId"] for i in group.instances() if i["State"]["Name"] != "terminated"]

    # One that serves elsewhere comes first.
    assert len(group.get()["Instances"]) == 3
    until(lambda: there() == [group.net.subnets[0]] * 2)
    assert len(set(group.serving()) & set(before)) == 1


def test_sizes_take_the_capacity_along(group: Group) -> None:
    group.asg.update_auto_scaling_group(AutoScalingGroupName="web", MinSize=3)
    group.serving(3)
    group.asg.update_auto_scaling_group(AutoScalingGroupName="web", MinSize=0, MaxSize=1)
    assert group.get()["DesiredCapacity"] == 1
    group.serving(1)
    with refused("ValidationError"):
        group.asg.set_desired_capacity(AutoScalingGroupName="web", DesiredCapacity=2)
    with refused("ValidationError"):
        group.asg.update_auto_scaling_group(AutoScalingGroupName="lost", MinSize=0)


def test_delete_waits_for_the_instances(group: Group, slow: Any) -> None:
    slow(instance__delete=0.1, autoscaling_group__delete=0.4)
    group.serving()
    with refused("ResourceInUse"):
        group.asg.delete_auto_scaling_group(AutoScalingGroupName="web")
    group.asg.delete_auto_scaling_group(AutoScalingGroupName="web", ForceDelete=True)
    assert group.get()["Status"] == "Delete in progress"
    with refused("AlreadyExists"):
        group.create()
    until(lambda: group.get() is None)
    assert {i["State"]["Name"] for i in group.instances()} == {"terminated"}
    with refused("ValidationError"):
        group.asg.delete_auto_scaling_group(AutoScalingGroupName="web")


def test_an_empty_group_is_deletable(group: Group) -> None:
    group.asg.update_auto_scaling_group(AutoScalingGroupName="web", MinSize=0, DesiredCapacity=0)
    until(lambda: not group.get()["Instances"])
    group.asg.delete_auto_scaling_group(AutoScalingGroupName="web")
    until(lambda: group.get() is None)


def test_what_is_terminated_is_replaced(group: Group) -> None:
    first = group.serving()
    group.client("ec2").terminate_instances(InstanceIds=first[:1])
    until(lambda: first[0] not in [i["InstanceId"] for i in group.get()["Instances"]])
    second = group.serving()
    assert first[1] in second
    group.asg.terminate_instance_in_auto_scaling_group(
        InstanceId=first[1], ShouldDecrementDesiredCapacity=True
    )
    until(lambda: len(group.get()["Instances"]) == 1)
    with refused("ValidationError"):
        group.asg.terminate_instance_in_auto_scaling_group(
            InstanceId=group.serving(1)[0], ShouldDecrementDesiredCapacity=True
        )
    done = group.asg.describe_scaling_activities(AutoScalingGroupName="web")["Activities"]
    assert done[0]["Description"].startswith("Terminating EC2 instance") and len(done) == 5


def test_a_launch_that_fails_is_told(group: Group) -> None:
    group.serving()
    ec2 = group.client("ec2")
    data = {"ImageId": "ami-00000000000000000", "InstanceType": "t3.micro"}
    ec2.create_launch_template_version(LaunchTemplateId=group.template, LaunchTemplateData=data)
    template = {"LaunchTemplateId": group.template, "Version": "2"}
    group.asg.update_auto_scaling_group(
        AutoScalingGroupName="web", LaunchTemplate=template, DesiredCapacity=3
    )
    failed = group.asg.describe_scaling_activities(AutoScalingGroupName="web")["Activities"][0]
    assert failed["StatusCode"] == "Failed" and "ami-00000000000000000" in failed["StatusMessage"]


def test_groups_by_tag_and_in_pages(group: Group) -> None:
    for name in ("b", "a"):
        group.create(name, DesiredCapacity=1, Tags=[{"Key": "stack", "Value": "s"}])
    filters = [{"Name": "tag:stack", "Values": ["s"]}]
    got = group.asg.describe_auto_scaling_groups(Filters=filters)["AutoScalingGroups"]
    assert [g["AutoScalingGroupName"] for g in got] == ["a", "b"]
    pages = group.asg.get_paginator("describe_auto_scaling_groups").paginate(PaginationConfig={"PageSize": 2})
    assert [len(p["AutoScalingGroups"]) for p in pages] == [2, 1]


def test_tags(group: Group) -> None:
    def tag(key: str, value: str) -> Any:
        return {
            "ResourceId": "web",
            "ResourceType": "auto-scaling-group",
            "Key": key,
            "Value": value,
            "PropagateAtLaunch": True,
        }

    group.asg.create_or_update_tags(Tags=[tag("role", "new"), tag("more", "y")])
    group.asg.delete_tags(Tags=[tag("own", "x")])
    assert {t["Key"]: t["Value"] for t in group.get()["Tags"]} == {"role": "new", "more": "y"}
    with refused("ValidationError"):
        group.asg.create_or_update_tags(Tags=[{**tag("a", "b"), "ResourceId": "lost"}])


def test_target_groups(group: Group, slow: Any) -> None:
    client, elb = group.client, group.client("elbv2")
    lb, tg = balancer(client, group.net), target_group(client, group.net)
    arn = tg["TargetGroupArn"]
    listener(client, lb["LoadBalancerArn"], arn)
    slow(target__register=0.4)
    group.asg.attach_load_balancer_target_groups(AutoScalingGroupName="web", TargetGroupARNs=[arn])
    assert group.get()["TargetGroupARNs"] == [arn]
    assert group.get()["TrafficSources"] == [{"Identifier": arn, "Type": "elbv2"}]
    serving = group.serving()

    def health() -> dict[str, str]:
        got = elb.describe_target_health(TargetGroupArn=arn)["TargetHealthDescriptions"]
        return {d["Target"]["Id"]: d["TargetHealth"]["State"] for d in got}

    assert health() == dict.fromkeys(serving, "initial")
    until(lambda: health() == dict.fromkeys(serving, "healthy"))
    group.asg.set_desired_capacity(AutoScalingGroupName="web", DesiredCapacity=1)
    until(lambda: len(health()) == 1)
    group.asg.detach_load_balancer_target_groups(AutoScalingGroupName="web", TargetGroupARNs=[arn])
    until(lambda: health() == {})
    assert group.get()["TargetGroupARNs"] == []


def test_target_tracking_policies(group: Group) -> None:
    client, asg = group.client, group.asg
    config = {
        "PredefinedMetricSpecification": {"PredefinedMetricType": "ASGAverageCPUUtilization"},
        "TargetValue": 50.0,
    }

    def put(name: str = "cpu", group_name: str = "web", **change: Any) -> Any:
        return asg.put_scaling_policy(
            AutoScalingGroupName=group_name,
            PolicyName=name,
            PolicyType="TargetTrackingScaling",
            TargetTrackingConfiguration={**config, **change},
        )

    made = put()
    assert len(made["Alarms"]) == 2
    group.create("two", DesiredCapacity=1)
    put(group_name="two")
    assert put(TargetValue=60.0)["PolicyARN"] == made["PolicyARN"]
    got = asg.describe_policies(AutoScalingGroupName="web")["ScalingPolicies"]
    assert len(got) == 1 and got[0]["Alarms"] == made["Alarms"] and got[0]["Enabled"] is True
    assert got[0]["TargetTrackingConfiguration"] == {**config, "TargetValue": 60.0, "DisableScaleIn": False}
    requests = {"PredefinedMetricType": "ALBRequestCountPerTarget"}
    with refused("ValidationError"):
        put("requests", PredefinedMetricSpecification=requests)
    lb, tg = balancer(client, group.net), target_group(client, group.net)
    listener(client, lb["LoadBalancerArn"], tg["TargetGroupArn"])
    label = lb["LoadBalancerArn"].split(":loadbalancer/")[1] + "/" + tg["TargetGroupArn"].rsplit(":", 1)[1]
    with refused("ValidationError"):
        put("requests", PredefinedMetricSpecification={**requests, "ResourceLabel": label})
    asg.attach_load_balancer_target_groups(AutoScalingGroupName="web", TargetGroupARNs=[tg["TargetGroupArn"]])
    put("requests", PredefinedMetricSpecification={**requests, "ResourceLabel": label})
    asg.delete_policy(AutoScalingGroupName="web", PolicyName="cpu")
    assert len(asg.describe_policies()["ScalingPolicies"]) == 2
    with refused("ValidationError"):
        asg.delete_policy(AutoScalingGroupName="web", PolicyName="cpu")


def test_scheduled_actions(group: Group) -> None:
    asg = group.asg

    def put(**more: Any) -> None:
        asg.put_scheduled_update_group_action(AutoScalingGroupName="web", ScheduledActionName="night", **more)

    put(Recurrence="30 22 * * 1-5", MinSize=0, DesiredCapacity=0, TimeZone="Europe/Berlin")
    got = asg.describe_scheduled_actions(AutoScalingGroupName="web")["ScheduledUpdateGroupActions"][0]
    assert got["Recurrence"] == "30 22 * * 1-5" and got["ScheduledActionARN"] and "MaxSize" not in got
    assert got["StartTime"] > datetime.datetime.now(datetime.timezone.utc)
    assert got["StartTime"].minute == 30 and got["StartTime"].hour in (20, 21)
    with refused("ValidationError"):
        put(Recurrence="61 * * * *", MinSize=0)
    with refused("ValidationError"):
        put(Recurrence="1 * * * *")
    asg.delete_scheduled_action(AutoScalingGroupName="web", ScheduledActionName="night")
    with refused("ValidationError"):
        asg.delete_scheduled_action(AutoScalingGroupName="web", ScheduledActionName="night")


def test_metrics_collection(group: Group) -> None:
    group.asg.enable_metrics_collection(AutoScalingGroupName="web", Granularity="1Minute")
    assert "GroupInServiceInstances" in [m["Metric"] for m in group.get()["EnabledMetrics"]]
    group.asg.disable_metrics_collection(AutoScalingGroupName="web")
    assert group.get()["EnabledMetrics"] == []


def test_lifecycle_hooks(group: Group) -> None:
    group.asg.put_lifecycle_hook(
        AutoScalingGroupName="web",
        LifecycleHookName="h",
        LifecycleTransition="autoscaling:EC2_INSTANCE_TERMINATING",
        HeartbeatTimeout=60,
    )
    hook = group.asg.describe_lifecycle_hooks(AutoScalingGroupName="web")["LifecycleHooks"][0]
    assert hook["HeartbeatTimeout"] == 60 and "RoleARN" not in hook


def test_an_instance_refresh_replaces_all(group: Group, slow: Any) -> None:
    slow(instance_refresh=1.0)
    before = group.serving()
    ec2 = group.client("ec2")
    ec2.create_launch_template_version(
        LaunchTemplateId=group.template, SourceVersion="1", LaunchTemplateData={"InstanceType": "t3.small"}
    )
    template = {"LaunchTemplateId": group.template, "Version": "2"}
    group.asg.update_auto_scaling_group(AutoScalingGroupName="web", LaunchTemplate=template)
    refresh = group.refresh(Preferences={"MinHealthyPercentage": 50})
    with refused("InstanceRefreshInProgress"):
        group.refresh()
    seen = []

    def done() -> bool:
        now = group.refreshed()
        seen.append((now["Status"], now.get("PercentageComplete", 0)))
        return now["Status"] == "Successful"

    until(done)
    assert seen[0] == ("Pending", 0) and ("InProgress", 50) in seen and seen[-1] == ("Successful", 100)
    last = group.refreshed()
    assert last["InstanceRefreshId"] == refresh and last["EndTime"] >= last["StartTime"]
    assert last["Preferences"]["MinHealthyPercentage"] == 50 and last["InstancesToUpdate"] == 0
    after = group.serving()
    assert not set(before) & set(after)
    assert {i["LaunchTemplate"]["Version"] for i in group.get()["Instances"]} == {"2"}
    assert {i["InstanceType"] for i in group.get()["Instances"]} == {"t3.small"}


def test_a_refresh_that_launches_first(group: Group) -> None:
    before = group.serving()
    group.refresh(Preferences={"MinHealthyPercentage": 100, "MaxHealthyPercentage": 150})
    fewest = []

    def done() -> bool:
        fewest.append(group.states().count("InService"))
        return group.refreshed()["Status"] == "Successful"

    until(done)
    assert min(fewest) >= 2 and not set(before) & set(group.serving())


def test_a_refresh_can_be_cancelled(group: Group, slow: Any) -> None:
    slow(instance_refresh=5.0)
    group.serving()
    with refused("ActiveInstanceRefreshNotFound"):
        group.asg.cancel_instance_refresh(AutoScalingGroupName="web")
    group.refresh()
    group.asg.cancel_instance_refresh(AutoScalingGroupName="web")
    until(lambda: group.refreshed()["Status"] == "Cancelled")
    group.refresh()
    assert len(group.asg.describe_instance_refreshes(AutoScalingGroupName="web")["InstanceRefreshes"]) == 2


def test_a_refresh_skips_what_matches(group: Group) -> None:
    before = group.serving()
    group.refresh(Preferences={"SkipMatching": True})
    until(lambda: group.refreshed()["Status"] == "Successful")
    assert set(before) == set(group.serving())
    with refused("ValidationError"):
        group.refresh(DesiredConfiguration={"LaunchTemplate": {"LaunchTemplateId": "lt-00000000000000000"}})
