"""Machines report how their configuration went, as the scripts on real ones do."""

from __future__ import annotations

import json
from typing import Any

from conftest import until

BUCKET = "site-test-configuration"
USER_DATA = """#cloud-config
write_files:
  - path: /etc/drucloud/bundle.json
    content: |
      {"role": "web", "region": "eu-central-1", "bucket": "%s", "key": "bundles/1.tar.gz", "sha256": "1"}
"""


def told(s3: Any, machine: str) -> Any:
    try:
        answer = s3.get_object(Bucket=BUCKET, Key=f"outcomes/web/{machine}.json")
    except s3.exceptions.NoSuchKey:
        return None
    return json.loads(answer["Body"].read())


def test_a_machine_reports_its_boot_and_what_it_is_sent(
    client: Any, ec2: Any, image: str, subnet: str, slow: Any
) -> None:
    s3, ssm = client("s3"), client("ssm")
    s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
    wanted = {"ImageId": image, "InstanceType": "t4g.nano", "MinCount": 1, "MaxCount": 1, "SubnetId": subnet}
    run = ec2.run_instances(UserData=USER_DATA % BUCKET, **wanted)
    machine = run["Instances"][0]["InstanceId"]
    boot = until(lambda: told(s3, machine))
    assert (boot["outcome"], boot["sha256"], boot["role"], boot["task"]) == ("ok", "1", "web", None)

    def send(*lines: str) -> None:
        parameters = {"commands": list(lines)}
        until(lambda: ssm.describe_instance_information()["InstanceInformationList"])
        ssm.send_command(InstanceIds=[machine], DocumentName="AWS-RunShellScript", Parameters=parameters)

    send("/usr/local/sbin/drucloud-boot --key bundles/2.tar.gz --sha256 2")
    until(lambda: told(s3, machine)["sha256"] == "2")
    send("/usr/local/sbin/drucloud-boot --again", '# sandbox {"exit": 1, "out": "no such package"}')
    failed = until(lambda: told(s3, machine)["outcome"] == "failed" and told(s3, machine))
    assert failed["message"] == "no such package" and failed["task"]


def test_a_machine_without_a_bundle_reports_nothing(
    client: Any, ec2: Any, image: str, subnet: str
) -> None:
    s3 = client("s3")
    s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
    wanted = {"ImageId": image, "InstanceType": "t4g.nano", "MinCount": 1, "MaxCount": 1, "SubnetId": subnet}
    first = ec2.run_instances(**wanted)["Instances"][0]["InstanceId"]
    second = ec2.run_instances(UserData=USER_DATA % BUCKET, **wanted)["Instances"][0]["InstanceId"]
    until(lambda: told(s3, second))
    assert told(s3, first) is None
