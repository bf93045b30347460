"""The sandbox's own endpoints: call log, faults, reset, delays, the account, whoami, and those that mends add.

Tests assert on what drucloud asked for, and make the network fail at a chosen request.
"""

from __future__ import annotations

import json
import os
import select
import socket
import threading
import time
from collections.abc import Callable
from typing import Any

from mend import account, core
from mend.core import AwsError
from mend.wire import Call

KINDS = ("throttle", "error", "drop-before", "drop-after", "hang-before", "hang-after")
HANG_SECONDS = 60.0

token = ""
lock = threading.RLock()  # moto's: held while a request executes
_state = threading.Lock()  # ours: held for moments only
_started = time.monotonic()
_log: list[dict[str, Any]] = []
_rules: list[dict[str, Any]] = []
_release = threading.Event()


class Gone(ConnectionError):
    """The connection is to be closed without an answer."""


# ---------------------------------------------------------------- log


def note(call: Call, status: int, fault: str | None = None) -> None:
    """Appends to the log; status 0 means that no answer was given."""
    with _state:
        entry = {
            "n": len(_log) + 1,
            "service": call.service,
            "operation": call.operation,
            "region": call.region,
            "mutating": call.mutating,
            "status": status,
            "at": round(time.monotonic() - _started, 4),
        }
        if fault:
            entry["fault"] = fault
        _log.append(entry)


def calls() -> dict[str, Any]:
    with _state:
        log = list(_log)
    by: dict[str, int] = {}
    for entry in log:
        name = f"{entry['service']}.{entry['operation']}"
        by[name] = by.get(name, 0) + 1
    return {"total": len(log), "by_operation": dict(sorted(by.items())), "log": log}


def forget_calls() -> None:
    with _state:
        _log.clear()


# ---------------------------------------------------------------- faults


def set_rules(rules: Any) -> None:
    """Replaces the rules; a malformed one is a ValueError and changes nothing."""
    if not isinstance(rules, list):
        raise ValueError("a list of rules is expected")
    known = {"service", "operation", "mutating", "nth", "every", "do", "code", "message", "status"}
    fresh = []
    for rule in rules:
        if not isinstance(rule, dict):
            raise ValueError("a rule is an object")
        unknown = set(rule) - known
        if unknown:
            raise ValueError(f"unknown in a rule: {', '.join(sorted(unknown))}")
        if rule.get("do") not in KINDS:
            raise ValueError(f"do is one of {', '.join(KINDS)}")
        for name in ("nth", "every"):
            if rule.get(name) is not None and (not isinstance(rule[name], int) or rule[name] < 1):
                raise ValueError(f"{name} is a number from 1 on")
        fresh.append({**rule, "seen": 0, "hits": 0})
    global _rules
    with _state:
        _rules = fresh
    release()


def rules() -> list[dict[str, Any]]:
    with _state:
        return [dict(rule) for rule in _rules]


def fault_for(call: Call) -> dict[str, Any] | None:
    """The first rule that strikes this request, with what releases it; every matching rule counts it.

    Who hangs is released by the first release after it was struck, also when it has not come to hang yet.
    """
    struck = None
    if call.dry:
        # A rule means the real call; what a dry run is refused for is told by the account.
        return None
    with _state:
        for rule in _rules:
            if rule.get("service") not in (None, call.service):
                continue
            if rule.get("operation") not in (None, call.operation):
                continue
            if rule.get("mutating") not in (None, call.mutating):
                continue
            rule["seen"] += 1
            if rule.get("nth") is not None and rule["seen"] != rule["nth"]:
                continue
            if rule.get("every") is not None and rule["seen"] % rule["every"]:
                continue
            if struck is None:
                rule["hits"] += 1
                struck = {**rule, "release": _release}
    return struck


