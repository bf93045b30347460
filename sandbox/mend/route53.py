"""Hosted zones (Route 53) as AWS documents them: caller references, private zones, changes that take a while.

The records are in route53_records.py.
"""

from __future__ import annotations

from typing import Any

from moto.core.responses import ActionResult
from moto.core.utils import utcnow
from moto.ec2.models import ec2_backends
from moto.moto_api._internal import mock_random
from moto.route53.models import FakeZone, Route53Backend, reverse_domain_name
from moto.route53.responses import Route53

from mend.core import Pending, computed, patch, refuse

UPPER = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
PRIVATE_SERVERS = [
    "ns-1536.awsdns-00.co.uk.",
    "ns-0.awsdns-00.com.",
    "ns-1024.awsdns-00.org.",
    "ns-512.awsdns-00.net.",
]


def fresh_id(prefix: str, length: int) -> str:
    return prefix + "".join(mock_random.choice(UPPER) for _ in range(length))


def change_info(backend: Any, comment: str | None = None) -> dict[str, Any]:
    """A change that is PENDING now and INSYNC after a while."""
    name = fresh_id("C", 20)
    backend.__dict__.setdefault("mend_changes", {})[name] = (Pending("record_change"), utcnow(), comment)
    return describe_change(backend, name)


def describe_change(backend: Any, name: str) -> dict[str, Any]:
    known = backend.__dict__.get("mend_changes", {}).get(name)
    if known is None:
        refuse("NoSuchChange", f"Could not find resource with ID: {name}", 404)
    pending, submitted, comment = known
    status = "INSYNC" if pending.over() else "PENDING"
    return {"Id": f"/change/{name}", "Status": status, "SubmittedAt": submitted, "Comment": comment}


def check_vpc(backend: Any, vpc_id: str | None, region: str | None) -> None:
    """CreateHostedZone, AssociateVPCWithHostedZone: the VPC has to exist in that region."""
    if not vpc_id or not region:
        text = "When you're creating a private hosted zone, you must specify values for VPCId and VPCRegion."
        refuse("InvalidInput", text)
    regions = ec2_backends[backend.account_id]
    if region not in regions or vpc_id not in regions[region].vpcs:
        refuse("InvalidVPCId", f"The VPC: {vpc_id} you have provided does not exist or is not authorized.")


def check_conflict(backend: Any, name: str, vpc_id: str, region: str) -> None:
    """ConflictingDomainExists: a VPC sees one private zone of a name."""
    for zone in backend.zones.values():
        if zone.private_zone and zone.name == name and any(v.get("vpc_id") == vpc_id for v in zone.vpcs):
            text = f"The VPC {vpc_id} in region {region} has already been associated with the hosted zone "
            refuse("ConflictingDomainExists", text + f"{zone.resource_id} with the same domain name.")


