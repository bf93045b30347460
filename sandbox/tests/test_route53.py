"""Hosted zones and records behave as the Route 53 API reference says."""

from __future__ import annotations

from typing import Any

import pytest
from conftest import REGION, refused, until
from parts import balancer, network


def zone(client: Any, name: str = "example.org", reference: str = "one", **more: Any) -> str:
    made = client("route53").create_hosted_zone(Name=name, CallerReference=reference, **more)
    return made["HostedZone"]["Id"].rsplit("/", 1)[1]


def record(name: str = "www.example.org", kind: str = "A", ttl: int = 60, *values: str, **more: Any) -> Any:
    values = values or ("192.0.2.1",)
    return {"Name": name, "Type": kind, "TTL": ttl, "ResourceRecords": [{"Value": v} for v in values], **more}


@pytest.fixture
def change(client: Any) -> Any:
    def make(zone_id: str, *changes: tuple[str, Any]) -> Any:
        batch = {"Changes": [{"Action": a, "ResourceRecordSet": r} for a, r in changes]}
        return client("route53").change_resource_record_sets(HostedZoneId=zone_id, ChangeBatch=batch)[
            "ChangeInfo"
        ]

    return make


def names(client: Any, zone_id: str, kind: str | None = None) -> list[Any]:
    got = client("route53").list_resource_record_sets(HostedZoneId=zone_id)["ResourceRecordSets"]
    return [r for r in got if kind is None or r["Type"] == kind]


def test_a_zone_begins_with_ns_and_soa(client: Any) -> None:
    dns, zone_id = client("route53"), zone(client)
    assert zone_id.startswith("Z")
    got = names(client, zone_id)
    assert [r["Type"] for r in got] == ["NS", "SOA"]
    assert got[0]["TTL"] == 172800 and len(got[0]["ResourceRecords"]) == 4
    assert got[1]["ResourceRecords"][0]["Value"].endswith("1 7200 900 1209600 86400")
    have = dns.get_hosted_zone(Id=zone_id)
    assert have["HostedZone"]["Name"] == "example.org." and have["HostedZone"]["ResourceRecordSetCount"] == 2
    assert have["HostedZone"]["Config"] == {"PrivateZone": False} and "VPCs" not in have


def test_a_caller_reference_makes_one_zone(client: Any) -> None:
    zone(client)
    with refused("HostedZoneAlreadyExists", 409):
        zone(client)
    zone(client, reference="two")
    assert len(client("route53").list_hosted_zones()["HostedZones"]) == 2


def test_private_zones(client: Any) -> None:
    dns, net, other = client("route53"), network(client), network(client)
    vpc = {"VPCId": net.vpc, "VPCRegion": REGION}
    with refused("InvalidInput"):
        zone(client, HostedZoneConfig={"PrivateZone": True})
    with refused("InvalidVPCId"):
        zone(client, VPC={"VPCId": "vpc-00000000", "VPCRegion": REGION})
    zone_id = zone(client, VPC=vpc, HostedZoneConfig={"Comment": "c"})
    have = dns.get_hosted_zone(Id=zone_id)
    assert have["VPCs"] == [{"VPCRegion": REGION, "VPCId": net.vpc}] and "DelegationSet" not in have
    assert have["HostedZone"]["Config"] == {"PrivateZone": True, "Comment": "c"}
    assert dns.list_hosted_zones()["HostedZones"][0]["CallerReference"] == "one"
    with refused("ConflictingDomainExists"):
        zone(client, reference="two", VPC=vpc)
    second = {"VPCId": other.vpc, "VPCRegion": REGION}
    dns.associate_vpc_with_hosted_zone(HostedZoneId=zone_id, VPC=second)
    with refused("ConflictingDomainExists"):
        dns.associate_vpc_with_hosted_zone(HostedZoneId=zone_id, VPC=second)
    assert len(dns.get_hosted_zone(Id=zone_id)["VPCs"]) == 2
    dns.disassociate_vpc_from_hosted_zone(HostedZoneId=zone_id, VPC=vpc)
    with refused("VPCAssociationNotFound", 404):
        dns.disassociate_vpc_from_hosted_zone(HostedZoneId=zone_id, VPC={**vpc})
    dns.update_hosted_zone_comment(Id=zone_id, Comment="new")
    assert dns.get_hosted_zone(Id=zone_id)["HostedZone"]["Config"]["Comment"] == "new"


def test_a_change_is_pending_then_insync(client: Any, change: Any, slow: Any) -> None:
    slow(record_change=0.15)
    dns, zone_id = client("route53"), zone(client)
    info = change(zone_id, ("CREATE", record()))
    assert info["Status"] == "PENDING"
    until(lambda: dns.get_change(Id=info["Id"])["ChangeInfo"]["Status"] == "INSYNC")
    with refused("NoSuchChange", 404):
        dns.get_change(Id="C0000")


def test_create_upsert_delete(client: Any, change: Any) -> None:
    zone_id = zone(client)
    change(zone_id, ("CREATE", record()))
    with refused("InvalidChangeBatch") as problem:
        change(zone_id, ("CREATE", record()))
    text = "[Tried to create resource record set [name='www.example.org.', type='A'] but it already exists]"
    assert problem.message == text
    change(zone_id, ("UPSERT", record("WWW.example.org", "A", 30, "192.0.2.2")))
    assert names(client, zone_id, "A") == [
        {"Name": "www.example.org.", "Type": "A", "TTL": 30, "ResourceRecords": [{"Value": "192.0.2.2"}]}
    ]
    with refused("InvalidChangeBatch"):
        change(zone_id, ("DELETE", record()))
    with refused("InvalidChangeBatch"):
        change(zone_id, ("DELETE", record("lost.example.org")))
    change(zone_id, ("DELETE", record("www.example.org", "A", 30, "192.0.2.2")))
    assert names(client, zone_id, "A") == []


