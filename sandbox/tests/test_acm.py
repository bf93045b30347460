"""Certificates behave as the ACM API reference says."""

from __future__ import annotations

from typing import Any

from conftest import refused, until
from parts import certificate


def request(client: Any, domain: str = "www.example.org", **more: Any) -> str:
    return client("acm").request_certificate(DomainName=domain, ValidationMethod="DNS", **more)[
        "CertificateArn"
    ]


def describe(client: Any, arn: str) -> Any:
    return client("acm").describe_certificate(CertificateArn=arn)["Certificate"]


def records(client: Any, arn: str) -> list[Any]:
    def ready() -> list[Any]:
        found = [o.get("ResourceRecord") for o in describe(client, arn)["DomainValidationOptions"]]
        return found if all(found) else []

    return until(ready)


def publish(client: Any, zone: str, *wanted: Any) -> None:
    changes = [
        {
            "Action": "UPSERT",
            "ResourceRecordSet": {
                "Name": r["Name"],
                "Type": r["Type"],
                "TTL": 60,
                "ResourceRecords": [{"Value": r["Value"]}],
            },
        }
        for r in wanted
    ]
    client("route53").change_resource_record_sets(HostedZoneId=zone, ChangeBatch={"Changes": changes})


def test_a_certificate_waits_for_its_records(client: Any, slow: Any) -> None:
    slow(certificate=0.5, certificate__record=0.4)
    arn = request(client, SubjectAlternativeNames=["example.org", "*.example.org"])
    first = describe(client, arn)
    assert first["Status"] == "PENDING_VALIDATION" and "IssuedAt" not in first and "NotAfter" not in first
    assert first["SubjectAlternativeNames"] == ["www.example.org", "example.org", "*.example.org"]
    assert "ResourceRecord" not in first["DomainValidationOptions"][0]
    wanted = records(client, arn)
    assert wanted[1] == wanted[2] and wanted[0]["Name"].endswith(".www.example.org.")
    zone = client("route53").create_hosted_zone(Name="example.org", CallerReference="z")["HostedZone"]["Id"]
    publish(client, zone, wanted[0])
    assert describe(client, arn)["Status"] == "PENDING_VALIDATION"
    publish(client, zone, wanted[1])
    assert describe(client, arn)["Status"] == "PENDING_VALIDATION"
    until(lambda: describe(client, arn)["Status"] == "ISSUED")
    done = describe(client, arn)
    assert {o["ValidationStatus"] for o in done["DomainValidationOptions"]} == {"SUCCESS"}
    assert done["IssuedAt"] and done["NotAfter"] and done["InUseBy"] == []


def test_a_certificate_without_records_stays_pending(client: Any) -> None:
    arn = request(client)
    records(client, arn)
    zone = client("route53").create_hosted_zone(Name="example.org", CallerReference="z")["HostedZone"]["Id"]
    other = request(client, "other.example.org")
    publish(client, zone, *records(client, other))
    until(lambda: describe(client, other)["Status"] == "ISSUED")
    assert describe(client, arn)["Status"] == "PENDING_VALIDATION"


def test_the_record_is_the_same_for_every_certificate_of_a_domain(client: Any) -> None:
    assert records(client, request(client)) == records(client, request(client))


def test_an_idempotency_token(client: Any) -> None:
    first = request(client, IdempotencyToken="abc")
    assert request(client, IdempotencyToken="abc") == first
    assert request(client, IdempotencyToken="abd") != first
    client("acm").delete_certificate(CertificateArn=first)
    assert request(client, IdempotencyToken="abc") != first
    with refused("ValidationException"):
        request(client, IdempotencyToken="not-a-word")


def test_tags(client: Any) -> None:
    acm = client("acm")
    arn = request(client, Tags=[{"Key": "a", "Value": "1"}])
    acm.add_tags_to_certificate(CertificateArn=arn, Tags=[{"Key": "b", "Value": "2"}])
    acm.remove_tags_from_certificate(CertificateArn=arn, Tags=[{"Key": "a"}])
    assert acm.list_tags_for_certificate(CertificateArn=arn)["Tags"] == [{"Key": "b", "Value": "2"}]


def test_list_certificates(client: Any) -> None:
    acm = client("acm")
    issued = certificate(client)
    for n in range(3):
        request(client, f"h{n}.example.net")
    pages = list(acm.get_paginator("list_certificates").paginate(PaginationConfig={"PageSize": 3}))
    assert [len(p["CertificateSummaryList"]) for p in pages] == [3, 1]
    got = acm.list_certificates(CertificateStatuses=["ISSUED"])["CertificateSummaryList"]
    assert [c["CertificateArn"] for c in got] == [issued]
    assert got[0]["InUse"] is False and got[0]["SubjectAlternativeNameSummaries"] == ["www.example.org"]
    curves = {"keyTypes": ["EC_prime256v1"]}
    assert acm.list_certificates(Includes=curves)["CertificateSummaryList"] == []
    short = request(client, "h3.example.net", KeyAlgorithm="EC_prime256v1")
    got = acm.list_certificates(Includes=curves)["CertificateSummaryList"]
    assert [(c["CertificateArn"], c["KeyAlgorithm"]) for c in got] == [(short, "EC_prime256v1")]
    assert short not in [c["CertificateArn"] for c in acm.list_certificates()["CertificateSummaryList"]]


def test_what_is_not_there(client: Any) -> None:
    lost = "arn:aws:acm:eu-central-1:123456789012:certificate/00000000-0000-0000-0000-000000000000"
    with refused("ResourceNotFoundException"):
        describe(client, lost)
    with refused("ResourceNotFoundException"):
        client("acm").delete_certificate(CertificateArn=lost)
    with refused("ValidationException"):
        request(client, "no_such_name")


def test_a_certificate_of_a_distribution(client: Any) -> None:
    arn, front = certificate(client, region="us-east-1"), client("cloudfront")
    config = {
        "CallerReference": "one",
        "Comment": "",
        "Enabled": True,
        "Aliases": {"Quantity": 1, "Items": ["www.example.org"]},
        "Origins": {
            "Quantity": 1,
            "Items": [
                {
                    "Id": "o",
                    "DomainName": "origin.example.org",
                    "CustomOriginConfig": {
                        "HTTPPort": 80,
                        "HTTPSPort": 443,
                        "OriginProtocolPolicy": "https-only",
                    },
                }
            ],
        },
        "DefaultCacheBehavior": {
            "TargetOriginId": "o",
            "ViewerProtocolPolicy": "redirect-to-https",
            "CachePolicyId": "4135ea2d-6df8-44a3-9df3-4b5a84be39ad",
        },
        "ViewerCertificate": {
            "ACMCertificateArn": arn,
            "SSLSupportMethod": "sni-only",
            "MinimumProtocolVersion": "TLSv1.2_2021",
        },
    }
    distribution = front.create_distribution(DistributionConfig=config)["Distribution"]["ARN"]
    acm = client("acm", region="us-east-1")
    assert acm.describe_certificate(CertificateArn=arn)["Certificate"]["InUseBy"] == [distribution]
    with refused("ResourceInUseException"):
        acm.delete_certificate(CertificateArn=arn)
