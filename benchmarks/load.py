"""
Load on a server: many connections, each asking again as soon as it was answered.

A process of its own, ``python -m benchmarks.load SECONDS CONNECTIONS HOST PORT < REQUEST``, which
writes JSON.  It reads of an answer only its status and length, so that one core of it keeps up with
one core of a server.  A status that was not expected ends it: errors are quick to send.
"""

from __future__ import annotations

import asyncio
import json
import re
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from time import perf_counter
from urllib.parse import urlsplit

import numpy as np
import uvloop

from profiler.errors import HnaError

WARM_UP_S = 0.2
CONNECTIONS = 64

_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """
    What a server did under load.

    Args:
        requests_per_s: answers by the second.
        p50_ms: median time from a request to the last byte of its answer, in milliseconds.
        p99_ms: 99th percentile of the same.
        bytes: of one answer's body.
    """

    requests_per_s: float
    p50_ms: float
    p99_ms: float
    bytes: int


@dataclass(slots=True)
class _Answers:
    """What all connections were answered."""

    expected: bytes
    seconds: list[float] = field(default_factory=list)
    ends: list[float] = field(default_factory=list)
    body_bytes: int = 0


class _Connection(asyncio.Protocol):
    """One connection that asks, waits for the whole answer, and asks again."""

    def __init__(self, request: bytes, answers: _Answers, failed: asyncio.Future[None]) -> None:
        self._request = request
        self._answers = answers
        self._failed = failed
        self._head = b""
        self._missing = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport
        self._ask()

    def data_received(self, data: bytes) -> None:
        if self._missing:
            self._missing -= len(data)
        else:
            self._head += data
            end = self._head.find(b"\r\n\r\n")
            if end < 0:
                return
            self._begin(self._head[:end])
            self._missing -= len(self._head) - end - 4
            self._head = b""
        if self._missing <= 0:
            self._end()

    def connection_lost(self, error: Exception | None) -> None:
        if not self._failed.done():
            self._failed.set_exception(HnaError(f"the server closed a connection: {error}"))

    def _ask(self) -> None:
        self._began_s = perf_counter()
        self._transport.write(self._request)

    def _begin(self, head: bytes) -> None:
        if head[9:12] != self._answers.expected and not self._failed.done():
            self._failed.set_exception(HnaError(f"unexpected answer: {head[:500]!r}"))
        found = _LENGTH.search(head)
        self._missing = self._answers.body_bytes = int(found[1]) if found else 0

    def _end(self) -> None:
        now_s = perf_counter()
        self._answers.seconds.append(now_s - self._began_s)
        self._answers.ends.append(now_s)
        self._ask()


def load_on(
    url: str,
    headers: Mapping[str, str],
    seconds: float,
    *,
    status: int = 200,
    connections: int = CONNECTIONS,
) -> Load:
    """
    Return what a server does under load, told by a process of its own.

    Args:
        url: to GET.
        headers: of every request.
        seconds: how long.
        status: that every answer must have.
        connections: that ask at the same time.

    Raises:
        HnaError: an answer had another status, or a connection was closed.
    """
    parts = urlsplit(url)
    lines = [f"GET {parts.path} HTTP/1.1", f"host: {parts.netloc}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    request = "\r\n".join([*lines, "", ""]).encode()
    arguments = [str(seconds), str(connections), str(parts.hostname), str(parts.port), str(status)]
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.load", *arguments], input=request, capture_output=True
    )
    if done.returncode:
        raise HnaError(f"load on {url} ended early: {done.stderr.decode().strip()[-500:]}")
    return Load(**json.loads(done.stdout))


async def _loaded(
    request: bytes, seconds: float, connections: int, host: str, port: int, status: str
) -> Load:
    loop = asyncio.get_running_loop()
    answers, failed = _Answers(status.encode()), loop.create_future()
    for _ in range(connections):
        await loop.create_connection(lambda: _Connection(request, answers, failed), host, port)
    await asyncio.sleep(WARM_UP_S)
    begin_s = perf_counter()
    await asyncio.wait([failed], timeout=seconds)
    end_s = perf_counter()
    if failed.done():
        failed.result()
    failed.set_result(None)  # connections that close from now on are no failure
    ends = np.array(answers.ends)
    during = (ends >= begin_s) & (ends < end_s)
    p50_s, p99_s = np.quantile(np.array(answers.seconds)[during], (0.5, 0.99))
    return Load(
        requests_per_s=int(during.sum()) / (end_s - begin_s),
        p50_ms=1e3 * float(p50_s),
        p99_ms=1e3 * float(p99_s),
        bytes=answers.body_bytes,
    )


def main(arguments: list[str], request: bytes) -> None:
    """Put a load on a server and write what it did."""
    seconds, connections, host, port, status = arguments
    load = uvloop.run(_loaded(request, float(seconds), int(connections), host, int(port), status))
    print(json.dumps(asdict(load)))


if __name__ == "__main__":
    main(sys.argv[1:], sys.stdin.buffer.read())
