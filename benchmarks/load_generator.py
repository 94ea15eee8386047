"""Sends requests of a plan to a server on this machine and times the answers: the process that `benchmarks.served.send` starts.

Plan on standard input, answers on standard output, both JSON. It speaks HTTP/1.1 over kept connections by itself, since on a
small machine a client library would take the processor time that is to be measured.
"""

from __future__ import annotations

import asyncio
import gc
import json
import sys
import time
from collections.abc import Iterator
from typing import Any

Row = tuple[str, int, int, float]


class Connections:
    """Kept connections; a new one where none is free."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._free: list[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = []

    async def post(self, body: bytes) -> int:
        """The status of POST /moderate; 0 where the connection broke."""
        try:
            reader, writer = (
                self._free.pop()
                if self._free
                else await asyncio.open_connection("127.0.0.1", self._port, limit=1 << 24)
            )
            writer.write(
                b"POST /moderate HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: "
                + str(len(body)).encode()
                + b"\r\n\r\n"
                + body
            )
            head = await reader.readuntil(b"\r\n\r\n")
            status, length = read_head(head)
            await reader.readexactly(length)
        except (OSError, asyncio.IncompleteReadError):
            return 0
        self._free.append((reader, writer))
        return status

    def close(self) -> None:
        for _, writer in self._free:
            writer.close()


def read_head(head: bytes) -> tuple[int, int]:
    """Status and length of the body. Raises `ValueError` for a head without a length."""
    first, *lines = head.decode("latin-1").split("\r\n")
    for line in lines:
        name, _, value = line.partition(":")
        if name.lower() == "content-length":
            return int(first.split()[1]), int(value)
    raise ValueError("an answer without Content-Length")


async def open_loop(connections: Connections, calls: list[tuple[float, str, bytes, int]]) -> list[Row]:
    """Each call when it is due. Its latency counts from then, also where this process was late."""
    began = time.perf_counter()

    async def one(at: float, kind: str, body: bytes, posts: int) -> Row:
        await asyncio.sleep(at - (time.perf_counter() - began))
        status = await connections.post(body)
        return kind, posts, status, time.perf_counter() - began - at

    return await asyncio.gather(*(one(*call) for call in calls))


async def closed_loop(connections: Connections, calls: list[tuple[float, str, bytes, int]], clients: int) -> list[Row]:
    """So many clients, each of which sends the next call once its last is answered."""
    waiting: Iterator[Any] = iter(calls)
    rows: list[Row] = []

    async def client() -> None:
        for _, kind, body, posts in waiting:
            began = time.perf_counter()
            status = await connections.post(body)
            rows.append((kind, posts, status, time.perf_counter() - began))

    await asyncio.gather(*(client() for _ in range(clients)))
    return rows


async def main() -> None:
    plan = json.load(sys.stdin)
    calls = [(at, kind, body.encode(), posts) for at, kind, body, posts in plan["calls"]]
    connections = Connections(plan["port"])
    gc.disable()  # its pauses would be latency
    began = time.perf_counter()
    if plan["clients"] is None:
        rows = await open_loop(connections, calls)
    else:
        rows = await closed_loop(connections, calls, plan["clients"])
    seconds = time.perf_counter() - began
    connections.close()
    json.dump({"answers": rows, "seconds": seconds}, sys.stdout)


if __name__ == "__main__":
    asyncio.run(main())
