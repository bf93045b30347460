"""SSM Run Command: a command takes a while, has an output and an exit code, and goes to machines with an agent only.

No machine runs anything here. What a command says and how it ends is chosen by rules, which a test sets with
POST /sandbox/commands; GET tells every command that was sent. A rule is an object:

  contains  text that the command's lines contain; any command without it
  machine   the instance's id; any without it
  nth       the n-th command that fits, counted from 1; all of them without it
  exit      the exit code, 0 if it is left out
  out, err  what it writes
  seconds   how long it runs, instead of the sandbox's delay for commands
  state     Undeliverable, DeliveryTimedOut or ExecutionTimedOut instead of an exit code

A command can carry its own rule: a line `# sandbox {"exit": 3}`. Without a rule a command ends well, and
`drucloud-build REF` names the commit that it would have built.
"""

from __future__ import annotations

import datetime
import hashlib
import json
from typing import Any

from moto.core.responses import ActionResult
from moto.core.utils import utcnow
from moto.ec2.models import ec2_backends
from moto.ec2.models.instances import Instance
from moto.ssm.models import Command, SimpleSystemManagerBackend
from moto.ssm.responses import SimpleSystemManagerResponse

from mend import control
from mend.clock import later
from mend.core import DELAYS, Pending, add, delay, on_reset, patch, refuse
from mend.machines import configured

DOCUMENT = "AWS-RunShellScript"
MOST_INSTANCES, MOST_COMMENT, MOST_OUTPUT, MOST_ERRORS = 50, 100, 24_000, 8_000
INLINE = "# sandbox "
STATES = {
    "Undeliverable": "Failed",
    "DeliveryTimedOut": "TimedOut",
    "ExecutionTimedOut": "TimedOut",
}
# The agent's registration after a start; a command; the time until its invocation can be read.
MORE = {"agent": 0.3, "command": 0.4, "command:visible": 0.05}

_rules: list[dict[str, Any]] = []
_sent: list[dict[str, Any]] = []
on_reset(_rules.clear)
on_reset(_sent.clear)


# ---------------------------------------------------------------- rules


def set_rules(rules: Any) -> dict[str, Any]:
    """Replaces the rules; a malformed one is a ValueError and changes nothing."""
    known = {"contains", "machine", "nth", "exit", "out", "err", "seconds", "state"}
    if not isinstance(rules, list) or not all(isinstance(rule, dict) for rule in rules):
        raise ValueError("a list of rules is expected")
    for rule in rules:
        unknown = set(rule) - known
        if unknown:
            raise ValueError(f"unknown in a rule: {', '.join(sorted(unknown))}")
        if rule.get("state") not in (None, *STATES):
            raise ValueError(f"state is one of {', '.join(STATES)}")
    _rules[:] = [{**rule, "seen": 0} for rule in rules]
    return {}


def rule_for(machine: str, lines: str) -> dict[str, Any]:
    """The first rule that fits; every rule that would fit counts the command."""
    own = next((line for line in lines.splitlines() if line.startswith(INLINE)), None)
    chosen: dict[str, Any] = json.loads(own.removeprefix(INLINE)) if own else {}
    for rule in _rules:
        if rule.get("contains", "") not in lines or rule.get("machine") not in (None, machine):
            continue
        rule["seen"] += 1
        if not chosen and rule.get("nth") in (None, rule["seen"]):
            chosen = rule
    return chosen


def usual_output(lines: str) -> str:
    """What a command says without a rule: a build names its commit."""
    words = lines.replace("'", "").split()
    at = next((n for n, word in enumerate(words) if word.endswith("/drucloud-build")), None)
    if at is None:
        return ""
    reference = words[at + 1]
    return f"building {reference}\n{hashlib.sha1(reference.encode()).hexdigest()}\n"


# ---------------------------------------------------------------- states


def with_agent(backend: Any, machine: str) -> bool:
    """Whether the agent of a machine has registered."""
    instance = ec2_backends[backend.account_id][backend.region_name].get_instance_by_id(machine)
    if instance is None or instance._state.name != "running":
        return False
    return bool(instance.mend_agent.over())


def state_of(command: Any) -> tuple[str, str, int]:
    """Status, details and response code as they are now."""
    if not command.mend_running.over():
        working = "Pending" if command.mend_running.progress() < 0.3 else "InProgress"
        return working, working, -1
    rule = command.mend_rule
    if rule.get("state"):
        return STATES[rule["state"]], rule["state"], -1
    code = int(rule.get("exit") or 0)
    return ("Failed", "Failed", code) if code else ("Success", "Success", 0)


def invocation(command: Any, machine: str) -> dict[str, Any]:
    status, details, code = state_of(command)
    rule, over = command.mend_rule, command.mend_running.over()
    out = rule.get("out", usual_output(command.mend_lines)) if over else ""
    return {
        "CommandId": command.command_id,
        "InstanceId": machine,
        "Comment": command.comment,
        "DocumentName": command.document_name,
        "PluginName": "aws:runShellScript",
        "ResponseCode": code,
        "Status": status,
        "StatusDetails": details,
        "StandardOutputContent": out[:MOST_OUTPUT],
        "StandardErrorContent": (rule.get("err", "") if over else "")[:MOST_ERRORS],
    }