def test_a_batch_is_all_or_nothing(client: Any, change: Any) -> None:
    zone_id = zone(client)
    with refused("InvalidChangeBatch"):
        change(zone_id, ("CREATE", record()), ("CREATE", record("www.other.org")))
    assert names(client, zone_id, "A") == []


def test_conflicts_and_bad_values(client: Any, change: Any) -> None:
    zone_id = zone(client)
    change(zone_id, ("CREATE", record()))
    for bad in (
        record("www.example.org", "CNAME", 60, "a.example.org"),
        record("example.org", "CNAME", 60, "a.example.org"),
        record("x.example.org", "A", 60, "not-an-address"),
        record("x.example.org", "TXT", 60, "unquoted"),
        record("x.elsewhere.org"),
    ):
        with refused("InvalidChangeBatch"):
            change(zone_id, ("CREATE", bad))
    with refused("InvalidInput"):
        change(zone_id, ("CREATE", {"Name": "x.example.org", "Type": "A"}))
    own = names(client, zone_id, "NS")[0]
    with refused("InvalidChangeBatch"):
        change(zone_id, ("DELETE", own))


def test_a_wildcard_is_listed_by_its_code(client: Any, change: Any) -> None:
    zone_id = zone(client)
    change(zone_id, ("CREATE", record("*.example.org")))
    assert names(client, zone_id, "A")[0]["Name"] == "\\052.example.org."
    change(zone_id, ("DELETE", record("\\052.example.org.")))


def test_aliases(client: Any, change: Any) -> None:
    zone_id, lb = zone(client), balancer(client, network(client))

    def alias(name: str, target_zone: str) -> Any:
        target = {"HostedZoneId": target_zone, "DNSName": name, "EvaluateTargetHealth": False}
        return {"Name": "example.org", "Type": "A", "AliasTarget": target}

    good = alias("dualstack." + lb["DNSName"], lb["CanonicalHostedZoneId"])
    for bad in (
        alias(lb["DNSName"], "Z35SXDOTRQ7X7K"),
        alias("lost-1." + REGION + ".elb.amazonaws.com", lb["CanonicalHostedZoneId"]),
        alias("d111.cloudfront.net", lb["CanonicalHostedZoneId"]),
        alias("lost.example.org", zone_id),
    ):
        with refused("InvalidChangeBatch"):
            change(zone_id, ("UPSERT", bad))
    change(zone_id, ("UPSERT", good))
    have = names(client, zone_id, "A")[0]
    assert have["AliasTarget"]["DNSName"] == f"dualstack.{lb['DNSName']}.".lower()
    assert have["AliasTarget"]["EvaluateTargetHealth"] is False and "TTL" not in have
    change(zone_id, ("DELETE", good))


def test_records_in_pages(client: Any, change: Any) -> None:
    zone_id = zone(client)
    change(zone_id, *(("CREATE", record(f"h{n}.example.org")) for n in range(5)))
    pages = (
        client("route53")
        .get_paginator("list_resource_record_sets")
        .paginate(HostedZoneId=zone_id, PaginationConfig={"PageSize": 3})
    )
    got = [len(p["ResourceRecordSets"]) for p in pages]
    assert got == [3, 3, 1]


def test_zones_in_pages_and_by_name(client: Any) -> None:
    dns = client("route53")
    for name in ("b.org", "a.org", "c.net"):
        zone(client, name, name)
    pages = list(dns.get_paginator("list_hosted_zones").paginate(PaginationConfig={"PageSize": 2}))
    assert [len(p["HostedZones"]) for p in pages] == [2, 1]
    got = dns.list_hosted_zones_by_name(DNSName="a.org")
    assert [z["Name"] for z in got["HostedZones"]] == ["a.org.", "b.org."] and got["IsTruncated"] is False
    first = dns.list_hosted_zones_by_name(MaxItems="1")
    assert (first["IsTruncated"], first["NextDNSName"]) == (True, "a.org.")


def test_delete_needs_an_empty_zone(client: Any, change: Any) -> None:
    dns, zone_id = client("route53"), zone(client)
    delegation = record("sub.example.org", "NS", 60, "ns.example.net.")
    change(zone_id, ("CREATE", delegation))
    with refused("HostedZoneNotEmpty"):
        dns.delete_hosted_zone(Id=zone_id)
    change(zone_id, ("DELETE", delegation))
    dns.delete_hosted_zone(Id=zone_id)
    with refused("NoSuchHostedZone", 404):
        dns.get_hosted_zone(Id=zone_id)


def test_tags(client: Any) -> None:
    dns, zone_id = client("route53"), zone(client)
    dns.change_tags_for_resource(
        ResourceType="hostedzone", ResourceId=zone_id, AddTags=[{"Key": k, "Value": "v"} for k in "ab"]
    )
    dns.change_tags_for_resource(ResourceType="hostedzone", ResourceId=zone_id, RemoveTagKeys=["a"])
    got = dns.list_tags_for_resource(ResourceType="hostedzone", ResourceId=zone_id)["ResourceTagSet"]
    assert got["Tags"] == [{"Key": "b", "Value": "v"}]
    many = dns.list_tags_for_resources(ResourceType="hostedzone", ResourceIds=[zone_id])["ResourceTagSets"]
    assert many[0]["Tags"] == got["Tags"] and many[0]["ResourceId"] == zone_id
    dns.delete_hosted_zone(Id=zone_id)
    with refused("NoSuchHostedZone", 404):
        dns.list_tags_for_resource(ResourceType="hostedzone", ResourceId=zone_id)
