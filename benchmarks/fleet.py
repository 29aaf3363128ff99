"""
A fleet of agents against one server: ``python -m benchmarks.fleet [--agents N] [--json]``.

1,000 simulated agents on PostgreSQL, 100 on SQLite, each over a connection of its own.  An agent
leases a job of four operations with their borders, sends two heartbeats while it would measure and
reports, 200 samples for each measurement; a round takes ``CYCLE_S`` on average, a
fraction of what measuring takes, so the load is that of more agents than there are.  Reports are
compared with what the database holds when all is over: nothing acknowledged is missing, nothing is
there twice, no job went to two.

The load comes from a process of its own on the same machine: on two cores, server, database and
load share them.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import numpy as np
from sqlalchemy import create_engine, text

from benchmarks.figures import Figure, at_most, report, say
from benchmarks.reports import MadeUpDevice, some_operations
from benchmarks.serving import own_postgres, serving
from lut_server.client import LutClient
from lut_server.documents import to_document
from lut_server.engines.place import place_of
from lut_server.wire import CampaignRequest, DeviceSelection, Registration
from profiler.device import Device
from profiler.errors import HnaError

AGENTS, AGENTS_ON_SQLITE = 1_000, 100
CYCLE_S = 60.0
HEARTBEATS = 2
SECONDS = 90.0
OPERATIONS_PER_JOB = 8
MODELS = 20
"""Device models, each with a table; a laboratory has several boards of each."""

P99_MS = 250.0
WAITED_S = 600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """
    What a fleet saw, and what the database holds.

    Args:
        took_ms: times by kind of request.
        seconds: how long requests were made.
        missing: acknowledged measurements that are not stored.
        doubled: jobs that two agents reported whole, and measurements in two sessions.
        refused: requests that were answered with an error, by kind and status.
        waited: requests for a lease that found no work.
    """

    took_ms: dict[str, Sequence[float]]
    seconds: float
    missing: int
    doubled: int
    refused: dict[str, int]
    waited: int

    @property
    def requests_per_s(self) -> float:
        """Requests that were made by the second."""
        return sum(map(len, self.took_ms.values())) / self.seconds

    def quantile_ms(self, kind: str, share: float) -> float:
        """Return a quantile of the times of one kind of request."""
        return float(np.quantile(self.took_ms[kind], share))


def run(agents: int = AGENTS, seconds: float = SECONDS) -> list[Figure]:
    """Let fleets work against a server on PostgreSQL and on SQLite."""
    few = max(1, agents * AGENTS_ON_SQLITE // AGENTS)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        postgres = stack.enter_context(own_postgres())
        places = {"postgresql": (postgres.new_database(), agents)}
        places["sqlite"] = (str(folder / "lut.db"), few)
        figures: list[Figure] = []
        for name, (database, count) in places.items():
            outcome = work(database, folder, count, seconds)
            _tell(name, count, outcome)
            figures += _figures(name, outcome)
    return figures


def work(
    database: str, folder: Path, agents: int, seconds: float, cycle_s: float = CYCLE_S
) -> Outcome:
    """
    Let *agents* work against a server on a database.

    Args:
        database: address or path.
        folder: for the server's files.
        agents: how many.
        seconds: how long they begin new rounds.
        cycle_s: how long a round takes on average, in seconds.

    Raises:
        HnaError: the server or the load did not run.
    """
    rounds = 2 + int(seconds / cycle_s * 1.5)
    with serving(database, folder) as served:
        devices = _prepared(served.url, agents, rounds)
        plan = _plan(served.url, devices, seconds, cycle_s)
        began_s = time.monotonic()
        load = subprocess.run(
            [sys.executable, "-m", "benchmarks.fleet_load"],
            input=json.dumps(plan),
            capture_output=True,
            text=True,
            timeout=seconds + WAITED_S,
        )
        took_s = time.monotonic() - began_s
    if load.returncode:
        raise HnaError(f"the fleet ended early: {load.stderr.strip()[-500:]}")
    return _judged(json.loads(load.stdout), database, took_s)


def _prepared(url: str, agents: int, rounds: int) -> list[Device]:
    """Register the devices and queue work for all rounds of all of them."""
    made_up = MadeUpDevice("fleet")
    models = min(MODELS, agents)
    devices = [
        replace(made_up.device, fingerprint=f"fleet-{index}", model=f"fleet-{index % models}")
        for index in range(agents)
    ]
    with LutClient(url) as client:
        for device in devices:
            client.register(
                Registration(
                    device=device, environments=(made_up.environment,), agent_version="0.1.0"
                )
            )
        operations = some_operations(OPERATIONS_PER_JOB * rounds * -(-agents // models))
        for model in range(models):
            client.start_campaign(
                CampaignRequest(
                    name="fleet",
                    devices=DeviceSelection(models=(f"fleet-{model}",)),
                    operations=operations,
                    operations_per_job=OPERATIONS_PER_JOB,
                )
            )
    return devices


def _plan(url: str, devices: Sequence[Device], seconds: float, cycle_s: float) -> dict[str, Any]:
    made_up = MadeUpDevice("fleet")
    session = to_document(made_up.session(some_operations(1)))
    (measurement,) = session["measurements"]
    parts = urlsplit(url)
    return {
        "host": parts.hostname,
        "port": parts.port,
        "environment": to_document(made_up.environment),
        "devices": [to_document(device) for device in devices],
        "session": session,
        "measurement": measurement,
        "seconds": seconds,
        "cycle_s": cycle_s,
        "heartbeats": HEARTBEATS,
    }


def _judged(told: dict[str, Any], database: str, took_s: float) -> Outcome:
    """Compare what was acknowledged with what is stored."""
    if not all(told["took_ms"].values()):
        raise HnaError("the fleet did not come round once; give it more seconds")
    engine = create_engine(place_of(database).url)
    with engine.connect() as connection:
        rows = connection.execute(text("SELECT id, session_id FROM measurements"))
        stored: dict[str, str] = {identity: session for identity, session in rows}  # noqa: C416
        over = connection.scalar(text("SELECT count(*) FROM jobs WHERE state = 'done'"))
    engine.dispose()
    sent = {each: session for session, ids in told["sessions"].items() for each in ids}
    twice = sum(count - 1 for count in Counter(told["jobs"]).values())
    return Outcome(
        took_ms=told["took_ms"],
        seconds=took_s,
        missing=sum(stored.get(each) != session for each, session in sent.items()),
        doubled=twice + abs(len(stored) - len(sent)) + abs(over - len(set(told["jobs"]))),
        refused=told["refused"],
        waited=told["waited"],
    )


def _tell(name: str, agents: int, outcome: Outcome) -> None:
    rate = f"{outcome.requests_per_s:.0f} requests/s for {outcome.seconds:.0f} s"
    say(f"{name}: {agents} agents, {rate}")
    for kind, took in outcome.took_ms.items():
        p50, p99, most = (outcome.quantile_ms(kind, share) for share in (0.5, 0.99, 1.0))
        say(f"  {kind}: {len(took)}, p50 {p50:.1f} ms, p99 {p99:.1f} ms, max {most:.0f} ms")
    say(f"  refused {outcome.refused}, found no work {outcome.waited} times")


def _figures(name: str, outcome: Outcome) -> list[Figure]:
    refused = sum(outcome.refused.values())
    return [
        at_most(f"{name}_lease_p99", outcome.quantile_ms("lease", 0.99), P99_MS, "ms"),
        at_most(f"{name}_heartbeat_p99", outcome.quantile_ms("heartbeat", 0.99), P99_MS, "ms"),
        at_most(f"{name}_report_p99", outcome.quantile_ms("report", 0.99), 4 * P99_MS, "ms"),
        at_most(f"{name}_missing", outcome.missing, 0, "measurements"),
        at_most(f"{name}_doubled", outcome.doubled, 0, "measurements"),
        at_most(f"{name}_refused", refused, 0, "requests"),
    ]


if __name__ == "__main__":
    parser = argparse.ArgumentParser(add_help=False)
    parser.add_argument("--agents", type=int, default=AGENTS)
    parser.add_argument("--seconds", type=float, default=SECONDS)
    known, others = parser.parse_known_args()
    report(partial(run, known.agents, known.seconds), others)
