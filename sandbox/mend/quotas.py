"""Service Quotas: the quotas that a stack comes near to.

moto knows those of VPC and no others, and no default of AWS's. Here the account has asked for more of what
AWS gives few of at first: VPCs, addresses and virtual processors.
"""

from __future__ import annotations

import json
from typing import Any

from moto.servicequotas.responses import ServiceQuotasResponse

from mend import account
from mend.core import add, patch, refuse

# Service, code, name, AWS's default, and the account's own value where it has one (Service Quotas console).
QUOTAS: list[tuple[str, str, str, float, float | None]] = [
    ("vpc", "L-F678F1CE", "VPCs per Region", 5, 50),
    ("vpc", "L-FE5A380F", "NAT gateways per Availability Zone", 5, None),
    ("ec2", "L-0263D0A3", "EC2-VPC Elastic IPs", 5, 50),
    ("ec2", "L-1216C47A", "Running On-Demand Standard (A, C, D, H, I, M, R, T, Z) instances", 5, 512),
    ("ec2", "L-DB2E81BA", "Running On-Demand G and VT instances", 0, None),
    ("ec2", "L-417A185B", "Running On-Demand P instances", 0, None),
    ("ec2", "L-7295265B", "Running On-Demand X instances", 0, None),
    ("ec2", "L-74FC7D96", "Running On-Demand F instances", 0, None),
    ("elasticloadbalancing", "L-53DA6B97", "Application Load Balancers per Region", 50, None),
    ("rds", "L-7B6409FD", "DB instances", 40, None),
    ("elasticache", "L-DFE45DF3", "Nodes per Region", 300, None),
]


def shown(self: Any, default: bool) -> dict[str, Any]:
    """The quota that a request asks for: AWS's default, or the value that counts for the account."""
    wanted = json.loads(self.body)
    service, code = wanted.get("ServiceCode"), wanted.get("QuotaCode")
    for of, known, name, standard, own in QUOTAS:
        if (of, known) != (service, code):
            continue
        value = account.get("quotas").get(code, own)
        if value is None and not default:
            break
        return {
            "ServiceCode": of,
            "ServiceName": of,
            "QuotaArn": f"arn:aws:servicequotas:{self.region}:{self.current_account}:{of}/{code}",
            "QuotaCode": code,
            "QuotaName": name,
            "Value": float(standard if default else value),
            "Unit": "None",
            "Adjustable": True,
            "GlobalQuota": False,
        }
    refuse("NoSuchResourceException", f"The request failed because the specified quota {code} does not exist.")


def install() -> None:
    @patch(ServiceQuotasResponse, "get_service_quota")
    def get_service_quota(original: Any, self: Any) -> str:
        # GetServiceQuota: "some quotas have only a default value"; those are not found here.
        return json.dumps({"Quota": shown(self, default=False)})

    @add(ServiceQuotasResponse, "get_aws_default_service_quota")
    def get_aws_default_service_quota(self: Any) -> str:
        # GetAWSDefaultServiceQuota: AWS's default, whatever the account has.
        return json.dumps({"Quota": shown(self, default=True)})
