"""The few answers of GitHub and GitLab that the scripts ask for, on the loopback interface."""

from __future__ import annotations

import io
import json
import threading
import zipfile
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit


@dataclass
class Forge:
    """What a forge knows, and what it was asked for."""

    comments: list[dict[str, Any]] = field(default_factory=list)
    pulls: list[dict[str, Any]] = field(default_factory=list)
    artifacts: list[dict[str, Any]] = field(default_factory=list)
    saved: str = "{}"
    calls: list[tuple[str, str]] = field(default_factory=list)
    tokens: set[str] = field(default_factory=set)
    busy: int = 0
    closed: bool = False

    def answer(self, method: str, url: str, body: dict[str, Any]) -> tuple[int, Any]:
        """The answer to one request."""
        path, query = urlsplit(url).path, parse_qs(urlsplit(url).query)
        self.calls.append((method, path))
        if self.busy > 0:
            self.busy -= 1
            return 503, {"message": "busy"}
        if self.closed and method != "GET":
            return 403, {"message": "Resource not accessible by integration"}
        if path.endswith("/pulls"):
            return 200, self.pulls
        if path.endswith("/actions/artifacts"):
            return 200, {"artifacts": [one for one in self.artifacts if one["name"] == query["name"][0]]}
        if path.endswith("/zip"):
            return 200, self.archive()
        if method == "GET":
            page, size = int(query["page"][0]), int(query["per_page"][0])
            return 200, self.comments[(page - 1) * size : page * size]
        if method == "POST":
            self.comments.append({"id": 1000 + len(self.comments), "body": body["body"]})
            return 201, self.comments[-1]
        number = int(path.rsplit("/", 1)[1])
        found = [comment for comment in self.comments if comment["id"] == number]
        if not found:
            return 404, {"message": "Not Found"}
        found[0]["body"] = body["body"]
        return 200, found[0]

    def archive(self) -> bytes:
        """The artifact as GitHub sends it."""
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w") as archive:
            archive.writestr("saved.json", self.saved)
            archive.writestr("plan.md", "the comment")
        return buffer.getvalue()


class Server:
    """A forge that listens."""

    def __init__(self) -> None:
        self.forge = forge = Forge()

        class Handler(BaseHTTPRequestHandler):
            def handle_any(self) -> None:
                length = int(self.headers.get("Content-Length") or 0)
                body = json.loads(self.rfile.read(length)) if length else {}
                forge.tokens.add(self.headers.get("Authorization") or self.headers.get("PRIVATE-TOKEN") or "")
                status, value = forge.answer(self.command, self.path, body)
                content = value if isinstance(value, bytes) else json.dumps(value).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            do_GET = do_POST = do_PATCH = do_PUT = handle_any

            def log_message(self, *_: object) -> None:
                """Says nothing: what was asked is in `calls`."""

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.http.server_port}"
        threading.Thread(target=self.http.serve_forever, daemon=True).start()

    def close(self) -> None:
        """Ends it."""
        self.http.shutdown()
        self.http.server_close()
