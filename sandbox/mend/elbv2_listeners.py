"""Listeners (ELBv2) as AWS documents them: idempotent create, filled actions, issued certificates only.

Also the certificates' side of it: which load balancer uses which, for DeleteCertificate.
"""

from __future__ import annotations

import copy
import json
import re
from typing import Any

from moto.core.responses import ActionResult
from moto.elbv2 import models, ssl_policies
from moto.elbv2.models import ELBv2Backend, FakeAction
from moto.elbv2.responses import ELBV2Response

from mend.core import patch, refuse
from mend.elbv2_common import check_tags, page
from mend.elbv2_targets import balancers_of, routed

DEFAULT_POLICY = "ELBSecurityPolicy-2016-08"
SECURE = ("HTTPS", "TLS")
# Listener actions: a redirect keeps the parts that it does not name.
REDIRECT = {
    "Protocol": "#{protocol}",
    "Port": "#{port}",
    "Host": "#{host}",
    "Path": "/#{path}",
    "Query": "#{query}",
}


def filled(action: dict[str, Any]) -> dict[str, Any]:
    """The action as AWS gives it back."""
    action = copy.deepcopy(dict(action))
    if action.get("Type") == "redirect" and "RedirectConfig" in action:
        action["RedirectConfig"] = {**REDIRECT, **action["RedirectConfig"]}
    if action.get("Type") == "forward":
        arn = action.get("TargetGroupArn")
        config = action.setdefault("ForwardConfig", {})
        if not config.get("TargetGroups") and arn:
            config["TargetGroups"] = [{"TargetGroupArn": arn}]
        groups = config.get("TargetGroups") or []
        for group in groups:
            group.setdefault("Weight", 1)
        config.setdefault("TargetGroupStickinessConfig", {"Enabled": False})
        if len(groups) == 1:
            action["TargetGroupArn"] = groups[0]["TargetGroupArn"]
        else:
            action.pop("TargetGroupArn", None)
    return action


def plain(actions: list[Any]) -> str:
    return json.dumps([a.data for a in actions], sort_keys=True, default=str)


def check_actions(backend: Any, balancer: Any, actions: list[dict[str, Any]]) -> None:
    if not actions:
        refuse("ValidationError", "A listener must have at least one default action")
    for action in actions:
        if action.get("Type") == "redirect":
            config = action.get("RedirectConfig") or {}
            code = config.get("StatusCode")
            if code not in ("HTTP_301", "HTTP_302"):
                text = f"1 validation error detected: Value '{code}' at 'statusCode' failed to satisfy "
                refuse(
                    "ValidationError",
                    text + "constraint: Member must satisfy enum value set: [HTTP_301, HTTP_302]",
                )
            if not any(config.get(n, v) != v for n, v in REDIRECT.items() if n != "Query"):
                text = "The redirect configuration is not valid because it creates a loop."
                refuse("InvalidLoadBalancerAction", text)
    for arn in [arn for a in actions for arn in routed(backend, FakeAction(a))]:
        if arn not in backend.target_groups:
            refuse("TargetGroupNotFound", f"Target groups '{arn}' not found")
        if any(b != balancer.arn for b in balancers_of(backend, arn)):
            text = "The following target groups cannot be associated with more than one load balancer: " + arn
            refuse("TargetGroupAssociationLimit", text)
        group = backend.target_groups[arn]
        if group.vpc_id and balancer.vpc_id and group.vpc_id != balancer.vpc_id:
            text = f"The following target groups are in a different VPC than load balancer '{balancer.arn}': "
            refuse("InvalidConfigurationRequest", text + arn)


def check_certificate(backend: Any, arn: str) -> None:
    """CreateListener: a certificate has to exist in this region and to be issued."""
    from moto.acm.models import CertificateNotFound, acm_backends

    if ":acm:" not in arn:
        if not backend._certificate_exists(arn):
            refuse("CertificateNotFound", f"Certificate '{arn}' not found")
        return
    try:
        certificate = acm_backends[backend.account_id][backend.region_name].get_certificate(arn)
    except CertificateNotFound:
        refuse("CertificateNotFound", f"Certificate '{arn}' not found")
    if certificate.status != "ISSUED":
        refuse(
            "UnsupportedCertificate",
            f"The certificate '{arn}' must have a fully-qualified domain name, a supported signature, "
            "and a supported key size.",
        )


