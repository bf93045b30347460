"""Records (Route 53) as AWS documents them: batches all or nothing, conflicts, exact deletes, listed names.

moto keeps a journal of what was asked for and compares with that, so that a wrong delete passes.
"""

from __future__ import annotations

import ipaddress
from typing import Any

from moto.core.responses import ActionResult
from moto.route53.models import RecordSet, Route53Backend
from moto.route53.responses import Route53

from mend.core import patch, refuse
from mend.elbv2_common import ZONES
from mend.route53 import change_info

CLOUDFRONT = "Z2FDTNDATAQYW2"
PLAIN = set("abcdefghijklmnopqrstuvwxyz0123456789-_.\\")
OPTIONAL = (
    "SetIdentifier",
    "Weight",
    "Region",
    "HealthCheckId",
    "Failover",
    "GeoLocation",
    "MultiValueAnswer",
)


def listed(name: str) -> str:
    """A name as ListResourceRecordSets gives it: lower case, a final dot, an asterisk as its octal code."""
    name = name.lower().rstrip(".") + "."
    return "".join(c if c in PLAIN else f"\\{ord(c):03o}" for c in name)


def normal(change: dict[str, Any]) -> dict[str, Any]:
    """The record of a change in the form that is kept."""
    given = change["ResourceRecordSet"]
    record: dict[str, Any] = {"Name": listed(given["Name"]), "Type": given["Type"]}
    record.update({k: given[k] for k in OPTIONAL if given.get(k) is not None})
    alias = given.get("AliasTarget")
    values = [r["Value"] for r in given.get("ResourceRecords") or []]
    if bool(alias) == bool(values and given.get("TTL") is not None):
        found = "more than one" if alias else "none"
        refuse(
            "InvalidInput",
            "Invalid request: Expected exactly one of [AliasTarget, all of [TTL, and ResourceRecords], or "
            f"TrafficPolicyInstanceId], but found {found} in Change with [Action={change['Action']}, "
            f"Name={record['Name']}, Type={record['Type']}, "
            f"SetIdentifier={record.get('SetIdentifier', 'null')}]",
        )
    if alias:
        record["AliasTarget"] = {
            "HostedZoneId": alias["HostedZoneId"],
            "DNSName": alias["DNSName"].lower().rstrip(".") + ".",
            "EvaluateTargetHealth": str(alias.get("EvaluateTargetHealth")).lower() == "true",
        }
    else:
        record["TTL"] = int(given["TTL"])
        record["ResourceRecords"] = values
    return record


def key(record: Any) -> tuple[str, str, str | None]:
    if isinstance(record, dict):
        return record["Name"], record["Type"], record.get("SetIdentifier")
    return record.name, record.type, record.set_identifier


def equal(kept: Any, record: dict[str, Any]) -> bool:
    """Whether a delete names exactly what is there."""
    if record.get("AliasTarget"):
        return kept.alias_target == record["AliasTarget"]
    return int(kept.ttl or 0) == record["TTL"] and sorted(kept.records) == sorted(record["ResourceRecords"])


def bad_value(record: dict[str, Any]) -> str | None:
    """What is wrong with a record's values."""
    for value in record.get("ResourceRecords", []):
        kind = ""
        if record["Type"] in ("A", "AAAA"):
            version = 4 if record["Type"] == "A" else 6
            try:
                if ipaddress.ip_address(value).version != version:
                    raise ValueError(value)
            except ValueError:
                kind = f"{record['Type']}RRDATAIllegalIPv{version}Address "
                kind += f"(Value is not a valid IPv{version} address)"
        elif record["Type"] == "TXT" and not (len(value) > 1 and value[0] == value[-1] == '"'):
            kind = "InvalidCharacterString (Value should be enclosed in quotation marks)"
        if kind:
            return f"Invalid Resource Record: 'FATAL problem: {kind} encountered with '{value}''"
    if record["Type"] == "CNAME" and len(record.get("ResourceRecords", [0])) != 1:
        return f"RRSet of type CNAME with DNS name {record['Name']} must have exactly one value"
    return None


