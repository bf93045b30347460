"""Load balancers, target groups and listeners behave as the ELBv2 API reference says."""

from __future__ import annotations

from typing import Any

import pytest
from conftest import refused, until
from parts import balancer, certificate, interfaces, listener, network, target_group


@pytest.fixture
def net(client: Any) -> Any:
    return network(client)


def test_a_balancer_is_provisioning_then_active(client: Any, net: Any, slow: Any) -> None:
    slow(load_balancer=0.15)
    made = balancer(client, net)
    assert made["State"]["Code"] == "provisioning"
    assert made["Scheme"] == "internet-facing" and made["Type"] == "application"
    assert made["CanonicalHostedZoneId"] == "Z215JYRZR1TBD5"
    elb = client("elbv2")
    until(lambda: elb.describe_load_balancers(Names=["lb"])["LoadBalancers"][0]["State"]["Code"] == "active")


def test_create_load_balancer_is_idempotent(client: Any, net: Any) -> None:
    first = balancer(client, net)
    assert balancer(client, net)["LoadBalancerArn"] == first["LoadBalancerArn"]
    assert len(client("elbv2").describe_load_balancers()["LoadBalancers"]) == 1
    assert len(interfaces(client, "ELB *")) == 2
    with refused("DuplicateLoadBalancerName"):
        balancer(client, net, Scheme="internal")


def test_create_load_balancer_refuses(client: Any, net: Any) -> None:
    elb = client("elbv2")
    with refused("ValidationError"):
        elb.create_load_balancer(Name="one", Subnets=net.subnets[:1])
    with refused("SubnetNotFound"):
        elb.create_load_balancer(Name="lost", Subnets=[net.subnets[0], "subnet-00000000"])
    with refused("InvalidSecurityGroup"):
        elb.create_load_balancer(Name="sg", Subnets=net.subnets, SecurityGroups=["sg-00000000"])
    with refused("ValidationError"):
        elb.create_load_balancer(Name="-x", Subnets=net.subnets)
    with refused("ValidationError"):
        elb.create_load_balancer(Name="n" * 33, Subnets=net.subnets)


def test_internet_facing_needs_a_gateway(client: Any) -> None:
    net = network(client, gateway=False)
    with refused("InvalidSubnet"):
        balancer(client, net)
    assert balancer(client, net, Scheme="internal")["DNSName"].startswith("internal-lb-")


def test_describe_by_name_refuses_what_is_not_there(client: Any, net: Any) -> None:
    balancer(client, net)
    with refused("LoadBalancerNotFound"):
        client("elbv2").describe_load_balancers(Names=["lb", "other"])


def test_describe_load_balancers_in_pages(client: Any, net: Any) -> None:
    for name in ("one", "two", "three"):
        balancer(client, net, name)
    elb = client("elbv2")
    pages = list(elb.get_paginator("describe_load_balancers").paginate(PaginationConfig={"PageSize": 2}))
    assert [len(p["LoadBalancers"]) for p in pages] == [2, 1]


def test_default_attributes_and_their_values(client: Any, net: Any) -> None:
    elb, arn = client("elbv2"), balancer(client, net)["LoadBalancerArn"]

    def attributes() -> dict[str, str]:
        got = elb.describe_load_balancer_attributes(LoadBalancerArn=arn)["Attributes"]
        return {a["Key"]: a["Value"] for a in got}

    have = attributes()
    assert have["idle_timeout.timeout_seconds"] == "60"
    assert have["routing.http.desync_mitigation_mode"] == "defensive"
    assert have["load_balancing.cross_zone.enabled"] == "true"
    assert have["client_keep_alive.seconds"] == "3600"
    assert have["access_logs.s3.enabled"] == "false" and have["access_logs.s3.bucket"] == ""

    def modify(key: str, value: str) -> None:
        elb.modify_load_balancer_attributes(LoadBalancerArn=arn, Attributes=[{"Key": key, "Value": value}])

    modify("idle_timeout.timeout_seconds", "120")
    assert attributes() == {**have, "idle_timeout.timeout_seconds": "120"}
    for key, value in (
        ("nonsense", "1"),
        ("idle_timeout.timeout_seconds", "4001"),
        ("routing.http2.enabled", "yes"),
    ):
        with refused("ValidationError"):
            modify(key, value)


