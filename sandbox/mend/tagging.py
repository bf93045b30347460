"""GetResources (Resource Groups Tagging API) with the kinds that moto leaves out.

Addresses, launch templates, endpoints and key pairs of EC2, listeners, RDS groups, hosted zones.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from moto.core.resource_tagging import TaggedResource, make_tag_matcher, match_resource_type
from moto.ec2.models import EC2Backend
from moto.elbv2.models import ELBv2Backend
from moto.rds.models import RDSBackend
from moto.resourcegroupstaggingapi.models import ResourceGroupsTaggingAPIBackend

from mend.core import patch
from mend.ec2_common import collection

# Prefix of an id: its type in an ARN of EC2.
TYPES = {"eipalloc": "elastic-ip", "lt": "launch-template", "vpce": "vpc-endpoint", "key": "key-pair"}


def zones(account: str) -> Iterator[TaggedResource]:
    """Hosted zones, which belong to us-east-1."""
    from moto.route53.models import route53_backends

    if account not in route53_backends:
        return
    backend = route53_backends[account]["aws"]
    for zone in backend.zones.values():
        tags = dict(backend.resource_tags.get(zone.resource_id, {}))
        yield TaggedResource(f"arn:aws:route53:::hostedzone/{zone.resource_id}", tags, "route53:hostedzone")


def selected(
    resources: Iterable[TaggedResource], tag_filters: Any, type_filters: Any, arns: Any
) -> Iterator[TaggedResource]:
    """Those that a GetResources asks for."""
    fits = make_tag_matcher(tag_filters)
    for resource in resources:
        if fits(resource.tags) and match_resource_type(resource.resource_type, type_filters):
            if not arns or resource.arn in arns:
                yield resource


def install() -> None:
    @patch(EC2Backend, "iter_tagged_resources")
    def of_ec2(original: Any, self: Any) -> Iterator[TaggedResource]:
        # GetResources: elastic-ip, launch-template, vpc-endpoint, key-pair.
        yield from original(self)
        existing = {prefix: collection(self, prefix) for prefix in TYPES}
        for resource_id, tags in list(self.tags.items()):
            prefix = resource_id.partition("-")[0]
            if prefix in TYPES and resource_id in existing[prefix]:
                name = f"{TYPES[prefix]}/{resource_id}"
                arn = f"arn:{self.partition}:ec2:{self.region_name}:{self.account_id}:{name}"
                yield TaggedResource(arn, dict(tags), f"ec2:{TYPES[prefix]}")

    @patch(ELBv2Backend, "iter_tagged_resources")
    def of_elbv2(original: Any, self: Any) -> Iterator[TaggedResource]:
        # GetResources: listeners and their rules.
        yield from original(self)
        for balancer in self.load_balancers.values():
            for listener in balancer.listeners.values():
                for kind, arn in (
                    ("listener", listener.arn),
                    *(("listener-rule", r) for r in listener._non_default_rules),
                ):
                    tags = self.tagging_service.get_tag_dict_for_resource(arn)
                    yield TaggedResource(arn, tags, f"elasticloadbalancing:{kind}")

    @patch(RDSBackend, "iter_tagged_resources")
    def of_rds(original: Any, self: Any) -> Iterator[TaggedResource]:
        # GetResources: subnet and parameter groups.
        yield from original(self)
        for kind, table in (("subgrp", self.subnet_groups), ("pg", self.db_parameter_groups)):
            for group in list(table.values()):
                tags = {t["Key"]: t["Value"] for t in group.get_tags()}
                yield TaggedResource(group.arn, tags, f"rds:{kind}")

    @patch(ResourceGroupsTaggingAPIBackend, "_get_resources_generator")
    def with_zones(
        original: Any,
        self: Any,
        tag_filters: Any = None,
        resource_type_filters: Any = None,
        resource_arn_list: Any = None,
    ) -> Iterator[TaggedResource]:
        # GetResources: hosted zones in us-east-1.
        yield from original(self, tag_filters, resource_type_filters, resource_arn_list)
        if self.region_name != "us-east-1":
            return
        tagged = (zone for zone in zones(self.account_id) if zone.tags)
        yield from selected(tagged, tag_filters, resource_type_filters, resource_arn_list)
