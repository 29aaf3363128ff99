"""
Simulated agents against a real server: ``python -m benchmarks.fleet_load < PLAN``, JSON in and out.

A process of its own, so that its work is not the server's.  Each agent has a connection and goes
round: lease, heartbeat while it "measures", report, with pauses of a real agent's rhythm.  It
speaks HTTP itself, as little of it as is needed, over real sockets.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from dataclasses import dataclass, field
from random import Random
from typing import Any

import uvloop

ANSWERED = (200, 201, 204)


@dataclass(slots=True)
class Told:
    """What the agents of this process saw."""

    took_ms: dict[str, list[float]] = field(
        default_factory=lambda: {"lease": [], "heartbeat": [], "report": []}
    )
    jobs: list[str] = field(default_factory=list)
    sessions: dict[str, list[str]] = field(default_factory=dict)
    waited: int = 0
    lost: int = 0
    reconnected: int = 0
    refused: dict[str, int] = field(default_factory=dict)


class Agent:
    """
    One agent: a device, a connection, a rhythm.

    Args:
        told: where it writes what it saw.
        plan: see ``benchmarks.fleet``.
        device: its registration's device, as JSON values.
    """

    def __init__(self, told: Told, plan: dict[str, Any], device: dict[str, Any]) -> None:
        self._told = told
        self._plan = plan
        self._device = device
        self._random = Random(device["fingerprint"])
        self._reader: asyncio.StreamReader | None = None
        self._writer: asyncio.StreamWriter | None = None
        self._wanted = json.dumps(
            {
                "fingerprint": device["fingerprint"],
                "environments": [plan["environment"]],
                "agent_id": f"agent of {device['fingerprint']}",
            }
        ).encode()

    async def run(self, until_s: float) -> None:
        """Go round until a moment of ``time.monotonic``; finish what was begun."""
        await asyncio.sleep(self._random.uniform(0.0, self._plan["cycle_s"]))
        while time.monotonic() < until_s:
            await self._round()
        if self._writer is not None:
            self._writer.close()

    async def _round(self) -> None:
        status, lease = await self._ask("lease", "POST", "/v1/leases", self._wanted)
        pause_s = self._plan["cycle_s"] / (self._plan["heartbeats"] + 1)
        if status != 200:
            self._told.waited += status == 204
            await self._pause(pause_s)
            return
        for _ in range(self._plan["heartbeats"]):
            await self._pause(pause_s)
            status, _ = await self._ask("heartbeat", "PUT", f"/v1/leases/{lease['id']}", b"")
            self._told.lost += status == 409
        await self._pause(pause_s)
        await self._report(lease)

    async def _report(self, lease: dict[str, Any]) -> None:
        session, ids = self._session(lease)
        report = {"job_id": lease["job_id"], "lease_id": lease["id"], "session": session}
        status, receipt = await self._ask(
            "report", "POST", "/v1/reports", json.dumps(report).encode()
        )
        if status == 200 and receipt["stored"] == len(ids):
            self._told.jobs.append(lease["job_id"])
            self._told.sessions[session["id"]] = ids

    def _session(self, lease: dict[str, Any]) -> tuple[dict[str, Any], list[str]]:
        """Return a session that measured a lease, and the ids of its measurements."""
        template = self._plan["measurement"]
        measurements = [
            {**template, "id": self._id(), "operation": operation, "rounds": self._rounds()}
            for operation in lease["operations"]
        ]
        session = {**self._plan["session"], "id": self._id(), "device": self._device}
        ids = [measurement["id"] for measurement in measurements]
        return {**session, "measurements": measurements}, ids

    def _rounds(self) -> list[dict[str, Any]]:
        typical_us = self._random.uniform(50.0, 2_000.0)
        return [
            {"samples_us": [typical_us * self._random.lognormvariate(0.0, 0.02) for _ in range(20)]}
            for _ in range(10)
        ]

    def _id(self) -> str:
        return f"{self._random.getrandbits(128):032x}"

    async def _pause(self, seconds: float) -> None:
        await asyncio.sleep(seconds * self._random.uniform(0.7, 1.3))

    async def _ask(self, what: str, method: str, path: str, body: bytes) -> tuple[int, Any]:
        began_s = time.perf_counter()
        head = f"{method} {path} HTTP/1.1\r\nhost: hna\r\ncontent-type: application/json\r\n"
        request = f"{head}content-length: {len(body)}\r\n\r\n".encode() + body
        try:
            status, answer = await self._exchange(request)
        except (asyncio.IncompleteReadError, ConnectionError):
            self._told.reconnected += 1  # it was being closed while nothing was asked on it
            self._writer = None
            status, answer = await self._exchange(request)
        self._told.took_ms[what].append(1e3 * (time.perf_counter() - began_s))
        if status not in ANSWERED:
            named = f"{what} {status}"
            self._told.refused[named] = self._told.refused.get(named, 0) + 1
        return status, json.loads(answer) if answer else None

    async def _exchange(self, request: bytes) -> tuple[int, bytes]:
        reader, writer = await self._connection()
        writer.write(request)
        headers = (await reader.readuntil(b"\r\n\r\n")).lower()
        status, length = int(headers[9:12]), headers.partition(b"content-length: ")[2]
        return status, await reader.readexactly(int(length.partition(b"\r\n")[0] or 0))

    async def _connection(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """Return a connection; the server closes one that nothing was asked on for a while."""
        if self._reader is None or self._writer is None or self._reader.at_eof():
            if self._writer is not None:
                self._writer.close()
            connecting = asyncio.open_connection(self._plan["host"], self._plan["port"])
            self._reader, self._writer = await connecting
        return self._reader, self._writer


async def _all(plan: dict[str, Any]) -> Told:
    told = Told()
    until_s = time.monotonic() + plan["seconds"]
    agents = [Agent(told, plan, device) for device in plan["devices"]]
    await asyncio.gather(*(agent.run(until_s) for agent in agents))
    return told


def main() -> None:
    """Read a plan from standard input, carry it out, write what was seen."""
    plan = json.load(sys.stdin)
    told = uvloop.run(_all(plan))
    json.dump({name: getattr(told, name) for name in Told.__slots__}, sys.stdout)


if __name__ == "__main__":
    main()
