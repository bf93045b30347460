"""Certificates (ACM) as AWS documents them: issued once the DNS record is there, undeletable while in use.

moto issues by the clock alone; so a forgotten validation record would go unnoticed.
"""

from __future__ import annotations

import hashlib
import re
from typing import Any

from cryptography.hazmat.primitives.asymmetric import rsa
from moto.acm.models import AWSCertificateManagerBackend, CertBundle, acm_backends, datetime_to_epoch
from moto.acm.responses import AWSCertificateManagerResponse
from moto.core.responses import ActionResult
from moto.core.utils import utcnow
from moto.route53.models import route53_backends

from mend import core
from mend.core import Pending, patch, refuse

DOMAIN = r"(\*\.)?(((?!-)[A-Za-z0-9-]{0,62}[A-Za-z0-9])\.)+((?!-)[A-Za-z0-9-]{1,62}[A-Za-z0-9])"
# DescribeCertificate: what a certificate has only once it is issued.
ISSUED_ONLY = (
    "IssuedAt",
    "NotBefore",
    "NotAfter",
    "Serial",
    "Issuer",
    "RenewalSummary",
    "SignatureAlgorithm",
)
PAGE = 100
_keys: list[Any] = []


def account_of(arn: str) -> str:
    return arn.split(":")[4]


def record_for(account: str, domain: str) -> dict[str, str]:
    """The validation record of a domain: the same for every certificate of the account."""
    base = domain.removeprefix("*.").lower()
    left, right = (hashlib.md5(f"{s}/{account}/{base}".encode()).hexdigest() for s in ("name", "value"))
    return {"Name": f"_{left}.{base}.", "Type": "CNAME", "Value": f"_{right}.xlfgrmvvlj.acm-validations.aws."}


def published(account: str, record: dict[str, str]) -> bool:
    """Whether a public zone of the account has the record."""
    for zone in route53_backends[account]["aws"].zones.values():
        if zone.private_zone:
            continue
        for rrset in zone.rrsets:
            if rrset.type == "CNAME" and rrset.name.rstrip(".") == record["Name"].rstrip("."):
                if any(v.strip().rstrip(".").lower() == record["Value"].rstrip(".") for v in rrset.records):
                    return True
    return False


def names_of(bundle: Any) -> list[str]:
    return getattr(bundle, "mend_names", None) or [bundle.common_name, *bundle.sans]


def by_dns(bundle: Any) -> bool:
    return getattr(bundle, "mend_method", "DNS") == "DNS"


def member(thing: Any, *names: str) -> Any:
    """The first of the names that a dictionary or an object has."""
    for name in names:
        value = thing.get(name) if isinstance(thing, dict) else getattr(thing, name, None)
        if value is not None:
            return value
    return None


def users_of(arn: str) -> list[str]:
    """DescribeCertificate: InUseBy, the load balancers and distributions that have the certificate now."""
    from moto.cloudfront.models import cloudfront_backends
    from moto.elbv2.models import elbv2_backends

    from mend.elbv2_listeners import users_of as balancers

    account, region = account_of(arn), arn.split(":")[3]
    found = list(balancers(elbv2_backends[account][region], arn))
    if region == "us-east-1" and account in cloudfront_backends:
        for distribution in cloudfront_backends[account]["aws"].distributions.values():
            config = getattr(distribution, "distribution_config", None)
            viewer = member(config, "ViewerCertificate", "viewer_certificate")
            if member(viewer, "ACMCertificateArn", "acm_certificate_arn") == arn:
                found.append(distribution.arn)
    return found


def recheck(account: str) -> None:
    """Looks at the pending certificates of an account, after a change of its records."""
    if account in acm_backends:
        for backend in list(acm_backends[account].values()):
            for bundle in backend._certificates.values():
                bundle.check()