def install() -> None:
    @patch(Route53, "create_hosted_zone")
    def create_answer(original: Any, self: Any) -> ActionResult:
        # CreateHostedZone: a VPC makes it private; HostedZoneAlreadyExists for a repeated CallerReference.
        vpc_id, region = self._get_param("VPC.VPCId"), self._get_param("VPC.VPCRegion")
        private = bool(vpc_id) or self._get_bool_param("HostedZoneConfig.PrivateZone", False)
        reference = self._get_param("CallerReference")
        name = self._get_param("Name").lower().rstrip(".") + "."
        if any(z.caller_reference == reference for z in self.backend.zones.values()):
            text = f"A hosted zone has already been created with the specified caller reference: {reference}"
            refuse("HostedZoneAlreadyExists", text, 409)
        if private:
            check_vpc(self.backend, vpc_id, region)
            check_conflict(self.backend, name, vpc_id, region)
        self.params["Name"] = name
        self.params.setdefault("HostedZoneConfig", {})["PrivateZone"] = private
        result = original(self).result
        result["ChangeInfo"] = change_info(self.backend)
        return ActionResult(result)

    @patch(Route53Backend, "create_hosted_zone")
    def create_hosted_zone(original: Any, self: Any, *args: Any, **kwargs: Any) -> Any:
        # CreateHostedZone: ids begin with Z; a zone begins with its NS and SOA records.
        zone = original(self, *args, **kwargs)
        del self.zones[zone.resource_id]
        zone.resource_id = fresh_id("Z", 20)
        self.zones[zone.resource_id] = zone
        servers = (
            PRIVATE_SERVERS if zone.private_zone else [f"{s}." for s in zone.delegation_set.name_servers]
        )
        soa = f"{servers[0]} awsdns-hostmaster.amazon.com. 1 7200 900 1209600 86400"
        for rrset in zone.rrsets:
            rrset.name = zone.name
            rrset.ttl = 172800 if rrset.type == "NS" else 900
            rrset.records = list(servers) if rrset.type == "NS" else [soa]
        return zone

    @computed(FakeZone, "config")
    def config(self: Any, stored: dict[str, Any]) -> dict[str, Any]:
        # GetHostedZone: an empty comment is no comment.
        return {k: v for k, v in stored.items() if k != "Comment" or v}

    @patch(Route53, "get_change")
    def get_change(original: Any, self: Any) -> ActionResult:
        # GetChange: PENDING, then INSYNC; NoSuchChange.
        name = self._get_param("Id").rsplit("/", 1)[-1]
        return ActionResult({"ChangeInfo": describe_change(self.backend, name)})

    @patch(Route53Backend, "associate_vpc_with_hosted_zone")
    def associate(original: Any, self: Any, zone_id: str, vpcid: str, vpcregion: str) -> Any:
        # AssociateVPCWithHostedZone: ConflictingDomainExists, InvalidVPCId.
        zone = self.get_hosted_zone(zone_id)
        if zone.private_zone:
            check_vpc(self, vpcid, vpcregion)
            check_conflict(self, zone.name, vpcid, vpcregion)
        return original(self, zone_id, vpcid, vpcregion)

    @patch(Route53Backend, "disassociate_vpc_from_hosted_zone")
    def disassociate(original: Any, self: Any, zone_id: str, vpcid: str) -> Any:
        # DisassociateVPCFromHostedZone: VPCAssociationNotFound.
        zone = self.get_hosted_zone(zone_id)
        if all(v.get("vpc_id") != vpcid for v in zone.vpcs):
            text = f"The VPC {vpcid} is not associated with the hosted zone {zone.resource_id}."
            refuse("VPCAssociationNotFound", text, 404)
        return original(self, zone_id, vpcid)

    for operation in (
        "associate_vpc_with_hosted_zone",
        "disassociate_vpc_from_hosted_zone",
        "delete_hosted_zone",
    ):

        @patch(Route53, operation)
        def with_change(original: Any, self: Any) -> ActionResult:
            # Every change has an id of its own, that GetChange knows.
            result = original(self).result
            result["ChangeInfo"] = change_info(self.backend, result["ChangeInfo"].get("Comment"))
            return ActionResult(result)

    @patch(Route53Backend, "delete_hosted_zone")
    def delete_hosted_zone(original: Any, self: Any, id_: str) -> Any:
        # DeleteHostedZone: HostedZoneNotEmpty with anything but the zone's own NS and SOA.
        zone = self.get_hosted_zone(id_)
        if any(r.type not in ("NS", "SOA") or r.name != zone.name for r in zone.rrsets):
            text = "The specified hosted zone contains non-required resource record sets and so cannot be "
            refuse("HostedZoneNotEmpty", text + "deleted.")
        self.resource_tags.pop(zone.resource_id, None)
        return original(self, id_)

    @patch(Route53Backend, "list_tags_for_resource")
    def list_tags_for_resource(original: Any, self: Any, resource_id: str) -> Any:
        # ListTagsForResource: NoSuchHostedZone.
        if resource_id not in self.zones and resource_id not in self.health_checks:
            refuse("NoSuchHostedZone", f"No hosted zone found with ID: {resource_id}", 404)
        return original(self, resource_id)

    @patch(Route53, "list_hosted_zones")
    def list_hosted_zones(original: Any, self: Any) -> ActionResult:
        # ListHostedZones: pages by Marker, which is the id of the next zone; HostedZoneType filters.
        zones = list(self.backend.zones.values())
        if self._get_param("HostedZoneType") == "PrivateHostedZone":
            zones = [z for z in zones if z.private_zone]
        marker, size = self._get_param("Marker"), min(100, self._get_int_param("MaxItems", 100))
        ids = [z.resource_id for z in zones]
        if marker and marker not in ids:
            refuse("NoSuchHostedZone", f"No hosted zone found with ID: {marker}", 404)
        start = ids.index(marker) if marker else 0
        more = len(zones) > start + size
        return ActionResult(
            {
                "HostedZones": zones[start : start + size],
                "Marker": marker or "",
                "IsTruncated": more,
                "NextMarker": ids[start + size] if more else None,
                "MaxItems": size,
            }
        )

    @patch(Route53, "list_hosted_zones_by_name")
    def list_hosted_zones_by_name(original: Any, self: Any) -> ActionResult:
        # ListHostedZonesByName: from that name on in the order of the reversed labels, others after it too.
        def order(zone: Any) -> tuple[str, str]:
            return reverse_domain_name(zone.name), zone.resource_id

        name, zone_id = self._get_param("DNSName"), self._get_param("HostedZoneId")
        size = min(100, self._get_int_param("MaxItems", 100))
        zones = sorted(self.backend.zones.values(), key=order)
        if name:
            first = (reverse_domain_name(name.lower()), zone_id or "")
            zones = [z for z in zones if order(z) >= first]
        more = len(zones) > size
        return ActionResult(
            {
                "HostedZones": zones[:size],
                "DNSName": name,
                "HostedZoneId": zone_id,
                "IsTruncated": more,
                "NextDNSName": zones[size].name if more else None,
                "NextHostedZoneId": zones[size].resource_id if more else None,
                "MaxItems": size,
            }
        )
