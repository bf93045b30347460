"""SimulatePrincipalPolicy: whether a user's or role's own policies allow actions on resources.

Policies are evaluated as IAM does: a matching Deny wins, a matching Allow allows, and all else is an implicit
denial. The sandbox's own user stands in no list and is an administrator, but for what the account denies it.
"""

from __future__ import annotations

import fnmatch
import json
import re
from typing import Any

from moto.core.responses import ActionResult
from moto.iam.responses import IamResponse

from mend import account
from mend.core import add, refuse
from mend.iam import page

OWN = ":user/moto"
# The most pairs of an action and a resource that one page tells (API reference: MaxItems).
MOST = 1000


def as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def like(pattern: str, text: str, fold: bool = False) -> bool:
    """IAM's wildcards: `*` and `?`; actions are compared without regard to case."""
    if fold:
        pattern, text = pattern.lower(), text.lower()
    return re.fullmatch(fnmatch.translate(pattern.replace("[", "[[]")), text) is not None


def holds(conditions: dict[str, Any], context: dict[str, list[str]]) -> bool:
    """Whether conditions hold: those on strings, which are all that the stacks' policies have."""
    for operator, keys in conditions.items():
        wild = "Like" in operator
        for key, wanted in keys.items():
            have = context.get(key.lower())
            if have is None:
                if operator.endswith("IfExists"):
                    continue
                return False
            matching = any(
                like(w, h) if wild else w == h for w in as_list(wanted) for h in have
            )
            if matching == operator.startswith("StringNot"):
                return False
    return True


def decide(documents: list[Any], action: str, resource: str, context: dict[str, list[str]]) -> str:
    """allowed, explicitDeny or implicitDeny."""
    decision = "implicitDeny"
    for document in documents:
        for statement in as_list(document["Statement"]):
            if "Action" in statement:
                concerns = any(like(a, action, True) for a in as_list(statement["Action"]))
            else:
                concerns = not any(like(a, action, True) for a in as_list(statement["NotAction"]))
            matches = any(like(r, resource) for r in as_list(statement.get("Resource", "*")))
            if not (concerns and matches and holds(statement.get("Condition", {}), context)):
                continue
            if statement["Effect"] == "Deny":
                return "explicitDeny"
            decision = "allowed"
    return decision


def loaded(document: Any) -> Any:
    return json.loads(document) if isinstance(document, str) else document


def policies(backend: Any, arn: str) -> list[Any]:
    """All policies of a user or role."""
    kind, _, name = arn.rpartition(":")[2].partition("/")
    name = name.rpartition("/")[2]
    found: Any = None
    if kind == "role":
        found = next((r for r in backend.roles.values() if r.name == name), None)
    elif kind == "user":
        found = backend.users.get(name)
    if found is None:
        refuse("NoSuchEntity", f"The {kind} with name {name} cannot be found.", 404)
    inline = found.policies
    documents = list(inline.values()) if isinstance(inline, dict) else [p["policy_document"] for p in inline]
    managed = found.managed_policies.values()
    return [loaded(d) for d in documents] + [loaded(p.document) for p in managed]


def install() -> None:
    @add(IamResponse, "simulate_principal_policy")
    def simulate_principal_policy(self: Any) -> ActionResult:
        # SimulatePrincipalPolicy: every action for every resource; InvalidInput for a session of a role.
        arn = self._get_param("PolicySourceArn")
        if ":assumed-role/" in arn or not arn.startswith("arn:"):
            refuse("InvalidInput", f"Invalid Entity Arn: {arn} does not clearly define entity type and name.")
        context = {
            entry["ContextKeyName"].lower(): as_list(entry["ContextKeyValues"])
            for entry in self._get_param("ContextEntries") or []
        }
        denied = {"Effect": "Deny", "Action": account.get("denied"), "Resource": "*"}
        everything = {"Effect": "Allow", "Action": "*", "Resource": "*"}
        documents = [{"Statement": [denied]}]
        documents += [{"Statement": [everything]}] if arn.endswith(OWN) else policies(self.backend, arn)
        results = [
            {
                "EvalActionName": action,
                "EvalResourceName": resource,
                "EvalDecision": decide(documents, action, resource, context),
                "MatchedStatements": [],
                "MissingContextValues": [],
            }
            for action in self._get_param("ActionNames") or []
            for resource in self._get_param("ResourceArns") or ["*"]
        ]
        items, marker = page(self, results, MOST)
        return ActionResult(
            {"EvaluationResults": items, "IsTruncated": marker is not None, "Marker": marker}
        )
