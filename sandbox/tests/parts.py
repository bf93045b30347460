"""What many tests need first: a network, an image, a launch template, an issued certificate."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from conftest import REGION, until


def network(client: Any, gateway: bool = True, zones: str = "ab") -> Any:
    """A VPC with a subnet in each zone and a security group."""
    ec2 = client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    until(lambda: ec2.describe_vpcs(VpcIds=[vpc])["Vpcs"][0]["State"] == "available")
    subnets = [
        ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.0.{n}.0/24", AvailabilityZone=REGION + zone)["Subnet"][
            "SubnetId"
        ]
        for n, zone in enumerate(zones)
    ]
    igw = None
    if gateway:
        igw = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
        ec2.attach_internet_gateway(VpcId=vpc, InternetGatewayId=igw)
    group = ec2.create_security_group(GroupName="web", Description="web", VpcId=vpc)["GroupId"]
    return SimpleNamespace(vpc=vpc, subnets=subnets, group=group, igw=igw, ec2=ec2)


def balancer(client: Any, net: Any, name: str = "lb", **more: Any) -> Any:
    made = client("elbv2").create_load_balancer(
        Name=name,
        Subnets=net.subnets[:2],
        SecurityGroups=[net.group],
        Tags=[{"Key": "k", "Value": "v"}],
        **more,
    )
    return made["LoadBalancers"][0]


def target_group(client: Any, net: Any, name: str = "tg", **more: Any) -> Any:
    made = client("elbv2").create_target_group(
        Name=name, Protocol="HTTP", Port=80, VpcId=net.vpc, HealthCheckPath="/health", **more
    )
    return made["TargetGroups"][0]


def listener(client: Any, balancer_arn: str, group_arn: str, port: int = 80, **more: Any) -> Any:
    actions = [{"Type": "forward", "TargetGroupArn": group_arn}]
    made = client("elbv2").create_listener(
        LoadBalancerArn=balancer_arn, **{"Protocol": "HTTP", "Port": port, "DefaultActions": actions, **more}
    )
    return made["Listeners"][0]


def interfaces(client: Any, description: str) -> list[Any]:
    filters = [{"Name": "description", "Values": [description]}]
    return client("ec2").describe_network_interfaces(Filters=filters)["NetworkInterfaces"]


def certificate(client: Any, domain: str = "www.example.org", region: str = REGION) -> str:
    """An issued certificate, validated in a zone of its own."""
    acm, dns = client("acm", region=region), client("route53")
    arn = acm.request_certificate(DomainName=domain, ValidationMethod="DNS")["CertificateArn"]
    zone_name = domain.split(".", 1)[1]
    zone = dns.create_hosted_zone(Name=zone_name, CallerReference=arn)["HostedZone"]["Id"]

    def options() -> Any:
        return acm.describe_certificate(CertificateArn=arn)["Certificate"]["DomainValidationOptions"]

    record = until(lambda: options()[0].get("ResourceRecord"))
    dns.change_resource_record_sets(
        HostedZoneId=zone,
        ChangeBatch={
            "Changes": [
                {
                    "Action": "UPSERT",
                    "ResourceRecordSet": {
                        "Name": record["Name"],
                        "Type": "CNAME",
                        "TTL": 60,
                        "ResourceRecords": [{"Value": record["Value"]}],
                    },
                }
            ]
        },
    )
    until(lambda: acm.describe_certificate(CertificateArn=arn)["Certificate"]["Status"] == "ISSUED")
    return arn


def launch_template(client: Any, net: Any, name: str = "web", **data: Any) -> str:
    made = client("ec2").create_launch_template(
        LaunchTemplateName=name,
        LaunchTemplateData={
            "ImageId": "ami-0deb12d6400000001",
            "InstanceType": "t3.micro",
            "SecurityGroupIds": [net.group],
            **data,
        },
    )
    return made["LaunchTemplate"]["LaunchTemplateId"]
