"""HTTP from inside the lab's network: single requests that show everything, and load that is bounded.

The sockets are made in the namespace of the bridge, so nothing of this reaches a network but the lab's own.
"""

from __future__ import annotations

import http.client
import json
import os
import socket
import subprocess
import sys
import time
from dataclasses import dataclass, field

from host import in_namespace
from network import BRIDGE, VISITOR
from record import namespace


@dataclass
class Answer:
    """What came back; `status` 0 means that nothing did, and `text` says why."""

    status: int
    headers: http.client.HTTPMessage | None
    body: bytes
    seconds: float

    @property
    def text(self) -> str:
        return self.body.decode("utf-8", "replace")

    def __getitem__(self, name: str) -> str:
        """A header's value; several are joined as HTTP joins them, a missing one is empty."""
        return ", ".join(self.headers.get_all(name, [])) if self.headers else ""

    def fact(self, name: str) -> str:
        """A fact that a page of the site shows."""
        return self.text.partition(f"<dt>{name}</dt><dd>")[2].partition("</dd>")[0]

    def json(self) -> dict:
        return json.loads(self.body)


class Connection(http.client.HTTPConnection):
    """A connection out of the namespace of the bridge."""

    def connect(self) -> None:
        with in_namespace(namespace(BRIDGE)):
            self.sock = socket.create_connection((self.host, self.port), self.timeout, (VISITOR, 0))


@dataclass
class Visitor:
    """Somebody who asks one address, and keeps the cookies that it sets."""

    address: str
    host: str = "lab.example"
    cookies: dict[str, str] = field(default_factory=dict)
    timeout: float = 30.0

    def ask(self, method: str, path: str, body: str | None = None, **headers: str) -> Answer:
        """One request on a connection of its own."""
        sent = {"Host": self.host, "Connection": "close"}
        if self.cookies:
            sent["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        if body is not None:
            sent["Content-Type"] = "application/x-www-form-urlencoded"
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        began = time.monotonic()
        connection = Connection(self.address, 80, timeout=self.timeout)
        try:
            connection.request(method, path, body, sent)
            got = connection.getresponse()
            answer = Answer(got.status, got.headers, got.read(), time.monotonic() - began)
        except (OSError, http.client.HTTPException) as problem:
            return Answer(0, None, repr(problem).encode(), time.monotonic() - began)
        finally:
            connection.close()
        for cookie in answer.headers.get_all("Set-Cookie", []) if answer.headers else []:
            name, _, value = cookie.partition(";")[0].partition("=")
            self.cookies[name.strip()] = value.strip()
        return answer

    def get(self, path: str, **headers: str) -> Answer:
        return self.ask("GET", path, **headers)

    def post(self, path: str, body: str = "", **headers: str) -> Answer:
        return self.ask("POST", path, body, **headers)


# ---------------------------------------------------------------- load


@dataclass
class Load:
    """What a burst of requests came to."""

    requests: int
    seconds: float
    statuses: dict[str, int]
    caches: dict[str, int]
    slowest: float

    @property
    def rate(self) -> float:
        return self.requests / self.seconds if self.seconds else 0.0


class Burst:
    """Requests from a process of its own, for a limited time: so that a test can do something meanwhile."""

    def __init__(
        self, address: str, path: str, seconds: float, connections: int = 8, rate: float = 0, limit: int = 60_000,
        cookie: str = "", host: str = "lab.example", keep: bool = True,
    ) -> None:
        order = {
            "address": address, "path": path, "seconds": seconds, "connections": connections, "rate": rate,
            "limit": limit, "cookie": cookie, "host": host, "keep": keep, "source": VISITOR,
        }
        command = ["ip", "netns", "exec", namespace(BRIDGE), sys.executable, __file__.replace("client.py", "load.py")]
        self.process = subprocess.Popen(
            [*command, json.dumps(order)], stdout=subprocess.PIPE, text=True, env={**os.environ, "PYTHONUNBUFFERED": "1"}
        )
        self.patience = seconds + 90

    def done(self) -> Load:
        """Waits for the end and returns the result."""
        try:
            said, _ = self.process.communicate(timeout=self.patience)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise
        if self.process.returncode:
            raise RuntimeError(f"the load generator ended with {self.process.returncode}")
        return Load(**json.loads(said))
