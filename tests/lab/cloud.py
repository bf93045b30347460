"""The stack on the emulator of AWS: `drucloud up`, and what then is to be known of it to boot its machines."""

from __future__ import annotations

import base64
import os
import subprocess
import sys
from functools import cached_property
from pathlib import Path
from typing import Any

import record
from host import Trouble
from machine import Machine

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
STACK = HERE / "stack.yaml"
NAME, ENVIRONMENT = "lab", "lab"
REGION = "us-east-1"


def packages() -> Path:
    """Where the emulator's packages are: those of `make sandbox`."""
    return Path(os.environ.get("DRUCLOUD_SANDBOX_PACKAGES") or ROOT / ".sandbox").absolute()


def binary() -> Path:
    """The program, as `make build` leaves it."""
    path = Path(os.environ.get("CARGO_TARGET_DIR") or ROOT / "target") / "debug" / "drucloud"
    if not path.exists():
        raise Trouble(f"{path} is not there: run `make build` first")
    return path


class Cloud:
    """An emulator of the lab's own, with the stack in it."""

    def __init__(self) -> None:
        self.environment = {
            **os.environ,
            "DRUCLOUD_SANDBOX_DIR": str(record.home() / "emulator"),
            "DRUCLOUD_SANDBOX_PACKAGES": str(packages()),
        }

    def ctl(self, command: str) -> str:
        call = [sys.executable, str(ROOT / "sandbox" / "ctl.py"), command]
        done = subprocess.run(call, env=self.environment, capture_output=True, text=True)
        if done.returncode:
            raise Trouble(f"the emulator: {done.stdout}{done.stderr}")
        return done.stdout

    def start(self) -> None:
        (record.home() / "emulator").mkdir(exist_ok=True)
        self.ctl("start")
        self.connect()

    def connect(self) -> None:
        """Takes over the environment that `ctl.py env` prints."""
        for line in self.ctl("env").splitlines():
            words = line.split()
            if words[:1] == ["export"]:
                name, _, value = words[1].partition("=")
                self.environment[name] = value.strip("'\"")
            elif words[:1] == ["unset"]:
                for name in words[1:]:
                    self.environment.pop(name, None)
        self.environment |= {"AWS_REGION": REGION, "AWS_DEFAULT_REGION": REGION}

    def stop(self) -> None:
        self.ctl("stop")

    @property
    def endpoint(self) -> str:
        return self.environment["AWS_ENDPOINT_URL"]

    def drucloud(self, *arguments: str) -> str:
        """Runs a command of the program."""
        call = [str(binary()), *arguments]
        done = subprocess.run(call, env=self.environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        if done.returncode:
            raise Trouble(f"`drucloud {' '.join(arguments)}` ended with {done.returncode}:\n{done.stdout[-3000:]}")
        return done.stdout

    def client(self, service: str) -> Any:
        import boto3  # of the emulator's packages

        return boto3.client(
            service, region_name=REGION, endpoint_url=self.endpoint,
            aws_access_key_id="sandbox", aws_secret_access_key="sandbox",
        )

    def lose(self, instance: str) -> None:
        """An instance ends without a word, and its data volumes with it."""
        ec2 = self.client("ec2")
        attached = [{"Name": "attachment.instance-id", "Values": [instance]}]
        volumes = [volume["VolumeId"] for volume in ec2.describe_volumes(Filters=attached)["Volumes"]]
        ec2.terminate_instances(InstanceIds=[instance])
        ec2.get_waiter("instance_terminated").wait(InstanceIds=[instance], WaiterConfig={"Delay": 1})
        for volume in volumes:
            found = ec2.describe_volumes(Filters=[{"Name": "volume-id", "Values": [volume]}])["Volumes"]
            if found and found[0]["State"] != "deleting":
                ec2.delete_volume(VolumeId=volume)

    # ------------------------------------------------------------ what is there

    @cached_property
    def instances(self) -> list[dict[str, Any]]:
        """The stack's instances with their tags as a mapping."""
        found = []
        states = [{"Name": "instance-state-name", "Values": ["running"]}]
        for page in self.client("ec2").get_paginator("describe_instances").paginate(Filters=states):
            for reservation in page["Reservations"]:
                for instance in reservation["Instances"]:
                    tags = {tag["Key"]: tag["Value"] for tag in instance.get("Tags", [])}
                    found.append({**instance, "tags": tags})
        return found

    def user_data(self, instance: dict[str, Any]) -> str:
        """What EC2 would give this instance."""
        answer = self.client("ec2").describe_instance_attribute(
            InstanceId=instance["InstanceId"], Attribute="userData"
        )
        return base64.b64decode(answer["UserData"].get("Value", "")).decode()

    def machines(self) -> list[Machine]:
        """The machines of the lab that are instances of the stack: file servers first, web nodes last."""
        volumes = {"files": ["/srv/brick"], "search": ["/srv/solr"]}
        found = []
        for instance in self.instances:
            address = instance["tags"].get("drucloud:address", "web")
            role, number = address.split(".")[0], address.rsplit(".", 1)[-1]
            name = f"files-{number}" if role == "files" else role
            found.append(Machine(
                name=name, role=role, layer=role, instance=instance["InstanceId"],
                addresses=[instance["PrivateIpAddress"]], user_data=self.user_data(instance),
                hostname=f"ip-{instance['PrivateIpAddress'].replace('.', '-')}", volumes=volumes.get(role, []),
            ))
        order = ["files", "search", "control", "web"]
        found.sort(key=lambda machine: (order.index(machine.role), machine.name, machine.address))
        for number, node in enumerate([machine for machine in found if machine.role == "web"], 1):
            node.name = f"web-{number}"
        return found

    def metadata(self) -> dict[str, dict[str, str]]:
        """What the metadata service tells each machine, by its address."""
        return {
            instance["PrivateIpAddress"]: {
                "instance": instance["InstanceId"],
                "type": instance["InstanceType"],
                "zone": instance["Placement"]["AvailabilityZone"],
                "hostname": instance["PrivateDnsName"],
            }
            for instance in self.instances
        }

    def names(self) -> tuple[dict[str, str], dict[str, str]]:
        """The private zone: addresses by name, and names that stand for other names."""
        addresses, aliases = {}, {}
        route53 = self.client("route53")
        for zone in route53.list_hosted_zones()["HostedZones"]:
            for page in route53.get_paginator("list_resource_record_sets").paginate(HostedZoneId=zone["Id"]):
                for entry in page["ResourceRecordSets"]:
                    values = [value["Value"].rstrip(".") for value in entry.get("ResourceRecords", [])]
                    if entry["Type"] == "A" and values:
                        addresses[entry["Name"].rstrip(".")] = values[0]
                    elif entry["Type"] == "CNAME" and values:
                        aliases[entry["Name"].rstrip(".")] = values[0]
        return addresses, aliases

    @cached_property
    def database(self) -> dict[str, Any]:
        return self.client("rds").describe_db_instances()["DBInstances"][0]

    def master(self) -> str:
        """The secret that RDS keeps its master user in."""
        arn = self.database["MasterUserSecret"]["SecretArn"]
        return self.client("secretsmanager").get_secret_value(SecretId=arn)["SecretString"]

    def cache_nodes(self) -> list[str]:
        clusters = self.client("elasticache").describe_cache_clusters(ShowCacheNodeInfo=True)["CacheClusters"]
        return [node["Endpoint"]["Address"] for cluster in clusters for node in cluster["CacheNodes"]]

    def target_group(self) -> dict[str, Any]:
        return self.client("elbv2").describe_target_groups()["TargetGroups"][0]

    def balancer(self) -> dict[str, Any]:
        return self.client("elbv2").describe_load_balancers()["LoadBalancers"][0]

    def bucket(self) -> str:
        """The configuration bucket."""
        names = [bucket["Name"] for bucket in self.client("s3").list_buckets()["Buckets"]]
        found = [name for name in names if "configuration" in name]
        if len(found) != 1:
            raise Trouble(f"one configuration bucket was expected in {names}")
        return found[0]
