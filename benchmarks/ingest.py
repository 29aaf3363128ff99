"""
How fast measurements come in: ``python -m benchmarks.ingest``.

Batches of measurements go to a real server over HTTP, each the whole of a leased job: read,
checked, stored once, the job settled.  In turns, batches of the same size go into the same table
of another database of the same kind by a bare bulk insert of SQLAlchemy Core: rows that are ready,
their documents plain values, each batch a transaction, and the connection that of the store, so
that what either calls done is as safe from a power failure as the other.

The second baseline hands the insert its documents as text that was written before.  No server can
do that, who has to read what it stores; it says what the database alone costs.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Any, cast

import httpx2
import numpy as np
from sqlalchemy import Table, insert

from benchmarks.figures import Figure, at_least, report, say
from benchmarks.reports import MadeUpDevice, some_operations
from benchmarks.serving import own_postgres, postgres_binaries, serving
from lut_server.client import LutClient
from lut_server.database import Database, open_database
from lut_server.documents import JsonText, to_document
from lut_server.models import DeviceRow, MeasurementRow, SessionRow, TableRow
from lut_server.wire import CampaignRequest, DeviceSelection, LeaseRequest
from profiler.measurement import Session
from profiler.operations import Operation, operation_digest

MIN_RATIO = 0.5
BATCH = 512
"""Measurements of a batch: the operations of a job, unless a campaign says otherwise."""

TURNS = 15
WARM_UPS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Rates:
    """Rows each second of every turn: over HTTP, by Core, and by Core with written documents."""

    http: Sequence[float]
    core: Sequence[float]
    written: Sequence[float]

    def said(self) -> str:
        """Return medians and spread, for people."""
        named = {"over HTTP": self.http, "Core": self.core, "Core, written": self.written}
        return "; ".join(
            f"{name} {np.median(rates):,.0f} rows/s ({min(rates):,.0f} to {max(rates):,.0f})"
            for name, rates in named.items()
        )


def run() -> list[Figure]:
    """Compare ingest over HTTP with bare bulk inserts, on each database there is."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        figures = _figures("sqlite", lambda: str(folder / f"{perf_counter()}.db"), folder)
    if postgres_binaries() is None:
        say("no PostgreSQL server is installed: its half is skipped")
        return figures
    with tempfile.TemporaryDirectory() as name, own_postgres() as postgres:
        return figures + _figures("postgresql", postgres.new_database, Path(name))


def _figures(kind: str, new_database: Callable[[], str], folder: Path) -> list[Figure]:
    rates = _rates(new_database, folder)
    say(f"{kind}: {rates.said()}")
    http, core = np.median(rates.http), np.median(rates.core)
    return [
        at_least(f"ingest_ratio_{kind}", http / core, MIN_RATIO, "ratio", 1.0),
        at_least(f"ingest_{kind}", http, MIN_RATIO * core, "rows/s", core),
        at_least(f"ingest_of_written_{kind}", http, 0.0, "rows/s", np.median(rates.written)),
    ]


def _rates(new_database: Callable[[], str], folder: Path) -> Rates:
    device = MadeUpDevice("ingest")
    operations = some_operations(BATCH)
    served, bare = new_database(), new_database()
    http, core, written = [], [], []
    with (
        serving(served, folder) as server,
        LutClient(server.url) as client,
        httpx2.Client(base_url=server.url) as plain,
        closing(open_database(bare, 30.0)) as database,
    ):
        client.register(device.registration())
        _prepare(database, device)
        for _ in range(WARM_UPS + TURNS):
            http.append(_over_http(client, plain, device, operations))
            core.append(_by_core(database, device.session(operations), to_document))
            written.append(_by_core(database, device.session(operations), _written))
    return Rates(http=http[WARM_UPS:], core=core[WARM_UPS:], written=written[WARM_UPS:])


def _over_http(
    client: LutClient, plain: httpx2.Client, device: MadeUpDevice, operations: Sequence[Operation]
) -> float:
    """Report a job; return the rows each second.  What the client does before is not counted."""
    client.start_campaign(
        CampaignRequest(
            name="benchmark",
            devices=DeviceSelection(fingerprints=(device.device.fingerprint,)),
            environment=device.environment,
            operations=tuple(operations),
            operations_per_job=BATCH,
            remeasure=True,
        )
    )
    lease = client.lease(
        LeaseRequest(
            fingerprint=device.device.fingerprint,
            environments=(device.environment,),
            agent_id="benchmark",
        )
    )
    assert lease is not None and len(lease.operations) == BATCH
    body = device.report(lease.operations, lease.job_id, lease.id).model_dump_json().encode()
    headers = {"content-type": "application/json"}
    start = perf_counter()
    answer = plain.post("/v1/reports", content=body, headers=headers)
    elapsed_s = perf_counter() - start
    assert answer.json()["stored"] == BATCH, answer.text
    return BATCH / elapsed_s


def _by_core(database: Database, session: Session, document: Callable[[Any], Any]) -> float:
    rows = [
        {
            "id": measurement.id,
            "session_id": "bare",
            "position": position,
            "digest": operation_digest(measurement.operation),
            "good_rounds": len(measurement.rounds),
            "document": document(measurement),
        }
        for position, measurement in enumerate(session.measurements)
    ]
    start = perf_counter()
    with database.writing() as transaction:
        transaction.execute(insert(cast(Table, MeasurementRow.__table__)), rows)
    return BATCH / (perf_counter() - start)


def _written(measurement: Any) -> JsonText:
    return JsonText(json.dumps(to_document(measurement)))


def _prepare(database: Database, device: MadeUpDevice) -> None:
    """Make what the rows of the baseline refer to."""
    fingerprint = device.device.fingerprint
    with database.writing() as transaction:
        transaction.add(
            DeviceRow(
                fingerprint=fingerprint, model="", document={}, agent_version="", last_seen=""
            )
        )
        transaction.add(
            TableRow(
                name="bare",
                device_model="",
                environment={},
                simulated=False,
                emulated=False,
                changes=0,
            )
        )
        transaction.flush()
        transaction.add(
            SessionRow(
                id="bare", table_name="bare", fingerprint=fingerprint, received_at="", document={}
            )
        )


if __name__ == "__main__":
    report(run)
