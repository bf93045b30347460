"""Email identities (SES v2) as AWS documents them: three DKIM tokens, verified once their records are there.

moto has no tokens, verifies nothing, and makes an identity again that exists.
"""

from __future__ import annotations

import hashlib
import json
import re
from typing import Any

from moto.core.utils import unix_time
from moto.route53.models import route53_backends
from moto.ses.models import EmailIdentity
from moto.sesv2 import urls
from moto.sesv2.responses import SESV2Response

from mend import account, wire
from mend.acm import published
from mend.core import Pending, add, patch, refuse, route

DOMAIN = re.compile(r"(?=.{4,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]([a-z0-9-]{0,61}[a-z0-9])")
ADDRESS = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
HOSTED = "dkim.amazonses.com"
# Lists were asked for with GET before they got paths of their own.
EARLIER = {
    "/v2/email/identities": "ListEmailIdentities",
    "/v2/email/configuration-sets": "ListConfigurationSets",
}
KEYS = ("Key", "Value")
# What moto has no route for.
PATHS = ("account", *(f"identities/(?P<name>[^/]+)/{n}" for n in ("mail-from", "dkim", "feedback")))
PATHS += ("identities/(?P<name>[^/]+)/configuration-set",)


class Identity(EmailIdentity):
    """A domain or an address, with what SES waits for."""

    def __init__(self, backend: Any, name: str, signing: dict[str, Any], configuration: str | None) -> None:
        super().__init__(name, None, None, configuration)
        self.account, self.region = backend.account_id, backend.region_name
        self.arn = f"arn:{backend.partition}:ses:{self.region}:{self.account}:identity/{name}"
        self.signing, self.enabled, self.forwarding = signing, True, True
        self.made = unix_time()
        self.mail_from: dict[str, str] = {}
        self.pending: Pending | None = None
        self.verified = False

    def tokens(self) -> list[str]:
        """The DKIM tokens: the same for a domain whenever it is made in this account and region."""
        if self.signing.get("DomainSigningSelector"):
            return [self.signing["DomainSigningSelector"]]
        place = f"{self.account}/{self.region}/{self.email_identity}"
        return [hashlib.md5(f"dkim/{place}/{n}".encode()).hexdigest() for n in range(3)]

    def check(self) -> None:
        """Verified a while after every record is found."""
        if self.verified or self.identity_type != "DOMAIN" or self.signing.get("DomainSigningSelector"):
            return
        records = [
            {"Name": f"{token}._domainkey.{self.email_identity}", "Value": f"{token}.{HOSTED}"}
            for token in self.tokens()
        ]
        if not all(published(self.account, record) for record in records):
            self.pending = None
            return
        self.pending = self.pending or Pending("email_identity")
        self.verified = self.pending.over()

    @property
    def state(self) -> str:
        self.check()
        return "SUCCESS" if self.verified else "PENDING"

    def dkim(self) -> dict[str, Any]:
        if self.identity_type != "DOMAIN":
            return {"SigningEnabled": False, "Status": "NOT_STARTED", "SigningAttributesOrigin": "AWS_SES"}
        length = self.signing.get("NextSigningKeyLength") or "RSA_2048_BIT"
        own = bool(self.signing.get("DomainSigningSelector"))
        shown = {
            "SigningEnabled": self.enabled,
            "Status": self.state,
            "Tokens": self.tokens(),
            "SigningAttributesOrigin": "EXTERNAL" if own else "AWS_SES",
        }
        if not own:
            shown |= {
                "SigningHostedZone": HOSTED,
                "NextSigningKeyLength": length,
                "CurrentSigningKeyLength": length,
                "LastKeyGenerationTimestamp": self.made,
            }
        return shown

    def mail_from_shown(self) -> dict[str, Any]:
        if not self.mail_from:
            return {"BehaviorOnMxFailure": "USE_DEFAULT_VALUE"}
        host = f"feedback-smtp.{self.region}.amazonses.com"
        found = has_mx(self.account, self.mail_from["MailFromDomain"], host)
        return {**self.mail_from, "MailFromDomainStatus": "SUCCESS" if found else "PENDING"}


def has_mx(account: str, name: str, host: str) -> bool:
    for zone in route53_backends[account]["aws"].zones.values():
        for rrset in [] if zone.private_zone else zone.rrsets:
            if rrset.type == "MX" and rrset.name.rstrip(".") == name:
                if any(value.split()[-1].rstrip(".") == host for value in rrset.records):
                    return True
    return False


def identities(self: Any) -> dict[str, Any]:
    return self.sesv2_backend.core_backend.email_identities  # type: ignore[no-any-return]


