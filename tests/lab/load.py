"""Bounded load, run by client.py inside the lab's network: `load.py '{"address": ..., "seconds": ...}'`.

One process and one thread: raw HTTP/1.1 over connections that are kept, so that the client takes as little as possible
of the processor that it shares with the machines. Ends after the time or the number of requests, whichever is first.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections import Counter
from typing import Any


class Tally:
    """What has been counted so far."""

    def __init__(self, order: dict[str, Any]) -> None:
        self.order = order
        self.began = time.monotonic()
        self.asked = 0
        self.statuses: Counter[str] = Counter()
        self.caches: Counter[str] = Counter()
        self.slowest = 0.0

    def may_ask(self) -> bool:
        """Whether another request fits into the time and the number."""
        return time.monotonic() - self.began < self.order["seconds"] and self.asked < self.order["limit"]

    async def turn(self) -> None:
        """Waits for the moment of the next request, if they have a rate."""
        if self.order["rate"]:
            due = self.began + self.asked / self.order["rate"]
            self.asked += 1
            await asyncio.sleep(max(0.0, due - time.monotonic()))
        else:
            self.asked += 1


async def one(reader: asyncio.StreamReader) -> tuple[str, str, bool]:
    """Reads one answer: its status, its X-Cache, and whether the connection stays."""
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
    lines = head.split("\r\n")
    headers = dict(line.split(": ", 1) for line in lines[1:] if ": " in line)
    if "content-length" in headers:
        await reader.readexactly(int(headers["content-length"]))
    elif headers.get("transfer-encoding") == "chunked":
        while size := int((await reader.readline()).split(b";")[0], 16):
            await reader.readexactly(size + 2)
        await reader.readline()
    stays = headers.get("connection") != "close"
    return lines[0].split()[1], headers.get("x-cache", "-"), stays


async def visit(order: dict[str, Any], tally: Tally) -> None:
    """One visitor: asks again and again."""
    cookie = f"Cookie: {order['cookie']}\r\n" if order["cookie"] else ""
    keep = "keep-alive" if order["keep"] else "close"
    request = f"GET {order['path']} HTTP/1.1\r\nHost: {order['host']}\r\n{cookie}Connection: {keep}\r\n\r\n".encode()
    reader = writer = None
    while tally.may_ask():
        await tally.turn()
        began = time.monotonic()
        try:
            async with asyncio.timeout(65):
                if writer is None:
                    reader, writer = await asyncio.open_connection(
                        order["address"], 80, local_addr=(order["source"], 0)
                    )
                writer.write(request)
                status, cache, stays = await one(reader)
        except (OSError, asyncio.IncompleteReadError, TimeoutError, ValueError) as problem:
            status, cache, stays = type(problem).__name__, "-", False
        tally.statuses[status] += 1
        tally.caches[cache] += 1
        tally.slowest = max(tally.slowest, time.monotonic() - began)
        if not stays or not order["keep"]:
            if writer is not None:
                writer.close()
            reader = writer = None
    if writer is not None:
        writer.close()


async def main(order: dict[str, Any]) -> None:
    tally = Tally(order)
    await asyncio.gather(*(visit(order, tally) for _ in range(order["connections"])))
    print(json.dumps({
        "requests": sum(tally.statuses.values()),
        "seconds": time.monotonic() - tally.began,
        "statuses": tally.statuses,
        "caches": tally.caches,
        "slowest": tally.slowest,
    }))


if __name__ == "__main__":
    asyncio.run(main(json.loads(sys.argv[1])))
