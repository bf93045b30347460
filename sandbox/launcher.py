"""The sandbox's server: moto with the project's mends, on 127.0.0.1.

Runs in the virtual environment that ctl.py makes; tests start it in-process with serve().
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent

# Read by moto when it is imported, so they come first.
STRICT = {
    "MOTO_IAM_LOAD_MANAGED_POLICIES": "true",
    "MOTO_EC2_ENABLE_INSTANCE_TYPE_VALIDATION": "true",
    "MOTO_ENABLE_KEYPAIR_VALIDATION": "true",
    "MOTO_ENABLE_AMI_VALIDATION": "true",
    "MOTO_ACM_VALIDATION_WAIT": "1",
    "MOTO_DISABLE_GLOBAL_CORS": "true",
    "MOTO_AMIS_PATH": str(HERE / "amis.json"),
    "AWS_EC2_METADATA_DISABLED": "true",
}
os.environ.update(STRICT)
for name in ("AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_CONFIG_FILE", "AWS_ENDPOINT_URL", "MOTO_ACCOUNT_ID"):
    os.environ.pop(name, None)
if str(HERE) not in sys.path:
    sys.path.insert(0, str(HERE))

import argparse  # noqa: E402
import io  # noqa: E402
import json  # noqa: E402
import signal  # noqa: E402
import socket  # noqa: E402
import threading  # noqa: E402
import traceback  # noqa: E402
import uuid  # noqa: E402
from http import HTTPStatus  # noqa: E402
from typing import Any  # noqa: E402

from moto.backends import list_of_moto_modules  # noqa: E402
from moto.moto_server.werkzeug_app import (  # noqa: E402
    DomainDispatcherApplication,
    MotoRequestHandler,
    create_backend_app,
)
from werkzeug.serving import ThreadedWSGIServer  # noqa: E402

import mend  # noqa: E402
from mend import control, core, wire  # noqa: E402

Answer = tuple[int, list[tuple[str, str]], bytes]


class Dispatcher(DomainDispatcherApplication):
    """moto's choice of a backend by host, remembered: it tries hundreds of patterns each time."""

    def __init__(self) -> None:
        super().__init__(create_backend_app)
        self.by_host: dict[str, Any] = {}

    def get_backend_for_host(self, host: str | None) -> Any:
        if host is None:
            return None
        if host not in self.by_host:
            known = host == "moto_api" or host in list_of_moto_modules()
            matching = (b for b, pattern in self.backend_url_patterns if pattern.match(f"http://{host}"))
            backend = host if known else next(matching, None)
            if backend is None:
                raise NotImplementedError(f"Nothing answers for {host}.")
            self.by_host[host] = backend
        return self.by_host[host]


def run(app: Any, environ: dict[str, Any]) -> Answer:
    """Runs a WSGI application and gathers its answer."""
    head: list[Any] = []
    chunks = app(environ, lambda status, headers, exc_info=None: head.extend((status, headers)))
    try:
        body = b"".join(chunks)
    finally:
        if hasattr(chunks, "close"):
            chunks.close()
    return int(head[0].split(None, 1)[0]), head[1], body


def refusal(call: wire.Call, error: core.AwsError) -> Answer:
    status, headers, body = core.render_error(call.service, call.protocol, error)
    return status, list(headers.items()), body.encode()


class Sandbox:
    """Every request goes through here: control endpoints, faults, log, then moto under one lock."""

    def __init__(self) -> None:
        mend.install_all()
        self.moto = Dispatcher()

    def handle(self, environ: dict[str, Any], body: bytes) -> Answer:
        path = environ["PATH_INFO"]
        if path.startswith("/sandbox/"):
            status, value = control.answer(environ["REQUEST_METHOD"], path, body)
            return status, [("Content-Type", "application/json")], json.dumps(value).encode()
        if path == "/moto-api/reset":
            control.reset()
            return 200, [("Content-Type", "application/json")], b'{"status": "ok"}'
        if path.startswith("/moto-api") or path == "/favicon.ico":
            with control.lock:
                return run(self.moto, environ)
        call = wire.identify(environ, body)
        rule = control.fault_for(call)
        if rule is None:
            answer = self.execute(environ, call)
            control.note(call, answer[0])
            return answer
        return self.faulty(environ, call, rule)

    def faulty(self, environ: dict[str, Any], call: wire.Call, rule: dict[str, Any]) -> Answer:
        do = rule["do"]
        if do in ("throttle", "error"):
            answer = refusal(call, control.fault_error(rule, call))
            control.note(call, answer[0], do)
            return answer
        if do.endswith("-after"):
            self.execute(environ, call)
        control.note(call, 0, do)
        if do.startswith("hang"):
            control.hang(environ.get("werkzeug.socket"), rule["release"])
        raise control.Gone(do)

    def execute(self, environ: dict[str, Any], call: wire.Call) -> Answer:
        try:
            with control.lock:
                answer = run(self.moto, environ)
        except core.AwsError as error:
            return refusal(call, error)
        except NotImplementedError as lacking:
            return refusal(call, missing(call, str(lacking)))
        except Exception as problem:
            traceback.print_exc()
            text = (
                f"The sandbox failed in {call.service}.{call.operation}: {type(problem).__name__}: {problem}"
            )
            # 400, so that an SDK shows it at once and does not repeat what may be half done.
            return refusal(call, core.AwsError("SandboxFailure", text))
        status, headers, body = answer
        if status in (404, 405) and (not body or b"<!doctype html" in body[:100].lower()):
            if environ["REQUEST_METHOD"] != "HEAD" and call.service != "s3":
                return refusal(call, missing(call, ""))
        return answer