def bad_alias(backend: Any, zone: Any, record: dict[str, Any], work: list[Any]) -> str | None:
    """What is wrong with an alias: its target has to exist and to lie in the zone that it names."""
    from moto.elbv2.models import elbv2_backends

    alias = record.get("AliasTarget")
    if not alias:
        return None
    name, zone_id = alias["DNSName"], alias["HostedZoneId"]
    what = f"Tried to create an alias that targets {name}, type {record['Type']} in zone {zone_id}, but "
    outside, lost = (
        what + "the alias target name does not lie within the target zone",
        what + "that target was not found",
    )
    if name.endswith(".elb.amazonaws.com."):
        region = name.split(".")[-5]
        if zone_id != ZONES.get(region, zone_id):
            return outside
        known = elbv2_backends[backend.account_id][region].load_balancers.values()
        if all(b.dns_name.lower() + "." != name.removeprefix("dualstack.") for b in known):
            return lost
    elif name.endswith(".cloudfront.net.") or zone_id == CLOUDFRONT:
        if not (name.endswith(".cloudfront.net.") and zone_id == CLOUDFRONT):
            return outside
    elif zone_id == zone.resource_id:
        if not any(r.name == listed(name) and r.type == record["Type"] for r in work):
            return lost
    return None


def conflicts(zone: Any, work: list[Any], touched: set[str]) -> list[str]:
    """CNAMEs beside other records, and the zone's own records gone."""
    found = []
    for name in sorted(touched):
        here = [r for r in work if r.name == name]
        if not any(r.type == "CNAME" for r in here):
            continue
        text = f"RRSet of type CNAME with DNS name {name} is not permitted "
        if name == zone.name:
            found.append(f"{text}at apex in zone {zone.name}")
        elif any(r.type != "CNAME" for r in here):
            found.append(
                f"{text}as it conflicts with other records with the same DNS name in zone {zone.name}"
            )
    own = {r.type for r in work if r.name == zone.name}
    if "SOA" not in own:
        found.append("A HostedZone must contain exactly one SOA record.")
    if "NS" not in own:
        found.append("A HostedZone must contain at least one NS record for the zone itself.")
    return found


def apply(backend: Any, zone: Any, changes: list[dict[str, Any]]) -> None:
    work, problems = list(zone.rrsets), []
    seen: dict[Any, str] = {}
    touched = set()
    for change in changes:
        action, record = change["Action"], normal(change)
        name, kind = record["Name"], record["Type"]
        what = f"resource record set [name='{name}', type='{kind}'"
        what += f", set-identifier='{record['SetIdentifier']}']" if record.get("SetIdentifier") else "]"
        if name != zone.name and not name.endswith("." + zone.name):
            problems.append(f"RRSet with DNS name {name} is not permitted in zone {zone.name}")
            continue
        before = seen.get(key(record))
        if before is not None and (before, action) != ("DELETE", "CREATE"):
            problems.append(f"The request contains an invalid set of changes for a {what}")
            continue
        seen[key(record)] = action
        touched.add(name)
        place = next((i for i, r in enumerate(work) if key(r) == key(record)), None)
        if action == "DELETE":
            if place is None:
                problems.append(f"Tried to delete {what} but it was not found")
            elif not equal(work[place], record):
                problems.append(
                    f"Tried to delete {what} but the values provided do not match the current values"
                )
            else:
                del work[place]
            continue
        if action == "CREATE" and place is not None:
            problems.append(f"Tried to create {what} but it already exists")
            continue
        wrong = bad_value(record) or bad_alias(backend, zone, record, work)
        if wrong:
            problems.append(wrong)
        elif place is not None:
            work[place] = RecordSet(record)
        else:
            work.append(RecordSet(record))
    problems = problems or conflicts(zone, work, touched)
    if problems:
        refuse("InvalidChangeBatch", "[" + ", ".join(problems) + "]")
    zone.rrsets = work


def install() -> None:
    @patch(Route53Backend, "change_resource_record_sets")
    def change_resource_record_sets(original: Any, self: Any, zoneid: str, change_list: Any) -> None:
        # ChangeResourceRecordSets: the whole batch or nothing, InvalidChangeBatch with every reason.
        from mend.acm import recheck

        zone = self.get_hosted_zone(zoneid)
        for change in change_list:
            if change["Action"] not in ("CREATE", "UPSERT", "DELETE"):
                refuse("InvalidInput", f"Invalid XML ; Value '{change['Action']}' is not a valid action")
        apply(self, zone, change_list)
        recheck(self.account_id)

    @patch(Route53, "change_resource_record_sets")
    def change_answer(original: Any, self: Any) -> ActionResult:
        # ChangeResourceRecordSets: an id of its own, PENDING first.
        original(self)
        return ActionResult({"ChangeInfo": change_info(self.backend, self._get_param("ChangeBatch.Comment"))})

    @patch(Route53Backend, "list_resource_record_sets")
    def list_resource_record_sets(
        original: Any, self: Any, zone_id: str, start_type: Any, start_name: Any, max_items: int
    ) -> Any:
        # ListResourceRecordSets: at most 300 a page; the first name may be given with its asterisk.
        name = listed(start_name) if start_name else start_name
        return original(self, zone_id, start_type, name, min(300, max_items))
