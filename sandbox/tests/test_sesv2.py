"""Email identities behave as the SES v2 API reference says."""

from __future__ import annotations

from typing import Any

import pytest
from conftest import REGION, refused, until

TAGS = [{"Key": "k", "Value": "v"}, {"Key": "empty", "Value": ""}]
ARN = f"arn:aws:ses:{REGION}:123456789012:identity/example.org"


@pytest.fixture
def ses(client: Any) -> Any:
    return client("sesv2")


def record(client: Any, zone: str, name: str, kind: str, value: str) -> None:
    rrset = {"Name": name, "Type": kind, "TTL": 60, "ResourceRecords": [{"Value": value}]}
    client("route53").change_resource_record_sets(
        HostedZoneId=zone, ChangeBatch={"Changes": [{"Action": "UPSERT", "ResourceRecordSet": rrset}]}
    )


def test_domain(client: Any, ses: Any) -> None:
    made = ses.create_email_identity(EmailIdentity="example.org", Tags=TAGS)
    assert made["IdentityType"] == "DOMAIN" and made["VerifiedForSendingStatus"] is False
    tokens = made["DkimAttributes"]["Tokens"]
    assert len(tokens) == 3 and made["DkimAttributes"]["Status"] == "PENDING"
    with refused("AlreadyExistsException", 400):
        ses.create_email_identity(EmailIdentity="example.org")

    def get() -> Any:
        return ses.get_email_identity(EmailIdentity="example.org")

    assert get()["Tags"] == TAGS and get()["VerificationStatus"] == "PENDING"
    zone = client("route53").create_hosted_zone(Name="example.org", CallerReference="z")["HostedZone"]["Id"]
    for token in tokens[:2]:
        record(client, zone, f"{token}._domainkey.example.org", "CNAME", f"{token}.dkim.amazonses.com")
    assert get()["DkimAttributes"]["Status"] == "PENDING"
    record(client, zone, f"{tokens[2]}._domainkey.example.org", "CNAME", f"{tokens[2]}.dkim.amazonses.com")
    until(lambda: get()["DkimAttributes"]["Status"] == "SUCCESS")
    assert get()["VerifiedForSendingStatus"] and get()["DkimAttributes"]["Tokens"] == tokens

    with refused("BadRequestException"):
        ses.put_email_identity_mail_from_attributes(EmailIdentity="example.org", MailFromDomain="x.com")
    ses.put_email_identity_mail_from_attributes(
        EmailIdentity="example.org",
        MailFromDomain="bounce.example.org",
        BehaviorOnMxFailure="REJECT_MESSAGE",
    )
    assert get()["MailFromAttributes"] == {
        "MailFromDomain": "bounce.example.org",
        "MailFromDomainStatus": "PENDING",
        "BehaviorOnMxFailure": "REJECT_MESSAGE",
    }
    record(client, zone, "bounce.example.org", "MX", f"10 feedback-smtp.{REGION}.amazonses.com")
    assert get()["MailFromAttributes"]["MailFromDomainStatus"] == "SUCCESS"

    ses.tag_resource(ResourceArn=ARN, Tags=[{"Key": "more", "Value": ""}])
    ses.untag_resource(ResourceArn=ARN, TagKeys=["k"])
    assert [t["Key"] for t in ses.list_tags_for_resource(ResourceArn=ARN)["Tags"]] == ["empty", "more"]
    listed = ses.list_email_identities()["EmailIdentities"]
    assert listed[0]["IdentityName"] == "example.org" and listed[0]["SendingEnabled"]
    ses.delete_email_identity(EmailIdentity="example.org")
    with refused("NotFoundException", 404):
        get()
    with refused("NotFoundException", 404):
        ses.list_tags_for_resource(ResourceArn=ARN)
    again = ses.create_email_identity(EmailIdentity="example.org")
    assert again["DkimAttributes"]["Tokens"] == tokens
    assert ses.list_tags_for_resource(ResourceArn=ARN)["Tags"] == []


def test_others(ses: Any) -> None:
    with refused("BadRequestException"):
        ses.create_email_identity(EmailIdentity="nonsense")
    with refused("NotFoundException"):
        ses.create_email_identity(EmailIdentity="example.org", ConfigurationSetName="lost")
    ses.create_configuration_set(ConfigurationSetName="c", Tags=TAGS)
    with refused("AlreadyExistsException"):
        ses.create_configuration_set(ConfigurationSetName="c")
    arn = ARN.replace("identity/example.org", "configuration-set/c")
    assert ses.list_tags_for_resource(ResourceArn=arn)["Tags"] == TAGS
    ses.create_email_identity(EmailIdentity="a@example.org", ConfigurationSetName="c")
    found = ses.get_email_identity(EmailIdentity="a@example.org")
    assert found["IdentityType"] == "EMAIL_ADDRESS" and found["ConfigurationSetName"] == "c"
    ses.delete_configuration_set(ConfigurationSetName="c")
    with refused("NotFoundException"):
        ses.get_configuration_set(ConfigurationSetName="c")
    assert ses.get_account()["ProductionAccessEnabled"]
    for n in range(3):
        ses.create_email_identity(EmailIdentity=f"{n}.example.org")
    first = ses.list_email_identities(PageSize=3)
    second = ses.list_email_identities(PageSize=3, NextToken=first["NextToken"])
    assert len(first["EmailIdentities"]) == 3 and len(second["EmailIdentities"]) == 1
    assert "NextToken" not in second


def test_lists_by_get(client: Any, ses: Any, url: str) -> None:
    import urllib.request

    ses.create_email_identity(EmailIdentity="example.org")
    scope = f"AWS4-HMAC-SHA256 Credential=sandbox/20260101/{REGION}/ses/aws4_request, Signature=0"
    asked = urllib.request.Request(f"{url}/v2/email/identities", headers={"Authorization": scope})
    with urllib.request.urlopen(asked) as answer:
        assert b"example.org" in answer.read()