def install() -> None:
    core.DELAYS.setdefault("certificate:record", 0.5)

    @patch(AWSCertificateManagerResponse, "request_certificate")
    def request_answer(original: Any, self: Any) -> ActionResult:
        # RequestCertificate: the domain and the token are checked; the default method is EMAIL.
        token = self._get_param("IdempotencyToken")
        names = [self._get_param("DomainName"), *(self._get_param("SubjectAlternativeNames") or [])]
        names = list(dict.fromkeys(n.lower() for n in names if n))
        what = "failed to satisfy constraint: Member must satisfy regular expression pattern"
        if token is not None and not re.fullmatch(r"\w{1,32}", token):
            refuse(
                "ValidationException",
                rf"1 validation error detected: Value '{token}' at 'idempotencyToken' {what}: \w+",
            )
        for name in names:
            if not re.fullmatch(DOMAIN, name) or len(name) > 253:
                text = f"1 validation error detected: Value '{name}' at 'domainName' {what}: ^{DOMAIN}$"
                refuse("ValidationException", text)
        key = self._get_param("KeyAlgorithm") or "RSA_2048"
        self.acm_backend.mend_asked = (names, self._get_param("ValidationMethod") or "EMAIL", key)
        return original(self)

    @patch(AWSCertificateManagerBackend, "request_certificate")
    def request_certificate(
        original: Any, self: Any, domain_name: str, idempotency_token: Any, subject_alt_names: Any, *args: Any
    ) -> str:
        # RequestCertificate: one certificate for a token within an hour, a new one if that was deleted.
        asked = self.__dict__.pop("mend_asked", None)
        names, method, key = asked or ([domain_name, *(subject_alt_names or [])], "DNS", "RSA_2048")
        if idempotency_token is not None:
            arn = self._get_arn_from_idempotency_token(idempotency_token)
            if arn in self._certificates:
                return arn
            self._idempotency_tokens.pop(idempotency_token, None)
        generate = rsa.generate_private_key
        if not _keys:
            _keys.append(generate(public_exponent=65537, key_size=2048))
        rsa.generate_private_key = lambda **_: _keys[0]  # one key for all: making one takes up to a second
        try:
            arn = original(self, domain_name, idempotency_token, subject_alt_names, *args)
        finally:
            rsa.generate_private_key = generate
        bundle = self._certificates[arn]
        bundle.mend_names, bundle.mend_method, bundle.sans = names, method, names
        bundle.mend_key = key
        bundle.mend_record = Pending("certificate:record")
        return arn

    @patch(CertBundle, "check")
    def check(original: Any, self: Any) -> None:
        # DNS validation: ISSUED a while after every name's record is found, not before.
        if self.type != "AMAZON_ISSUED" or self.status != "PENDING_VALIDATION":
            return original(self)
        account = account_of(self.arn)
        if not by_dns(self) or not all(published(account, record_for(account, n)) for n in names_of(self)):
            self.mend_pending = None
            return None
        if getattr(self, "mend_pending", None) is None:
            self.mend_pending = Pending("certificate")
        if self.mend_pending.over():
            self.status = "ISSUED"
            self.mend_issued = utcnow()
        return None

    @patch(CertBundle, "describe")
    def describe(original: Any, self: Any) -> dict[str, Any]:
        # DescribeCertificate: names in their order, records after a moment, dates once issued.
        result = original(self)
        detail = result["Certificate"]
        detail["InUseBy"] = users_of(self.arn)
        if self.type != "AMAZON_ISSUED":
            return result
        account = account_of(self.arn)
        detail["SubjectAlternativeNames"] = names_of(self)
        detail["KeyAlgorithm"] = getattr(self, "mend_key", detail["KeyAlgorithm"])
        options = []
        for name in names_of(self):
            option = {"DomainName": name, "ValidationDomain": name, "ValidationMethod": "DNS"}
            if not by_dns(self):
                option["ValidationMethod"] = "EMAIL"
                option["ValidationEmails"] = [f"admin@{name}", f"hostmaster@{name}", f"postmaster@{name}"]
            elif self.mend_record.over():
                option["ResourceRecord"] = record_for(account, name)
            option["ValidationStatus"] = "SUCCESS" if self.status == "ISSUED" else "PENDING_VALIDATION"
            options.append(option)
        detail["DomainValidationOptions"] = options
        if self.status != "ISSUED":
            for key in ISSUED_ONLY:
                detail.pop(key, None)
        else:
            detail["Issuer"] = "Amazon"
            detail["IssuedAt"] = datetime_to_epoch(self.mend_issued)
            detail["RenewalEligibility"] = "ELIGIBLE" if detail["InUseBy"] else "INELIGIBLE"
        return result

    @patch(AWSCertificateManagerBackend, "delete_certificate")
    def delete_certificate(original: Any, self: Any, arn: str) -> None:
        # DeleteCertificate: ResourceInUseException while a load balancer or distribution has it.
        if arn in self._certificates and users_of(arn):
            text = f"Certificate {arn} in account {self.account_id} is in use."
            refuse("ResourceInUseException", text)
        return original(self, arn)

    @patch(AWSCertificateManagerResponse, "list_certificates")
    def list_certificates(original: Any, self: Any) -> ActionResult:
        # ListCertificates: filters, RSA up to 2048 by default, pages by NextToken.
        statuses = self._get_param("CertificateStatuses") or []
        includes = self._get_param("Includes") or {}
        types = includes.get("keyTypes") or ["RSA_1024", "RSA_2048"]
        found = []
        for bundle in list(self.acm_backend._certificates.values()):
            bundle.check()
            detail = bundle.describe()["Certificate"]
            if (statuses and bundle.status not in statuses) or detail["KeyAlgorithm"] not in types:
                continue
            if includes.get("exportOption", bundle.cert_options["Export"]) != bundle.cert_options["Export"]:
                continue
            names = detail.pop("SubjectAlternativeNames", [])
            detail["SubjectAlternativeNameSummaries"] = names[:100]
            detail["HasAdditionalSubjectAlternativeNames"] = len(names) > 100
            detail["InUse"] = bool(detail.pop("InUseBy", []))
            detail["Exported"] = bundle.cert_options["Export"] == "ENABLED"
            found.append(detail)
        start = int(self._get_param("NextToken") or 0)
        size = int(self._get_param("MaxItems") or PAGE)
        token = str(start + size) if len(found) > start + size else None
        return ActionResult({"CertificateSummaryList": found[start : start + size], "NextToken": token})