def check(backend: Any, request: Any) -> None:
    """What SendCommand refuses."""
    machines = request("InstanceIds") or []
    lines = (request("Parameters") or {}).get("commands")
    timeout, comment = request("TimeoutSeconds"), request("Comment") or ""
    if request("DocumentName") != DOCUMENT:
        refuse("InvalidDocument", "")
    if len(machines) > MOST_INSTANCES:
        refuse("ValidationException", "Member must have length less than or equal to 50")
    if len(comment) > MOST_COMMENT:
        refuse("ValidationException", "Member must have length less than or equal to 100")
    if timeout is not None and not 30 <= int(timeout) <= 2_592_000:
        refuse("ValidationException", "Value at 'timeoutSeconds' failed to satisfy constraint")
    if not lines:
        refuse("InvalidParameters", "Parameters: commands is required")
    wrong = [machine for machine in machines if not with_agent(backend, machine)]
    if wrong:
        refuse(
            "InvalidInstanceId",
            f"Instances [[{', '.join(wrong)}]] not in a valid state for account {backend.account_id}",
        )


def tell(command: Any, instance: Any) -> None:
    """Has the machine report when the command is done, where it reports."""
    rule, lines = command.mend_rule, command.mend_lines
    failed = rule.get("state") or rule.get("exit")
    failure = (rule.get("out") or rule.get("err") or "it failed") if failed else None
    later("command", lambda: configured(instance, lines, failure), command.mend_running.seconds)


def install() -> None:
    for kind, seconds in MORE.items():
        DELAYS.setdefault(kind, seconds)
    control.endpoint("POST", "/sandbox/commands", set_rules)
    control.endpoint("GET", "/sandbox/commands", lambda _: list(_sent))

    @patch(Instance, "__init__")
    def init(original: Any, self: Any, *args: Any, **kwargs: Any) -> None:
        # The agent registers a while after the start.
        original(self, *args, **kwargs)
        self.mend_agent = Pending("agent", delay("instance") + delay("agent"))

    @patch(Command, "_get_instance_ids_from_targets")
    def instance_ids_from_targets(original: Any, self: Any) -> list[str]:
        # SendCommand: to the machines that are named; moto's goes to all where no target is.
        return original(self) if self.targets else []

    @patch(SimpleSystemManagerResponse, "send_command")
    def send_command(original: Any, self: Any) -> Any:
        # SendCommand: the refusals; then a command that takes its time.
        check(self.ssm_backend, self._get_param)
        answer = original(self)
        command = self.ssm_backend._commands[-1]
        command.mend_lines = "\n".join(command.parameters["commands"])
        for machine in command.instance_ids:
            command.mend_rule = dict(rule_for(machine, command.mend_lines))
            entry = {"machine": machine, "comment": command.comment, "lines": command.mend_lines[:2000]}
            _sent.append({"n": len(_sent) + 1, **entry})
        command.mend_running = Pending("command", command.mend_rule.get("seconds"))
        instances = ec2_backends[self.ssm_backend.account_id][self.ssm_backend.region_name]
        for machine in command.instance_ids:
            tell(command, instances.get_instance_by_id(machine))
        command.mend_visible = Pending("command:visible")
        answer.result["Command"].update(Status="Pending", StatusDetails="Pending")
        return answer

    @patch(SimpleSystemManagerBackend, "get_command_invocation")
    def get_command_invocation(
        original: Any, self: Any, command_id: str, instance_id: str, plugin_name: Any
    ) -> dict[str, Any]:
        # GetCommandInvocation: not visible at once; nothing of its output before its end.
        command = next((c for c in self._commands if c.command_id == command_id), None)
        if command is None:
            refuse("InvalidCommandId", "")
        if instance_id not in command.instance_ids or not command.mend_visible.over():
            refuse("InvocationDoesNotExist", "")
        return invocation(command, instance_id)

    @patch(SimpleSystemManagerResponse, "list_commands")
    def list_commands(original: Any, self: Any) -> Any:
        # ListCommands: newest first, by machine and stage of execution, with their states.
        command_id, machine = self._get_param("CommandId"), self._get_param("InstanceId")
        filters = {f["key"]: f["value"] for f in self._get_param("Filters") or []}
        unknown = set(filters) - {"ExecutionStage", "Status", "DocumentName"}
        if unknown:
            refuse("InvalidFilterKey", f"The sandbox knows no filter {', '.join(sorted(unknown))}.")
        shown = []
        for command in reversed(self.ssm_backend._commands):
            status, details, _ = state_of(command)
            stage = "Complete" if command.mend_running.over() else "Executing"
            facts = {"ExecutionStage": stage, "Status": status, "DocumentName": command.document_name}
            fits = command_id in (None, command.command_id) and machine in (None, *command.instance_ids)
            if fits and all(facts[key] == value for key, value in filters.items()):
                shown.append({**command.response_object(), "Status": status, "StatusDetails": details})
        return ActionResult({"Commands": shown[:50]})

    @add(SimpleSystemManagerResponse, "describe_instance_information")
    def describe_instance_information(self: Any) -> Any:
        # DescribeInstanceInformation: the machines whose agent has registered.
        backend = self.ssm_backend
        wanted = [v for f in self._get_param("Filters") or [] if f["Key"] == "InstanceIds" for v in f["Values"]]
        instances = ec2_backends[backend.account_id][backend.region_name].all_instances()
        managed = [i for i in instances if (not wanted or i.id in wanted) and with_agent(backend, i.id)]
        now = utcnow().replace(tzinfo=datetime.timezone.utc)
        shown = [
            {
                "InstanceId": i.id,
                "PingStatus": "Online",
                "LastPingDateTime": now,
                "PlatformType": "Linux",
                "PlatformName": "Debian GNU/Linux",
                "ResourceType": "EC2Instance",
                "IPAddress": i.private_ip,
            }
            for i in managed
        ]
        return ActionResult({"InstanceInformationList": shown})