def check_security(backend: Any, protocol: str, policy: Any, certificates: list[str]) -> None:
    if protocol not in SECURE:
        if certificates:
            refuse("ValidationError", f"Certificates cannot be specified for {protocol} listeners")
        if policy:
            refuse("ValidationError", f"SSL policies cannot be specified for {protocol} listeners")
        return
    if not certificates:
        refuse("CertificateNotFound", f"A certificate must be specified for {protocol} listeners")
    if len(certificates) > 1:
        refuse("TooManyCertificates", "You can specify exactly one default certificate for a listener")
    if policy and policy not in ssl_policies.SSL_POLICIES:
        refuse("SSLPolicyNotFound", f"SSL policy '{policy}' not found")
    check_certificate(backend, certificates[0])


def check_port(port: Any) -> None:
    if port is not None and not 1 <= int(port) <= 65535:
        refuse("ValidationError", f"Listener port '{port}' must be between '1-65535'")


def find(backend: Any, arn: str) -> tuple[Any, Any]:
    for balancer in backend.load_balancers.values():
        if arn in balancer.listeners:
            return balancer, balancer.listeners[arn]
    refuse("ListenerNotFound", f"Listener '{arn}' not found")


def users_of(backend: Any, certificate_arn: str) -> list[str]:
    """The load balancers of a region that use a certificate."""
    return [
        balancer.arn
        for balancer in backend.load_balancers.values()
        if any(certificate_arn in listener.certificates for listener in balancer.listeners.values())
    ]


def dress(listener: Any) -> Any:
    """SslPolicy and MutualAuthentication belong to secure listeners only."""
    if listener.protocol in SECURE:
        listener.ssl_policy = listener.ssl_policy or DEFAULT_POLICY
        listener.mutual_authentication = {"Mode": "off"} if listener.protocol == "HTTPS" else None
    else:
        listener.ssl_policy = listener.mutual_authentication = listener.certificate = None
        listener.certificates = []
    return listener