def find(self: Any) -> Any:
    name = (self._get_param("EmailIdentity") or "").lower()
    if name not in identities(self):
        refuse("NotFoundException", f"Email identity {name} does not exist.", 404)
    return identities(self)[name]


def tagged(self: Any) -> str:
    """The ARN of something that exists; its tags are kept under it."""
    arn = self._get_param("ResourceArn") or ""
    kind, _, name = arn.rpartition(":")[2].partition("/")
    backend = self.sesv2_backend.core_backend
    known = {"identity": backend.email_identities, "configuration-set": backend.config_sets}
    if name not in known.get(kind, {}):
        refuse("NotFoundException", f"Resource {arn} was not found.", 404)
    return str(arn)


def tags_of(given: Any) -> list[dict[str, str]]:
    tags = [{"Key": t["Key"], "Value": t.get("Value") or ""} for t in given or []]
    if len(tags) > 50 or any(t["Key"].lower().startswith("aws:") for t in tags):
        refuse("BadRequestException", "At most 50 tags are possible, none of aws:.")
    return tags


def body(self: Any) -> dict[str, Any]:
    return json.loads(self.body or "{}")  # type: ignore[no-any-return]


def kept(self: Any, arn: str) -> list[dict[str, str]]:
    tags = self.sesv2_backend.core_backend.tagger.list_tags_for_resource(arn)["Tags"]
    return [{k: t[k] for k in KEYS} for t in tags]


def paged(self: Any, found: list[Any], name: str) -> str:
    """A page by NextToken and PageSize."""
    start, size = int(self._get_param("NextToken") or 0), int(self._get_param("PageSize") or 100)
    shown: dict[str, Any] = {name: found[start : start + size]}
    if len(found) > start + size:
        shown["NextToken"] = str(start + size)
    return json.dumps(shown)


def listing(method: str, path: str) -> str | None:
    return EARLIER.get(path.rstrip("/")) if method == "GET" else None


def change(name: str, apply: Any) -> None:
    """A Put* operation of an identity."""

    @add(SESV2Response, name)
    def put(self: Any) -> str:
        apply(find(self), body(self))
        return "{}"


def put_mail_from(identity: Any, given: dict[str, Any]) -> None:
    """PutEmailIdentityMailFromAttributes: a subdomain of the identity, or none."""
    domain = (given.get("MailFromDomain") or "").lower()
    if domain and not domain.endswith("." + identity.email_identity.rpartition("@")[2]):
        text = f"Provided MAIL-FROM domain <{domain}> is not subdomain of the domain of the identity "
        refuse("BadRequestException", f"{text}<{identity.email_identity}>.")
    on_failure = given.get("BehaviorOnMxFailure") or "USE_DEFAULT_VALUE"
    identity.mail_from = {"MailFromDomain": domain, "BehaviorOnMxFailure": on_failure} if domain else {}


def put_dkim(identity: Any, given: dict[str, Any]) -> None:
    identity.enabled = bool(given.get("SigningEnabled"))


def put_feedback(identity: Any, given: dict[str, Any]) -> None:
    identity.forwarding = bool(given.get("EmailForwardingEnabled"))


def put_configuration(identity: Any, given: dict[str, Any]) -> None:
    identity.configuration_set_name = given.get("ConfigurationSetName")