def missing(call: wire.Call, text: str) -> core.AwsError:
    name = f"{call.service}.{call.operation}"
    return core.AwsError("NotImplemented", f"The sandbox has no {name}. {text}".strip())


class Handler(MotoRequestHandler):
    """HTTP/1.1 with kept connections; each answer leaves in one write, with its length."""

    protocol_version = "HTTP/1.1"
    timeout = 300
    disable_nagle_algorithm = True

    def log(self, type: str, message: str, *args: Any) -> None:
        pass

    def run_wsgi(self) -> None:
        environ = self.make_environ()
        if environ.get("wsgi.input_terminated"):
            body = environ["wsgi.input"].read()
            environ["CONTENT_LENGTH"] = str(len(body))
            environ.pop("HTTP_TRANSFER_ENCODING", None)
        else:
            length = int(environ.get("CONTENT_LENGTH") or 0)
            body = self.rfile.read(length) if length else b""
            if len(body) < length:
                self.close_connection = True
                return
        environ["wsgi.input"] = io.BytesIO(body)
        try:
            status, headers, content = self.server.app.handle(environ, body)  # type: ignore[attr-defined]
        except control.Gone:
            self.close_connection = True
            try:
                self.connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
            return
        self.answer(status, headers, content)

    def answer(self, status: int, headers: list[tuple[str, str]], content: bytes) -> None:
        try:
            phrase = HTTPStatus(status).phrase
        except ValueError:
            phrase = "Unknown"
        lines = [f"HTTP/1.1 {status} {phrase}"]
        names = set()
        for key, value in headers:
            small = key.lower()
            if small in ("connection", "transfer-encoding", "status"):
                continue
            if small == "content-length" and self.command != "HEAD":
                continue
            names.add(small)
            lines.append(f"{key}: {value}")
        if "date" not in names:
            lines.append(f"Date: {self.date_time_string()}")
        if "x-amzn-requestid" not in names:
            lines.append(f"x-amzn-RequestId: {uuid.uuid4()}")
        bodiless = self.command == "HEAD" or status in (204, 304) or status < 200
        if "content-length" not in names and status not in (204, 304):
            lines.append(f"Content-Length: {0 if bodiless else len(content)}")
        if self.close_connection:
            lines.append("Connection: close")
        head = ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1", "replace")
        self.wfile.write(head if bodiless else head + content)


class Server(ThreadedWSGIServer):
    daemon_threads = True
    request_queue_size = 256

    def handle_error(self, request: Any, client_address: Any) -> None:
        if not isinstance(sys.exc_info()[1], (ConnectionError, TimeoutError)):
            super().handle_error(request, client_address)


def make_server(port: int = 0) -> Server:
    """A server that listens on 127.0.0.1 but does not serve yet."""
    server = Server("127.0.0.1", port, Sandbox(), handler=Handler)  # type: ignore[arg-type]
    # Presigned and self-made URLs of moto name it.
    os.environ["MOTO_PORT"] = str(server.port)
    return server


def serve(port: int = 0) -> Server:
    """A server that serves in a thread of this process: for tests."""
    server = make_server(port)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.1}, daemon=True).start()
    return server


def main() -> int:
    parser = argparse.ArgumentParser(description="the sandbox's server")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--token", default="")
    options = parser.parse_args()
    control.token = options.token
    signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
    signal.signal(signal.SIGINT, lambda *_: os._exit(0))
    try:
        server = make_server(options.port)
    except (OSError, SystemExit) as problem:
        print(f"cannot listen on 127.0.0.1:{options.port}: {problem}", file=sys.stderr)
        return 1
    print(f"listening on 127.0.0.1:{server.port}", flush=True)
    server.serve_forever()
    return 0


if __name__ == "__main__":
    sys.exit(main())
