"""Who uses a subnet, a security group or a VPC's internet gateway.

Deletions ask here. Services hold what they use by their interfaces (managed_eni), as they do in AWS.
"""

from __future__ import annotations

from typing import Any

from moto.core.base_backend import BackendDict


def beside(backend: Any, service: str) -> Any:
    """Another service's backend of the same account and region, if it was ever used."""
    for backends in BackendDict._instances:
        if backends.service_name == service:
            account = dict.get(backends, backend.account_id)
            return dict.get(account, backend.region_name) if account is not None else None
    return None


def subnet_users(backend: Any, subnet_id: str) -> list[str]:
    """The interfaces in a subnet."""
    return [e.id for e in backend.enis.values() if e.subnet.id == subnet_id]


def group_users(backend: Any, group_id: str) -> list[str]:
    """The interfaces that a security group is on, and the other groups whose rules name it."""
    users = [e.id for e in backend.enis.values() if any(g.id == group_id for g in e.group_set)]
    for groups in backend.groups.values():
        for group in groups.values():
            rules = group.ingress_rules + group.egress_rules
            if group.id != group_id and any(r.source_group.get("GroupId") == group_id for r in rules):
                users.append(group.id)
    return users


def public_users(backend: Any, vpc_id: str) -> list[str]:
    """What in a VPC has a public address: interfaces, and load balancers that face the internet."""
    users = [e.id for e in backend.enis.values() if e.vpc_id == vpc_id and e.public_ip]
    balancers = getattr(beside(backend, "elbv2"), "load_balancers", {})
    for balancer in balancers.values():
        if balancer.vpc_id == vpc_id and getattr(balancer, "scheme", "") == "internet-facing":
            users.append(balancer.name)
    return users
