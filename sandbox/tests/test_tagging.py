"""GetResources finds what has a tag, whatever its kind."""

from __future__ import annotations

from typing import Any

from parts import balancer, launch_template, listener, network, target_group

TAGS = [{"Key": "stack", "Value": "s"}]


def found(client: Any, region: str, *kinds: str) -> set[str]:
    api = client("resourcegroupstaggingapi", region=region)
    pages = api.get_paginator("get_resources").paginate(
        TagFilters=[{"Key": "stack", "Values": ["s"]}], ResourceTypeFilters=list(kinds)
    )
    return {
        r["ResourceARN"].split(":", 5)[5].split("/")[0] for p in pages for r in p["ResourceTagMappingList"]
    }


def test_every_kind_with_the_tag(client: Any) -> None:
    net, ec2, elb, rds = network(client), client("ec2"), client("elbv2"), client("rds")
    template = launch_template(client, net)
    address = ec2.allocate_address(Domain="vpc")["AllocationId"]
    ec2.create_tags(Resources=[net.vpc, template, address], Tags=TAGS)
    lb, tg = balancer(client, net), target_group(client, net)
    made = listener(client, lb["LoadBalancerArn"], tg["TargetGroupArn"])
    arns = [lb["LoadBalancerArn"], tg["TargetGroupArn"], made["ListenerArn"]]
    elb.add_tags(ResourceArns=arns, Tags=TAGS)
    rds.create_db_subnet_group(
        DBSubnetGroupName="d", DBSubnetGroupDescription="d", SubnetIds=net.subnets, Tags=TAGS
    )
    rds.create_db_parameter_group(
        DBParameterGroupName="p", DBParameterGroupFamily="mysql8.4", Description="d", Tags=TAGS
    )
    assert found(client, "eu-central-1") == {
        "vpc",
        "launch-template",
        "elastic-ip",
        "loadbalancer",
        "targetgroup",
        "listener",
        "subgrp:d",
        "pg:p",
    }
    assert found(client, "eu-central-1", "rds:pg", "ec2:vpc") == {"vpc", "pg:p"}


def test_zones_are_in_virginia(client: Any) -> None:
    dns = client("route53")
    zone = dns.create_hosted_zone(Name="example.org", CallerReference="z")["HostedZone"]["Id"].split("/")[-1]
    dns.change_tags_for_resource(ResourceType="hostedzone", ResourceId=zone, AddTags=TAGS)
    assert found(client, "us-east-1") == {"hostedzone"}
    assert found(client, "eu-central-1") == set()