def install() -> None:
    @patch(FakeAction, "__init__")
    def action_init(original: Any, self: Any, data: dict[str, Any]) -> None:
        # CreateListener and rules: ForwardConfig and the redirect's untouched parts are given back.
        original(self, filled(data))

    @patch(models, "register_certificate")
    def register_certificate(original: Any, **kwargs: Any) -> None:
        # DescribeCertificate: InUseBy is read from the listeners, see acm.py.
        return None

    @patch(ELBV2Response, "create_listener")
    def create_listener_answer(original: Any, self: Any) -> ActionResult:
        # CreateListener: checks certificates and policy before anything is made.
        params = self._get_params()
        protocol = params.get("Protocol") or ""
        certificates = [c.get("CertificateArn", "") for c in params.get("Certificates", [])]
        if params.get("LoadBalancerArn") in self.elbv2_backend.load_balancers and protocol:
            check_security(self.elbv2_backend, protocol, params.get("SslPolicy"), certificates)
        return original(self)

    @patch(ELBv2Backend, "create_listener")
    def create_listener(
        original: Any,
        self: Any,
        load_balancer_arn: str,
        protocol: str,
        port: Any,
        ssl_policy: str,
        certificate: str | None,
        actions: list[dict[str, Any]],
        alpn_policy: Any = None,
        tags: Any = None,
    ) -> Any:
        # CreateListener: the same settings give what exists, another on the port DuplicateListener.
        balancer = self.load_balancers.get(load_balancer_arn)
        if balancer is None:
            refuse("LoadBalancerNotFound", f"Load balancer '{load_balancer_arn}' not found")
        check_port(port)
        check_tags(tags)
        check_actions(self, balancer, actions)
        for known in balancer.listeners.values():
            if str(known.port) != str(port):
                continue
            policy = ssl_policy if protocol in SECURE else None
            tagged = self.tagging_service.get_tag_dict_for_resource(known.arn)
            same = (
                known.protocol == protocol
                and known.certificate == certificate
                and known.ssl_policy == policy
                and plain(known.default_actions) == plain([FakeAction(a) for a in actions])
                and tagged == {t["Key"]: t.get("Value", "") for t in tags or []}
            )
            if not same:
                text = f"A listener already exists on this port for this load balancer '{load_balancer_arn}'"
                refuse("DuplicateListener", text)
            return known
        made = original(
            self, load_balancer_arn, protocol, port, ssl_policy, certificate, actions, alpn_policy, tags
        )
        return dress(made)

    @patch(ELBv2Backend, "modify_listener")
    def modify_listener(
        original: Any,
        self: Any,
        arn: str,
        port: Any = None,
        protocol: str | None = None,
        ssl_policy: str | None = None,
        certificates: Any = None,
        actions: Any = None,
    ) -> Any:
        # ModifyListener: checked as a create; a change to HTTP drops certificates and policy.
        balancer, listener = find(self, arn)
        check_port(port)
        if port is not None and any(
            o is not listener and str(o.port) == str(port) for o in balancer.listeners.values()
        ):
            text = f"A listener already exists on this port for this load balancer '{balancer.arn}'"
            refuse("DuplicateListener", text)
        becomes = protocol or listener.protocol
        given = [c["CertificateArn"] for c in certificates or []]
        check_security(
            self, becomes, ssl_policy, given or (listener.certificates[:1] if becomes in SECURE else [])
        )
        if actions:
            check_actions(self, balancer, actions)
        kept = listener.certificates[1:]
        original(self, arn, port, protocol, ssl_policy, certificates or [], actions or [])
        if given:
            listener.certificates = [given[0], *[c for c in kept if c != given[0]]]
        return dress(listener)

    @patch(ELBv2Backend, "describe_listeners")
    def describe_listeners(original: Any, self: Any, load_balancer_arn: Any, listener_arns: Any) -> list[Any]:
        # DescribeListeners: ListenerNotFound when any ARN does not exist.
        if not load_balancer_arn:
            every = {arn for b in self.load_balancers.values() for arn in b.listeners}
            if any(arn not in every for arn in listener_arns or []):
                refuse("ListenerNotFound", "One or more listeners not found")
        return original(self, load_balancer_arn, listener_arns or [])

    @patch(ELBV2Response, "describe_listeners")
    def describe_page(original: Any, self: Any) -> ActionResult:
        # DescribeListeners: pages of 400 by Marker.
        params = self._get_params()
        result = original(self).result
        result["Listeners"], result["NextMarker"] = page(list(result["Listeners"]), params)
        return ActionResult(result)

    @patch(ELBv2Backend, "delete_listener")
    def delete_listener(original: Any, self: Any, listener_arn: str) -> Any:
        # DeleteListener: its tags and those of its rules go with it.
        listener = original(self, listener_arn)
        for arn in (listener_arn, *(r.arn for r in listener.rules.values())):
            self.tagging_service.delete_all_tags_for_resource(arn)
        return listener

    @patch(ELBv2Backend, "add_listener_certificates")
    def add_listener_certificates(original: Any, self: Any, arn: str, certificates: list[Any]) -> Any:
        # AddListenerCertificates: adding one again is no error; it has to be issued.
        _, listener = find(self, arn)
        fresh = [c for c in certificates if c["CertificateArn"] not in listener.certificates]
        for certificate in fresh:
            check_certificate(self, certificate["CertificateArn"])
        return original(self, arn, fresh)

    @patch(ELBv2Backend, "set_rule_priorities")
    def set_rule_priorities(original: Any, self: Any, rule_priorities: list[dict[str, Any]]) -> Any:
        # DescribeRules: in the order of their priority.
        rules = original(self, rule_priorities)
        for arn in {r.listener_arn for r in rules}:
            _, listener = find(self, arn)
            table = listener._non_default_rules
            for key in sorted(table, key=lambda k: int(re.sub(r"\D", "", str(table[k].priority)) or 0)):
                table.move_to_end(key)
        return rules