def install() -> None:
    @add(SESV2Response, "create_email_identity")
    def create_email_identity(self: Any) -> str:
        # CreateEmailIdentity: AlreadyExistsException; DKIM begins at once.
        given, backend = body(self), self.sesv2_backend.core_backend
        name, tags = (given.get("EmailIdentity") or "").lower(), tags_of(given.get("Tags"))
        if not (ADDRESS if "@" in name else DOMAIN).fullmatch(name):
            refuse("BadRequestException", f"Invalid email address or domain <{name}>.")
        if name in identities(self):
            refuse("AlreadyExistsException", f"Email identity {name} already exist.")
        configuration = given.get("ConfigurationSetName")
        if configuration and configuration not in backend.config_sets:
            refuse("NotFoundException", f"Configuration set <{configuration}> does not exist.", 404)
        made = Identity(self.sesv2_backend, name, given.get("DkimSigningAttributes") or {}, configuration)
        identities(self)[name] = made
        backend.tagger.tag_resource(made.arn, tags)
        return json.dumps(
            {
                "IdentityType": made.identity_type,
                "VerifiedForSendingStatus": made.state == "SUCCESS",
                "DkimAttributes": made.dkim(),
            }
        )

    @add(SESV2Response, "get_email_identity")
    def get_email_identity(self: Any) -> str:
        # GetEmailIdentity: DKIM and MAIL FROM as they are verified now.
        found = find(self)
        shown = {
            "IdentityType": found.identity_type,
            "FeedbackForwardingStatus": found.forwarding,
            "VerifiedForSendingStatus": found.state == "SUCCESS",
            "VerificationStatus": found.state,
            "DkimAttributes": found.dkim(),
            "MailFromAttributes": found.mail_from_shown(),
            "Policies": found.policies,
            "Tags": kept(self, found.arn),
        }
        if found.configuration_set_name:
            shown["ConfigurationSetName"] = found.configuration_set_name
        return json.dumps(shown)

    @add(SESV2Response, "list_email_identities")
    def list_email_identities(self: Any) -> str:
        # ListEmailIdentities: pages of up to 100.
        found = [
            {
                "IdentityType": i.identity_type,
                "IdentityName": i.email_identity,
                "SendingEnabled": i.state == "SUCCESS",
                "VerificationStatus": i.state,
            }
            for _, i in sorted(identities(self).items())
        ]
        return paged(self, found, "EmailIdentities")

    @add(SESV2Response, "delete_email_identity")
    def delete_email_identity(self: Any) -> str:
        # DeleteEmailIdentity: NotFoundException.
        found = find(self)
        del identities(self)[found.email_identity]
        self.sesv2_backend.core_backend.tagger.delete_all_tags_for_resource(found.arn)
        return "{}"

    change("put_email_identity_mail_from_attributes", put_mail_from)
    change("put_email_identity_dkim_attributes", put_dkim)
    change("put_email_identity_feedback_attributes", put_feedback)
    change("put_email_identity_configuration_set_attributes", put_configuration)

    @patch(SESV2Response, "create_configuration_set")
    def create_configuration_set(original: Any, self: Any) -> str:
        # CreateConfigurationSet: AlreadyExistsException; tags.
        given, backend = body(self), self.sesv2_backend
        name, tags = given["ConfigurationSetName"], tags_of(given.get("Tags"))
        if name in backend.core_backend.config_sets:
            refuse("AlreadyExistsException", f"Configuration set <{name}> already exists.")
        answer = original(self)
        place = f"{backend.partition}:ses:{backend.region_name}:{backend.account_id}"
        arn = f"arn:{place}:configuration-set/{name}"
        backend.core_backend.tagger.tag_resource(arn, tags)
        return str(answer)

    for verb in ("get", "delete"):
        known_set(f"{verb}_configuration_set")

    @add(SESV2Response, "list_tags_for_resource")
    def list_tags_for_resource(self: Any) -> str:
        # ListTagsForResource: NotFoundException.
        return json.dumps({"Tags": kept(self, tagged(self))})

    @add(SESV2Response, "tag_resource")
    def tag_resource(self: Any) -> str:
        # TagResource: empty values too.
        self.sesv2_backend.core_backend.tagger.tag_resource(tagged(self), tags_of(body(self).get("Tags")))
        return "{}"

    @add(SESV2Response, "untag_resource")
    def untag_resource(self: Any) -> str:
        # UntagResource: keys in the query.
        keys = list(self.querystring.get("TagKeys") or [])
        self.sesv2_backend.core_backend.tagger.untag_resource_using_names(tagged(self), keys)
        return "{}"

    @add(SESV2Response, "get_account")
    def get_account(self: Any) -> str:
        # GetAccount: out of SES's own sandbox, or 200 messages a day to verified addresses.
        out = account.get("production")
        most, rate = (50000.0, 14.0) if out else (200.0, 1.0)
        quota = {"Max24HourSend": most, "MaxSendRate": rate, "SentLast24Hours": 0.0}
        shown = {"ProductionAccessEnabled": out, "SendingEnabled": True, "EnforcementStatus": "HEALTHY"}
        return json.dumps({**shown, "SendQuota": quota, "DedicatedIpAutoWarmupEnabled": False})

    for path in PATHS:
        route(urls, f"{{0}}/v2/email/{path}$", SESV2Response.dispatch)

    @patch(SESV2Response, "_get_action")
    def get_action(original: Any, self: Any) -> Any:
        # ListEmailIdentities, ListConfigurationSets: by GET too, as SDKs of all ages ask.
        return listing(self.method, self.path) or original(self)

    @patch(wire, "rest_operation")
    def rest_operation(original: Any, service: str, environ: dict[str, Any]) -> str:
        known = listing(environ["REQUEST_METHOD"], environ["PATH_INFO"]) if service == "sesv2" else None
        return known or original(service, environ)


def known_set(name: str) -> None:
    """Get- and DeleteConfigurationSet: NotFoundException."""

    @patch(SESV2Response, name)
    def checked(original: Any, self: Any) -> str:
        wanted = self._get_param("ConfigurationSetName")
        if wanted not in self.sesv2_backend.core_backend.config_sets:
            refuse("NotFoundException", f"Configuration set <{wanted}> does not exist.", 404)
        return str(original(self))