def fault_error(rule: dict[str, Any], call: Call) -> AwsError:
    """The error that a throttle or error rule answers with."""
    if rule["do"] == "error":
        code, message, status = "InternalFailure", "An internal error occurred.", 500
        if rule.get("code"):
            code, message, status = rule["code"], f"The sandbox was told to answer {rule['code']}.", 400
    elif call.service == "ec2":
        code, message, status = "RequestLimitExceeded", "Request limit exceeded.", 503
    elif call.service == "s3":
        code, message, status = "SlowDown", "Please reduce your request rate.", 503
    elif call.service == "sesv2":
        code, message, status = "TooManyRequestsException", "Too many requests.", 429
    elif call.protocol in ("json", "rest-json"):
        code, message, status = "ThrottlingException", "Rate exceeded", 400
    else:
        code, message, status = "Throttling", "Rate exceeded", 400
    return AwsError(rule.get("code") or code, rule.get("message") or message, rule.get("status") or status)


def hang(connection: socket.socket | None, event: threading.Event) -> None:
    """Returns when the client has gone, on release, or after a minute."""
    deadline = time.monotonic() + HANG_SECONDS
    while time.monotonic() < deadline and not event.wait(0.02):
        if connection is None:
            continue
        readable, _, _ = select.select([connection], [], [], 0)
        if readable:
            try:
                if connection.recv(1, socket.MSG_PEEK) == b"":
                    return
            except OSError:
                return


def release() -> None:
    """Lets everything that hangs now go; later ones hang again."""
    global _release
    with _state:
        previous, _release = _release, threading.Event()
    previous.set()


# ---------------------------------------------------------------- reset


def reset() -> None:
    """Everything empty, as after a start. The delays stay."""
    from moto.core.base_backend import BackendDict, BaseBackend, backend_lock
    from moto.core.model_instances import reset_model_data

    set_rules([])
    with lock:
        with backend_lock:
            # Dropped rather than re-made: a backend is made again when it is next asked for.
            for backends in list(BackendDict._instances):
                for account in backends.values():
                    for backend in account.values():
                        if type(backend).reset is not BaseBackend.reset:
                            backend.reset()
                backends.clear()
            BackendDict._instances.clear()
        reset_model_data()
        core.run_reset_hooks()
    forget_calls()


# ---------------------------------------------------------------- endpoints

_endpoints: dict[tuple[str, str], Callable[[Any], Any]] = {}


def endpoint(method: str, path: str, answer: Callable[[Any], Any]) -> None:
    """Adds an endpoint of a mend's own: it gets the request's JSON; a ValueError is the asker's mistake."""
    _endpoints[method, path] = answer


def answer(method: str, path: str, body: bytes) -> tuple[int, Any]:
    """Status and JSON of a /sandbox/ request."""
    try:
        return _answer(method, path.rstrip("/"), body)
    except ValueError as problem:
        return 400, {"error": str(problem)}


def _answer(method: str, path: str, body: bytes) -> tuple[int, Any]:
    if (method, path) == ("GET", "/sandbox/whoami"):
        return 200, {"token": token, "pid": os.getpid()}
    if (method, path) == ("GET", "/sandbox/calls"):
        return 200, calls()
    if (method, path) == ("POST", "/sandbox/calls/reset"):
        forget_calls()
        return 200, {}
    if (method, path) == ("POST", "/sandbox/reset"):
        reset()
        return 200, {}
    if (method, path) == ("GET", "/sandbox/faults"):
        return 200, rules()
    if (method, path) == ("POST", "/sandbox/faults"):
        set_rules(json.loads(body or b"[]"))
        return 200, {}
    if (method, path) == ("POST", "/sandbox/faults/release"):
        release()
        return 200, {}
    if (method, path) == ("GET", "/sandbox/account"):
        return 200, account.settings()
    if (method, path) == ("POST", "/sandbox/account"):
        account.change(json.loads(body or b"{}"))
        return 200, account.settings()
    if (method, path) == ("GET", "/sandbox/delays"):
        return 200, core.delays()
    if (method, path) == ("POST", "/sandbox/delays"):
        wanted = json.loads(body or b"{}")
        core.set_delays(wanted.get("factor"), wanted.get("single"))
        return 200, core.delays()
    if (method, path) in _endpoints:
        return 200, _endpoints[method, path](json.loads(body or b"null"))
    return 404, {"error": f"no such endpoint: {method} {path}"}
