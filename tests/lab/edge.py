"""The lab's edge, a process of its own: what AWS answers with at the addresses that every VPC has.

    edge.py CONFIGURATION

Listens in the namespace of the bridge: a forwarder to the emulator of AWS on the host's loopback, the instance
metadata service, and a mirror that serves a folder. On the host's loopback it listens once, for whoever wants to look
at the site: that goes to the load balancer. Sockets are made in the namespace that they belong to, the rest of the
process never is in one.
"""

from __future__ import annotations

import asyncio
import datetime
import json
import socket
import sys
from pathlib import Path
from typing import Any

from host import in_namespace

ROLE = "lab"


def listen(address: str, port: int, namespace: str | None = None) -> socket.socket:
    """A listening socket, in a namespace or on the host."""
    def make() -> socket.socket:
        return socket.create_server((address, port), backlog=256)

    if namespace is None:
        return make()
    with in_namespace(namespace):
        return make()


async def pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Hands on what comes until it ends."""
    try:
        while block := await reader.read(65536):
            writer.write(block)
            await writer.drain()
        if writer.can_write_eof():
            writer.write_eof()
    except OSError:
        writer.close()


class Forward:
    """Connects whoever comes with another address, on the host or in a namespace."""

    def __init__(self, address: str, port: int, namespace: str | None = None) -> None:
        self.target = (address, port)
        self.namespace = namespace

    async def connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        if self.namespace is None:
            return await asyncio.open_connection(*self.target)
        with in_namespace(self.namespace):
            there = socket.socket()
        there.setblocking(False)
        await asyncio.get_running_loop().sock_connect(there, self.target)
        return await asyncio.open_connection(sock=there)

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            far_reader, far_writer = await self.connect()
        except OSError as problem:
            print(f"forward to {self.target}: {problem}", flush=True)
            writer.close()
            return
        try:
            await asyncio.gather(pump(reader, far_writer), pump(far_reader, writer))
        finally:
            far_writer.close()
            writer.close()


async def request(reader: asyncio.StreamReader) -> tuple[str, str] | None:
    """The method and path of a request; its headers are skipped."""
    try:
        head = await reader.readuntil(b"\r\n\r\n")
    except (asyncio.IncompleteReadError, OSError):
        return None
    words = head.split(b"\r\n", 1)[0].decode("latin-1").split()
    return (words[0], words[1].partition("?")[0]) if len(words) == 3 else None


async def answer(writer: asyncio.StreamWriter, status: str, body: bytes) -> None:
    """One answer and the end of the connection."""
    head = f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\nContent-Type: text/plain\r\nConnection: close\r\n\r\n"
    writer.write(head.encode() + body)
    try:
        await writer.drain()
    except OSError:
        return
    finally:
        writer.close()


class Metadata:
    """The metadata service: who asks is told by the address that it asks from."""

    def __init__(self, machines: dict[str, dict[str, str]], region: str) -> None:
        self.machines = machines
        self.region = region

    def page(self, asker: str, path: str) -> str | None:
        machine = self.machines.get(asker)
        if path == "/latest/api/token":
            return "token-of-the-lab"
        if machine is None:
            return None
        later = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(hours=6)
        credentials = {
            "Code": "Success", "Type": "AWS-HMAC", "AccessKeyId": "sandbox", "SecretAccessKey": "sandbox",
            "Token": "sandbox", "LastUpdated": "2026-01-01T00:00:00Z", "Expiration": later.strftime("%Y-%m-%dT%H:%M:%SZ"),
        }
        identity = {"instanceId": machine["instance"], "region": self.region, "privateIp": asker,
                    "availabilityZone": machine["zone"], "instanceType": machine["type"]}
        pages = {
            "/latest/meta-data/instance-id": machine["instance"],
            "/latest/meta-data/local-ipv4": asker,
            "/latest/meta-data/local-hostname": machine["hostname"],
            "/latest/meta-data/instance-type": machine["type"],
            "/latest/meta-data/placement/region": self.region,
            "/latest/meta-data/placement/availability-zone": machine["zone"],
            "/latest/meta-data/iam/security-credentials/": ROLE,
            f"/latest/meta-data/iam/security-credentials/{ROLE}": json.dumps(credentials),
            "/latest/dynamic/instance-identity/document": json.dumps(identity),
        }
        return pages.get(path)

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked = await request(reader)
        found = self.page(writer.get_extra_info("peername")[0], asked[1]) if asked else None
        await answer(writer, "404 Not Found" if found is None else "200 OK", (found or "").encode())


class Mirror:
    """Serves the files of a folder."""

    def __init__(self, folder: str) -> None:
        self.folder = Path(folder).resolve()

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked = await request(reader)
        path = (self.folder / (asked[1] if asked else "").lstrip("/")).resolve()
        if path.is_relative_to(self.folder) and path.is_file():
            await answer(writer, "200 OK", path.read_bytes())
        else:
            await answer(writer, "404 Not Found", b"")


async def serve(settings: dict[str, Any]) -> None:
    bridge, router = settings["namespace"], settings["router"]
    places = [
        (listen(router, settings["endpoint"], bridge), Forward("127.0.0.1", settings["emulator"])),
        (listen("169.254.169.254", 80, bridge), Metadata(settings["machines"], settings["region"])),
        (listen(router, settings["mirror_port"], bridge), Mirror(settings["mirror"])),
        (listen("127.0.0.1", settings["front"]), Forward(settings["balancer"], 80, bridge)),
    ]
    servers = [await asyncio.start_server(handler, sock=place) for place, handler in places]
    print("ready", flush=True)
    await asyncio.gather(*(server.serve_forever() for server in servers))


if __name__ == "__main__":
    asyncio.run(serve(json.loads(Path(sys.argv[1]).read_text())))