def test_access_logs_need_a_bucket_that_lets_write(client: Any, net: Any) -> None:
    elb, s3, arn = client("elbv2"), client("s3"), balancer(client, net)["LoadBalancerArn"]
    wanted = [
        {"Key": "access_logs.s3.enabled", "Value": "true"},
        {"Key": "access_logs.s3.bucket", "Value": "logs"},
    ]
    with refused("InvalidConfigurationRequest"):
        elb.modify_load_balancer_attributes(LoadBalancerArn=arn, Attributes=wanted)
    s3.create_bucket(Bucket="logs", CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
    statement = (
        '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":'
        '{"Service":"logdelivery.elasticloadbalancing.amazonaws.com"},'
        '"Action":"s3:PutObject","Resource":"arn:aws:s3:::logs/*"}]}'
    )
    s3.put_bucket_policy(Bucket="logs", Policy=statement)
    elb.modify_load_balancer_attributes(LoadBalancerArn=arn, Attributes=wanted)


def test_deletion_protection(client: Any, net: Any) -> None:
    elb, arn = client("elbv2"), balancer(client, net)["LoadBalancerArn"]
    for value in ("true", "false"):
        elb.modify_load_balancer_attributes(
            LoadBalancerArn=arn, Attributes=[{"Key": "deletion_protection.enabled", "Value": value}]
        )
        if value == "true":
            with refused("OperationNotPermitted"):
                elb.delete_load_balancer(LoadBalancerArn=arn)
    elb.delete_load_balancer(LoadBalancerArn=arn)
    elb.delete_load_balancer(LoadBalancerArn=arn)
    with refused("LoadBalancerNotFound"):
        elb.describe_load_balancers(LoadBalancerArns=[arn])


def test_interfaces_outlive_the_balancer(client: Any, net: Any, slow: Any) -> None:
    slow(load_balancer__delete=0.4)
    made = balancer(client, net)
    text = "ELB app/lb/" + made["LoadBalancerArn"].rsplit("/", 1)[1]
    enis = interfaces(client, text)
    assert {e["SubnetId"] for e in enis} == set(net.subnets)
    assert enis[0]["RequesterId"] == "amazon-elb" and enis[0]["RequesterManaged"] is True
    assert enis[0]["Status"] == "in-use" and enis[0]["Attachment"]["InstanceOwnerId"] == "amazon-elb"
    assert [g["GroupId"] for g in enis[0]["Groups"]] == [net.group]
    client("elbv2").delete_load_balancer(LoadBalancerArn=made["LoadBalancerArn"])
    assert len(interfaces(client, text)) == 2
    for call in (
        lambda: net.ec2.delete_subnet(SubnetId=net.subnets[0]),
        lambda: net.ec2.delete_security_group(GroupId=net.group),
    ):
        with refused("DependencyViolation"):
            call()
    until(lambda: not interfaces(client, text))
    net.ec2.delete_security_group(GroupId=net.group)
    net.ec2.delete_subnet(SubnetId=net.subnets[0])


def test_set_security_groups_and_subnets(client: Any) -> None:
    net = network(client, zones="abc")
    elb, arn = client("elbv2"), balancer(client, net)["LoadBalancerArn"]
    other = net.ec2.create_security_group(GroupName="other", Description="o", VpcId=net.vpc)["GroupId"]
    got = elb.set_security_groups(LoadBalancerArn=arn, SecurityGroups=[other])
    assert got["SecurityGroupIds"] == [other]
    assert [g["GroupId"] for g in interfaces(client, "ELB *")[0]["Groups"]] == [other]
    with refused("InvalidSecurityGroup"):
        elb.set_security_groups(LoadBalancerArn=arn, SecurityGroups=["sg-00000000"])
    elb.set_subnets(LoadBalancerArn=arn, Subnets=net.subnets[1:])
    zones = elb.describe_load_balancers()["LoadBalancers"][0]["AvailabilityZones"]
    assert {z["SubnetId"] for z in zones} == set(net.subnets[1:])
    until(lambda: {e["SubnetId"] for e in interfaces(client, "ELB *")} == set(net.subnets[1:]))


def test_create_target_group_is_idempotent(client: Any, net: Any) -> None:
    first = target_group(client, net)
    assert first["Matcher"] == {"HttpCode": "200"} and first["HealthCheckPort"] == "traffic-port"
    assert target_group(client, net)["TargetGroupArn"] == first["TargetGroupArn"]
    with refused("DuplicateTargetGroupName"):
        target_group(client, net, HealthCheckIntervalSeconds=60)
    assert len(client("elbv2").describe_target_groups()["TargetGroups"]) == 1


def test_target_group_attributes(client: Any, net: Any) -> None:
    elb, arn = client("elbv2"), target_group(client, net)["TargetGroupArn"]

    def modify(**given: str) -> dict[str, str]:
        attrs = [{"Key": k.replace("__", "."), "Value": v} for k, v in given.items()]
        got = elb.modify_target_group_attributes(TargetGroupArn=arn, Attributes=attrs)["Attributes"]
        return {a["Key"]: a["Value"] for a in got}

    have = {
        a["Key"]: a["Value"] for a in elb.describe_target_group_attributes(TargetGroupArn=arn)["Attributes"]
    }
    assert have["deregistration_delay.timeout_seconds"] == "300"
    assert have["stickiness.type"] == "lb_cookie"
    assert have["load_balancing.algorithm.anomaly_mitigation"] == "off"
    assert have["target_group_health.unhealthy_state_routing.minimum_healthy_targets.count"] == "1"
    assert modify(deregistration_delay__timeout_seconds="3600") == {
        **have,
        "deregistration_delay.timeout_seconds": "3600",
    }
    for key, value in (
        ("load_balancing__algorithm__type", "fastest"),
        ("slow_start__duration_seconds", "10"),
        ("nonsense", "1"),
    ):
        with refused("ValidationError"):
            modify(**{key: value})
    with refused("InvalidConfigurationRequest"):
        modify(load_balancing__algorithm__anomaly_mitigation="on")
    modify(
        load_balancing__algorithm__type="weighted_random", load_balancing__algorithm__anomaly_mitigation="on"
    )


def test_modify_target_group(client: Any, net: Any) -> None:
    elb, arn = client("elbv2"), target_group(client, net)["TargetGroupArn"]
    elb.modify_target_group(
        TargetGroupArn=arn, HealthCheckPath="/up", Matcher={"HttpCode": "200-299"}, HealthyThresholdCount=3
    )
    got = elb.describe_target_groups(TargetGroupArns=[arn])["TargetGroups"][0]
    assert (got["HealthCheckPath"], got["Matcher"]["HttpCode"], got["HealthyThresholdCount"]) == (
        "/up",
        "200-299",
        3,
    )
    with refused("ValidationError"):
        elb.modify_target_group(TargetGroupArn=arn, HealthCheckTimeoutSeconds=40)


def test_target_group_in_use(client: Any, net: Any) -> None:
    elb, lb, tg = client("elbv2"), balancer(client, net), target_group(client, net)
    assert elb.describe_target_groups(LoadBalancerArn=lb["LoadBalancerArn"])["TargetGroups"] == []
    made = listener(client, lb["LoadBalancerArn"], tg["TargetGroupArn"])
    assert elb.describe_target_groups()["TargetGroups"][0]["LoadBalancerArns"] == [lb["LoadBalancerArn"]]
    with refused("ResourceInUse"):
        elb.delete_target_group(TargetGroupArn=tg["TargetGroupArn"])
    second = balancer(client, net, "second")
    with refused("TargetGroupAssociationLimit"):
        listener(client, second["LoadBalancerArn"], tg["TargetGroupArn"])
    elb.delete_listener(ListenerArn=made["ListenerArn"])
    elb.delete_target_group(TargetGroupArn=tg["TargetGroupArn"])


def test_forward_is_given_back_with_its_config(client: Any, net: Any) -> None:
    lb, tg = balancer(client, net), target_group(client, net)
    action = listener(client, lb["LoadBalancerArn"], tg["TargetGroupArn"])["DefaultActions"][0]
    assert action["TargetGroupArn"] == tg["TargetGroupArn"]
    assert action["ForwardConfig"] == {
        "TargetGroups": [{"TargetGroupArn": tg["TargetGroupArn"], "Weight": 1}],
        "TargetGroupStickinessConfig": {"Enabled": False},
    }


def test_redirect_defaults_and_duplicates(client: Any, net: Any) -> None:
    elb, lb = client("elbv2"), balancer(client, net)["LoadBalancerArn"]
    redirect = {"Protocol": "HTTPS", "Port": "443", "StatusCode": "HTTP_301"}
    actions = [{"Type": "redirect", "RedirectConfig": redirect}]
    made = listener(client, lb, "", DefaultActions=actions)
    assert made["DefaultActions"][0]["RedirectConfig"] == {
        **redirect,
        "Host": "#{host}",
        "Path": "/#{path}",
        "Query": "#{query}",
    }
    assert "SslPolicy" not in made
    assert listener(client, lb, "", DefaultActions=actions)["ListenerArn"] == made["ListenerArn"]
    with refused("DuplicateListener"):
        fixed = {"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "503"}}
        listener(client, lb, "", DefaultActions=[fixed])
    with refused("InvalidLoadBalancerAction"):
        loop = {"Type": "redirect", "RedirectConfig": {"StatusCode": "HTTP_301"}}
        listener(client, lb, "", port=81, DefaultActions=[loop])
    assert len(elb.describe_listeners(LoadBalancerArn=lb)["Listeners"]) == 1


def test_https_listener(client: Any, net: Any) -> None:
    elb, lb, tg = client("elbv2"), balancer(client, net)["LoadBalancerArn"], target_group(client, net)
    https: dict[str, Any] = {"port": 443, "Protocol": "HTTPS"}
    with refused("CertificateNotFound"):
        listener(client, lb, tg["TargetGroupArn"], **https)
    lost = "arn:aws:acm:eu-central-1:123456789012:certificate/00000000-0000-0000-0000-000000000000"
    with refused("CertificateNotFound"):
        listener(client, lb, tg["TargetGroupArn"], Certificates=[{"CertificateArn": lost}], **https)
    pending = client("acm").request_certificate(DomainName="a.example.net", ValidationMethod="DNS")[
        "CertificateArn"
    ]
    with refused("UnsupportedCertificate"):
        listener(client, lb, tg["TargetGroupArn"], Certificates=[{"CertificateArn": pending}], **https)
    arn = certificate(client)
    with refused("SSLPolicyNotFound"):
        listener(
            client, lb, tg["TargetGroupArn"], Certificates=[{"CertificateArn": arn}], SslPolicy="no", **https
        )
    made = listener(client, lb, tg["TargetGroupArn"], Certificates=[{"CertificateArn": arn}], **https)
    assert made["SslPolicy"] == "ELBSecurityPolicy-2016-08"
    assert made["Certificates"] == [{"CertificateArn": arn}]
    elb.modify_listener(ListenerArn=made["ListenerArn"], SslPolicy="ELBSecurityPolicy-TLS13-1-2-2021-06")
    got = elb.describe_listeners(ListenerArns=[made["ListenerArn"]])["Listeners"][0]
    assert got["SslPolicy"] == "ELBSecurityPolicy-TLS13-1-2-2021-06" and got["Certificates"]
    with refused("ResourceInUseException"):
        client("acm").delete_certificate(CertificateArn=arn)
    assert client("acm").describe_certificate(CertificateArn=arn)["Certificate"]["InUseBy"] == [lb]
    elb.delete_listener(ListenerArn=made["ListenerArn"])
    client("acm").delete_certificate(CertificateArn=arn)


def test_modify_listener(client: Any, net: Any) -> None:
    elb, lb = client("elbv2"), balancer(client, net)["LoadBalancerArn"]
    one, two = target_group(client, net, "one"), target_group(client, net, "two")
    made = listener(client, lb, one["TargetGroupArn"])
    listener(client, lb, one["TargetGroupArn"], port=81)
    weights = [{"TargetGroupArn": g["TargetGroupArn"], "Weight": w} for g, w in ((one, 90), (two, 10))]
    elb.modify_listener(
        ListenerArn=made["ListenerArn"],
        DefaultActions=[{"Type": "forward", "ForwardConfig": {"TargetGroups": weights}}],
    )
    action = elb.describe_listeners(ListenerArns=[made["ListenerArn"]])["Listeners"][0]["DefaultActions"][0]
    assert "TargetGroupArn" not in action and action["ForwardConfig"]["TargetGroups"] == weights
    with refused("ResourceInUse"):
        elb.delete_target_group(TargetGroupArn=two["TargetGroupArn"])
    with refused("DuplicateListener"):
        elb.modify_listener(ListenerArn=made["ListenerArn"], Port=81)
    with refused("ListenerNotFound"):
        elb.describe_listeners(ListenerArns=[made["ListenerArn"], made["ListenerArn"] + "0"])


def test_tags_of_every_kind(client: Any, net: Any) -> None:
    elb, lb, tg = client("elbv2"), balancer(client, net), target_group(client, net)
    made = listener(client, lb["LoadBalancerArn"], tg["TargetGroupArn"])
    arns = [lb["LoadBalancerArn"], tg["TargetGroupArn"], made["ListenerArn"]]
    elb.add_tags(ResourceArns=arns, Tags=[{"Key": f"t{n}", "Value": "x"} for n in range(20)])
    elb.remove_tags(ResourceArns=arns, TagKeys=["t0"])
    got = {d["ResourceArn"]: d["Tags"] for d in elb.describe_tags(ResourceArns=arns)["TagDescriptions"]}
    assert [len(got[arn]) for arn in arns] == [20, 19, 19]
    elb.delete_load_balancer(LoadBalancerArn=lb["LoadBalancerArn"])
    with refused("LoadBalancerNotFound"):
        elb.describe_tags(ResourceArns=arns)
    with refused("ValidationError"):
        elb.describe_tags(ResourceArns=[tg["TargetGroupArn"]] * 21)


def test_target_health(client: Any, net: Any, slow: Any) -> None:
    slow(target__register=0.4, target__deregister=0.4)
    elb, lb, tg = client("elbv2"), balancer(client, net), target_group(client, net)
    arn = tg["TargetGroupArn"]
    run = net.ec2.run_instances(
        ImageId="ami-0deb12d6400000001",
        MinCount=1,
        MaxCount=1,
        SubnetId=net.subnets[0],
        InstanceType="t3.micro",
    )
    instance = run["Instances"][0]["InstanceId"]
    reservations = "Reservations"
    until(
        lambda: net.ec2.describe_instances(InstanceIds=[instance])[reservations][0]["Instances"][0]["State"][
            "Name"
        ]
        == "running"
    )

    def state() -> str:
        entries = elb.describe_target_health(TargetGroupArn=arn)["TargetHealthDescriptions"]
        return entries[0]["TargetHealth"]["State"] if entries else "none"

    elb.register_targets(TargetGroupArn=arn, Targets=[{"Id": instance}])
    assert state() == "unused"
    listener(client, lb["LoadBalancerArn"], arn)
    assert state() == "initial"
    until(lambda: state() == "healthy")
    elb.deregister_targets(TargetGroupArn=arn, Targets=[{"Id": instance}])
    assert state() == "draining"
    until(lambda: state() == "none")
